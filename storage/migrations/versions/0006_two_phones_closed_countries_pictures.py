"""Two phones of one person, wrong codes counted for a day, countries that are closed, pictures, other languages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wrong_codes", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("wrong_codes_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("country", sa.String(2), nullable=True))
        batch_op.add_column(sa.Column("no_news_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("problem", schema=None) as batch_op:
        batch_op.add_column(sa.Column("texts", sa.JSON(), server_default="{}", nullable=False))

    with op.batch_alter_table("option", schema=None) as batch_op:
        batch_op.add_column(sa.Column("texts", sa.JSON(), server_default="{}", nullable=False))

    with op.batch_alter_table("sender", schema=None) as batch_op:
        batch_op.add_column(sa.Column("window", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("templates", sa.JSON(), nullable=True))

    op.create_table(
        "closed_country",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("sender_id", ID, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_closed_country_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_country")),
        sa.UniqueConstraint("sender_id", "country", name=op.f("uq_closed_country_sender_id_country")),
    )

    op.create_table(
        "picture",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("state", sa.String(80), nullable=False),
        sa.Column("via", sa.String(80), nullable=False),
        sa.Column("ref", sa.LargeBinary(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('wanted', 'kept', 'failed')", name=op.f("ck_picture_state")),
        sa.CheckConstraint("(state = 'kept') = (data IS NOT NULL)", name=op.f("ck_picture_kept")),
        sa.CheckConstraint("data IS NULL OR (width > 0 AND height > 0)", name=op.f("ck_picture_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("name", name=op.f("uq_picture_name")),
    )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("joined_id", sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f("ix_person_joined_id"), ["joined_id"], unique=False)
        batch_op.add_column(sa.Column("reminders", sa.Boolean(), server_default="1", nullable=False))

    op.create_table(
        "joining",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("told_id", ID, nullable=False),
        sa.Column("mark", sa.String(80), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_id", ID, nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("mark IS NULL OR joined_id IS NULL", name=op.f("ck_joining_used_once")),
        sa.ForeignKeyConstraint(["joined_id"], ["address.id"], name=op.f("fk_joining_joined_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_joining_person_id")),
        sa.ForeignKeyConstraint(["told_id"], ["address.id"], name=op.f("fk_joining_told_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joining")),
        sa.UniqueConstraint("mark", name=op.f("uq_joining_mark")),
    )
    with op.batch_alter_table("joining", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joining_joined_id"), ["joined_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_joining_told_id"), ["told_id"], unique=False)
        batch_op.create_index(
            "uq_joining_code",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("mark IS NOT NULL"),
            postgresql_where=sa.text("mark IS NOT NULL"),
        )
