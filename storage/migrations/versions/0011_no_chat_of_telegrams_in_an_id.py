"""A message of Telegram's is kept without the id of its chat, which is the address of a person (ADR 25)."""

import hmac
import re
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

CHAT = re.compile(r"-?\d{1,16}(?=:)")
PRESSED = "cb:"  # before the id of a press, which begins with the person's
DIGITS = 24  # hexadecimal
LENGTH = 200  # of an id
SENDERS = sa.text("SELECT id, name, name || ':' AS head FROM sender WHERE via = 'telegram'")
# Where such an id stands, of which sender, and what stands before it.
PLACES = (
    ("inbound", "provider_id", "sender_id = :id", ""),
    ("outbox", "provider_id", "sender_id = :id AND provider_id IS NOT NULL", ""),
    ("ballot", "provider_msg_id", "provider = :name", ""),
    ("checkin", "nonce", "nonce LIKE :head || '%'", "head"),
)


def upgrade() -> None:
    """The key is drawn here and thrown away: ids stay different, and equal where they were, and nobody can try them."""
    key, db = secrets.token_bytes(32), op.get_bind()
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("PRAGMA secure_delete = ON")
    for sender in db.execute(SENDERS).mappings().all():
        for table, column, mine, head in PLACES:
            _rewrite(key, sa.table(table, sa.column("id"), sa.column(column)), mine, sender, str(sender.get(head, "")))


def _rewrite(key: bytes, table: sa.TableClause, mine: str, sender: sa.RowMapping, head: str) -> None:
    db, (id, column) = op.get_bind(), table.c
    known = db.execute(sa.select(id, column).where(sa.text(mine)), dict(sender)).all()
    anew = [{"row": row, "kept": head + _without(key, was.removeprefix(head))} for row, was in known]
    if anew:
        db.execute(sa.update(table).where(id == sa.bindparam("row")).values({column: sa.bindparam("kept")}), anew)


def _without(key: bytes, id: str) -> str:
    """'812345671:7' -> '0f4e...:7'; an id that holds no chat stays."""
    if id.startswith(PRESSED):
        return f"{PRESSED}{_digest(key, id)}"
    chat = CHAT.match(id)
    return f"{_digest(key, chat[0])}{id[chat.end() :]}"[:LENGTH] if chat else id


def _digest(key: bytes, of: str) -> str:
    return hmac.digest(key, of.encode(), "sha256").hex()[:DIGITS]
