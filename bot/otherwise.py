"""A button below a "was it done?" that was answered already: another answer, as if it were typed."""

from __future__ import annotations

from typing import Any

from bot.buttons import Button
from bot.promised import DONE
from bot.state import State
from storage import followups, people, promises, talks
from storage.store import Unit

QUESTIONS = ("done", "change")  # of the conversations was_it_done and unasked


def answer(unit: Unit, address_id: int, button: Button) -> dict[str, Any] | None:
    """What SE CUMPLIO begins with; None: that question stands no more, or it is not sure who has tapped."""
    alone = len(people.people_of(unit, address_id)) == 1
    if button.question not in QUESTIONS or button.value not in DONE.labels or not alone:
        return None
    about = followups.asked_in(unit, button.id) if button.asker == "b" else _talked_about(unit, button.id, address_id)
    if about is None:
        return None
    return {"lab": promises.the(unit, about).lab, "commitment": about, "answer": button.value}


def _talked_about(unit: Unit, talk_id: int, address_id: int) -> int | None:
    """The promise that a talk is about, while it is open."""
    talk = talks.talk_by_id(unit, talk_id, address_id)
    looks = State.load(talk.state).looks if talk else {}
    return next((int(seen["id"]) for name, seen in looks.items() if name.startswith("about.")), None)
