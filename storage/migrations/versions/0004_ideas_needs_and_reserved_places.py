"""ideas needs and reserved places."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "help_line",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("line", sa.String(length=30), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("reviewed_by", sa.String(length=120), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_line")),
        sa.UniqueConstraint("country", name=op.f("uq_help_line_country")),
    )
    op.create_table(
        "reserve",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.CheckConstraint("places >= 0", name=op.f("ck_reserve_places")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_reserve_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserve")),
        sa.UniqueConstraint("session_id", "label", name=op.f("uq_reserve_session_id_label")),
    )
    op.create_table(
        "contribution",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("lab_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("shown", sa.LargeBinary(), nullable=True),
        sa.Column("media", sa.String(length=80), nullable=True),
        sa.Column("inbound_id", ID, nullable=True),
        sa.Column("lang", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("publish", sa.String(length=80), server_default="no", nullable=False),
        sa.Column("consent_id", ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.String(length=80), nullable=True),
        sa.Column("hidden_reason", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("media IN ('voice', 'photo', 'place')", name=op.f("ck_contribution_media")),
        sa.CheckConstraint("publish <> 'named' OR consent_id IS NOT NULL", name=op.f("ck_contribution_named")),
        sa.CheckConstraint("publish IN ('no', 'unnamed', 'named')", name=op.f("ck_contribution_publish")),
        sa.CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name=op.f("ck_contribution_read")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_contribution_consent_id")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_contribution_inbound_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_contribution_lab_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contribution_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_contribution_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
        sa.UniqueConstraint("number", name=op.f("uq_contribution_number")),
    )
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contribution_lab_id"), ["lab_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contribution_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contribution_read_due_at"), ["read_due_at"], unique=False)

    op.create_table(
        "need",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("registration_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('transport', 'ramp', 'sign_language', 'childcare', 'other_language', 'nothing')",
            name=op.f("ck_need_kind"),
        ),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_need_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
        sa.UniqueConstraint("registration_id", "kind", name=op.f("uq_need_registration_id_kind")),
    )
    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_need_erase_on"), ["erase_on"], unique=False)

    op.create_table(
        "appeal",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contribution_id", ID, nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("first_by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=80), nullable=True),
        sa.Column("answer_text", sa.String(length=90), server_default="", nullable=False),
        sa.Column("answered_by", sa.String(length=80), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("about IN ('joined', 'outcome')", name=op.f("ck_appeal_about")),
        sa.CheckConstraint("answer IN ('changed', 'kept')", name=op.f("ck_appeal_answer")),
        sa.CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name=op.f("ck_appeal_answered")),
        sa.CheckConstraint("answered_by IS NULL OR answered_by <> first_by", name=op.f("ck_appeal_another_person")),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_appeal_contribution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.create_index(
            "uq_appeal_open",
            ["contribution_id"],
            unique=True,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    op.create_table(
        "contribution_outcome",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contribution_id", ID, nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=90), server_default="", nullable=False),
        sa.Column("office", sa.String(length=60), server_default="", nullable=False),
        sa.Column("reference", sa.String(length=30), server_default="", nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current", sa.Boolean(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "outcome <> 'other_office' OR length(trim(office)) > 0", name=op.f("ck_contribution_outcome_office")
        ),
        sa.CheckConstraint(
            "outcome = 'adopted' OR length(trim(reason)) > 0", name=op.f("ck_contribution_outcome_reason")
        ),
        sa.CheckConstraint(
            "outcome IN ('adopted', 'partly', 'merged_into', 'already_done', 'not_now', 'other_office', 'not_adopted', 'out_of_scope')",
            name=op.f("ck_contribution_outcome_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_contribution_outcome_contribution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution_outcome")),
    )
    with op.batch_alter_table("contribution_outcome", schema=None) as batch_op:
        batch_op.create_index(
            "uq_contribution_outcome_current",
            ["contribution_id"],
            unique=True,
            sqlite_where=sa.text("current"),
            postgresql_where=sa.text("current"),
        )

    op.create_table(
        "contribution_problem",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contribution_id", ID, nullable=False),
        sa.Column("problem_id", ID, nullable=False),
        sa.Column("relation", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("relation IN ('merged', 'own')", name=op.f("ck_contribution_problem_relation")),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_contribution_problem_contribution_id")
        ),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_contribution_problem_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution_problem")),
    )
    with op.batch_alter_table("contribution_problem", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contribution_problem_problem_id"), ["problem_id"], unique=False)
        batch_op.create_index(
            "uq_contribution_problem_live",
            ["contribution_id"],
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        )

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reserve_id", ID, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_registration_reserve_id"), "reserve", ["reserve_id"], ["id"])

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("needs", sa.JSON(), server_default="[]", nullable=False))

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_id", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("sender", schema=None) as batch_op:
        batch_op.add_column(sa.Column("off_at", sa.DateTime(timezone=True), nullable=True))
