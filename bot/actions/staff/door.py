"""The door of a session: who comes in, is taken back, or stands there without a place; and the end of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.actions import welcome
from bot.actions.staff import lines
from bot.errors import Refused
from bot.i18n import Catalogues, When, _
from bot.words import plain
from storage import audit, checkins, codes, idea_states, labs, reminders, sessions
from storage.checkins import Guest
from storage.labs import Session
from storage.store import Unit

SOON = timedelta(days=1)  # how long after its start a session's door may still be opened, for paper typed later


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a code at the door. result: 'in', 'undone', 'refused'; reason as in the log."""

    result: str
    reason: str = ""
    code: str = ""
    name: str = ""
    at: datetime | None = None  # since when they are in
    inside: int = 0
    party: int = 1  # so many came in together


def session_of_today(unit: Unit, lab_ids: list[int]) -> Session | None:
    """The session of these labs that is held today where it takes place; of several the next to start."""
    around = checkins.todays(unit, lab_ids, unit.now - 2 * SOON, unit.now + 2 * SOON)
    found = [labs.session_by_id(unit, id) for id in around]
    today = [s for s in found if _day(s, s.starts_at) == _day(s, unit.now)]
    return next((s for s in today if s.state == "published"), next(iter(today), None))


def session_to_close(unit: Unit, lab_ids: list[int]) -> Session | None:
    """That of today; else the newest one that is over and that nobody has closed."""
    over = sessions.unclosed(unit, lab_ids, unit.now)
    return session_of_today(unit, lab_ids) or next(reversed(over), None)


def _day(meeting: Session, at: datetime) -> date:
    return at.astimezone(ZoneInfo(meeting.tz)).date()


def called(unit: Unit, session_id: int, typed: str) -> list[Guest]:
    """Those of the list whose first name this is; none where it is a code of the list."""
    if checkins.by_code(unit, session_id, typed) is not None:
        return []
    return [g for g in checkins.listed(unit, session_id) if g.name and plain(g.name) == plain(typed)]


def outside(unit: Unit, session_id: int, typed: str) -> list[Guest]:
    """Of `called` those who are not in; where all are, the first of them."""
    guests = called(unit, session_id, typed)
    return [g for g in guests if g.state != "attended"] or guests[:1]


def inside(unit: Unit, session_id: int, typed: str) -> list[Guest]:
    """Of `called` those who came in."""
    return [g for g in called(unit, session_id, typed) if g.state == "attended" and g.code]


def why(meeting: Session, typed: str, code: str, at: datetime | None) -> dict[str, object]:
    """Arguments of lines.DOOR. at: since when they are in."""
    day = When(meeting.starts_at, meeting.tz, "day")
    hour = When(at, meeting.tz, "hour") if at else ""
    return {"session": meeting.code, "day": day, "code": code, "typed": typed.upper(), "hour": hour}


def enter(
    unit: Unit, catalogues: Catalogues, session_code: str, code: str, *, by: str, nonce: str, force: bool = False
) -> Told:
    """Somebody with this code is here. The same message (`nonce`) twice is one; a refusal is noted too.

    `force`: let in who had given the place back; the log says so by the state before.
    """
    meeting = _held(unit, catalogues, session_code)
    if (before := checkins.seen(unit, nonce)) is not None:
        return _as_before(unit, meeting, before)
    who = checkins.by_code(unit, meeting.id, code)
    reason = _why_not(unit, meeting, code, who, force)
    if reason or who is None:
        _refuse(unit, meeting, who, code, reason or "unknown_code", by, nonce)
        return _told(unit, meeting, who, "refused", reason)
    return _in(unit, catalogues, meeting, who, by=by, nonce=nonce)


def enter_guest(
    unit: Unit, catalogues: Catalogues, session_code: str, registration_id: int, *, by: str, nonce: str
) -> Told:
    """The same for somebody found by the name: waiting, unsure, or with a place."""
    meeting = _held(unit, catalogues, session_code)
    if (before := checkins.seen(unit, nonce)) is not None:
        return _as_before(unit, meeting, before)
    who = checkins.guest(unit, registration_id)
    reason = _why_not(unit, meeting, who.code if who else "", who, force=True)
    if reason or who is None:
        _refuse(unit, meeting, who, who.code if who else "", reason, by, nonce)
        return _told(unit, meeting, who, "refused", reason)
    return _in(unit, catalogues, meeting, who, by=by, nonce=nonce)


def walk_in(unit: Unit, catalogues: Catalogues, session_code: str, *, by: str, nonce: str) -> Told:
    """Somebody without a place: noted beyond capacity, with a code and without a name (no permission was given)."""
    meeting = _held(unit, catalogues, session_code)
    if (before := checkins.seen(unit, nonce)) is not None:
        return _as_before(unit, meeting, before)
    _open_now(unit, catalogues, meeting)
    who = checkins.walk_in(unit, meeting.id, by)
    checkins.note(unit, meeting.id, nonce=nonce, by=by, result="in", registration_id=who.id)
    audit.record(unit, "checkin.walk_in", meeting.code, {"registration": who.id}, actor=by)
    return _told(unit, meeting, who, "in")


def undo(unit: Unit, catalogues: Catalogues, session_code: str, code: str, *, by: str, nonce: str) -> Told:
    """They did not come after all: a row more in the log, and the state from before."""
    meeting = _held(unit, catalogues, session_code)
    if (before := checkins.seen(unit, nonce)) is not None:
        return _as_before(unit, meeting, before)
    who = checkins.by_code(unit, meeting.id, code)
    if who is None or who.state != "attended":
        return _told(unit, meeting, who, "refused", "unknown_code")
    checkins.take_back(unit, who, by)
    checkins.note(unit, meeting.id, nonce=nonce, by=by, result="undone", registration_id=who.id)
    audit.record(unit, "checkin.undone", meeting.code, {"registration": who.id}, actor=by)
    return _told(unit, meeting, who, "undone")


def close(unit: Unit, catalogues: Catalogues, session_code: str, counted: int | None, *, by: str) -> dict[str, int]:
    """The session is over: attendance is what was checked in. Again changes nothing but the head count."""
    meeting = _held(unit, catalogues, session_code)
    if meeting.starts_at > unit.now or meeting.state not in ("published", "closed"):
        told = _("La sesión {code} no se puede cerrar: no ha empezado, o no se hizo.")
        raise Refused(catalogues.told(told, code=meeting.code))
    if unanswered := idea_states.without_answer(unit, meeting.lab_id, meeting.starts_at):
        raise Refused(catalogues.told(lines.UNANSWERED, **lines.unanswered(unanswered)))
    missing = checkins.close(unit, meeting.id, counted, by)
    reminders.plan_for(unit, labs.session_by_id(unit, meeting.id))
    numbers = {"attended": checkins.count(unit, meeting.id), "no_show": missing, "counted": counted or 0}
    audit.record(unit, "session_closed", meeting.code, numbers, actor=by)
    return numbers


# --- inside -------------------------------------------------------------------------------------------------------


def _held(unit: Unit, catalogues: Catalogues, code: str) -> Session:
    """The session, locked: two at one door take turns."""
    meeting = labs.session_by_code(unit, code)
    if meeting is None:
        raise Refused(catalogues.told(lines.NO_SESSION, code=code))
    sessions.lock(unit, meeting.id)
    return labs.session_by_id(unit, meeting.id)


def _why_not(unit: Unit, meeting: Session, code: str, who: Guest | None, force: bool) -> str:
    if _day(meeting, unit.now) < _day(meeting, meeting.starts_at):
        return "too_early"
    if meeting.state == "cancelled":
        return "closed"
    if who is None:
        return "other_session" if codes.clean(code) and checkins.elsewhere(unit, meeting.id, code) else "unknown_code"
    if who.state == "attended":
        return "already_in"
    return "cancelled" if who.state in ("cancelled", "declined") and not force else ""


def _open_now(unit: Unit, catalogues: Catalogues, meeting: Session) -> None:
    """Nobody is noted before the day, or at a session that is not held."""
    opens = datetime.combine(meeting.starts_at.astimezone(ZoneInfo(meeting.tz)).date(), time(), ZoneInfo(meeting.tz))
    if unit.now < opens or meeting.state not in ("published", "closed"):
        raise Refused(catalogues.told(_("La puerta de {code} no está abierta hoy."), code=meeting.code))


def _in(unit: Unit, catalogues: Catalogues, meeting: Session, who: Guest, *, by: str, nonce: str) -> Told:
    _open_now(unit, catalogues, meeting)
    new = not who.code
    checkins.enter(unit, who, by)
    checkins.note(unit, meeting.id, nonce=nonce, by=by, result="in", registration_id=who.id)
    audit.record(unit, "checkin.in", meeting.code, {"registration": who.id, "was": who.state}, actor=by)
    if new:
        welcome.tell(unit, catalogues, meeting, who.id)
    return _told(unit, meeting, who, "in")


def _refuse(unit: Unit, meeting: Session, who: Guest | None, code: str, why: str, by: str, nonce: str) -> None:
    about = who.id if who else None
    checkins.note(unit, meeting.id, nonce=nonce, by=by, typed=code, registration_id=about, result="refused", reason=why)


def _as_before(unit: Unit, meeting: Session, before: checkins.Entry) -> Told:
    who = checkins.guest(unit, before.registration_id) if before.registration_id is not None else None
    return _told(unit, meeting, who, before.result, before.reason)


def _told(unit: Unit, meeting: Session, who: Guest | None, result: str, reason: str = "") -> Told:
    now = checkins.guest(unit, who.id) if who else None
    inside = checkins.count(unit, meeting.id)
    if now is None:
        return Told(result=result, reason=reason, inside=inside)
    return Told(
        result=result, reason=reason, code=now.code, name=now.name, at=now.since, inside=inside, party=now.party
    )
