"""The first schema."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scope", sa.String(length=80), server_default="", nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), server_default="", nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("prev", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("scope", "seq", name=op.f("uq_audit_event_scope_seq")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_event_unchained",
            ["id"],
            unique=False,
            sqlite_where=sa.text("seq IS NULL"),
            postgresql_where=sa.text("seq IS NULL"),
        )

    op.create_table(
        "erasure",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backups_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("code", name=op.f("uq_erasure_code")),
    )
    op.create_table(
        "key",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=30), server_default="", nullable=False),
        sa.Column("hours", sa.String(length=120), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('public', 'private', 'civil', 'academia', 'other', 'unknown')", name=op.f("ck_organisation_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_table(
        "plan",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("period", sa.String(length=80), server_default="", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("slug", name=op.f("uq_plan_slug")),
    )
    op.create_table(
        "sender",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("via", sa.String(length=80), nullable=False),
        sa.Column("interval_us", sa.BigInteger(), nullable=False),
        sa.Column("next_us", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("halted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("halted_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender")),
        sa.UniqueConstraint("name", name=op.f("uq_sender_name")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "suppression",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("channel", "fingerprint", name=op.f("uq_suppression_channel_fingerprint")),
    )
    op.create_table(
        "territory",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("tz", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "kind IN ('country', 'province', 'comarca', 'district', 'corregimiento', 'community')",
            name=op.f("ck_territory_kind"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["territory.id"], name=op.f("fk_territory_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory")),
        sa.UniqueConstraint("slug", name=op.f("uq_territory_slug")),
    )
    with op.batch_alter_table("territory", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_territory_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "lab",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("keyword", sa.String(length=20), nullable=False),
        sa.Column("plan_id", ID, nullable=True),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("organiser_id", ID, nullable=False),
        sa.Column("territory_id", ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("setting", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("form", sa.String(length=80), server_default="tu", nullable=False),
        sa.Column("langs", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("form IN ('tu', 'usted')", name=op.f("ck_lab_form")),
        sa.CheckConstraint("kind IN ('follow_up', 'new')", name=op.f("ck_lab_kind")),
        sa.CheckConstraint("setting IN ('urban', 'rural', 'comarca', 'unknown')", name=op.f("ck_lab_setting")),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed')", name=op.f("ck_lab_state")),
        sa.ForeignKeyConstraint(["organiser_id"], ["organisation.id"], name=op.f("fk_lab_organiser_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["lab.id"], name=op.f("fk_lab_parent_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_lab_plan_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_lab_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab")),
        sa.UniqueConstraint("keyword", name=op.f("uq_lab_keyword")),
        sa.UniqueConstraint("slug", name=op.f("uq_lab_slug")),
    )
    with op.batch_alter_table("lab", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lab_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "milestone",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("due_text", sa.String(length=80), server_default="", nullable=False),
        sa.Column("due_from", sa.Date(), nullable=True),
        sa.Column("due_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_milestone_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_milestone_plan_id_number")),
    )
    op.create_table(
        "person",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("age_band", sa.String(length=80), nullable=True),
        sa.Column("lang", sa.String(length=80), server_default="es", nullable=False),
        sa.Column("form", sa.String(length=80), server_default="", nullable=False),
        sa.Column("territory_id", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("age_band IN ('adult', 'teen')", name=op.f("ck_person_age_band")),
        sa.CheckConstraint("erased_at IS NULL OR name IS NULL", name=op.f("ck_person_erased_has_no_name")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_person_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("token", name=op.f("uq_person_token")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "plan_party",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("role", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_plan_party_organisation_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_party_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_party")),
        sa.UniqueConstraint(
            "plan_id", "organisation_id", "role", name=op.f("uq_plan_party_plan_id_organisation_id_role")
        ),
    )
    op.create_table(
        "address",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=80), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("sender_id", ID, nullable=True),
        sa.Column("lang", sa.String(length=80), server_default="es", nullable=False),
        sa.Column("form", sa.String(length=80), server_default="", nullable=False),
        sa.Column("speaker_id", ID, nullable=True),
        sa.Column("reachable", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forget", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("last_reply", sa.LargeBinary(), nullable=True),
        sa.Column("last_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("misses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_address_sender_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_address_speaker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
        sa.UniqueConstraint("channel", "fingerprint", name=op.f("uq_address_channel_fingerprint")),
    )
    op.create_table(
        "community_authorisation",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("lab_id", ID, nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("signed_by", sa.String(length=200), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_community_authorisation_lab_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_authorisation")),
    )
    with op.batch_alter_table("community_authorisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_community_authorisation_lab_id"), ["lab_id"], unique=False)

    op.create_table(
        "problem",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("lab_id", ID, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=30), nullable=False),
        sa.Column("short_title", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_problem_lab_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
        sa.UniqueConstraint("lab_id", "slug", name=op.f("uq_problem_lab_id_slug")),
    )
    op.create_table(
        "session",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("lab_id", ID, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tz", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=30), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("use", sa.String(length=60), nullable=False),
        sa.CheckConstraint("kind IN ('problems', 'report_back', 'table', 'public')", name=op.f("ck_session_kind")),
        sa.CheckConstraint("state <> 'cancelled' OR reason IS NOT NULL", name=op.f("ck_session_cancelled_with_reason")),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed', 'cancelled')", name=op.f("ck_session_state")),
        sa.CheckConstraint("capacity IS NULL OR capacity >= 0", name=op.f("ck_session_capacity")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_session_lab_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("code", name=op.f("uq_session_code")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_lab_id"), ["lab_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_contact_address_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("person_id", "address_id", name=op.f("uq_contact_person_id_address_id")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_address_id"), ["address_id"], unique=False)

    op.create_table(
        "contest",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("lab_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("method_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("roll_kind", sa.String(length=80), server_default="open", nullable=False),
        sa.Column("quorum", sa.JSON(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tie_mode", sa.String(length=80), server_default="seed", nullable=False),
        sa.Column("tie_seed_source", sa.String(length=200), server_default="", nullable=False),
        sa.Column("tie_seed", sa.String(length=200), nullable=True),
        sa.Column("options_hash", sa.LargeBinary(), nullable=True),
        sa.Column("root", sa.LargeBinary(), nullable=True),
        sa.Column("ballots_counted", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("roll_kind IN ('open', 'attended', 'roll')", name=op.f("ck_contest_roll_kind")),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'published')", name=op.f("ck_contest_state")),
        sa.CheckConstraint("tie_mode IN ('seed', 'assembly')", name=op.f("ck_contest_tie_mode")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_contest_lab_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_contest_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
        sa.UniqueConstraint("slug", name=op.f("uq_contest_slug")),
    )
    with op.batch_alter_table("contest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contest_lab_id"), ["lab_id"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_handover_address_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_handover_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_address_id"), ["address_id"], unique=False)

    op.create_table(
        "inbound",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("sender_id", ID, nullable=False),
        sa.Column("provider_id", sa.String(length=200), nullable=False),
        sa.Column("address_id", ID, nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=80), server_default="done", nullable=False),
        sa.Column("error_id", sa.String(length=16), nullable=True),
        sa.CheckConstraint("state IN ('done', 'failed', 'quarantined')", name=op.f("ck_inbound_state")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_inbound_address_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_inbound_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("sender_id", "provider_id", name=op.f("uq_inbound_sender_id_provider_id")),
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_address_id"), ["address_id"], unique=False)

    op.create_table(
        "not_understood",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("conversation", sa.String(length=80), server_default="", nullable=False),
        sa.Column("question", sa.String(length=80), server_default="", nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_not_understood_address_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_not_understood")),
    )
    with op.batch_alter_table("not_understood", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_not_understood_address_id"), ["address_id"], unique=False)

    op.create_table(
        "registration",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("queue_key", ID, nullable=True),
        sa.Column("code", sa.String(length=5), nullable=True),
        sa.Column("source", sa.String(length=80), server_default="bot", nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("reminders", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source IN ('bot', 'walk_in', 'paper', 'import')", name=op.f("ck_registration_source")),
        sa.CheckConstraint(
            "state IN ('invited', 'registered', 'waiting', 'offered', 'unsure', 'declined', 'cancelled', 'attended', 'no_show')",
            name=op.f("ck_registration_state"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_registration_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_registration_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("session_id", "code", name=op.f("uq_registration_session_id_code")),
        sa.UniqueConstraint("session_id", "person_id", name=op.f("uq_registration_session_id_person_id")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_registration_session_state", ["session_id", "state"], unique=False)

    op.create_table(
        "talk",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("conversation", sa.String(length=80), nullable=False),
        sa.Column("args", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("pending", sa.String(length=80), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.BigInteger(), nullable=True),
        sa.Column("nudge_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nudged", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_talk_address_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_talk_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk")),
    )
    with op.batch_alter_table("talk", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_talk_address_id"), ["address_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_talk_nudge_at"), ["nudge_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_talk_person_id"), ["person_id"], unique=False)

    op.create_table(
        "ballot",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contest_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.String(length=200), nullable=False),
        sa.Column("raw_text", sa.LargeBinary(), nullable=True),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.String(length=80), nullable=False),
        sa.Column("provider_msg_id", sa.String(length=200), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=80), nullable=False),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('choice', 'blank', 'abstain')", name=op.f("ck_ballot_kind")),
        sa.CheckConstraint("status <> 'void' OR void_reason IS NOT NULL", name=op.f("ck_ballot_void_with_reason")),
        sa.CheckConstraint("status IN ('current', 'superseded', 'void', 'late')", name=op.f("ck_ballot_status")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_ballot_contest_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ballot_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot")),
        sa.UniqueConstraint("contest_id", "code", name=op.f("uq_ballot_contest_id_code")),
        sa.UniqueConstraint(
            "contest_id", "provider", "provider_msg_id", name=op.f("uq_ballot_contest_id_provider_provider_msg_id")
        ),
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.create_index(
            "uq_ballot_current",
            ["contest_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("status = 'current'"),
            postgresql_where=sa.text("status = 'current'"),
        )

    op.create_table(
        "broadcast",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("idem", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("lab_id", ID, nullable=True),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("contest_id", ID, nullable=True),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("opens", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("audience", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("state IN ('sending', 'stopped', 'done')", name=op.f("ck_broadcast_state")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_broadcast_contest_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_broadcast_lab_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_broadcast_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("code", name=op.f("uq_broadcast_code")),
        sa.UniqueConstraint("idem", name=op.f("uq_broadcast_idem")),
    )
    op.create_table(
        "consent",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("fingerprint", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("lab_id", ID, nullable=True),
        sa.Column("text_version", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("inbound_id", ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('lab', 'news', 'publish')", name=op.f("ck_consent_purpose")),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_consent_inbound_id")),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=op.f("fk_consent_lab_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_lab_id"), ["lab_id"], unique=False)
        batch_op.create_index("ix_consent_live", ["lab_id", "purpose", "person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consent_person_id"), ["person_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("problem_id", ID, nullable=False),
        sa.Column("contest_id", ID, nullable=True),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('adopted', 'partly', 'already_done', 'not_now', 'other_office', 'not_adopted')",
            name=op.f("ck_decision_outcome"),
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_decision_reason")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_decision_contest_id")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_decision_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("contest_id", "problem_id", name=op.f("uq_decision_contest_id_problem_id")),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contest_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("class", sa.String(length=80), server_default="open", nullable=False),
        sa.Column("evidence", sa.String(length=80), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_enrolment_contest_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("contest_id", "person_id", name=op.f("uq_enrolment_contest_id_person_id")),
    )
    op.create_table(
        "option",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contest_id", ID, nullable=False),
        sa.Column("problem_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=30), nullable=False),
        sa.Column("short_title", sa.String(length=10), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_option_number")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_option_contest_id")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_option_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option")),
        sa.UniqueConstraint("contest_id", "number", name=op.f("uq_option_contest_id_number")),
        sa.UniqueConstraint("contest_id", "problem_id", name=op.f("uq_option_contest_id_problem_id")),
    )
    op.create_table(
        "participation",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contest_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_participation_contest_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_participation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
        sa.UniqueConstraint("contest_id", "person_id", name=op.f("uq_participation_contest_id_person_id")),
    )
    op.create_table(
        "registration_log",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("registration_id", ID, nullable=False),
        sa.Column("from_state", sa.String(length=80), nullable=True),
        sa.Column("to_state", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_registration_log_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_log")),
    )
    with op.batch_alter_table("registration_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_log_registration_id"), ["registration_id"], unique=False)

    op.create_table(
        "result",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("contest_id", ID, nullable=False),
        sa.Column("class", sa.String(length=80), server_default="open", nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("input_digest", sa.String(length=64), nullable=False),
        sa.Column("output", sa.JSON(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_result_contest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
    )
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_contest_id"), ["contest_id"], unique=False)

    op.create_table(
        "broadcast_text",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("broadcast_id", ID, nullable=False),
        sa.Column("variant", sa.String(length=120), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_broadcast_text_broadcast_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_text")),
        sa.UniqueConstraint("broadcast_id", "variant", name=op.f("uq_broadcast_text_broadcast_id_variant")),
    )
    op.create_table(
        "event",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("broadcast_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_event_broadcast_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_event_kind_subject")),
    )
    op.create_table(
        "follow",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("option_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_follow_option_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_follow_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow")),
        sa.UniqueConstraint("person_id", "option_id", name=op.f("uq_follow_person_id_option_id")),
    )
    op.create_table(
        "offer",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("registration_id", ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("broadcast_id", ID, nullable=True),
        sa.Column("answer", sa.String(length=80), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expiry_told_id", ID, nullable=True),
        sa.CheckConstraint("answer IN ('yes', 'no', 'expired')", name=op.f("ck_offer_answer")),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_offer_broadcast_id")),
        sa.ForeignKeyConstraint(["expiry_told_id"], ["broadcast.id"], name=op.f("fk_offer_expiry_told_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_offer_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(
            "uq_offer_live",
            ["registration_id"],
            unique=True,
            sqlite_where=sa.text("answer IS NULL"),
            postgresql_where=sa.text("answer IS NULL"),
        )

    op.create_table(
        "recipient",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("broadcast_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("address_id", ID, nullable=True),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("variant", sa.String(length=120), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'sent', 'failed', 'skipped', 'unknown')", name=op.f("ck_recipient_state")
        ),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_recipient_address_id")),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_recipient_broadcast_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recipient_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sa.UniqueConstraint("broadcast_id", "person_id", name=op.f("uq_recipient_broadcast_id_person_id")),
    )
    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.create_index("ix_recipient_broadcast_state", ["broadcast_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_recipient_person_id"), ["person_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("broadcast_id", ID, nullable=True),
        sa.CheckConstraint("state IN ('pending', 'sent', 'missed', 'stale')", name=op.f("ck_reminder_state")),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_reminder_broadcast_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_reminder_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "session_id", "rule", "session_revision", name=op.f("uq_reminder_session_id_rule_session_revision")
        ),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_due_at"), ["due_at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("sender_id", ID, nullable=False),
        sa.Column("address_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipient_id", ID, nullable=True),
        sa.Column("part", sa.Integer(), server_default="1", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("text_id", ID, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("talk_id", sa.BigInteger(), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("uncertain", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rank", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('reply', 'notice', 'broadcast')", name=op.f("ck_outbox_kind")),
        sa.CheckConstraint(
            "state IN ('pending', 'held', 'claimed', 'started', 'sent', 'failed', 'expired', 'cancelled', 'unknown')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_outbox_address_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outbox_person_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipient.id"], name=op.f("fk_outbox_recipient_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_outbox_sender_id")),
        sa.ForeignKeyConstraint(["text_id"], ["broadcast_text.id"], name=op.f("fk_outbox_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("recipient_id", "part", "attempt", name=op.f("uq_outbox_recipient_id_part_attempt")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_address_id"), ["address_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_expiry",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(
            "ix_outbox_leased",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state IN ('claimed', 'started')"),
            postgresql_where=sa.text("state IN ('claimed', 'started')"),
        )
        batch_op.create_index(
            "ix_outbox_pending",
            ["sender_id", "priority", "due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index("ix_outbox_provider", ["sender_id", "provider_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_talk_id"), ["talk_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("outbox_id", ID, nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_receipt_outbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_outbox_id"), ["outbox_id"], unique=False)
