"""People, their addresses, their permissions; organisations and the tree of territories."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
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

territory = Table(
    "territory",
    metadata,
    pk(),
    ref("parent_id", "territory", null=True, index=True),
    Column("slug", String(80), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    word("kind"),
    Column("country", String(2), nullable=False),
    word("tz"),
    one_of("kind", ("country", "province", "comarca", "district", "corregimiento", "community")),
)

organisation = Table(
    "organisation",
    metadata,
    pk(),
    Column("slug", String(80), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("short_name", String(30), nullable=False),  # as an SMS says it, at most 30 characters
    word("kind"),
    Column("phone", String(30), nullable=False, server_default=""),
    Column("hours", String(120), nullable=False, server_default=""),
    Column("email", String(120), nullable=False, server_default=""),  # where it is asked about what it promised
    Column("texts", JSON, nullable=False, server_default="{}"),  # {'en': {'short_name': 'the office'}}
    one_of("kind", ("public", "private", "civil", "academia", "other", "unknown")),
)

person = Table(  # exists only after a yes
    "person",
    metadata,
    pk(),
    Column("token", String(16), nullable=False, unique=True),  # the pseudonym staff sees: P-7KTQ2M
    Column("name", Sealed("person.name"), nullable=True),
    word("age_band", null=True),
    word("lang", default="es"),
    word("form", default=""),  # 'tu' | 'usted' | '' = the lab's default
    Column("code", String(12), nullable=True),  # her own on a shared phone, given with a first choice: she has no place
    ref("territory_id", "territory", null=True, index=True),
    Column("created_at", Instant, nullable=False),
    Column("erased_at", Instant, nullable=True),
    Column("joined_id", BigInteger, nullable=True, index=True),  # whose rows hers are now: one human, two phones
    one_of("age_band", ("adult", "teen")),
    Column("reminders", Boolean, nullable=False, server_default="1"),  # SIN RECORDATORIO: of no place to come
    CheckConstraint("erased_at IS NULL OR name IS NULL", name="erased_has_no_name"),
)

address = Table(  # found by its keyed fingerprint; its row is the lock of a turn
    "address",
    metadata,
    pk(),
    word("channel"),
    Column("fingerprint", String(80), nullable=False),  # '<key id>:<hex>'
    Column("value", Sealed("address.value"), nullable=True),  # NULL once wiped: nothing can be sent to it
    ref("sender_id", "sender", null=True),  # our identity the person wrote to last
    word("lang", default="es"),
    word("form", default=""),
    ref("speaker_id", "person", null=True),  # who writes on a shared phone (SOY LUIS)
    Column("reachable", Boolean, nullable=False, server_default="1"),
    Column("last_inbound_at", Instant, nullable=True),
    Column("opted_out_at", Instant, nullable=True),
    Column("forget", Boolean, nullable=False, server_default="0"),  # wipe once the last reply has left
    Column("last_reply", Sealed("address.last_reply"), nullable=True),  # {'text','conversation','args'}: said twice?
    Column("last_reply_at", Instant, nullable=True),
    Column("misses", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
    Column("wrong_codes", Integer, nullable=False, server_default="0"),  # personal codes that were none
    Column("wrong_codes_since", Instant, nullable=True),  # the first of them; they count for a day
    Column("country", String(2), nullable=True),  # of its number; '' where none is told by it, NULL: not looked at yet
    Column("no_news_at", Instant, nullable=True),  # she stopped what is not about her own place, at the provider
    UniqueConstraint("channel", "fingerprint"),
)

contact = Table(  # a person is not a phone: several persons on an address, several addresses of a person
    "contact",
    metadata,
    pk(),
    ref("person_id", "person"),
    ref("address_id", "address", index=True),
    Column("since", Instant, nullable=False),
    UniqueConstraint("person_id", "address_id"),
    sqlite_autoincrement=True,
)

joining = Table(  # a second phone of a person: the code told on the first, then for a week the way back
    "joining",
    metadata,
    pk(),
    ref("person_id", "person"),
    ref("told_id", "address", index=True),  # where the code was told
    Column("mark", String(80), nullable=True, unique=True),  # '<key id>:<hex>' of the code; NULL once it is used up
    Column("until", Instant, nullable=False),  # how long the code serves; of two phones, how long they can be parted
    ref("joined_id", "address", null=True, index=True),  # the second phone
    Column("before", SealedJson("joining.before"), nullable=True),  # who wrote there before, and which rows were hers
    CheckConstraint("mark IS NULL OR joined_id IS NULL", name="used_once"),
    sqlite_autoincrement=True,
)
Index(
    "uq_joining_code",
    joining.c.person_id,
    unique=True,
    sqlite_where=text("mark IS NOT NULL"),
    postgresql_where=text("mark IS NOT NULL"),
)

consent = Table(  # evidence: the exact words shown and the answer given; a row, not a flag
    "consent",
    metadata,
    pk(),
    ref("person_id", "person", null=True, index=True),  # NULL after erasure; the fingerprint stays 3 years
    Column("fingerprint", String(80), nullable=False),
    word("purpose"),
    ref("lab_id", "lab", null=True, index=True),
    Column("text_version", String(16), nullable=False),  # first 16 hex of SHA-256 of the text
    Column("text", Text, nullable=False),
    word("lang"),
    word("channel"),
    ref("inbound_id", "inbound", null=True),  # the message that answered
    Column("at", Instant, nullable=False),
    Column("answer", Boolean, nullable=False),
    Column("withdrawn_at", Instant, nullable=True),
    word("withdrawn_how", null=True),  # 'exit', 'provider', 'asked', 'joined', 'unpublished', 'erased' (permissions.py)
    ref("withdrawn_inbound_id", "inbound", null=True),  # the message that did it; none of a provider or a list of ours
    Column("unlinked_at", Instant, nullable=True),  # when the person went; 3 years later the evidence goes too
    one_of("purpose", ("lab", "news", "publish")),
)

suppression = Table(  # who left: an import can not bring them back; survives erasure
    "suppression",
    metadata,
    pk(),
    word("channel"),
    Column("fingerprint", String(80), nullable=False),
    word("reason"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("channel", "fingerprint"),
)

listed = Table(  # numbers of a list: asked once and never again; before a yes there is the address and this, no name
    "listed",
    metadata,
    pk(),
    ref("address_id", "address"),
    ref("lab_id", "lab", index=True),
    Column("source", String(80), nullable=False),  # as the message says it: 'la lista del primer laboratorio'
    Column("at", Instant, nullable=False),
    Column("asked_at", Instant, nullable=False),  # when the one message may leave; 30 days count from it
    UniqueConstraint("address_id"),
)

erasure = Table(  # proof of erasure: a code and dates, nothing of the person
    "erasure",
    metadata,
    pk(),
    Column("code", String(12), nullable=False, unique=True),
    Column("done_at", Instant, nullable=False),
    Column("backups_until", Instant, nullable=False),
    Column("people", Integer, nullable=False),
)

copy_link = Table(  # a way to one's own copy for 72 hours; who has only the database can not open it
    "copy_link",
    metadata,
    pk(),
    ref("person_id", "person", index=True),
    Column("mark", String(64), nullable=False, unique=True),  # SHA-256 of the token, hex; the token is kept nowhere
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("opened", Integer, nullable=False, server_default="0"),  # downloads since `opened_at`
    Column("opened_at", Instant, nullable=True),
)

handover = Table(  # somebody asked for a human, or was not understood twice
    "handover",
    metadata,
    pk(),
    ref("address_id", "address", index=True),
    ref("person_id", "person", null=True),
    word("reason"),
    Column("at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("done_at", Instant, nullable=True),
    Column("talk_id", BigInteger, nullable=True),  # the question that the last voice note answers; 0: none was open
    word("taken_by", null=True),  # who of the team reads a complaint about a person, until its day is over
    sqlite_autoincrement=True,
)

not_understood = Table(  # the pile that the team reads and answers; its text goes after 30 days
    "not_understood",
    metadata,
    pk(),
    ref("address_id", "address", index=True),
    word("conversation", default=""),
    word("question", default=""),
    Column("text", Sealed("not_understood.text"), nullable=True),
    Column("at", Instant, nullable=False),
    Column("resolved_at", Instant, nullable=True),
    sqlite_autoincrement=True,
)

Index("ix_consent_live", consent.c.lab_id, consent.c.purpose, consent.c.person_id)
