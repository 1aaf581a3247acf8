"""The facilitator's hardest form: what becomes of each option, and why."""

from __future__ import annotations

from dataclasses import dataclass

from bot.actions.decide import MAX_REASON
from bot.results import OUTCOMES
from bot.sms import sms_text
from bot.web.simulator.model import Choice
from storage.contests import Share

WORDS = {key: words[:1].upper() + words[1:] for key, words in OUTCOMES.items()}
EXAMPLES = {
    "agua": ("adopted", "El tanque nuevo cabe en el presupuesto de este año."),
    "camino": ("not_now", "Falta el estudio del puente. Se mira otra vez en marzo."),
    "salud": ("other_office", "El centro depende del ministerio. La petición ya se envió."),
    "senal": ("other_office", "La antena es de una empresa. Se le pidió una visita."),
    "basura": ("already_done", "El camión sube los jueves desde este mes."),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed for one option."""

    outcome: str | None
    reason: str
    sent: bool  # the form was sent and came back


def choice(share: Share, typed: Typed, example: bool) -> Choice:
    """One option of the form: as typed, else as an example, else the usual outcome and no reason."""
    outcome = typed.outcome or ("adopted" if share.chosen else "not_now")
    reason = typed.reason
    if example and not typed.sent and share.problem in EXAMPLES:
        outcome, reason = EXAMPLES[share.problem]
    return Choice(
        slug=share.problem,
        title=share.title,
        chosen=share.chosen,
        votes=share.votes,
        outcome=outcome,
        reason=reason,
        fault=_fault(reason) if typed.sent else "",
    )


def _fault(reason: str) -> str:
    if not reason:
        return "Falta la razón."
    return f"Muy larga: caben {MAX_REASON} letras." if len(sms_text(reason)) > MAX_REASON else ""
