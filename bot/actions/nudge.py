"""The tick of open questions: asked once more after 7 days, and let go after 7 more (conversations.md G6)."""

from __future__ import annotations

from bot import stale
from bot.i18n import _
from bot.kinds import numbered
from bot.message import Message, listed
from bot.stage import Parts, Stage
from bot.state import State
from storage import labs, nights, people, spoken, talks, waking
from storage.store import Unit
from storage.talks import OpenTalk

LOT = 200  # talks a tick


def due(unit: Unit, parts: Parts) -> int:
    """Every talk whose time has come; how many they were. Before a yes there is no such line: those are wiped."""
    due_now = talks.due_nudges(unit, LOT)
    for talk in due_now:
        _once_more(unit, parts, talk)
    return len(due_now)


def _once_more(unit: Unit, parts: Parts, talk: OpenTalk) -> None:
    at = people.address_by_id(unit, talk.address_id)
    if talk.person_id is None:  # before a yes, on a phone that others use: her words go, as everywhere
        said = State.load(talk.state)
        spoken.forget(unit, at.id, said.messages, [*said.before, talk.id])
    if talk.nudged or talk.person_id is None or at.sender_id is None or at.opted_out_at or at.value is None:
        return talks.end(unit, talk.id)
    kind = parts.registry.by_name.get(talk.conversation)
    if kind is None or talk.pending in kind.offers:  # an upgrade took it away, or nobody needs to answer it
        return talks.end(unit, talk.id)
    if not _allowed(unit, talk):
        return talks.end(unit, talk.id)
    zone = nights.zone_of(unit, talk.person_id)
    if waking.asleep(unit.now, zone):  # held, not dropped; and out of the way of those who are awake
        return talks.nudge_later(unit, talk.id, waking.morning(unit.now, zone))
    stage = Stage(
        unit, parts, Message(channel=at.channel, sender="", provider_id="", address=""), at, at.sender_id, None
    )
    if stage.over(talk) or _asked_since(stage, talk):
        return talks.end(unit, talk.id)
    state = State.load(talk.state)
    outcome = stage.play(talk, state, None)
    if not outcome.open:
        return talks.end(unit, talk.id)
    asked = numbered(state.asked, listed(outcome.options), outcome.rows)
    text = stage.text(_("Nos quedamos en: {question}"), question=asked)
    options = stage.buttons(talk.id, state.pending, outcome.options)
    stage.put_asked(text, (text, asked), options, talk.id, talk.person_id, "notice")
    return talks.nudged(unit, talk.id)


def _asked_since(stage: Stage, talk: OpenTalk) -> bool:
    """A newer question asks this person about the same meeting: "¿Vas?" of an invitation, and then of CON 2."""
    code = stale.meeting(talk)
    same = [one for one in stage.open_talks() if one.person_id == talk.person_id and stale.meeting(one) == code]
    return bool(code) and same[0].id != talk.id


def _allowed(unit: Unit, talk: OpenTalk) -> bool:
    """Not by a lab whose comarca has taken its authorisation back."""
    slug = str(talk.args.get("lab", ""))
    lab = labs.lab(unit, slug) if slug else labs.home(unit, talk.address_id)
    return lab is None or lab.authorised
