"""'Quiero ayudar': a hand that somebody offers after a decision or a promise (conversations.md 7).

It waits with those who asked for a person, for the day she is told; the team answers as it answers them.
"""

from __future__ import annotations

from datetime import datetime

from bot.i18n import When, _
from bot.promised import local_day, on
from bot.spoken import said
from bot.talk import Talk, conversation
from conversations.places import halted, the_lab
from storage import people
from storage.promise_rules import working_day_after

HOW = _("Para ayudar, escribe QUIERO AYUDAR.")
HELP = "help"  # the reason for which she waits


@conversation(
    *("quiero ayudar", "yo quiero ayudar", "quisiera ayudar", "me gustaria ayudar", "puedo ayudar", "yo ayudo"),
    *("volunteer", "i want to help", "i would like to help", "i can help"),
)
def helping(talk: Talk) -> None:
    """Whoever convenes hears of it, and somebody writes to her by that day."""
    lab = the_lab(talk)
    if halted(talk, lab.id):
        return None
    until = talk.once("offered", lambda: _offer(talk, lab.tz))
    told = _("Gracias. Le digo a {organiser}. Te escriben antes del {day}.")
    day = When(datetime.fromisoformat(until), lab.tz, "day")
    return talk.say(told, organiser=said(lab, "organiser_short"), day=day)


def _offer(talk: Talk, tz: str) -> str:
    """Kept; the day she is told, as ISO."""
    people.hand_over(talk.db, talk.address_id, talk.person_id, HELP)
    day = working_day_after(local_day(talk.db.now, tz), people.PROMISED_IN[HELP])
    return on(day, tz).at.isoformat()
