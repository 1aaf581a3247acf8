"""Approval on recorded budgets of others: the votes that were published are those we count (Pabulib)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import recount
from conversations.ballots import Listed, approval
from storage import exports

OUTSIDE = os.environ.get("CONVOCA_TEST_DATA")
FOLDER = Path(OUTSIDE or "") / "voting" / "pabulib"


def tables(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """(section, row by column) of a .pb file."""
    section, head = "", list[str]()
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if line.strip() in ("META", "PROJECTS", "VOTES"):
            section, head = line.strip(), []
        elif line.strip() and not head:
            head = line.split(";")
        elif line.strip():
            yield section, dict(zip(head, line.split(";"), strict=False))


if OUTSIDE:

    @pytest.mark.outside
    @pytest.mark.parametrize("path", sorted(FOLDER.glob("*.pb")), ids=lambda path: path.stem)
    def test_the_votes_are_those_published(path: Path) -> None:
        rows = list(tables(path))
        published = {row["project_id"]: int(row["votes"]) for section, row in rows if section == "PROJECTS"}
        number = {project: n for n, project in enumerate(published, 1)}
        votes = Counter(
            approval.payload(number[project] for project in row["vote"].split(","))
            for section, row in rows
            if section == "VOTES" and row["vote"]
        )
        assert votes
        counted = approval.tally(
            {"k": len(number), "seats": 1}, [Listed(n) for n in number.values()], votes.items(), None
        )
        assert {project: counted.counts[n] for project, n in number.items()} == published
        shown = exports.shown(votes)
        again = recount.Roll(patterns=dict(shown.patterns), rest=shown.rest, sums=dict(shown.sums))
        assert again.scores(list(number.values())) == counted.counts
        assert again.ballots == counted.ballots == votes.total()

    @pytest.mark.outside
    def test_all_the_elections_are_there() -> None:
        assert len(list(FOLDER.glob("*.pb"))) == 27
