"""Migrations: the schema they make is the one of the tables, and no row is lost on the way."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, func, insert, inspect, make_url, select, text
from sqlalchemy.exc import IntegrityError

from storage.migrate import MIGRATIONS, MigrationError, OtherSchema, config_of, current, require_current, upgrade
from storage.sealed import BadKey
from storage.store import Store
from storage.tables import appeal, contribution_outcome, metadata, story

ROOT = Path(__file__).parents[2]
REVISIONS = [script.revision for script in ScriptDirectory.from_config(config_of(MIGRATIONS)).walk_revisions()][::-1]


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    where = make_url(url)
    engine = create_engine(where if where.drivername == "sqlite" else where.set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as db:
            yield db
    finally:
        engine.dispose()


def catalogue(db: Connection) -> list[tuple[str, ...]]:
    """Every table, index and constraint as the database itself writes them, but for Alembic's own table."""
    if db.dialect.name == "sqlite":
        # A column that ALTER TABLE has added stands on the line of the one before it.
        rows = db.execute(text("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))
        parts = (
            (kind, name, part) for kind, name, sql in rows for part in re.split(r",\s*\n|, (?=\w+ [A-Z])|\n\)", sql)
        )
        return sorted(
            (k, n, re.sub(r"[\s\"]+", " ", part).strip()) for k, n, part in parts if "alembic" not in n + part
        )
    queries = (
        "SELECT 'column', table_name, column_name || ' ' || data_type || ' ' || is_nullable || "
        "coalesce(column_default, '') || coalesce(character_maximum_length::text, '') "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT 'index', tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT 'constraint', conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    )
    found = [tuple(row) for query in queries for row in db.execute(text(query))]
    return sorted(row for row in found if row[1] != "alembic_version")


def test_the_schema_of_the_migrations_is_the_one_of_the_tables(bare_url: str) -> None:
    upgrade(bare_url)
    with connected(bare_url) as db:
        assert compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), metadata) == []
        migrated = catalogue(db)
        reflected = MetaData()
        reflected.reflect(db)
        reflected.drop_all(db)
        metadata.create_all(db)
        assert migrated == catalogue(db)


def filled(column: Column[Any], number: int, checks: list[str]) -> object:
    """A value that this column takes."""
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column.table
        return None if column.nullable and target is column.table else number
    # kind IN ('a', 'b') on SQLite, kind::text = ANY (ARRAY['a'::character varying, ... on PostgreSQL
    listed = re.compile(rf"\W*{column.name}\b[^']*\b(?:IN|ANY)\b\W*\w*\W*'(\w+)'")
    words = [found.group(1) for check in checks if (found := listed.match(check))]
    values: dict[type, object] = {
        str: words[0] if words else f"x{number}",
        int: number,
        bool: True,
        bytes: b"sealed",
        datetime: datetime(2026, 11, 20, 12, 30, tzinfo=UTC),
        date: date(2026, 11, 20),
        object: {"n": number},  # JSON
    }
    return values[column.type.python_type]


def fill(db: Connection) -> dict[str, int]:
    """Two rows in every table of the schema as it is, whatever revision that is; how many rows each has."""
    found = MetaData()
    found.reflect(db)
    tables = [table for table in found.sorted_tables if table.name != "alembic_version"]
    for table in tables:
        for number in (1, 2):
            add_row(db, table, number)
    return {table.name: db.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


# Values where several checks speak of one column.
GIVEN: dict[tuple[str, str], object] = {("commitment", "status"): "promised", ("checkin", "result"): "refused"}


def add_row(db: Connection, table: Table, number: int) -> None:
    """With every column filled; where a check forbids that, only what must be."""
    checks = [check["sqltext"] for check in inspect(db).get_check_constraints(table.name)]

    def values(columns: Iterable[Column[Any]]) -> dict[str, object]:
        return {c.name: GIVEN.get((table.name, c.name)) or filled(c, number, checks) for c in columns}

    try:
        with db.begin_nested():
            db.execute(insert(table).values(values(table.columns)))
    except IntegrityError:
        db.execute(insert(table).values(values(c for c in table.columns if not c.nullable)))


def count(db: Connection, table: str) -> int:
    return int(db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - names of our own tables


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_with_rows_is_brought_up_without_loss(bare_url: str, revision: str, secret: str) -> None:
    upgrade(bare_url, revision)
    with connected(bare_url) as db:
        rows = fill(db)
    assert rows
    assert all(number == 2 for number in rows.values())
    upgrade(bare_url, secrets=secret)
    assert current(bare_url) == REVISIONS[-1]
    with connected(bare_url) as db:
        kept = set(inspect(db).get_table_names())
        assert {name: count(db, name) for name in rows if name in kept} == {n: r for n, r in rows.items() if n in kept}
        if db.dialect.name == "sqlite":
            assert db.execute(text("PRAGMA foreign_key_check")).all() == []


def test_who_agreed_to_a_picture_is_sealed_on_the_way_up(bare_url: str, secret: str) -> None:
    """0009: it stood there as it was written; where nobody had agreed to anything there is nothing to seal."""
    upgrade(bare_url, "0008")
    with connected(bare_url) as db:
        fill(db)
        db.execute(text("UPDATE story SET consent = '', picture = '', video = '' WHERE id = 2"))
    with pytest.raises(BadKey):
        upgrade(bare_url)
    assert current(bare_url) == "0008"
    upgrade(bare_url, secrets=secret)
    with Store(bare_url, secret) as store:
        told = store.read(lambda unit: unit.db.execute(select(story.c.consent).order_by(story.c.id)).scalars().all())
    assert told == ["x1", None]
    with connected(bare_url) as db:
        raw = db.execute(text("SELECT consent FROM story WHERE id = 1")).scalar_one()
    assert b"x1" not in bytes(raw)


def test_an_answer_from_before_stands_in_one_language(bare_url: str, secret: str) -> None:
    """0012: what was told before is as it was, and in no other language."""
    upgrade(bare_url, "0011", secrets=secret)
    with connected(bare_url) as db:
        fill(db)
    upgrade(bare_url, secrets=secret)
    with connected(bare_url) as db:
        answers = db.execute(select(appeal.c.answer_text, appeal.c.texts).order_by(appeal.c.id)).all()
        reasons = db.execute(select(contribution_outcome.c.reason, contribution_outcome.c.texts)).all()
    assert [texts for _text, texts in (*answers, *reasons)] == [{}] * 4
    assert sorted(text for text, _texts in reasons) == ["x1", "x2"]


def test_revisions_are_numbered_in_one_line() -> None:
    assert [f"{n:04}" for n in range(1, len(REVISIONS) + 1)] == REVISIONS


def test_an_upgrade_done_twice_is_done_once(bare_url: str) -> None:
    upgrade(bare_url)
    with connected(bare_url) as db:
        before = catalogue(db)
    upgrade(bare_url)
    with connected(bare_url) as db:
        assert catalogue(db) == before


def test_processes_that_upgrade_at_once_do_not_disturb_each_other(bare_url: str) -> None:
    command = [sys.executable, "-c", "import sys; from storage.migrate import upgrade; upgrade(sys.argv[1])", bare_url]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    upgrade(bare_url)
    assert [process.wait(60) for process in processes] == [0, 0]
    require_current(bare_url)


def test_another_schema_is_told_with_what_to_do(bare_url: str) -> None:
    with pytest.raises(OtherSchema, match=r"no tables yet.*convoca migrate"):
        require_current(bare_url)
    upgrade(bare_url)
    require_current(bare_url)
    with connected(bare_url) as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OtherSchema, match=r"schema 9999.*backup.*convoca migrate"):
        require_current(bare_url)


def test_looking_at_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert current(f"sqlite:///{tmp_path / 'none.db'}") is None
    assert list(tmp_path.iterdir()) == []


# -- the frame itself, on a small chain of its own --

FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade():
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(9)))
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["parent.id"], name="fk_child_parent", ondelete="CASCADE"),
    )
    op.execute("INSERT INTO parent VALUES (1, 'Ana'), (2, 'Luis')")
    op.execute("INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    with op.batch_alter_table("parent") as batch:
        batch.alter_column("name", type_=sa.String(99), existing_type=sa.String(9))
        batch.add_column(sa.Column("age", sa.Integer))
    {after}
"""


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """The frame of our migrations round two revisions of their own."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copy(MIGRATIONS / name, folder / name)
    (folder / "versions" / "0001_first.py").write_text(FIRST)
    return folder


def second(chain: Path, after: str = "") -> None:
    (chain / "versions" / "0002_second.py").write_text(SECOND.format(after=after))


def test_children_survive_a_batch_change_of_their_parents(bare_url: str, chain: Path) -> None:
    upgrade(bare_url, scripts=chain)
    second(chain)
    upgrade(bare_url, scripts=chain)
    with connected(bare_url) as db:
        assert (count(db, "parent"), count(db, "child")) == (2, 3)
        assert "age" in {column["name"] for column in inspect(db).get_columns("parent")}
        assert [key["name"] for key in inspect(db).get_foreign_keys("child")] == ["fk_child_parent"]


def test_a_migration_that_would_orphan_children_changes_nothing(bare_url: str, chain: Path) -> None:
    upgrade(bare_url, scripts=chain)
    second(chain, after='op.execute("UPDATE child SET parent_id = 77 WHERE id = 2")')
    told = MigrationError if bare_url.startswith("sqlite") else IntegrityError
    with pytest.raises(told, match="child"):
        upgrade(bare_url, scripts=chain)
    assert_nothing_changed(bare_url)


def test_a_migration_that_fails_half_way_changes_nothing(bare_url: str, chain: Path) -> None:
    upgrade(bare_url, scripts=chain)
    second(chain, after='op.execute("DELETE FROM child"); raise LookupError("half way")')
    with pytest.raises(LookupError, match="half way"):
        upgrade(bare_url, scripts=chain)
    assert_nothing_changed(bare_url)


def assert_nothing_changed(url: str) -> None:
    assert current(url) == "0001"
    with connected(url) as db:
        assert (count(db, "parent"), count(db, "child")) == (2, 3)
        assert "age" not in {column["name"] for column in inspect(db).get_columns("parent")}
