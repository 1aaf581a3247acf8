"""What of a closed contest may be handed to anybody, so that it can be counted again (voting.md 6 and 7).

Rows of the zip's tables; nothing here says who chose what. A payload that fewer than 3 people gave is only in the sums
of its class, and those are the sums of 5 ballots or more: of a single ballot they would be the ballot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from storage import contest_states, contests
from storage.contests import Contest, Option
from storage.store import Unit
from storage.tables import ballot, contest
from storage.turnout import FEW, Part, Turnout, all_or_none, among, classes_shown, hides, pinned, shown_apart, turnout

RARE = 3  # a payload that fewer people gave is a signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The ballots of a class that may be shown."""

    patterns: Mapping[str, int]  # payload -> people
    rest: int  # ballots that are only summed, among them those in blank that may not be counted
    sums: Mapping[int, int]  # option -> people, over the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One roll class. `output` and `ballots` are None while its numbers by option may not be shown.

    Of its numbers of people None are so few, here or on the other side, that they may not be shown (voting.md 7).
    """

    part: Part
    took_part: int | None
    among: int  # of how many people its numbers are said to be: `turnout.among`
    output: Mapping[str, Any] | None
    ballots: Shown | None

    @property
    def enrolled(self) -> int | None:
        """People in it."""
        return self.part.enrolled if shown_apart(self.part.took_part, self.part.enrolled) else None

    @property
    def choice(self) -> int | None:
        """Ballots that name an option, where from it and from those who took part the others do not follow."""
        return self.among if self.output and self.among == self.output["ballots"] else None

    @property
    def blank(self) -> int | None:
        """Ballots without an option, those that a withdrawal has emptied among them."""
        return self._few(self.part.blank + int(self.output["emptied"])) if self.output else None

    @property
    def abstain(self) -> int | None:
        """Ballots of who said that she does not choose."""
        return self._few(self.part.took_part - self.part.chose - self.part.blank) if self.output else None

    @property
    def emptied(self) -> int | None:
        """Ballots left without an option by its withdrawal."""
        return self._few(int(self.output["emptied"])) if self.output else None

    def _few(self, number: int) -> int | None:
        """Nobody is nobody's secret, unless it tells of somebody else."""
        nobody = not number and self.choice is not None
        return number if nobody or shown_apart(number, self.part.took_part) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """All that the zip is made of."""

    contest: Contest
    options: tuple[Option, ...]
    options_hash: str
    log_head: str
    enrolled: int | None
    took_part: int  # there is a commitment of each
    groups: Mapping[str, Group]
    commitments: tuple[str, ...]  # hex, sorted
    shared: int | None
    by_channel: Mapping[str, int] | None
    by_day: Mapping[str, int] | None


def exported(unit: Unit, closed: Contest) -> Exported:
    """What may be handed out of a contest that has closed and whose log is chained."""
    seen, options = turnout(unit, closed.id), contests.options(unit, closed.id)
    standing = (ballot.c.contest_id == closed.id, ballot.c.status == "current")
    committed = unit.db.execute(select(ballot.c.commitment).where(*standing)).scalars()
    mark = unit.db.execute(select(contest.c.options_hash).where(contest.c.id == closed.id)).scalar_one()
    return Exported(
        contest=closed,
        options=options,
        options_hash=bytes(mark).hex() if mark else "",
        log_head=contest_states.head_at_close(unit, closed),
        enrolled=seen.enrolled if shown_apart(seen.took_part, seen.enrolled) else None,
        took_part=seen.took_part,
        groups=_groups(unit, closed, seen, {o.number for o in options if not o.withdrawn}),
        commitments=tuple(sorted(bytes(c).hex() for c in committed)),
        shared=seen.shared if shown_apart(seen.shared, seen.took_part) else None,
        by_channel=all_or_none(seen.by_channel),
        by_day=all_or_none(_by_day(unit, closed)),
    )


def _by_day(unit: Unit, closed: Contest) -> dict[str, int]:
    """Local day -> people whose choice that stands came on it."""
    zone = ZoneInfo(closed.tz)
    standing = (ballot.c.contest_id == closed.id, ballot.c.status == "current")
    rows = unit.db.execute(select(ballot.c.received_at).where(*standing).execution_options(yield_per=1000))
    return dict(sorted(Counter(f"{row[0].astimezone(zone):%Y-%m-%d}" for row in rows).items()))


def _groups(unit: Unit, closed: Contest, seen: Turnout, counted: set[int]) -> dict[str, Group]:
    outputs, apart = contests.newest_results(unit, closed.id), classes_shown(seen)
    there = {name: part for name, part in seen.by_class.items() if part.took_part or name == closed.decides}
    return {
        name: _group(unit, closed, seen, apart.get(name) if part.took_part else 0, counted, name, outputs.get(name))
        for name, part in (there or {closed.decides: Part()}).items()
    }


def _group(
    unit: Unit,
    closed: Contest,
    seen: Turnout,
    took_part: int | None,
    counted: set[int],
    name: str,
    output: Mapping[str, Any] | None,
) -> Group:
    part, chose = seen.of(name), output["ballots"] if output else 0
    whole = among(seen, name, chose)
    apart, k = name != closed.decides and took_part is None, closed.params.get("k", 1)
    if output is None or apart or hides(output["ballots"], output["counts"].values(), whole, k):
        return Group(part=part, took_part=took_part, among=whole, output=None, ballots=None)
    ballots = shown(_payloads(unit, closed.id, name, counted), whole - output["ballots"], k)
    return Group(part=part, took_part=took_part, among=whole, output=output, ballots=ballots)


def _payloads(unit: Unit, contest_id: int, name: str, counted: set[int]) -> Counter[str]:
    """The choices as they were counted: without withdrawn options, without those that this left empty."""
    mine = (ballot.c.contest_id == contest_id, ballot.c.status == "current", ballot.c.kind == "choice")
    groups = select(ballot.c.payload, func.count()).where(*mine, ballot.c["class"] == name).group_by(ballot.c.payload)
    sums: Counter[str] = Counter()
    for payload, weight in unit.db.execute(groups):
        kept = [n for n in payload.split(",") if int(n) in counted]
        if kept:
            sums[",".join(kept)] += weight
    return sums


def shown(payloads: Mapping[str, int], beside: int = 0, k: int = 1) -> Shown:
    """The frequent payloads; the rest as sums, of 5 ballots at least: where it is fewer, rarer ones join.

    beside: ballots without an option that may not be counted. They stand in the rest, among so many others that their
    number does not follow from its sums (k: options one may name).
    """
    by_weight = sorted(payloads.items(), key=lambda item: (item[1], item[0]))
    rest = [item for item in by_weight if item[1] < RARE]
    kept = by_weight[len(rest) :]
    while (rest or beside) and kept and _solved(rest, beside, k):
        rest.append(kept.pop(0))
    return Shown(patterns=dict(sorted(kept)), rest=beside + _weight(rest), sums=_sums(rest))


def _solved(rest: Sequence[tuple[str, int]], beside: int, k: int) -> bool:
    """Whether too much can be known of these ballots: they are few, or those without an option can be counted."""
    weight = _weight(rest)
    return weight < FEW or (beside > 0 and pinned(weight + beside, _sums(rest).values(), k))


def _weight(rest: Iterable[tuple[str, int]]) -> int:
    return sum(weight for _payload, weight in rest)


def _sums(rest: Iterable[tuple[str, int]]) -> dict[int, int]:
    sums: Counter[int] = Counter()
    for payload, weight in rest:
        for n in payload.split(","):
            sums[int(n)] += weight
    return dict(sorted(sums.items()))
