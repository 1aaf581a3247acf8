"""The audit log: appended, chained by a tick, and every change of it noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Executable, delete, insert, select, update

from storage import audit
from storage.store import Store, Unit
from storage.tables import audit_event, setting

SCOPE = "contest:lab-3"


def event(
    kind: str, subject: str = "", payload: dict[str, object] | None = None, **more: Any
) -> Callable[[Unit], None]:
    return lambda unit: audit.record(unit, kind, subject, payload, **more)


def execute(statement: Executable) -> Callable[[Unit], None]:
    """A work that does this and nothing else."""

    def work(unit: Unit) -> None:
        unit.db.execute(statement)

    return work


@pytest.fixture
def log(store: Store) -> Store:
    """Five events of the main log, three of a contest, all chained."""
    for n in range(5):
        store.do(event("load", f"plan-{n}", {"n": n, "text": "Ñandú"}))
    for n in range(3):
        store.do(event("ballot", f"{n}", actor="bot", scope=SCOPE))
    assert store.do(audit.chain) == 8
    return store


def test_a_chain_holds_and_ends_in_its_head(log: Store) -> None:
    assert log.read(audit.verify) == []
    assert log.read(audit.head).seq == 5
    assert log.read(lambda unit: audit.head(unit, SCOPE)).seq == 3
    assert log.read(lambda unit: audit.head(unit, "contest:none")) == audit.Head(0, "0" * 64)


def test_the_hash_is_the_one_that_was_promised(log: Store) -> None:
    """Recomputed here by hand, as an outsider would."""
    prev = bytes(32)
    chained = select(audit_event).where(audit_event.c.scope == SCOPE).order_by(audit_event.c.seq)
    for row in log.read(lambda unit: unit.db.execute(chained).all()):
        event = {
            "at": row.at.isoformat(timespec="microseconds"),
            "actor": "bot",
            "kind": "ballot",
            "payload": {},
            "scope": SCOPE,
            "seq": row.seq,
            "subject": row.subject,
        }
        text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert bytes(row.prev) == prev
        prev = hashlib.sha256(prev + text.encode()).digest()
        assert bytes(row.hash) == prev


def test_an_event_goes_with_its_unit(store: Store) -> None:
    def fails(unit: Unit) -> None:
        audit.record(unit, "load")
        raise LookupError

    with pytest.raises(LookupError):
        store.do(fails)
    assert store.do(audit.chain) == 0


def test_chaining_goes_on_where_it_stopped(log: Store) -> None:
    for n in range(5):
        log.do(event("more", f"{n}", scope=SCOPE if n % 2 else ""))
    assert [log.do(lambda unit: audit.chain(unit, limit=2)) for _ in range(4)] == [2, 2, 1, 0]
    assert log.read(audit.verify) == []
    assert log.read(audit.head).seq == 8


def test_many_processes_chain_at_once_and_append_meanwhile(database_url: str, secret: str) -> None:
    with Store(database_url, secret) as one, Store(database_url, secret) as other:
        futures: list[Future[None] | Future[int]] = []
        for n in range(60):
            store = (one, other)[n % 2]
            futures.append(store.write(event("e", f"{n}", scope=f"{n % 3}")))
            futures.append(store.write(partial(audit.chain, limit=7)))
        for future in futures:
            future.result(30)
        while one.do(audit.chain):
            pass
        assert one.read(audit.verify) == []
        assert sum(one.read(partial(audit.head, scope=f"{n}")).seq for n in range(3)) == 60


def at(seq: int) -> Callable[[Unit], int]:
    """The row id of a link of the main log."""
    where = (audit_event.c.scope == "", audit_event.c.seq == seq)
    return lambda unit: int(unit.db.execute(select(audit_event.c.id).where(*where)).scalar_one())


CHANGES: dict[str, dict[str, object]] = {
    "payload": {"payload": {"n": 99}},
    "actor": {"actor": "somebody"},
    "subject": {"subject": "plan-7"},
    "prev": {"prev": bytes(32)},
    "hash": {"hash": b"x" * 32},
    "scope": {"scope": "contest:other"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_event_is_noticed(log: Store, change: str) -> None:
    row = log.read(at(3))
    log.do(execute(update(audit_event).where(audit_event.c.id == row).values(CHANGES[change])))
    assert any("main log" in fault for fault in log.read(audit.verify))


@pytest.mark.parametrize("seq", [1, 3, 4])
def test_a_dropped_event_is_noticed(log: Store, seq: int) -> None:
    row = log.read(at(seq))
    log.do(execute(delete(audit_event).where(audit_event.c.id == row)))
    assert log.read(audit.verify)[0] == f"audit event {seq + 1} of the main log follows {seq - 1}: one was dropped"


def test_events_that_changed_places_are_noticed(log: Store) -> None:
    second, third = log.read(at(2)), log.read(at(3))

    def swap(unit: Unit) -> None:
        for row, seq in ((second, 99), (third, 2), (second, 3)):
            unit.db.execute(update(audit_event).where(audit_event.c.id == row).values(seq=seq))

    log.do(swap)
    assert len(log.read(audit.verify)) >= 2


def test_an_event_put_in_later_is_noticed(log: Store) -> None:
    row = {"kind": "load", "actor": "x", "payload": {}, "seq": 6, "prev": bytes(32), "hash": bytes(32)}
    log.do(execute(insert(audit_event).values(at=datetime.now(UTC), **row)))
    assert log.read(audit.verify) == [
        "audit event 6 of the main log does not hang on the one before it",
        "audit event 6 of the main log was changed",
    ]


def test_an_end_that_was_cut_off_shows_against_the_published_head(log: Store) -> None:
    published = {
        "": log.read(audit.head),
        SCOPE: log.read(lambda unit: audit.head(unit, SCOPE)),
        "new": audit.Head(0, ""),
    }
    assert log.read(lambda unit: audit.verify(unit, published)) == []
    log.do(execute(delete(audit_event).where(audit_event.c.id == log.read(at(5)))))
    log.do(execute(delete(setting)))
    assert log.read(audit.verify) == []
    assert log.read(lambda unit: audit.verify(unit, published)) == [GONE]


GONE = "audit event 5 of the main log is gone: it was the last one that was kept or published"


def test_the_last_event_is_missed_when_it_goes(log: Store) -> None:
    """The head of each chain is kept in another table."""
    log.do(execute(delete(audit_event).where(audit_event.c.id == log.read(at(5)))))
    assert log.read(audit.verify) == [GONE]


def test_what_comes_later_does_not_hide_that_the_end_was_cut_off(log: Store) -> None:
    log.do(execute(delete(audit_event).where(audit_event.c.id == log.read(at(5)))))
    log.do(event("later"))
    log.do(audit.chain)
    assert "audit event 6 of the main log follows 4: one was dropped" in log.read(audit.verify)


def test_a_whole_chain_that_goes_is_missed(log: Store) -> None:
    log.do(execute(delete(audit_event).where(audit_event.c.scope == SCOPE)))
    (fault,) = log.read(audit.verify)
    assert fault.startswith(f"audit event 3 of {SCOPE} is gone")


def test_the_last_event_is_not_written_anew(log: Store) -> None:
    """With its own hash put right the chain holds, but it is not the head that was kept."""
    row = log.read(at(5))
    log.do(execute(update(audit_event).where(audit_event.c.id == row).values(payload={"n": 99})))
    changed = log.read(lambda unit: unit.db.execute(select(audit_event).where(audit_event.c.id == row)).one())
    right = audit._hash(bytes(changed.prev), changed.seq, changed)
    log.do(execute(update(audit_event).where(audit_event.c.id == row).values(hash=right)))
    assert log.read(audit.verify) == ["audit event 5 of the main log is not the one that was kept or published"]


def test_chains_of_an_older_program_get_their_heads_kept(log: Store) -> None:
    log.do(execute(delete(setting)))
    assert log.do(audit.keep) == 2
    assert log.do(audit.keep) == 0
    log.do(execute(delete(audit_event).where(audit_event.c.id == log.read(at(5)))))
    assert log.read(audit.verify) == [GONE]
    assert log.do(audit.keep) == 0, "what is left of a chain is not taken for its end"


@pytest.mark.parametrize("payload", [{"n": 1.5}, {"deep": [{"n": 0.0}]}])
def test_a_float_has_no_place_in_the_log(store: Store, payload: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="float"):
        store.do(lambda unit: audit.record(unit, "load", payload=payload))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
)


@given(JSON)
def test_one_value_has_one_spelling(value: object) -> None:
    assert json.loads(audit.canon(value)) == value
    assert audit.canon(json.loads(audit.canon(value))) == audit.canon(value)
