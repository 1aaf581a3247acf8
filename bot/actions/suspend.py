"""Call off a session: no more invitations, reminders or offers; who was coming, waiting, unsure or asked is told.

Each once. Who has said no does not hear of it, nor whose invitation has not left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select

from bot import broadcast, quiet, stale
from bot.actions import translated
from bot.actions.staff import meanwhile
from bot.broadcast import Act, Ledger, Variant
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import Catalogues, When, _
from bot.message import Reply
from bot.spoken import Said, others
from bot.words import plain
from storage import audiences, audit, broadcasts, labs, registrations, reminders, sessions
from storage.labs import Session
from storage.store import Unit
from storage.texts import Texts

LONGEST = 40  # letters of a reason: with them the message is one SMS
BY = frozenset(("lluvia", "lluvias", "duelo", "rain"))  # what reads right behind "por"
STALE = timedelta(days=1)  # who can not be reached by then has seen a closed door
COMING = ("registered", "waiting", "offered", "unsure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Whom it would reach, in which words, when."""

    session: Session
    people: int  # to be typed before it is sent
    by_channel: dict[str, int]
    skipped: dict[str, int]  # reason -> people
    segments: int
    samples: dict[str, str]  # channel -> its commonest wording
    when: datetime
    done_before: Ledger | None
    mailings: tuple[Mailing, ...]  # what costs.of prices


def preview(unit: Unit, catalogues: Catalogues, code: str, because: str, texts: Texts | None = None) -> Preview:
    """Look at it; nothing is changed. Refused when it could not be done. texts: reason in other languages."""
    meeting, before = _known(unit, catalogues, code)
    why = Said("", {}) if before else _reason(unit, catalogues, meeting, because, texts or {})
    concerned = _audience(unit, meeting)
    seen = broadcast.look(unit, concerned, lab_id=meeting.lab_id, priority=1, kind="suspension")
    lab = labs.lab_by_id(unit, meeting.lab_id).name
    replies = {name: words(catalogues, seen.variant(name), meeting, lab, why) for name in seen.variants}
    at = quiet.held_change(unit.now, meeting.tz, meeting.starts_at)
    return Preview(
        session=meeting,
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
        segments=broadcast.segments(seen, replies),
        samples=broadcast.samples(seen, replies),
        when=at,
        done_before=before,
        mailings=(Mailing(audience=concerned, lab_id=meeting.lab_id, replies=replies, at=at),),
    )


def suspend(
    unit: Unit,
    catalogues: Catalogues,
    code: str,
    because: str,
    texts: Texts | None = None,
    *,
    by: str,
    expect: int,
    shown: int | None = None,
) -> Ledger:
    """Do it. Twice is once.

    `expect`: the number of people that was shown, another now is refused; `shown`: the revision. Raises Meanwhile when
    the session is another one now.
    """
    meeting, before = _known(unit, catalogues, code, locked=True)
    if before is not None:
        return before
    why = _reason(unit, catalogues, meeting, because, texts or {})
    meanwhile.session(unit, catalogues, meeting, shown)
    sessions.suspend(unit, meeting, why.plain, {lang: {"reason": text} for lang, text in why.others.items()})
    reminders.plan_for(unit, labs.session_by_id(unit, meeting.id))
    lab = labs.lab_by_id(unit, meeting.lab_id).name
    ledger = broadcast.send(
        unit, _act(unit, meeting, by), lambda variant: words(catalogues, variant, meeting, lab, why)
    )
    if ledger.pending != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=ledger.pending))
    registrations.close_offers(unit, meeting.id, told_by=ledger.broadcast_id)
    numbers = {"people": ledger.pending, "skipped": ledger.skipped, "broadcast": ledger.code}
    audit.record(unit, "session_suspended", subject=meeting.code, payload=numbers, actor=by)
    return ledger


def words(catalogues: Catalogues, variant: Variant, meeting: Session, lab: str, why: Said) -> Reply:
    """The same for all: no name and no place, so that a shared phone gives nothing away."""
    text = sentence(why.plain)
    rest = _("No tienes que hacer nada.")
    about = {"day": When(meeting.starts_at, meeting.tz, "day"), "reason": why}
    said = " ".join(catalogues.text(variant.voice, part, **about) for part in (text, rest))
    when = When(meeting.starts_at, meeting.tz)
    template = broadcast.approved(catalogues, variant, "sesion_suspendida", lab, when, why)
    return Reply(text=broadcast.whole(catalogues, variant, said), template=template)


def sentence(why: str) -> str:
    """How a reason is told: 'por lluvia', or as words of their own, which read right whatever they are."""
    if plain(why) in BY:
        return _("El laboratorio del {day} se suspendió por {reason}. Perdón. Te avisamos la nueva fecha.")
    return _("El laboratorio del {day} se suspendió. Razón: {reason}. Perdón. Te avisamos la nueva fecha.")


def _known(unit: Unit, catalogues: Catalogues, code: str, *, locked: bool = False) -> tuple[Session, Ledger | None]:
    """The session, and the ledger of its suspension if that was done."""
    meeting = labs.session_by_code(unit, code)
    if meeting is None:
        raise Refused(catalogues.told(_("No hay una sesión {code}."), code=code))
    if locked:
        sessions.lock(unit, meeting.id)
        meeting = labs.session_by_id(unit, meeting.id)
    before = broadcasts.found(unit, _idem(meeting))
    return meeting, broadcasts.ledger(unit, before) if before is not None else None


def _reason(unit: Unit, catalogues: Catalogues, meeting: Session, because: str, texts: Texts) -> Said:
    """The reason as it is told, in one line. Refused when the session can not be called off with it."""
    why = translated.reason(because).rstrip(".")
    fault = _why_not(unit, meeting, why)
    if fault:
        raise Refused(catalogues.told(fault, code=meeting.code, longest=LONGEST))
    langs = labs.lab_by_id(unit, meeting.lab_id).langs
    told = translated.judged(catalogues, langs, {"reason": why}, texts, {"reason": LONGEST})
    return Said(why, others(told, "reason")).each(lambda text: text.rstrip("."))


def _why_not(unit: Unit, meeting: Session, why: str) -> str:
    if not why:
        return translated.NO_REASON
    if len(why) > LONGEST:
        return _("El motivo es muy largo: {longest} letras o menos.")
    if meeting.state != "published":
        return _("La sesión {code} no está publicada. No hay nada que suspender.")
    if meeting.starts_at <= unit.now:
        return _("La sesión {code} ya empezó o ya terminó. No se puede suspender.")
    return ""


def _audience(unit: Unit, meeting: Session) -> Select[Any]:
    expecting = audiences.expecting(meeting.id, *COMING)
    return audiences.and_others(unit, expecting, stale.signing_up(unit, meeting.code))


def _act(unit: Unit, meeting: Session, by: str) -> Act:
    return Act(
        kind="suspension",
        idem=_idem(meeting),
        by=by,
        audience=_audience(unit, meeting),
        due_at=quiet.held_change(unit.now, meeting.tz, meeting.starts_at),
        expires_at=meeting.starts_at + STALE,
        lab_id=meeting.lab_id,
        session_id=meeting.id,
        priority=1,
    )


def _idem(meeting: Session) -> str:
    return f"suspend:{meeting.code}"
