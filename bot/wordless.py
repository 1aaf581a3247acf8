"""What is said to a message that is no words, where the open question takes words alone (people.md 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.i18n import _

LETTERS = _("Aquí solo llegan letras. Escribe o llama al {phone}.")  # SMS carries nothing else
OTHER = _("Eso no lo puedo abrir aquí. Escribe o llama al {phone}.")
CHAT: Mapping[str, str] = {  # what a chat carries
    "": _("Tu mensaje llegó vacío. Escribe o llama al {phone}."),
    "photo": _("Aquí no puedo ver fotos. Escribe o llama al {phone}."),
    "document": _("Aquí no puedo abrir archivos. Escribe lo que dice, o llama al {phone}."),
    "sticker": _("Todavía no entiendo stickers. Escribe o llama al {phone}."),
    "place": _("Aquí no puedo ver lugares. Escribe el lugar, o llama al {phone}."),
}
TOO_LONG = _("Tu mensaje es muy largo y no lo pude leer. Escríbelo en pocas palabras.")
HEARD = _("Recibí tu audio. Una persona lo oye hoy o mañana y te escribe lo que entendió.")
NOT_KEPT = _("Todavía no puedo guardar tu audio.")  # nobody has said yes: an open question follows
BEGIN = _("Todavía no puedo guardar tu audio. Para empezar, escribe HOLA.")
OF_TEAM = _("Aquí no oigo audios del equipo. Escríbelo.")
IDLE = _("Aquí no oigo audios del equipo. Escríbelo. Lo que espera: PENDIENTES.")


def not_kept(waiting: Sequence[object], member: object | None) -> str:
    """To a voice note of nobody who has said yes. waiting: open questions; member: who of the team it is, if any."""
    if member is None:
        return NOT_KEPT if waiting else BEGIN
    return OF_TEAM if waiting else IDLE
