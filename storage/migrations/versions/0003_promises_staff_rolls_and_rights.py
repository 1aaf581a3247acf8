"""Promises, staff, rolls and rights."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("token", name=op.f("uq_staff_token")),
    )
    op.create_table(
        "copy_link",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_copy_link_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_link")),
        sa.UniqueConstraint("mark", name=op.f("uq_copy_link_mark")),
    )
    with op.batch_alter_table("copy_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_copy_link_person_id"), ["person_id"], unique=False)

    op.create_table(
        "muted",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("problem_id", ID, nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("what IN ('news', 'questions')", name=op.f("ck_muted_what")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_muted_person_id")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_muted_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_muted")),
        sa.UniqueConstraint("person_id", "problem_id", name=op.f("uq_muted_person_id_problem_id")),
    )
    op.create_table(
        "staff_role",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.Column("lab_id", ID, nullable=True),
        sa.Column("granted_by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint("channel IN ('telegram', 'whatsapp')", name=op.f("ck_staff_role_channel")),
        sa.CheckConstraint(
            "role IN ('admin', 'facilitator', 'entity', 'verifier', 'auditor')", name=op.f("ck_staff_role_role")
        ),
        sa.CheckConstraint("role NOT IN ('admin', 'auditor') OR lab_id IS NULL", name=op.f("ck_staff_role_everywhere")),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_staff_role_revoked")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_staff_role_address_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_staff_role_lab_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
    )
    with op.batch_alter_table("staff_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_role_address_id"), ["address_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_role_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(
            "uq_staff_role_everywhere",
            ["address_id", "role"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL AND lab_id IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND lab_id IS NULL"),
        )
        batch_op.create_index(
            "uq_staff_role_lab",
            ["address_id", "role", "lab_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL AND lab_id IS NOT NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND lab_id IS NOT NULL"),
        )

    op.create_table(
        "checkin",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("registration_id", ID, nullable=True),
        sa.Column("raw_code", sa.String(length=12), server_default="", nullable=False),
        sa.Column("result", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("nonce", sa.String(length=80), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("offline", sa.Boolean(), server_default="0", nullable=False),
        sa.CheckConstraint("(result = 'refused') = (reason IS NOT NULL)", name=op.f("ck_checkin_refused_with_reason")),
        sa.CheckConstraint(
            "reason IN ('unknown_code', 'already_in', 'cancelled', 'other_session', 'too_early', 'closed')",
            name=op.f("ck_checkin_reason"),
        ),
        sa.CheckConstraint("result = 'refused' OR registration_id IS NOT NULL", name=op.f("ck_checkin_somebody")),
        sa.CheckConstraint("result IN ('in', 'refused', 'undone')", name=op.f("ck_checkin_result")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_checkin_registration_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_checkin_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkin")),
        sa.UniqueConstraint("nonce", name=op.f("uq_checkin_nonce")),
    )
    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checkin_registration_id"), ["registration_id"], unique=False)
        batch_op.create_index("ix_checkin_session", ["session_id", "id"], unique=False)

    op.create_table(
        "commitment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("lab_id", ID, nullable=False),
        sa.Column("problem_id", ID, nullable=False),
        sa.Column("decision_id", ID, nullable=False),
        sa.Column("entity_id", ID, nullable=False),
        sa.Column("text", sa.String(length=50), nullable=False),
        sa.Column("due_text", sa.String(length=30), server_default="", nullable=False),
        sa.Column("due_from", sa.Date(), nullable=True),
        sa.Column("due_to", sa.Date(), nullable=True),
        sa.Column("precision", sa.String(length=80), server_default="none", nullable=False),
        sa.Column("new_dates", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.String(length=80), nullable=False),
        sa.Column("status_by", sa.String(length=80), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(due_from IS NULL) = (due_to IS NULL) AND (due_to IS NULL) = (precision = 'none')",
            name=op.f("ck_commitment_range"),
        ),
        sa.CheckConstraint(
            "precision IN ('day', 'days', 'week', 'part', 'month', 'months', 'quarter', 'half', 'year', 'none')",
            name=op.f("ck_commitment_precision"),
        ),
        sa.CheckConstraint("status <> 'done_office' OR status_by = 'office'", name=op.f("ck_commitment_office")),
        sa.CheckConstraint(
            "status IN ('linked', 'promised', 'in_progress', 'done_office', 'done_neighbours', 'partly_neighbours', 'disputed', 'not_done')",
            name=op.f("ck_commitment_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('done_neighbours', 'partly_neighbours') OR status_by = 'neighbours'",
            name=op.f("ck_commitment_neighbours"),
        ),
        sa.CheckConstraint(
            "status_by IN ('office', 'team', 'neighbours', 'verifier')", name=op.f("ck_commitment_status_by")
        ),
        sa.CheckConstraint("due_from <= due_to", name=op.f("ck_commitment_due")),
        sa.CheckConstraint("length(trim(text)) > 0", name=op.f("ck_commitment_text")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_commitment_decision_id")),
        sa.ForeignKeyConstraint(["entity_id"], ["organisation.id"], name=op.f("fk_commitment_entity_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_commitment_lab_id")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_commitment_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("problem_id", "entity_id", "text", name=op.f("uq_commitment_problem_id_entity_id_text")),
    )
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitment_lab_id"), ["lab_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitment_problem_id"), ["problem_id"], unique=False)

    op.create_table(
        "staff_sending",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("audience", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("approver_id", ID, nullable=True),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broadcast_id", ID, nullable=True),
        sa.Column("report_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("audience IN ('first', 'community', 'both')", name=op.f("ck_staff_sending_audience")),
        sa.CheckConstraint("state <> 'sent' OR broadcast_id IS NOT NULL", name=op.f("ck_staff_sending_sent")),
        sa.CheckConstraint(
            "state IN ('asked', 'waiting', 'sent', 'stopped', 'refused')", name=op.f("ck_staff_sending_state")
        ),
        sa.CheckConstraint(
            "approver_id IS NULL OR approver_id <> staff_id", name=op.f("ck_staff_sending_another_person")
        ),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_staff_sending_address_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"], name=op.f("fk_staff_sending_approver_id")),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_staff_sending_broadcast_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_staff_sending_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sending_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sending")),
    )
    with op.batch_alter_table("staff_sending", schema=None) as batch_op:
        batch_op.create_index(
            "uq_staff_sending_open",
            ["session_id", "audience"],
            unique=True,
            sqlite_where=sa.text("state IN ('asked', 'waiting')"),
            postgresql_where=sa.text("state IN ('asked', 'waiting')"),
        )

    op.create_table(
        "asking",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("commitment_id", ID, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=True),
        sa.Column("yes", sa.Integer(), nullable=True),
        sa.Column("partly", sa.Integer(), nullable=True),
        sa.Column("no", sa.Integer(), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_asking_commitment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asking")),
        sa.UniqueConstraint("commitment_id", "round", name=op.f("uq_asking_commitment_id_round")),
        sa.UniqueConstraint("commitment_id", "why", name=op.f("uq_asking_commitment_id_why")),
    )
    op.create_table(
        "commitment_update",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("commitment_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=140), server_default="", nullable=False),
        sa.Column("due_text", sa.String(length=30), nullable=True),
        sa.Column("due_to", sa.Date(), nullable=True),
        sa.Column("by_role", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "by_role IN ('office', 'team', 'neighbours', 'verifier')", name=op.f("ck_commitment_update_by_role")
        ),
        sa.CheckConstraint(
            "kind IN ('promised', 'in_progress', 'done_office', 'not_done', 'new_date', 'news', 'overdue', 'counted', 'reopened')",
            name=op.f("ck_commitment_update_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('not_done', 'new_date', 'news') OR length(trim(text)) > 0",
            name=op.f("ck_commitment_update_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('linked', 'promised', 'in_progress', 'done_office', 'done_neighbours', 'partly_neighbours', 'disputed', 'not_done')",
            name=op.f("ck_commitment_update_status"),
        ),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_commitment_update_commitment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_update")),
    )
    with op.batch_alter_table("commitment_update", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitment_update_commitment_id"), ["commitment_id"], unique=False)

    op.create_table(
        "followup",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("commitment_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=80), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("first_time", sa.Boolean(), nullable=True),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('yes', 'partly', 'no', 'unknown')", name=op.f("ck_followup_answer")),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_followup_commitment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_followup_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followup")),
    )
    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_followup_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_followup_current",
            ["commitment_id", "round", "person_id"],
            unique=True,
            sqlite_where=sa.text("current"),
            postgresql_where=sa.text("current"),
        )

    op.create_table(
        "story",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("commitment_id", ID, nullable=False),
        sa.Column("before", sa.String(length=140), nullable=False),
        sa.Column("after", sa.String(length=140), nullable=False),
        sa.Column("text", sa.String(length=140), nullable=False),
        sa.Column("picture", sa.String(length=200), server_default="", nullable=False),
        sa.Column("alt", sa.String(length=140), server_default="", nullable=False),
        sa.Column("consent", sa.String(length=200), server_default="", nullable=False),
        sa.Column("video", sa.String(length=200), server_default="", nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(picture = '' AND video = '') OR length(trim(consent)) > 0", name=op.f("ck_story_consent")),
        sa.CheckConstraint("picture = '' OR length(trim(alt)) > 0", name=op.f("ck_story_alt")),
        sa.CheckConstraint(
            "length(trim(before)) > 0 AND length(trim(after)) > 0", name=op.f("ck_story_before_and_after")
        ),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_story_commitment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
        sa.UniqueConstraint("commitment_id", name=op.f("uq_story_commitment_id")),
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("class", sa.String(length=80), server_default="open", nullable=False))
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unlinked_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(length=120), server_default="", nullable=False))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("head_count", sa.Integer(), nullable=True))
