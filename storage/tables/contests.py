"""Choosing: contests, their frozen options, who is enrolled, ballots with one current each, results (voting.md 8)."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.sealed import Sealed
from storage.tables.base import Instant, metadata, one_of, pk, ref, word

contest = Table(
    "contest",
    metadata,
    pk(),
    ref("lab_id", "lab", index=True),
    ref("session_id", "session", null=True),
    Column("slug", String(60), nullable=False, unique=True),
    Column("title", String(120), nullable=False),
    word("state"),
    word("method"),  # a file of conversations/ballots
    Column("method_version", Integer, nullable=False, server_default="1"),
    Column("params", JSON, nullable=False),  # {'k': 3, 'seats': 1}: whole, frozen at opening
    word("roll_kind", default="open"),
    Column("quorum", JSON, nullable=False),  # {} none | {'count': n} | {'percent': p, 'of': ..., 'base': frozen}
    Column("opens_at", Instant, nullable=True),
    Column("closes_at", Instant, nullable=True),
    word("tie_mode", default="seed"),
    Column("tie_seed_source", String(200), nullable=False, server_default=""),
    Column("tie_seed", String(200), nullable=True),
    Column("options_hash", LargeBinary, nullable=True),
    Column("root", LargeBinary, nullable=True),
    Column("ballots_counted", Integer, nullable=True),
    Column("opened_at", Instant, nullable=True),
    Column("closed_at", Instant, nullable=True),
    Column("published_at", Instant, nullable=True),
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'title': 'What comes first?'}}
    one_of("state", ("draft", "open", "closed", "published")),
    one_of("roll_kind", ("open", "attended", "roll")),
    one_of("tie_mode", ("seed", "assembly")),
)

option = Table(
    "option",
    metadata,
    pk(),
    ref("contest_id", "contest"),
    ref("problem_id", "problem"),
    Column("number", Integer, nullable=False),
    Column("title", String(30), nullable=False),
    Column("short_title", String(10), nullable=False),
    Column("cost_minor", BigInteger, nullable=True),
    Column("withdrawn_at", Instant, nullable=True),
    Column("texts", JSON, nullable=False, server_default="{}"),  # of its problem, as they stood at the opening
    UniqueConstraint("contest_id", "number"),
    UniqueConstraint("contest_id", "problem_id"),
    CheckConstraint("number >= 1", name="number"),
)

enrolment = Table(
    "enrolment",
    metadata,
    pk(),
    ref("contest_id", "contest"),
    ref("person_id", "person", null=True),
    word("class", default="open"),
    word("evidence", default=""),
    Column("at", Instant, nullable=False),
    UniqueConstraint("contest_id", "person_id"),
    sqlite_autoincrement=True,
)

ballot = Table(  # every revision is a row; one current a person is an index, not a habit
    "ballot",
    metadata,
    pk(),
    ref("contest_id", "contest"),
    ref("person_id", "person", null=True),  # emptied 30 days after closing
    Column("rev", Integer, nullable=False),
    word("kind"),
    Column("payload", String(200), nullable=False),  # canonical: '1,2,5'
    Column("raw_text", Sealed("ballot.raw_text"), nullable=True),
    word("channel"),
    Column("shared", Boolean, nullable=False, server_default="0"),
    Column("received_at", Instant, nullable=False),
    word("provider"),  # name of the sender identity
    Column("provider_msg_id", String(200), nullable=False),
    Column("salt", LargeBinary, nullable=True),
    Column("commitment", LargeBinary, nullable=False),
    Column("code", String(12), nullable=False),
    word("status"),
    Column("void_reason", Text, nullable=True),
    word("class", default="open"),  # roll class at the moment of choosing: who is erased later stays in the count
    Column("sent_at", Instant, nullable=True),  # the provider's date of the message; ours decides about the close
    UniqueConstraint("contest_id", "provider", "provider_msg_id"),
    UniqueConstraint("contest_id", "code"),
    one_of("kind", ("choice", "blank", "abstain")),
    one_of("status", ("current", "superseded", "void", "late")),
    CheckConstraint("status <> 'void' OR void_reason IS NOT NULL", name="void_with_reason"),
)
Index(
    "uq_ballot_current",
    ballot.c.contest_id,
    ballot.c.person_id,
    unique=True,
    sqlite_where=text("status = 'current'"),
    postgresql_where=text("status = 'current'"),
)

participation = Table(  # who took part; stays when the link to the choice is gone
    "participation",
    metadata,
    pk(),
    ref("contest_id", "contest"),
    ref("person_id", "person", null=True),
    UniqueConstraint("contest_id", "person_id"),
    sqlite_autoincrement=True,
)

chosen_before = Table(  # of people who were erased: their choices stay counted, and their phone makes no other one
    "chosen_before",
    metadata,
    pk(),
    ref("contest_id", "contest"),
    ref("address_id", "address", index=True),
    Column("people", Integer, nullable=False),
    Column("newest_id", BigInteger, nullable=False),  # the newest person when the first of them went
    UniqueConstraint("contest_id", "address_id"),
)

follow = Table(
    "follow",
    metadata,
    pk(),
    ref("person_id", "person"),
    ref("option_id", "option"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("person_id", "option_id"),
    sqlite_autoincrement=True,
)

result = Table(  # append only
    "result",
    metadata,
    pk(),
    ref("contest_id", "contest", index=True),
    word("class", default="open"),
    word("method"),
    Column("version", Integer, nullable=False),
    Column("params", JSON, nullable=False),
    Column("input_digest", String(64), nullable=False),
    Column("output", JSON, nullable=False),
    Column("computed_at", Instant, nullable=False),
)
