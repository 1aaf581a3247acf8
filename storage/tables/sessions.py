"""Who comes to a session: registrations with their log, offers of a freed place, reminders, the door."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.base import Id, Instant, metadata, one_of, pk, ref, word

STATES = ("invited", "registered", "waiting", "offered", "unsure", "declined", "cancelled", "attended", "no_show")

NEEDS = ("transport", "ramp", "sign_language", "childcare", "other_language", "nothing")

reserve = Table(  # places kept for some, set before opening and public: never by who a person is (accountability.md 1)
    "reserve",
    metadata,
    pk(),
    ref("session_id", "session"),
    Column("label", String(40), nullable=False),  # 'quien viene con niños'
    Column("places", Integer, nullable=False),
    UniqueConstraint("session_id", "label"),
    CheckConstraint("places >= 0", name="places"),
)

registration = Table(  # never deleted; erasing a person empties person_id
    "registration",
    metadata,
    pk(),
    ref("session_id", "session"),
    ref("person_id", "person", null=True, index=True),
    word("state"),
    Column("queue_key", Id, nullable=True),  # order of the waiting list: smaller first
    Column("code", String(5), nullable=True),
    word("source", default="bot"),
    word("channel"),
    Column("reminders", Boolean, nullable=False, server_default="1"),
    ref("reserve_id", "reserve", null=True),  # the reserved places this one counts among
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    ref("party_id", "registration", null=True, index=True),  # whom it comes with; it is a place without a person
    UniqueConstraint("session_id", "person_id"),
    UniqueConstraint("session_id", "code"),
    one_of("state", STATES),
    one_of("source", ("bot", "walk_in", "paper", "import")),
    CheckConstraint("party_id IS NULL OR person_id IS NULL", name="companion"),
    CheckConstraint("state <> 'waiting' OR queue_key IS NOT NULL OR party_id IS NOT NULL", name="turn"),
)
Index("ix_registration_session_state", registration.c.session_id, registration.c.state)

need = Table(  # what somebody needs in order to come: a list for the day, erased 7 days after it
    "need",
    metadata,
    pk(),
    ref("registration_id", "registration"),
    word("kind"),
    Column("at", Instant, nullable=False),
    Column("erase_on", Date, nullable=False, index=True),
    UniqueConstraint("registration_id", "kind"),
    one_of("kind", NEEDS),
)

registration_log = Table(
    "registration_log",
    metadata,
    pk(),
    ref("registration_id", "registration", index=True),
    word("from_state", null=True),
    word("to_state"),
    Column("at", Instant, nullable=False),
    word("by"),
    word("channel"),
    Column("reason", Text, nullable=True),
)

offer = Table(  # a place that came free, held for one person until a stated hour
    "offer",
    metadata,
    pk(),
    ref("registration_id", "registration"),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    ref("broadcast_id", "broadcast", null=True),  # how the person was told; NULL = not yet
    word("answer", null=True),
    Column("answered_at", Instant, nullable=True),
    ref("expiry_told_id", "broadcast", null=True),
    ref("reserve_id", "reserve", null=True),  # a place in general for who waits for a reserved one: which it is
    Column("asked_at", Instant, nullable=True),  # in a talk that her own words began: the clock need not tell it
    one_of("answer", ("yes", "no", "expired")),
)
Index(
    "uq_offer_live",
    offer.c.registration_id,
    unique=True,
    sqlite_where=text("answer IS NULL"),
    postgresql_where=text("answer IS NULL"),
)

reminder = Table(  # a row, so that a change of the session makes the old one stale instead of wrong
    "reminder",
    metadata,
    pk(),
    ref("session_id", "session"),
    word("rule"),  # 'day_before' | 'unsure' | 'needs'
    Column("due_at", Instant, nullable=False, index=True),
    Column("session_revision", Integer, nullable=False),
    word("state"),
    ref("broadcast_id", "broadcast", null=True),
    UniqueConstraint("session_id", "rule", "session_revision"),
    one_of("state", ("pending", "sent", "missed", "stale")),
)

checkin = Table(  # the door's log, refusals included; taking one back is a row more (accountability.md 1)
    "checkin",
    metadata,
    pk(),
    ref("session_id", "session"),
    ref("registration_id", "registration", null=True, index=True),
    Column("raw_code", String(12), nullable=False, server_default=""),  # only what can be a code: never a name
    word("result"),
    word("reason", null=True),
    Column("nonce", String(80), nullable=False, unique=True),  # the same message twice is one row
    Column("happened_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    word("by"),
    Column("offline", Boolean, nullable=False, server_default="0"),
    one_of("result", ("in", "refused", "undone")),
    one_of("reason", ("unknown_code", "already_in", "cancelled", "other_session", "too_early", "closed")),
    CheckConstraint("(result = 'refused') = (reason IS NOT NULL)", name="refused_with_reason"),
    CheckConstraint("result = 'refused' OR registration_id IS NOT NULL", name="somebody"),
)
Index("ix_checkin_session", checkin.c.session_id, checkin.c.id)
