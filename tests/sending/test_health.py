"""What an operator's watch is told."""

from __future__ import annotations

import sqlite3
from functools import partial
from time import monotonic
from typing import NoReturn

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import metrics
from bot.web import health
from storage import migrate
from storage.store import Store, Unit
from tests.sending.pretend import UNSURE, FakeChannel, address_of, broadcast_to, open_senders, play, reply_to

TURNS = ("convoca_turns_total", "convoca_turn_failures_total")


def client(store: Store) -> TestClient:
    return TestClient(Starlette(routes=health.routes(store)))


def test_a_process_that_answers_is_alive(store: Store) -> None:
    assert client(store).get("/healthz").json() == {"status": "ok"}


def test_without_the_schema_of_this_program_it_is_not_ready(bare_url: str, secret: str) -> None:
    with Store(bare_url, secret) as store:
        answer = client(store).get("/readyz")
    assert (answer.status_code, answer.json()["faults"]) == (503, ["the database has another schema: convoca migrate"])


def test_a_migrated_database_with_its_key_is_ready(bare_url: str, secret: str) -> None:
    migrate.upgrade(bare_url)
    with Store(bare_url, secret) as store:
        answer = client(store).get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "faults": []})
    with Store(bare_url, "another-secret-key-of-more-than-32-characters") as store:
        assert client(store).get("/readyz").json()["faults"] == ["a secret key is missing: convoca check"]


def no_answer(work: object) -> NoReturn:
    raise OSError("connection refused")


def test_a_silent_database_is_not_ready(store: Store) -> None:
    asked = client(store)
    store.read = no_answer  # type: ignore[method-assign]
    assert asked.get("/readyz").json()["faults"] == ["the database does not answer"]
    assert asked.get("/healthz").status_code == 200


def test_a_database_that_stores_no_more_is_not_ready_for_half_a_minute(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(unit: Unit) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    asked = client(store)
    with pytest.raises(sqlite3.OperationalError):
        store.do(no_room)
    answer = asked.get("/readyz")
    assert (answer.status_code, answer.json()["faults"][0][:32]) == (503, "the database did not store somet")
    later = monotonic() + health.RECENTLY
    monkeypatch.setattr(health, "monotonic", lambda: later)
    assert asked.get("/readyz").status_code == 200


def test_metrics_tell_what_waits_and_what_was_sent(store: Store) -> None:
    fake = FakeChannel(channels=("telegram", "sms"))
    via = open_senders(store, fake)
    store.do(lambda u: broadcast_to(u, via["telegram"], [address_of(u, "a"), address_of(u, "b")]))
    fake.plan["b"] = [UNSURE]
    play(store, fake)
    store.do(lambda u: [reply_to(u, via["sms"], address_of(u, f"s{n}", channel="sms")) for n in range(3)])
    text = client(store).get("/metrics").text
    assert 'convoca_outbox_messages{sender="fake:sms",state="pending"} 3.0' in text
    assert 'convoca_outbox_messages{sender="fake:telegram",state="pending"} 0.0' in text
    assert 'convoca_sender_halted{sender="fake:sms"} 0.0' in text
    assert "convoca_recipients_unknown 1.0" in text
    assert 'convoca_sends_total{outcome="sent",sender="fake:telegram"}' in text
    assert 'convoca_sends_total{outcome="uncertain",sender="fake:telegram"}' in text


def test_the_oldest_due_message_gives_the_age_of_a_queue(store: Store) -> None:
    via = open_senders(store, FakeChannel())["telegram"]
    store.do(lambda u: reply_to(u, via, address_of(u, "a")))
    text = client(store).get("/metrics").text
    (line,) = [x for x in text.splitlines() if x.startswith("convoca_outbox_oldest_seconds{")]
    assert 0 <= float(line.rpartition(" ")[2]) < 60


def test_no_label_belongs_to_a_person(store: Store) -> None:
    assert {name for family in metrics.OURS.collect() for s in family.samples for name in s.labels} <= {
        "channel",
        "le",
        "outcome",
        "sender",
        "tick",
    }


def test_turns_are_counted_and_those_that_failed(store: Store) -> None:
    def failing(unit: Unit) -> None:
        raise ValueError

    before = {name: metrics.OURS.get_sample_value(name, {"channel": "sms"}) or 0 for name in TURNS}
    for work in (lambda unit: None, failing):
        turn = store.write(work)
        turn.exception()  # it has ended, so that the callback runs here and now
        turn.add_done_callback(partial(metrics.heard, "sms", monotonic()))
    after = {name: metrics.OURS.get_sample_value(name, {"channel": "sms"}) or 0 for name in TURNS}
    assert [after[name] - before[name] for name in TURNS] == [2, 1]
