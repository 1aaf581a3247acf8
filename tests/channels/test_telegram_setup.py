"""Who the bot says it is, where it listens, how it asks, and what `convoca check` tells of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import TypeVar

import pytest

from bot import words
from bot.channels import Closed, Examined, Finding, Hooked, News, Polled, Prepared, discover
from bot.channels._telegram_line import Line
from bot.channels._telegram_texts import PAGES
from bot.channels._telegram_updates import KINDS
from bot.channels.telegram import Telegram
from bot.errors import SendError, Unwelcome
from bot.i18n import Catalogues
from bot.message import Message, Option, Parcel, Reply
from bot.router import by_word
from bot.router import discover as conversations
from fakes.provider import Outgoing, Reset, Throttle
from fakes.telegram import Telegram as Fake
from tests.channels.telegram_kit import HIDDEN, NOW, SECRET, SENDER, TOKEN, USERNAME, Settings, posted
from tests.channels.test_telegram_errors import policy
from tests.channels.test_telegram_send import SPEC

SITE = "https://bot.example"
HOOK = f"{SITE}/webhooks/telegram"
T = TypeVar("T")


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake(TOKEN, spec=SPEC) as telegram:
        telegram.meet("1001", "Ana")
        yield telegram
        assert telegram.faults == []


def opened(fake: Fake, public_url: str = "", token: str = TOKEN) -> Telegram:
    secret = type(HIDDEN)(token)
    settings = Settings(telegram_api_url=fake.url, public_url=public_url, telegram_token=secret)
    channel = Telegram.open(settings, demo=False)
    assert channel is not None
    return channel


def run(channel: Telegram, work: Callable[[], Awaitable[T]]) -> T:
    async def through() -> T:
        try:
            return await work()
        finally:
            await channel.close()

    return asyncio.run(through())


def prepared(fake: Fake, public_url: str = "") -> Telegram:
    channel = opened(fake, public_url)
    run(channel, channel.prepare)
    return channel


def called(fake: Fake) -> list[str]:
    return [exchange.operation for exchange in fake.log]


# --- on or off ------------------------------------------------------------------------------------------------------


def test_it_is_found_and_has_all_that_a_channel_may_have() -> None:
    channel = Telegram.open(Settings(), demo=False)
    assert discover()["telegram"] is Telegram
    for ability in (Hooked, Polled, Prepared, Examined, Closed):
        assert isinstance(channel, ability)


@pytest.mark.parametrize("demo", [True, False])
def test_without_a_token_it_is_off(demo: bool) -> None:
    assert Telegram.open(Settings(telegram_token=type(HIDDEN)("")), demo=demo) is None


POLLS: list[tuple[str, str, bool]] = [  # public address, Bot API's address, whether we ask
    ("", "https://api.telegram.org", True),
    (SITE, "https://api.telegram.org", False),
    ("http://bot.example", "https://api.telegram.org", True),  # Telegram posts by https alone
    ("http://bot.example", "https://api.telegram.org/", True),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8081", False),  # a Bot API server of one's own
    ("", "http://127.0.0.1:8081", True),
]


@pytest.mark.parametrize(("public_url", "api_url", "asks"), POLLS)
def test_without_an_address_telegram_can_post_to_we_ask(public_url: str, api_url: str, asks: bool) -> None:
    channel = Telegram.open(Settings(public_url=public_url, telegram_api_url=api_url), demo=False)
    assert channel is not None
    assert channel.polls == (SENDER if asks else "")


# --- the start ------------------------------------------------------------------------------------------------------


def test_the_webhook_is_set_with_its_secret(fake: Fake) -> None:
    prepared(fake, SITE)
    [call] = fake.calls("setWebhook")
    assert call.params["url"] == HOOK
    assert call.params["secret_token"] == SECRET
    assert call.params["allowed_updates"] == list(KINDS)
    assert "drop_pending_updates" not in call.params


def test_without_an_address_a_webhook_of_before_is_taken_away(fake: Fake) -> None:
    prepared(fake, SITE)
    channel = prepared(fake)
    assert (fake.queue.url, channel.polls) == ("", SENDER)


def test_commands_and_descriptions_are_set_once(fake: Fake) -> None:
    prepared(fake)
    first = called(fake)
    assert [len(fake.calls(f"setMy{what}")) for what in ("Commands", "Description", "ShortDescription")] == [2, 2, 2]
    prepared(fake)
    assert not [call for call in called(fake)[len(first) :] if call.startswith("setMy")]


def test_a_description_that_somebody_wrote_stays(fake: Fake) -> None:
    fake.profile.texts["description", ""] = "Somos la Junta Comunal de Ejemplo."
    prepared(fake)
    assert not fake.calls("setMyDescription")
    assert fake.calls("setMyShortDescription")


@pytest.mark.parametrize("what", ["setMyCommands", "setMyDescription", "getMyShortDescription"])
def test_the_bot_starts_without_its_descriptions_too(fake: Fake, what: str) -> None:
    fake.plan(Throttle(3600), operation=what)
    prepared(fake, SITE)
    assert fake.queue.url == HOOK


@pytest.mark.parametrize("what", ["getMe", "setWebhook"])
def test_without_a_webhook_the_start_is_tried_again(fake: Fake, what: str) -> None:
    fake.plan(Throttle(5), operation=what)
    channel = opened(fake, SITE)
    with pytest.raises(SendError) as error:
        run(channel, channel.prepare)
    assert policy(error.value) == {"throttled": True, "retry_after": 6.0}


@pytest.mark.parametrize("lang", PAGES)
def test_every_command_is_a_word_that_the_bot_understands(lang: str) -> None:
    registry, spoken = conversations(), Catalogues.load().words
    for name, about in PAGES[lang].commands:
        said = f"/{name}"
        begins = by_word(registry, said, words.command(said, spoken))
        assert begins is not None, said
        assert 1 <= len(about) <= 256
    page = PAGES[lang]
    assert len(page.description) <= 512
    assert len(page.about) <= 120


# --- by webhook -----------------------------------------------------------------------------------------------------


def by_hand(channel: Telegram, heard: list[Message]) -> Callable[[Outgoing], tuple[int, str]]:
    """Takes webhooks to the channel as the web does."""

    def carry(out: Outgoing) -> tuple[int, str]:
        secret = {name.lower(): value for name, value in out.headers.items()}.get("x-telegram-bot-api-secret-token")
        try:
            news: News = channel.read(posted(out.body, secret))
        except Unwelcome as refused:
            return refused.status, ""
        heard.extend(news.messages)
        return news.answer.status, news.answer.body

    return carry


def test_what_is_written_and_tapped_comes_by_webhook(fake: Fake) -> None:
    channel, heard = prepared(fake, SITE), list[Message]()
    fake._carry = by_hand(channel, heard)
    fake.write("1001", start="lab-sm", name="Ana")
    reply = Reply(text="¿Vas?", options=(Option(1, "Sí", "t1|going|yes"), Option(2, "No", "t1|going|no")))
    parcel = Parcel(ref="1", attempt=1, sender=SENDER, address="1001", reply=reply, now=NOW)
    run(channel, lambda: channel.send(parcel))
    fake.tap("1001", "1 Sí")
    fake.tap_old("1001", "2 No")
    assert [(one.text, one.button) for one in heard] == [
        ("/start lab-sm", ""),
        ("", "t1|going|yes"),
        ("", "t1|going|no"),
    ]
    assert fake.unanswered() == []


def test_a_forged_webhook_is_refused(fake: Fake) -> None:
    channel, heard = prepared(fake, SITE), list[Message]()
    fake._carry = by_hand(channel, heard)
    assert fake.raw({"message": {}}, secret="guess").status == 403
    assert not heard


# --- by asking ------------------------------------------------------------------------------------------------------


def test_what_is_written_and_tapped_comes_by_asking(fake: Fake) -> None:
    channel = prepared(fake)
    fake.write("1001", "Hola", name="Ana")
    fake.write("1001", "1")
    news, cursor = run(channel, lambda: channel.poll(""))
    assert [one.text for one in news.messages] == ["Hola", "1"]
    assert len(fake.queue.pending) == 2  # nothing is confirmed before it is stored
    reply = Reply(text="¿Vas?", options=(Option(1, "Sí", "t1|going|yes"),))
    parcel = Parcel(ref="1", attempt=1, sender=SENDER, address="1001", reply=reply, now=NOW)
    run(channel, lambda: channel.send(parcel))
    fake.tap("1001", "1 Sí")
    news, after = run(channel, lambda: channel.poll(cursor))
    assert [one.button for one in news.messages] == ["t1|going|yes"]
    assert int(after) == int(cursor) + 1
    assert (fake.unanswered(), news.answer.body) == ([], "")


def test_in_a_group_the_link_names_the_bot_even_if_nobody_has_prepared_it(fake: Fake) -> None:
    channel = opened(fake)
    fake.join("-5005", by="1001")
    fake.write("1001", f"/start@{USERNAME}", group="-5005")
    news, _ = run(channel, lambda: channel.poll(""))
    brought, asked = [one.private for one in news.messages]
    assert brought == asked == f"https://t.me/{USERNAME}?start=hola"


def test_who_asks_first_ends_a_webhook_of_before(fake: Fake) -> None:
    """The process that asks may be faster than the one that prepares."""
    prepared(fake, SITE)
    fake.write("1001", "Hola")
    channel = opened(fake)
    news, _ = run(channel, lambda: channel.poll(""))
    assert [one.text for one in news.messages] == ["Hola"]


def test_one_strange_update_does_not_hold_up_the_others(fake: Fake) -> None:
    channel = prepared(fake)
    fake.raw({"message": {"text": "x"}})
    fake.write("1001", "Hola")
    news, cursor = run(channel, lambda: channel.poll(""))
    assert [one.text for one in news.messages] == ["Hola"]
    [strange] = news.unread
    assert strange.provider_id == f"update:{int(cursor) - 2}"
    assert json.loads(strange.payload)["message"] == {"text": "x"}


@pytest.mark.parametrize("act", [Throttle(5), Reset()], ids=repr)
def test_a_press_that_can_not_be_answered_counts_all_the_same(fake: Fake, act: Throttle | Reset) -> None:
    channel = prepared(fake)
    reply = Reply(text="¿Vas?", options=(Option(1, "Sí", "t1|going|yes"),))
    parcel = Parcel(ref="1", attempt=1, sender=SENDER, address="1001", reply=reply, now=NOW)
    run(channel, lambda: channel.send(parcel))
    fake.tap("1001", "1 Sí")
    fake.plan(act, operation="answerCallbackQuery")
    news, _ = run(channel, lambda: channel.poll(""))
    assert [one.button for one in news.messages] == ["t1|going|yes"]


def test_who_asks_beside_a_webhook_is_halted(fake: Fake) -> None:
    channel = prepared(fake)
    prepared(fake, SITE)
    with pytest.raises(SendError) as error:
        run(channel, lambda: channel.poll(""))
    assert policy(error.value) == {"halt": True}  # it hears nothing; sending goes on


def test_who_asks_with_a_wrong_token_is_halted(fake: Fake) -> None:
    channel = opened(fake, token=TOKEN + "x")
    with pytest.raises(SendError) as error:
        run(channel, lambda: channel.poll(""))
    assert policy(error.value) == {"halt": True, "alert": True}


def test_when_nobody_writes_the_cursor_stays(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.LONG_POLL", 0)
    channel = prepared(fake)
    news, cursor = run(channel, lambda: channel.poll("41"))
    assert (news.messages, cursor) == ([], "41")
    assert fake.calls("getUpdates")[0].params["offset"] == "41"


# --- convoca check --------------------------------------------------------------------------------------------------


def told(channel: Telegram) -> list[Finding]:
    return list(run(channel, channel.examine))


def test_all_is_well(fake: Fake) -> None:
    channel = prepared(fake, SITE)
    assert [(one.ok, one.text) for one in told(channel)] == [
        (True, f"Telegram: the token is good, the bot is @{USERNAME}"),
        (True, "Telegram: updates are posted to bot.example"),
    ]


def test_asking_is_well_too(fake: Fake) -> None:
    [_, place] = told(prepared(fake))
    assert place == Finding(ok=True, text="Telegram: updates are asked for (no CONVOCA_PUBLIC_URL)")


def test_a_wrong_token_says_where_to_get_another(fake: Fake) -> None:
    [only] = told(opened(fake, token=TOKEN + "x"))
    assert not only.ok
    assert "@BotFather" in only.text
    assert "CONVOCA_TELEGRAM_TOKEN" in only.text
    assert TOKEN not in only.text


def test_telegram_that_is_not_reached_says_so(fake: Fake) -> None:
    channel = opened(fake)
    fake.stop()
    [only] = told(channel)
    assert not only.ok
    assert "CONVOCA_TELEGRAM_API_URL" in only.text


@pytest.mark.parametrize(
    ("before", "now", "part"),
    [
        ("https://other.example/secret/hook", SITE, "posted to other.example, not to our address"),
        ("", SITE, "no webhook is set yet"),
        (SITE, "", "updates are posted to bot.example. `convoca run` asks for them instead"),
    ],
)
def test_a_webhook_that_is_not_as_wanted_says_what_happens(fake: Fake, before: str, now: str, part: str) -> None:
    fake.queue.url = f"{before}/webhooks/telegram" if before == SITE else before
    place = told(opened(fake, now))[1]
    assert not place.ok
    assert part in place.text
    assert "secret" not in place.text


AGES = [(40, "40 s", False), (12 * 60, "12 min", False), (5 * 3600, "5 h", False), (3 * 86400, "3 days", True)]


@pytest.mark.parametrize(("seconds", "said", "ok"), AGES)
def test_a_webhook_that_failed_says_when_and_what_to_do(fake: Fake, seconds: int, said: str, ok: bool) -> None:
    prepared(fake, SITE)
    then = NOW - timedelta(seconds=seconds)
    failed = {"last_error_date": int(then.timestamp()), "last_error_message": "Connection timed out"}
    fake.queue._info |= failed
    channel = Telegram(Line(fake.url, TOKEN), 7000001, rate=1.0, secret=SECRET, webhook=HOOK, now=lambda: NOW)
    *_, last = told(channel)
    assert last.ok is ok
    assert f"failed {said} ago: Connection timed out" in last.text
    assert ("CONVOCA_PUBLIC_URL" in last.text) is not ok


@pytest.mark.parametrize(("count", "ok"), [(3, True), (101, False)])
def test_updates_that_wait_are_told(fake: Fake, count: int, ok: bool) -> None:
    channel = prepared(fake)
    for _ in range(count):
        fake.raw({"message": {}})
    last = told(channel)[-1]
    assert (last.ok, f"{count} updates wait" in last.text) == (ok, True)
