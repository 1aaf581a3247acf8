"""Webhooks: read, stored, and only then answered; what is forged or cut off leaves nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from bot import metrics
from bot.app import App
from bot.channels import Answer, Channel, Hook, Identity, News, Request
from bot.errors import SendError, Unwelcome
from bot.message import MAX_BODY, Message, Parcel, Reach, Receipt, Unread
from bot.outbox import ensure_senders
from bot.web import dressed, hooks
from storage import outbox, people
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import parts

ANA, SENDER = "+50760000001", "drum:one"
FOREIGN = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}


class Drum:
    """A little channel: its webhook takes JSON that says what is told."""

    name = "drum"

    def __init__(self) -> None:
        self.seen: list[Request] = []

    @classmethod
    def open(cls, settings: object, *, demo: bool) -> Drum | None:
        return cls()

    def identities(self) -> Sequence[Identity]:
        return [Identity(name=SENDER, channel="sms", rate=10.0)]

    async def send(self, parcel: Parcel) -> str:
        raise SendError("it only listens")

    def hooks(self) -> Sequence[Hook]:
        return [Hook(path="/webhooks/drum", read=self.read), Hook(path="/webhooks/drum/{id}", read=self.read)]

    def read(self, request: Request) -> News:
        self.seen.append(request)
        if request.headers.get("x-key") != "right":
            raise Unwelcome(403, "the key is wrong")
        told = json.loads(request.body)
        if "unwelcome" in told:
            raise Unwelcome(told["unwelcome"], "as it was asked for")
        return News(
            messages=[
                Message(channel="sms", sender=SENDER, provider_id=text, address=ANA, text=text)
                for text in told.get("say", ())
            ],
            receipts=[
                Receipt(sender=SENDER, provider_id=f"p{id}", rank=rank, outbox_id=id)
                for id, rank in told.get("receipts", ())
            ],
            reaches=[
                Reach(sender=SENDER, channel="sms", address=ANA, reachable=there) for there in told.get("reach", ())
            ],
            unread=[Unread(sender=SENDER, provider_id=id, payload=text, why="new") for id, text in told.get("odd", ())],
            answer=Answer(**told.get("answer", {})),
        )


@pytest.fixture
def drum() -> Drum:
    return Drum()


@pytest.fixture
def app(store: Store, drum: Drum) -> App:
    ensure_senders(store, {"drum": drum})
    return App(store, parts())


@pytest.fixture
def client(app: App, drum: Drum) -> Iterator[TestClient]:
    channels: dict[str, Channel] = {"drum": drum}
    with TestClient(dressed(hooks.routes(app, channels)), base_url="http://localhost") as opened:
        yield opened


def tell(
    client: TestClient, path: str = "/webhooks/drum", *, key: str = "right", headers: Any = None, **told: Any
) -> Any:
    return client.post(path, json=told, headers={"x-key": key, **(headers or {})})


def rows(store: Store, table: Any) -> list[Any]:
    return store.read(lambda unit: list(unit.db.execute(select(table).order_by(table.c.id)).all()))


def counted(end: str) -> float:
    return metrics.hooks.labels("drum", end)._value.get()  # type: ignore[no-any-return]


# --- stored, then answered ------------------------------------------------------------------------------------------


def test_a_message_is_stored_and_answered_once_whatever_often_it_comes(client: TestClient, store: Store) -> None:
    before = counted("taken")
    answers = [tell(client, say=["HOLA"]) for _ in range(3)]
    assert [(a.status_code, a.text, a.headers.get("content-type")) for a in answers] == [(200, "", None)] * 3
    assert [row.provider_id for row in rows(store, t.inbound)] == ["HOLA"]
    assert len(rows(store, t.outbox)) == 1
    assert counted("taken") == before + 3


def waiting(unit: Unit) -> int:
    """A message to Ana that a provider has taken."""
    at = people.lock_address(unit, "sms", ANA)
    people.set_address(unit, at.id, value=ANA, sender_id=1)
    id = outbox.put_reply(unit, sender_id=1, address_id=at.id, person_id=None, reply={"text": "hola"})
    unit.db.execute(t.outbox.update().values(state="sent", provider_id=f"p{id}", rank=3))
    return id


def test_everything_that_is_told_at_once_is_stored(client: TestClient, store: Store) -> None:
    mine = store.do(waiting)
    answer = tell(client, receipts=[[mine, 5]], reach=[False], odd=[["x1", '{"poll": "¿?"}'], ["", "no id"]])
    assert answer.status_code == 200
    assert [(row.rank, row.state) for row in rows(store, t.outbox)] == [(5, "sent")]
    assert [row.reachable for row in rows(store, t.address)] == [False]
    kept = {row.payload for row in rows(store, t.inbound) if row.state == "quarantined"}
    assert kept == {'{"poll": "¿?"}', "no id"}
    tell(client, odd=[["x1", "again"], ["", "no id"]])
    assert len(rows(store, t.inbound)) == 2


def test_what_a_person_says_is_stored_in_its_order(client: TestClient, store: Store) -> None:
    said = [f"palabra {n}" for n in range(5)]
    tell(client, say=said)
    assert [row.provider_id for row in rows(store, t.inbound)] == said


@pytest.mark.parametrize(
    ("answer", "status", "body", "kind"),
    [
        ({}, 200, "", None),
        ({"body": "<Response/>", "type": "text/xml"}, 200, "<Response/>", "text/xml; charset=utf-8"),
        ({"body": '{"ok": 1}', "type": "application/json"}, 200, '{"ok": 1}', "application/json"),
        ({"status": 204}, 204, "", None),
    ],
)
def test_the_provider_hears_what_its_channel_answers(
    client: TestClient, answer: dict[str, Any], status: int, body: str, kind: str | None
) -> None:
    heard = tell(client, say=["HOLA"], answer=answer)
    assert (heard.status_code, heard.text, heard.headers.get("content-type")) == (status, body, kind)
    assert heard.headers["cache-control"] == "no-store"


def test_a_reader_is_given_the_whole_request(client: TestClient, drum: Drum) -> None:
    before = datetime.now(UTC)
    client.post(
        "/webhooks/drum/a%20b?x=1&y=%C3%B1", content=b'{"say": []}', headers={"X-KEY": "right", "X-More": "yes"}
    )
    [seen] = drum.seen
    assert (seen.path, seen.query, seen.params) == ("/webhooks/drum/a b", "x=1&y=%C3%B1", {"id": "a b"})
    assert (seen.headers["x-key"], seen.body) == ("right", b'{"say": []}')
    assert before <= seen.now <= datetime.now(UTC)
    assert all(name == name.lower() for name in seen.headers)


# --- nothing stored -------------------------------------------------------------------------------------------------


class Broken(App):
    """Its database does not answer."""

    def hear(self, news: News) -> list[Future[Any]]:
        failed: list[Future[Any]] = [Future(), Future()]
        for future in failed:
            future.set_exception(sqlite3.OperationalError("disk I/O error"))
        return failed


def test_without_the_database_the_provider_is_asked_to_come_again(store: Store, app: App, drum: Drum) -> None:
    broken = Broken(store, app.parts)
    with TestClient(dressed(hooks.routes(broken, {"drum": drum})), base_url="http://localhost") as client:
        answer = tell(client, say=["HOLA"])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "HOLA" not in answer.text
    assert rows(store, t.inbound) == []


def test_a_full_disk_stores_nothing_and_says_503(
    client: TestClient, store: Store, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, full = store.write, [True]

    def refuses(work: Any, lane: str = "") -> Any:
        def breaks(unit: Unit) -> None:
            work(unit)
            raise sqlite3.OperationalError("database or disk is full")

        return write(breaks if full else work, lane)

    monkeypatch.setattr(store, "write", refuses)
    assert tell(client, say=["HOLA"], odd=[["x1", "?"]]).status_code == 503
    assert (rows(store, t.inbound), rows(store, t.outbox), rows(store, t.address)) == ([], [], [])
    full.clear()
    assert tell(client, say=["HOLA"], odd=[["x1", "?"]]).status_code == 200
    assert len(rows(store, t.inbound)) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 415])
def test_what_is_not_welcome_hears_its_status_and_no_more(client: TestClient, store: Store, status: int) -> None:
    before = counted("refused")
    answer = tell(client, unwelcome=status)
    assert (answer.status_code, answer.text) == (status, "refused")
    assert rows(store, t.inbound) == []
    assert counted("refused") == before + 1


def test_who_forges_learns_nothing(client: TestClient, store: Store) -> None:
    answer = tell(client, key="guessed", say=["HOLA"])
    assert (answer.status_code, answer.text) == (403, "refused")
    assert rows(store, t.inbound) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"say": "Ana', b'{"answer": {"colour": 1}}'])
def test_a_reader_that_breaks_is_400(client: TestClient, store: Store, body: bytes) -> None:
    answer = client.post("/webhooks/drum", content=body, headers={"x-key": "right"})
    assert (answer.status_code, answer.text) == (400, "refused")
    assert rows(store, t.inbound) == []


def test_a_body_over_the_limit_is_not_read(client: TestClient, drum: Drum) -> None:
    assert client.post("/webhooks/drum", content=b"x" * (MAX_BODY + 1), headers={"x-key": "right"}).status_code == 413
    assert drum.seen == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_webhook_is_posted_to(client: TestClient, drum: Drum, method: str) -> None:
    assert client.request(method, "/webhooks/drum").status_code == 405
    assert drum.seen == []


# --- only here may others write -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/webhooks/drum", 200),
        ("/webhooks/drum/12", 200),
        ("/webhooks/nobody", 404),
        ("/webhooks", 403),
        ("/webhooksdrum", 403),
        ("/simulador/sms", 403),
        ("/%2e%2e/webhooks/drum", 403),
        ("//webhooks/drum", 403),
    ],
)
def test_another_site_is_let_in_at_webhooks_alone(client: TestClient, path: str, status: int) -> None:
    assert tell(client, path, headers=FOREIGN, say=["HOLA"]).status_code == status


def test_a_turn_can_not_be_called_off_once_it_was_given(app: App) -> None:
    """A process that stops cancels what it waits for; the turn goes on, and its end must find its listener."""
    message = Message(channel="sms", sender=SENDER, provider_id="1", address=ANA, text="HOLA")
    told = app.receive(message)
    assert not told.cancel()
    assert told.result(20) is True
