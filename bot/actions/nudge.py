"""The tick of open questions: asked once more after 7 days, and let go after 7 more (conversations.md G6)."""

from __future__ import annotations

from bot import quiet
from bot.i18n import _
from bot.message import Message
from bot.stage import Parts, Stage
from bot.talk import State, numbered
from storage import labs, people, talks
from storage.store import Unit
from storage.talks import OpenTalk


def due(unit: Unit, parts: Parts) -> int:
    """Every talk whose time has come; how many they were. Before a yes there is no such line: those are wiped."""
    due_now = talks.due_nudges(unit)
    for talk in due_now:
        _once_more(unit, parts, talk)
    return len(due_now)


def _once_more(unit: Unit, parts: Parts, talk: OpenTalk) -> None:
    at = people.address_by_id(unit, talk.address_id)
    if talk.nudged or talk.person_id is None or at.sender_id is None or at.opted_out_at or at.value is None:
        return talks.end(unit, talk.id)
    if talk.pending in parts.registry.by_name[talk.conversation].offers:
        return talks.end(unit, talk.id)  # nobody needs to answer it
    lab = labs.home(unit, talk.address_id)
    if lab and quiet.quiet(unit.now, lab.tz):
        return None  # held until 08:00, not dropped
    stage = Stage(
        unit, parts, Message(channel=at.channel, sender="", provider_id="", address=""), at, at.sender_id, None
    )
    if stage.over(talk):
        return talks.end(unit, talk.id)
    state = State.load(talk.state)
    outcome = stage.play(talk, state, None)
    if not outcome.open:
        return talks.end(unit, talk.id)
    asked = numbered(state.asked, [option.label for option in outcome.options], outcome.rows)
    text = stage.text(_("Nos quedamos en: {question}"), question=asked)
    stage.put(text, stage.buttons(talk.id, state.pending, outcome.options), talk.id, talk.person_id, kind="notice")
    return talks.nudged(unit, talk.id)
