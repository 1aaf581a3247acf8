"""The ids that are kept for ever lead back to no chat, and still tell one message from another."""

from __future__ import annotations

import itertools

import pytest

from bot.channels._telegram_ids import Ids
from tests.channels.telegram_kit import IDS, TOKEN

ANA, GROUP = 812345671, -1001234567890


def test_one_message_has_one_id_at_every_start_and_another_message_another() -> None:
    assert IDS.of(ANA, 7) == Ids(TOKEN).of(ANA, 7)
    which: list[tuple[int, object]] = [(ANA, 7), (ANA, 8), (ANA, "7:1"), (ANA + 1, 7), (-ANA, 7), (GROUP, 7)]
    assert len({IDS.of(*one) for one in which}) == len(which)


@pytest.mark.parametrize("chat", [ANA, GROUP])
def test_neither_the_chat_nor_the_token_stands_in_it(chat: int) -> None:
    assert str(abs(chat)) not in IDS.of(chat, 7)
    assert IDS.of(chat, 7) != Ids(TOKEN + "x").of(chat, 7)
    assert TOKEN.partition(":")[2] not in repr(IDS) + str(vars(IDS))


def test_the_id_of_a_press_holds_nothing_of_telegrams_which_begins_with_the_person() -> None:
    pressed = str(ANA << 32 | 77)
    assert pressed not in IDS.tap(pressed)
    assert IDS.tap(pressed) == IDS.tap(pressed) != IDS.tap(str(ANA << 32 | 78))


def test_a_message_is_found_again_in_its_own_chat_alone() -> None:
    for chat, other in itertools.permutations((ANA, -ANA, GROUP), 2):
        assert IDS.number(chat, IDS.of(chat, 7)) == 7
        assert IDS.number(other, IDS.of(chat, 7)) is None
    assert IDS.number(ANA, Ids("7000001:another").of(ANA, 7)) is None


STRANGE = [
    "",
    "sim-5",
    f"{ANA}:7",
    "x:1",
    IDS.of(ANA),
    IDS.of(ANA, ""),
    IDS.of(ANA, "x"),
    IDS.of(ANA, 7, 8),
    IDS.tap("7"),
]


@pytest.mark.parametrize("id", STRANGE)
def test_what_names_no_message_finds_none(id: str) -> None:
    assert IDS.number(ANA, id) is None
