"""The answer to an offered place: taken, refused, or too late (conversations.md 6)."""

from __future__ import annotations

from typing import Any

from bot.actions.promote import TAKE_THEM, TAKES_IT
from bot.i18n import _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from conversations.attend import LISTED, again, coded, from_home, name_of, not_open, shown, when_where
from conversations.places import the_lab, the_session
from storage import registrations


@conversation(again=again)
def offer(talk: Talk) -> None:
    """Yes takes the place while it is held; afterwards it went on and she stands in the queue."""
    lab = the_lab(talk)
    code = str(talk.args.get("session", ""))
    session = the_session(talk, lab, code)
    person_id = talk.person_id
    if session is None or session.code != code or person_id is None:
        return not_open(talk, code)
    name = talk.look("called", lambda: name_of(talk, person_id))
    party = talk.look("party", lambda: _party(talk, session.id, person_id))
    one = _("Se abrió un lugar para el {when}.")
    text = one if party == 1 else _("Se abrieron {party} lugares para el {when}.")
    before = talk.text(text, party=party, **when_where(session))
    if not talk.ask("takes", TAKES_IT if party == 1 else TAKE_THEM, YesNo(), before=before):
        talk.once(
            "refused",
            lambda: registrations.answer_otherwise(talk.db, session.id, person_id, "declined", talk.channel),
        )
        talk.say(_("Está bien, {name}."), name=name)
        return from_home(talk, lab)
    place = talk.once("taken", lambda: _take(talk, session.id, person_id))
    mine = _("El lugar es tuyo, {name}. {when}, {place}. Tu código es {code}. Si cambia algo, escribe NO VOY.")
    if place["state"] == "registered":
        return talk.say(
            mine if place["party"] == 1 else LISTED,
            name=name,
            code=coded(place),
            **when_where(session),
        )
    return talk.say(
        _("Ese lugar ya pasó a otra persona. Sigues en espera, en el lugar {position}. Si se abre otro te escribo."),
        position=place["position"],
    )


def _take(talk: Talk, session_id: int, person_id: int) -> dict[str, Any]:
    before = registrations.place_of(talk.db, session_id, person_id)
    return shown(talk, registrations.take_offer(talk.db, session_id, person_id), before)


def _party(talk: Talk, session_id: int, person_id: int) -> int:
    place = registrations.place_of(talk.db, session_id, person_id)
    return place.party if place else 1
