"""PROMESA, NOVEDAD, HISTORIA: the acts of the command line from a facilitator's phone, each done and told once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import insert, select, update

from bot.actions import update as updating
from bot.actions.staff import pending
from bot.errors import Invalid, Unsure
from bot.i18n import Catalogues, Voice
from bot.player import Phone
from bot.promised import office
from conversations.staff.answers import Office
from conversations.staff.promising import HAPPENED
from storage import clock, promise_rules, promises
from storage import tables as t
from storage.store import Store, Unit
from storage.tables.promises import STATUSES
from tests import trail
from tests.staff.crew import Crew


def decided(store: Store, lab: str = "san-martin") -> tuple[Crew, Phone]:
    """The water was chosen and told; F facilitates."""
    crew = Crew(store)
    for name in ("Ana", "Luz", "Eva"):
        crew.town.neighbour(name)
    trail.ACTS["water"](crew.town, "0")
    return crew, crew.join("F", lab=lab)


def promised(store: Store, lab: str = "san-martin") -> tuple[Crew, Phone]:
    crew, phone = decided(store, lab)
    trail.ACTS["promise"](crew.town, "agua", "repara el tanque / miércoles 31 mar")
    return crew, phone


def test_a_promise_by_chat_is_the_act_of_the_command_line(store: Store) -> None:
    crew, phone = decided(store)
    assert "PROMESA 3" in crew.said(phone, "PROMESA agua", "2", "repara el tanque", "miércoles 31 mar")
    assert "Anotado." in crew.said(phone, "PROMESA 3")
    made = crew.town.rows(t.commitment, "text", "due_text", "by")
    assert [(one.text, one.due_text, one.by[:8]) for one in made] == [
        ("repara el tanque", "miércoles 31 mar", "staff:F-")
    ]
    assert [row.actor[:8] for row in crew.audit("commitment.made")] == ["staff:F-"]
    assert [row.audience for row in crew.sent("commitment")] == [3]


def test_the_topic_is_found_however_it_is_written(store: Store) -> None:
    crew, phone = decided(store)
    for typed in ("PROMESA Agua", "promesa agua potable", "Acuerdo AGUA"):
        assert crew.said(phone, typed).startswith("¿Quién responde?"), typed
    assert crew.said(phone, "PROMESA luz").startswith("No hay un tema así. ¿De qué tema?")
    slug = update(t.problem).where(t.problem.c.slug == "agua").values(slug="agua-de-la-loma")
    store.do(lambda unit: unit.db.execute(slug).rowcount)
    assert crew.said(crew.join("G"), "PROMESA agua-de-la-loma").startswith("¿Quién responde?")


def test_another_way_of_writing_the_same_promise_is_the_same(store: Store) -> None:
    crew, phone = promised(store)
    again = crew.said(phone, "PROMESA agua", "2", "Repara el  tanque.", "NADA")
    assert again == "Eso ya está anotado y contado. No se cuenta dos veces."
    trail.ACTS["promise"](crew.town, "agua", "REPARA EL TANQUE / miércoles 31 mar")
    assert crew.town.count(t.commitment) == len(crew.sent("commitment")) == 1


def test_two_phones_at_once_are_one_piece_of_news(store: Store) -> None:
    crew, phone = promised(store)
    phones = [phone, crew.join("G")]
    for one in phones:
        assert "NOVEDAD 3" in crew.said(one, "NOVEDAD agua", "1", "Ya compraron la bomba.")
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda one: crew.said(one, "NOVEDAD 3"), phones))
    assert all(text.startswith("Anotado.") for text in said), said
    assert [row.kind for row in crew.town.rows(t.commitment_update, "kind")] == ["promised", "in_progress"]
    assert len(crew.sent("commitment")) == 2


def test_the_number_is_that_of_now(store: Store) -> None:
    crew, phone = promised(store)
    crew.said(phone, "NOVEDAD agua", "1", "NADA")
    crew.town.neighbour("Sol")
    person = crew.town.rows(t.person, "id")[-1].id
    row = {"contest_id": crew.town.rows(t.contest, "id")[0].id, "person_id": person}
    store.do(lambda unit: unit.db.execute(insert(t.participation).values(**row)).rowcount)
    assert crew.said(phone, "NOVEDAD 3") == "El número no coincide. Son 4."
    assert len(crew.town.rows(t.commitment_update, "id")) == 1


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_may_follow_is_offered(store: Store, status: str) -> None:
    crew, phone = promised(store)

    def stands(unit: Unit) -> tuple[str, ...]:
        by = "neighbours" if status in promise_rules.NEIGHBOURS else "office"
        unit.db.execute(update(t.commitment).values(status=status, status_by=by))
        return updating.possible(promises.every(unit)[0])

    possible = store.do(stands)
    shown = crew.said(phone, "NOVEDAD agua")
    offered = [kind for kind, label in HAPPENED.items() if label in shown.partition("¿Qué pasó?")[2]]
    assert offered == list(possible)
    assert "news" in possible
    assert ("new_date" in possible) == (status not in promise_rules.ENDED)


def test_a_visit_and_what_nobody_knows_are_pieces_of_news(store: Store) -> None:
    crew, phone = promised(store)
    asked = crew.said(phone, "NOVEDAD agua", "Otra noticia")
    assert asked == "¿Cuál? 1 La oficina visitó 2 Todavía no sabemos 3 Otra noticia"
    seen = crew.said(phone, "2", "si la oficina viene")
    assert "Todavia no sabemos si la oficina viene. Preguntamos el" in seen
    assert crew.said(phone, "NOVEDAD 3").startswith("Anotado.")
    crew.said(phone, "NOVEDAD agua", "Otra noticia", "1", "visitó la toma ayer", "NOVEDAD 3")
    assert [row.what for row in store.read(lambda unit: unit.db.execute(select(t.commitment_update)).all())] == [
        *("", "unknown", "visit")
    ]


def test_a_story_goes_first_to_those_who_took_part(store: Store) -> None:
    crew, phone = promised(store)
    crew.town.neighbour("Sol")
    assert crew.said(phone, "HISTORIA agua").startswith("Todavía no hay qué contar")
    trail.ACTS["update"](crew.town, "agua", "done_office")
    told_ = crew.said(phone, "HISTORIA agua", "Llegaba dos horas", "Llega todo el día", "NADA", "NADA")
    assert "Primero 3 que participaron. Un día después, 1 más." in told_
    assert crew.said(phone, "HISTORIA 4").startswith("Anotado.")
    assert [row.audience for row in crew.sent("story")] == [3, 1]
    assert crew.said(phone, "HISTORIA agua") == "Esa historia ya se contó. Se cuenta una vez."


def test_a_facilitator_of_another_lab_finds_none_of_it(store: Store) -> None:
    crew, phone = promised(store, lab="san-martin-bocas")
    trail.ACTS["update"](crew.town, "agua", "done_office")
    assert "Todavía no hay ninguno" in crew.said(phone, "PROMESA agua")
    for word in ("NOVEDAD agua", "HISTORIA agua"):
        assert crew.said(phone, word).startswith("Todavía no hay un compromiso."), word


def test_a_role_taken_back_tells_nothing_any_more(store: Store) -> None:
    crew, phone = promised(store)
    crew.said(phone, "NOVEDAD agua", "1", "NADA")
    store.do(lambda unit: unit.db.execute(update(t.staff_role).values(role="auditor", lab_id=None)).rowcount)
    crew.said(phone, "NOVEDAD 3")
    assert len(crew.town.rows(t.commitment_update, "id")) == 1


def test_of_a_comarca_without_authorisation_nothing_is_told(store: Store) -> None:
    crew, phone = promised(store)
    trail.ACTS["update"](crew.town, "agua", "done_office")
    store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")).rowcount)
    for word in ("PROMESA agua", "NOVEDAD agua", "HISTORIA agua"):
        assert crew.said(phone, word) == "Falta la autorización de la comunidad.", word


def test_at_night_it_waits_and_says_so(store: Store) -> None:
    crew, phone = decided(store)
    store.do(lambda unit: clock.to(unit, unit.now.replace(hour=4) + timedelta(days=1)))  # eleven at night in Panama
    crew.said(phone, "PROMESA agua", "2", "repara el tanque")
    assert ", 8:00 am. Costo:" in crew.said(phone, "fin de marzo")
    assert crew.said(phone, "PROMESA 3").startswith("Anotado. Avisos: 3. Salen el ")
    assert crew.town.count(t.outbox, state="pending") >= 3


# --- what waits ------------------------------------------------------------------------------------------------------


def test_what_waits_names_the_words_that_do_it(store: Store) -> None:
    crew, phone = decided(store)
    assert "nadie se comprometió todavía. PROMESA agua" in crew.said(phone, "PENDIENTES")
    trail.ACTS["promise"](crew.town, "agua", "repara el tanque / miércoles 31 mar")
    store.do(lambda unit: clock.to(unit, unit.now + timedelta(days=200)))
    says = {item.say for item in store.read(pending.read) if item.kind in ("promise", "unpromised")}
    assert says == {"NOVEDAD agua"}


def test_what_did_not_arrive_is_named_in_words(store: Store) -> None:
    crew, phone = promised(store)
    code = next(row.code for row in crew.town.rows(t.broadcast, "code", "kind") if row.kind == "commitment")
    store.do(lambda unit: unit.db.execute(update(t.recipient).values(state="failed")).rowcount)
    shown = crew.said(phone, "PENDIENTES")
    assert f"Novedad de un compromiso {code}: 3 sin llegar o sin saber." in shown
    assert "commitment" not in shown
    assert "result" not in shown


@pytest.mark.parametrize(
    ("said", "sure"),
    [
        ("el municipio", True),
        ("Los Municipios", True),
        ("MUNICIPIO", True),
        ("munisipios", False),
        ("Municipio de Panamá", False),
        ("las juntas comunales", True),
        ("Junta Comunal del centro", False),
        ("la iglesia", None),
        ("", None),
    ],
)
def test_an_office_is_known_however_it_is_named(said: str, sure: bool | None) -> None:
    kind = Office({"municipios": "Municipios", "juntas": "Juntas Comunales", "agua": "la oficina del agua"})
    try:
        found, certain = kind.parse(said, kind.options()), True
    except Unsure as near:
        found, certain = str(near.value), False
    except Invalid:
        found, certain = "", False
    expected = "" if sure is None else "juntas" if "unta" in said else "municipios"
    assert (found, certain) == (expected, bool(sure))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Municipios", "la oficina de Municipios"),
        ("las juntas comunales", "la oficina de las juntas comunales"),
        ("la oficina del agua", "la oficina del agua"),
        ("Municipio de Panamá", "Municipio de Panamá"),
        ("IDAAN", "IDAAN"),
        ("AAS", "AAS"),
    ],
)
def test_who_promises_is_one_in_the_sentence(name: str, told: str) -> None:
    assert office(partial(Catalogues.load().text, Voice()), name) == told


# --- in another language of the lab ---------------------------------------------------------------------------------


def reads_english(crew: Crew, name: str = "Ana") -> None:
    """She reads English from now on."""

    def work(unit: Unit) -> None:
        who = [row.id for row in unit.db.execute(select(t.person.c.id, t.person.c.name)).all() if row.name == name]
        unit.db.execute(update(t.person).where(t.person.c.id.in_(who)).values(lang="en"))

    crew.store.do(work)


def test_who_reads_another_language_is_told_in_it_where_somebody_writes_it(store: Store) -> None:
    crew, phone = decided(store)
    reads_english(crew)
    asked = crew.said(phone, "PROMESA agua", "2", "repara el tanque", "fin de marzo")
    assert asked == "Leen en inglés: 1. ¿Cómo se dice en inglés «repara el tanque»? Para dejarlo así, escribe NADA."
    assert crew.said(phone, "repairs the tank").startswith("¿Cómo se dice en inglés «fin de marzo»?")
    seen = crew.said(phone, "end of March")
    assert "SMS 3 segmentos: español 2 e inglés 1 (sin precio)" in seen
    assert "Anotado." in crew.said(phone, "PROMESA 3")
    (made,) = crew.town.rows(t.commitment, "texts")
    assert made.texts == {"en": {"text": "repairs the tank", "due_text": "end of March"}}


def test_nada_leaves_it_and_asks_no_more(store: Store) -> None:
    crew, phone = decided(store)
    reads_english(crew)
    crew.said(phone, "PROMESA agua", "2", "repara el tanque", "fin de marzo")
    assert "PROMESA 3" in crew.said(phone, "NADA")
    assert "Escribe hasta 50 letras" in crew.said(phone, "NO", "PROMESA agua", "2", "otra", "fin de marzo", "x" * 51)


def test_news_and_a_story_are_asked_for_too(store: Store) -> None:
    crew, phone = promised(store)
    reads_english(crew)
    asked = crew.said(phone, "NOVEDAD agua", "2", "Cambió la bomba")
    assert asked.endswith("«Cambió la bomba»? Para dejarlo así, escribe NADA.")
    assert "NOVEDAD 3" in crew.said(phone, "It changed the pump")
    crew.said(phone, "NOVEDAD 3", "HISTORIA agua", "Dos horas de agua", "Agua todo el día", "NADA", "NADA")
    first = crew.said(phone, "There is water all day")
    assert "«Dos horas de agua»" in first
    assert "HISTORIA" in crew.said(phone, "NADA")


def test_nobody_who_reads_it_nothing_is_asked(store: Store) -> None:
    crew, phone = decided(store)
    assert "PROMESA 3" in crew.said(phone, "PROMESA agua", "2", "repara el tanque", "fin de marzo")
