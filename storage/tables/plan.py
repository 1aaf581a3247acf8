"""The published plan: its parties and milestones, labs, their sessions and problems."""

from sqlalchemy import JSON, CheckConstraint, Column, Date, Integer, String, Table, Text, UniqueConstraint

from storage.tables.base import Instant, metadata, one_of, pk, ref, word

plan = Table(
    "plan",
    metadata,
    pk(),
    Column("slug", String(80), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("country", String(2), nullable=False),
    Column("period", String(80), nullable=False, server_default=""),  # as written
    Column("starts_on", Date, nullable=True),
    Column("ends_on", Date, nullable=True),
    Column("source", String(200), nullable=False, server_default=""),
)

plan_party = Table(
    "plan_party",
    metadata,
    pk(),
    ref("plan_id", "plan"),
    ref("organisation_id", "organisation"),
    word("role"),  # 'responsible' | 'lead' | 'support'
    UniqueConstraint("plan_id", "organisation_id", "role"),
)

milestone = Table(
    "milestone",
    metadata,
    pk(),
    ref("plan_id", "plan"),
    Column("number", String(20), nullable=False),  # free text: '4.1' may stand under gap 3
    Column("title", Text, nullable=False),
    Column("due_text", String(80), nullable=False, server_default=""),  # as written: 'Nov - dic'
    Column("due_from", Date, nullable=True),
    Column("due_to", Date, nullable=True),
    UniqueConstraint("plan_id", "number"),
)

lab = Table(
    "lab",
    metadata,
    pk(),
    Column("slug", String(60), nullable=False, unique=True),
    Column("keyword", String(20), nullable=False, unique=True),  # folded: 'SANMARTIN'
    ref("plan_id", "plan", null=True),
    ref("parent_id", "lab", null=True),
    ref("organiser_id", "organisation"),  # who the bot speaks for
    ref("territory_id", "territory", index=True),
    Column("name", String(60), nullable=False),  # the community as people say it: 'San Martín'
    word("kind"),
    word("setting"),
    word("state"),
    word("form", default="tu"),
    Column("langs", JSON, nullable=False),  # ['es'], tags of locales/languages.toml
    Column("note", Text, nullable=False, server_default=""),
    one_of("kind", ("follow_up", "new")),
    one_of("setting", ("urban", "rural", "comarca", "unknown")),
    one_of("state", ("draft", "published", "closed")),
    one_of("form", ("tu", "usted")),
)

community_authorisation = Table(  # a lab in a comarca is neither published nor announced without a live one
    "community_authorisation",
    metadata,
    pk(),
    ref("lab_id", "lab", index=True),
    Column("authority", String(200), nullable=False),
    Column("signed_by", String(200), nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("scope", JSON, nullable=False),  # of 'convene', 'collect', 'publish', 'reuse_recordings'
    Column("expires_on", Date, nullable=True),
    Column("withdrawn_at", Instant, nullable=True),
)

session = Table(
    "session",
    metadata,
    pk(),
    ref("lab_id", "lab", index=True),
    Column("code", String(20), nullable=False, unique=True),  # 'sm1': a name people choose
    word("kind"),
    Column("title", String(120), nullable=False),
    Column("starts_at", Instant, nullable=False, index=True),
    word("tz"),
    Column("place", String(30), nullable=False),
    Column("capacity", Integer, nullable=True),  # NULL = no limit; 0 = closed
    Column("revision", Integer, nullable=False, server_default="1"),
    word("state"),
    Column("reason", Text, nullable=True),
    Column("use", String(60), nullable=False),  # one sentence: what happens with what they choose
    Column("head_count", Integer, nullable=True),  # people counted in the room, when the session was closed
    Column("needs", JSON, nullable=False, server_default="[]"),  # what the organiser offers: ["childcare"]
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'use': 'goes to the local board'}}
    one_of("kind", ("problems", "report_back", "table", "public")),
    one_of("state", ("draft", "published", "closed", "cancelled")),
    CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
    CheckConstraint("state <> 'cancelled' OR reason IS NOT NULL", name="cancelled_with_reason"),
)

problem = Table(
    "problem",
    metadata,
    pk(),
    ref("lab_id", "lab"),
    Column("slug", String(60), nullable=False),
    Column("title", String(30), nullable=False),
    Column("short_title", String(10), nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'title': 'Drinking water'}}
    UniqueConstraint("lab_id", "slug"),
)
