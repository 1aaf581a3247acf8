"""People of the team: who they are, what they may do and where, and the invitations they asked for."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, text

from storage.sealed import Sealed
from storage.tables.base import Instant, metadata, one_of, pk, ref, word

ROLES = ("admin", "facilitator", "entity", "verifier", "auditor")
CHANNELS = ("telegram", "whatsapp")  # a sender of an SMS can be forged: no role is ever used by SMS

staff = Table(  # a person of the team, who may write from several addresses
    "staff",
    metadata,
    pk(),
    Column("token", String(16), nullable=False, unique=True),  # how the audit log names this person: F-7KTQ2M
    Column("name", Sealed("staff.name"), nullable=True),  # first name, as colleagues read it
    Column("created_at", Instant, nullable=False),
)

staff_role = Table(  # a row says what this address may do; taken back, it stays as a record
    "staff_role",
    metadata,
    pk(),
    ref("staff_id", "staff", index=True),
    ref("address_id", "address", index=True),
    word("channel"),
    word("role"),
    ref("lab_id", "lab", null=True),  # NULL = every lab
    word("granted_by"),
    Column("at", Instant, nullable=False),
    Column("revoked_at", Instant, nullable=True),
    word("revoked_by", null=True),
    one_of("role", ROLES),
    one_of("channel", CHANNELS),
    CheckConstraint("role NOT IN ('admin', 'auditor') OR lab_id IS NULL", name="everywhere"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked"),
)
Index(
    "uq_staff_role_lab",
    staff_role.c.address_id,
    staff_role.c.role,
    staff_role.c.lab_id,
    unique=True,
    sqlite_where=text("revoked_at IS NULL AND lab_id IS NOT NULL"),
    postgresql_where=text("revoked_at IS NULL AND lab_id IS NOT NULL"),
)
Index(
    "uq_staff_role_everywhere",
    staff_role.c.address_id,
    staff_role.c.role,
    unique=True,
    sqlite_where=text("revoked_at IS NULL AND lab_id IS NULL"),
    postgresql_where=text("revoked_at IS NULL AND lab_id IS NULL"),
)

staff_sending = Table(  # an invitation that a facilitator asked for by chat: approved, awaited, sent, told back
    "staff_sending",
    metadata,
    pk(),
    ref("session_id", "session"),
    word("audience"),
    Column("revision", Integer, nullable=False),  # of the session as she saw it
    Column("people", Integer, nullable=False),  # the number she typed
    ref("staff_id", "staff"),
    ref("address_id", "address"),  # where she is told
    ref("approver_id", "staff", null=True),
    word("state"),
    Column("at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),  # when it goes out
    Column("wait_until", Instant, nullable=True),  # with nobody to approve: not before
    Column("asked_at", Instant, nullable=True),  # when the other person was asked
    ref("broadcast_id", "broadcast", null=True),
    Column("report_at", Instant, nullable=True),
    Column("reported_at", Instant, nullable=True),
    Column("told_at", Instant, nullable=True),  # when she heard what the other person decided
    one_of("audience", ("first", "community", "both")),
    one_of("state", ("asked", "waiting", "sent", "stopped", "refused")),
    CheckConstraint("approver_id IS NULL OR approver_id <> staff_id", name="another_person"),
    CheckConstraint("state <> 'sent' OR broadcast_id IS NOT NULL", name="sent"),
)
Index(
    "uq_staff_sending_open",
    staff_sending.c.session_id,
    staff_sending.c.audience,
    unique=True,
    sqlite_where=text("state IN ('asked', 'waiting')"),
    postgresql_where=text("state IN ('asked', 'waiting')"),
)
