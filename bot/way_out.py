"""What the team types is not understood twice: nobody is to be handed over to, so the way out is told (G4)."""

from __future__ import annotations

from bot.i18n import _
from bot.state import State
from bot.talk import Outcome

LEAVE = _("Para dejar esto, escribe CANCELAR.")


def told(outcome: Outcome, state: State, words: str) -> None:
    """Before the question, from the second miss on; what a NO leaves says so itself. words: LEAVE, in hers."""
    if state.misses < 2 or state.lock:
        return
    own = outcome.text.partition(". ")[2] or outcome.text  # "I did not understand the day. When is it?" asks by itself
    asked = outcome.wordings[0] if outcome.wordings else own
    before = outcome.text.removesuffix(asked)
    apart = "\n" if before.endswith("\n") else " "
    outcome.text = f"{before.strip()} {words}{apart}{asked}".strip()
