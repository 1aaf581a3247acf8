"""Writing the plan: rows found by the names people gave them, made or brought up to date, never doubled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, insert, or_, select, update

from storage import idea_options
from storage.store import Unit
from storage.tables import option, problem, setting, territory


@dataclass(frozen=True, slots=True)
class Saved:
    """What `save` did with one row. `before`: the old values of the columns that changed."""

    id: int
    created: bool
    before: Mapping[str, Any]


def find(unit: Unit, table: Table, **key: object) -> Mapping[str, Any] | None:
    """The one row with these values; None if there is none."""
    row = unit.db.execute(select(table).where(_is(table, key))).one_or_none()
    return dict(row._mapping) if row is not None else None


def id_of(unit: Unit, table: Table, **key: object) -> int:
    """The id of a row that is there. Raises LookupError."""
    row = find(unit, table, **key)
    if row is None:
        raise LookupError(f"no {table.name} {key}")
    return int(row["id"])


def hold(unit: Unit, table: Table, **key: object) -> Mapping[str, Any] | None:
    """The row as `find`, locked: nobody else changes it while this unit decides about it."""
    row = find(unit, table, **key)
    if row is None:
        return None
    unit.lock(table, row["id"])
    return find(unit, table, **key)


def save(unit: Unit, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> Saved:
    """The row of this key, made or changed to hold these values. An existing row is locked before it changes."""
    row = find(unit, table, **key)
    if row is None:
        made = unit.db.execute(insert(table).values({**key, **values}).returning(table.c.id))
        return Saved(int(made.scalar_one()), True, {})
    before = {name: row[name] for name, value in values.items() if row[name] != value}
    if before:
        unit.lock(table, row["id"])
        unit.db.execute(update(table).where(table.c.id == row["id"]).values({n: values[n] for n in before}))
    return Saved(row["id"], False, before)


def tree(unit: Unit) -> dict[str, str | None]:
    """Each territory's slug -> the slug of the one above it."""
    above = territory.alias("above")
    pairs = select(territory.c.slug, above.c.slug).outerjoin_from(territory, above, territory.c.parent_id == above.c.id)
    return dict(tuple(row) for row in unit.db.execute(pairs))


def options_of(unit: Unit, contest_id: int, named: Sequence[int]) -> list[int]:
    """The problems of a contest's options, by their number. What an idea brought counts where a file names it."""
    ours = or_(~idea_options.born(), problem.c.id.in_(named))
    query = select(problem.c.id).join(option, option.c.problem_id == problem.c.id)
    mine = query.where(option.c.contest_id == contest_id, ours)
    return list(unit.db.execute(mine.order_by(option.c.number)).scalars())


def replace_options(unit: Unit, contest_id: int, options: Sequence[Mapping[str, object]]) -> None:
    """The options of a contest that is still a draft, numbered from 1. Each: problem_id, title, short_title.

    What ideas brought stays, behind them.
    """
    named = [o["problem_id"] for o in options]
    query = select(option.c.problem_id, option.c.title, option.c.short_title).join(problem)
    brought = query.where(option.c.contest_id == contest_id, idea_options.born(), problem.c.id.not_in(named))
    kept = [dict(row._mapping) for row in unit.db.execute(brought.order_by(option.c.number))]
    unit.db.execute(delete(option).where(option.c.contest_id == contest_id))
    rows = [{**o, "contest_id": contest_id, "number": n} for n, o in enumerate([*options, *kept], 1)]
    if rows:
        unit.db.execute(insert(option), rows)


def written(unit: Unit, kind: str, name: str) -> str | None:
    """The relative date ('+10d 15:30') that a row's moment was worked out from; None if it was absolute."""
    return unit.db.execute(select(setting.c.value).where(setting.c.name == _written(kind, name))).scalar()


def keep_written(unit: Unit, kind: str, name: str, text: str | None) -> None:
    """Remember, or with None forget, how a row's moment was written."""
    key = _written(kind, name)
    unit.db.execute(delete(setting).where(setting.c.name == key))
    if text is not None:
        unit.db.execute(insert(setting).values(name=key, value=text))


def _written(kind: str, name: str) -> str:
    return f"written:{kind}:{name}"


def _is(table: Table, key: Mapping[str, object]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))
