"""What people propose, in their own words, and the way each takes: read, joined, an outcome with its reason
(conversations.md 7, accountability.md 2)."""

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, Index, Integer, String, Table, Text, text

from storage.sealed import Sealed
from storage.tables.base import Instant, metadata, one_of, pk, ref, word

PUBLISH = ("no", "unnamed", "named")
RELATIONS = ("merged", "own")
OUTCOMES = (
    *("adopted", "partly", "merged_into", "already_done"),
    *("not_now", "other_office", "not_adopted", "out_of_scope"),
)
IDEA, REASON = 600, 90  # letters: what a person may write; the reason as an SMS says it

contribution = (
    Table(  # the original words stay, whatever becomes of them; who is erased leaves the words without a name
        "contribution",
        metadata,
        pk(),
        ref("lab_id", "lab", index=True),
        ref("session_id", "session", null=True),  # the meeting at which it is read aloud
        Column("number", Integer, nullable=False, unique=True),  # 'idea 27': one row of numbers without gaps, all labs
        ref("person_id", "person", null=True, index=True),  # NULL: sent without a number, or erased
        Column("text", Sealed("contribution.text"), nullable=True),  # NULL: a voice note nobody has written down yet
        Column("shown", Sealed("contribution.shown"), nullable=True),  # with the names of others hidden, by a human
        word("media", null=True),
        ref("inbound_id", "inbound", null=True),  # where the voice note or the photo came in
        word("lang"),
        word("channel"),
        word("publish", default="no"),
        ref("consent_id", "consent", null=True),  # a name is a permission of its own
        Column("at", Instant, nullable=False),
        Column("read_due_at", Instant, nullable=False, index=True),  # as told to the author
        Column("outcome_due_at", Instant, nullable=False),
        Column("read_at", Instant, nullable=True),
        word("read_by", null=True),
        Column("hidden_reason", Text, nullable=True),
        Column("withdrawn_at", Instant, nullable=True),
        one_of("publish", PUBLISH),
        one_of("media", ("voice", "photo", "place")),
        CheckConstraint("publish <> 'named' OR consent_id IS NOT NULL", name="named"),
        CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name="read"),
    )
)

contribution_problem = Table(  # joining keeps every text; undone it stays as a record
    "contribution_problem",
    metadata,
    pk(),
    ref("contribution_id", "contribution"),
    ref("problem_id", "problem", index=True),
    word("relation"),
    word("by"),
    Column("at", Instant, nullable=False),
    Column("agreed", Boolean, nullable=True),  # what the author said of it
    Column("undone_at", Instant, nullable=True),
    one_of("relation", RELATIONS),
)
Index(
    "uq_contribution_problem_live",
    contribution_problem.c.contribution_id,
    unique=True,
    sqlite_where=text("undone_at IS NULL"),
    postgresql_where=text("undone_at IS NULL"),
)

contribution_outcome = Table(  # exactly one counts; each but `adopted` has its reason
    "contribution_outcome",
    metadata,
    pk(),
    ref("contribution_id", "contribution"),
    word("outcome"),
    Column("reason", String(REASON), nullable=False, server_default=""),
    Column("office", String(60), nullable=False, server_default=""),  # whose it is, for `other_office`
    Column("reference", String(30), nullable=False, server_default=""),  # the number it has there
    Column("next_on", Date, nullable=True),  # when it is asked about again
    word("by"),
    Column("at", Instant, nullable=False),
    Column("current", Boolean, nullable=False, server_default="1"),
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'reason': 'it names somebody'}}
    one_of("outcome", OUTCOMES),
    CheckConstraint("outcome = 'adopted' OR length(trim(reason)) > 0", name="reason"),
    CheckConstraint("outcome <> 'other_office' OR length(trim(office)) > 0", name="office"),
)
Index(
    "uq_contribution_outcome_current",
    contribution_outcome.c.contribution_id,
    unique=True,
    sqlite_where=text("current"),
    postgresql_where=text("current"),
)

appeal = Table(  # the author does not agree: a second person reads it
    "appeal",
    metadata,
    pk(),
    ref("contribution_id", "contribution"),
    word("about"),
    Column("text", Sealed("appeal.text"), nullable=True),
    word("first_by"),  # who decided first, and so may not answer
    Column("at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    word("answer", null=True),
    Column("answer_text", String(REASON), nullable=False, server_default=""),
    word("answered_by", null=True),
    Column("answered_at", Instant, nullable=True),
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'answer_text': 'both ask for a bridge'}}
    one_of("about", ("joined", "outcome")),
    one_of("answer", ("changed", "kept")),
    CheckConstraint("answered_by IS NULL OR answered_by <> first_by", name="another_person"),
    CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered"),
)
Index(
    "uq_appeal_open",
    appeal.c.contribution_id,
    unique=True,
    sqlite_where=text("answered_at IS NULL"),
    postgresql_where=text("answered_at IS NULL"),
)
