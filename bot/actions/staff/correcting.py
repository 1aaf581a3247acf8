"""Correct by chat: look, type the number, and where it is much or the first time, another person agrees first.

While it waits for another person the first message is stopped, so that it reaches nobody more; a no leaves it stopped,
to go on by SEGUIR.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot import quiet
from bot.actions import correct
from bot.actions.staff import stop
from bot.actions.staff.invite import MANY, TOLD_AFTER, WAIT, Asked, begin
from bot.actions.staff.report import went
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.kinds import written
from bot.roles import MAY
from bot.stage import Parts
from storage import audit, corrections, sendings, staff
from storage.broadcasts import Ledger
from storage.labs import Lab
from storage.staff import Member
from storage.store import Unit
from storage.texts import Texts

Facts = dict[str, Any]


def request(
    unit: Unit, catalogues: Catalogues, code: str, text: str, texts: Texts, expect: int, *, me: Member
) -> Asked:
    """Send it, or have it approved first. `expect`: the number she typed. Two at once are one."""
    corrections.hold(unit, code)
    if corrections.asked(unit, code) is not None:
        return Asked(state="held", at=unit.now)
    seen = correct.preview(unit, catalogues, code, text, texts)
    if seen.done_before is not None:
        return Asked(state="before", at=seen.done_before.due_at, ledger=seen.done_before)
    if seen.people != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=seen.people))
    if expect <= MANY and sendings.sent_before(unit, me.id, me.by):
        ledger = correct.correct(unit, catalogues, code, text, texts, by=me.by, expect=expect)
        return Asked(state="sent", at=_told_later(unit, ledger, seen.lab, me.address_id), ledger=ledger)
    other = next(iter(staff.others(unit, seen.lab.id, MAY["approve"], me.id)), None)
    if other is not None:
        _ask(unit, seen, text, texts, me, other)
        return Asked(state="asked", at=unit.now, approver=other.name)
    audit.record(unit, "sending.alone", code, {"people": expect, "minutes": 10}, actor=me.by)
    until = unit.now + WAIT
    ledger = correct.correct(unit, catalogues, code, text, texts, by=me.by, expect=expect, not_before=until)
    _told_later(unit, ledger, seen.lab, me.address_id)
    return Asked(state="waiting", at=ledger.due_at, ledger=ledger)


def _told_later(unit: Unit, ledger: Ledger, lab: Lab, address_id: int) -> datetime:
    """Who asked for it hears two hours later how it went, as of an invitation; when that is."""
    at = quiet.held(ledger.due_at + TOLD_AFTER, lab.tz)
    corrections.report_later(unit, ledger.broadcast_id, address_id, at)
    return at


def _ask(unit: Unit, seen: correct.Seen, text: str, texts: Texts, me: Member, other: Member) -> None:
    facts: Facts = {"people": seen.people, "staff": me.id, "address": me.address_id, "lab": seen.lab.id}
    facts |= {"of": other.address_id, "at": unit.now.isoformat(), "state": "new"}
    words = {"": written(text), **{lang: told["text"] for lang, told in texts.items() if told.get("text")}}
    corrections.ask(unit, seen.first.code, facts, words)
    audit.record(unit, "sending.asked", seen.first.code, {"people": seen.people, "of": other.token}, actor=me.by)


def about(unit: Unit, catalogues: Catalogues, code: str) -> Facts | None:
    """What the other person is asked to approve: JSON; None when there is nothing to decide any more."""
    asked = corrections.asked(unit, code)
    if asked is None or asked["state"] != "asked":
        return None
    try:
        seen = correct.preview(unit, catalogues, code, *_words(asked))
    except Refused:
        return None
    text = seen.samples.get("sms") or next(iter(seen.samples.values()), "")
    told = {"people": asked["people"], "lab": seen.lab.name, "lab_id": seen.lab.id, "text": text}
    return {"who": staff.name_of(unit, asked["staff"]), **told}


def approve(unit: Unit, catalogues: Catalogues, code: str, *, me: Member, agreed: bool) -> str:
    """The other person says yes or no: 'sent', 'refused', 'changed' (no longer what was asked for) or 'gone'."""
    corrections.hold(unit, code)
    asked = corrections.asked(unit, code)
    if asked is None or asked["state"] != "asked" or asked["staff"] == me.id:
        return "gone"
    asker = staff.token_of(unit, asked["staff"])
    audit.record(unit, f"sending.{'approved' if agreed else 'refused'}", code, {"of": asker}, actor=me.by)
    state = _sent(unit, catalogues, code, asked, f"staff:{asker}") if agreed else "refused"
    corrections.note(unit, code, {**asked, "state": state, "approver": me.id})
    return state


def _sent(unit: Unit, catalogues: Catalogues, code: str, asked: Facts, by: str) -> str:
    """Whoever left while it waited is no reason to ask again: fewer go, more never."""
    try:
        with unit.part():
            seen = correct.preview(unit, catalogues, code, *_words(asked))
            if seen.people > asked["people"]:
                return "changed"
            ledger = correct.correct(unit, catalogues, code, *_words(asked), by=by, expect=seen.people)
            _told_later(unit, ledger, seen.lab, asked["address"])
    except Refused:
        return "changed"
    return "sent"


def _words(asked: Facts) -> tuple[str, Texts]:
    return asked["words"][""], {lang: {"text": text} for lang, text in asked["words"].items() if lang}


def take_back(unit: Unit, lab_ids: list[int], *, by: str) -> bool:
    """ALTO ENVIO: a correction of these labs that waits for another person is asked for no more."""
    for code in corrections.all_asked(unit):
        asked = corrections.asked(unit, code)
        if asked and asked["state"] in ("new", "asked") and asked["lab"] in lab_ids:
            corrections.drop(unit, code)
            audit.record(unit, "sending.stopped", code, {"people": asked["people"]}, actor=by)
            return True
    return False


# --- the tick -------------------------------------------------------------------------------------------------------


def due(unit: Unit, parts: Parts) -> int:
    """Ask who must approve, tell who asked what became of it, and later how it went; how many."""
    reports = corrections.to_report(unit)
    for broadcast_id, address_id in reports:
        begin(unit, parts, address_id, "staff.corrected", broadcast=broadcast_id)
    codes = corrections.all_asked(unit)
    steps = sum(_step(unit, parts, code, asked) for code in codes if (asked := corrections.asked(unit, code)))
    return len(reports) + steps


def report(unit: Unit, broadcast_id: int) -> Facts:
    """How a correction went: JSON."""
    return went(unit, broadcast_id, *corrections.asked_of(unit, broadcast_id))


def _step(unit: Unit, parts: Parts, code: str, asked: Facts) -> bool:
    if asked["state"] == "new":
        corrections.note(unit, code, {**asked, "state": "asked"})
        begin(unit, parts, asked["of"], "staff.approve_correction", code=code)
        return True
    lapsed = datetime.fromisoformat(asked["at"]) + sendings.ASKED_FOR <= unit.now
    if asked["state"] == "asked" and not lapsed:
        return False
    corrections.drop(unit, code)
    if asked["state"] in ("sent", "refused"):
        who = staff.name_of(unit, asked["approver"])
        begin(unit, parts, asked["address"], "staff.decided", who=who, agreed=asked["state"] == "sent")
    else:
        begin(unit, parts, asked["address"], "staff.not_corrected", code=code)
    return True


def stopped(unit: Unit, catalogues: Catalogues, code: str, *, by: str) -> Facts:
    """The first message goes out no more while its correction is written: {'sent', 'pending'} of its ledger."""
    now = stop.stop(unit, catalogues, code, by=by)
    return {"sent": now.sent + now.unknown, "pending": now.pending}
