"""The tick that tells the operator by message when a sender has stopped, or a country is closed to it.

By another sender, once for each stop.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.countries import land_of
from bot.i18n import Catalogues, Voice, _
from bot.message import LIMITS, Reply
from storage import audit, closures, outbox, people, senders
from storage.closures import Closed
from storage.senders import Sender
from storage.store import Unit

FACTS = 80  # letters of the reason that are told

log = structlog.stdlib.get_logger("convoca.alert")


def due(unit: Unit, catalogues: Catalogues, to: str) -> int:
    """Tell those of `to` ('sms:+507...,telegram:123') of each sender that has stopped and each country that is closed
    to one; how many there were.

    The notice goes by a running sender of the address's channel, never by the one that has stopped; where there is
    none the log and /metrics have told it all the same.
    """
    stopped = [_halted(unit, one) for one in senders.untold_halts(unit)]
    stopped += [_closed(unit, one) for one in closures.untold(unit)]
    for one in stopped:
        for channel, _mark, value in (part.partition(":") for part in to.split(",") if part):
            _tell(unit, catalogues, one, channel, value)
    return len(stopped)


@dataclass(frozen=True, slots=True)
class _Stop:
    """What has stopped."""

    via: str  # 'twilio:sms', or 'twilio:sms (CO)' where only that country is closed to it
    waiting: int  # messages
    why: str


def _halted(unit: Unit, one: Sender) -> _Stop:
    audit.record(unit, "sender_halted", subject=one.name, actor="system")
    return _Stop(one.name, senders.waiting(unit, one.id), one.halted_why or "?")


def _closed(unit: Unit, one: Closed) -> _Stop:
    audit.record(unit, "country_closed", subject=f"{one.sender} {one.country}", actor="system")
    log.error("a country is closed to a sender, which keeps what is for there", sender=one.sender, country=one.country,
              why=one.why)  # fmt: skip
    return _Stop(f"{one.sender} ({one.country})", one.waiting, one.why)


def _tell(unit: Unit, catalogues: Catalogues, stopped: _Stop, channel: str, value: str) -> None:
    way = _way(unit, channel, value)
    if way is None:
        return
    voice = Voice(context=LIMITS[channel].context)
    told = _("Convoca: {via} dejó de enviar. Esperan {count} mensajes. Motivo: {why} Qué hacer: convoca check")
    why = f"{stopped.why[:FACTS].rstrip('.')}."
    text = catalogues.text(voice, told, via=stopped.via, count=stopped.waiting, why=why)
    at = people.lock_address(unit, channel, value)
    people.set_address(unit, at.id, value=value)  # wiped, as every number that never says yes
    outbox.put_reply(
        unit,
        sender_id=way.id,
        address_id=at.id,
        person_id=None,
        reply=Reply(text=text).to_json(),
        kind="notice",
    )


def _way(unit: Unit, channel: str, value: str) -> Sender | None:
    """A running sender of that channel, to which the country of this number is not closed."""
    country, shut = land_of(channel, value), closures.pairs(unit)
    running = (s for s in senders.senders(unit) if s.channel == channel and s.halted_at is None)
    return next((s for s in running if (s.id, country) not in shut), None)
