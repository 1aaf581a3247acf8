"""A receipt as anybody may look it up: counted, replaced or unknown, and its path, never the option (voting.md 6)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import ColumnElement, select

from storage import ballots, commitments, public
from storage.ballots import State
from storage.labs import Lab
from storage.public import Choice
from storage.store import Unit
from storage.tables import ballot, contest

TREES = 4  # kept in memory: 64 bytes a receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a receipt's code answers. `choice` is None where the code is unknown to the whole lab."""

    state: State
    choice: Choice | None = None
    commitment: bytes | None = None  # of a counted receipt, where its path is shown
    path: commitments.Path | None = None  # None: before the close, or of so few receipts that it would count them


class Trees:
    """The trees over the receipts of closed choices, which do not change any more: built once, at the first question.

    Anybody may ask, any number of times, and a tree of a million receipts takes seconds.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, bytes], commitments.Tree] = OrderedDict()
        self._lock = Lock()

    def of(self, unit: Unit, contest_id: int, root: bytes) -> commitments.Tree:
        """The tree under this published root."""
        with self._lock:
            if (contest_id, root) not in self._kept:
                self._kept[contest_id, root] = commitments.tree(_committed(unit, contest_id))
                if len(self._kept) > TREES:
                    self._kept.popitem(last=False)
            self._kept.move_to_end((contest_id, root))
            return self._kept[contest_id, root]


def _committed(unit: Unit, contest_id: int) -> list[bytes]:
    mine = ballot.c.contest_id == contest_id, ballot.c.status == "current"
    return sorted(bytes(c) for c in unit.db.execute(select(ballot.c.commitment).where(*mine)).scalars())


def in_lab(unit: Unit, trees: Trees, found: Lab, code: str) -> Looked:
    """What the code ('' = it can be none) answers among all choices of this lab."""
    return _looked(unit, trees, contest.c.lab_id == found.id, code)


def in_choice(unit: Unit, trees: Trees, asked: Choice, code: str) -> Looked:
    """What it answers in this choice alone."""
    return _looked(unit, trees, contest.c.id == asked.facts.contest.id, code)


def _looked(unit: Unit, trees: Trees, where: ColumnElement[bool], code: str) -> Looked:
    query = select(contest.c.slug, contest.c.closed_at, ballot.c.status, ballot.c.commitment)
    joined = query.join(ballot, ballot.c.contest_id == contest.c.id).where(where, ballot.c.code == code)
    rows = unit.db.execute(joined.order_by(contest.c.id.desc())).all() if code else []
    state = ballots.stands((row.status, row.closed_at is not None) for row in rows)
    row = next((row for row in rows if state == "replaced" or row.status == "current"), None)
    if row is None or state == "unknown":
        return Looked(state=state)
    return _with_path(unit, trees, state, public.choice(unit, row.slug), bytes(row.commitment))


def _with_path(unit: Unit, trees: Trees, state: State, choice: Choice | None, mine: bytes) -> Looked:
    """How many steps a path has tells how many receipts there are: of fewer than 5 it is not shown."""
    if state != "counted" or choice is None or not choice.counted:
        return Looked(state=state, choice=choice)
    root = bytes.fromhex(choice.root)
    steps = commitments.steps(trees.of(unit, choice.facts.contest.id, root), mine)
    if steps is None or commitments.leads_to(mine, steps) != root:
        return Looked(state=state, choice=choice)
    return Looked(state=state, choice=choice, commitment=mine, path=steps)
