"""Invite the people of a community who gave permission to a session of its lab: look first, then do it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update

from bot import broadcast, quiet
from bot.actions.staff import lines
from bot.broadcast import Act, Ledger, Variant
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import Catalogues, When, _
from bot.message import Reply
from bot.results import parts
from bot.spoken import Said, said
from storage import audiences, audit, broadcasts, cadence, corrections, labs, reminders
from storage import tables as t
from storage.audiences import Who
from storage.labs import Lab, Session
from storage.store import Unit

GOING = (("yes", _("Sí")), ("no", _("No")), ("unsure", _("Aún no sé")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What an invitation tells, before it has words."""

    lab: str  # name of the community: 'San Martín'
    organiser: Said
    starts_at: datetime
    tz: str
    place: Said
    use: Said  # what happens with what they choose: 'va a la junta comunal'
    kind: str = "problems"  # of the session


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Whom an announcement would reach, in which words, at what cost, when."""

    session: Session
    lab: Lab
    people: int  # to be typed before it is sent
    by_channel: dict[str, int]
    skipped: dict[str, int]  # reason -> people
    answered: int  # of the community, who have answered about this session already: they are left out
    segments: int  # of all SMS together
    samples: dict[str, str]  # channel -> its commonest wording; `sms en` in another language
    when: datetime
    sent_before: Ledger | None  # this announcement was made already
    mailings: tuple[Mailing, ...]  # what costs.of prices


def preview(
    unit: Unit, catalogues: Catalogues, session_code: str, who: Who = "community", due_at: datetime | None = None
) -> Preview:
    """Look at an announcement; nothing is sent or changed. Refused when it could not be made.

    due_at: not before that moment.
    """
    meeting, lab = allowed(unit, catalogues, session_code)
    when = goes_at(unit, catalogues, meeting, due_at)
    round = round_of(unit, meeting, who)
    concerned = audience(meeting, who, when, round)
    seen = broadcast.look(unit, concerned, lab_id=lab.id)
    replies = {name: words(catalogues, seen.variant(name), told(lab, meeting)) for name in seen.variants}
    before = broadcasts.found(unit, idem(meeting, who, round))
    return Preview(
        session=meeting,
        lab=lab,
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
        answered=_count(unit, audiences.answered(lab.id, meeting.id)),
        segments=broadcast.segments(seen, replies),
        samples=broadcast.samples(seen, replies),
        when=when,
        sent_before=broadcasts.ledger(unit, before) if before is not None else None,
        mailings=(Mailing(audience=concerned, lab_id=lab.id, replies=replies, at=when),),
    )


def announce(
    unit: Unit,
    catalogues: Catalogues,
    session_code: str,
    by: str,
    expect: int,
    *,
    who: Who = "community",
    due_at: datetime | None = None,
) -> Ledger:
    """Invite them. `expect` is the number of people that was shown: another number now is refused.

    The same announcement twice is one; after a change of the session (its revision) it is a new one. A draft session
    is published by it. `due_at`: not before that moment, and never in quiet hours.
    """
    before = done_before(unit, session_code, who)
    if before is not None:
        return before
    meeting, lab = allowed(unit, catalogues, session_code)
    at = goes_at(unit, catalogues, meeting, due_at)
    publish(unit, meeting, by)
    act = _act(unit, lab, meeting, by, who, at)
    ledger = broadcast.send(unit, act, lambda variant: words(catalogues, variant, told(lab, meeting)))
    if ledger.pending != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=ledger.pending))
    numbers = {"people": ledger.pending, "skipped": ledger.skipped, "broadcast": ledger.code}
    audit.record(unit, "session_announced", subject=meeting.code, payload=numbers, actor=by)
    return ledger


def goes_at(unit: Unit, catalogues: Catalogues, meeting: Session, due_at: datetime | None = None) -> datetime:
    """When an invitation goes that is not to go before `due_at`: by day. Refused: its session has begun by then."""
    at = quiet.held(max(due_at or unit.now, unit.now), meeting.tz)
    if at < meeting.starts_at:
        return at
    when, start = When(at, meeting.tz), When(meeting.starts_at, meeting.tz)
    told = _("Saldría el {when}, y la sesión {code} empieza el {start}. Escoge otra hora.")
    raise Refused(catalogues.told(told, when=when, code=meeting.code, start=start))


def words(catalogues: Catalogues, variant: Variant, invitation: Invitation) -> Reply:
    """The invitation in one variant's words. It names no person, so a shared phone reads the same."""
    if invitation.kind == "report_back":
        text = _(
            "Convoca ({organiser}) te invita al laboratorio de {lab}: {when}, {place}."
            " Se cuenta el resultado y se decide qué sigue. Para salir, escribe SALIR."
        )
    else:
        text = _(
            "Convoca ({organiser}) te invita al laboratorio de {lab}: {when}, {place}."
            " Lo que elijas {use}. Para salir, escribe SALIR."
        )
    when, use = When(invitation.starts_at, invitation.tz), invitation.use.each(lambda text: text.strip().rstrip("."))
    about = (invitation.organiser, invitation.lab, when, invitation.place, use)
    return broadcast.worded(
        catalogues,
        variant,
        text,
        template=broadcast.approved(catalogues, variant, "invitacion_laboratorio", *about),
        question=_("¿Vas?"),
        name="going",
        options=GOING,
        listed=2 if variant.voice.short else None,
        lab=invitation.lab,
        organiser=invitation.organiser,
        when=when,
        place=invitation.place,
        use=use,
    )


def told(lab: Lab, meeting: Session) -> Invitation:
    """What the invitation to this session tells."""
    return Invitation(
        lab=lab.name,
        organiser=said(lab, "organiser"),
        starts_at=meeting.starts_at,
        tz=meeting.tz,
        place=said(meeting, "place"),
        use=said(meeting, "use"),
        kind=meeting.kind,
    )


def sms_parts(
    catalogues: Catalogues, invitation: Invitation, form: str = "tu", lang: str = "es", *, comarca: bool = False
) -> int:
    """How many SMS the invitation takes; the plan is checked to keep it at one."""
    told = words(catalogues, broadcast.variant_of(f"sms/{lang}/{form}/own/all", comarca=comarca), invitation)
    return parts(told.text, lang)


def idem(meeting: Session, who: Who = "community", round: int = 1) -> str:
    """What makes two announcements the same."""
    whom = "" if who == "community" else f"{who}:"
    again = "" if round == 1 else f"{round}:"
    return f"announce:{whom}{again}{meeting.code}:{meeting.revision}"


def round_of(unit: Unit, meeting: Session, who: Who) -> int:
    """1; one more after each that was corrected and did not reach all of them: those can be invited anew."""
    round = 1
    while corrections.kept_back(unit, idem(meeting, who, round)):
        round += 1
    return round


def audience(meeting: Session, who: Who, at: datetime, round: int = 1) -> Select[Any]:
    """Whom this announcement is for, when it is due then."""
    return cadence.capped(audiences.invitees(meeting.lab_id, meeting.id, who, idem(meeting, who, round)), at)


def done_before(unit: Unit, session_code: str, who: Who = "community") -> Ledger | None:
    """The ledger of this announcement if it was made; two at once take turns."""
    meeting = labs.session_by_code(unit, session_code)
    if meeting is None:
        return None
    unit.lock(t.session, meeting.id)
    now = labs.session_by_id(unit, meeting.id)
    before = broadcasts.found(unit, idem(now, who, round_of(unit, now, who)))
    return broadcasts.ledger(unit, before) if before is not None else None


def _act(unit: Unit, lab: Lab, meeting: Session, by: str, who: Who, due_at: datetime) -> Act:
    round = round_of(unit, meeting, who)
    return Act(
        kind="invitation",
        idem=idem(meeting, who, round),
        by=by,
        audience=audience(meeting, who, due_at, round),
        due_at=due_at,
        expires_at=meeting.starts_at,
        lab_id=lab.id,
        session_id=meeting.id,
        opens={"conversation": "invitation", "args": {"session": meeting.code, "lab": lab.slug}},
    )


def allowed(unit: Unit, catalogues: Catalogues, session_code: str) -> tuple[Session, Lab]:
    """The session and its lab, if people may be invited to it now."""
    meeting = labs.session_by_code(unit, session_code)
    if meeting is None:
        raise Refused(catalogues.told(_("No hay una sesión {code}."), code=session_code))
    lab = labs.lab_by_id(unit, meeting.lab_id)
    why = _why_not(unit, meeting, lab)
    if why:
        raise Refused(catalogues.told(why, lab=lab.name, code=meeting.code))
    return meeting, lab


def _why_not(unit: Unit, meeting: Session, lab: Lab) -> str:
    if not lab.authorised:
        kept = _("Falta la autorización de la comunidad. El borrador queda guardado.")
        return kept if meeting.state == "draft" else lines.UNAUTHORISED
    if lab.state != "published":
        return _("El laboratorio de {lab} no está publicado. Publícalo primero.")
    if meeting.state == "cancelled":
        return _("La sesión {code} se suspendió. No se invita a nadie.")
    if meeting.state == "closed" or meeting.starts_at <= unit.now:
        return _("La sesión {code} ya empezó o ya terminó. No se invita a nadie.")
    if quiet.held(unit.now, lab.tz) >= meeting.starts_at:
        return _("Es tarde para escribir a la gente: la sesión {code} empieza antes de las 8:00 am.")
    return ""


def publish(unit: Unit, meeting: Session, by: str) -> None:
    """A draft becomes a session that people may be told of, with its reminders."""
    draft = update(t.session).where(t.session.c.id == meeting.id, t.session.c.state == "draft")
    if unit.db.execute(draft.values(state="published")).rowcount:
        audit.record(unit, "session_published", subject=meeting.code, actor=by)
    reminders.plan_for(unit, labs.session_by_id(unit, meeting.id))


def _count(unit: Unit, audience: Select[Any]) -> int:
    return unit.db.execute(select(func.count()).select_from(audience.subquery("counted"))).scalar_one()
