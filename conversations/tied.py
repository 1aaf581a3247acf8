"""A tie as one person reads it, and whether she comes to the assembly that decides. No conversation of its own."""

from __future__ import annotations

from typing import Any

from bot import ties
from bot.closing import TIED, marked
from bot.i18n import _
from bot.results import Wording
from bot.talk import Talk
from conversations import attend
from conversations.meeting import comes
from storage import contests
from storage.labs import Lab, Session


def standing(talk: Talk, slug: str, meeting: Session | None) -> dict[str, Any]:
    """{tie: its words, '' for none, asks: whether one is asked to come, instead: msgid for the day of the result,

    mark: the fingerprint of the count, '' where the message of a close has none}
    """
    facts = contests.facts(talk.db, slug)
    instead = ties.instead(facts)
    tie = ties.told(talk.text, facts, meeting, short=talk.voice.short) if ties.waits(facts) else ""
    mark = Wording(talk.scene.catalogues, talk.voice, facts, "").at_close()
    return {"tie": tie, "asks": ties.asks(facts, meeting), "instead": instead.msgid if instead else "", "mark": mark}


def assembly(talk: Talk, lab: Lab, meeting: Session | None, person_id: int, seen: dict[str, Any]) -> None:
    """Her choice was counted, and there is a tie: what decides it, and whether she comes."""
    told = talk.text(TIED, tie=marked(talk.text, seen["tie"], seen.get("mark", "")))  # looked up before it had one
    held = talk.look("held", lambda: attend.place_held(talk, meeting, person_id) if meeting else None)
    if not seen["asks"] or meeting is None or (held and "broadcast" not in talk.args):
        return talk.say("{told}", told=told)
    stays = _("Está bien. Te cuento qué decide la asamblea.")
    return comes(talk, lab, meeting, person_id, ties.COMES, before=told, stays=stays)
