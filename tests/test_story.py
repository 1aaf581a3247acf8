"""The whole thread as a story on three phones: every number that is told agrees with the rows."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial

from sqlalchemy import func, select, update

from bot.actions import announce, contest, decide
from bot.player import Phone, Shown
from bot.sms import segments
from storage import ballots, broadcasts, contests
from storage import tables as t
from storage.broadcasts import Ledger
from storage.store import Store, Unit
from tests.kit import PANAMA, Town, parts

FACILITATOR = "Yaneth"
REASONS = {
    "agua": "El tanque se repara primero.",
    "camino": "El puente cuesta más que el dinero de este año.",
    "salud": "Depende del ministerio.",
    "senal": "La empresa no contestó.",
    "basura": "Falta un permiso.",
}


def give_permission(phone: Phone, name: str) -> None:
    """Before there is a date: permission, name, age."""
    for said in ("SANMARTIN", "1", name, "1"):
        phone.say(said)


def sent(town: Town, ledger: Ledger) -> Ledger:
    """The same broadcast's ledger, once every phone has been read."""
    for phone in town.phones.values():
        phone.read()
    return town.store.read(lambda unit: broadcasts.ledger(unit, ledger.broadcast_id))


def adds_up(ledger: Ledger) -> bool:
    return ledger.audience == ledger.sent + ledger.failed + ledger.skipped + ledger.unknown + ledger.pending


def last(phone: Phone) -> Shown:
    return phone.screen[-1]


def numbers(text: str) -> list[int]:
    """The counts a result message tells: 'con 4 de 6 elecciones: 67 de cada 100'."""
    found = re.search(r"con (\d+) de (\d+) elecciones: (\d+) de cada 100", text)
    assert found, text
    return [int(n) for n in found.groups()]


def test_from_an_invitation_to_what_became_of_it(store: Store) -> None:
    town = Town.on(store)
    unit_of = town.store
    ana, elena, kevin = town.phone("sms", "C"), town.phone("whatsapp", "C2"), town.phone("telegram", "C3")
    unit_of.do(lambda unit: unit.db.execute(update(t.session).values(state="draft")))
    for phone, name in ((ana, "Ana"), (elena, "Elena"), (kevin, "Kevin")):
        give_permission(phone, name)
    for n in range(4):
        town.neighbour(f"Vecino {n}", "sms")
    kevin.say("english")

    # The facilitator convokes: the number she types is the number that is invited.
    invited = unit_of.do(_announce)
    assert (invited.audience, invited.pending) == (7, 7)
    invited = sent(town, invited)
    assert adds_up(invited)
    assert invited.sent == 3
    assert numbers_of_segments(ana) == 1
    assert "¿Vas?" in last(ana).text
    assert "Are you going?" in last(kevin).text

    # They answer; a place each, a code each.
    ana.say("1")
    elena.say("1")
    kevin.tap("Not sure yet")
    states = [row.state for row in town.rows(t.registration, "state")]
    assert states == ["registered", "registered", "unsure"]
    codes = [row.code for row in town.rows(t.registration, "code")]
    assert codes[0] in last(ana).text
    assert codes[1] in last(elena).text

    # The day before, 17:00: those who come are reminded, with their code; who was not sure was asked two days before.
    town.at(datetime(2026, 11, 19, 17, 0, tzinfo=PANAMA))
    assert "Are you going?" in kevin.read()[-1].text
    kevin.tap("No")
    town.at(datetime(2026, 11, 20, 17, 0, tzinfo=PANAMA))
    assert codes[0] in ana.read()[-1].text
    ana.say("1")
    elena.read()

    # The choice opens; each answers in the phone's own way; the last one before the close counts.
    town.at(datetime(2026, 11, 22, 9, 0, tzinfo=PANAMA))
    asked = unit_of.do(_open)
    assert (asked.audience, asked.pending) == (7, 7)
    sent(town, asked)
    ana.say("2 1")
    ana.say("ELEGIR 1 3")
    elena.say("1")
    kevin.tap(last(kevin).options[2].label)
    kevin.tap(last(kevin).options[-1].label)
    unit_of.do(_neighbours_choose)
    current = town.count(t.ballot, status="current")
    assert current == 7

    # It closes by its hour; from then on nothing is counted.
    town.at(datetime(2026, 11, 30, 18, 0, tzinfo=PANAMA))
    late = ana.say("ELEGIR 5")[0].text
    assert "termino" in late
    facts = unit_of.read(lambda unit: contests.facts(unit, "sm"))
    truth = unit_of.read(_recounted)
    assert {share.number: share.votes for share in facts.options} == truth

    # Each option gets its reason; only then is everyone told, once, in their language.
    before = town.count(t.outbox)
    for problem, because in list(REASONS.items())[:-1]:
        unit_of.do(partial(_decide, problem=problem, because=because))
    assert town.count(t.outbox) == before
    unit_of.do(lambda unit: _decide(unit, "basura", REASONS["basura"]))
    told = unit_of.read(lambda unit: broadcasts.ledger(unit, broadcasts.found(unit, "result:sm") or 0))
    assert told.audience == 7
    assert adds_up(sent(town, told))
    chosen, voters, share = numbers(last(elena).text)
    assert (chosen, voters) == (truth[1], current)
    assert share == round(100 * truth[1] / current)
    assert REASONS["agua"] in last(elena).text
    assert "you asked for" in last(kevin).text or "You asked for" in last(kevin).text
    people = unit_of.read(_told_twice)
    assert people == 0
    assert unit_of.read(_unread) == 4  # the neighbours whose phones nobody read in this story


def numbers_of_segments(phone: Phone) -> int:
    return segments(last(phone).text).parts


def _announce(unit: Unit) -> Ledger:
    seen = announce.preview(unit, parts().catalogues, "sm1")
    return announce.announce(unit, parts().catalogues, "sm1", FACILITATOR, seen.people)


def _open(unit: Unit) -> Ledger:
    seen = contest.preview(unit, parts().catalogues, "sm")
    return contest.open_(unit, parts().catalogues, "sm", FACILITATOR, seen.people)


def _decide(unit: Unit, problem: str, because: str) -> None:
    decide.decide(unit, parts().catalogues, problem, because, by=FACILITATOR)


def _neighbours_choose(unit: Unit) -> None:
    contest_id = unit.db.execute(select(t.contest.c.id).where(t.contest.c.slug == "sm")).scalar_one()
    chosen = iter(([1], [1, 2], [2], [1, 5]))
    for person in unit.db.execute(select(t.person.c.id).order_by(t.person.c.id)).scalars().all():
        if ballots.standing(unit, contest_id, person) is None:
            voter = ballots.Voter(
                person_id=person, channel="sms", shared=False, provider="test", provider_msg_id=f"v{person}"
            )
            ballots.cast(unit, contest_id, voter, next(chosen))


def _recounted(unit: Unit) -> dict[int, int]:
    """Counted again, the long way."""
    totals = dict.fromkeys(range(1, 6), 0)
    for payload in unit.db.execute(select(t.ballot.c.payload).where(t.ballot.c.status == "current")).scalars():
        for number in payload.split(","):
            totals[int(number)] += 1
    return totals


def _told_twice(unit: Unit) -> int:
    twice = (
        select(t.recipient.c.broadcast_id, t.recipient.c.person_id)
        .group_by(t.recipient.c.broadcast_id, t.recipient.c.person_id)
        .having(func.count() > 1)
    )
    return len(unit.db.execute(twice).all())


def _unread(unit: Unit) -> int:
    result = select(t.broadcast.c.id).where(t.broadcast.c.kind == "result").scalar_subquery()
    waiting = select(func.count()).where(t.recipient.c.broadcast_id == result, t.recipient.c.state == "pending")
    return unit.db.execute(waiting).scalar_one()
