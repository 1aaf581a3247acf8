"""A second phone was joined: the first hears of it, so that who did not do it can say so (voting.md 5)."""

from __future__ import annotations

from bot.actions.answer import voice_to
from bot.i18n import Catalogues, _
from bot.message import Reply
from storage import my_places, outbox, people
from storage.store import Unit

CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram"}


def tell(unit: Unit, catalogues: Catalogues, address_id: int, person_id: int | None, channel: str) -> None:
    """At once, for she wrote from there a moment ago. A phone of several people reads neither who nor which."""
    at = people.address_by_id(unit, address_id)
    if at.value is None or at.sender_id is None or at.opted_out_at is not None:
        return
    told = _("Uniste otro teléfono, por {channel}. Si no fuiste tú, escribe NO FUI YO.")
    if my_places.shared(unit, address_id):
        told = _("Alguien de este teléfono lo unió con otro. Si no fue nadie de aquí, escribe NO FUI YO.")
    text = catalogues.text(voice_to(unit, at, person_id), told, channel=CHANNELS[channel])
    body = Reply(text=text).to_json()
    outbox.put_reply(unit, sender_id=at.sender_id, address_id=at.id, person_id=person_id, reply=body)
