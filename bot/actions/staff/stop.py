"""Stop a broadcast that is going out, and let it go on. What a sender has in hand, one lot, still goes."""

from __future__ import annotations

from bot.errors import Refused
from bot.i18n import Catalogues, _
from storage import allowed, audit, broadcasts, corrections, hushed, sendings
from storage.broadcasts import Ledger
from storage.store import Unit


def stop(unit: Unit, catalogues: Catalogues, code: str, *, by: str) -> Ledger:
    """Hold what has not left yet. Refused while it would say how many chose an option."""
    _countable(unit, catalogues, code)
    return _turned(unit, catalogues, code, broadcasts.stop(unit, code), "broadcast.stopped", by)


def resume(unit: Unit, catalogues: Catalogues, code: str, *, by: str) -> Ledger:
    """Let the rest go, but what would come too late.

    Refused where the comarca of its lab has withdrawn its authorisation (people.md 4.4).
    """
    _countable(unit, catalogues, code)
    broadcast_id = broadcasts.by_code(unit, code)
    if broadcast_id is not None and allowed.forbidden(unit, broadcast_id):
        raise Refused(catalogues.told(_("La comunidad detuvo este laboratorio. No sale nada más.")))
    if broadcast_id is not None and corrections.corrected(unit, broadcast_id):
        raise Refused(catalogues.told(_("El envío {code} se corrigió. No sale nada más de él."), code=code))
    now = broadcasts.resume(unit, code)
    if now is not None:
        sendings.expire(unit, now.broadcast_id)
        now = broadcasts.ledger(unit, now.broadcast_id)
    return _turned(unit, catalogues, code, now, "broadcast.resumed", by)


def doubtful(unit: Unit, catalogues: Catalogues, code: str) -> Ledger:
    """Where a broadcast stands of which something may go once more. Refused where nobody knows it."""
    _countable(unit, catalogues, code)
    broadcast_id = broadcasts.by_code(unit, code)
    if broadcast_id is None:
        raise Refused(catalogues.told(_("No hay un envío {code}."), code=code))
    return broadcasts.ledger(unit, broadcast_id)


def _countable(unit: Unit, catalogues: Catalogues, code: str) -> None:
    broadcast_id = broadcasts.by_code(unit, code)
    if broadcast_id is not None and hushed.is_hushed(unit, broadcast_id):
        raise Refused(
            catalogues.told(_("El envío {code} sigue: a cuántos llega no se dice antes del cierre."), code=code)
        )


def _turned(unit: Unit, catalogues: Catalogues, code: str, now: Ledger | None, what: str, by: str) -> Ledger:
    if now is None:
        raise Refused(catalogues.told(_("No hay un envío {code}."), code=code))
    audit.record(unit, what, now.code, {"sent": now.sent, "pending": now.pending}, actor=by)
    return now


def stop_waiting(unit: Unit, lab_ids: list[int], *, by: str) -> bool:
    """Stop the newest invitation of these labs that is still awaited or to be approved."""
    waits = sendings.open_in(unit, lab_ids)
    if waits is None:
        return False
    sendings.change(unit, waits.id, state="stopped")
    audit.record(unit, "sending.stopped", str(waits.id), {"people": waits.people}, actor=by)
    return True
