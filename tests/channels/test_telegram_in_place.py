"""A message that takes the place of an earlier one on Telegram: the earlier one is changed, else it is sent."""

from __future__ import annotations

import pytest

from bot.errors import SendError
from bot.message import Closing, Option
from fakes.provider import AcceptThenFail, Act, Fail, Refuse, Throttle
from tests.channels.test_telegram_send import PHOTO, YES_NO, Shared, fake, sent, server

__all__ = ["fake", "server"]

STEP = (Option(0, "Quitar 1 Agua", "t12|pick.2|-1"), Option(2, "Camino", "t12|pick.2|2"))


def in_place(fake: Shared, of: str) -> str:
    return sent(fake, "Elegiste: 1 Agua.", options=STEP, closes=Closing(provider_id=of))


def test_the_message_changes_with_its_buttons_and_keeps_its_id(fake: Shared) -> None:
    asked = sent(fake, "¿Qué va primero?", options=YES_NO)
    assert in_place(fake, asked) == asked
    [shown] = fake.phone(fake.ana).shown
    assert (shown.text, shown.edited) == ("Elegiste: 1 Agua.", True)
    assert [label for label, _data in shown.buttons] == ["Quitar 1 Agua", "2 Camino"]


def test_the_same_change_again_is_no_error_and_no_second_message(fake: Shared) -> None:
    """What may have arrived is tried once more: an edit done twice is done once."""
    asked = sent(fake, "¿Qué va primero?", options=YES_NO)
    assert [in_place(fake, asked), in_place(fake, asked)] == [asked, asked]
    assert len(fake.phone(fake.ana).shown) == 1


@pytest.mark.parametrize(
    "told", ["message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID", "MESSAGE_EDIT_TIME_EXPIRED"]
)
def test_what_is_gone_or_too_old_comes_as_a_new_message(fake: Shared, told: str) -> None:
    asked = sent(fake, "¿Qué va primero?", options=YES_NO)
    fake.plan(Refuse(400, text=f"Bad Request: {told}"), operation="editMessageText")
    assert in_place(fake, asked) != asked
    assert fake.phone(fake.ana).texts == ["¿Qué va primero?", "Elegiste: 1 Agua."]


@pytest.mark.parametrize("strange", ["sim-5", "1001", "x:1", "SM" + "0" * 32])
def test_what_is_not_telegrams_comes_as_a_new_message(fake: Shared, strange: str) -> None:
    in_place(fake, strange)
    assert fake.phone(fake.ana).texts == ["Elegiste: 1 Agua."]
    assert not fake.calls("editMessageText")


def test_below_a_picture_the_caption_changes(fake: Shared) -> None:
    asked = sent(fake, "¿Qué va primero?", options=YES_NO, media=PHOTO)
    assert in_place(fake, asked) == asked
    [shown] = fake.phone(fake.ana).shown
    assert (shown.text, len(shown.buttons)) == ("Elegiste: 1 Agua.", 2)


ERRORS: dict[str, tuple[Act, str]] = {
    "too fast": (Throttle(30), "throttled"),
    "cut": (AcceptThenFail(502), "uncertain"),
    "5xx": (Fail(502), "uncertain"),
    "blocked": (Refuse(403, text="Forbidden: bot was blocked by the user"), "gone"),
}


@pytest.mark.parametrize(("act", "policy"), ERRORS.values(), ids=ERRORS)
def test_it_is_the_message_itself_so_its_errors_are_judged(fake: Shared, act: Act, policy: str) -> None:
    asked = sent(fake, "¿Qué va primero?", options=YES_NO)
    fake.plan(act, operation="editMessageText")
    with pytest.raises(SendError) as told:
        in_place(fake, asked)
    assert getattr(told.value, policy)
    assert len(fake.phone(fake.ana).shown) == 1
