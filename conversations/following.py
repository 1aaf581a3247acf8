"""After a first choice: shall we tell what happens with it? (conversations.md 2). No conversation of its own.

On Telegram it stands in the message that ends the taps: the example there has no such question, but without it nobody
who chooses by buttons could follow anything, and an answer of its own would be a second message (G1). The buttons of
the message are its two answers: what can be tapped is what is asked (G2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.choosing import Ballot
from bot.closing import later
from bot.errors import Invalid
from bot.i18n import And, Label, _
from bot.kinds import YesNo
from bot.ladder import Shown, number
from bot.talk import Talk
from conversations import casting
from storage import contests, follows, labs, people

BY_WORD = _("Para elegir, escribe ELEGIR y los números.")
STOPPED = _("La comunidad detuvo este laboratorio.")
TOLD = _("Para ver el resultado, escribe RESULTADO.")


@dataclass(frozen=True)
class Follow(YesNo):
    """Yes or no. Another number is one of the ballot's, and changes nothing: how it would is said."""

    def parse(self, reply: str, shown: Shown) -> bool:
        """Raises Invalid or Unsure as YesNo does."""
        try:
            return super().parse(reply, shown)
        except Invalid:
            if number(reply) is None:
                raise
            raise Invalid(BY_WORD) from None


def ask_to_follow(talk: Talk, ballot: Ballot, person_id: int, first: Mapping[str, Any]) -> None:
    """Once a contest: after the first choice, with its echo before it. first: what became of that choice.

    Not on a shared phone, where it would be asked in the hearing of the others; not who is counted apart, whose echo
    has no room for it; not who follows something of this contest already.
    """
    if first["state"] != "new" or first["shared"] or not first["decides"]:
        return None
    if talk.look("follows", lambda: _nothing_to_ask(talk, ballot, person_id)):
        return None
    if talk.ask("follow", _("¿Te aviso qué pasa con esos temas?"), Follow()):
        return _yes(talk, ballot, person_id)
    return _no(talk, ballot, person_id)


def _nothing_to_ask(talk: Talk, ballot: Ballot, person_id: int) -> bool:
    return not _picks(talk, ballot, person_id) or bool(follows.numbers(talk.db, ballot.contest, person_id))


def _yes(talk: Talk, ballot: Ballot, person_id: int) -> None:
    """What she follows is what stands now: she may have changed it while the question waited."""
    picks = talk.look("stands", lambda: _picks(talk, ballot, person_id))
    talk.once("followed", lambda: follows.wish(talk.db, ballot.contest, person_id, picks))
    name = talk.look("called", lambda: _called(talk, person_id))
    if not picks:
        return talk.say(_("Gracias, {name}. Ahora no tengo temas tuyos para avisarte."), name=name)
    over = talk.look("over", lambda: _over(talk, ballot))
    if over:
        return talk.say(_("Gracias, {name}. Te aviso de esos temas. {later}"), name=name, later=Label(over))
    if day := casting.result_day(talk, ballot.contest):
        return talk.say(_("Gracias, {name}. El {day} te cuento el resultado."), name=name, day=day)
    told = _("Gracias, {name}. Te aviso de esos temas. Después del {day} te cuento el resultado.")
    return talk.say(told, name=name, **ballot.args())


def _no(talk: Talk, ballot: Ballot, person_id: int) -> None:
    talk.once("not followed", lambda: follows.set_(talk.db, ballot.contest, person_id, ()))
    picks = talk.look("stands", lambda: _picks(talk, ballot, person_id))
    if not picks:
        return talk.say(_("Está bien, no te aviso."))
    if talk.look("over", lambda: _over(talk, ballot)):
        told = _("Está bien, no te aviso. Tu elección sigue igual: {picks}.")
        return talk.say(told, picks=And(str(n) for n in picks))
    told = _("Está bien, no te aviso. Tu elección sigue igual: {picks}. Para cambiarla, escribe ELEGIR.")
    return talk.say(told, picks=And(str(n) for n in picks))


def _over(talk: Talk, ballot: Ballot) -> str:
    """The question outlives the contest: what she hears of it then, as a msgid; '' while one can still choose."""
    found = contests.by_id(talk.db, ballot.contest)
    if not labs.lab_by_id(talk.db, found.lab_id).authorised:
        return STOPPED
    if found.takes(talk.db.now):
        return ""
    if found.state == "published":
        return TOLD
    return later(None, contests.facts(talk.db, found.slug)).msgid


def _picks(talk: Talk, ballot: Ballot, person_id: int) -> list[int]:
    held = casting.standing(talk, ballot, person_id)
    return held["picks"] if held else []


def _called(talk: Talk, person_id: int) -> str:
    person = people.person_by_id(talk.db, person_id)
    return person.name if person else ""
