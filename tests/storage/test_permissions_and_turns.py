"""0010: who had left has taken her permissions back, as evidence; whoever waits for a place has a turn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, insert, select
from sqlalchemy.exc import IntegrityError

from storage.migrate import upgrade
from storage.tables import consent, registration
from tests.storage.test_migrations import connected, fill

THEN, LATER = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)


def before(db: Connection, name: str) -> Table:
    """A table as it is before 0010."""
    found = MetaData()
    found.reflect(db, only=[name])
    return found.tables[name]


def put(db: Connection, name: str, **values: Any) -> int:
    """One more row, like the first but for these; its id."""
    table = before(db, name)
    rows = [dict(row) for row in db.execute(select(table).order_by(table.c.id)).mappings()]
    id = int(rows[-1]["id"]) + 1
    db.execute(insert(table).values(rows[0] | {"id": id} | values))
    return id


def neighbour(db: Connection, n: int, *phones: datetime | None, **row: Any) -> int:
    """A permission of somebody with these phones, each of them left at that moment or not."""
    who = put(db, "person", token=f"P-{n:06}", joined_id=None)
    for i, left in enumerate(phones):
        at = put(db, "address", fingerprint=f"1:{n}{i}", value=b"sealed", opted_out_at=left)
        put(db, "contact", person_id=who, address_id=at)
    given = {"person_id": who, "answer": True, "withdrawn_at": None, "purpose": "lab", **row}
    return put(db, "consent", **given)


def test_leaving_of_before_is_evidence_by_now(bare_url: str, secret: str) -> None:
    upgrade(bare_url, "0009", secrets=secret)
    with connected(bare_url) as db:
        fill(db)
        kept = {
            "stays": neighbour(db, 1, None),
            "left": neighbour(db, 2, THEN),
            "left both": neighbour(db, 3, THEN, LATER),
            "goes on elsewhere": neighbour(db, 4, THEN, None),
            "published": neighbour(db, 5, THEN, purpose="publish"),
            "unpublished": neighbour(db, 6, None, purpose="publish", withdrawn_at=THEN),
            "joined": neighbour(db, 7, None, withdrawn_at=THEN),
            "said no": neighbour(db, 8, THEN, answer=False),
        }
    upgrade(bare_url, secrets=secret)
    with connected(bare_url) as db:
        rows = {row.id: (row.withdrawn_at, row.withdrawn_how) for row in db.execute(select(consent))}
    assert {name: rows[id] for name, id in kept.items()} == {
        "stays": (None, None),
        "left": (THEN, "exit"),
        "left both": (LATER, "exit"),
        "goes on elsewhere": (None, None),
        "published": (None, None),
        "unpublished": (THEN, "unpublished"),
        "joined": (THEN, "joined"),
        "said no": (None, None),
    }


def waits(db: Connection, person: int, **values: Any) -> int:
    """Somebody in the queue of the first session."""
    who = put(db, "person", token=f"P-W{person:05}", joined_id=None)
    place = {"session_id": 1, "person_id": who, "state": "waiting", "code": None, "party_id": None, "queue_key": None}
    return put(db, "registration", **(place | values))


def test_who_lost_her_turn_stands_where_she_was_read_first(bare_url: str, secret: str) -> None:
    upgrade(bare_url, "0009", secrets=secret)
    with connected(bare_url) as db:
        fill(db)
        third = waits(db, 1, queue_key=3)
        first, second = waits(db, 2), waits(db, 3)
        along = waits(db, 4, person_id=None, party_id=first)
        gone = waits(db, 5, state="declined")
    upgrade(bare_url, secrets=secret)
    ours = (first, second, third, along, gone)
    with connected(bare_url) as db:
        query = select(registration.c.id, registration.c.queue_key).where(registration.c.id.in_(ours))
        found = db.execute(query.order_by(registration.c.queue_key, registration.c.id)).all()
    rows = {row.id: row.queue_key for row in found}
    assert rows == {first: 0, second: 0, third: 3, along: None, gone: None}
    assert [id for id in rows if rows[id] is not None] == [first, second, third]


@pytest.mark.parametrize(("values", "taken"), [({}, False), ({"queue_key": 1}, True), ({"state": "registered"}, True)])
def test_nobody_waits_without_a_turn(bare_url: str, secret: str, values: dict[str, Any], taken: bool) -> None:
    upgrade(bare_url, secrets=secret)
    with connected(bare_url) as db:
        fill(db)
        if taken:
            assert waits(db, 1, **values)
            return
        with pytest.raises(IntegrityError), db.begin_nested():
            waits(db, 1, **values)
