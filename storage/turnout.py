"""How many took part in a contest, by roll class; and which numbers of people may be shown (voting.md 4 and 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from storage.store import Unit
from storage.tables import ballot, enrolment

FEW = 5  # fewer choices than this in all: no counts by option (voting.md 7)
OPEN, ATTENDED, ROLL = "open", "attended", "roll"  # roll classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One roll class of a contest. Says nothing of what its people chose."""

    enrolled: int = 0
    took_part: int = 0  # ballots that stand: choices, blank ones and abstentions
    chose: int = 0
    blank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnout:
    """How many took part, and how: all classes together, and each."""

    enrolled: int
    took_part: int
    chose: int
    blank: int
    late: int
    shared: int  # of those who took part, from phones of several people
    by_channel: Mapping[str, int]
    by_class: Mapping[str, Part]

    def of(self, name: str) -> Part:
        """One class; nobody, where it has nobody."""
        return self.by_class.get(name, Part())


def turnout(unit: Unit, contest_id: int) -> Turnout:
    """Counted from the ballots as they stand."""
    keys = (ballot.c.status, ballot.c.kind, ballot.c.channel, ballot.c.shared, ballot.c["class"].label("roll"))
    mine = select(*keys, func.count().label("n")).where(ballot.c.contest_id == contest_id).group_by(*keys)
    rows = unit.db.execute(mine).all()
    standing = [r for r in rows if r.status == "current"]
    enrolled = _enrolled(unit, contest_id)
    return Turnout(
        enrolled=sum(enrolled.values()),
        took_part=_sum(standing),
        chose=_sum(standing, kind="choice"),
        blank=_sum(standing, kind="blank"),
        late=_sum(r for r in rows if r.status == "late"),
        shared=_sum(standing, shared=True),
        by_channel={name: _sum(standing, channel=name) for name in sorted({r.channel for r in standing})},
        by_class={
            name: Part(
                enrolled=enrolled.get(name, 0),
                took_part=_sum(standing, roll=name),
                chose=_sum(standing, roll=name, kind="choice"),
                blank=_sum(standing, roll=name, kind="blank"),
            )
            for name in sorted({r.roll for r in standing} | set(enrolled))
        },
    )


def _sum(rows: Iterable[Any], **where: object) -> int:
    return sum(r.n for r in rows if all(getattr(r, name) == value for name, value in where.items()))


def _enrolled(unit: Unit, contest_id: int) -> dict[str, int]:
    roll = enrolment.c["class"]
    rows = unit.db.execute(select(roll, func.count()).where(enrolment.c.contest_id == contest_id).group_by(roll))
    return {row[0]: row[1] for row in rows}


# --- what may be shown --------------------------------------------------------------------------------------------


def least(whole: int) -> int:
    """How many people a part must have to be shown apart: 5, and 10 where they are under a hundred in all."""
    return 2 * FEW if whole < 100 else FEW


def shown_apart(cell: int, whole: int) -> bool:
    """A part of the people may be shown only if it and the rest are 5 or more each; 10 when they are under 100."""
    return cell >= least(whole) and whole - cell >= least(whole)


def all_or_none(cells: Mapping[str, int]) -> Mapping[str, int] | None:
    """All parts of one whole, or none: a single one left out could be worked out from the others."""
    whole = sum(cells.values())
    return cells if all(shown_apart(n, whole) for n in cells.values()) else None


def classes_shown(seen: Turnout) -> Mapping[str, int]:
    """Roll class -> how many of it took part: of each, or of none where one is few; of a single one always."""
    cells = {name: part.took_part for name, part in seen.by_class.items() if part.took_part}
    return cells if len(cells) == 1 else all_or_none(cells) or {}


def alike(chose: int, counts: Iterable[int]) -> bool:
    """Whether some option was named by everybody who chose: its number would say what each of them chose."""
    return chose > 0 and any(n >= chose for n in counts)


def among(seen: Turnout, name: str, chose: int) -> int:
    """Of how many people the numbers of a class are said to be: of those who chose, where so can be said.

    Who took part is known to all (there is a receipt of each): where those in blank are few, 'of 10 who chose' would
    tell how many. Then it is all of the class, and all who took part where another class is few (ADR 13).
    """
    part = seen.of(name)
    if name not in classes_shown(seen):
        return seen.took_part
    abstained = part.took_part - part.chose - part.blank
    beside = (part.took_part - chose - abstained, abstained)
    return chose if all(not n or shown_apart(n, part.took_part) for n in beside) else part.took_part


def pinned(whole: int, counts: Iterable[int], k: int) -> bool:
    """Whether the numbers by option tell how many of so many people named none, where somebody did.

    Each of the others named between one option and k: as long as that leaves two numbers possible, nobody knows.
    """
    named = sorted(counts)
    fewest = max(1, whole - sum(named))
    most = whole - max(named[-1] if named else 0, -(-sum(named) // k))
    return fewest >= most


def hides(chose: int, counts: Iterable[int], whole: int, k: int) -> bool:
    """Whether the numbers by option stay hidden: fewer than 5 chose, all of them alike, or who did not can be counted.

    whole: of how many they are said to be (`among`). Turnout is shown.
    """
    given = list(counts)
    return chose < FEW or alike(chose, given) or (whole > chose and pinned(whole, given, k))
