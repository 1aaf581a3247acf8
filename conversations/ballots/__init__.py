"""Ways to choose and to count: one file each, found by its presence (voting.md 3).

A file offers `name`, `version` and `tally`. Counting is pure: ints, no I/O, no clock, no chance; the same ballots,
options and seed give the same result wherever it is run again.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

Weighted = tuple[str, int]  # (canonical payload, how many people gave exactly this one)


@dataclass(frozen=True, slots=True)
class Listed:
    """One option as it stands on the ballot."""

    number: int  # >= 1, the same on every channel
    cost: int | None = None  # minor units; None where no money is shared out
    withdrawn: bool = False  # dropped from the ballots when they are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Options that came out equal."""

    numbers: tuple[int, ...]  # in the order the tie gave them; ascending while it is not broken
    score: int
    cut: bool  # it stands across the line between chosen and not chosen
    broken: bool  # the seed has ordered them


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an option came out as it did: a key to be worded, and its numbers."""

    key: str  # 'chosen' | 'chosen_by_seed' | 'fewer' | 'not_by_seed' | 'tied' | 'below' | 'none' | 'withdrawn'
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a count came to, with everything needed to tell it and to do it again."""

    method: str
    version: int
    params: Mapping[str, Any]  # every parameter, as it was used
    counts: Mapping[int, int]  # option -> its score, of those not withdrawn
    order: tuple[tuple[int, ...], ...]  # from first to last; a tie that no seed has broken shares a place
    chosen: tuple[int, ...]  # in order; without those that an open tie leaves undecided
    waiting: tuple[int, ...]  # tied across the line, until the seed or the assembly speaks
    ties: tuple[Tie, ...]
    reasons: Mapping[int, Reason]  # one an option
    ballots: int  # choices counted
    emptied: int  # ballots left without an option because theirs were withdrawn: counted as blank
    seed: str | None
    input_digest: str

    def to_json(self) -> dict[str, Any]:
        """The form kept in the result row."""
        return {
            "counts": {str(n): c for n, c in self.counts.items()},
            "order": [list(place) for place in self.order],
            "chosen": list(self.chosen),
            "waiting": list(self.waiting),
            "ties": [
                {"numbers": list(t.numbers), "score": t.score, "cut": t.cut, "broken": t.broken} for t in self.ties
            ],
            "reasons": {str(n): {"key": r.key, **r.values} for n, r in self.reasons.items()},
            "ballots": self.ballots,
            "emptied": self.emptied,
            "seed": self.seed,
        }


class Tally(Protocol):
    """How a method counts."""

    def __call__(
        self, params: Mapping[str, Any], options: Sequence[Listed], ballots: Iterable[Weighted], tie_seed: str | None
    ) -> Result:
        """Count the ballots. Raises BadBallot: one of them names an option that is not there."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to choose, as it was found."""

    name: str
    version: int
    tally: Tally


class BadBallot(ValueError):
    """A stored ballot is not one of this contest: an error of ours, never of a person."""


def methods() -> dict[str, Method]:
    """Every method that has a file here. A broken file, or two of one name, stops the start."""
    found: dict[str, Method] = {}
    for info in pkgutil.iter_modules(__path__):
        method = _method(importlib.import_module(f"{__name__}.{info.name}"))
        if method.name in found:
            raise ValueError(f"two ballots are called {method.name!r}")
        found[method.name] = method
    return found


def _method(module: ModuleType) -> Method:
    missing = [part for part in ("name", "version", "tally") if not hasattr(module, part)]
    if missing:
        raise ValueError(f"{module.__name__} lacks {', '.join(missing)}")
    return Method(module.name, module.version, module.tally)


# --- what all counting rules share --------------------------------------------------------------------------------


def seeded(seed: str, contest: str) -> str:
    """The tie seed of one contest: the public seed bound to the contest's name."""
    return f"{seed}|{contest}"


def tie_key(tie_seed: str, number: int) -> str:
    """Where the seed puts an option among its equals: lower first (voting.md 2)."""
    return hashlib.sha256(f"{tie_seed}|{number}".encode()).hexdigest()


def digest(ballots: Iterable[Weighted]) -> str:
    """The fingerprint of what was counted: SHA-256 of its sorted lines `payload TAB weight LF`.

    Equal payloads are added up first, so grouped and single ballots have one fingerprint.
    """
    lines = "".join(f"{payload}\t{weight}\n" for payload, weight in sorted(grouped(ballots).items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def grouped(ballots: Iterable[Weighted]) -> dict[str, int]:
    """Equal ballots added up."""
    sums: dict[str, int] = {}
    for payload, weight in ballots:
        sums[payload] = sums.get(payload, 0) + weight
    return sums
