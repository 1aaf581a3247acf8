"""'No es así': what is not so goes to a person of the team, in the neighbour's words. No conversation of its own."""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import Text
from bot.talk import Talk
from storage import people


def objection(talk: Talk, about: str) -> None:
    """Ask what is not so, put it where a facilitator reads it, and say when it is answered."""
    words = talk.ask(
        "wrong", _("Gracias. ¿Qué no es así? Escríbelo. Una persona lo revisa en 5 días hábiles."), Text(max=500)
    )
    talk.once("handed over", lambda: hand_over(talk, about, "wrong", words))
    talk.say(_("Anotado. Una persona del equipo lo revisa en 5 días hábiles y te contesta."))


def hand_over(talk: Talk, about: str, question: str, words: str) -> None:
    """The words on the pile, and a human asked to answer."""
    people.pile(talk.db, talk.address_id, about, question, words)
    people.hand_over(talk.db, talk.address_id, talk.person_id, about)
