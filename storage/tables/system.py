"""What the machine itself remembers: settings of this database, keys in use, leases, the audit log."""

from sqlalchemy import JSON, Column, Date, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from storage.tables.base import Instant, metadata, pk, word

setting = Table(  # e.g. 'clock_offset': seconds added to the database's clock (simulator, tests)
    "setting",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", String(400), nullable=False),
)

key = Table(  # the keys this database was sealed with; start refuses a ring that lacks one of them
    "key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("since", Instant, nullable=False),
)

help_line = Table(  # whom to call in danger, and the words that say so: of a plan, reviewed by specialists
    "help_line",
    metadata,
    pk(),
    Column("country", String(2), nullable=False, unique=True),
    Column("line", String(30), nullable=False),
    Column("words", JSON, nullable=False),
    Column("reviewed_by", String(120), nullable=False),
    Column("reviewed_on", Date, nullable=False),
)

lease = Table(  # one holder of a name at a time (a poller, a timer)
    "lease",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Instant, nullable=False),
)

audit_event = Table(  # appended in the turn without seq; a tick numbers and chains (voting.md 6). No personal data
    "audit_event",
    metadata,
    pk(),
    Column("at", Instant, nullable=False),
    word("scope", default=""),  # '' or 'contest:<slug>': each scope is a chain of its own
    word("actor"),
    word("kind"),
    word("subject", default=""),
    Column("payload", JSON, nullable=False),
    Column("seq", Integer, nullable=True),
    Column("prev", LargeBinary, nullable=True),
    Column("hash", LargeBinary, nullable=True),
    UniqueConstraint("scope", "seq"),
)
Index(
    "ix_audit_event_unchained",
    audit_event.c.id,
    sqlite_where=audit_event.c.seq.is_(None),
    postgresql_where=audit_event.c.seq.is_(None),
)
