"""Two phones are one person's: joined by her, or by the team; who did not do it hears of it (voting.md 5)."""

from __future__ import annotations

from bot.actions.answer import voice_to
from bot.actions.erase import Found
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.message import Reply
from storage import handovers, joining, my_places, outbox, people
from storage.store import Unit

CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram"}
NOT_JOINED = {  # told to an operator, in a terminal
    "full": f"{people.MAX_PEOPLE} people write from the second phone already. Nothing was done.",
    "unsafe": "By what is held of them they can not be one: another age or community was said, both came to one"
    " meeting, or somebody chose there and was erased. They stay two. What is wrong she changes by CORREGIR.",
}
NOT_LATELY = "Nothing was joined with that phone within 7 days. Nothing was done."


def tell(unit: Unit, catalogues: Catalogues, address_id: int, person_id: int | None, channel: str) -> None:
    """At once, for she wrote from there a moment ago. A phone of several people reads neither who nor which."""
    told = _("Uniste otro teléfono, por {channel}. Si no fuiste tú, escribe NO FUI YO.")
    if my_places.shared(unit, address_id):
        told = _("Alguien de este teléfono lo unió con otro. Si no fue nadie de aquí, escribe NO FUI YO.")
    _say(unit, catalogues, address_id, person_id, told, channel=CHANNELS[channel])


def by_team(
    unit: Unit, catalogues: Catalogues, keep: int, first: Found, second: Found, gone: int | None, *, by: str
) -> None:
    """`keep`, who writes from the first phone, writes from the second too; who was `gone` there is she.

    Each phone is told, and takes it back for a week. Refused where they can not be one by what is held of them.
    """
    done = joining.by_team(unit, keep, first.address_id, second.address_id, gone, by=by)
    if done.state != "joined":
        raise Refused(NOT_JOINED[done.state])
    for here, other in ((first, second), (second, first)):
        told = _("El equipo unió este teléfono con otro tuyo, por {channel}. Si no es así, escribe NO FUI YO.")
        if my_places.shared(unit, here.address_id):
            told = _("El equipo unió el teléfono de alguien de aquí con otro. Si no es así, escribe NO FUI YO.")
        _say(unit, catalogues, here.address_id, keep, told, channel=CHANNELS[other.channel])
        handovers.end(unit, here.address_id, "joining")


def parted(unit: Unit, catalogues: Catalogues, at: Found, *, by: str) -> None:
    """NO FUI YO for who asked a person of the team; told on this phone. Refused where nothing was joined lately."""
    if joining.undo(unit, at.address_id, by=by) is None:
        raise Refused(NOT_LATELY)
    told = _("Listo. El equipo separó los teléfonos: el otro ya no lee lo tuyo. Revisa DATOS y MI ELECCION.")
    _say(unit, catalogues, at.address_id, None, told)


def _say(unit: Unit, catalogues: Catalogues, address_id: int, person_id: int | None, told: str, **about: str) -> None:
    at = people.address_by_id(unit, address_id)
    if at.value is None or at.sender_id is None or at.opted_out_at is not None:
        return
    text = catalogues.text(voice_to(unit, at, person_id), told, **about)
    body = Reply(text=text).to_json()
    outbox.put_reply(unit, sender_id=at.sender_id, address_id=at.id, person_id=person_id, reply=body)
