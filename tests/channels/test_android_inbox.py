"""The inbox of the phone: what a webhook lost is found, what it brought does not count twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels._android_inbox import BACK, BEFORE, PAGE, PAGES, Cursor, entries, news, stamp
from bot.channels._android_sms import moment
from tests.channels.test_android_hook import RECEIVED, event, sms, told

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
NONE: frozenset[str] = frozenset()


def entry(**more: object) -> dict[str, object]:
    """As the phone lists it."""
    return {
        "id": "text:-1203",
        "type": "SMS",
        "sender": "+50760000001",
        "contentPreview": "SI",
        "createdAt": RECEIVED,
        **more,
    }


@pytest.mark.parametrize(
    ("text", "who", "when"),
    [
        ("SI", "+50760000001", RECEIVED),
        ("", "60000001", RECEIVED),
        ("Sí\n👍 \ud800", "6000-0001", "2026-11-21T09:59:58.123+-5:00"),
        ("2", "+573001234567", "2026-11-21T14:59:58Z"),
    ],
)
def test_an_sms_of_the_inbox_is_the_message_of_its_webhook(text: str, who: str, when: str) -> None:
    by_webhook = told(event("sms:received", sms(message=text, sender=who, receivedAt=when))).messages
    by_inbox, keys = news([entry(contentPreview=text, sender=who, createdAt=when)], "PA", NONE)
    assert list(by_inbox.messages) == list(by_webhook)
    assert keys == {by_webhook[0].provider_id}


def test_the_oldest_comes_first_and_what_is_known_not_at_all() -> None:
    listed = [entry(contentPreview=text) for text in ("third", "second", "first")]
    everything, keys = news(listed, "PA", NONE)
    assert [m.text for m in everything.messages] == ["first", "second", "third"]
    later, again = news([entry(contentPreview="fourth"), *listed], "PA", keys)
    assert [m.text for m in later.messages] == ["fourth"]
    assert again > keys


def test_the_same_sms_listed_twice_is_one() -> None:
    assert len(news([entry(), entry(id="text:7")], "PA", NONE)[0].messages) == 1


@pytest.mark.parametrize("who", ["123", "CLARO"])
def test_short_codes_and_names_are_nobody(who: str) -> None:
    found, keys = news([entry(sender=who)], "PA", NONE)
    assert (list(found.messages), list(found.unread), keys) == ([], [], NONE)


@pytest.mark.parametrize(
    "strange",
    [None, 7, "text", [], {}, entry(sender=None), entry(contentPreview=None), entry(createdAt="yesterday")],
)
def test_what_is_not_understood_is_kept_once(strange: object) -> None:
    found, keys = news([strange, entry()], "PA", NONE)
    assert len(found.messages) == len(found.unread) == 1
    assert found.unread[0].payload == json.dumps(strange, sort_keys=True)
    assert not news([strange, entry()], "PA", keys)[0].unread


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.fixed_dictionaries(
    {}, optional={"sender": JSON, "contentPreview": JSON, "createdAt": JSON | st.datetimes().map(lambda d: f"{d}Z")}
)


@given(st.lists(JSON | ENTRIES, max_size=5))
@settings(deadline=None)
def test_whatever_is_listed_is_news_or_kept_or_nobody(listed: list[object]) -> None:
    found, keys = news(listed, "PA", NONE)
    assert len(found.messages) + len(found.unread) == len(keys) <= len(listed)


# --- asking -------------------------------------------------------------------------------------------------------


class Inbox:
    """So many SMS, given out as the phone does."""

    def __init__(self, count: int) -> None:
        self.asked: list[Mapping[str, str]] = []
        self._all = [entry(contentPreview=str(n)) for n in range(count, 0, -1)]

    async def ask(self, params: Mapping[str, str]) -> Any:
        self.asked.append(params)
        start = int(params["offset"])
        return self._all[start : start + int(params["limit"])]


@pytest.mark.parametrize(
    ("count", "answers"), [(0, 1), (3, 1), (PAGE - 1, 1), (PAGE, 2), (2 * PAGE + 5, 3), (PAGE * (PAGES + 2), PAGES)]
)
def test_the_whole_inbox_is_read_in_pages(count: int, answers: int) -> None:
    inbox = Inbox(count)
    found = asyncio.run(entries(inbox.ask, NOW - BACK, NOW))
    assert len(found) == min(count, PAGE * PAGES)
    assert [a["offset"] for a in inbox.asked] == [str(PAGE * n) for n in range(answers)]
    assert {(a["type"], a["from"], a["to"]) for a in inbox.asked} == {
        ("SMS", "2026-11-19T15:00:00.000Z", "2026-11-21T15:00:00.000Z")
    }


def test_an_answer_that_is_no_list_is_not_read() -> None:
    async def ask(params: Mapping[str, str]) -> Any:
        return {"message": "no"}

    with pytest.raises(ValueError, match="list"):
        asyncio.run(entries(ask, NOW, NOW))


# --- the cursor ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "/", "yesterday", "2026-11-21T15:00:00.000Z", "a/b/c", "2026-11-21/2026-11-21"])
def test_the_first_look_goes_back_ten_minutes(text: str) -> None:
    assert Cursor.read(text, NOW).since == NOW - BEFORE


@pytest.mark.parametrize(
    ("began", "looked", "since"),
    [
        (timedelta(days=30), timedelta(minutes=10), timedelta(days=2, minutes=10)),
        (timedelta(days=30), timedelta(days=9), timedelta(days=11)),
        (timedelta(hours=5), timedelta(minutes=10), timedelta(hours=5)),
    ],
)
def test_a_look_goes_back_two_days_before_the_last_and_never_before_the_first(
    began: timedelta, looked: timedelta, since: timedelta
) -> None:
    written = str(Cursor(NOW - began, NOW - looked))
    assert Cursor.read(written, NOW) == Cursor(NOW - began, NOW - looked)
    assert Cursor.read(written, NOW).since == NOW - since


def test_a_time_is_written_as_the_app_reads_it() -> None:
    assert stamp(NOW + timedelta(microseconds=7999)) == "2026-11-21T15:00:00.007Z"
    assert moment(stamp(NOW)) == NOW
