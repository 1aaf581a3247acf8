"""The tick of reminders: what is due and still true becomes a broadcast; a change makes it stale, lateness missed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select

from bot import broadcast, quiet
from bot.actions import needs
from bot.broadcast import Act, Variant
from bot.i18n import Catalogues, Label, When, _
from bot.message import Reply
from bot.spoken import said
from storage import audiences, broadcasts, labs, reminders
from storage import needs as stored
from storage.labs import Lab, Session
from storage.reminders import Due
from storage.store import Unit

TODAY = _("Hoy, {when}, es el laboratorio. Lugar: {place}. Código: {code}.")
TOMORROW = _("Mañana, {when}, es el laboratorio. Lugar: {place}. Código: {code}.")
_OFFERS = {
    TODAY: _("Hoy, {when}, es el laboratorio. Lugar: {place}. Código: {code}. Hay {offer}."),
    TOMORROW: _("Mañana, {when}, es el laboratorio. Lugar: {place}. Código: {code}. Hay {offer}."),
}
COMING = (("yes", _("Sí")), ("no", _("No puedo")))
GOING = (("yes", _("Sí")), ("no", _("No")), ("unsure", _("Aún no sé")))


def due(unit: Unit, catalogues: Catalogues, limit: int = 20) -> int:
    """Do what is due, all of it in this unit; how many reminders it were. Any number of processes may call it."""
    claimed = reminders.claim(unit, limit)
    for one in claimed:
        _do(unit, catalogues, one)
    return len(claimed) + _ask_latecomers(unit, catalogues)


def _do(unit: Unit, catalogues: Catalogues, one: Due) -> None:
    meeting = labs.session_by_id(unit, one.session_id)
    lab = labs.lab_by_id(unit, meeting.lab_id)
    at = quiet.held(unit.now, meeting.tz)
    if one.revision != meeting.revision or meeting.state != "published":
        reminders.settle(unit, one.id, "stale")
        reminders.plan_for(unit, meeting)
    elif at >= meeting.starts_at or not lab.authorised:
        reminders.settle(unit, one.id, "missed")
    else:
        act, say = _RULES[one.rule]
        today, plan = _same_day(at, meeting), act(meeting, lab, at)
        ledger = broadcast.send(unit, plan, lambda variant: say(catalogues, variant, lab, meeting, today))
        reminders.settle(unit, one.id, "sent", ledger.broadcast_id)


def _ask_latecomers(unit: Unit, catalogues: Catalogues) -> int:
    """Who signed up after the question of three days before is asked right after, by herself; how many people."""
    asked = 0
    for session_id in reminders.gone_by(unit, "needs"):
        meeting = labs.session_by_id(unit, session_id)
        lab = labs.lab_by_id(unit, meeting.lab_id)
        at = quiet.held(unit.now, meeting.tz)
        if meeting.needs and lab.authorised and at < meeting.starts_at:
            fresh = stored.unasked(meeting.id, meeting.code)
            asked += sum(
                _ask(unit, catalogues, meeting, lab, at, row.person_id) for row in unit.db.execute(fresh).all()
            )
    return asked


def _ask(unit: Unit, catalogues: Catalogues, meeting: Session, lab: Lab, at: datetime, person_id: int) -> bool:
    alone = audiences.listed(unit, {person_id: audiences.ALL})
    act = _act(f"needs:{person_id}", "needs", meeting, lab, at, alone, fill=needs.codes(meeting), kind="needs")
    if broadcasts.found(unit, act.idem) is not None:
        return False  # she could not be written to
    broadcast.send(unit, act, lambda variant: needs.question(catalogues, variant))
    return True


def _day_before(meeting: Session, lab: Lab, at: datetime) -> Act:
    registered = audiences.parties(meeting.id, "registered", reminders=True)
    return _act("day_before", "reminder", meeting, lab, at, registered, fill=needs.codes(meeting))


def _unsure(meeting: Session, lab: Lab, at: datetime) -> Act:
    return _act("unsure", "invitation", meeting, lab, at, audiences.registered(meeting.id, "unsure", reminders=True))


def _needs(meeting: Session, lab: Lab, at: datetime) -> Act:
    unasked = stored.unasked(meeting.id, meeting.code)
    return _act("needs", "needs", meeting, lab, at, unasked, fill=needs.codes(meeting))


def _act(
    rule: str,
    opens: str,
    meeting: Session,
    lab: Lab,
    at: datetime,
    audience: Select[Any],
    fill: Select[Any] | None = None,
    kind: str = "reminder",  # 'needs': of one person, and so nobody else's business
) -> Act:
    return Act(
        kind=kind,
        idem=f"remind:{meeting.code}:{rule}:{meeting.revision}",
        by="clock",
        audience=audience,
        due_at=at,
        expires_at=meeting.starts_at,
        lab_id=lab.id,
        session_id=meeting.id,
        opens={"conversation": opens, "args": {"session": meeting.code, "lab": lab.slug}},
        shared="each",  # each registered person has a place and a code of her own
        fill=fill,
        priority=1,
    )


def _same_day(at: datetime, meeting: Session) -> bool:
    zone = ZoneInfo(meeting.tz)
    return at.astimezone(zone).date() == meeting.starts_at.astimezone(zone).date()


def _reminder(catalogues: Catalogues, variant: Variant, lab: Lab, meeting: Session, today: bool) -> Reply:
    """Date, hour, place and code in the text itself; on a shared phone the code says for whom, never a name."""
    if variant.shared:
        text = _("Convoca, para el código que empieza con {code}: el laboratorio es {when}. Lugar: {place}.")
    else:
        text = TODAY if today else TOMORROW
    when = When(meeting.starts_at, meeting.tz)
    if meeting.needs and not variant.shared:
        text = _OFFERS[text]
    code: object = "{hint}" if variant.shared else "{code}"  # on a shared phone the whole code guards what is hers
    if variant.group != audiences.ALL:  # several places
        code = Label(_("{code} ({party} lugares)"), {"code": code, "party": int(variant.group)})
    return broadcast.worded(
        catalogues,
        variant,
        text,
        template=broadcast.approved(catalogues, variant, "recordatorio", when, said(meeting, "place"), code),
        offer=needs.there_is(meeting.needs[:1] if variant.channel == "sms" else meeting.needs),  # one SMS names one
        question=_("¿Vienes?"),
        name="coming",
        options=COMING,
        when=when,
        place=said(meeting, "place"),
        code=code,
    )


def _asked_again(catalogues: Catalogues, variant: Variant, lab: Lab, meeting: Session, today: bool) -> Reply:
    when = When(meeting.starts_at, meeting.tz)
    about = (said(lab, "organiser"), lab.name, when, said(meeting, "place"), said(meeting, "use"))
    return broadcast.worded(
        catalogues,
        variant,
        _("Te pregunto otra vez. Laboratorio de {lab}: {when}, {place}."),
        question=_("¿Vas?"),
        name="going",
        options=GOING,
        template=broadcast.approved(catalogues, variant, "invitacion_laboratorio", *about),
        lab=lab.name,
        when=when,
        place=said(meeting, "place"),
    )


def _needed(catalogues: Catalogues, variant: Variant, lab: Lab, meeting: Session, today: bool) -> Reply:
    return needs.question(catalogues, variant)


_RULES = {"day_before": (_day_before, _reminder), "unsure": (_unsure, _asked_again), "needs": (_needs, _needed)}
