"""CON 2, "voy con mi hija y un vecino": who comes together has a place for each, or waits for all.

Accountability.md 1.6. Of who comes along nothing is asked and nothing kept but the place.
"""

from __future__ import annotations

import re
from typing import Any

from bot.i18n import Count, _, n_
from bot.kinds import Choice, Number, YesNo
from bot.ladder import number
from bot.talk import Talk, conversation
from bot.words import plain
from conversations.attend import again, already, name_of, place_held, told
from conversations.household import speaker
from conversations.places import the_lab, the_session
from storage import my_places, registrations, seats
from storage.labs import Session

_ONE = re.compile(r"(?:mi|un|una|el|la|otro|otra|my|a|one|another) \w+(?: \w+)?")
_SOME = re.compile(r"(?:mis |otros |otras |my )?(?P<n>\w+)(?: \w+){1,2}")
APART = Choice({"keep": _("Quedarme con lo que tengo"), "wait": _("Darlo y esperar por todos")})


@conversation(command="party", again=again)
def party(talk: Talk) -> None:
    """How many more; then places for all of them, or her own kept and the choice to wait for all."""
    person_id = speaker(talk)
    if person_id is None:
        return talk.say(_("Primero anótate tú. Después escribe CON y cuántas personas van contigo. Ejemplo: CON 2"))
    lab = the_lab(talk)
    session = the_session(talk, lab)
    if session is None:
        return talk.go("meetings")
    total = _more(talk) + 1
    held = talk.look("held", lambda: place_held(talk, session, person_id))
    if not held:
        return _without(talk, session, lab.slug, person_id, total)
    name = talk.look("called", lambda: name_of(talk, person_id))
    if held["state"] == "attended":
        return already(talk, held, name, session)
    missing = talk.once("resized", lambda: registrations.resize(talk.db, session.id, person_id, total, talk.channel))
    if missing and not _waits(talk, total, missing):
        return talk.say(_("Está bien, {name}. Tu lugar sigue guardado."), name=name)
    if missing:
        talk.once("waits", lambda: _wait(talk, session, person_id, total))
    place = talk.look("place", lambda: _place(talk, session, person_id))
    return told(talk, place, name, session)


def _without(talk: Talk, session: Session, lab: str, person_id: int, total: int) -> None:
    """No place yet: one is asked for with that number. An offer is answered first."""
    if talk.look("offered", lambda: _state(talk, session, person_id) == "offered"):
        first = _("Primero contesta si tomas el lugar que se abrió. Después escribe CON {count}.")
        return talk.say(first, count=total - 1)
    return talk.go("register", lab=lab, session=session.code, party=total)


def _state(talk: Talk, session: Session, person_id: int) -> str:
    found = registrations.place_of(talk.db, session.id, person_id)
    return found.state if found else ""


def _more(talk: Talk) -> int:
    """How many come along: as typed, as read from her words and agreed to, or asked."""
    said = str(talk.args.get("word", ""))
    typed = number(plain(said))
    if typed is not None and 0 <= typed <= seats.MOST:
        return typed
    read = named(said)
    if read and talk.ask("read", _("¿Vas con {people}?"), YesNo(), people=_people(read)):
        return read
    return talk.ask("more", _("¿Cuántas personas van contigo, sin contarte?"), Number(0, seats.MOST))


def _people(more: int) -> Count:
    return Count(*n_("{n} persona más", "{n} personas más"), more)


def named(said: str) -> int | None:
    """2 of 'mi hija y un vecino', 3 of 'mis 2 hijos y mi mamá'; None where a number is not said: 'mi familia'."""
    parts = [plain(part) for part in re.split(r",|\by\b|\be\b|\band\b", said, flags=re.IGNORECASE)]
    counts = [_counted(part) for part in parts if part]
    total = sum(n or 0 for n in counts)
    return total if counts and all(counts) and total <= seats.MOST else None


def _counted(part: str) -> int | None:
    if "famili" in part:
        return None
    if _ONE.fullmatch(part):
        return 1
    found = _SOME.fullmatch(part)
    return number(found["n"]) if found else number(part)


def _waits(talk: Talk, total: int, missing: int) -> bool:
    """All or none: what she has stays hers until she gives it back."""
    missing_places = Count(*n_("Falta {n} lugar.", "Faltan {n} lugares."), missing)
    before = talk.text(_("No hay {party} lugares juntos. {missing}"), party=total, missing=missing_places)
    return talk.ask("apart", _("¿Qué quieres?"), APART, before=before) == "wait"


def _wait(talk: Talk, session: Session, person_id: int, total: int) -> bool:
    """What she had goes to the next in the queue; she stands at its end, with all of hers."""
    registrations.cancel(talk.db, session.id, person_id, talk.channel, "con más")
    registrations.sign_up(talk.db, session.id, person_id, talk.channel, party=total)
    return True


def _place(talk: Talk, session: Session, person_id: int) -> dict[str, Any]:
    held = place_held(talk, session, person_id) or {}
    return held | {"shared": my_places.shared(talk.db, talk.address_id)}
