"""QUIEN VIENE: how many, and the list by code; first names only for who may see them."""

from __future__ import annotations

from typing import Any

from bot.actions.needs import KINDS
from bot.i18n import And, Label, When, _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from conversations.staff import team
from storage import checkins, labs, needs, registrations
from storage.labs import Session

PAGE = 40
COMES = ("registered", "attended")


@conversation("quien viene", "quienes vienen", "who comes", act="coming", passing=True)
def coming(talk: Talk) -> None:
    """Counts, then the list in pages."""
    meeting = team.the_session(talk, "coming")
    if meeting is None:
        return None
    seen = talk.look("seen", lambda: _seen(talk, meeting))
    lines, pages = _counts(talk, meeting, seen), _pages(seen["list"])
    for n, page in enumerate(pages):
        lines = "\n".join([lines, *page]).strip()
        if n + 1 == len(pages):
            break
        if not talk.ask(f"more.{n}", _("¿Sigo?"), YesNo(), before=lines):
            return talk.say(_("Está bien."))
        lines = ""
    return team.say(talk, lines)


def _pages(rows: list[str]) -> list[list[str]]:
    return [rows[n : n + PAGE] for n in range(0, len(rows), PAGE)] or [[]]


def _seen(talk: Talk, meeting: Session) -> dict[str, Any]:
    names = meeting.lab_id in team.reach(talk, "names")
    guests = checkins.listed(talk.db, meeting.id, *COMES) if names else []
    rows = [f"{g.code} {g.name}".strip() + _marks(g) for g in guests]
    taken = registrations.taken(talk.db, meeting.id)
    free = None if meeting.capacity is None else max(meeting.capacity - taken, 0)
    lab = labs.lab_by_id(talk.db, meeting.lab_id).name
    needed = dict(needs.counts(talk.db).get(meeting.id, {}))
    states = checkins.by_state(talk.db, meeting.id)
    return {"list": rows, "states": states, "free": free, "lab": lab, "needs": needed}


def _marks(guest: checkins.Guest) -> str:
    """'7KTQ Ana (3) ✓': three places, and they are here."""
    return (f" ({guest.party})" if guest.party > 1 else "") + (" ✓" if guest.state == "attended" else "")


def _counts(talk: Talk, meeting: Session, seen: dict[str, Any]) -> str:
    states = seen["states"]
    told = talk.text(
        _("{lab}, {when}: {going} van, {came} llegaron, {unsure} no saben, {waiting} en espera, {no} no van."),
        lab=seen["lab"],
        when=When(meeting.starts_at, meeting.tz),
        going=states.get("registered", 0),
        came=states.get("attended", 0),
        unsure=states.get("unsure", 0),
        waiting=states.get("waiting", 0) + states.get("offered", 0),
        no=states.get("declined", 0) + states.get("cancelled", 0),
    )
    if seen["free"] is not None:
        told += " " + talk.text(_("Quedan {count} lugares."), count=seen["free"])
    if not seen["needs"]:
        return told
    needed = And(talk.text(_("{what} ({n})"), what=Label(KINDS[kind]), n=n) for kind, n in seen["needs"].items())
    return told + " " + talk.text(_("Necesitan: {needed}."), needed=needed)
