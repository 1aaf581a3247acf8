"""kept places stay waited for, doubts are asked about in turn, and numbers are never used twice."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LASTING = ("talk", "broadcast", "outbox")  # their numbers stand in buttons and with providers


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # a sequence of PostgreSQL never goes back
        for name in LASTING:
            _never_again(name)

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reserve_id", ID, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_offer_reserve_id"), "reserve", ["reserve_id"], ["id"])

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("looked_up_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("forget", sa.Boolean(), server_default="0", nullable=False))

    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", ID, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_inbound_person_id"), "person", ["person_id"], ["id"])

    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.add_column(sa.Column("talk_id", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("taken_by", sa.String(80), nullable=True))

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("party_id", ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_registration_party_id"), ["party_id"], unique=False)
        batch_op.create_check_constraint(
            batch_op.f("ck_registration_companion"), "party_id IS NULL OR person_id IS NULL"
        )
        batch_op.create_foreign_key(batch_op.f("fk_registration_party_id"), "registration", ["party_id"], ["id"])

    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.add_column(sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("talk", schema=None) as batch_op:
        batch_op.add_column(sa.Column("offer", sa.Boolean(), server_default="0", nullable=False))

    op.create_table(
        "chosen_before",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contest_id", ID, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("newest_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_chosen_before_address_id")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_chosen_before_contest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chosen_before")),
        sa.UniqueConstraint("contest_id", "address_id", name=op.f("uq_chosen_before_contest_id_address_id")),
    )
    with op.batch_alter_table("chosen_before", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chosen_before_address_id"), ["address_id"], unique=False)

    with op.batch_alter_table("commitment_update", schema=None) as batch_op:
        batch_op.add_column(sa.Column("what", sa.String(80), server_default="", nullable=False))

    op.create_table(
        "sighting",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("update_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("answer", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('seen', 'unseen')", name=op.f("ck_sighting_answer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sighting_person_id")),
        sa.ForeignKeyConstraint(["update_id"], ["commitment_update.id"], name=op.f("fk_sighting_update_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint("update_id", "person_id", name=op.f("uq_sighting_update_id_person_id")),
    )
    with op.batch_alter_table("sighting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sighting_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(length=12), nullable=True))

    for name in ("organisation", "session", "contest"):  # what a plan says in other languages
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column("texts", sa.JSON(), server_default="{}", nullable=False))


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
