"""What became of it: decisions with their reason, and the events that people are told of, once (accountability.md)."""

from sqlalchemy import JSON, CheckConstraint, Column, String, Table, Text, UniqueConstraint

from storage.tables.base import Instant, metadata, one_of, pk, ref, word

OUTCOMES = ("adopted", "partly", "already_done", "not_now", "other_office", "not_adopted")

decision = Table(  # no outcome without a reason: the database says so
    "decision",
    metadata,
    pk(),
    ref("problem_id", "problem"),
    ref("contest_id", "contest", null=True),
    word("outcome"),
    Column("reason", Text, nullable=False),
    Column("next_step", Text, nullable=False, server_default=""),
    word("by"),
    Column("at", Instant, nullable=False),
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'reason': 'it is far'}}
    UniqueConstraint("contest_id", "problem_id"),
    one_of("outcome", OUTCOMES),
    CheckConstraint("length(trim(reason)) > 0", name="reason"),
)

event = Table(  # something those concerned are told of: one event, at most one broadcast
    "event",
    metadata,
    pk(),
    word("kind"),
    Column("subject", String(120), nullable=False),
    Column("at", Instant, nullable=False),
    ref("broadcast_id", "broadcast", null=True),
    UniqueConstraint("kind", "subject"),
)
