"""Before many people are written to from a phone that was silent for 12 hours: six digits. No conversation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from bot.actions.staff import codes
from bot.errors import Invalid
from bot.i18n import _
from bot.ladder import Shown
from bot.talk import Talk
from conversations.staff import team

TRIES = 6  # the fifth wrong one locks; see storage/staff_codes.py


@dataclass(frozen=True)
class SixDigits:
    """'482 913', kept as '482913'."""

    def options(self) -> list[tuple[str, str]]:
        """It is typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> str:
        """Six digits, spaces between them or not."""
        digits = re.sub(r"[\s.-]", "", reply)
        if not re.fullmatch(r"[0-9]{6}", digits):
            raise Invalid(_("El código tiene 6 números. Escríbelos."))
        return digits

    def holds(self, value: object) -> bool:
        """Six digits."""
        return isinstance(value, str) and len(value) == 6


def sure(talk: Talk) -> bool:
    """True when she may write to many people now; else she has read why not."""
    asked = talk.look("code needed", lambda: _needed(talk))
    if not asked:
        return True
    lead = talk.text(_("Este teléfono estuvo 12 horas sin escribir. Antes de un envío pido un código."))
    for n in range(TRIES):
        question = _("Pídelo a quien cuida el sistema (convoca staff code {token}). ¿Cuál es?")
        typed = talk.ask(f"code.{n}", question, SixDigits(), before=lead, token=asked)
        came = talk.once(f"code tried.{n}", partial(_tried, talk, typed))
        if came == "right":
            return True
        if came == "locked":
            break
        lead = talk.text(_("Ese código no es, o ya venció: vale 15 minutos."))
    talk.say(_("Cinco códigos que no son. Espera una hora o pide ayuda a quien cuida el sistema."))
    return False


def _needed(talk: Talk) -> str:
    """Her token when she is asked; '' else."""
    me = team.me(talk)
    return me.token if me is not None and codes.needed(talk.db, me) else ""


def _tried(talk: Talk, typed: str) -> str:
    me = team.me(talk)
    return codes.tried(talk.db, me, typed) if me is not None else "locked"
