"""Counting again from the file alone: equal, or said what differs; no changed byte goes unseen (voting.md 6)."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import recount
from bot.terminal import counting
from conversations.ballots import Listed, approval, seeded
from storage import commitments, exports
from storage import tables as t
from tests.choose.exporting import CROWD, altered, closed, exported, rewritten
from tests.convoke.town import Town

ALONE = Path(recount.__file__)
ENTRIES = [bytes.fromhex(e) for e in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ALL_EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_it_imports_the_standard_library_and_nothing_else() -> None:
    tree = ast.parse(ALONE.read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert names
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_it_runs_alone_in_an_empty_folder(town: Town, tmp_path: Path) -> None:
    closed(town, *CROWD)
    (tmp_path / "recount.py").write_bytes(ALONE.read_bytes())
    (tmp_path / "sm.zip").write_bytes(exported(town).data)
    command = [sys.executable, "-I", "-S", "recount.py", "sm.zip"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "       7  1 Agua potable  chosen" in done.stdout
    assert done.stdout.endswith("Counted again: equal.\n")


@pytest.mark.parametrize("argv", [[], ["there-is-none.zip"], ["a", "b"]])
def test_what_can_not_be_read_is_said(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert recount.main(argv) == 2
    assert capsys.readouterr().err


def test_the_tree_is_that_of_the_published_vectors() -> None:
    assert recount.merkle([]) == hashlib.sha256(b"").digest()
    eight = [*ENTRIES, bytes(range(0x60, 0x70))]
    roots = {1: "6e340b9c", 3: "aeb6bcfe", 7: "ddb89be4"}
    assert {n: recount.merkle(eight[:n]).hex()[:8] for n in roots} == roots
    assert recount.merkle(eight).hex() == ALL_EIGHT


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_two_programs_make_the_same_tree(entries: list[bytes]) -> None:
    assert recount.merkle(entries) == commitments.root(entries)


PAYLOADS = st.lists(st.integers(1, 5), min_size=1, max_size=3, unique=True).map(
    lambda picks: ",".join(str(n) for n in sorted(picks))
)


@given(
    st.dictionaries(PAYLOADS, st.integers(1, 30), min_size=1),
    st.integers(1, 3),
    st.sampled_from([None, "2026-12-01:48213", "7"]),
    st.sampled_from([(), (5,), (1, 2)]),
)
def test_two_programs_count_the_same(
    payloads: dict[str, int], seats: int, seed: str | None, withdrawn: tuple[int, ...]
) -> None:
    listed = [Listed(n, withdrawn=n in withdrawn) for n in range(1, 6)]
    bound = seeded(seed, "sm") if seed else None
    ours = approval.tally({"k": 3, "seats": seats}, listed, payloads.items(), bound).to_json()
    kept: dict[str, int] = {}
    for payload, weight in payloads.items():
        left = ",".join(n for n in payload.split(",") if int(n) not in withdrawn)
        if left:
            kept[left] = kept.get(left, 0) + weight
    shown = exports.shown(kept)
    group = recount.Roll(
        totals={"emptied": ours["emptied"], "took_part": sum(payloads.values()), "enrolled": 99},
        patterns=dict(shown.patterns),
        rest=shown.rest,
        sums=dict(shown.sums),
    )
    contest = {
        "slug": "sm",
        "decides": "open",
        "params": {"k": 3, "seats": seats},
        "quorum": {},
        "tie": {"seed": seed},
        "options": [{"number": o.number, "withdrawn": o.withdrawn} for o in listed],
    }
    again = recount.approval(recount.Export(contest, [], {"open": group}, {}), "open")
    assert again == {key: ours[key] for key in again if key != "quorum"} | {"quorum": True}


# --- nothing changes unseen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_byte_that_is_flipped_is_found(town: Town) -> None:
    closed(town, *CROWD)
    data = exported(town).data

    @settings(max_examples=600, deadline=None)
    @given(st.integers(0, len(data) - 1), st.integers(1, 255))
    def flipped(at: int, by: int) -> None:
        spoilt = bytearray(data)
        spoilt[at] ^= by
        with pytest.raises(recount.BadFile):
            recount.recount(bytes(spoilt))

    flipped()
    for cut in (0, 1, len(data) // 2, len(data) - 1):
        with pytest.raises(recount.BadFile):
            recount.recount(data[:cut])
    with pytest.raises(recount.BadFile):
        recount.recount(data + b"\0")


def _more_for_health(output: Any) -> None:
    output["open"]["counts"]["3"] += 1


def _health_instead(output: Any) -> None:
    output["open"]["chosen"] = [3]


def _other_title(contest: Any) -> None:
    contest["options"][0]["title"] = "Puente"


def _other_seed(contest: Any) -> None:
    contest["tie"]["seed"] = "1:" + "0" * 64


def _more_seats(contest: Any) -> None:
    contest["params"]["seats"] = 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("ballots.tsv", lambda text: text.replace("1,3\t3", "1,3\t4"), "ballots, but"),
        ("ballots.tsv", lambda text: text.replace("1,3\t3", "1,4\t3"), "totals by option"),
        ("ballots.tsv", lambda text: text.replace("1,3\t3", "3,1\t3"), "is no ballot"),
        ("ballots.tsv", lambda text: text.replace("1=4", "1=5"), "totals by option"),
        ("ballots.tsv", lambda text: text + "open\t2\t1\t\n", "may only be summed"),
        ("totals.tsv", lambda text: text.replace("option 1\t7", "option 1\t8"), "totals by option"),
        ("totals.tsv", lambda text: text.replace("took_part\t11", "took_part\t12"), "took part"),
        ("commitments.txt", lambda text: "".join(text.splitlines(keepends=True)[1:]), "commitments, but"),
        ("commitments.txt", lambda text: ("0" if text[0] != "0" else "1") + text[1:], "root"),
        ("result.json", _more_for_health, "counts"),
        ("result.json", _health_instead, "chosen"),
        ("contest.json", _other_title, "fingerprint"),
        ("contest.json", _other_seed, "log's head"),
        ("contest.json", _more_seats, "chosen"),
    ],
)
def test_who_knows_the_format_is_found_too(town: Town, name: str, change: Callable[[Any], Any], told: str) -> None:
    closed(town, *CROWD)
    spoil = rewritten if name.endswith(".json") else altered
    faults = recount.recount(spoil(exported(town).data, name, change))
    assert [fault for fault in faults if told in fault]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("contest.json", lambda text: text.replace('"approval"', '"borda"')),
        ("contest.json", lambda text: text.replace("convoca contest 1", "convoca contest 2")),
        ("contest.json", lambda text: "[" * 100_000),
        ("result.json", lambda text: "7\n"),
        ("totals.tsv", lambda text: text.replace("\t7\n", "\t07\n")),
        ("totals.tsv", lambda text: text + text.splitlines(keepends=True)[1]),
        ("ballots.tsv", lambda text: text.rstrip("\n")),
        ("ballots.tsv", lambda text: text + "nobody\t1\t3\t\n"),
        ("commitments.txt", lambda text: "zz\n"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(town: Town, name: str, change: Callable[[str], str]) -> None:
    closed(town, *CROWD)
    with pytest.raises(recount.BadFile):
        recount.recount(altered(exported(town).data, name, change))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_numbers_of_too_few_put_back_are_found(town: Town) -> None:
    closed(town, (1,), (1,), (2,))
    data = exported(town).data
    faults = recount.recount(altered(data, "totals.tsv", lambda text: text.replace("option 1\t-", "option 1\t2")))
    assert [fault for fault in faults if "may not be shown" in fault]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", ["2026-12-02:48213", "4211337:" + "9F2C4A1B" * 8])
def test_a_tie_that_the_draw_broke_is_broken_again(town: Town, seed: str) -> None:
    closed(town, *[(1,)] * 3, *[(3,)] * 3, (2,), (5,), seed=seed)
    data = exported(town).data
    result = json.loads(recount.unpack(data)["result.json"])["open"]
    assert (len(result["chosen"]), result["waiting"]) == (1, [])
    assert recount.recount(data) == []
    assert recount.main([]) == 2


# --- a receipt in the file ----------------------------------------------------------------------------------------


def test_a_receipt_is_looked_for_in_the_file(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    polls = closed(town, *CROWD)
    file = tmp_path / "sm.zip"
    file.write_bytes(exported(town).data)
    (one, *_others) = town.rows(t.ballot, t.ballot.c.contest_id == polls.contest.id)
    assert counting.recount(file, commitments.shown(one.code).lower()) == 0
    said = capsys.readouterr().out
    assert f"Receipt {commitments.shown(one.code)}: counted." in said
    assert bytes(one.commitment).hex() in said
    for other in ("K7TQ-6XF2-4MRD", "hola"):
        assert counting.recount(file, other) == 1
        assert "NOT among them" in capsys.readouterr().out
    file.write_bytes(b"x")
    assert counting.recount(file, one.code) == 2
