"""What is forged, cut off or stranger than anything we know leaves no trace, whichever webhook it knocks at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.message import MAX_BODY, MAX_LETTERS
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS
from tests.wire import calls
from tests.wire.acts import counts, rows
from tests.wire.calls import ANDROID, SIGNED, STATUS, TELEGRAM, TWILIO, Call, Spoil
from tests.wire.house import Ground, House
from tests.wire.phones import WAYS, WireTown
from tests.wire.providers import AUTH, SITE, SMS, providers

BIG = MAX_BODY + 1
HOOKS = (TELEGRAM, TWILIO, STATUS, ANDROID)
REFUSED = {TELEGRAM: 403, TWILIO: 403, STATUS: 403, ANDROID: 401}


@pytest.fixture(scope="module")
def house(
    ground: Ground, secret_of_tests: str, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[House]:
    """One with every webhook, for all cases."""
    path = tmp_path_factory.mktemp("forged") / "convoca.db"
    shutil.copyfile(sqlite_template, path)
    with (
        Store(f"sqlite:///{path}", secret_of_tests) as store,
        providers("telegram", "twilio", "android") as fakes,
        House(ground, store, fakes) as served,
    ):
        WireTown.over(served, WAYS["telegram"])
        stopped = update(t.sender).values(halted_at=BEGINS)  # nothing goes out: what is stored came in
        served.store.do(lambda unit: unit.db.execute(stopped))
        yield served


def secret(house: House) -> str:
    """What Telegram shows."""
    return house.fakes.settings().telegram_secret


def trace(house: House) -> dict[str, int]:
    """Rows of every kind; what was put aside counts apart."""
    aside = len(rows(house, t.inbound, state="quarantined"))
    found = counts(house)
    return {**found, "inbound": found["inbound"] - aside, "quarantined": aside}


# --- one table for all webhooks ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """A spoilt call and its statuses. kept: what is put aside of it, since it was genuine."""

    name: str
    spoil: Spoil
    status: dict[str, int]
    kept: int = 0


def _signature(change: Any) -> Spoil:
    return lambda call: call.header(SIGNED[call.path], change(call.headers[SIGNED[call.path]]))


def _all(status: int, *without: str) -> dict[str, int]:
    return {path: status for path in HOOKS if path not in without}


def _refused(*without: str) -> dict[str, int]:
    return {path: status for path, status in REFUSED.items() if path not in without}


CASES = (
    Case("not signed", lambda c: c.header(SIGNED[c.path], None), _refused()),
    Case("no headers at all", lambda c: c.but(headers={}), _refused()),
    Case("an empty signature", _signature(lambda s: ""), _refused()),
    Case("a blank signature", _signature(lambda s: "   "), _refused()),
    Case("a made-up signature", _signature(lambda s: "x" * len(s)), _refused()),
    Case("cut-off signature", _signature(lambda s: s[:-1]), _refused()),
    Case("a signature and more", _signature(lambda s: s + "0"), _refused()),
    Case("a signature in other letters", _signature(str.swapcase), _refused(ANDROID)),
    Case("a signature beyond ASCII", _signature(lambda s: "ñ" * len(s)), _refused()),
    Case("an endless signature", _signature(lambda s: s * 300), _refused()),
    Case("two signatures in one", _signature(lambda s: f"{s},{s}"), _refused()),
    Case("another body than was signed", lambda c: c.but(body=c.body.replace(b"hola", b"NO VOY") + b"&x=1"),
         _refused(TELEGRAM)),
    Case("an empty body under a signature", lambda c: c.but(body=b""), _refused() | {TELEGRAM: 400}),
    Case("half the body under a signature", lambda c: c.but(body=c.body[: len(c.body) // 2]),
         _refused() | {TELEGRAM: 400}),
    Case("cut off on its way", lambda c: c.but(body=c.body[:50], length=5000), _all(0)),
    Case("nothing of what was promised", lambda c: c.but(body=b"x", length=5000), _all(0)),
    Case("too large by its own word", lambda c: c.but(body=b"", length=BIG), _all(413)),
    Case("too large without a word", lambda c: c.but(body=b" " * BIG, chunked=True), _all(413)),
    Case("chunks of nothing, unsigned", lambda c: c.but(body=b"{}", chunked=True, headers={}), _refused()),
    Case("GET", lambda c: c.but(method="GET", body=b""), _all(405)),
    Case("HEAD", lambda c: c.but(method="HEAD", body=b""), _all(405)),
    Case("PUT", lambda c: c.but(method="PUT"), _all(405)),
    Case("DELETE", lambda c: c.but(method="DELETE"), _all(405)),
    Case("another address below it", lambda c: c.but(path=c.path + "/more/of/it"), _all(404)),
    Case("as XML, unsigned", lambda c: c.but(headers={"content-type": "application/xml"}, body=b"<a/>"), _refused()),
    Case("as an upload, unsigned", lambda c: c.but(headers={"content-type": "multipart/form-data; boundary=x"}),
         _refused()),
    Case("another type under a signature", lambda c: c.header("content-type", "text/plain"),
         {TWILIO: 403, STATUS: 403}),
    Case("NUL and no letters, unsigned", lambda c: c.but(headers={}, body=b"\0\xff\xfe" * 99), _refused()),
    Case("deep and unsigned", lambda c: c.but(headers={}, body=b"[" * 100_000), _refused()),
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "path"), [pytest.param(c, path, id=f"{c.name} {path}") for c in CASES for path in c.status]
)
def test_what_is_not_genuine_leaves_no_trace(house: House, case: Case, path: str) -> None:
    before = trace(house)
    assert calls.posted(house.url, case.spoil(calls.genuine(secret(house))[path])) == case.status[path]
    assert trace(house) == before


# --- signed by the wrong one, for the wrong place, at the wrong time --------------------------------------------------

OTHERS: dict[str, tuple[Call, int]] = {
    "telegram: another secret": (calls.telegram(calls.update(), "a" * 64), 403),
    "telegram: the bot's token": (calls.telegram(calls.update(), "7000001:AA-made-up_token-of-the-tests"), 403),
    "twilio: another token": (calls.twilio(calls.inbound(), token="another"), 403),
    "twilio: an empty token": (calls.twilio(calls.inbound(), token=""), 403),
    "twilio: of another site": (calls.twilio(calls.inbound(), site="https://other.example"), 403),
    "twilio: of the site without https": (calls.twilio(calls.inbound(), site="http://convoca.example"), 403),
    "twilio: of another query": (calls.twilio(calls.inbound()).but(path=f"{TWILIO}?a=1"), 403),
    "twilio: of the status address": (calls.twilio(calls.inbound(), STATUS).but(path=TWILIO), 403),
    "twilio: of another message's status": (
        calls.twilio(calls.callback(MessageStatus="delivered"), STATUS).but(path=f"{TWILIO}/status/2"), 403,
    ),
    "twilio: a status whose try is another": (
        calls.twilio(calls.callback(), f"{STATUS}?attempt=1").but(path=f"{STATUS}?attempt=2"), 403,
    ),
    "twilio: signed by an unknown method": (
        calls.twilio(calls.inbound()).header("x-twilio-webhooks-signature-settings", "algorithm=NONE"), 403,
    ),
    "twilio: JSON that is signed as a form": (
        calls.twilio(calls.inbound()).but(body=b'{"Body": "hola"}').header("content-type", calls.JSON), 403,
    ),
    "twilio: one field more than was signed": (
        calls.twilio(calls.inbound()).but(body=calls.twilio(calls.inbound()).body + b"&From=%2B50769999999"), 403,
    ),
    "android: another key": (calls.android(calls.event(), key="another-key-of-32-letters-and-more"), 401),
    "android: an empty key": (calls.android(calls.event(), key=""), 401),
    "android: an hour old": (calls.android(calls.event(), late=3600), 401),
    "android: just too old": (calls.android(calls.event(), late=330), 401),
    "android: of the future": (calls.android(calls.event(), late=-86_400), 401),
    "android: no time": (calls.android(calls.event()).header("x-timestamp", None), 401),
    "android: a time that is none": (calls.stamped(b"{}", "now"), 401),
    "android: a negative time": (calls.stamped(b"{}", "-1"), 401),
    "android: a time with a fraction": (calls.stamped(b"{}", "1795000000.5"), 401),
    "android: an endless time": (calls.stamped(b"{}", "9" * 400), 401),
    "android: another time than was signed": (calls.android(calls.event()).header("x-timestamp", "1795000001"), 401),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_what_others_signed_leaves_no_trace(house: House, name: str) -> None:
    call, status = OTHERS[name]
    before = trace(house)
    assert calls.posted(house.url, call) == status
    assert trace(house) == before


# --- genuine, and strange ---------------------------------------------------------------------------------------------


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


UPDATES: dict[str, tuple[bytes | calls.Json, int, int]] = {  # name -> (body, status, how many are put aside)
    "nothing": (b"", 400, 0),
    "no JSON": (b"update_id=1", 400, 0),
    "cut off": (json.dumps(calls.update()).encode()[:-9], 400, 0),
    "a list": (b"[1]", 400, 0),
    "a number": (b"7", 400, 0),
    "no UTF-8": (b'{"update_id": 1, "message": "\xff\xfe"}', 400, 0),
    "too deep": (b'{"a":' * 100_000, 400, 0),
    "a number of 5,000 digits": (b'{"update_id": ' + b"9" * 5000 + b"}", 400, 0),
    "an unknown kind": ({"update_id": 901, "novelty": {"text": "hola"}}, 200, 0),
    "a post in a channel": ({"update_id": 902, "channel_post": calls.update()["message"]}, 200, 0),
    "said by a bot": (calls.update(**{"from": {"id": 1077, "is_bot": True, "first_name": "B"}}), 200, 0),
    "somebody else's chat": ({**calls.update(chat={"id": 5, "type": "private"}), "update_id": 903}, 200, 1),
    "a message of an old shape": ({"update_id": 904, "message": {"message_id": 1, "text": "hola"}}, 200, 1),
    "a message that is a list": ({"update_id": 905, "message": []}, 200, 1),
    "a message that is a word": ({"update_id": 906, "message": "hola"}, 200, 1),
    "a deep message": ({"update_id": 907, "message": _deep(200)}, 200, 1),
    "a chat with a huge number": (calls.update(chat={"id": 10**30, "type": "private"}) | {"update_id": 908}, 200, 1),
    "a date at the end of time": (calls.update(date=10**18) | {"update_id": 909}, 200, 1),
    "an infinite date": (json.dumps(calls.update() | {"update_id": 910}).encode().replace(b"1795000000", b"1e999"),
                         200, 1),
    "a tap without data": ({"update_id": 911, "callback_query": {"id": "1", "from": {"id": 1, "is_bot": False,
                           "first_name": "A"}, "chat_instance": "1"}}, 200, 0),
}  # fmt: skip
FORMS: dict[str, tuple[list[tuple[str, str]], str, int, int]] = {
    "nothing known": ([("ApiVersion", "2010-04-01")], TWILIO, 200, 1),
    "nothing of a status": ([("ApiVersion", "2010")], STATUS, 204, 1),
    "no sender": (calls.inbound(MessageSid="SM1", From=""), TWILIO, 200, 1),
    "another channel": (calls.inbound(MessageSid="SM2", From="messenger:1", To="messenger:2"), TWILIO, 200, 1),
    "a short code": (calls.inbound(MessageSid="SM3", From="12345"), TWILIO, 200, 0),
    "a name": (calls.inbound(MessageSid="SM4", From="BANCO"), TWILIO, 200, 0),
    "our own number": (calls.inbound(MessageSid="SM5", From=SMS), TWILIO, 200, 0),
    "an unknown status": (calls.callback(MessageStatus="flying"), STATUS, 204, 1),
    "501 fields": ([(f"f{n}", "") for n in range(501)], TWILIO, 400, 0),
}
EVENTS: dict[str, tuple[bytes | calls.Json, int, int]] = {
    "nothing": (b"", 400, 0),
    "no JSON": (b"event=sms:received", 400, 0),
    "a list": (b"[]", 400, 0),
    "too deep": (b"[" * 100_000, 400, 0),
    "a number of 5,000 digits": (b'{"id": ' + b"9" * 5000 + b"}", 400, 0),
    "larger than an SMS can be": (json.dumps(calls.event(message="x" * 300_000)).encode(), 413, 0),
    "a sign of life": (calls.event("system:ping"), 200, 0),
    "an unknown event": (calls.event("mms:flying") | {"id": "event-901"}, 200, 1),
    "no payload": (calls.event() | {"payload": None, "id": "event-902"}, 200, 1),
    "no sender": (calls.event(sender=None) | {"id": "event-903"}, 200, 1),
    "a time that is none": (calls.event(receivedAt="yesterday") | {"id": "event-904"}, 200, 1),
    "a message that is a number": (calls.event(message=10**300) | {"id": "event-905"}, 200, 1),
    "a name": (calls.event(sender="BANCO"), 200, 0),
    "a short code": (calls.event(sender="1234"), 200, 0),
    "somebody else's message": (calls.event("sms:sent", messageId="other-app"), 200, 0),
}


def _strange() -> Iterator[Any]:
    for name, (told, status, kept) in UPDATES.items():
        yield pytest.param(lambda s, u=told: calls.telegram(u, s), status, kept, id=f"telegram: {name}")
    for name, (pairs, path, status, kept) in FORMS.items():
        yield pytest.param(lambda s, p=pairs, at=path: calls.twilio(p, at), status, kept, id=f"twilio: {name}")
    for name, (said, status, kept) in EVENTS.items():
        yield pytest.param(lambda s, e=said: calls.android(e), status, kept, id=f"android: {name}")
    bad = calls.twilio([("MessageSid", "SM9")]).headers
    for body in (b"\xff\xfe=1", b"Body=%FF%FE", b"Body=%ED%A0%80"):
        call = Call(path=TWILIO, body=body, headers=bad)
        yield pytest.param(lambda s, c=call: c, 400, 0, id=f"twilio: {body!r}")


@pytest.mark.parametrize("letter", ["a", "ñ", "€", "🙂"])
@pytest.mark.parametrize("path", [TELEGRAM, TWILIO])
def test_the_longest_message_in_whatever_letters_is_taken_and_answered(house: House, path: str, letter: str) -> None:
    text, number = letter * MAX_LETTERS, 5000 + ord(letter)
    if path == TWILIO:
        call = calls.twilio(calls.inbound(MessageSid=f"SM{number:032x}", From=f"+5076{number:07d}", Body=text))
    else:
        who = {"id": number, "is_bot": False, "first_name": "Rosa"}
        chat = {"id": number, "type": "private"}
        said = calls.update(**{"from": who}, chat=chat, text=text)
        call = calls.telegram({**said, "update_id": number}, secret(house))
    before = trace(house)
    assert calls.posted(house.url, call) == 200
    after = trace(house)
    assert (after["inbound"], after["outbox"]) == (before["inbound"] + 1, before["outbox"] + 1)


@pytest.mark.parametrize(("make", "status", "kept"), [*_strange()])
def test_what_is_genuine_and_strange_is_put_aside_once_or_passed_over(
    house: House, make: Any, status: int, kept: int
) -> None:
    before, call = trace(house), make(secret(house))
    for _ in range(2):
        assert calls.posted(house.url, call) == status
    assert trace(house) == before | {"quarantined": before["quarantined"] + kept}


# --- genuine, with letters that no database takes ---------------------------------------------------------------------

LETTERS = ("a\0b", "\0", "\ud800", "hola \udfff", "x" * 20_000, "\u202e\u200b", "🙏" * 500)


@pytest.mark.parametrize("number", range(len(LETTERS)))
@pytest.mark.parametrize("way", ["telegram", "android", "twilio"])
def test_any_letters_are_a_message_like_others(house: House, way: str, number: int) -> None:
    text = LETTERS[number]
    before, fitting = trace(house), text.encode("utf-8", "replace").decode()
    call = {
        "telegram": lambda: calls.telegram(calls.update(text=text, message_id=900 + number), secret(house)),
        "android": lambda: calls.android(calls.event(message=text)),
        "twilio": lambda: calls.twilio(calls.inbound(Body=fitting, MessageSid=f"SM{number:032x}")),
    }[way]()
    for _ in range(2):
        assert calls.posted(house.url, call) == 200
    assert trace(house)["inbound"] == before["inbound"] + 1
    assert not rows(house, t.inbound, state="failed")


def test_a_genuine_one_of_each_is_taken(house: House) -> None:
    """What the table spoils is good: it is refused for what was spoilt."""
    for path, call in calls.genuine(secret(house), 4242).items():
        before = trace(house)
        assert calls.posted(house.url, call) == (204 if path == STATUS else 200)
        grown = {name for name, count in trace(house).items() if count > before[name]}
        assert ("receipt" if path == STATUS else "inbound") in grown


# --- anything at all --------------------------------------------------------------------------------------------------

ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                      max_size=3), max_leaves=8)  # fmt: skip
NAMES = st.sampled_from(
    [
        *calls.update()["message"],
        "edited_message",
        "callback_query",
        "my_chat_member",
        "poll_answer",
        "message",
        "payload",
    ]
)
PARTS = st.dictionaries(NAMES | st.text(max_size=8), VALUES, max_size=4)
FIELDS = st.lists(
    st.tuples(st.sampled_from([n for n, _ in calls.inbound() + calls.callback()]), st.text(max_size=30)), max_size=6
)
HEADERS = st.dictionaries(
    st.sampled_from([*SIGNED.values(), "content-type", "x-timestamp", "x-twilio-webhooks-signature-settings"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
BOUNDED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@BOUNDED
@given(
    st.sampled_from(HOOKS), HEADERS, st.binary(max_size=200), st.sampled_from(["POST", "POST", "POST", "GET", "PUT"])
)
def test_anything_unsigned_is_refused(
    house: House, path: str, headers: dict[str, str], body: bytes, method: str
) -> None:
    before = trace(house)
    assert 400 <= calls.posted(house.url, Call(path=path, body=body, headers=headers, method=method)) < 500
    assert trace(house) == before


def _anything(data: st.DataObject, secret: str) -> Call:
    """Signed, and of any shape."""
    path = data.draw(st.sampled_from(HOOKS))
    if path in (TWILIO, STATUS):
        usual = calls.inbound() if path == TWILIO else calls.callback()
        fields = [(n, v.encode("utf-8", "replace").decode()) for n, v in [*data.draw(FIELDS), *usual]]
        return calls.twilio(fields[: data.draw(st.integers(0, len(fields)))], path)
    if path == ANDROID:
        return calls.android(_changed(calls.event(), "payload", data))
    return calls.telegram(_changed(calls.update(), "message", data), secret)


def _changed(whole: calls.Json, inside: str, data: st.DataObject) -> calls.Json:
    """Some parts of it, and of what is inside, are something else."""
    outer = data.draw(st.just({}) | PARTS)
    return {**whole, inside: whole[inside] | data.draw(PARTS), **outer}


@BOUNDED
@given(st.data())
def test_anything_signed_is_answered_and_breaks_nothing(house: House, data: st.DataObject) -> None:
    assert calls.posted(house.url, _anything(data, secret(house))) in (200, 204, 400)
    assert not rows(house, t.inbound, state="failed")


def test_the_fuzz_is_signed_as_the_house_reads_it() -> None:
    signed = calls.inbound(MessageSid=f"SM{7:032x}")
    assert calls.genuine("s")[TWILIO] == calls.twilio(signed, token=AUTH, site=SITE)
