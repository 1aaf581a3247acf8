"""Whatever is posted to the webhook is told or refused: nothing of it is a crash."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import News
from bot.channels._telegram_updates import MAX_PAYLOAD, Told, Whom
from bot.channels._telegram_updates import read as read_update
from bot.errors import Unwelcome
from tests.channels.telegram_kit import (
    AT,
    GROUP,
    IDS,
    SECRET,
    SENDER,
    USERNAME,
    Json,
    file,
    member,
    opened,
    posted,
    said,
    tapped,
    update,
)

CHANNEL = opened()
WHOM = Whom(id=7000001, sender=SENDER, ids=IDS, username=USERNAME)
SEEDS: list[Json] = [
    update(message=said(f"/start@{USERNAME} lab-x")),
    update(message=said("x", chat=GROUP, reply_to_message=said("y", chat=GROUP))),
    update(edited_message=said("Ana", edit_date=AT)),
    update(message=said(voice=file(duration=3), caption="x", media_group_id="1")),
    update(message=said(photo=[file(width=1, height=1)])),
    update(message=said(venue={"location": {"latitude": 8, "longitude": -79}, "title": "a", "address": "b"})),
    update(callback_query=tapped()),
    update(callback_query=tapped(message={"message_id": 7, "date": 0, "chat": {"id": 1001, "type": "private"}})),
    update(my_chat_member=member("kicked")),
    update(message=said("/x", entities=[{"type": "bot_command", "offset": 0, "length": 2}])),
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**31, 2**70)
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["private", "supergroup", "kicked", "/start", "1001", "\ud800", "\0", "1e999"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def fits(told: Told) -> bool:
    """It may be stored: nothing that a database or the outbox would choke on."""
    assert all(isinstance(one.provider_id, str) for one in (told.message, told.unread) if one)
    if told.message:
        assert told.message.address.removeprefix("-").isdecimal()
        assert all(isinstance(text, str) for text in (told.message.text, told.message.button, told.message.profile))
        assert told.message.sent_at is None or told.message.sent_at.tzinfo is not None
    return told.unread is None or len(told.unread.payload) <= MAX_PAYLOAD


def hear(body: bytes) -> News | None:
    """Read it as the webhook does; None: refused."""
    try:
        news = CHANNEL.read(posted(body, SECRET))
    except Unwelcome as refused:
        assert refused.status in (400, 413)  # noqa: PT017  # either is right
        return None
    return news


def safe(news: News | None) -> bool:
    """It was refused, or may be stored."""
    return news is None or all(len(one.payload) <= MAX_PAYLOAD for one in news.unread)


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    assert safe(hear(body))


@given(values)
def test_any_json(value: Any) -> None:
    assert fits(read_update(value, WHOM, json.dumps(value)))
    assert safe(hear(json.dumps(value).encode()))


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, one in inner for path in paths(one, (*here, key)))]


@settings(max_examples=400)
@given(st.data())
def test_any_update_of_which_parts_are_something_else(data: st.DataObject) -> None:
    body = copy.deepcopy(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 3))):
        if not body:
            break
        *way, last = data.draw(st.sampled_from([path for path in paths(body) if path]))
        inside: Any = body
        for key in way:
            inside = inside[key]
        if isinstance(inside, dict) and data.draw(st.booleans()):
            del inside[last]
        else:
            inside[last] = data.draw(values)
    assert fits(read_update(body, WHOM, json.dumps(body)))
    assert safe(hear(json.dumps(body).encode()))


@settings(max_examples=60)
@given(st.sampled_from(SEEDS), st.integers(0, 400))
def test_an_update_cut_off_anywhere_is_refused(body: Json, at: int) -> None:
    whole = json.dumps(body).encode()
    assert hear(whole[: min(at, len(whole) - 1)]) is None
