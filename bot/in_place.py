"""What becomes of the message that asked, where a message can be changed: it shows the answer, or goes on asking.

A ballot by buttons is one message (conversations.md 3): each tap changes it, and the echo at the end is a message of
its own. Whoever types is answered below: a change above one's own words would not be seen.
"""

from __future__ import annotations

from bot.message import Closing
from bot.state import State
from bot.talk import Heard, Outcome
from storage import talks
from storage.store import Unit
from storage.talks import OpenTalk

STEP = "pick."  # questions that are called so are steps of one message: a button means the same at each of them
SHOWN = 60  # letters of an answer in words


def answers(pending: str, asked: str) -> bool:
    """Whether a button of the question `asked` answers the one that waits: two quick taps come from one screen."""
    return asked == pending or (asked.startswith(STEP) and pending.startswith(STEP))


def closing(unit: Unit, talk: OpenTalk, state: State, outcome: Outcome, heard: Heard) -> Closing | None:
    """What to do with the message on the screen now that this was heard; None: it stays.

    talk: as it waited; state: as it stands since
    """
    asked = talks.question_on_screen(unit, talk.id)
    if asked is None:
        return None
    goes_on = outcome.open and talk.pending.startswith(STEP) and state.pending.startswith(STEP)
    if heard.question and goes_on and not asked.keeps:
        return Closing(provider_id=asked.provider_id)
    if outcome.missed or "{name}" in asked.text:
        return None
    answer = dict(State.load(talk.state).shown).get(heard.value) or heard.text[:SHOWN]
    return Closing(provider_id=asked.provider_id, text=f"{asked.text}\n✓ {answer}")
