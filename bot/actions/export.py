"""The published file of a choice: what anybody needs to count it again, and nothing that says who chose what.

What stands in it is decided by storage.exports, what it looks like by bot.recount, which also reads it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import recount
from bot.errors import Refused
from bot.i18n import Catalogues, _
from storage import audit, contest_states, contests, exports
from storage.contests import Contest
from storage.exports import Exported, Group
from storage.store import Unit

RESULT = ("counts", "order", "chosen", "waiting", "ties", "ballots", "emptied", "seed", "quorum")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The zip, and what one compares it by."""

    data: bytes
    sha256: str
    root: str
    ballots: int


def export(unit: Unit, catalogues: Catalogues, slug: str, by: str) -> File:
    """The file of a contest that has closed; the same contest gives the same bytes. Refused while it is open."""
    found = contests.by_slug(unit, slug)
    if found is None:
        raise Refused(catalogues.told(_("No hay una elección que se llame {slug}."), slug=slug))
    if found.state not in ("closed", "published"):
        raise Refused(catalogues.told(_("La elección {slug} no ha cerrado. Ciérrala primero."), slug=slug))
    file = made(unit, found)
    audit.record(unit, "contest.exported", found.slug, {"sha256": file.sha256}, actor=by)
    return file


def mark_older(unit: Unit) -> int:
    """The tick: keep what the files that an older program published are known by; of how many."""
    slugs = contest_states.without_mark(unit)
    for slug in slugs:
        if (found := contests.locked(unit, slug)) is not None:
            contest_states.mark(unit, found, made(unit, found).sha256)
    return len(slugs)


def made(unit: Unit, closed: Contest) -> File:
    """The file of this one. What waits for the log's chain is chained first: its head at the close stands in it."""
    while audit.chain(unit):
        pass
    held = exports.exported(unit, closed)
    data, root = recount.pack(files(held)), closed.root.hex() if closed.root else ""
    return File(data=data, sha256=hashlib.sha256(data).hexdigest(), root=root, ballots=len(held.commitments))


def files(held: Exported) -> dict[str, bytes]:
    """name -> bytes of the five files."""
    return {
        "contest.json": _json(_contest(held)),
        "totals.tsv": _table("class\twhat\tnumber", _totals(held)),
        "commitments.txt": "".join(f"{line}\n" for line in held.commitments).encode(),
        "ballots.tsv": _table("class\tpayload\tweight\tsums", _ballots(held)),
        "result.json": _json({name: _result(group) for name, group in held.groups.items()}),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def _table(head: str, rows: Iterator[tuple[object, ...]]) -> bytes:
    return "".join("\t".join(map(str, row)) + "\n" for row in ((head,), *rows)).encode()


def _contest(held: Exported) -> dict[str, Any]:
    contest = held.contest
    return {
        "format": recount.FORMAT,
        "slug": contest.slug,
        "title": contest.title,
        "options": [
            {
                "number": o.number,
                "title": o.title,
                "short_title": o.short_title,
                "cost": o.cost,
                "withdrawn": o.withdrawn,
            }
            for o in held.options
        ],
        "options_hash": held.options_hash,
        "method": contest.method,
        "version": contest.method_version,
        "params": dict(contest.params),
        "quorum": dict(contest.quorum),
        "decides": contest.decides,
        "tie": _tie(contest),
        "opened_at": _moment(contest.opened_at),
        "closed_at": _moment(contest.closed_at),
        "root": contest.root.hex() if contest.root else "",
        "ballots": contest.ballots_counted,
        "log_head": held.log_head,
    }


def _tie(contest: Contest) -> dict[str, object]:
    """What breaks a tie: a draw, by its numbers, or the assembly, by what it wrote down."""
    by_assembly = contest.tie_mode == "assembly"
    told = {"mode": contest.tie_mode, "source": contest.tie_seed_source}
    return told | ({"seed": None, "minute": contest.minute} if by_assembly else {"seed": contest.tie_seed})


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _totals(held: Exported) -> Iterator[tuple[object, ...]]:
    """All classes together, by channel and by day where each is many; then each class. '-' may not be shown."""
    yield "all", "enrolled", _shown(held.enrolled)
    yield "all", "took_part", held.took_part
    yield "all", "shared", _shown(held.shared)
    for what, cells in (("channel", held.by_channel), ("day", held.by_day)):
        yield from (("all", f"{what} {name}", number) for name, number in (cells or {}).items())
    for name, group in sorted(held.groups.items()):
        yield from ((name, what, number) for what, number in _of_class(held, group))


def _of_class(held: Exported, group: Group) -> Iterator[tuple[str, object]]:
    output = group.output
    for what in ("enrolled", "took_part", "choice", "blank", "abstain", "emptied"):
        yield what, _shown(getattr(group, what))
    for option in held.options:
        if not option.withdrawn:
            yield f"option {option.number}", _shown(output["counts"][str(option.number)] if output else None)


def _shown(number: int | None) -> object:
    return recount.HIDDEN if number is None else number


def _ballots(held: Exported) -> Iterator[tuple[object, ...]]:
    for name, group in sorted(held.groups.items()):
        if group.ballots is None:
            continue
        for payload, weight in group.ballots.patterns.items():
            yield name, payload, weight, ""
        if group.ballots.rest:
            yield name, recount.REST, group.ballots.rest, ",".join(f"{n}={v}" for n, v in group.ballots.sums.items())


def _result(group: Group) -> Mapping[str, Any]:
    """What the count came to; nothing where its numbers may not be shown."""
    if not group.output:
        return {}
    return {key: group.output[key] for key in RESULT} | {"emptied": group.emptied, "ballots": group.among}
