"""The words of a close: whether a choice was counted; the same in a broadcast and in a conversation."""

from __future__ import annotations

from collections.abc import Callable

from bot import ties
from bot.i18n import Label, When, _
from bot.kinds import YesNo
from storage import rolls
from storage.contests import Facts
from storage.labs import Session

COUNTED = _("{person}: terminó la elección en {lab}. Contamos tu elección. {later} Si no elegiste, escribe PERSONA.")
TIED = _("Contamos tu elección. {tie}")
LATE = _("{person}: terminó la elección en {lab}. Tu elección llegó después y no se contó. {later}")
NO_CHOICE = _("Terminó la elección en {lab}. No tenemos elección tuya. {later}")
CLOSED = _("Esta pregunta ya cerró.")
HERE = _("El resultado está aquí: {link}")
SEE_MINE = _("Terminó la elección en {lab}. Responde 1 para saber si contamos la tuya.")
DID_YOU = _("¿Sí elegiste?")
YES_NO = YesNo()
TEMPLATE = {  # what stands in the text that WhatsApp has approved
    rolls.COUNTED: _("contamos tu elección. {later}"),
    rolls.LATE: _("tu elección llegó después y no se contó. {later}"),
    rolls.NONE: _("no tenemos elección tuya. {later}"),
}
_ENDS = {rolls.COUNTED: COUNTED, rolls.LATE: LATE, rolls.NONE: NO_CHOICE}


def ends(group: str) -> str:
    """The msgid for who belongs to this group of `rolls`."""
    return _ENDS[group]


def later(meeting: Session | None, facts: Facts | None = None) -> Label:
    """When one hears what came out: at the lab's next meeting, where there is one; or why nothing is decided yet."""
    if facts is not None and (instead := ties.instead(facts)) is not None:
        return instead
    if meeting is None:
        return Label(_("Te cuento cuando haya resultado."))
    return Label(_("El resultado se cuenta el {day}."), {"day": When(meeting.starts_at, meeting.tz, "day")})


def marked(say: Callable[..., str], told: Label | str, mark: str) -> str:
    """What is told at a close in the words of one voice, and behind it the fingerprint of the count, if it is there."""
    text = told if isinstance(told, str) else say(told.msgid, **told.args)
    return f"{text} {mark}".rstrip()
