"""What leaves for Telegram, seen on the phone; what went wrong, and what is done about it."""

from __future__ import annotations

import asyncio
import gc
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.channels._telegram_line import Line
from bot.channels.telegram import Telegram
from bot.errors import SendError
from bot.message import Closing, Media, Option, Parcel, Reply, Shortcut
from fakes._telegram_wire import Call
from fakes.provider import AcceptThenFail, AcceptThenReset, Act, Fail, Garbage, Refuse, Reset, Stall, Throttle
from fakes.telegram import Telegram as Fake
from tests.channels.telegram_kit import IDS, NOW, SECRET, SENDER, TOKEN, Settings
from tests.channels.test_telegram_errors import policy

SPEC = Path(__file__).parents[1] / "data" / "channels" / "telegram_bot_api.json"
GROUP = "-5005"
PHOTO = Media(kind="photo", ref="https://labs.example/camino.jpg")
T = TypeVar("T")
YES_NO = (Option(1, "Sí", "t12|going|yes"), Option(2, "No", "t12|going|no"))


class Shared(Fake):
    """One server for all these tests, since stopping one takes 0.2 s. Each test has a person of its own: `ana`."""

    ana = "1001"

    def __init__(self) -> None:
        super().__init__(TOKEN, spec=SPEC)
        self._methods.setdefault("editMessageCaption", self._caption)  # until the fake has one of its own

    def _caption(self, call: Call) -> Any:
        chat, message = self.talks._mine(call, "message to edit not found")
        return self.talks._edited(chat, message, {"caption": call.text("caption")}, {})


@pytest.fixture(scope="module")
def server() -> Iterator[Shared]:
    with Shared() as telegram:
        yield telegram


@pytest.fixture
def fake(server: Shared) -> Iterator[Shared]:
    """Telegram, which must have found nothing to complain of in the end."""
    server.ana = str(1000 + server.next_id())
    server.meet(server.ana, "Ana")
    server.log.clear()
    yield server
    faults = [*server.faults]
    server.faults.clear()
    assert faults == []


@pytest.fixture
def deaf(fake: Shared) -> Iterator[Shared]:
    """Nobody listens there now."""
    fake.stop()
    yield fake
    fake.start()


def opened(fake: Shared, *, timeout: float = 5.0) -> Telegram:
    return Telegram(Line(fake.url, TOKEN, timeout=timeout), 7000001, rate=30.0, secret=SECRET, webhook="")


def run(channel: Telegram, work: Callable[[], Awaitable[T]]) -> T:
    """In a loop of its own; the connections are let go at the end."""

    async def through() -> T:
        try:
            return await work()
        finally:
            await channel.close()

    return asyncio.run(through())


def parcel(text: str = "Hola", address: str = "1001", **more: Any) -> Parcel:
    attempt = more.pop("attempt", 1)
    reply = Reply(text=text, **more)
    return Parcel(ref="5", attempt=attempt, sender=SENDER, address=address, reply=reply, now=NOW)


def sent(fake: Shared, text: str = "Hola", address: str | None = None, **more: Any) -> str:
    channel = opened(fake)
    return run(channel, lambda: channel.send(parcel(text, fake.ana if address is None else address, **more)))


def failed(fake: Shared, *, timeout: float = 5.0, address: str | None = None) -> SendError:
    channel = opened(fake, timeout=timeout)
    with pytest.raises(SendError) as error:
        run(channel, lambda: channel.send(parcel(address=fake.ana if address is None else address)))
    return error.value


# --- words and buttons ------------------------------------------------------------------------------------------------


def test_words_arrive_as_they_are(fake: Shared) -> None:
    text = "¿Aceptas? <b>*1* Sí_</b> 2 No & más\n\nhttps://labs.example"
    given = sent(fake, text)
    [shown] = fake.phone(fake.ana).shown
    assert (shown.text, shown.buttons, given) == (text, (), IDS.of(int(fake.ana), shown.id))
    [call] = fake.calls("sendMessage")
    assert "parse_mode" not in call.params
    assert call.params["link_preview_options"] == {"is_disabled": True}


def rows(fake: Shared) -> list[list[str]]:
    [*_, call] = fake.calls("sendMessage")
    return [[button["text"] for button in row] for row in call.params["reply_markup"]["inline_keyboard"]]


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(n, label, f"t1|q|{n}") for n, label in enumerate(labels, 1))


KEYBOARDS: list[tuple[tuple[Option, ...], list[list[str]]]] = [
    (YES_NO, [["1 Sí", "2 No"]]),
    (options("Sí", "No", "Aún no sé"), [["1 Sí", "2 No"], ["3 Aún no sé"]]),
    (
        options("18 o más", "de 14 a 17", "menos de 14"),
        [["1: 18 o más", "2: de 14 a 17"], ["3: menos de 14"]],
    ),
    (options("Sí", "Quiero proponer otro día", "No"), [["1 Sí"], ["2 Quiero proponer otro día"], ["3 No"]]),
    ((Option(1, "Sí", "x"), Option(2, "No"), Option(3, "Tal vez", "y")), [["1 Sí", "3 Tal vez"]]),
    ((Option(1, "Sí", "ñ" * 33), Option(2, "No", "ñ" * 32)), [["2 No"]]),
    (options(*"abcdefgh"), [["1 a", "2 b"], ["3 c", "4 d"], ["5 e", "6 f"], ["7 g", "8 h"]]),
]


@pytest.mark.parametrize(("given", "expected"), KEYBOARDS)
def test_two_short_buttons_stand_side_by_side_with_their_numbers(
    fake: Shared, given: tuple[Option, ...], expected: list[list[str]]
) -> None:
    sent(fake, "¿Vas?", options=given)
    assert rows(fake) == expected


def test_options_without_data_have_no_buttons(fake: Shared) -> None:
    sent(fake, "¿Vas? 1 Sí", options=(Option(1, "Sí"),))
    assert "reply_markup" not in fake.calls("sendMessage")[0].params


def test_words_stand_below_a_statement_in_one_row_without_numbers(fake: Shared) -> None:
    sent(fake, "Listo.", shortcuts=(Shortcut("Cambiar", "w|ELEGIR"), Shortcut("Mis datos", "w|MIS DATOS")))
    assert rows(fake) == [["Cambiar", "Mis datos"]]


# --- answered questions ---------------------------------------------------------------------------------------------


def test_an_answered_question_shows_its_answer_and_loses_its_buttons(fake: Shared) -> None:
    asked = sent(fake, "¿Vas? 1 Sí 2 No", options=YES_NO)
    sent(fake, "Listo.", closes=Closing(provider_id=asked, text="¿Vas? 1 Sí"))
    question, answer = fake.phone(fake.ana).shown
    assert (question.text, question.buttons, question.edited) == ("¿Vas? 1 Sí", (), True)
    assert answer.text == "Listo."


EDITS: dict[str, Act] = {
    "not modified": Refuse(400, text="Bad Request: message is not modified: specified new message content is the same"),
    "not found": Refuse(400, text="Bad Request: message to edit not found"),
    "too old": Refuse(400, text="Bad Request: message can't be edited"),
    "too fast": Throttle(30),
    "5xx": Fail(502),
    "cut": Reset(),
    "garbage": Garbage(),
    "blocked": Refuse(403, text="Forbidden: bot was blocked by the user"),
    "token": Refuse(401, text="Unauthorized"),
}


@pytest.mark.parametrize("act", EDITS.values(), ids=EDITS)
def test_whatever_comes_of_closing_a_question_the_message_goes(fake: Shared, act: Act) -> None:
    asked = sent(fake, "¿Vas?", options=YES_NO)
    fake.plan(act, operation="editMessageText")
    sent(fake, "Listo.", closes=Closing(provider_id=asked, text="¿Vas? 1 Sí"))
    assert fake.phone(fake.ana).texts[-1] == "Listo."
    assert [call.misbehaved for call in fake.calls("editMessageText")] == [type(act).__name__]


@pytest.mark.parametrize("strange", ["", "sim-5", "1001", "1001:x", "x:1", "1001:7:8", "1002:1", "SM" + "0" * 32])
def test_a_question_that_is_not_telegrams_is_left_alone(fake: Shared, strange: str) -> None:
    sent(fake, "Listo.", closes=Closing(provider_id=strange, text="x"))
    assert fake.phone(fake.ana).texts == ["Listo."]
    assert not fake.calls("editMessageText")


def test_the_question_under_a_picture_is_closed_in_its_caption(fake: Shared) -> None:
    asked = sent(fake, "¿Vas?", options=YES_NO, media=PHOTO)
    sent(fake, "Listo.", closes=Closing(provider_id=asked, text="¿Vas? 1 Sí"))
    question, _ = fake.phone(fake.ana).shown
    assert (question.text, question.buttons) == ("¿Vas? 1 Sí", ())


# --- pictures and recordings ----------------------------------------------------------------------------------------


def test_a_picture_has_its_words_and_buttons_under_it(fake: Shared) -> None:
    given = sent(fake, "El camino. ¿Vas?", media=PHOTO, options=YES_NO)
    [shown] = fake.phone(fake.ana).shown
    assert (shown.media, shown.text, len(shown.buttons), given) == (
        "photo",
        "El camino. ¿Vas?",
        2,
        IDS.of(int(fake.ana), shown.id),
    )


def test_long_words_stand_under_their_picture_in_one_message_all_the_same(fake: Shared) -> None:
    sent(fake, "ñ" * 1025, media=PHOTO)
    [call] = fake.calls("sendMessage")
    preview = {"url": PHOTO.ref, "prefer_large_media": True, "show_above_text": True}
    assert {k: v for k, v in call.params["link_preview_options"].items() if v} == preview
    assert len(fake.phone(fake.ana).shown) == 1


def test_an_emoji_counts_twice_in_a_caption(fake: Shared) -> None:
    sent(fake, "🎉" * 512, media=PHOTO)
    sent(fake, "🎉" * 512 + ".", media=PHOTO)
    assert [shown.media for shown in fake.phone(fake.ana).shown] == ["photo", ""]


@pytest.mark.parametrize(("kind", "operation"), [("voice", "sendVoice"), ("document", "sendDocument")])
def test_a_recording_whose_words_do_not_fit_goes_before_them_once(fake: Shared, kind: Any, operation: str) -> None:
    media = Media(kind=kind, ref="https://labs.example/ngabere.ogg")
    given = sent(fake, "ñ" * 1025, media=media, options=YES_NO)
    sent(fake, "ñ" * 1025, media=media, options=YES_NO, attempt=2)
    assert [(shown.media, len(shown.buttons)) for shown in fake.phone(fake.ana).shown] == [(kind, 0), ("", 2), ("", 2)]
    assert given == IDS.of(int(fake.ana), fake.phone(fake.ana).shown[1].id)
    assert len(fake.calls(operation)) == 1


def test_a_picture_that_telegram_can_not_get_goes_as_a_link(fake: Shared) -> None:
    fake.plan(Refuse(400, text="Bad Request: wrong file identifier/HTTP URL specified"), operation="sendPhoto")
    sent(fake, "El camino", media=PHOTO)
    assert fake.phone(fake.ana).texts == [f"El camino\n{PHOTO.ref}"]


def test_words_that_fill_a_message_go_without_the_link(fake: Shared) -> None:
    sent(fake, "ñ" * 4090, media=Media(kind="sticker", ref=PHOTO.ref))
    assert fake.phone(fake.ana).texts == ["ñ" * 4090]


def test_a_file_that_telegram_has_forgotten_is_left_out(fake: Shared) -> None:
    sent(fake, "El camino", media=Media(kind="photo", ref="AgAC-forgotten-long-ago-by-all"))
    assert fake.phone(fake.ana).texts == ["El camino"]


def test_no_file_of_this_machine_is_ever_sent(fake: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / ("a" * 30)
    secret.write_text("key")
    monkeypatch.chdir(tmp_path)
    sent(fake, "Mira", media=Media(kind="document", ref=str(secret)))
    with pytest.raises(SendError):
        sent(fake, "Mira", media=Media(kind="document", ref=secret.name))
    assert [call.operation for call in fake.log] == ["sendMessage"]
    gc.collect()  # what the library opened is closed


def test_a_refused_picture_that_is_no_fault_of_the_picture_is_an_error(fake: Shared) -> None:
    fake.plan(Throttle(7))
    with pytest.raises(SendError) as error:
        sent(fake, "El camino", media=PHOTO)
    assert policy(error.value) == {"throttled": True, "retry_after": 8.0}
    assert fake.phone(fake.ana).shown == []


# --- what goes wrong ------------------------------------------------------------------------------------------------

GOES_WRONG: list[tuple[Act, dict[str, Any], int]] = [  # what Telegram does, the policy, messages on the phone
    (Throttle(7), {"throttled": True, "retry_after": 8.0}, 0),
    (Throttle(0), {"throttled": True, "retry_after": 1.0}, 0),
    (Refuse(400, text="Bad Request: chat not found"), {"gone": True, "fallback": True}, 0),
    (Refuse(401, text="Unauthorized"), {"halt": True, "alert": True}, 0),
    (Refuse(400, text="Bad Request: message text is empty"), {"alert": True}, 0),
    (Fail(502), {"uncertain": True}, 0),
    (AcceptThenFail(500), {"uncertain": True}, 1),
    (Reset(), {"uncertain": True}, 0),
    (AcceptThenReset(), {"uncertain": True}, 1),
    (Garbage(), {"uncertain": True}, 1),
    (Garbage(404), {"throttled": True, "retry_after": 60.0, "alert": True}, 1),
]


@pytest.mark.parametrize(("act", "expected", "shown"), GOES_WRONG)
def test_what_goes_wrong_carries_its_policy(fake: Shared, act: Act, expected: dict[str, Any], shown: int) -> None:
    fake.plan(act)
    assert policy(failed(fake)) == expected
    assert len(fake.phone(fake.ana).shown) == shown


def test_an_answer_that_does_not_come_may_have_been_sent(fake: Shared) -> None:
    fake.plan(Stall(5.0))
    assert policy(failed(fake, timeout=0.2)) == {"uncertain": True}


def test_where_nobody_listens_nothing_was_sent(deaf: Shared) -> None:
    assert policy(failed(deaf)) == {"retry_after": 0.0}


def test_who_blocked_us_is_gone_until_she_writes(fake: Shared) -> None:
    fake.block(fake.ana)
    assert policy(failed(fake)) == {"gone": True}


def test_who_left_telegram_is_gone(fake: Shared) -> None:
    fake.deactivate(fake.ana)
    assert policy(failed(fake)) == {"gone": True}


@pytest.mark.parametrize("address", ["", "ana", "@ana", "+50760000001", "1001x", "-"])
def test_what_is_no_chat_is_not_even_tried(fake: Shared, address: str) -> None:
    assert policy(failed(fake, address=address)) == {"gone": True, "fallback": True}
    assert fake.log == []


def test_a_group_that_moved_is_followed(fake: Shared) -> None:
    fake.join(GROUP, by=fake.ana)
    new = fake.migrate(GROUP, by=fake.ana)
    given = sent(fake, "Aquí no guardo nada.", address=GROUP)
    assert fake.phone(new).texts == ["Aquí no guardo nada."]
    assert IDS.number(int(new), given) == int(fake.phone(new).shown[0].id)


def test_a_group_that_moves_for_ever_is_followed_once(fake: Shared) -> None:
    moved = Refuse(400, text="Bad Request: group chat was upgraded", more={"migrate_to_chat_id": -1005})
    fake.plan(moved, moved)
    assert policy(failed(fake, address=GROUP)) == {"alert": True}
    assert len(fake.log) == 2


def test_we_are_thrown_out_of_a_group(fake: Shared) -> None:
    fake.join("-6006", by=fake.ana)
    fake.kick("-6006", by=fake.ana)
    assert policy(failed(fake, address="-6006")) == {"gone": True, "alert": True}


def test_a_wrong_token_stops_the_sender(fake: Shared) -> None:
    channel = Telegram(Line(fake.url, TOKEN + "x"), 7000001, rate=30.0, secret=SECRET, webhook="")
    with pytest.raises(SendError) as error:
        run(channel, lambda: channel.send(parcel(address=fake.ana)))
    assert policy(error.value) == {"halt": True, "alert": True}


# --- the token ------------------------------------------------------------------------------------------------------

HIDDEN = TOKEN.partition(":")[2]
BREAKS: list[Act] = [Reset(), Garbage(), Garbage(404), Refuse(401, text="Unauthorized"), Refuse(302), Fail(500)]


def told(error: SendError, caplog: pytest.LogCaptureFixture) -> str:
    """All that anybody could read of it."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    return "".join([*lines, *(r.getMessage() + str(r.args) for r in caplog.records), repr(error)])


@pytest.mark.parametrize("act", BREAKS, ids=repr)
def test_no_token_in_logs_errors_or_tracebacks(fake: Shared, act: Act, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake.plan(act)
    error = failed(fake)
    assert HIDDEN not in told(error, caplog)
    assert (error.__cause__, error.__context__) == (None, None)


def test_no_token_where_nobody_listens(deaf: Shared, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert HIDDEN not in told(failed(deaf), caplog)


def test_no_token_in_what_the_channel_shows_of_itself(fake: Shared) -> None:
    channel = opened(fake)
    shown = [repr(channel), repr(channel._bot), str(channel._bot), channel._bot.token, channel._bot.base_url]
    assert not any(HIDDEN in text for text in shown)


def test_the_identity_is_the_bots_public_id() -> None:
    channel = Telegram.open(Settings(telegram_rate=28.0), demo=True)
    assert channel is not None
    [identity] = channel.identities()
    assert (identity.name, identity.channel, identity.rate) == (SENDER, "telegram", 28.0)


def test_a_channel_may_be_closed_and_used_again(fake: Shared) -> None:
    channel = opened(fake)
    for _ in range(2):
        run(channel, lambda: channel.send(parcel(address=fake.ana)))
    assert fake.phone(fake.ana).texts == ["Hola", "Hola"]
