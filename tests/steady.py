"""Asked again, a question is the same: a conversation decides on nothing that a replay would find changed."""

from __future__ import annotations

from sqlalchemy import select

from bot.message import Message
from bot.stage import Stage
from bot.state import State
from bot.talk import Outcome
from storage import people
from storage import tables as t
from storage.store import Unit
from storage.talks import OpenTalk, talk_by_id
from tests.kit import Town

# What a replay without a reply may not touch; `asked`, `shown` and `unsure` follow how the question was put last.
KEPT = ("answers", "done", "looks", "trail", "fence", "pending", "misses")


def steady(town: Town) -> int:
    """Ask every open question twice: each time the same words, and nothing kept has changed. How many they were."""
    return town.store.do(lambda unit: sum(_steady(unit, town, talk) for talk in _open(unit)))


def _open(unit: Unit) -> list[OpenTalk]:
    rows = unit.db.execute(select(t.talk.c.id, t.talk.c.address_id).where(t.talk.c.pending.is_not(None))).all()
    return [talk for row in rows if (talk := talk_by_id(unit, row.id, row.address_id))]


def _steady(unit: Unit, town: Town, talk: OpenTalk) -> bool:
    kept, state = State.load(talk.state), State.load(talk.state)
    first = _asked(unit, town, talk, state)
    assert first.open, f"{talk.conversation} asks no more after {kept.pending!r}"
    for name in KEPT:
        assert getattr(state, name) == getattr(kept, name), f"{talk.conversation}: {name} changed by asking again"
    once = state.dump()
    again = _asked(unit, town, talk, state)
    told = f"{talk.conversation}: other words when asked again"
    assert (again.text, again.options, state.dump()) == (first.text, first.options, once), told
    return True


def _asked(unit: Unit, town: Town, talk: OpenTalk, state: State) -> Outcome:
    at = people.address_by_id(unit, talk.address_id)
    nothing = Message(channel=at.channel, sender="", provider_id="", address="")
    return Stage(unit, town.app.parts, nothing, at, at.sender_id or 0, None).play(talk, state, None)
