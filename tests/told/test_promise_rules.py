"""The rules of a promise: which status follows which, what a count means, which day is due (accountability.md 2)."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import promise_rules as rules
from storage.promise_rules import Counts
from storage.tables.promises import ROLES, STATUSES

# before -> after, by whom; what does not stand here is refused
MOVES = """
chosen            linked promised                                          office
linked            promised in_progress done_office not_done               office
promised          in_progress done_office not_done                         office
in_progress       done_office not_done                                     office
done_office       in_progress not_done                                     office
partly_neighbours in_progress done_office not_done                         office
disputed          in_progress done_office not_done                         office
not_done          promised in_progress done_office                         office
linked            done_neighbours partly_neighbours disputed               neighbours
promised          done_neighbours partly_neighbours disputed               neighbours
in_progress       done_neighbours partly_neighbours disputed               neighbours
done_office       done_neighbours partly_neighbours disputed               neighbours
partly_neighbours done_neighbours partly_neighbours disputed               neighbours
disputed          done_neighbours partly_neighbours disputed               neighbours
done_neighbours   disputed                                                 neighbours
done_neighbours   disputed                                                 verifier
"""
ALLOWED = {
    (words[-1], words[0], after)
    for line in MOVES.strip().splitlines()
    for words in [line.split()]
    for after in words[1:-1]
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_brings_about_what_is_its_to_say_and_nothing_else(role: str) -> None:
    who = "office" if role == "team" else role  # the team writes down what the office said
    for before, after in product(("chosen", *STATUSES), STATUSES):
        assert rules.may(role, before, after) == ((who, before, after) in ALLOWED), (role, before, after)


def test_done_by_the_office_and_by_the_neighbours_are_never_one() -> None:
    for before in STATUSES:
        assert not rules.may("office", before, "done_neighbours")
        assert not rules.may("neighbours", before, "done_office")


@pytest.mark.parametrize(
    ("yes", "partly", "no", "unknown", "means"),
    [
        (2, 1, 3, 0, "disputed"),  # accountability.md 8
        (22, 27, 14, 8, "partly_neighbours"),
        (53, 6, 5, 2, "done_neighbours"),
        (4, 0, 0, 9, None),  # four answers: no numbers; who does not know is none of them
        (2, 1, 1, 50, None),
        (5, 0, 0, 0, "done_neighbours"),
        (4, 2, 0, 0, "done_neighbours"),  # exactly two thirds
        (3, 2, 0, 0, "partly_neighbours"),
        (3, 0, 3, 0, "disputed"),  # exactly half
        (4, 0, 3, 0, "partly_neighbours"),
        (0, 0, 5, 0, "disputed"),
        (0, 5, 0, 0, "partly_neighbours"),
        (0, 0, 0, 0, None),
    ],
)
def test_what_a_count_means(yes: int, partly: int, no: int, unknown: int, means: str | None) -> None:
    counts = Counts(asked=200, yes=yes, partly=partly, no=no, unknown=unknown)
    assert rules.verdict(counts) == means
    assert counts.few == (means is None)


SOME = st.integers(0, 300)


@given(yes=SOME, partly=SOME, no=SOME, unknown=SOME, more=SOME)
def test_who_does_not_know_decides_nothing_and_a_yes_never_makes_it_worse(
    yes: int, partly: int, no: int, unknown: int, more: int
) -> None:
    def means(yes: int, unknown: int) -> str | None:
        return rules.verdict(Counts(asked=2000, yes=yes, partly=partly, no=no, unknown=unknown))

    assert means(yes, unknown) == means(yes, unknown + more)
    order = ["disputed", "partly_neighbours", "done_neighbours"]
    before, after = means(yes, unknown), means(yes + more, unknown)
    assert before is None or (after is not None and order.index(after) >= order.index(before))


@pytest.mark.parametrize(
    ("day", "count", "later"),
    [
        ("2027-03-31", 1, "2027-04-01"),  # a Wednesday
        ("2027-03-26", 1, "2027-03-29"),  # a Friday
        ("2027-03-27", 1, "2027-03-29"),
        ("2027-05-03", 10, "2027-05-17"),
        ("2027-04-01", 10, "2027-04-15"),
    ],
)
def test_working_days(day: str, count: int, later: str) -> None:
    assert rules.working_day_after(date.fromisoformat(day), count) == date.fromisoformat(later)


DUE, DONE = date(2027, 3, 31), date(2027, 3, 29)


@pytest.mark.parametrize(
    ("status", "due", "moved", "told"),
    [
        ("promised", DUE, 0, date(2027, 4, 1)),
        ("in_progress", DUE, 0, date(2027, 4, 1)),
        ("linked", date(2027, 4, 2), 0, date(2027, 4, 5)),
        ("promised", None, 0, None),
        ("disputed", DUE, 0, date(2027, 4, 1)),  # disputed on 1 February
        ("disputed", DUE, 1, None),
        ("partly_neighbours", DUE, 0, None),  # something was done: a week later it is asked
        ("promised", DUE, 1, None),  # the question of the next day tells it
        ("done_office", DUE, 0, None),
        ("not_done", DUE, 0, None),
    ],
)
def test_a_missed_date_is_told_on_the_next_working_day(status: str, due: date | None, moved: int, told: object) -> None:
    assert rules.overdue_on(status, date(2027, 2, 1), due, moved) == told


def test_what_is_disputed_after_its_date_was_told_with_the_count() -> None:
    assert rules.overdue_on("disputed", date(2027, 4, 9), DUE, 0) is None


@pytest.mark.parametrize(
    ("status", "known", "asked"),
    [
        ("promised", {"due_to": DUE}, (date(2027, 4, 7), "date:2027-03-31")),
        ("promised", {"due_to": DUE, "news_on": date(2027, 3, 31)}, (date(2027, 4, 7), "date:2027-03-31")),
        ("promised", {"due_to": DUE, "news_on": date(2027, 4, 2)}, None),  # it said something after the date
        ("promised", {"due_to": DUE, "asked": {"date:2027-03-31"}}, None),
        ("promised", {}, None),
        ("done_office", {"done_on": DONE, "due_to": DUE}, (date(2027, 4, 26), "done")),
        ("done_office", {"done_on": DONE, "asked": {"done"}}, None),
        ("disputed", {"done_on": DONE, "due_to": date(2027, 6, 15), "new_dates": 1, "asked": {"done"}},
         (date(2027, 6, 16), "date:2027-06-15")),
        ("done_office", {"done_on": DONE, "due_to": date(2027, 4, 20), "new_dates": 1},
         (date(2027, 4, 21), "date:2027-04-20")),  # the earlier of the two
        ("disputed", {"done_on": date(2027, 1, 20), "news_on": date(2027, 1, 20), "due_to": DUE, "asked": {"done"}},
         (date(2027, 4, 7), "date:2027-03-31")),  # and nothing since
        ("partly_neighbours", {"due_to": DUE, "asked": {"done"}}, (date(2027, 4, 7), "date:2027-03-31")),
        ("disputed", {"since": date(2027, 5, 3), "due_to": DUE, "asked": {"done"}}, None),  # asked since the date
        ("done_neighbours", {"done_on": DONE}, None),
        ("not_done", {"due_to": DUE}, None),
    ],
)  # fmt: skip
def test_when_the_neighbours_are_asked(status: str, known: dict[str, object], asked: object) -> None:
    nothing: dict[str, object] = {"done_on": None, "due_to": None, "new_dates": 0, "news_on": None, "asked": set()}
    nothing |= {"since": date(2027, 2, 1)}
    assert rules.question_on(status, **{**nothing, **known}) == asked  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "due", "news", "said"),
    [
        ("promised", DUE, date(2027, 3, 30), "overdue since 2027-03-31"),
        ("promised", None, date(2027, 3, 30), "without a date"),
        ("disputed", DUE, date(2027, 3, 30), "the neighbours say disputed; the office has to answer"),
        ("done_office", DUE, date(2027, 3, 1), "no news since 2027-03-01"),
        ("done_office", DUE, date(2027, 3, 30), ""),
        ("not_done", DUE, date(2026, 1, 1), ""),
    ],
)
def test_what_waits_for_a_facilitator(status: str, due: date | None, news: date, said: str) -> None:
    assert rules.late(status, due, news, date(2027, 4, 5)) == said
