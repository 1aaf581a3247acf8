"""A button of a choice that is over: where the result is, or that it will be told (conversations.md 3)."""

from __future__ import annotations

from bot.closing import CLOSED, HERE
from bot.i18n import _
from bot.talk import Talk, conversation
from conversations import casting
from conversations.places import result_page


@conversation()
def over(talk: Talk) -> None:
    """The page with the result where there is one; else its first words, or that it is still to come."""
    found = casting.the_contest(talk)
    if found is None:
        return talk.say(_("Esa pregunta ya cerró."))
    link = talk.look("page", lambda: result_page(talk, found["slug"]))
    if not link:
        return casting.ended(talk, found)
    talk.say(CLOSED)
    return talk.say(HERE, link=link)
