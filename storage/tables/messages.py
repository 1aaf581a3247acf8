"""The queue is the database: senders, inbound ids, talks, broadcasts with their ledger, the outbox (DESIGN 5)."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.sealed import Sealed, SealedJson
from storage.tables.base import Instant, metadata, one_of, pk, ref, word

# Their numbers stand in buttons and with providers. SQLite never gives one again, also when its row is gone.
LASTING = ("talk", "broadcast", "outbox")

sender = Table(  # one identity with one limit: a bot token, a WhatsApp number, an SMS number, a SIM
    "sender",
    metadata,
    pk(),
    Column("name", String(80), nullable=False, unique=True),  # 'simulator:sms'
    word("channel"),
    word("via"),  # the file of bot/channels that carries it
    Column("interval_us", BigInteger, nullable=False),  # microseconds a slot: 1e6 / rate
    Column("next_us", BigInteger, nullable=False, server_default="0"),  # GCRA: next free slot, epoch microseconds
    Column("halted_at", Instant, nullable=True),
    Column("halted_why", Text, nullable=True),
    Column("alerted_at", Instant, nullable=True),  # when the operator was told of this stop
    Column("off_at", Instant, nullable=True),  # since when no setting names it any more: it is halted, too
    Column("window", Integer, nullable=True),  # seconds after a message of hers that free text may go; NULL: always
    Column("templates", JSON, nullable=True),  # {'recordatorio': ['es']}: approved texts, which may go at any time
)

closed_country = Table(  # a sender can not send to this country for now: what is for there waits, the others go on
    "closed_country",
    metadata,
    pk(),
    ref("sender_id", "sender"),
    Column("country", String(2), nullable=False),
    Column("closed_at", Instant, nullable=False),
    Column("until", Instant, nullable=True),  # NULL: until the next start
    Column("why", Text, nullable=False),
    Column("alerted_at", Instant, nullable=True),  # when the operator was told
    UniqueConstraint("sender_id", "country"),
)

inbound = Table(  # (sender, provider_id) is kept for ever against replay; the payload 30 days
    "inbound",
    metadata,
    pk(),
    ref("sender_id", "sender"),
    Column("provider_id", String(200), nullable=False),
    ref("address_id", "address", null=True, index=True),
    Column("received_at", Instant, nullable=False),
    Column("payload", Sealed("inbound.payload"), nullable=True),  # {'text','button','media',...}
    word("state", default="done"),
    Column("error_id", String(16), nullable=True),
    ref("person_id", "person", null=True),  # whose words, on a phone of several people, as far as it is known
    UniqueConstraint("sender_id", "provider_id"),
    one_of("state", ("done", "failed", "quarantined")),
)

talk = Table(  # one open conversation; deleted at its end: it is personal data
    "talk",
    metadata,
    pk(),
    ref("address_id", "address", index=True),
    ref("person_id", "person", null=True, index=True),
    word("conversation"),
    Column("args", SealedJson("talk.args"), nullable=False),  # what it is about; may hold what a stranger typed
    Column("state", Sealed("talk.state"), nullable=True),  # answers, shown, done, looks: JSON text
    word("pending", null=True),  # name of the open question
    Column("offer", Boolean, nullable=False, server_default="0"),  # nobody needs to answer it: it holds nothing up
    Column("asked_at", Instant, nullable=True),  # when the question was put into the outbox, or sent
    Column("opened_by", BigInteger, nullable=True),  # outbox row of a broadcast that asked the first question
    Column("nudge_at", Instant, nullable=True, index=True),
    Column("nudged", Boolean, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

broadcast = Table(  # the only mass sender: telling an event is a broadcast whose audience is computed
    "broadcast",
    metadata,
    pk(),
    Column("code", String(12), nullable=False, unique=True),
    Column("idem", String(120), nullable=False, unique=True),  # 'announce:sm1:1': the same act twice is one broadcast
    word("kind"),  # 'invitation' | 'reminder' | 'ballot' | 'result' | ...
    ref("lab_id", "lab", null=True),
    ref("session_id", "session", null=True),
    ref("contest_id", "contest", null=True),
    word("state"),
    word("by"),
    Column("opens", JSON, nullable=True),  # {'conversation','args'}: what an answer to it begins
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=True),
    Column("audience", Integer, nullable=False, server_default="0"),
    one_of("state", ("sending", "stopped", "done")),
    sqlite_autoincrement=True,
)

broadcast_text = Table(  # content once per variant, not once per person: {name} is filled at sending
    "broadcast_text",
    metadata,
    pk(),
    ref("broadcast_id", "broadcast"),
    Column("variant", String(120), nullable=False),  # '<channel>/<lang>/<form>/<own|shared phone>/<group>'
    Column("body", JSON, nullable=False),  # Reply.to_json()
    UniqueConstraint("broadcast_id", "variant"),
)

recipient = Table(  # the ledger: audience = sent + failed + skipped + unknown + pending, at any moment
    "recipient",
    metadata,
    pk(),
    ref("broadcast_id", "broadcast"),
    ref("person_id", "person", null=True, index=True),
    ref("address_id", "address", null=True),
    word("state"),
    word("reason", null=True),
    Column("variant", String(120), nullable=True),
    Column("at", Instant, nullable=False),
    UniqueConstraint("broadcast_id", "person_id"),
    one_of("state", ("pending", "sent", "failed", "skipped", "unknown")),
)
Index("ix_recipient_broadcast_state", recipient.c.broadcast_id, recipient.c.state)

outbox = Table(
    "outbox",
    metadata,
    pk(),
    ref("sender_id", "sender"),
    ref("address_id", "address", index=True),
    ref("person_id", "person", null=True),
    word("kind"),
    Column("priority", Integer, nullable=False),  # 0 reply, 1 notice, 2 broadcast
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=True),
    word("state"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(80), nullable=True),
    Column("lease_until", Instant, nullable=True),
    Column("started_at", Instant, nullable=True),
    Column("sent_at", Instant, nullable=True),
    ref("recipient_id", "recipient", null=True),
    Column("part", Integer, nullable=False, server_default="1"),
    Column("attempt", Integer, nullable=False, server_default="1"),  # grows: a later try, another address
    ref("text_id", "broadcast_text", null=True),
    Column("body", Sealed("outbox.body"), nullable=True),  # JSON text of Reply; NULL = broadcast_text, or wiped
    Column("talk_id", BigInteger, nullable=True, index=True),  # the talk whose question this asks
    Column("provider_id", String(200), nullable=True),
    Column("uncertain", Integer, nullable=False, server_default="0"),
    Column("rank", Integer, nullable=False, server_default="0"),
    Column("error", Text, nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("first_id", BigInteger, nullable=True),  # of a later try: the message's first row
    Column("looked_up_at", Instant, nullable=True),  # when its provider was last asked what became of it
    Column("forget", Boolean, nullable=False, server_default="0"),  # its words go once it has left
    UniqueConstraint("recipient_id", "part", "attempt"),
    one_of("kind", ("reply", "notice", "broadcast")),
    one_of("state", ("pending", "held", "claimed", "started", "sent", "failed", "expired", "cancelled", "unknown")),
    sqlite_autoincrement=True,
)
Index(
    "ix_outbox_pending",
    outbox.c.sender_id,
    outbox.c.priority,
    outbox.c.due_at,
    outbox.c.id,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)
Index(
    "ix_outbox_leased",
    outbox.c.lease_until,
    sqlite_where=text("state IN ('claimed', 'started')"),
    postgresql_where=text("state IN ('claimed', 'started')"),
)
Index(
    "ix_outbox_expiry",
    outbox.c.expires_at,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)
Index("ix_outbox_provider", outbox.c.sender_id, outbox.c.provider_id)

receipt = Table(  # what providers told later, as told; ranks only rise
    "receipt",
    metadata,
    pk(),
    ref("outbox_id", "outbox", null=True, index=True),
    Column("provider_id", String(200), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("error", String(200), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
)
