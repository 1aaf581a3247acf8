"""The tick that tells the operator by message when a sender has stopped: by another sender, once for each stop."""

from __future__ import annotations

from bot.i18n import Catalogues, Voice, _
from bot.message import LIMITS, Reply
from storage import audit, outbox, people, senders
from storage.senders import Sender
from storage.store import Unit

FACTS = 80  # letters of the reason that are told


def due(unit: Unit, catalogues: Catalogues, to: str) -> int:
    """Tell those of `to` ('sms:+507...,telegram:123') of each sender that has stopped; how many there were.

    The notice goes by a running sender of the address's channel, never by the one that has stopped; where there is
    none the log and /metrics have told it all the same.
    """
    stopped = senders.untold_halts(unit)
    for one in stopped:
        audit.record(unit, "sender_halted", subject=one.name, actor="system")
        for channel, _mark, value in (part.partition(":") for part in to.split(",") if part):
            _tell(unit, catalogues, one, channel, value)
    return len(stopped)


def _tell(unit: Unit, catalogues: Catalogues, stopped: Sender, channel: str, value: str) -> None:
    way = next((s for s in senders.senders(unit) if s.channel == channel and s.halted_at is None), None)
    if way is None:
        return
    voice = Voice(context=LIMITS[channel].context)
    told = _("Convoca: {via} dejó de enviar. Esperan {count} mensajes. Motivo: {why} Qué hacer: convoca check")
    why = f"{(stopped.halted_why or '?')[:FACTS].rstrip('.')}."
    text = catalogues.text(voice, told, via=stopped.name, count=senders.waiting(unit, stopped.id), why=why)
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
