"""Quiet hours are told by the clock on the wall where the message is read."""

from datetime import UTC, datetime

import pytest

from bot.quiet import held, held_change, quiet


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "tz", "goes"),
    [
        ("2026-11-12T17:00", "America/Panama", "2026-11-12T17:00"),  # noon
        ("2026-11-13T00:59:59", "America/Panama", "2026-11-13T00:59:59"),  # 19:59:59
        ("2026-11-13T01:00", "America/Panama", "2026-11-13T13:00"),  # 20:00
        ("2026-11-13T04:59", "America/Panama", "2026-11-13T13:00"),  # 23:59
        ("2026-11-13T05:00", "America/Panama", "2026-11-13T13:00"),  # midnight: the same morning
        ("2026-11-13T12:59:59", "America/Panama", "2026-11-13T13:00"),  # 07:59:59
        ("2026-11-13T13:00", "America/Panama", "2026-11-13T13:00"),  # 08:00
        ("2026-11-12T23:30", "America/Santiago", "2026-11-13T11:00"),  # 20:30 in summer time
        ("2026-11-12T23:30", "Pacific/Easter", "2026-11-12T23:30"),  # 18:30 on Rapa Nui
        ("2026-07-12T23:30", "America/Santiago", "2026-07-12T23:30"),  # 19:30 in winter time
        ("2026-09-06T02:00", "America/Santiago", "2026-09-06T11:00"),  # the clock goes forward in this night
    ],
)
def test_what_is_ready_at_night_goes_at_eight(at: str, tz: str, goes: str) -> None:
    assert held(utc(at), tz) == utc(goes)
    assert quiet(utc(at), tz) == (at != goes)


def test_a_change_on_the_day_itself_goes_at_once() -> None:
    early, starts = utc("2026-11-21T11:30"), utc("2026-11-21T20:30")  # 6:30 am of that day
    assert held_change(early, "America/Panama", starts) == early
    the_night_before = utc("2026-11-21T02:00")
    assert held_change(the_night_before, "America/Panama", starts) == utc("2026-11-21T13:00")
