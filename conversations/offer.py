"""The answer to an offered place: taken, refused, or too late (conversations.md 6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.actions.promote import OFFERED, TAKE_THEM, TAKES_IT
from bot.i18n import When, _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from conversations.at_home import from_home
from conversations.attend import LISTED, SHUT, again, coded, name_of, not_open, shown, shut, when_where
from conversations.places import the_lab, the_session
from storage import my_places, registrations
from storage.labs import Session


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
    if "broadcast" not in talk.args:  # LABS, CON 0: she is asked before the clock has done it
        talk.once("asked here", lambda: my_places.asked(talk.db, session.id, person_id))
    held = talk.look("held", lambda: _held(talk, session.id, person_id))
    question = TAKES_IT if held["party"] == 1 else TAKE_THEM
    if not talk.ask("takes", question, YesNo(), before=_opened(talk, held, name, session)):
        talk.once(
            "refused",
            lambda: registrations.answer_otherwise(talk.db, session.id, person_id, "declined", talk.channel),
        )
        talk.say(_("Está bien, {name}."), name=name)
        return from_home(talk, lab)
    place = talk.once("taken", lambda: _take(talk, session.id, person_id))
    if place["state"] in SHUT:
        return shut(talk, place["state"], session)
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


def _held(talk: Talk, session_id: int, person_id: int) -> dict[str, Any]:
    """{party: how many places, until: ISO, '' when it is over, shared: whether others read along}."""
    place = registrations.place_of(talk.db, session_id, person_id)
    until = my_places.held_until(talk.db, session_id, person_id)
    shared = my_places.shared(talk.db, talk.address_id)
    return {"party": place.party if place else 1, "until": until.isoformat() if until else "", "shared": shared}


def _opened(talk: Talk, held: dict[str, Any], name: str, session: Session) -> str:
    """As the clock words it, with its hour."""
    about: dict[str, Any] = {"party": held["party"], "person": name, **when_where(session)}
    if held["until"]:
        until = When(datetime.fromisoformat(held["until"]), session.tz)
        return talk.text(OFFERED[held["party"] > 1, held["shared"]], until=until, **about)
    one = _("Se abrió un lugar para el {when}.")
    return talk.text(one if held["party"] == 1 else _("Se abrieron {party} lugares para el {when}."), **about)
