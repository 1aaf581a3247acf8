"""What may not be shown can not be worked out from what is: page, open data, file and messages together (ADR 13).

A reader who knows the program tries every number that a hidden cell could be. More than one has to be possible.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import recount
from bot.actions import contest as acts
from bot.i18n import Voice
from bot.results import Wording
from bot.web import api
from storage import contests, exports
from storage import tables as t
from storage.turnout import ATTENDED, FEW, pinned, shown_apart
from tests.choose.exporting import WORDS, exported
from tests.choose.polls import PROBLEMS, Polls
from tests.convoke.town import Town

Choices = Sequence[tuple[int, ...]]


def published(town: Town, choices: Choices, k: int, apart: Choices = ()) -> dict[str, Any]:
    """These people chose, those of `apart` in a class that does not decide; the open data of the result."""
    polls = Polls.opened(town, params={"k": k, "seats": 1}, roll_kind=ATTENDED if apart else "open")
    polls.crowd(*apart)
    town.store.do(lambda unit: unit.db.execute(t.ballot.update().values({"class": "open"})).rowcount)
    made = {row.id for row in town.rows(t.ballot)}
    polls.crowd(*choices)
    late = t.ballot.update().where(t.ballot.c.id.not_in(made)).values({"class": ATTENDED})
    if apart:
        town.store.do(lambda unit: unit.db.execute(late).rowcount)
    for draw in (None, "2026-12-01:1"):
        town.store.do(lambda unit, draw=draw: acts.close_(unit, WORDS, "sm", "yaneth", draw))  # type: ignore[misc]
    state = t.contest.update().values(state="published", published_at=town.store.read(lambda unit: unit.now))
    town.store.do(lambda unit: unit.db.execute(state).rowcount)
    found = town.store.read(lambda unit: api.contest(unit, "sm"))
    assert found is not None
    return dict(found)


def beside(found: dict[str, Any], k: int) -> set[int]:
    """How many of those who took part may have named no option, or not decided, by the open data."""
    whole, votes = found["turnout"]["took_part"], [o["votes"] for o in found["options"]]
    if found["turnout"]["chose"] is not None:
        return {whole - found["turnout"]["chose"]}
    if None in votes:
        return set(range(whole + 1))
    return {n for n in range(1, whole + 1) if _possible(whole - n, votes, k) and max(votes) < whole - n >= FEW}


def _possible(chose: int, votes: Sequence[int], k: int) -> bool:
    return max(votes, default=0) <= chose and chose <= sum(votes) <= k * chose


def in_file(data: bytes, name: str, k: int) -> set[int]:
    """The same by the file."""
    read = recount.read(data)
    group, whole = read.classes[name], read.totals["took_part"] or 0
    if group.totals["choice"] is not None:
        return {whole - group.totals["choice"]}
    if not group.patterns and not group.rest:
        return set(range(whole + 1))
    named = sum(group.patterns.values())
    sums = list(group.sums.values())
    return {n for n in range(1, whole + 1) if whole - named - n >= 0 and _possible(whole - named - n, sums, k)}


def crowd(rng: random.Random, k: int) -> list[tuple[int, ...]]:
    size, blanks = rng.randint(5, 26), rng.choice((0, 1, 1, 2, 3, 4, 6, 11))
    favourite = [n for n in range(1, 6) for _ in range(rng.randint(1, 5))]
    chose = [tuple({rng.choice(favourite) for _ in range(rng.randint(1, k))}) for _ in range(size)]
    return [*chose, *[()] * blanks]


@pytest.mark.parametrize("seed", range(6))
def test_how_many_were_blank_can_not_be_worked_out(town: Town, seed: int) -> None:
    rng = random.Random(seed)
    k = rng.choice((1, 2, 3, 3))
    choices = crowd(rng, k)
    found, data = published(town, choices, k), exported(town).data
    blank, whole = sum(not one for one in choices), len(choices)
    assert found["turnout"]["took_part"] == whole == found["receipts"]["ballots"]
    possible = beside(found, k) & in_file(data, "open", k)
    assert blank in possible
    assert len(possible) > 1 or not blank or shown_apart(blank, whole)
    assert recount.recount(data) == []
    facts = town.store.read(lambda unit: contests.facts(unit, "sm"))
    told = Wording(WORDS, Voice(), facts, "San Martín").won()
    assert len(possible) == 1 or f"de {whole - blank} elecciones" not in told


@pytest.mark.parametrize("seed", range(3))
def test_nor_how_many_there_are_of_a_small_class(town: Town, seed: int) -> None:
    rng = random.Random(seed)
    choices, apart = crowd(rng, 3), [(rng.randint(1, 5),) for _ in range(rng.randint(1, 12))]
    found, data = published(town, choices, 3, apart), exported(town).data
    (part,) = found["result"]["apart"]
    whole = len(choices) + len(apart)
    assert part["took_part"] == (len(apart) if shown_apart(len(apart), whole) else None)
    possible = beside(found, 3) & in_file(data, ATTENDED, 3)
    if part["took_part"] is None:
        assert len(possible) > 1
        assert found["turnout"]["blank"] is None
    assert recount.recount(data) == []


@pytest.mark.parametrize(
    "choices",
    [
        [(1,)] * 20 + [()] * 20,
        [(1,), (1, 2), (1, 3)] * 5 + [()] * 2,
        [(1,), (2,)] + [()] * 12,
        [(1,)] * 6 + [(2,)] * 5 + [()] * 3,
    ],
    ids=["alike, many blank", "one in all", "few among blanks", "one each"],
)
def test_where_nothing_is_shown_by_option_only_turnout_is(town: Town, choices: Choices) -> None:
    found = published(town, choices, k=1 if (2,) in choices and len(set(choices)) == 3 else 3)
    assert {name for name, n in found["turnout"].items() if n is not None} <= {"took_part", "enrolled", "by_channel"}
    assert found["turnout"]["took_part"] == len(choices)
    assert [o["votes"] for o in found["options"]] == [None] * len(PROBLEMS)


@given(
    st.dictionaries(st.sampled_from(["1", "2", "1,2", "1,2,5", "3,4", "4", "5"]), st.integers(1, 9), min_size=1),
    st.integers(1, 4),
)
def test_those_without_an_option_hide_among_the_rest(payloads: dict[str, int], blank: int) -> None:
    shown = exports.shown(payloads, blank, 3)
    assert sum(shown.patterns.values()) + shown.rest == sum(payloads.values()) + blank
    assert not pinned(shown.rest, shown.sums.values(), 3) or not shown.patterns


def test_who_reads_the_numbers_alone_is_told_of_how_many(town: Town) -> None:
    found = published(town, [(1, 2)] * 4 + [(2, 3)] * 5 + [(3,)] * 3 + [()] * 2, 3)
    assert found["turnout"] | {"by_channel": None} == {
        "took_part": 14, "enrolled": None, "chose": None, "blank": None, "by_channel": None, "shared_phones": None,
    }  # fmt: skip
    assert [(o["votes"], o["percent"]) for o in found["options"][:3]] == [(4, 29), (9, 64), (8, 57)]  # of 14
