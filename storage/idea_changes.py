"""What happens to an idea: read, joined, alone, an outcome, an appeal and its answer (accountability.md 2).

Joining keeps every text and its author, and can be undone. What was before stays as rows, and one counts. Who calls
holds the idea's lock (`idea_states.hold`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, insert, select, update

from storage import broadcasts, idea_options
from storage.idea_states import JOINED, OWN, Link, Standing, link, live
from storage.store import Unit
from storage.tables import (
    appeal,
    broadcast,
    contribution,
    contribution_outcome,
    contribution_problem,
    problem,
    recipient,
)
from storage.texts import Texts


def read(unit: Unit, idea_id: int, by: str) -> bool:
    """Somebody of the team has read it; False when somebody had."""
    fresh = (contribution.c.id == idea_id, contribution.c.read_at.is_(None))
    values = {"read_at": unit.now, "read_by": by}
    return bool(unit.db.execute(update(contribution).where(*fresh).values(**values)).rowcount)


def join(unit: Unit, idea_id: int, problem_id: int, by: str) -> int:
    """Join it with the others of an option: text and author stay. The link's id."""
    made = _tie(unit, idea_id, problem_id, JOINED, by)
    title = unit.db.execute(select(problem.c.title).where(problem.c.id == problem_id)).scalar_one()
    _settle(unit, idea_id, {"outcome": "merged_into", "reason": title, "by": by})
    return made


def own(unit: Unit, idea_id: int, values: Mapping[str, Any], by: str) -> tuple[int, int | None]:
    """It becomes an option of its own: a problem of its lab, put at the end of a list that is still a draft.

    values: lab_id, slug, title, short_title, text. (the link's id, its number on that list: None where it stands on
    none yet).
    """
    made = unit.db.execute(insert(problem).values(**values).returning(problem.c.id))
    problem_id = int(made.scalar_one())
    _retire(unit, idea_id)
    return _tie(unit, idea_id, problem_id, OWN, by), idea_options.put(unit, problem_id, values)


def undo(unit: Unit, idea_id: int) -> Link | None:
    """Take it apart from the others again; the link as it was, None where there was none. It waits for an answer."""
    before = _untie(unit, idea_id)
    if before is not None:
        _retire(unit, idea_id)
    return before


def agree(unit: Unit, idea_id: int, agreed: bool) -> None:
    """What the author says of the live link."""
    unit.db.execute(update(contribution_problem).where(*live(idea_id)).values(agreed=agreed))


def outcome(
    unit: Unit,
    idea_id: int,
    outcome: str,
    reason: str,
    by: str,
    *,
    office: str = "",
    reference: str = "",
    next_on: date | None = None,
    texts: Texts | None = None,
) -> int:
    """What becomes of it, instead of all before; the row's id. The database refuses one without its reason."""
    _untie(unit, idea_id)
    told = {"office": office, "reference": reference, "next_on": next_on, "texts": texts or {}}
    return _settle(unit, idea_id, {"outcome": outcome, "reason": reason, "by": by, **told})


def _tie(unit: Unit, idea_id: int, problem_id: int, relation: str, by: str) -> int:
    _untie(unit, idea_id)
    row = {"contribution_id": idea_id, "problem_id": problem_id, "relation": relation, "by": by, "at": unit.now}
    made = insert(contribution_problem).values(**row).returning(contribution_problem.c.id)
    return int(unit.db.execute(made).scalar_one())


def _untie(unit: Unit, idea_id: int) -> Link | None:
    """The live link becomes a record; the link as it was. An option that was its own leaves the drafts."""
    before = link(unit, idea_id)
    if before is not None:
        unit.db.execute(update(contribution_problem).where(*live(idea_id)).values(undone_at=unit.now))
        idea_options.leave(unit, before.problem_id)
    return before


def _retire(unit: Unit, idea_id: int) -> None:
    mine = (contribution_outcome.c.contribution_id == idea_id, contribution_outcome.c.current)
    unit.db.execute(update(contribution_outcome).where(*mine).values(current=False))


def _settle(unit: Unit, idea_id: int, values: Mapping[str, Any]) -> int:
    _retire(unit, idea_id)
    row = {**values, "contribution_id": idea_id, "at": unit.now}
    made = insert(contribution_outcome).values(**row).returning(contribution_outcome.c.id)
    return int(unit.db.execute(made).scalar_one())


def hide_names(unit: Unit, idea_id: int, shown: str) -> None:
    """How it is shown from now on: without the names of others. Her own words stay beside it."""
    unit.db.execute(update(contribution).where(contribution.c.id == idea_id).values(shown=shown))


def withhold_news(unit: Unit, idea_id: int) -> None:
    """What was decided of it before and has not left is not told any more: something else is so now."""
    before = broadcast.c.idem.startswith(f"idea:{idea_id}:"), ~broadcast.c.idem.startswith(f"idea:{idea_id}:shown")
    waits = exists().where(recipient.c.broadcast_id == broadcast.c.id, recipient.c.state == "pending")
    ids = unit.db.execute(select(broadcast.c.id).where(broadcast.c.kind == "idea", *before, waits)).scalars().all()
    if ids:
        broadcasts.withhold(unit, "changed", broadcast_ids=ids)


# --- who does not agree -------------------------------------------------------------------------------------------


def object_to(unit: Unit, standing: Standing, text: str | None, due_at: datetime) -> int:
    """The author does not agree with what stands; the appeal's id. A second one adds her words to the first."""
    if standing.appeal is not None:
        words = "\n".join(said for said in (standing.appeal.text, text) if said) or None
        unit.db.execute(update(appeal).where(appeal.c.id == standing.appeal.id).values(text=words))
        return standing.appeal.id
    joined = standing.link is not None and standing.link.relation == JOINED
    row: dict[str, Any] = {"contribution_id": standing.idea.id, "about": "joined" if joined else "outcome"}
    row |= {"text": text, "first_by": standing.decided_by, "at": unit.now, "due_at": due_at}
    return int(unit.db.execute(insert(appeal).values(**row).returning(appeal.c.id)).scalar_one())


def answer_appeal(unit: Unit, appeal_id: int, answer: str, text: str, by: str, texts: Texts | None = None) -> None:
    """'changed' or 'kept', with its words, in other languages too. The database refuses who decided first."""
    values = {"answer": answer, "answer_text": text, "answered_by": by, "answered_at": unit.now, "texts": texts or {}}
    unit.db.execute(update(appeal).where(appeal.c.id == appeal_id, appeal.c.answered_at.is_(None)).values(**values))
