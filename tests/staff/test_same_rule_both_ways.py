"""What a chat refuses a command refuses too, in the same sentence: a reason that is none, a change that is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from typer.testing import CliRunner, Result

from bot import cli
from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests import trail
from tests.kit import PANAMA
from tests.staff.crew import Crew

Command = Callable[..., Result]
BARE = ("no", "NADA.", "…")


@pytest.fixture
def convoca(database_url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on the database of the test, in Spanish."""
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
    monkeypatch.setenv("LANG", "es_PA.UTF-8")
    return lambda *said, typed="": CliRunner().invoke(cli.app, list(said), input=typed)


def refused(done: Result) -> str:
    """Why it was not done."""
    assert done.exit_code == 1, done.output
    return str(done.exception) if done.exception and not isinstance(done.exception, SystemExit) else done.output


def closed(store: Store) -> tuple[Crew, Phone]:
    """A choice that was closed: five topics wait for a decision."""
    crew = Crew(store)
    phone = crew.join("Ana")
    crew.said(phone, "ABRIR sm", "ABRIR 0", "CERRAR sm", "1")
    return crew, phone


def promised(store: Store) -> tuple[Crew, Phone]:
    """An office promised something about the water."""
    crew = Crew(store)
    crew.town.neighbour("Ana")
    trail.ACTS["water"](crew.town, "0")
    trail.ACTS["promise"](crew.town, "agua", "repara el tanque / miércoles 31 mar")
    return crew, crew.join("F")


# --- a reason


def test_a_decision_without_a_reason_is_refused_both_ways(store: Store, convoca: Command) -> None:
    crew, phone = closed(store)
    why = "Falta la razón de Camino a la escuela. Sin razón no se publica: la gente tiene que saber por qué."
    crew.said(phone, "DECIDIR camino", "2")
    assert [crew.said(phone, bare).startswith(why) for bare in BARE] == [True] * len(BARE)
    assert {refused(convoca("decide", "camino", "--because", bare, "--yes")) for bare in BARE} == {
        "The reason for Camino a la escuela is missing. Nothing is published without a reason: people have to know why."
    }
    assert crew.town.count(t.decision) == 0


def test_a_suspension_without_a_reason_is_refused_both_ways(store: Store, convoca: Command) -> None:
    crew = Crew(store)
    phone = crew.join("Ana")
    crew.said(phone, "SUSPENDER sm1")
    assert all(crew.said(phone, bare).startswith("Falta la razón.") for bare in ("…", "sí"))
    assert crew.said(phone, "no") == "No suspendí nada."  # it takes the act itself back
    assert {refused(convoca("suspend", "sm1", "--because", bare, "--yes")) for bare in BARE} == {
        "The reason is missing."
    }
    assert crew.town.count(t.session, state="cancelled") == 0


@pytest.mark.parametrize(("kind", "said"), [("not_done", ("3",)), ("new_date", ("4", "15 jun"))])
def test_news_without_a_reason_is_refused_both_ways(
    store: Store, convoca: Command, kind: str, said: tuple[str, ...]
) -> None:
    crew, phone = promised(store)
    crew.said(phone, "NOVEDAD agua", *said)
    assert all(crew.said(phone, bare).startswith("Falta la razón.") for bare in BARE)
    due = ("--due", *said[1:]) if said[1:] else ()
    given = ("update", "agua", "--status", kind, *due, "--yes", "--because")
    assert {refused(convoca(*given, bare)) for bare in BARE} == {"The reason is missing."}
    assert crew.town.count(t.commitment_update) == 1


def test_an_option_is_not_withdrawn_for_a_no(store: Store, convoca: Command) -> None:
    crew = Crew(store)
    crew.said(crew.join("Ana"), "ABRIR sm", "ABRIR 0")
    assert "Falta la razón" in refused(convoca("contest", "withdraw", "sm", "2", "--because", "no", "--yes"))


def test_a_reason_that_begins_with_a_no_is_one(store: Store, convoca: Command) -> None:
    crew, phone = closed(store)
    assert crew.said(phone, "DECIDIR camino", "2", "No hay dinero").startswith("Anotado.")
    assert convoca("decide", "agua", "--because", "Sí hay dinero", "--yes").exit_code == 0
    assert [row.reason for row in crew.town.rows(t.decision, "reason")] == ["No hay dinero", "Sí hay dinero"]


# --- a decision that stands


def test_a_decision_is_put_right_by_chat_until_it_is_told(store: Store) -> None:
    crew, phone = closed(store)
    crew.said(phone, "DECIDIR camino", "4", "No hay dinero.", "Cabildo del 10 feb")
    asked = crew.said(phone, "DECIDIR CAMINO")
    assert asked.startswith(
        "De Camino ya dice: por ahora no. Razón: No hay dinero. Próximo paso: Cabildo del 10 feb. ¿Lo cambias?"
    )
    assert crew.said(phone, "2") == "Está bien. Sigue igual."
    assert crew.said(phone, "DECIDIR camino", "1").startswith("¿Qué se decidió de Camino?")
    assert crew.said(phone, "1", "Ya hay dinero.").startswith("Anotado. Falta decidir:")
    rows = crew.town.rows(t.decision, "outcome", "reason", "next_step")
    assert [tuple(row) for row in rows] == [("adopted", "Ya hay dinero.", "")]
    assert len(crew.audit("decision.made")) == 2


def test_what_a_colleague_changed_meanwhile_is_not_written_over(store: Store) -> None:
    crew, ana = closed(store)
    crew.said(ana, "DECIDIR camino", "1", "hay dinero")
    delia = crew.join("Delia")
    for phone in (ana, delia):
        crew.said(phone, "DECIDIR camino", "1", "2")
    assert crew.said(ana, "se hace la mitad").startswith("Anotado.")
    assert crew.said(delia, "solo el puente").startswith("Ana ya decidió sobre Camino a la escuela mientras tanto: se ")
    assert [row.reason for row in crew.town.rows(t.decision, "reason")] == ["se hace la mitad"]


def told(store: Store, hour: int) -> tuple[Crew, Phone]:
    """The water was chosen and everything decided, at this hour of 12 November."""
    crew = Crew(store)
    crew.town.fill("sm1", 2)
    phone = crew.join("F")
    crew.said(phone, "ABRIR sm", "ABRIR 2", "CERRAR sm", "1")
    crew.town.at(datetime(2026, 11, 12, hour, tzinfo=PANAMA))
    for topic in ("agua", "camino", "salud", "señal", "basura"):
        crew.said(phone, f"DECIDIR {topic}", "1", "hay dinero")
    assert crew.said(phone, "PUBLICAR 2").startswith("Publicado.")
    return crew, phone


def test_of_what_was_told_the_day_is_said_and_how_it_is_put_right(store: Store) -> None:
    crew, phone = told(store, 10)
    crew.town.at(datetime(2026, 11, 14, 10, tzinfo=PANAMA))
    assert crew.said(phone, "DECIDIR camino") == (
        "El resultado de sm se contó a la gente el jueves 12 nov. Ya no cambia."
        " Para corregir lo que se contó, escribe CORREGIR ENVIO."
    )
    assert crew.said(phone, "DECIDIR luz").startswith("No hay un tema así por decidir.")


def test_of_what_waits_for_the_morning_its_hour_is_said(store: Store) -> None:
    crew, phone = told(store, 21)
    assert crew.said(phone, "DECIDIR camino") == (
        "El resultado de sm ya se publicó y sale el viernes 13 nov, 8:00 am. Ya no cambia."
        " Para detenerlo, escribe ALTO ENVIO. Cuando salga, se corrige con CORREGIR ENVIO."
    )


# --- a change that is none


def edited(crew: Crew, phone: Phone) -> list[str]:
    """What is answered to a change of place, of hour, of places to what stands."""
    changes = (("2", "casa comunal"), ("1", "sábado 21 nov 3:30 pm"), ("3", "7"), ("cupo 7",))
    return [crew.said(phone, "EDITAR sm1", *change) for change in changes]


def test_what_is_so_already_is_no_change_and_nobody_is_told(store: Store, convoca: Command) -> None:
    crew = Crew(store)
    crew.town.capacity("sm1", 7)
    crew.town.fill("sm1", 2)
    assert set(edited(crew, crew.join("F"))) == {"Ya es así. No cambié nada."}
    for given in (("--place", " Casa  Comunal"), ("--when", "2026-11-21 15:30"), ("--capacity", "7")):
        assert refused(convoca("session", "edit", "sm1", *given, "--yes")) == "It is so already. Nothing was changed."
    assert crew.sent("change") == crew.audit("session_changed") == crew.audit("session_resized") == []


def test_the_spelling_of_a_draft_can_be_put_right(store: Store) -> None:
    crew = Crew(store)
    store.do(lambda unit: unit.db.execute(t.session.update().values(state="draft")))
    assert crew.said(crew.join("F"), "EDITAR sm1", "2", "CASA COMUNAL").startswith("Cambió el lugar: CASA COMUNAL.")


# --- the hour of an invitation


def late(store: Store) -> tuple[Crew, Phone]:
    crew = Crew(store)
    crew.town.neighbour("Ana")
    crew.town.at(datetime(2026, 11, 12, 22, 30, tzinfo=PANAMA))
    return crew, crew.join("F")


def test_the_hour_that_is_shown_is_the_hour_at_which_it_goes(store: Store) -> None:
    crew, phone = late(store)
    shown = crew.said(phone, "INVITAR sm2", "2", "2", "mañana 7 am")
    assert "Salen el viernes 13 nov, 8:00 am." in shown
    crew.said(phone, "ENVIAR 1")
    (due,) = (row.due_at for row in crew.town.rows(t.broadcast, "kind", "due_at") if row.due_at > crew_now(crew))
    assert due == datetime(2026, 11, 13, 8, tzinfo=PANAMA)


def crew_now(crew: Crew) -> datetime:
    return crew.store.read(lambda unit: unit.now)


def test_who_answers_when_people_sleep_reads_the_hour_of_the_morning(store: Store) -> None:
    crew = Crew(store)
    crew.town.neighbour("Ana")
    phone = crew.join("F")
    crew.town.at(datetime(2026, 11, 12, 19, 55, tzinfo=PANAMA))
    crew.said(phone, "INVITAR sm2")
    crew.town.at(datetime(2026, 11, 12, 20, 5, tzinfo=PANAMA))
    assert "¿Lo programo para mañana viernes" in crew.said(phone, "2")


def test_alone_in_the_evening_it_says_that_it_goes_in_the_morning(store: Store) -> None:
    crew = Crew(store)
    crew.town.neighbour("Ana")
    phone = crew.join("F", seasoned=False)
    crew.town.at(datetime(2026, 11, 12, 19, 55, tzinfo=PANAMA))
    assert "Sale el viernes 13 nov, 8:00 am." in crew.said(phone, "INVITAR sm2", "2", "ENVIAR 1")


def test_an_hour_that_is_not_before_the_session_is_asked_for_again(store: Store, convoca: Command) -> None:
    crew, phone = late(store)
    asked = crew.said(phone, "INVITAR sm2", "2", "2", "12 dic 4 pm")
    assert asked.startswith("Saldría el sábado 12 dic, 4:00 pm, y la sesión sm2 empieza el sábado 12 dic, 3:30 pm. ")
    assert asked.endswith("¿Cuándo? Ejemplo: sábado 21 nov 3:30 pm")
    assert "Salen el sábado 12 dic, 8:00 am." in crew.said(phone, "11 dic 9 pm")
    told = refused(convoca("announce", "sm2", "--at", "2026-12-12 15:30", "--yes"))
    assert told.startswith("It would go out on ")
    early = t.session.update().values(starts_at=datetime(2026, 12, 12, 7, 30, tzinfo=PANAMA))
    store.do(lambda unit: unit.db.execute(early.where(t.session.c.code == "sm2")))
    assert refused(convoca("announce", "sm2", "--at", "2026-12-12 06:00", "--yes")).startswith("It would go out on ")
    assert crew.sent() == []


def test_the_hour_is_printed_once(store: Store, convoca: Command) -> None:
    _crew, _phone = late(store)
    done = convoca("announce", "sm2", "--at", "2026-11-13 06:00", "--yes")
    assert done.exit_code == 0, done.output
    assert done.output.count("It goes out") == 1
    assert "8:00" in done.output.partition("It goes out")[2].partition("\n")[0]
    assert convoca("announce", "sm2", "--yes").output.count("It goes out") == 1


# --- a promise without a day


def test_of_a_date_that_names_no_day_it_is_said_what_follows(store: Store) -> None:
    crew = Crew(store)
    crew.town.neighbour("Ana")
    trail.ACTS["water"](crew.town, "0")
    phone = crew.join("F")
    says = "El plazo no dice un día: hasta que la oficina dé uno o diga que ya está (NOVEDAD), no se pregunta si se "
    for due, told in (("antes de semana santa", True), ("NADA", False), ("fin de marzo", False)):
        shown = crew.said(phone, "PROMESA agua", "2", "repara el tanque", due)
        assert shown.endswith("PROMESA 1")
        assert (says in shown) is told, due
        crew.said(phone, "NO")


# --- the plan on one screen


def test_a_plan_without_a_name_is_loaded_all_the_same(store: Store, convoca: Command) -> None:
    Crew(store)
    shown = convoca("status")
    assert shown.exit_code == 0, shown.output
    assert "No plan is loaded" not in shown.output
    assert shown.output.splitlines()[0].strip() == "A plan without a name"


def test_no_plan_at_all_is_said(database_url: str, store: Store, convoca: Command) -> None:
    assert "No plan is loaded yet" in convoca("status").output
