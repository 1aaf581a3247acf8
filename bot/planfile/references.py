"""Names in a plan that point at something: it stands in the same file, or in the database from an earlier load."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import process
from sqlalchemy import Table, select

from bot.planfile import Parsed
from bot.planfile.checks import Found, loops
from storage import plan as rows
from storage import tables as t
from storage.store import Unit

# table of the file, its key, the table it points at, and the key it is found by there
_POINTERS: tuple[tuple[str, str, Table, str], ...] = (
    ("territory", "parent", t.territory, "slug"),
    ("party", "organisation", t.organisation, "slug"),
    ("lab", "organiser", t.organisation, "slug"),
    ("lab", "territory", t.territory, "slug"),
    ("lab", "parent", t.lab, "slug"),
    ("lab", "plan", t.plan, "slug"),
    ("authorisation", "lab", t.lab, "slug"),
    ("session", "lab", t.lab, "slug"),
    ("problem", "lab", t.lab, "slug"),
    ("contest", "lab", t.lab, "slug"),
    ("contest", "session", t.session, "code"),
)


def missing(unit: Unit, parsed: Parsed) -> list[str]:
    """Every name that leads nowhere, or to a row that belongs to another lab."""
    found = [*_pointers(unit, parsed), *_options(unit, parsed), *_tree(unit, parsed), *_keywords(unit, parsed)]
    found += [*_owned(unit, parsed)]
    return [parsed.told(path, text) for path, text in sorted(found, key=lambda f: parsed.line(f[0]))]


def _names(unit: Unit, parsed: Parsed, table: Table, key: str) -> set[str]:
    """Every name of one table, in the file or in the database."""
    given = getattr(parsed.plan, table.name)
    here = {getattr(item, key) for item in (given if isinstance(given, tuple) else [given]) if item is not None}
    return here | set(unit.db.execute(select(table.c[key])).scalars())


def _pointers(unit: Unit, parsed: Parsed) -> Iterator[Found]:
    for name, key, target, target_key in _POINTERS:
        names = _names(unit, parsed, target, target_key)
        for i, item in enumerate(getattr(parsed.plan, name)):
            value = getattr(item, key)
            if value is not None and value not in names:
                yield (name, i, key), _nowhere(target.name, value, names)


def _nowhere(what: str, value: str, names: set[str]) -> str:
    near = process.extractOne(value, sorted(names), score_cutoff=65)
    hint = f"Did you mean {near[0]!r}?" if near else f"Add a [[{what}]] of that name, or mend the name"
    return f"there is no {what} {value!r} in this file or in the database. {hint}"


def _options(unit: Unit, parsed: Parsed) -> Iterator[Found]:
    known = select(t.lab.c.slug, t.problem.c.slug).join_from(t.problem, t.lab)
    problems = {(lab, slug) for lab, slug in unit.db.execute(known)} | {(p.lab, p.slug) for p in parsed.plan.problem}
    for i, contest in enumerate(parsed.plan.contest):
        of_lab = {slug for lab, slug in problems if lab == contest.lab}
        for slug in contest.options:
            if slug not in of_lab:
                yield ("contest", i, "options"), _nowhere("problem", slug, of_lab)


def _tree(unit: Unit, parsed: Parsed) -> Iterator[Found]:
    """With the parents already in the database a file may close a loop that it does not show itself."""
    parents = {**rows.tree(unit), **{place.slug: place.parent for place in parsed.plan.territory}}
    for i, place in enumerate(parsed.plan.territory):
        if loops(place.slug, parents):
            yield ("territory", i, "parent"), "this territory lies within itself. Mend the chain of parents"


def _keywords(unit: Unit, parsed: Parsed) -> Iterator[Found]:
    """Two labs of one keyword, one of them loaded earlier; two labs can not swap theirs in one load either."""
    taken = dict(tuple(row) for row in unit.db.execute(select(t.lab.c.keyword, t.lab.c.slug)))
    for i, lab in enumerate(parsed.plan.lab):
        if taken.get(lab.keyword, lab.slug) != lab.slug:
            yield ("lab", i, "keyword"), f"{taken[lab.keyword]!r} has this keyword already. Choose another one"


def _owned(unit: Unit, parsed: Parsed) -> Iterator[Found]:
    """A session or contest stays with the lab it was made for, and a contest with a session of its lab."""
    sessions = _owners(unit, t.session, "code")
    for i, session in enumerate(parsed.plan.session):
        if sessions.get(session.code, session.lab) != session.lab:
            yield ("session", i, "code"), f"this is a session of {sessions[session.code]!r}. Choose another code"
    contests = _owners(unit, t.contest, "slug")
    here = {session.code for session in parsed.plan.session}
    for i, contest in enumerate(parsed.plan.contest):
        if contests.get(contest.slug, contest.lab) != contest.lab:
            yield ("contest", i, "slug"), f"this is a contest of {contests[contest.slug]!r}. Choose another slug"
        if contest.session not in here and sessions.get(contest.session or "", contest.lab) != contest.lab:
            yield ("contest", i, "session"), "this session belongs to another lab. Name one of the same lab"


def _owners(unit: Unit, table: Table, key: str) -> dict[str, str]:
    pairs = select(table.c[key], t.lab.c.slug).join_from(table, t.lab, table.c.lab_id == t.lab.c.id)
    return dict(tuple(row) for row in unit.db.execute(pairs))
