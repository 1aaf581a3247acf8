"""Words of neighbours that a human reads: seen, answered to one of them, or left for later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage import audit, handovers, overview, people, unread
from storage.store import Unit

MOST = 5  # in one message
LONGEST = 160  # letters of one


def page(unit: Unit, lab_ids: Sequence[int] | None) -> list[dict[str, Any]]:
    """The oldest of them, as JSON: kind, id, text, about, at. None: of every lab."""
    lab_ids = [row.id for row in overview.lab_rows(unit)] if lab_ids is None else lab_ids
    return [
        {"kind": one.kind, "id": one.id, "text": _short(one.text), "about": one.about, "at": one.at.isoformat()}
        for one in unread.waiting(unit, lab_ids)[:MOST]
    ]


def seen(unit: Unit, shown: Sequence[dict[str, Any]], *, by: str) -> int:
    """They were read; how many. The log knows the number and who, not the words."""
    kinds: tuple[unread.Kind, ...] = ("pile", "promise")
    for kind in kinds:
        ids = [one["id"] for one in shown if one["kind"] == kind]
        if ids:
            unread.read(unit, kind, ids)
    audit.record(unit, "words.read", "", {"count": len(shown)}, actor=by)
    return len(shown)


def to_answer(unit: Unit, one: dict[str, Any], *, by: str) -> int | None:
    """Who wrote this waits for an answer of the team from now on: the number for RESPONDER. None: she is gone."""
    whom = unread.of_whom(unit, one["kind"], one["id"])
    if whom is None:
        return None
    people.hand_over(unit, *whom, "read")
    seen(unit, [one], by=by)
    hers = (w for w in handovers.open_at(unit, whom[0]) if (w.reason, w.person_id) == ("read", whom[1]))
    number = next(hers).id  # not another matter of this phone: a complaint is read by one person alone
    if len(people.people_of(unit, whom[0])) < 2:  # of several nobody knows whose words these are
        handovers.end(unit, whom[0], "not_understood")
    return number


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
