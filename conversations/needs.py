"""NECESITO: what somebody needs in order to come, after the place is certain (conversations.md 6)."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.actions.needs import ASKS, ASKS_SHARED, KINDS, there_is
from bot.i18n import Label, When, _
from bot.kinds import Choice
from bot.talk import Talk, conversation
from conversations.attend import name_of, place_held
from conversations.hello import stranger
from conversations.household import speaker
from conversations.places import the_lab, the_session
from storage import my_places, people
from storage import needs as kept
from storage.labs import Session


@conversation(command="needs", offers=("need",))
def needs(talk: Talk) -> None:
    """Asked three days before where the plan offers something, or begun by the word; the day it is erased is told."""
    person_id = speaker(talk)
    if person_id is None:
        return stranger(talk)
    lab = the_lab(talk)
    code = talk.look("for", lambda: str(talk.args.get("session", "")) or kept.place(talk.db, person_id))
    session = the_session(talk, lab, code) if code else None
    held = talk.look("held", lambda: place_held(talk, session, person_id) if session else None)
    if session is None or session.code != code or not held or held["state"] == "waiting":
        return _no_place(talk)
    kind = _ask(talk, session, person_id, held["code"])
    if not talk.once("noted", lambda: kept.note(talk.db, session.id, person_id, kind)):  # given back meanwhile
        return _no_place(talk)
    return talk.say(_("Anotado. {what} Este dato se borra el {day}."), what=_what(kind, session), day=_erased(session))


def _no_place(talk: Talk) -> None:
    talk.say(_("No tienes un lugar apartado. Para ver las reuniones, escribe LABS."))


def _ask(talk: Talk, session: Session, person_id: int, code: str) -> str:
    shared = talk.look("several", lambda: len(people.people_of(talk.db, talk.address_id)) > 1)
    if shared:
        code = talk.look("begins", lambda: my_places.begins(talk.db, talk.address_id, session.id, person_id))
    name = talk.look("called", lambda: name_of(talk, person_id))
    return talk.ask("need", ASKS_SHARED if shared else ASKS, Choice(KINDS), person=name, code=code)


def _what(kind: str, session: Session) -> Label:
    """Only what the organiser's plan offers is promised."""
    if kind == "nothing":
        return Label(_("No necesitas nada."))
    if kind in session.needs:
        return Label(_("Habrá {offer}."), {"offer": there_is([kind])})
    return Label(_("No sé si habrá: lo ve el equipo."))


def _erased(session: Session) -> When:
    day = kept.erase_on(session.starts_at, session.tz)
    return When(datetime.combine(day, time(12), ZoneInfo(session.tz)), session.tz, "day")
