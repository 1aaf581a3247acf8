"""The same work by hand on sqlite3, with nothing of ours: what the machine itself costs."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from time import perf_counter

SCHEMA = """
CREATE TABLE inbound (id INTEGER PRIMARY KEY, provider TEXT UNIQUE, payload BLOB);
CREATE TABLE address (id INTEGER PRIMARY KEY, mark TEXT UNIQUE, value BLOB, last TEXT);
CREATE TABLE talk (id INTEGER PRIMARY KEY, address INTEGER, state BLOB);
CREATE TABLE outbox (id INTEGER PRIMARY KEY, address INTEGER, body BLOB, state TEXT, recipient INTEGER);
CREATE TABLE recipient (id INTEGER PRIMARY KEY, person INTEGER, state TEXT);
CREATE TABLE person (id INTEGER PRIMARY KEY, address INTEGER);
"""


def opened(path: Path) -> sqlite3.Connection:
    """A database with the few tables that the work needs, set as ours is."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.executescript(SCHEMA)
    return db


def turns(db: sqlite3.Connection, count: int, group: int) -> float:
    """Turns a second: id, address, talk and reply written, `group` of them in one commit."""
    began = perf_counter()
    for first in range(0, count, group):
        db.execute("BEGIN IMMEDIATE")
        for n in range(first, min(first + group, count)):
            db.execute("INSERT INTO inbound (provider, payload) VALUES (?, ?)", (f"m{n}", b"x" * 60))
            db.execute("INSERT OR IGNORE INTO address (mark, value) VALUES (?, ?)", (f"a{n // 5}", b"x" * 40))
            found = db.execute("SELECT id FROM address WHERE mark = ?", (f"a{n // 5}",)).fetchone()
            db.execute(
                "INSERT OR REPLACE INTO talk (id, address, state) VALUES (?, ?, ?)", (found[0], found[0], b"x" * 300)
            )
            db.execute("INSERT INTO outbox (address, body, state) VALUES (?, ?, 'pending')", (found[0], b"x" * 200))
        db.execute("COMMIT")
    return count / (perf_counter() - began)


def snapshot(db: sqlite3.Connection, people: int) -> float:
    """People a second: a recipient and a message for each, by two statements."""
    db.execute("BEGIN")
    db.executemany("INSERT INTO person (address) VALUES (?)", ((n,) for n in range(people)))
    db.execute("COMMIT")
    began = perf_counter()
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO recipient (person, state) SELECT id, 'pending' FROM person")
    db.execute(
        "INSERT INTO outbox (address, state, recipient) SELECT address, 'pending', recipient.id"
        " FROM recipient JOIN person ON person.id = recipient.person"
    )
    db.execute("COMMIT")
    return people / (perf_counter() - began)


def drain(db: sqlite3.Connection, count: int, lot: int) -> float:
    """Messages a second: claimed and marked as sent, `lot` at a time."""
    db.execute("DELETE FROM outbox")
    db.execute("BEGIN")
    db.executemany("INSERT INTO outbox (address, state) VALUES (?, 'pending')", ((n,) for n in range(count)))
    db.execute("COMMIT")
    began = perf_counter()
    while ids := [row[0] for row in db.execute("SELECT id FROM outbox WHERE state = 'pending' LIMIT ?", (lot,))]:
        for state in ("claimed", "started", "sent"):
            db.execute("BEGIN IMMEDIATE")
            db.executemany("UPDATE outbox SET state = ? WHERE id = ?", ((state, id) for id in ids))
            db.execute("COMMIT")
    return count / (perf_counter() - began)
