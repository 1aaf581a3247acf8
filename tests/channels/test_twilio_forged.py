"""What Twilio did not sign is not let in, and nothing that it signs breaks us."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Request
from bot.channels._twilio_hooks import Form, valid
from bot.errors import Unwelcome
from tests.channels.test_twilio_hooks import CHAT, HEARD, IN, STATUS, TOLD, hook, read, sms
from tests.channels.twilio_kit import NOW, ROSA, SITE, TOKEN, channel, digest, request, sign

DATA = Path(__file__).parents[1] / "data" / "channels"
GOOD = request(IN, list(HEARD.items()))
Spoil = Callable[[Request], Request]


def without(name: str) -> Spoil:
    return lambda r: replace(r, headers={k: v for k, v in r.headers.items() if k != name})


def header(name: str, value: str) -> Spoil:
    return lambda r: replace(r, headers={**r.headers, name: value})


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (without("x-twilio-signature"), 403),
        (header("x-twilio-signature", ""), 403),
        (header("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="), 403),
        (header("x-twilio-signature", "ñ" * 28), 403),
        (header("x-twilio-signature", GOOD.headers["x-twilio-signature"].lower()), 403),
        (header("x-twilio-signature", GOOD.headers["x-twilio-signature"] + "\n"), 403),
        (lambda r: replace(r, path="/webhooks/other"), 403),
        (lambda r: replace(r, path=IN + "/"), 403),
        (lambda r: replace(r, query="a=1"), 403),
        (lambda r: replace(r, body=r.body.replace(b"Hola", b"Adios")), 403),  # replayed with other words
        (lambda r: replace(r, body=r.body + b"&Extra=1"), 403),
        (lambda r: replace(r, body=r.body + b"&Extra="), 403),
        (lambda r: replace(r, body=r.body + b"&From=%2B50769999999"), 403),
        (lambda r: replace(r, body=r.body[:-1]), 403),  # cut off
        (lambda r: replace(r, body=r.body[:20]), 403),
        (lambda r: replace(r, body=b""), 403),
        (lambda r: replace(r, body=b"Body=" + b"x" * 600_000), 403),
        (lambda r: replace(r, body=b"&".join([b"a=1"] * 501)), 400),
        (lambda r: replace(r, body=b"\xff\xfe=1"), 400),
        (lambda r: replace(r, body=b"Body=%FF%FE"), 400),
        (header("content-type", "application/json"), 403),
        (header("content-type", "multipart/form-data; boundary=x"), 403),
        (without("content-type"), 403),
        (header("x-twilio-webhooks-signature-settings", "key=k,algorithm=HMAC_SHA256"), 403),
        (header("x-twilio-webhooks-signature-settings", "key=k,algorithm=NONE"), 403),
        (header("x-twilio-webhooks-signature-settings", "key=k,algorithm=HMAC_MD5"), 403),
    ],
)
@pytest.mark.parametrize("path", [IN, STATUS, STATUS + "/{id}"])
def test_what_twilio_did_not_sign_is_not_let_in(path: str, spoil: Spoil, status: int) -> None:
    url = path.replace("{id}", "77")
    signed = request(url, list(HEARD.items()), id="77")
    assert hook(path).read(signed).answer.status in (200, 204)
    with pytest.raises(Unwelcome) as no:
        hook(path).read(spoil(signed))
    assert no.value.status == status
    assert not {"Hola", ROSA, TOKEN} & set(no.value.why.split())


def test_a_missing_signature_is_told_apart_from_a_wrong_one() -> None:
    with pytest.raises(Unwelcome, match="no X-Twilio-Signature"):
        hook(IN).read(without("x-twilio-signature")(GOOD))


def test_without_a_public_address_nothing_can_be_checked() -> None:
    with pytest.raises(Unwelcome, match="CONVOCA_PUBLIC_URL") as no:
        hook(IN, public_url="").read(request(IN, list(HEARD.items()), site=""))
    assert no.value.status == 403


@pytest.mark.parametrize("signed_at", ["http://convoca.example.org", "https://convoca.example.com", SITE + "/other"])
def test_a_signature_for_another_site_is_none(signed_at: str) -> None:
    with pytest.raises(Unwelcome):
        hook(IN).read(request(IN, list(HEARD.items()), site=signed_at))


def test_another_account_s_token_is_none() -> None:
    with pytest.raises(Unwelcome):
        hook(IN).read(request(IN, list(HEARD.items()), token="another"))


@pytest.mark.parametrize("token", ["new", "old"])
def test_two_tokens_are_accepted_while_one_is_replaced(token: str) -> None:
    reading = hook(IN, twilio_auth_token=" new , old,")
    assert reading.read(request(IN, list(HEARD.items()), token=token)).messages == [sms()]


def test_the_algorithm_named_in_the_header_is_used() -> None:
    pairs = list(HEARD.items())
    named = request(IN, pairs, x_twilio_webhooks_signature_settings="key=k,algorithm=HMAC_SHA256")
    strong = {**named.headers, "x-twilio-signature": sign(SITE + IN, pairs, digest="sha256")}
    assert hook(IN).read(replace(named, headers=strong)).messages == [sms()]
    with pytest.raises(Unwelcome):
        hook(IN).read(named)


def test_a_signed_query_and_a_port_are_part_of_the_address() -> None:
    pairs = list(HEARD.items())
    asked = request(IN, pairs, query="a=1&b=", site="https://convoca.example.org:443")
    assert hook(IN).read(asked).messages == [sms()]
    local = request(IN, pairs, site="http://127.0.0.1:8123/bot")
    assert hook(IN, public_url="http://127.0.0.1:8123/bot/").read(local).messages == [sms()]


def test_repeated_fields_are_signed_once_each_and_the_first_is_read() -> None:
    twice = [*HEARD.items(), ("Body", "Hola"), ("Body", "Adios"), ("Empty", ""), ("Empty", "")]
    assert hook(IN).read(request(IN, twice)).messages == [sms()]


def test_the_same_request_twice_reads_the_same() -> None:
    assert read(CHAT) == read(CHAT)


def json_request(body: bytes) -> Request:
    query = f"bodySHA256={digest(body)}"
    headers = {"content-type": "application/json", "x-twilio-signature": sign(f"{SITE}{IN}?{query}", [])}
    return Request(path=IN, query=query, headers=headers, body=body, now=NOW)


def test_json_is_refused_even_when_it_is_signed() -> None:
    asked = json_request(b'{"MessageSid": "SM1"}')
    with pytest.raises(Unwelcome) as no:
        hook(IN).read(asked)
    assert no.value.status == 415
    with pytest.raises(Unwelcome) as no:
        hook(IN).read(replace(asked, body=b'{"MessageSid": "SM2"}'))
    assert no.value.status == 403


VECTORS = json.loads((DATA / "twilio_signature_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=["plain", "repeated", "json"])
def test_twilio_s_own_examples_of_signatures(vector: dict[str, Any]) -> None:
    pairs = vector.get("pairs") or list(vector.get("params", {}).items())
    what: Form | str = vector["body"] if "body" in vector else Form([(name, value) for name, value in pairs])
    assert valid(VECTORS["token"], vector["uri"], what, vector["signature"], "HMAC_SHA1")
    assert not valid("12346", vector["uri"], what, vector["signature"], "HMAC_SHA1")
    assert not valid(VECTORS["token"], vector["uri"] + "0", what, vector["signature"], "HMAC_SHA1")


def test_every_field_that_twilio_names_may_come() -> None:
    names = json.loads((DATA / "twilio_inbound_fields.json").read_text(encoding="utf-8"))
    every = [name for group in names.values() if isinstance(group, list) for name in group]
    fields = {name.replace("{N}", "0"): "1" for name in every} | {"ListTitle": "x"} | CHAT
    assert len(fields) > 40
    [message] = read(fields | {"SmsStatus": "received"}).messages
    assert (message.address, message.text) == (ROSA, "1")


# --- anything at all ----------------------------------------------------------------------------------------------

READERS = {h.path: h.read for h in channel().hooks()}
NAMES = st.sampled_from([*CHAT, *TOLD, "ExternalUserId", "ButtonPayload", "ListId", "MediaUrl0", "Latitude",
                         "Longitude", "OptOutType", "ErrorCode", "NumMedia"]) | st.text(max_size=5)  # fmt: skip
VALUES = st.sampled_from(["", "whatsapp:", ROSA, f"whatsapp:{ROSA}", "failed", "30003", "nan", "1e999", "²"]) | st.text(
    max_size=20
)
PATHS = st.sampled_from(sorted(READERS))


@given(
    PATHS, st.lists(st.tuples(NAMES, VALUES), max_size=12), st.text(max_size=5), st.text("attemp=&19x%", max_size=12)
)
def test_whatever_is_signed_is_read_or_kept(path: str, pairs: list[tuple[str, str]], id: str, query: str) -> None:
    asked = request(path, pairs, query=query)
    news = READERS[path](replace(asked, params={"id": id}))
    found = (*news.messages, *news.receipts, *news.unread)
    assert len(found) <= 1
    assert news.answer.status in (200, 204)


@given(PATHS, st.binary(max_size=60), st.dictionaries(st.sampled_from(
    ["content-type", "x-twilio-signature", "x-twilio-webhooks-signature-settings"]), st.text(max_size=40)),
    st.text(max_size=20), st.text(max_size=20))  # fmt: skip
def test_whatever_is_not_signed_is_unwelcome(
    path: str, body: bytes, headers: dict[str, str], more: str, q: str
) -> None:
    for kind in (headers.get("content-type", ""), "application/x-www-form-urlencoded"):
        asked = Request(path=path + more, query=q, headers={**headers, "content-type": kind}, body=body, now=NOW)
        with pytest.raises(Unwelcome):
            READERS[path](asked)
