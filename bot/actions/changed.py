"""Another hour or place for a session: those who were invited or are coming are told, once.

Whose invitation has not left yet is invited anew, to the session as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from bot import broadcast, quiet, stale
from bot.actions import announce, translated
from bot.actions.announce import GOING
from bot.actions.staff import lines, meanwhile
from bot.broadcast import Act, Ledger, Variant
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import Catalogues, When, _
from bot.kinds import written
from bot.message import Reply
from bot.spoken import said
from bot.words import plain
from storage import audiences, audit, labs, registrations, reminders, sendings, sessions
from storage.labs import Lab, Session
from storage.store import Unit

COMING = ("registered", "waiting", "offered", "unsure")
SAME = _("Ya es así. No cambié nada.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes different; None stays."""

    starts_at: datetime | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Whom it would reach and in which words."""

    session: Session  # as it would be
    people: int
    by_channel: dict[str, int]
    skipped: dict[str, int]
    samples: dict[str, str]
    when: datetime
    mailings: tuple[Mailing, ...]  # what costs.of prices


def preview(unit: Unit, catalogues: Catalogues, code: str, change: Change) -> Preview:
    """Look at it; nothing is changed or sent. Refused when it could not be done."""
    meeting = _allowed(unit, catalogues, code, change)
    seen = broadcast.look(unit, _audience(unit, meeting), lab_id=meeting.lab_id, priority=1, kind="change")
    after = _changed(meeting, change)
    lab = labs.lab_by_id(unit, meeting.lab_id)
    replies = {name: words(catalogues, seen.variant(name), after, lab) for name in seen.variants}
    at = quiet.held_change(unit.now, meeting.tz, meeting.starts_at)
    return Preview(
        session=after,
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
        samples=broadcast.samples(seen, replies),
        when=at,
        mailings=(Mailing(audience=_audience(unit, meeting), lab_id=meeting.lab_id, replies=replies, at=at),),
    )


def change(
    unit: Unit,
    catalogues: Catalogues,
    code: str,
    what: Change,
    *,
    by: str,
    expect: int | None = None,
    shown: int | None = None,
) -> Ledger | None:
    """Do it and tell them; None: nobody had to be told.

    `expect`: the number of people that was shown; `shown`: the revision. Raises Meanwhile when it is another one now.
    """
    found = labs.session_by_code(unit, code)
    if found is not None:
        sessions.lock(unit, found.id)
    meeting = _allowed(unit, catalogues, code, what)
    meanwhile.session(unit, catalogues, meeting, shown)
    audience, after = _audience(unit, meeting), _changed(meeting, what)
    sessions.change(unit, meeting.id, starts_at=after.starts_at, place=after.place, texts=after.texts)
    after = labs.session_by_id(unit, meeting.id)
    told = _tell(unit, catalogues, after, audience, by) if meeting.state == "published" else None
    if told is not None and expect is not None and told.pending != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=told.pending))
    reminders.plan_for(unit, after)
    registrations.fill_places(unit, meeting.id)
    numbers = {"revision": after.revision, "people": told.pending if told else 0}
    audit.record(unit, "session_changed", meeting.code, numbers, actor=by)
    return told


def _tell(unit: Unit, catalogues: Catalogues, after: Session, audience: Select[Any], by: str) -> Ledger:
    lab = labs.lab_by_id(unit, after.lab_id)
    act = Act(
        kind="change",
        idem=_idem(after),
        by=by,
        audience=audience,
        due_at=quiet.held_change(unit.now, after.tz, after.starts_at),
        expires_at=after.starts_at,
        lab_id=after.lab_id,
        session_id=after.id,
        opens={"conversation": "invitation", "args": {"session": after.code, "lab": lab.slug}},
        priority=1,
    )
    return broadcast.send(unit, act, lambda variant: words(catalogues, variant, after, lab))


def words(catalogues: Catalogues, variant: Variant, after: Session, lab: Lab) -> Reply:
    """What is new, and the same question as the invitation's. No name: a shared phone reads the same."""
    if variant.group == audiences.NEW:
        return announce.words(catalogues, variant, announce.told(lab, after))
    text = _("Cambió el laboratorio de {lab}. Ahora es {when}. Lugar: {place}. Si tenías lugar, sigue guardado.")
    when = When(after.starts_at, after.tz)
    return broadcast.worded(
        catalogues,
        variant,
        text,
        template=broadcast.approved(catalogues, variant, "sesion_cambiada", lab.name, when, said(after, "place")),
        question=_("¿Vas?"),
        name="going",
        options=GOING,
        listed=2 if variant.voice.short else None,
        lab=lab.name,
        when=when,
        place=said(after, "place"),
    )


def resize(unit: Unit, catalogues: Catalogues, code: str, capacity: int, *, by: str) -> int:
    """Another number of places, offered on at once; the number. Refused: the same, fewer than those who have one."""
    meeting = _allowed(unit, catalogues, code, Change())
    if capacity == meeting.capacity:
        raise Refused(catalogues.told(SAME))
    sessions.lock(unit, meeting.id)
    taken = registrations.taken(unit, meeting.id)
    if capacity < taken:
        raise Refused(catalogues.told(lines.FEWER, count=taken, over=taken - capacity))
    sessions.resize(unit, meeting.id, capacity)
    registrations.fill_places(unit, meeting.id)
    audit.record(unit, "session_resized", meeting.code, {"capacity": capacity}, actor=by)
    return capacity


def concerned(unit: Unit, session_id: int) -> int:
    """How many were invited to a session or are coming: who has to be told when it moves."""
    who = _audience(unit, labs.session_by_id(unit, session_id)).subquery("concerned")
    return int(unit.db.execute(select(func.count()).select_from(who)).scalar_one())


def tells(unit: Unit, after: Session, person_id: int) -> bool:
    """Whether she is among those whom the message about this change goes to, or has reached."""
    return sendings.goes_to(unit, _idem(after), person_id)


def _idem(after: Session) -> str:
    return f"change:{after.code}:{after.revision}"


def _audience(unit: Unit, meeting: Session) -> Select[Any]:
    """Also who has just read of it because she wants to come, and has not answered yet."""
    concerned = audiences.told_or_coming(meeting.id, *COMING)
    return audiences.and_others(unit, concerned, stale.signing_up(unit, meeting.code))


def _changed(meeting: Session, what: Change) -> Session:
    new = replace(meeting, starts_at=what.starts_at or meeting.starts_at, place=what.place or meeting.place)
    texts = meeting.texts
    if what.place:  # the plan's words for the earlier place in other languages are wrong now
        texts = {lang: {n: text for n, text in told.items() if n != "place"} for lang, told in texts.items()}
    return replace(new, place=written(new.place), texts=texts)


def _allowed(unit: Unit, catalogues: Catalogues, code: str, what: Change) -> Session:
    meeting = labs.session_by_code(unit, code)
    if meeting is None:
        raise Refused(catalogues.told(_("No hay una sesión {code}."), code=code))
    after = _changed(meeting, what)
    why = _why_not(unit, meeting, after) or (SAME if what != Change() and _stands(meeting, after) else "")
    if why:
        raise Refused(catalogues.told(why, code=meeting.code, most=30))
    return meeting


def _stands(meeting: Session, after: Session) -> bool:
    """Whether nothing becomes different. What people were told of stays so in other letters: 'casa comunal'."""
    read = plain if meeting.state == "published" else str
    return after.starts_at == meeting.starts_at and read(after.place) == read(meeting.place)


def _why_not(unit: Unit, meeting: Session, after: Session) -> str:
    if meeting.state not in ("draft", "published") or meeting.starts_at <= unit.now:
        return _("La sesión {code} ya empezó, terminó o se suspendió. No se cambia.")
    if after.starts_at <= unit.now:
        return _("La sesión {code} no puede empezar en el pasado.")
    if translated.braces(after.place):
        return translated.BRACES
    if not 0 < len(after.place) <= 30:
        return _("El lugar de la sesión {code} lleva hasta {most} letras.")
    return ""
