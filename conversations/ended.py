"""The keyword of a lab that has ended: its result, or the next meeting."""

from __future__ import annotations

from datetime import datetime

from bot.i18n import When, _
from bot.kinds import Choice
from bot.talk import Talk, conversation
from conversations.news import ask_once
from conversations.permission import known_here, permitted
from conversations.places import the_lab
from storage import labs


@conversation(passing=True)
def ended(talk: Talk) -> None:
    """Say when it ended and what one may still want."""
    lab = the_lab(talk)
    last = talk.look("last met", lambda: labs.last_met(talk.db, lab.id).isoformat())
    wish = talk.ask(
        "wish",
        _("¿Qué quieres?"),
        Choice({"result": _("Ver el resultado"), "next": _("Ir a la próxima reunión")}),
        before=talk.text(
            _("El laboratorio de {lab} terminó el {day}."),
            lab=lab.name,
            day=When(datetime.fromisoformat(last), lab.tz, "day"),
        ),
    )
    if wish == "result":
        return talk.go("result", lab=lab.slug)
    return talk.go("hear_of_next", lab=lab.slug)


@conversation()
def hear_of_next(talk: Talk) -> None:
    """No date yet: who gave permission hears of it, and of other laboratories if she likes; a stranger is asked for
    permission first."""
    lab = the_lab(talk)
    known = talk.look("who", lambda: known_here(talk, lab))
    person_id = permitted(talk, lab)
    if person_id is None:
        return None
    talk.say(_("Listo. Te aviso cuando haya reunión en {lab}."), lab=lab.name)
    if known and known["permitted"]:  # who has just signed up has answered enough
        ask_once(talk, lab, person_id)
    return None
