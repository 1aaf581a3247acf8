"""A number that is kept in a talk, or for the way back of two phones, is never another row's later."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEPT = (
    *("contact", "joining", "handover", "not_understood", "enrolment", "participation", "follow"),
    *("followup", "sighting", "muted", "picture"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # a sequence of PostgreSQL never goes back
        for name in KEPT:
            _never_again(name)


def _never_again(name: str) -> None:
    """SQLite gives the number of the newest row again once it is gone, unless the table says AUTOINCREMENT.

    A table learns that only by being made anew; all else of it is copied to the letter.
    """
    db = op.get_bind()
    there = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL ORDER BY type DESC")
    made, *indexes = db.execute(there, {"name": name}).scalars().all()
    made, keys = re.subn(r"\bid INTEGER NOT NULL", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", made, count=1)
    made, named = re.subn(rf"CONSTRAINT pk_{name} PRIMARY KEY \(id\),\s*", "", made, count=1)
    made, heads = re.subn(rf'CREATE TABLE "?{name}"?', f"CREATE TABLE new_{name}", made, count=1)
    if (keys, named, heads) != (1, 1, 1):
        raise RuntimeError(f"the table {name} is not as it was made")
    db.exec_driver_sql(made)
    db.exec_driver_sql(f"INSERT INTO new_{name} SELECT * FROM {name}")  # noqa: S608 - names of our own tables
    db.exec_driver_sql(f"DROP TABLE {name}")
    db.exec_driver_sql(f"ALTER TABLE new_{name} RENAME TO {name}")
    for index in indexes:
        db.exec_driver_sql(index)
