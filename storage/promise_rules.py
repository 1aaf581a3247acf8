"""The rules of a promise, pure: which status may follow which, what a count means, what is due (accountability.md 2).

Days are local dates of the lab. `chosen` is the status before there is a row: decided, and nobody answers for it yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Verdict = Literal["done_neighbours", "partly_neighbours", "disputed"]

LEAST = 5  # yes, partly and no together; fewer show no numbers and change nothing
ASK_AFTER_DONE = timedelta(days=28)
ASK_AFTER_DATE = timedelta(days=7)  # a promised date without news
ASK_AFTER_NEW_DATE = timedelta(days=1)  # one that the office set itself
COUNT_AFTER = timedelta(days=7)  # of the last one asked
ONE_A_WEEK = timedelta(days=7)  # questions to one person
STALE = timedelta(days=30)  # without news it enters the facilitator's list
ANSWER_IN = 10  # working days the office has
NEW_DATES = 2  # that count as an answer; the third escalates
REOPENERS = 3  # people who say no once it was closed

NEIGHBOURS = frozenset({"done_neighbours", "partly_neighbours", "disputed"})
WAITING = frozenset({"linked", "promised", "in_progress"})  # the office has said neither that it is done nor not
OPEN = NEIGHBOURS - {"done_neighbours"}  # neighbours say that it is not done, or not all of it
ENDED = frozenset({"done_neighbours", "not_done"})  # nobody is asked any more

_LATER = frozenset({"in_progress", "done_office", "not_done"})
_OFFICE: Mapping[str, frozenset[str]] = {
    "chosen": frozenset({"linked", "promised"}),
    "linked": _LATER | {"promised"},
    "promised": _LATER,
    "in_progress": frozenset({"done_office", "not_done"}),
    "done_office": frozenset({"in_progress", "not_done"}),
    "partly_neighbours": _LATER,
    "disputed": _LATER,
    "done_neighbours": frozenset(),
    "not_done": frozenset({"promised", "in_progress", "done_office"}),
}
_COUNTED = frozenset({"linked", "promised", "in_progress", "done_office", "partly_neighbours", "disputed"})


def may(role: str, before: str, after: str) -> bool:
    """Whether this role may bring a promise from one status to another.

    What the office says and what the neighbours say are different statuses, and nobody speaks for the other; a
    verifier with proof may only reopen.
    """
    if role in ("office", "team"):
        return after in _OFFICE[before]
    if before == "done_neighbours":
        return after == "disputed"
    return role == "neighbours" and before in _COUNTED and after in NEIGHBOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Answers to one round of "was it done?"; only of those who were asked."""

    asked: int
    yes: int
    partly: int
    no: int
    unknown: int

    @property
    def answered(self) -> int:
        """Everybody who said something, "don't know" too."""
        return self.yes + self.partly + self.no + self.unknown

    @property
    def few(self) -> bool:
        """Too few to show a number."""
        return self.yes + self.partly + self.no < LEAST


def verdict(counts: Counts) -> Verdict | None:
    """What the neighbours say: of yes, partly and no, two thirds yes, else half no, else in part. None: too few."""
    if counts.few:
        return None
    said = counts.yes + counts.partly + counts.no
    if 3 * counts.yes >= 2 * said:
        return "done_neighbours"
    return "disputed" if 2 * counts.no >= said else "partly_neighbours"


# --- days ---------------------------------------------------------------------------------------------------------


def working_day_after(day: date, count: int = 1) -> date:
    """So many working days later; Monday to Friday, holidays are not known."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def overdue_on(status: str, since: date, due_to: date | None, new_dates: int) -> date | None:
    """The day on which a missed date is told: the next working day. None: nothing is missed.

    since  day of the status: what neighbours dispute after the date was told to them with their count
    After a date that the office set anew the question of the next day tells it.
    """
    missed = status in WAITING or (status == "disputed" and due_to is not None and since <= due_to)
    if due_to is None or not missed or new_dates:
        return None
    return working_day_after(due_to)


def late(status: str, due_to: date | None, last_news: date, today: date) -> str:
    """Why it waits for a facilitator, in a few English words; '' when it does not (accountability.md 4)."""
    if status in ENDED:
        return ""
    if due_to is not None and status in WAITING and due_to < today:
        return f"overdue since {due_to}"
    if status in ("disputed", "partly_neighbours"):
        return f"the neighbours say {status.removesuffix('_neighbours')}; the office has to answer"
    if due_to is None and status in WAITING:
        return "without a date"
    if today - last_news >= STALE:
        return f"no news since {last_news}"
    return ""


def owes_news(kind: str, on: date, today: date) -> str:
    """Why it waits for a facilitator after it was said that something is not known yet, and until when we tell."""
    until = working_day_after(on, ANSWER_IN)
    return f"news was promised by {until}" if kind == "unknown" and today >= until else ""


def question_on(
    status: str,
    *,
    since: date,
    done_on: date | None,
    due_to: date | None,
    new_dates: int,
    news_on: date | None,
    asked: Collection[str],
) -> tuple[date, str] | None:
    """When "was it done?" comes next, and why; None: not at all. The same reason never asks twice.

    since  day of the status; done_on  day of the first done_office; news_on  day of the last word of the office
    """
    if status in ENDED:
        return None
    due: list[tuple[date, str]] = []
    if done_on is not None:
        due.append((done_on + ASK_AFTER_DONE, "done"))
    if due_to is not None and new_dates:
        due.append((due_to + ASK_AFTER_NEW_DATE, f"date:{due_to}"))
    elif due_to is not None and _open_at(status, since, due_to) and (news_on is None or news_on <= due_to):
        due.append((due_to + ASK_AFTER_DATE, f"date:{due_to}"))
    return min((one for one in due if one[1] not in asked), default=None)


def _open_at(status: str, since: date, due_to: date) -> bool:
    """Whether the date passes while nobody calls it done: the office waits, or the neighbours said before it: no."""
    return status in WAITING or (status in OPEN and since <= due_to)
