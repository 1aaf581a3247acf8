"""Every message has an expiry (DESIGN 5): what is told too late is not sent."""

from __future__ import annotations

import typing
from dataclasses import MISSING, fields
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.actions import contest, decide, tell_closed
from storage import tables as t
from storage.broadcasts import Act
from storage.store import Store
from tests.kit import Town

PROBLEMS = ("agua", "camino", "salud", "senal", "basura")


def test_a_broadcast_without_one_can_not_be_made() -> None:
    [field] = [one for one in fields(Act) if one.name == "expires_at"]
    assert (field.default, typing.get_type_hints(Act)["expires_at"]) == (MISSING, datetime)


@pytest.fixture
def told(store: Store) -> Town:
    """A contest from its opening to its result, with a guest at the door."""
    town = Town.on(store)
    catalogues = town.app.catalogues
    phones = [town.phone("sms", f"C{n}") for n in range(6)]
    for phone, name in zip(phones, ("Ana", "Bea", "Caro", "Dora", "Elsa", "Flor"), strict=True):
        for words in ("SANMARTIN", "1", name, "1", "1"):
            phone.say(words)
    store.do(lambda u: contest.open_(u, catalogues, "sm", "me", contest.preview(u, catalogues, "sm").people))
    for phone in phones[:5]:
        phone.read()
        phone.say("2 5 1")
    for draw in (None, "48213"):
        store.do(lambda u, draw=draw: contest.close_(u, catalogues, "sm", "me", draw))  # type: ignore[misc]
    town.at(store.read(lambda u: u.now) + tell_closed.AFTER + timedelta(hours=12))
    store.do(lambda u: tell_closed.due(u, catalogues))
    for slug in PROBLEMS[:-1]:
        store.do(lambda u, slug=slug: decide.decide(u, catalogues, slug, "porque si", by="me"))  # type: ignore[misc]
    people = store.read(lambda u: decide.preview(u, catalogues, PROBLEMS[-1], "porque si")).people
    store.do(lambda u: decide.decide(u, catalogues, PROBLEMS[-1], "porque si", by="me", expect=people))
    return town


def test_every_message_has_one(told: Town) -> None:
    kinds = {row.kind for row in told.rows(t.broadcast, "kind")}
    assert kinds >= {"ballot", "closing", "result"}
    late = select(t.outbox.c.kind).where(t.outbox.c.expires_at.is_(None) | (t.outbox.c.expires_at <= t.outbox.c.due_at))
    assert told.store.read(lambda u: list(u.db.execute(late).scalars())) == []
