"""Who comes and who came, from the command line: the same functions as QUIEN VIENE, LLEGO and NO LLEGO."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import typer
from rich.markup import escape

from bot.actions.staff import coming as expected
from bot.actions.staff import door, lines
from bot.actions.staff.door import Told
from bot.errors import Refused
from bot.i18n import Catalogues
from bot.terminal import show
from bot.terminal.asking import NotDone
from bot.terminal.opening import operator, wordings
from storage import labs
from storage.checkins import Guest
from storage.labs import Session
from storage.store import Store, Unit


def coming(store: Store, code: str, *, names: bool) -> None:
    """The counts, and the list by code."""
    words, out = wordings(), show.console()

    def look(unit: Unit) -> tuple[str, list[Guest]]:
        meeting = _meeting(unit, words, code)
        told = expected.told(words.told, meeting, expected.counts(unit, meeting))
        return told, expected.guests(unit, meeting)

    told, guests = store.read(look)
    out.print(escape(told))
    for guest in guests:
        out.print(escape(expected.line(guest, guest.name if names else "")))


def checkin(store: Store, code: str, typed: str, *, undo: bool, anyway: bool) -> None:
    """The door."""
    if undo and not typed:
        raise typer.BadParameter("say who did not come: convoca checkin sm1 7KTQ --undo", param_hint="--undo")
    words = wordings()
    meeting = store.read(lambda unit: _meeting(unit, words, code))
    if undo:
        told = _undone(store, words, meeting, typed)
    elif typed:
        told = _entered(store, words, meeting, typed, anyway=anyway)
    else:
        told = store.do(lambda unit: door.walk_in(unit, words, meeting.code, by=operator(), nonce=_nonce()))
    if told.result == "refused":
        typer.echo(_why(words, meeting, typed, told, undo=undo), err=True)
        raise NotDone
    party = f" ({told.party})" if told.party > 1 else ""
    where = "is in" if told.result == "in" else "is out again"
    show.console().print(f"{told.code}{party} {where}. Inside: {told.inside}.")


def _entered(store: Store, words: Catalogues, meeting: Session, typed: str, *, anyway: bool) -> Told:
    by, nonce = operator(), _nonce()
    named = store.read(lambda unit: door.outside(unit, meeting.id, typed))
    if named:
        one = _which(named).id
        return store.do(lambda unit: door.enter_guest(unit, words, meeting.code, one, by=by, nonce=nonce))
    return store.do(lambda unit: door.enter(unit, words, meeting.code, typed, by=by, nonce=nonce, force=anyway))


def _undone(store: Store, words: Catalogues, meeting: Session, typed: str) -> Told:
    by, nonce = operator(), _nonce()
    named = store.read(lambda unit: door.inside(unit, meeting.id, typed))
    code = _which(named).code if named else typed
    return store.do(lambda unit: door.undo(unit, words, meeting.code, code, by=by, nonce=nonce))


def _which(named: Sequence[Guest]) -> Guest:
    """The one of this first name; of several the one whose number is typed."""
    if len(named) == 1:
        return named[0]
    for n, guest in enumerate(named, 1):
        typer.echo(f"{n}  {guest.code or '(no code yet)'}  {guest.state}")
    said = typer.prompt("Several have this name. Type the number of the one who came").strip()
    if said not in map(str, range(1, len(named) + 1)):
        raise NotDone
    return named[int(said) - 1]


def _why(words: Catalogues, meeting: Session, typed: str, told: Told, *, undo: bool) -> str:
    """Why nobody came in or was taken back, as the chat says it."""
    if undo:
        return words.told(lines.NOT_IN, typed=typed.upper())
    if told.reason in lines.DOOR:
        return words.told(lines.DOOR[told.reason], **door.why(meeting, typed, told.code, told.at))
    if told.reason == "cancelled":
        return words.told(lines.GAVE_BACK, code=told.code, session=meeting.code)
    return words.told(lines.UNKNOWN, typed=lines.as_typed(typed), session=meeting.code)


def _meeting(unit: Unit, words: Catalogues, code: str) -> Session:
    meeting = labs.session_by_code(unit, code)
    if meeting is None:
        raise Refused(words.told(lines.NO_SESSION, code=code))
    return meeting


def _nonce() -> str:
    """Each command is an act of its own."""
    return f"cli:{secrets.token_hex(8)}"
