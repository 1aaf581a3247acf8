"""Inviting: what is shown is what is sent, once, and not at all when it must not be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot import broadcast
from bot.actions import announce
from bot.actions.announce import Invitation
from bot.broadcast import Ledger
from bot.errors import Refused
from bot.i18n import Catalogues
from bot.message import Option
from bot.sms import sms_text
from bot.spoken import Said
from conversations import attend
from storage import broadcasts
from storage import tables as t
from storage.store import Store
from tests.convoke.town import NOON, STARTS, Town


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    return Catalogues.load()


@pytest.fixture
def town(store: Store, clock: Any) -> Town:
    clock.set(NOON)
    return Town.build(store)


def invite(town: Town, catalogues: Catalogues, expect: int, code: str = "sm1") -> Ledger:
    return town.store.do(lambda unit: announce.announce(unit, catalogues, code, "yaneth", expect))


def look(town: Town, catalogues: Catalogues, code: str = "sm1") -> announce.Preview:
    return town.store.read(lambda unit: announce.preview(unit, catalogues, code))


def test_the_preview_counts_what_the_announcement_then_does(town: Town, catalogues: Catalogues) -> None:
    for channel in ("sms", "sms", "whatsapp", "telegram"):
        town.neighbour(channel)
    phone = town.address()
    town.person(phone), town.person(phone)
    town.person(town.address(opted_out_at=NOON))
    town.neighbour(consent=None)
    came, said_no = town.neighbour(), town.neighbour()
    town.registers(came, "registered", "7KTQ")
    town.registers(said_no, "declined")
    seen = look(town, catalogues)
    assert (seen.people, seen.by_channel) == (5, {"sms": 3, "whatsapp": 1, "telegram": 1})
    assert (seen.skipped, seen.answered, seen.segments) == ({"shared": 1, "opted_out": 1}, 2, 3)
    assert seen.sent_before is None
    ledger = invite(town, catalogues, seen.people)
    assert (ledger.audience, ledger.pending, ledger.reasons) == (7, 5, seen.skipped)
    before = look(town, catalogues).sent_before
    assert before is not None
    assert before.code == ledger.code


def test_the_words_of_the_invitation(town: Town, catalogues: Catalogues) -> None:
    for channel in ("sms", "whatsapp"):
        town.neighbour(channel)
    samples = look(town, catalogues).samples
    assert sms_text(samples["sms"]) == (
        "Convoca: laboratorio San Martin, sab 21 nov, 3:30 pm, Casa Comunal. Lo que elijas va a la junta comunal."
        " Salir: SALIR. ¿Vas? 1 Si 2 No"
    )
    assert samples["whatsapp"] == (
        "Convoca (Junta Comunal de Ejemplo) te invita al laboratorio de San Martín: sábado 21 nov, 3:30 pm,"
        " Casa Comunal. Lo que elijas va a la junta comunal. Para salir, escribe SALIR.\n¿Vas? 1 Sí 2 No 3 Aún no sé"
    )


def test_buttons_carry_the_broadcast_the_question_and_the_value(town: Town, catalogues: Catalogues) -> None:
    town.neighbour("telegram")
    ledger = invite(town, catalogues, 1)
    [text] = town.rows(t.broadcast_text)
    assert text.body["options"][2] == [3, "Aún no sé", f"b{ledger.broadcast_id}|going|unsure"]
    town.store.do(lambda unit: unit.db.execute(update(t.outbox).values(state="sent", sent_at=unit.now)).rowcount)
    [opened] = town.store.read(lambda unit: broadcasts.unanswered(unit, town.rows(t.address)[0].id))
    assert (opened.conversation, opened.args) == ("invitation", {"session": "sm1", "lab": "san-martin"})
    assert broadcast.shown(opened) == [("yes", "Sí"), ("no", "No"), ("unsure", "Aún no sé")]


def test_an_invitation_offers_what_its_conversation_asks() -> None:
    assert list(announce.GOING) == attend.GOING.options()


def test_who_gave_permission_for_news_of_the_community_is_invited(town: Town, catalogues: Catalogues) -> None:
    town.neighbour(consent="news", territory_id=town.territory)
    town.neighbour(consent="news")  # of another community
    assert look(town, catalogues).people == 1


def test_another_number_of_people_than_was_shown_is_refused(town: Town, catalogues: Catalogues) -> None:
    town.neighbour()
    town.neighbour()
    with pytest.raises(Refused, match=r"El número no coincide. Son 2."):
        invite(town, catalogues, 1)
    assert town.rows(t.broadcast) == []
    assert invite(town, catalogues, 2).pending == 2


def test_announcing_twice_is_announcing_once(town: Town, catalogues: Catalogues) -> None:
    town.neighbour()
    first = invite(town, catalogues, 1)
    town.neighbour()
    assert invite(town, catalogues, 1) == first
    town.change_session(revision=2)
    assert invite(town, catalogues, 2).code != first.code


def test_a_draft_is_published_by_announcing_it(town: Town, catalogues: Catalogues) -> None:
    town.change_session(state="draft")
    invite(town, catalogues, 0)
    assert town.rows(t.session)[0].state == "published"
    assert [row.rule for row in town.rows(t.reminder)] == ["day_before", "unsure"]
    assert [row.kind for row in town.rows(t.audit_event)] == ["session_published", "session_announced"]


@pytest.mark.parametrize(
    ("session", "lab", "told"),
    [
        ({"state": "cancelled", "reason": "lluvia"}, {}, "La sesión sm1 se suspendió"),
        ({"state": "closed"}, {}, "ya empezó o ya terminó"),
        ({"starts_at": NOON}, {}, "ya empezó o ya terminó"),
        ({}, {"state": "draft"}, "El laboratorio de San Martín no está publicado"),
        ({}, {"setting": "comarca"}, "Falta la autorización de la comunidad"),
    ],
)
def test_what_must_not_be_announced_is_refused_with_the_reason(
    town: Town, catalogues: Catalogues, session: dict[str, Any], lab: dict[str, Any], told: str
) -> None:
    town.neighbour()
    if session:
        town.change_session(**session)
    if lab:
        town.store.do(lambda unit: unit.db.execute(update(t.lab).values(**lab)).rowcount)
    with pytest.raises(Refused, match=told):
        invite(town, catalogues, 1)
    with pytest.raises(Refused, match=told):
        look(town, catalogues)
    assert town.rows(t.outbox) == []


def test_a_session_that_does_not_exist_is_refused(town: Town, catalogues: Catalogues) -> None:
    with pytest.raises(Refused, match="No hay una sesión sm9"):
        invite(town, catalogues, 0, code="sm9")


def test_a_comarca_is_invited_once_its_community_has_agreed(town: Town, catalogues: Catalogues) -> None:
    town.store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")).rowcount)
    town.authorise()
    town.neighbour()
    assert invite(town, catalogues, 1).pending == 1


def test_at_night_an_invitation_waits_for_the_morning_and_ends_with_the_session(
    town: Town, catalogues: Catalogues, clock: Any
) -> None:
    town.neighbour()
    clock.set(datetime(2026, 11, 13, 2, 0, tzinfo=UTC))  # 9 pm in Panama
    invite(town, catalogues, 1)
    [row] = town.rows(t.outbox)
    assert (row.due_at, row.expires_at) == (datetime(2026, 11, 13, 13, 0, tzinfo=UTC), STARTS)


def test_no_hour_is_left_before_a_session_at_dawn(town: Town, catalogues: Catalogues, clock: Any) -> None:
    town.change_session(starts_at=datetime(2026, 11, 21, 12, 30, tzinfo=UTC))  # 7:30 am
    clock.set(datetime(2026, 11, 21, 1, 30, tzinfo=UTC))  # the evening before, 8:30 pm
    with pytest.raises(Refused, match="Es tarde para escribir a la gente"):
        invite(town, catalogues, 0)


@pytest.mark.parametrize("form", ["tu", "usted"])
@pytest.mark.parametrize("kind", ["problems", "report_back"])
def test_the_usual_invitation_is_one_sms_with_a_long_date(catalogues: Catalogues, form: str, kind: str) -> None:
    told = Invitation(
        lab="Quebrada Guabo",
        organiser=Said("Junta Comunal de Ejemplo y sus vecinos", {}),
        starts_at=STARTS + timedelta(hours=1),
        tz="America/Panama",
        place=Said("Casa Comunal de Quebrada Guabo", {}),
        use=Said("va a la junta comunal", {}),
        kind=kind,
    )
    assert announce.sms_parts(catalogues, told, form) == 1


def test_a_shown_option_has_a_number_and_a_label(catalogues: Catalogues) -> None:
    told = Invitation(
        lab="A", organiser=Said("B", {}), starts_at=STARTS, tz="UTC", place=Said("C", {}), use=Said("D", {})
    )
    reply = announce.words(catalogues, broadcast.variant_of("sms/es/tu/own/all", 7), told)
    assert reply.options[0] == Option(1, "Si", "b7|going|yes") or reply.options[0] == Option(1, "Sí", "b7|going|yes")
