"""Who has chosen is asked no more: what still waits to ask her is taken back, and the ledger says why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.actions import contest as acts
from bot.i18n import Catalogues
from bot.player import Phone
from storage import broadcasts
from storage import tables as t
from tests.choose.polls import Neighbours, Polls, last
from tests.convoke.town import Town
from tests.kit import PANAMA

WORDS = Catalogues.load()


def opened_at_night(town: Town, clock: Any) -> int:
    """The broadcast that asks in the morning."""
    clock.set(datetime(2026, 11, 12, 21, tzinfo=PANAMA))
    Polls.drafted(town)
    seen = town.store.read(lambda unit: acts.preview(unit, WORDS, "sm")).people
    return town.store.do(lambda unit: acts.open_(unit, WORDS, "sm", "yaneth", seen)).broadcast_id


def morning(clock: Any, phone: Phone) -> list[str]:
    """What comes to this phone when the night is over."""
    clock.set(datetime(2026, 11, 13, 8, 1, tzinfo=PANAMA))
    return [one.text for one in phone.read()]


def test_a_ballot_held_for_the_night_is_not_sent_to_who_chose_meanwhile(town: Town, clock: Any) -> None:
    people = Neighbours(town.store)
    maria, luis = people.signed_up("María"), people.signed_up("Luis")
    asked = opened_at_night(town, clock)
    maria.say("ELEGIR")
    maria.say("3 1")
    assert morning(clock, maria) == []
    assert len(morning(clock, luis)) == 1
    ledger = town.store.read(lambda unit: broadcasts.ledger(unit, asked))
    assert (ledger.audience, ledger.skipped, ledger.sent + ledger.pending) == (2, 1, 1)
    assert ledger.reasons == {"answered": 1}
    assert last(maria.say("1")).startswith("Gracias, Maria.")  # shall I tell you?
    (mine,) = town.rows(t.ballot, t.ballot.c.status == "current")
    assert mine.payload == "1,3"


@pytest.mark.parametrize("who", ["MARIA", "LUIS"])
def test_on_a_shared_phone_the_others_are_asked_all_the_same(town: Town, clock: Any, who: str) -> None:
    phone = Neighbours(town.store).signed_up("María")
    for said in ("OTRA", "1", "Luis", "1", "1"):
        phone.say(said)
    opened_at_night(town, clock)
    phone.say(f"{who} ELEGIR 3 1")
    assert town.rows(t.ballot)
    assert len(morning(clock, phone)) == 1
