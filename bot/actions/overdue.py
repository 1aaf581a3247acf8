"""The tick of missed dates: the next working day it is told that nothing was done, once. Never silence."""

from __future__ import annotations

from bot import promised
from bot.actions import telling
from bot.i18n import Catalogues
from storage import audit, labs, promise_rules, promises
from storage.store import Unit


def due(unit: Unit, catalogues: Catalogues) -> int:
    """Tell what is overdue; how many promises it were. Any number of processes may call it."""
    return sum(_tell(unit, catalogues, one) for one in promises.to_tell(unit))


def _tell(unit: Unit, catalogues: Catalogues, commitment_id: int) -> bool:
    if not _is_due(unit, promises.the(unit, commitment_id)):
        return False
    promise = promises.hold(unit, commitment_id)
    if not _is_due(unit, promise) or not labs.lab_by_id(unit, promise.lab_id).authorised:
        return False
    promises.record(unit, promise, "overdue", role="team", by="clock", text="")
    ledger = telling.send(
        unit, catalogues, promised.news(unit, promise, "overdue", "", unit.now), _subject(promise), "clock"
    )
    facts = {"commitment": promise.id, "due": str(promise.due_to), "people": ledger.pending, "broadcast": ledger.code}
    audit.record(unit, "commitment.overdue", f"{promise.lab}/{promise.problem}", facts, actor="clock")
    return True


def _is_due(unit: Unit, promise: promises.Promise) -> bool:
    since = promise.day(promise.status_at)
    at = promise_rules.overdue_on(promise.status, since, promise.due_to, promise.new_dates)
    today = promise.day(unit.now)
    return at is not None and at <= today and not promises.noted(unit, promise.id, _subject(promise))


def _subject(promise: promises.Promise) -> str:
    return f"overdue {promise.due_to}"
