"""LEER: what neighbours wrote that no question asked for; read, or answered to one of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from bot.actions.staff import reading
from bot.i18n import _
from bot.kinds import Number
from bot.talk import Talk, conversation
from conversations.staff import team


@conversation("leer", "read", act="answer", passing=True)
def read(talk: Talk) -> None:
    """The oldest few, without names; one of them may be answered, as one who asked for a person."""
    shown = talk.look("shown", lambda: reading.page(talk.db, team.reach(talk, "answer")))
    if not shown:
        return talk.say(_("No hay mensajes por leer."))
    which = talk.ask(
        "which",
        _("¿A cuál respondes? Escribe su número, o 0 si ya los leíste."),
        Number(max=len(shown)),
        before="\n".join(_line(talk, n, one) for n, one in enumerate(shown, 1)),
    )
    if not which:
        talk.once("seen", partial(_seen, talk, shown))
        return talk.say(_("Listo. Quedan como leídos. Si hay más, escribe LEER."))
    number = talk.once("answers", partial(_answers, talk, shown[which - 1]))
    if number is None:
        return talk.say(_("A esa persona ya no se le puede escribir."))
    return talk.go("staff.answer", word=str(number))


def _line(talk: Talk, n: int, one: dict[str, Any]) -> str:
    if one["about"]:
        return talk.text(_("{n}: «{text}», sobre «{about}»."), n=n, text=one["text"], about=one["about"])
    return talk.text(_("{n}: «{text}»."), n=n, text=one["text"])


def _seen(talk: Talk, shown: list[dict[str, Any]]) -> int:
    me = team.me(talk)
    return reading.seen(talk.db, shown, by=me.by) if me else 0


def _answers(talk: Talk, one: dict[str, Any]) -> int | None:
    me = team.me(talk)
    return reading.to_answer(talk.db, one, by=me.by) if me else None
