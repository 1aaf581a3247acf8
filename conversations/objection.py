"""'No es así': what is not so goes to a person of the team, in the neighbour's words. No conversation of its own."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Invalid
from bot.i18n import _
from bot.kinds import NO_SUCH_NUMBER, Text
from bot.ladder import Shown, number
from bot.talk import Talk
from bot.words import plain
from conversations.fear import let_be
from storage import people


@dataclass(frozen=True)
class Words(Text):
    """Words about an answer; 0 ends: ''. A lone number is no words: the answer before, tapped twice, or another one.

    answers   those of the question before, in the order of their numbers; another one than `given` is its number
    """

    answers: tuple[str, ...] = ()
    given: str = ""

    def parse(self, reply: str, shown: Shown) -> str:
        """Raises Invalid as Text does, and for a number that is no other answer."""
        if plain(reply) in ("0", "cero", "zero", "nada", "nothing"):
            return ""
        n = number(reply)
        if n is None:
            return super().parse(reply, shown)
        if self.answers and not 1 <= n <= len(self.answers):
            raise Invalid(NO_SUCH_NUMBER, reply=n)
        if not self.answers or self.answers[n - 1] == self.given:
            raise Invalid(_("Eso ya lo anoté."))
        return str(n)

    def instead(self, kept: str) -> str:
        """The other answer that was given in place of words; '' when these are words."""
        return dict(zip(map(str, range(1, 10)), self.answers, strict=False)).get(kept, "")

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
