"""'No es así': what is not so goes to a person of the team, in the neighbour's words. No conversation of its own."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Invalid
from bot.i18n import _
from bot.kinds import Text
from bot.ladder import Shown, number
from bot.talk import Talk
from bot.words import plain
from conversations.fear import let_be
from storage import people


@dataclass(frozen=True)
class Words(Text):
    """Words, or 0 to end: ''. A lone number is the answer before, tapped twice."""

    def parse(self, reply: str, shown: Shown) -> str:
        """Raises Invalid as Text does, and for a lone number."""
        said = plain(reply)
        if said in ("0", "cero", "zero", "nada", "nothing"):
            return ""
        if number(reply) is not None:
            raise Invalid(_("Eso ya lo anoté."))
        return super().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """Words, or none."""
        return value == "" or super().holds(value)


def objection(talk: Talk, about: str) -> None:
    """Ask what is not so, put it where a facilitator reads it, and say when it is answered."""
    asked = _("Gracias. ¿Qué no es así? Escríbelo. Una persona lo revisa en 5 días hábiles y te contesta.")
    words = talk.ask("wrong", asked, Text(max=500))
    if let_be(talk, words):
        return None
    talk.once("handed over", lambda: hand_over(talk, about, "wrong", words))
    return talk.say(_("Anotado. Una persona del equipo lo revisa en 5 días hábiles y te contesta."))


def hand_over(talk: Talk, about: str, question: str, words: str) -> None:
    """The words on the pile, and a human asked to answer."""
    people.pile(talk.db, talk.address_id, about, question, words)
    people.hand_over(talk.db, talk.address_id, talk.person_id, about)
