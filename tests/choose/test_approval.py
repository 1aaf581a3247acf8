"""Approval: known answers, and what must hold for every set of ballots."""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import ballots
from conversations.ballots import BadBallot, Listed, Result, Tie, approval, seeded, tie_key

SEED = seeded("2026-12-01:48213", "lab-3")
PARAMS = {"k": 3, "seats": 1}
FIVE = [Listed(n) for n in range(1, 6)]


def count(votes: list[tuple[str, int]], seed: str | None = SEED, seats: int = 1, options: int = 5) -> Result:
    return approval.tally({"k": 3, "seats": seats}, [Listed(n) for n in range(1, options + 1)], votes, seed)


# --- known answers ------------------------------------------------------------------------------------------------


def test_the_story_of_san_martin_is_counted() -> None:
    """144 people: water 88, health 63, the road 59 (conversations.md)."""
    votes = [("1,3", 40), ("1,2", 30), ("1", 18), ("3", 23), ("2", 29), ("4,5", 4)]
    result = count(votes)
    assert result.counts == {1: 88, 2: 59, 3: 63, 4: 4, 5: 4}
    assert result.chosen == (1,)
    assert result.order[:3] == ((1,), (3,), (2,))
    assert result.ballots == 144
    assert result.reasons[1].key == "chosen"
    assert result.reasons[1].values == {"score": 88}
    assert (result.reasons[3].key, result.reasons[3].values) == ("fewer", {"score": 63, "last": 88})


def test_the_seed_orders_a_tie_as_published() -> None:
    """The vector of voting.md 2: options 1, 2 and 3 come out as 1, 3, 2."""
    starts = {1: "2de0057c", 2: "7ec67bfe", 3: "567b56af"}
    assert {n: tie_key(SEED, n)[:8] for n in starts} == starts
    result = count([("1", 4), ("2", 4), ("3", 4)], options=3)
    assert result.order == ((1,), (3,), (2,))
    assert result.chosen == (1,)
    assert result.ties == (Tie(numbers=(1, 3, 2), score=4, cut=True, broken=True),)
    assert [result.reasons[n].key for n in (1, 2, 3)] == ["chosen_by_seed", "not_by_seed", "not_by_seed"]


def test_without_a_seed_a_tie_across_the_cut_waits() -> None:
    result = count([("1,2", 4), ("3", 4)], seed=None, seats=2, options=3)
    assert result.chosen == ()
    assert result.waiting == (1, 2, 3)
    assert result.order == ((1, 2, 3),)
    assert {r.key for r in result.reasons.values()} == {"tied"}


def test_a_tie_inside_the_chosen_needs_no_seed() -> None:
    result = count([("1,2", 4), ("3", 1)], seed=None, seats=2, options=3)
    assert set(result.chosen) == {1, 2}
    assert result.waiting == ()
    assert result.ties == (Tie(numbers=(1, 2), score=4, cut=False, broken=False),)
    assert result.reasons[1].key == "chosen"


def test_nobody_is_chosen_with_nothing() -> None:
    result = count([], seats=3)
    assert result.chosen == ()
    assert result.ties == ()
    assert {r.key for r in result.reasons.values()} == {"none"}
    assert count([("2", 1)], seats=3).chosen == (2,)


def test_a_withdrawn_option_is_dropped_and_its_lone_ballots_are_blank() -> None:
    options = [Listed(1), Listed(2, withdrawn=True), Listed(3)]
    result = approval.tally(PARAMS, options, [("1,2", 2), ("2", 3), ("3", 1)], None)
    assert result.counts == {1: 2, 3: 1}
    assert (result.ballots, result.emptied) == (3, 3)
    assert result.reasons[2].key == "withdrawn"


def test_a_least_number_chooses_all_who_reach_it() -> None:
    result = approval.tally({"k": 3, "min_votes": 3}, FIVE, [("1,2", 3), ("2,4", 2), ("5", 1)], None)
    assert result.chosen == (2, 1)
    assert result.reasons[4].values == {"score": 2, "least": 3}


@pytest.mark.parametrize("payload", ["6", "1,2,3,4", "0"])
def test_a_ballot_of_another_contest_stops_the_count(payload: str) -> None:
    with pytest.raises(BadBallot, match="not a ballot of this contest"):
        count([(payload, 1)])


def test_the_fingerprint_is_that_of_the_sorted_lines() -> None:
    import hashlib

    lines = b"1\t2\n1,2,5\t7\n"
    assert count([("1,2,5", 7), ("1", 2)]).input_digest == hashlib.sha256(lines).hexdigest()


# --- what always holds --------------------------------------------------------------------------------------------

picks = st.sets(st.integers(1, 5), min_size=1, max_size=3).map(approval.payload)
votes = st.lists(st.tuples(picks, st.integers(1, 40)), max_size=12)
seeds = st.none() | st.text(min_size=1, max_size=12)


@given(votes, seeds, st.integers(1, 4))
def test_grouped_ballots_count_as_single_ones(given: list[tuple[str, int]], seed: str | None, seats: int) -> None:
    expanded = [(payload, 1) for payload, weight in given for _ in range(weight)]
    random.Random(1).shuffle(expanded)
    assert count(given, seed, seats) == count(expanded, seed, seats)


@given(votes, st.permutations(range(1, 6)), st.integers(1, 4))
def test_permuting_the_options_permutes_the_result(given: list[tuple[str, int]], to: list[int], seats: int) -> None:
    def moved(payload: str) -> str:
        return approval.payload(to[n - 1] for n in approval.picks(payload))

    before = count(given, None, seats)
    after = count([(moved(p), w) for p, w in given], None, seats)
    assert {to[n - 1]: c for n, c in before.counts.items()} == after.counts
    assert [{to[n - 1] for n in place} for place in before.order] == [set(place) for place in after.order]
    assert {to[n - 1] for n in before.chosen} == set(after.chosen)
    assert {to[n - 1] for n in before.waiting} == set(after.waiting)


@given(votes, seeds, st.integers(1, 9))
def test_one_more_ballot_for_the_sole_winner_keeps_it(
    given: list[tuple[str, int]], seed: str | None, more: int
) -> None:
    before = count(given, seed)
    for winner in before.chosen:
        assert count([*given, (str(winner), more)], seed).chosen == (winner,)


@given(votes, st.text(min_size=1, max_size=8), st.integers(1, 4))
def test_ties_depend_on_the_seed_alone(given: list[tuple[str, int]], seed: str, seats: int) -> None:
    result = count(given, seed, seats)
    by_seed = sorted(range(1, 6), key=lambda n: (-result.counts[n], tie_key(seed, n)))
    assert [place[0] for place in result.order] == by_seed
    assert result.chosen == tuple(n for n in by_seed if result.counts[n] > 0)[:seats]
    assert result.waiting == ()


@given(votes, st.integers(1, 4))
def test_chosen_and_waiting_never_exceed_what_there_is(given: list[tuple[str, int]], seats: int) -> None:
    result = count(given, None, seats)
    assert len(result.chosen) <= seats
    assert not result.waiting or len(result.chosen) + len(result.waiting) > seats
    assert not set(result.chosen) & set(result.waiting)
    assert all(result.counts[n] > 0 for n in (*result.chosen, *result.waiting))
    assert all(type(c) is int for c in result.counts.values())


# --- discovery ----------------------------------------------------------------------------------------------------


def test_a_method_is_found_by_its_file() -> None:
    method = ballots.methods()["approval"]
    assert (method.name, method.version) == ("approval", 1)
    assert method.tally(PARAMS, FIVE, [("2", 1)], None).chosen == (2,)


def test_a_broken_method_stops_loudly() -> None:
    module: Any = ModuleType("conversations.ballots.empty")
    module.name = "empty"
    with pytest.raises(ValueError, match="lacks version, tally"):
        ballots._method(module)
