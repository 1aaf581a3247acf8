"""A button of a choice that is over: where the result is, or that it will be told (conversations.md 3)."""

from __future__ import annotations

from typing import Any

from bot.choosing import Ballot
from bot.closing import CLOSED, HERE
from bot.i18n import _
from bot.talk import Talk, conversation
from conversations import casting
from conversations.places import result_page


@conversation(unseen=True)
def over(talk: Talk) -> None:
    """The page with the result where there is one; else its first words, or that it is still to come.

    An option that was tapped is kept as late and told so, as one that is written (voting.md 5).
    """
    found = casting.the_contest(talk)
    if found is None:
        return talk.say(_("Esa pregunta ya cerró."))
    option = _option(talk, found)
    if option and found["state"] != "published":
        return talk.go("vote", contest=found["slug"], lab=found["lab"], word=option)
    if option and talk.person_id is not None:
        _keep(talk, found, talk.person_id, option)
    link = talk.look("page", lambda: result_page(talk, found["slug"]))
    if not link:
        return casting.ended(talk, found)
    talk.say(CLOSED)
    return talk.say(HERE, link=link)


def _option(talk: Talk, found: dict[str, Any]) -> str:
    """The number that was tapped; '' where the button is of no option, or nobody is known to have tapped it."""
    tapped = str(talk.args.get("option", ""))
    numbers = {str(number) for number, _title, _short in Ballot.from_json(found["ballot"], talk.lang).options}
    return tapped if tapped in numbers and talk.person_id is not None else ""


def _keep(talk: Talk, found: dict[str, Any], person_id: int, option: str) -> None:
    ballot = Ballot.from_json(found["ballot"], talk.lang)
    talk.once("cast", lambda: casting.cast(talk, ballot, person_id, [option]))
