"""Invite by chat: look, type the number, and where it is much or the first time, another person agrees first.

More than 500 people, or the first broadcast of a facilitator, needs another person of the team; where there is none it
goes after ten minutes, in which it can be stopped. All of it is in the audit log (conversations.md 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot import quiet
from bot.actions import announce
from bot.actions.staff.report import went
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.message import Message
from bot.roles import MAY
from bot.router import Begin
from bot.stage import Parts, Stage
from storage import allowed, audit, corrections, labs, people, reach, sendings, staff
from storage.audiences import Who
from storage.broadcasts import Ledger
from storage.labs import Session
from storage.sendings import Sending
from storage.staff import Member
from storage.store import Unit

WHO: tuple[Who, ...] = ("first", "community", "both")
MANY = 500  # more people than this need another person of the team
WAIT = timedelta(minutes=10)
TOLD_AFTER = timedelta(hours=2)  # then the facilitator hears how it went


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of a request. state: 'sent' | 'asked' | 'waiting' | 'held' (it waits already) | 'before'."""

    state: str
    at: datetime  # 'sent': when she is told how it went; 'waiting': when it goes out
    approver: str = ""  # first name, of who is asked
    ledger: Ledger | None = None


def mailings(
    unit: Unit, catalogues: Catalogues, code: str, who: Who, due_at: datetime | None = None
) -> tuple[Mailing, ...]:
    """What would go out, to be priced. Refused when it could not be made."""
    return announce.preview(unit, catalogues, code, who, due_at).mailings


def preview(unit: Unit, catalogues: Catalogues, code: str, who: Who, due_at: datetime | None = None) -> dict[str, Any]:
    """Whom it would reach, in which words, when; JSON. Refused when it could not be made."""
    seen = announce.preview(unit, catalogues, code, who, due_at)
    meeting = seen.session
    placed = reach.placed(unit, seen.mailings[0].audience, lab_id=meeting.lab_id)
    return {
        "people": 0 if seen.sent_before else seen.people,
        "by_channel": seen.by_channel,
        "skipped": seen.skipped,
        "segments": seen.segments,
        "samples": seen.samples,
        "sent_before": seen.sent_before is not None,
        "when": seen.when.isoformat(),
        **sendings.facts(unit, placed),
    }


def request(
    unit: Unit, catalogues: Catalogues, code: str, who: Who, expect: int, *, me: Member, due_at: datetime | None = None
) -> Asked:
    """Send it, or have it approved first. `expect`: the number she typed. Two at once are one."""
    before = announce.done_before(unit, code, who)
    if before is not None:
        return Asked(state="before", at=before.due_at, ledger=before)
    meeting, _lab = announce.allowed(unit, catalogues, code)
    if (waits := sendings.waiting(unit, meeting.id, who)) is not None:
        return Asked(state="held", at=waits.due_at)
    people_now = announce.preview(unit, catalogues, code, who, due_at).people
    if people_now != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=people_now))
    due = announce.goes_at(unit, catalogues, meeting, due_at)
    if expect <= MANY and sendings.sent_before(unit, me.id, me.by):
        return _send(unit, catalogues, _note(unit, meeting, who, expect, me, due), me.by)
    later = announce.goes_at(unit, catalogues, meeting, max(unit.now + WAIT, due))
    return _second_look(unit, meeting, who, expect, me, due, later)


def _note(unit: Unit, meeting: Session, who: Who, expect: int, me: Member, due: datetime, **more: Any) -> Sending:
    values = {"session_id": meeting.id, "audience": who, "revision": meeting.revision, "people": expect}
    mine = {"staff_id": me.id, "address_id": me.address_id, "due_at": due, "state": "waiting"}
    made = sendings.hold(unit, sendings.add(unit, {**values, **mine, **more}))
    if made is None:
        raise LookupError("a sending that was just made is gone")
    return made


def _second_look(
    unit: Unit, meeting: Session, who: Who, expect: int, me: Member, due: datetime, later: datetime
) -> Asked:
    """Another person is asked; where there is none it goes later."""
    other = next(iter(staff.others(unit, meeting.lab_id, MAY["approve"], me.id)), None)
    numbers = {"people": expect, "audience": who}
    if other is not None:
        _note(unit, meeting, who, expect, me, due, state="asked")
        audit.record(unit, "sending.asked", meeting.code, {**numbers, "of": other.token}, actor=me.by)
        return Asked(state="asked", at=due, approver=other.name)
    _note(unit, meeting, who, expect, me, later, wait_until=unit.now + WAIT)
    audit.record(unit, "sending.alone", meeting.code, {**numbers, "minutes": 10}, actor=me.by)
    return Asked(state="waiting", at=later)


def _send(unit: Unit, catalogues: Catalogues, sending: Sending, by: str) -> Asked:
    meeting = labs.session_by_id(unit, sending.session_id)
    if meeting.revision != sending.revision:
        raise Refused(catalogues.told(_("La sesión {code} cambió. Invita otra vez."), code=meeting.code))
    who, still = sending.audience, _still(unit, catalogues, meeting, sending)
    ledger = announce.announce(unit, catalogues, meeting.code, by, still, who=who, due_at=sending.due_at)
    told_at = quiet.held(ledger.due_at + TOLD_AFTER, meeting.tz)
    done = {"state": "sent", "broadcast_id": ledger.broadcast_id, "report_at": told_at}
    sendings.change(unit, sending.id, **done)
    return Asked(state="sent", at=told_at, ledger=ledger)


def _still(unit: Unit, catalogues: Catalogues, meeting: Session, sending: Sending) -> int:
    """How many it reaches now. While it waited some answered or left: fewer go without asking again, more never."""
    people_now = announce.preview(unit, catalogues, meeting.code, sending.audience, sending.due_at).people
    if people_now > sending.people:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=people_now))
    return people_now


def approve(unit: Unit, catalogues: Catalogues, sending_id: int, *, me: Member, agreed: bool) -> str:
    """The other person says yes or no: 'sent', 'refused', 'changed' (no longer what was asked for) or 'gone'."""
    sending = sendings.hold(unit, sending_id)
    if sending is None or sending.state != "asked" or sending.staff_id == me.id:
        return "gone"
    meeting, asker = labs.session_by_id(unit, sending.session_id), staff.token_of(unit, sending.staff_id)
    sendings.change(unit, sending.id, approver_id=me.id)
    if not agreed:
        sendings.change(unit, sending.id, state="refused")
        audit.record(unit, "sending.refused", meeting.code, {"of": asker}, actor=me.by)
        return "refused"
    audit.record(unit, "sending.approved", meeting.code, {"of": asker, "people": sending.people}, actor=me.by)
    try:
        with unit.part():
            _send(unit, catalogues, sending, f"staff:{asker}")
    except Refused:  # it would reach more than were asked for, or the session changed: the tick tells who asked
        sendings.change(unit, sending.id, approver_id=None, state="waiting", wait_until=unit.now)
        return "changed"
    return "sent"


# --- the tick -------------------------------------------------------------------------------------------------------


def due(unit: Unit, parts: Parts) -> int:
    """Ask who must approve, send what was awaited, tell back how it went; how many."""
    first = ((sendings.to_ask, _ask), (sendings.awaited, _awaited), (sendings.lapsed, _told_back))
    done = 0
    later = ((sendings.to_warn, _warn), (sendings.to_report, _report))
    for found, act in (*first, (sendings.to_tell, _tell), *later):
        for one in found(unit):
            act(unit, parts, one)
            done += 1
    return done


def _ask(unit: Unit, parts: Parts, sending: Sending) -> None:
    meeting = labs.session_by_id(unit, sending.session_id)
    others = staff.others(unit, meeting.lab_id, MAY["approve"], sending.staff_id)
    sendings.change(unit, sending.id, asked_at=unit.now)
    for other in others[:1]:
        begin(unit, parts, other.address_id, "staff.approve", sending=sending.id)


def _awaited(unit: Unit, parts: Parts, sending: Sending) -> None:
    by = f"staff:{staff.token_of(unit, sending.staff_id)}"
    try:
        with unit.part():
            _send(unit, parts.catalogues, sending, by)
    except Refused:
        _told_back(unit, parts, sending)


def _tell(unit: Unit, parts: Parts, sending: Sending) -> None:
    sendings.change(unit, sending.id, told_at=unit.now)
    who = staff.name_of(unit, sending.approver_id or 0)
    begin(unit, parts, sending.address_id, "staff.decided", who=who, agreed=sending.state == "sent")


def _told_back(unit: Unit, parts: Parts, sending: Sending) -> None:
    sendings.change(unit, sending.id, state="refused")
    begin(unit, parts, sending.address_id, "staff.told_back", sending=sending.id)


def _warn(unit: Unit, parts: Parts, sending: Sending) -> None:
    """What a provider refused is told once all have left, and not two hours later."""
    broadcast_id = sending.broadcast_id or 0
    sendings.warned(unit, broadcast_id)
    channel, (count, template) = next(iter(sendings.refused(unit, broadcast_id).items()))
    went = sorted(name for name, (_arrived, sent) in sendings.delivered(unit, broadcast_id).items() if sent)
    told = {"channel": channel, "count": count, "template": template, "went": went}
    begin(unit, parts, sending.address_id, "staff.refused", **told)


def _report(unit: Unit, parts: Parts, sending: Sending) -> None:
    sendings.change(unit, sending.id, reported_at=unit.now)
    begin(unit, parts, sending.address_id, "staff.told_back", sending=sending.id)


def begin(unit: Unit, parts: Parts, address_id: int, conversation: str, **args: Any) -> None:
    """Write first to somebody of the team; nothing to an address that can not be written to, or has no role now."""
    at = people.address_by_id(unit, address_id)
    if at.sender_id is None or at.value is None or at.opted_out_at or staff.member(unit, address_id) is None:
        return
    empty = Message(channel=at.channel, sender="", provider_id="", address="")
    Stage(unit, parts, empty, at, at.sender_id, None).begin(Begin(conversation, args))


def report(unit: Unit, sending_id: int) -> dict[str, Any] | None:
    """How an invitation went: JSON; None when it never went."""
    sending = sendings.hold(unit, sending_id)
    if sending is None:
        return None
    meeting = labs.session_by_id(unit, sending.session_id)
    lab = labs.lab_by_id(unit, meeting.lab_id)
    if sending.broadcast_id is None:
        return {"lab": lab.name, "sent": None}
    return went(unit, sending.broadcast_id, lab.id, meeting.id)


def again(unit: Unit, broadcast_id: int, *, by: str) -> int:
    """Send once more what nobody knows whether it arrived: a person asked for it.

    How many: none where the comarca of its lab has withdrawn its authorisation (people.md 4.4), or it was put right.
    """
    if allowed.forbidden(unit, broadcast_id) or corrections.corrected(unit, broadcast_id):
        return 0
    count = sendings.try_unknown_again(unit, broadcast_id)
    audit.record(unit, "broadcast.again", str(broadcast_id), {"people": count}, actor=by)
    return count


def about(unit: Unit, catalogues: Catalogues, sending_id: int) -> dict[str, Any] | None:
    """What the other person is asked to approve: JSON; None when there is nothing to decide any more."""
    sending = sendings.hold(unit, sending_id)
    if sending is None or sending.state != "asked":
        return None
    meeting = labs.session_by_id(unit, sending.session_id)
    lab = labs.lab_by_id(unit, meeting.lab_id)
    samples = announce.preview(unit, catalogues, meeting.code, sending.audience).samples
    return {
        "who": staff.name_of(unit, sending.staff_id),
        "people": sending.people,
        "lab": lab.name,
        "lab_id": lab.id,
        "at": meeting.starts_at.isoformat(),
        "tz": meeting.tz,
        "text": samples.get("sms") or next(iter(samples.values()), ""),
    }
