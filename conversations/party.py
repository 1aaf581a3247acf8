"""CON 2, "voy con mi hija y un vecino": who comes together has a place for each, or waits for all.

Accountability.md 1.6. Of who comes along nothing is asked and nothing kept but the place.
"""

from __future__ import annotations

from typing import Any

from bot.i18n import Count, _, n_
from bot.kinds import Choice, Number, YesNo
from bot.ladder import number
from bot.talk import Talk, conversation
from bot.words import AND, COME_ALONG, IN_ALL, all_named, plain
from conversations.attend import again, already, name_of, place_held, shut, told
from conversations.household import speaker
from conversations.places import the_lab, the_session
from storage import labs, last_places, my_places, registrations, reserves, seats, talks
from storage.labs import Session

APART = Choice({"keep": _("Quedarme con lo que tengo"), "wait": _("Darlo y esperar por todos")})


@conversation(command="party", again=again)
def party(talk: Talk) -> None:
    """How many more; then places for all of them, or her own kept and the choice to wait for all."""
    person_id = speaker(talk)
    if person_id is None:
        return talk.say(_("Primero anótate tú. Después escribe CON y cuántas personas van contigo. Ejemplo: CON 2."))
    talk.once("asked anew", lambda: _end_earlier(talk, person_id))
    lab = the_lab(talk)
    session = the_session(talk, lab)
    if session is None:
        return talk.go("meetings")
    total = _more(talk) + 1
    most = talk.look("most", lambda: reserves.most_together(talk.db, session.id))
    if total > max(1, most):
        return _too_many(talk, most)
    held = talk.look("held", lambda: place_held(talk, session, person_id))
    if not held:
        return _without(talk, session, lab.slug, person_id, total)
    name = talk.look("called", lambda: name_of(talk, person_id))
    if held["state"] == "attended":
        return already(talk, held, name, session)
    if why := talk.look("shut", lambda: labs.shut(talk.db, session.id)):  # meanwhile
        return shut(talk, why, session)
    missing = talk.once("resized", lambda: registrations.resize(talk.db, session.id, person_id, total, talk.channel))
    if talk.look("offered", lambda: _state(talk, session, person_id) == "offered"):  # so few fit at once
        return talk.go("offer", lab=lab.slug, session=session.code)
    if missing and talk.look("offers ended", lambda: last_places.offers_ended(talk.db, session.id)):
        return talk.say(_("Tu lugar sigue guardado. Los otros son para quien llegue primero."))
    if missing and not _waits(talk, total, missing):
        return talk.say(_("Está bien, {name}. Tu lugar sigue guardado."), name=name)
    if missing and (why := talk.look("shut since", lambda: labs.shut(talk.db, session.id))):
        return shut(talk, why, session)
    if missing:
        talk.once("waits", lambda: _wait(talk, session, person_id, total))
    place = talk.look("place", lambda: _place(talk, session, person_id))
    return told(talk, place, name, session)


def _end_earlier(talk: Talk, person_id: int) -> bool:
    """Who says another number needs not answer the question about the one before."""
    for one in talks.open_talks(talk.db, talk.address_id):
        if one.conversation == "party" and one.person_id == person_id and one.id != talk.scene.talk_id:
            talks.end(talk.db, one.id)
    return True


def _too_many(talk: Talk, most: int) -> None:
    """They can never all have a place: nobody gives one back, or waits, for that."""
    if most < 2:
        return talk.say(_("En esta reunión no hay lugares para varias personas juntas."))
    fit = _("En esta reunión caben {count} personas. Escribe CON y un número hasta {number}.")
    return talk.say(fit, count=most, number=most - 1)


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
    read = typed if typed is not None else _read(said)
    if typed is not None and 0 <= typed <= seats.MOST:
        return typed
    before = talk.text(_("Puedes traer hasta {count}."), count=seats.MOST) if read and read > seats.MOST else ""
    if read and not before and talk.ask("read", _("¿Vas con {people}?"), YesNo(), people=_people(read)):
        return read
    return talk.ask("more", _("¿Cuántas personas van contigo, sin contarte?"), Number(0, seats.MOST), before=before)


def _people(more: int) -> Count:
    return Count(*n_("{n} persona más", "{n} personas más"), more)


def named(said: str) -> int | None:
    """2 of 'mi hija y un vecino', 3 of 'mis 2 hijos y mi mamá'; None where a number is not said: 'mi familia'."""
    read = _read(said)
    return read if read is not None and read <= seats.MOST else None


def _read(said: str) -> int | None:
    """The same, however many; 'vamos 3' counts herself among them."""
    together = IN_ALL.fullmatch(plain(said))
    if together:
        all_of_them = number(together["all"]) or 0
        return all_of_them - 1 if all_of_them > 1 else None
    counts = [_counted(part) for part in map(plain, AND.split(said.lower())) if part]  # María is one, whoever she is
    return sum(n or 0 for n in counts) if counts and all(counts) else None


def _counted(part: str) -> int | None:
    found = COME_ALONG.fullmatch(part)
    if found is None:
        return 1 if all_named(part) else None
    several = found["who"] and found["who"].endswith(("s", "gente", "familia", "family", "people", "children"))
    if said := found["n"] or found["only"]:
        return number(said)
    return 1 if found["one"] and not several else None


def _waits(talk: Talk, total: int, missing: int) -> bool:
    """All or none: what she has stays hers until she gives it back."""
    missing_places = Count(*n_("Te falta {n} lugar.", "Te faltan {n} lugares."), missing)
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
