"""Who comes to a session: how many, how many places are left, what they need, and the list by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.actions.needs import KINDS
from bot.i18n import And, Label, When, _
from storage import checkins, labs, needs, registrations
from storage.checkins import Guest
from storage.labs import Session
from storage.store import Unit

COMES = ("registered", "attended")


def counts(unit: Unit, meeting: Session) -> dict[str, Any]:
    """JSON: 'lab' (its name), 'states' (state -> people), 'free' (places; None: no limit), 'needs' (kind -> people)."""
    taken = registrations.taken(unit, meeting.id)
    return {
        "lab": labs.lab_by_id(unit, meeting.lab_id).name,
        "states": checkins.by_state(unit, meeting.id),
        "free": None if meeting.capacity is None else max(meeting.capacity - taken, 0),
        "needs": dict(needs.counts(unit).get(meeting.id, {})),
    }


def guests(unit: Unit, meeting: Session) -> list[Guest]:
    """Who comes or came, by code."""
    return checkins.listed(unit, meeting.id, *COMES)


def line(guest: Guest, name: str = "") -> str:
    """'7KTQ Ana (3) ✓': three places, and they are here. name: '' where it is not to be seen."""
    party = f" ({guest.party})" if guest.party > 1 else ""
    return f"{guest.code} {name}".strip() + party + (" ✓" if guest.state == "attended" else "")


def told(say: Callable[..., str], meeting: Session, seen: Mapping[str, Any]) -> str:
    """The counts in a sentence. say: puts a msgid into the words of who asked; seen: of `counts`."""
    states = seen["states"]
    off = [say(_("La sesión {session} se suspendió."), session=meeting.code)] if meeting.state == "cancelled" else []
    parts = [
        *off,
        say(
            _("{lab}, {when}: {going} van, {came} llegaron, {unsure} no saben, {waiting} en espera, {no} no van."),
            lab=seen["lab"],
            when=When(meeting.starts_at, meeting.tz),
            going=states.get("registered", 0),
            came=states.get("attended", 0),
            unsure=states.get("unsure", 0),
            waiting=states.get("waiting", 0) + states.get("offered", 0),
            no=states.get("declined", 0) + states.get("cancelled", 0),
        ),
    ]
    if seen["free"] is not None and not off:
        parts.append(say(_("Quedan {count} lugares."), count=seen["free"]))
    if seen["needs"]:
        needed = And(
            Label(_("{what} ({n})"), {"what": Label(KINDS[kind]), "n": n}) for kind, n in seen["needs"].items()
        )
        parts.append(say(_("Necesitan: {needed}."), needed=needed))
    return " ".join(parts)
