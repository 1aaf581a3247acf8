"""What an office promised and what came of it: commitments, what was told of them, "was it done?", stories.

Not to be confused with `storage/commitments.py`, which holds the ballots to their word by cryptography.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.sealed import Sealed
from storage.tables.base import Instant, metadata, one_of, pk, ref, word

STATUSES = (
    *("linked", "promised", "in_progress", "done_office"),
    *("done_neighbours", "partly_neighbours", "disputed", "not_done"),
)
ROLES = ("office", "team", "neighbours", "verifier")
KINDS = ("promised", "in_progress", "done_office", "not_done", "new_date", "news", "overdue", "counted", "reopened")
NEWS = ("visit", "unknown")  # what a piece of news may be
PRECISIONS = ("day", "days", "week", "part", "month", "months", "quarter", "half", "year", "none")
SAW = ("seen", "unseen")
ANSWERS = ("yes", "partly", "no", "unknown")
MAY = ("yes", "unnamed", "no")  # whether somebody may be shown; 'unnamed': but not called by name
PROMISE, DUE, REASON, WORDS = 50, 30, 90, 140  # letters: as promised; the date as said; a reason; a piece of news
MATTER = 70  # letters: what nobody knows yet

commitment = Table(  # accountability.md 2.4: never without who answers for it
    "commitment",
    metadata,
    pk(),
    ref("lab_id", "lab", index=True),
    ref("problem_id", "problem", index=True),
    ref("decision_id", "decision"),
    ref("entity_id", "organisation"),
    Column("text", String(PROMISE), nullable=False),  # as promised: 'repara el tanque'
    Column("due_text", String(DUE), nullable=False, server_default=""),  # as said: 'fin de marzo'
    Column("due_from", Date, nullable=True),
    Column("due_to", Date, nullable=True),  # the last day of it
    word("precision", default="none"),
    Column("new_dates", Integer, nullable=False, server_default="0"),  # how often the office moved it
    word("status"),
    word("status_by"),
    Column("status_at", Instant, nullable=False),
    word("by"),
    Column("at", Instant, nullable=False),
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'text': 'repairs the tank'}}
    UniqueConstraint("problem_id", "entity_id", "text"),
    one_of("status", STATUSES),
    one_of("status_by", ROLES),
    one_of("precision", PRECISIONS),
    CheckConstraint("length(trim(text)) > 0", name="text"),
    CheckConstraint("due_from <= due_to", name="due"),
    CheckConstraint("(due_from IS NULL) = (due_to IS NULL) AND (due_to IS NULL) = (precision = 'none')", name="range"),
    CheckConstraint(
        "status NOT IN ('done_neighbours', 'partly_neighbours') OR status_by = 'neighbours'", name="neighbours"
    ),
    CheckConstraint("status <> 'done_office' OR status_by = 'office'", name="office"),
)

commitment_update = Table(  # each change shows its author; what asks for a reason has one
    "commitment_update",
    metadata,
    pk(),
    ref("commitment_id", "commitment", index=True),
    word("kind"),
    word("status"),  # after it
    Column("text", String(WORDS), nullable=False, server_default=""),
    Column("due_text", String(DUE), nullable=True),  # a new date, as said
    Column("due_to", Date, nullable=True),
    word("by_role"),
    word("by"),
    Column("at", Instant, nullable=False),
    word("what", default=""),  # of a piece of news: 'visit' | 'unknown'
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'text': 'a pump is missing'}}
    one_of("kind", KINDS),
    one_of("status", STATUSES),
    one_of("by_role", ROLES),
    CheckConstraint("kind NOT IN ('not_done', 'new_date', 'news') OR length(trim(text)) > 0", name="reason"),
)

asking = Table(  # one round of "was it done?", and the count it came to
    "asking",
    metadata,
    pk(),
    ref("commitment_id", "commitment"),
    Column("round", Integer, nullable=False),
    word("why"),  # 'done' | 'date:2027-03-31': the same reason asks once
    Column("at", Instant, nullable=False),
    Column("counted_at", Instant, nullable=True),
    *(Column(name, Integer, nullable=True) for name in ("asked", *ANSWERS)),
    UniqueConstraint("commitment_id", "round"),
    UniqueConstraint("commitment_id", "why"),
)

followup = Table(  # who is asked, and the answer; a later one is a row of its own, and one counts
    "followup",
    metadata,
    pk(),
    ref("commitment_id", "commitment"),
    ref("person_id", "person", null=True, index=True),
    Column("round", Integer, nullable=False),  # 0: before anybody was asked
    Column("asked_at", Instant, nullable=True),  # NULL without an answer: still to be asked; with one: said unasked
    word("answer", null=True),
    Column("text", Sealed("followup.text"), nullable=True),
    Column("read_at", Instant, nullable=True),  # when somebody of the team had read the words
    Column("first_time", Boolean, nullable=True),
    Column("again_at", Instant, nullable=True),  # the person wants to be asked once more
    Column("current", Boolean, nullable=False, server_default="1"),
    Column("at", Instant, nullable=False),
    one_of("answer", ANSWERS),
    sqlite_autoincrement=True,
)
Index(
    "uq_followup_current",
    followup.c.commitment_id,
    followup.c.round,
    followup.c.person_id,
    unique=True,
    sqlite_where=text("current"),
    postgresql_where=text("current"),
)

sighting = Table(  # who saw a visit that the office says it made; the last answer of a person stands
    "sighting",
    metadata,
    pk(),
    ref("update_id", "commitment_update"),
    ref("person_id", "person", null=True, index=True),
    word("answer"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("update_id", "person_id"),
    one_of("answer", SAW),
    sqlite_autoincrement=True,
)

muted = Table(  # enough of this topic: no news of it, or only no more questions
    "muted",
    metadata,
    pk(),
    ref("person_id", "person"),
    ref("problem_id", "problem"),
    word("what"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("person_id", "problem_id"),
    one_of("what", ("news", "questions")),
    sqlite_autoincrement=True,
)

story = Table(  # before, after, who did what; told first to those who took part
    "story",
    metadata,
    pk(),
    ref("commitment_id", "commitment"),
    Column("before", String(WORDS), nullable=False),
    Column("after", String(WORDS), nullable=False),
    Column("text", String(WORDS), nullable=False),
    Column("picture", String(200), nullable=False, server_default=""),  # name of a row of `picture`
    Column("alt", String(WORDS), nullable=False, server_default=""),
    Column("consent", Sealed("story.consent"), nullable=True),  # of those shown, and where it is kept; NULL: of nobody
    Column("video", String(200), nullable=False, server_default=""),
    word("by"),
    Column("published_at", Instant, nullable=False),
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'after': 'water all day'}}
    UniqueConstraint("commitment_id"),
    CheckConstraint("length(trim(before)) > 0 AND length(trim(after)) > 0", name="before_and_after"),
    CheckConstraint("picture = '' OR length(trim(alt)) > 0", name="alt"),
    CheckConstraint("(picture = '' AND video = '') OR consent IS NOT NULL", name="consent"),
)

shown = Table(  # who is shown in a story, and what she says to that; gone with her, and the picture with it
    "shown",
    metadata,
    pk(),
    ref("commitment_id", "commitment"),
    ref("person_id", "person", index=True),
    Column("asked_at", Instant, nullable=True),  # NULL: not by chat, so her permission is on paper
    word("answer", null=True),
    ref("consent_id", "consent", null=True),  # the evidence of a yes
    word("by"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("commitment_id", "person_id"),
    one_of("answer", MAY),
    sqlite_autoincrement=True,
)

picture = Table(  # of a story: public once those shown agreed and it was told, so its bytes are not sealed
    "picture",
    metadata,
    pk(),
    Column("name", String(32), nullable=False, unique=True),  # drawn: it stands in the address of the file
    word("state"),
    word("via"),  # the channel that gives it out; '' = it came by the command line
    Column("ref", Sealed("picture.ref"), nullable=True),  # the provider's handle, until it is fetched
    Column("data", LargeBinary, nullable=True),  # a bare JPEG, at most 60,000 bytes
    Column("width", Integer, nullable=True),
    Column("height", Integer, nullable=True),
    word("by"),
    Column("at", Instant, nullable=False),
    one_of("state", ("wanted", "kept", "failed")),
    CheckConstraint("(state = 'kept') = (data IS NOT NULL)", name="kept"),
    CheckConstraint("data IS NULL OR (width > 0 AND height > 0)", name="size"),
    sqlite_autoincrement=True,
)
