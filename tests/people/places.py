"""Where personal data could stand in the clear: every byte that is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from bot.clock import OWN
from storage import tables as t
from storage.store import Store
from tests.kit import Town


def in_the_database(store: Store) -> Iterator[tuple[str, bytes]]:
    """(place, bytes) of all that is stored: every byte of SQLite's files, every value of PostgreSQL's tables."""
    if store.dialect == "sqlite":
        path = Path(make_url(store.url).database or "")
        yield from ((file.name, file.read_bytes()) for file in path.parent.glob(f"{path.name}*"))
        return
    with psycopg.connect(store.url.render_as_string(hide_password=False)) as db:
        for table in t.metadata.sorted_tables:
            for row in db.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table.name))):
                yield table.name, b"\x00".join(v if isinstance(v, bytes) else str(v).encode() for v in row)


def traces(store: Store, *wanted: str) -> list[str]:
    """Where one of these texts stands in the clear, in whatever case."""
    places = list(in_the_database(store))
    assert sum(len(held) for _place, held in places) > 1000
    return [f"{word} in {place}" for place, held in places for word in wanted if word.lower().encode() in held.lower()]


def words_kept(town: Town) -> list[str]:
    """All words that came, were sent, were not understood, or wait: everything readable that stands at a phone."""
    for tick in OWN:
        town.store.do(tick.work)
    places = ((t.inbound, "payload"), (t.outbox, "body"), (t.not_understood, "text"), (t.talk, "state"))
    held = [row[0] for table, name in (*places, (t.address, "last_reply")) for row in town.rows(table, name)]
    return [words for words in held if words is not None]


# --- what leads from an act to a phone ----------------------------------------------------------------------------


def ledger_ties(town: Town, *broadcasts: int) -> list[str]:
    """Rows of the ledger and of the outbox that lead from these broadcasts (none named: from any) to somebody."""
    codes = {row.id: (row.idem, row.created_at) for row in town.rows(t.broadcast, "id", "idem", "created_at")}
    wanted = set(broadcasts) or set(codes)
    entries = town.rows(t.recipient, "id", "broadcast_id", "person_id", "address_id", "variant")
    mine = {row.id: row for row in entries if row.broadcast_id in wanted}
    words = {row.id for row in town.rows(t.broadcast_text, "id", "broadcast_id") if row.broadcast_id in wanted}
    moments = {codes[one][1] for one in wanted}
    left = [
        f"{codes[row.broadcast_id][0]}: recipient.{name}"
        for row in mine.values()
        for name in ("person_id", "address_id", "variant")
        if getattr(row, name) is not None
    ]
    for row in town.rows(t.outbox, "kind", "recipient_id", "text_id", "created_at", "due_at"):
        left += ["outbox.recipient_id"] * (row.recipient_id in mine) + ["outbox.text_id"] * (row.text_id in words)
        left += ["outbox.created_at"] * (row.kind == "broadcast" and bool({row.created_at, row.due_at} & moments))
    return left


def message_ties(town: Town) -> list[str]:
    """What carries the mark or the very moment of a message that came in, and so leads to its phone.

    Permissions do (the evidence of one is its message), and so does what nobody can read anything from.
    """
    came = {row.received_at for row in town.rows(t.inbound, "received_at")}
    marks = {row.provider_id for row in town.rows(t.inbound, "provider_id")}
    moments = (
        (t.contribution, "at", "withdrawn_at"),
        (t.appeal, "at"),
        (t.ballot, "received_at"),
        (t.followup, "at"),
        (t.sighting, "at"),
        (t.registration, "created_at", "changed_at"),
        (t.registration_log, "at"),
        (t.enrolment, "at"),
        (t.offer, "answered_at"),
    )
    left = [
        f"{table.name}.{name}" for table, *names in moments for name in names
        for row in town.rows(table, name) if row[0] in came
    ]  # fmt: skip
    left += ["ballot.provider_msg_id" for row in town.rows(t.ballot, "provider_msg_id") if row[0] in marks]
    return left + ["contribution.inbound_id" for row in town.rows(t.contribution, "inbound_id") if row[0] is not None]
