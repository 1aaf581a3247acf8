"""The published file: the same bytes each time, and no number in it that may not be shown (voting.md 6 and 7)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot import recount
from bot.actions import export as exporting
from bot.actions.contest import _count as count
from bot.errors import Refused
from storage import contest_states, contests, exports
from storage import tables as t
from storage.turnout import FEW
from tests.choose.exporting import CROWD, WORDS, closed, exported
from tests.choose.polls import Polls
from tests.convoke.town import Town


def files(town: Town) -> dict[str, str]:
    return {name: data.decode() for name, data in recount.unpack(exported(town).data).items()}


def totals(town: Town) -> dict[tuple[str, str], str]:
    rows = (line.split("\t") for line in files(town)["totals.tsv"].splitlines()[1:])
    return {(roll, what): number for roll, what, number in rows}


def test_the_file_holds_the_five_parts_and_counts_again(town: Town) -> None:
    polls = closed(town, *CROWD)
    parts = files(town)
    assert sorted(parts) == sorted(recount.NAMES)
    contest = json.loads(parts["contest.json"])
    assert (contest["slug"], contest["method"], contest["params"]) == ("sm", "approval", {"k": 3, "seats": 1})
    assert contest["root"] == (polls.contest.root or b"").hex()
    assert parts["commitments.txt"].splitlines() == sorted(bytes(r.commitment).hex() for r in town.rows(t.ballot))
    assert parts["ballots.tsv"].splitlines() == [
        "class\tpayload\tweight\tsums",
        "open\t1,3\t3\t",
        "open\t*\t8\t1=4,2=2,3=1,4=1,5=1",  # one of them in blank
    ]
    assert recount.recount(exported(town).data) == []


def test_the_same_contest_gives_the_same_bytes_and_nothing_of_a_person(town: Town, clock: Any) -> None:
    polls = closed(town, *CROWD)
    first = exported(town)
    clock.forward(days=31)
    town.store.do(contest_states.unlink_due)
    assert exported(town) == first
    codes = [r.code.encode() for r in town.rows(t.ballot)]
    assert not [code for code in codes if code in first.data]
    assert b"Ana" not in first.data
    assert b"+5076" not in first.data
    assert polls.contest.state == "closed"
    told = town.rows(t.audit_event, t.audit_event.c.kind == "contest.exported")
    assert {row.payload["sha256"] for row in told} == {first.sha256}


def test_what_is_open_or_unknown_is_not_exported(town: Town) -> None:
    with pytest.raises(Refused, match="No hay una elección"):
        exported(town)
    Polls.opened(town).crowd((1,))
    with pytest.raises(Refused, match="no ha cerrado"):
        town.store.do(lambda unit: exporting.export(unit, WORDS, "sm", "yaneth"))


# --- what may not be shown ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choices",
    [
        [(1,), (1,), (2,), (3,)],
        [(1,)] * 12,
        [(1,), (1, 2), (1, 3), (1, 2), (1,), (1, 5), (1,)],
        [(), (), (), (), (), (), (1,)],
        [()] * 9,
        [],
    ],
    ids=["four", "all alike", "one option in all", "one choice among blanks", "all blank", "nobody"],
)
def test_of_few_and_of_all_alike_only_the_turnout_is_published(town: Town, choices: list[tuple[int, ...]]) -> None:
    closed(town, *choices)
    parts, seen = files(town), totals(town)
    assert parts["ballots.tsv"].count("\n") == 1
    assert json.loads(parts["result.json"]) == {"open": {}}
    assert seen["open", "took_part"] == str(len(choices))
    shown = {what for (roll, what), number in seen.items() if number != "-" and roll == "open"}
    assert shown == {"took_part"}  # all of them took part: how many did not is nobody
    assert recount.recount(exported(town).data) == []


def test_small_ways_to_choose_are_not_shown_apart(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd(*[(1,)] * 12, *[(2,)] * 3, channel="sms")
    polls.crowd(*[(2,)] * 9, channel="telegram")
    town.store.do(lambda unit: contest_states.close(unit, polls.contest, _count(town), by="yaneth"))
    seen = totals(town)
    assert [key for key in seen if key[1].startswith(("channel", "day"))] == []
    assert seen["all", "shared"] == "-"


def test_large_ways_to_choose_are(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd(*[(1,)] * 12, channel="sms")
    polls.crowd(*[(2,)] * 10, channel="telegram")
    town.store.do(lambda unit: contest_states.close(unit, polls.contest, _count(town), by="yaneth"))
    seen = totals(town)
    assert (seen["all", "channel sms"], seen["all", "channel telegram"]) == ("12", "10")
    assert recount.recount(exported(town).data) == []


def _count(town: Town) -> Any:
    contest = town.store.read(lambda unit: contests.by_slug(unit, "sm"))
    assert contest
    return town.store.read(lambda unit: count(unit, contest))


def test_a_withdrawn_option_is_dropped_and_its_lonely_ballots_are_blank(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd(*[(1, 5)] * 4, *[(5,)] * 3, *[(2,)] * 3)
    town.store.do(
        lambda unit: (
            unit.db.execute(update(t.option).where(t.option.c.number == 5).values(withdrawn_at=unit.now)).rowcount
        )
    )
    town.store.do(lambda unit: contest_states.close(unit, polls.contest, _count(town), by="yaneth"))
    seen, parts = totals(town), files(town)
    assert (seen["open", "choice"], seen["open", "took_part"]) == ("-", "10")
    assert (seen["open", "blank"], seen["open", "emptied"]) == ("-", "-")  # three people chose only that one
    assert ("open", "option 5") not in seen
    assert parts["ballots.tsv"].splitlines()[1:] == ["open\t*\t10\t1=4,2=3"]  # so nobody can count the blank ones
    assert recount.recount(exported(town).data) == []


@given(st.dictionaries(st.sampled_from(["1", "2", "1,2", "1,2,5", "3,4", "4", "5"]), st.integers(1, 9)))
def test_rare_ballots_are_summed_and_never_a_single_one(payloads: dict[str, int]) -> None:
    shown = exports.shown(payloads)
    assert all(weight >= exports.RARE for weight in shown.patterns.values())
    assert sum(shown.patterns.values()) + shown.rest == sum(payloads.values())
    assert shown.rest == 0 or shown.rest >= min(FEW, sum(payloads.values()))
    whole: Counter[int] = Counter(shown.sums)
    for payload, weight in shown.patterns.items():
        whole.update({int(n): weight for n in payload.split(",")})
    expected: Counter[int] = Counter()
    for payload, weight in payloads.items():
        expected.update({int(n): weight for n in payload.split(",")})
    assert whole == expected
