"""One table for every channel: each of its calls and errors, in the same few words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels import Channel, Hooked, discover, identities
from bot.errors import SendError
from bot.message import LIMITS, Parcel, Reply
from tests.channels.cases import Call, Fault, Told, meant, told
from tests.channels.cases_carrier_pigeon import KEY, NOTE, call
from tests.channels.example.carrier_pigeon import POLICIES, CarrierPigeon

EXAMPLE = import_module("tests.channels.example")
FOUND = {**discover(), **discover(EXAMPLE)}
HOOKED = sorted(name for name, kind in FOUND.items() if hasattr(kind, "hooks"))


def rows(name: str) -> Any:
    """CHANNEL, CALLS and ERRORS of a channel. A channel that has none yet is told so here."""
    return import_module(f"tests.channels.cases_{name}")


CALLS: list[tuple[str, Call]] = [(name, one) for name in HOOKED for one in rows(name).CALLS]
ERRORS: list[tuple[str, Fault]] = [(name, one) for name in HOOKED for one in rows(name).ERRORS]


def labelled(table: Sequence[tuple[str, Any]]) -> list[str]:
    return [f"{name}: {one.label[:40]}" for name, one in table]


@pytest.mark.parametrize(("name", "row"), CALLS, ids=labelled(CALLS))
def test_each_call_tells_what_its_row_says(name: str, row: Call) -> None:
    wanted = Told(row.status, tuple(row.messages), tuple(row.receipts), row.unread)
    assert told(rows(name).CHANNEL, row.request) == wanted
    assert told(rows(name).CHANNEL, row.request) == wanted, "a reader is pure: the same call tells the same"


@pytest.mark.parametrize(("name", "row"), ERRORS, ids=labelled(ERRORS))
def test_each_error_comes_to_what_its_row_says(name: str, row: Fault) -> None:
    assert meant(row.error) == row.policy


@pytest.mark.parametrize("name", HOOKED)
def test_every_channel_has_rows_for_what_matters(name: str) -> None:
    calls, errors = rows(name).CALLS, rows(name).ERRORS
    assert any(row.messages for row in calls), "a message"
    assert any(row.status in (401, 403) for row in calls), "a forged call"
    kinds = {row.policy.split()[0].strip(",") for row in errors}
    assert {"throttled", "halt", "gone", "failed"} <= kinds, "too fast, our own fault, nobody there, refused"


@pytest.mark.parametrize("name", HOOKED)
def test_every_channel_keeps_to_what_the_house_expects(name: str) -> None:
    channel: Channel = rows(name).CHANNEL
    assert isinstance(channel, Hooked)
    assert all(
        hook.path == f"/webhooks/{name}" or hook.path.startswith(f"/webhooks/{name}/") for hook in channel.hooks()
    )
    for via, identity in identities({channel.name: channel}):
        assert identity.name.startswith(f"{via}:")
        assert identity.channel in LIMITS
        assert identity.rate > 0


@pytest.mark.parametrize(("name", "row"), CALLS, ids=labelled(CALLS))
def test_a_call_that_was_cut_off_or_changed_stores_nothing(name: str, row: Call) -> None:
    channel = rows(name).CHANNEL
    for body in (row.request.body[:-1], row.request.body + b" x", b""):
        came = told(channel, replace(row.request, body=body, headers={**row.request.headers}))
        assert came.messages == ()
        assert 400 <= came.status < 500


# --- the example ----------------------------------------------------------------------------------------------------


def test_the_example_is_found_by_its_file_and_off_without_its_setting() -> None:
    assert list(discover(EXAMPLE)) == ["carrier_pigeon"]
    on = CarrierPigeon.open(SimpleNamespace(pigeon_key=SecretStr(KEY)), demo=False)
    assert on is not None
    assert told(on, call(NOTE)).status == 200
    assert CarrierPigeon.open(SimpleNamespace(pigeon_key=SecretStr("")), demo=False) is None


def test_the_example_sends_and_says_what_went_wrong() -> None:
    answers = iter(["ring-7", *POLICIES, "coo"])

    async def loft(parcel: Parcel) -> str:
        return next(answers)

    pigeon = CarrierPigeon(KEY, loft)
    sent: dict[str, Any] = {"ref": "77", "attempt": 1, "sender": "carrier_pigeon:loft", "address": "+50760000001"}
    parcel = Parcel(**sent, reply=Reply(text="Hola"), now=call(NOTE).now)
    assert asyncio.run(pigeon.send(parcel)) == "ring-7"
    for word in (*POLICIES, "coo"):
        with pytest.raises(SendError) as no:
            asyncio.run(pigeon.send(parcel))
        assert no.value.told.endswith(word if word in POLICIES else "refuses the note")
        assert parcel.address not in no.value.told
    with pytest.raises(SendError) as no:
        asyncio.run(CarrierPigeon(KEY).send(parcel))
    assert no.value.uncertain
