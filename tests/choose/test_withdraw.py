"""An option is taken off an open ballot: told once, counted without it, no choice moved; what may not be is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.actions import contest as acts
from bot.actions import status, withdraw
from bot.actions.staff import stop as stopping
from bot.errors import Refused
from bot.i18n import Catalogues
from storage import contests, outbox, queue, sendings
from storage import tables as t
from storage.broadcasts import Ledger
from storage.store import Unit
from tests.choose.polls import Neighbours, Polls, last
from tests.conftest import Clock
from tests.convoke.town import NOON, Town

WORDS = Catalogues.load()
WHY = "el ministerio lo construye este año"


def taken_off(town: Town, name: str, because: str = WHY, expect: int | None = None) -> Ledger:
    return town.store.do(lambda unit: withdraw.withdraw(unit, WORDS, "sm", name, because, by="yaneth", expect=expect))


def payloads(town: Town) -> list[str]:
    return sorted(row.payload for row in town.rows(t.ballot, t.ballot.c.status == "current"))


def test_those_who_chose_it_are_told_once_and_no_ballot_changes(town: Town) -> None:
    polls = Polls.opened(town)
    people = polls.crowd((3,), (1, 3), (1,), (2, 3), ())
    before = payloads(town)
    seen = town.store.read(lambda unit: withdraw.preview(unit, WORDS, "sm", "salud", WHY))
    assert (seen.took_part, seen.option.number) == (5, 3)
    ledger = taken_off(town, "salud", expect=5)
    assert ledger.pending == 3
    assert {row.person_id for row in town.rows(t.recipient)} == {people[0], people[1], people[3]}
    assert payloads(town) == before
    assert taken_off(town, "3", "otra razón").broadcast_id == ledger.broadcast_id
    (noted,) = town.rows(t.audit_event, t.audit_event.c.kind == "option.withdrawn")
    assert WHY in str(noted.payload)


def audiences(town: Town) -> list[int]:
    """As `convoca status` tells them."""
    return [one.audience for one in town.store.read(status.read).broadcasts if one.kind == "ballot_changed"]


@pytest.mark.parametrize("chose", [0, 1, 4])
def test_before_the_close_the_team_does_not_see_how_many_chose_it(town: Town, chose: int) -> None:
    Polls.opened(town).crowd(*[(3,)] * chose, *[(1,)] * (5 - chose))
    seen = town.store.read(lambda unit: withdraw.preview(unit, WORDS, "sm", "3", WHY))
    whole = (seen.took_part, sorted(seen.samples), "people" in withdraw.Seen.__slots__)
    assert whole == (5, ["sms", "telegram", "whatsapp"], False)
    taken_off(town, "3", expect=5)
    assert audiences(town) == []
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    assert audiences(town) == [chose]


def test_before_the_close_it_is_neither_stopped_nor_counted_among_what_failed(town: Town) -> None:
    Polls.opened(town).crowd((3,), (3,), (1,))
    told = taken_off(town, "3")
    failed = update(t.recipient).where(t.recipient.c.broadcast_id == told.broadcast_id).values(state="failed")
    pending = failed.values(state="pending")
    for turn in (stopping.stop, stopping.resume):
        with pytest.raises(Refused, match="no se dice antes del cierre"):
            town.store.do(lambda unit, turn=turn: turn(unit, WORDS, told.code, by="yaneth"))  # type: ignore[misc]
    assert town.store.read(lambda unit: sendings.going(unit, [town.lab], "sending")) is None
    town.store.do(lambda unit: unit.db.execute(failed).rowcount)
    assert town.store.read(lambda unit: queue.undelivered(unit, [town.lab])) == []
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    assert [row[3] for row in town.store.read(lambda unit: queue.undelivered(unit, [town.lab]))] == [2]
    town.store.do(lambda unit: unit.db.execute(pending).rowcount)
    assert town.store.do(lambda unit: stopping.stop(unit, WORDS, told.code, by="yaneth")).pending == 2


EVENING, MORNING = NOON + timedelta(hours=9), NOON + timedelta(hours=20)  # 9:00 pm, 8:00 am in Panama


@pytest.mark.parametrize(
    ("closes", "told"),
    [
        (EVENING + timedelta(hours=3), EVENING),  # at midnight: in the morning nobody could choose again
        (MORNING, EVENING),
        (MORNING + timedelta(minutes=59), EVENING),
        (MORNING + timedelta(hours=1), MORNING),
        (MORNING + timedelta(days=3), MORNING),
    ],
)
def test_in_the_night_it_is_told_at_once_where_the_morning_would_be_too_late(
    town: Town, clock: Clock, closes: datetime, told: datetime
) -> None:
    polls = Polls.opened(town, closes_at=closes)
    polls.crowd((3,), (1, 3), (1,))
    clock.set(EVENING)
    assert abs(taken_off(town, "3").due_at - told) < timedelta(minutes=1)
    clock.set(told + timedelta(minutes=1))

    def sent(unit: Unit) -> int:
        return len(outbox.claim(unit, town.senders["sms"], "me", gap=0.0).letters)

    assert town.store.do(sent) == 2


def test_it_is_left_out_of_the_count_and_said_so(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd((3,), (1, 3), (1,), (3,), (2,), (1,))
    taken_off(town, "3")
    facts = town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    assert [o.number for o in facts.options] == [1, 2, 4, 5]
    assert (facts.chose, facts.blank, facts.withdrawn, facts.emptied) == (4, 2, ("Centro de salud",), True)
    assert town.store.read(lambda unit: contests.facts(unit, "sm")).chosen[0].number == 1


@pytest.mark.parametrize(
    ("slug", "name", "because", "told"),
    [
        ("xx", "3", WHY, "No hay una elección"),
        ("sm", "9", WHY, "No hay una opción 9"),
        ("sm", "luz", WHY, "No hay una opción luz"),
        ("sm", "3", " \x01😀", "Falta la razón"),
        ("sm", "3", "x" * 61, "muy larga"),
    ],
)
def test_what_can_not_be_is_refused_and_changes_nothing(
    town: Town, slug: str, name: str, because: str, told: str
) -> None:
    Polls.opened(town)
    with pytest.raises(Refused, match=told):
        town.store.do(lambda unit: withdraw.withdraw(unit, WORDS, slug, name, because, by="yaneth"))
    assert all(row.withdrawn_at is None for row in town.rows(t.option))
    assert town.rows(t.broadcast) == []


def test_two_options_stay_and_only_an_open_choice_changes(town: Town) -> None:
    polls = Polls.opened(town)
    for name in ("1", "2", "3"):
        taken_off(town, name)
    with pytest.raises(Refused, match="menos de dos"):
        taken_off(town, "4")
    polls.set(state="closed")
    with pytest.raises(Refused, match="elección abierta"):
        taken_off(town, "4")


def test_another_number_of_people_than_shown_is_refused_whole(town: Town) -> None:
    Polls.opened(town).crowd((3,), (2,))
    with pytest.raises(Refused, match="no coincide"):
        taken_off(town, "3", expect=1)
    assert all(row.withdrawn_at is None for row in town.rows(t.option))


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
def test_the_numbers_stay_where_they_are(town: Town, channel: str) -> None:
    polls, rosa = Polls.opened(town), Neighbours(town.store).signed_up("Rosa", channel)
    polls.crowd((1,))
    taken_off(town, "2")
    assert "2 retirada" in last(rosa.say("ELEGIR"))
    assert "se retir" in last(rosa.say("2"))
    rosa.say("5 4")
    assert "4,5" in payloads(town)


def test_a_shared_phone_reads_no_option_that_somebody_of_it_chose(town: Town) -> None:
    polls, people = Polls.opened(town), Neighbours(town.store)
    maria = people.signed_up("Maria")
    people.moves_in(maria, "Luis")
    maria.say("LUIS 3")
    assert len(payloads(town)) == 1
    polls.crowd((1,))
    taken_off(town, "3")
    (text,) = [row.body["text"] for row in town.rows(t.broadcast_text)]
    assert "alud" not in text
    assert text.startswith("Cambio la lista de San Mart")
