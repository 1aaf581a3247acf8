"""Rules of ideas: days told, too short, said before, a number among words; what counts as words at all."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot import ideas
from bot.errors import Invalid
from conversations.idea_words import Shows, Told

PANAMA = ZoneInfo("America/Panama")
BRIDGE = "el puente de la quebrada se inunda y los niños no pueden ir a la escuela"


def at(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=PANAMA)


@pytest.mark.parametrize(
    ("said", "read", "outcome", "appeal"),
    [
        ("2026-11-16", "2026-11-19", "2026-11-30", "2026-11-23"),  # a Monday, as in the reference
        ("2026-11-12", "2026-11-17", "2026-11-26", "2026-11-19"),
        ("2026-11-20", "2026-11-25", "2026-12-04", "2026-11-27"),  # a Friday
        ("2026-11-21", "2026-11-25", "2026-12-04", "2026-11-27"),  # a Saturday
        ("2026-11-22", "2026-11-25", "2026-12-04", "2026-11-27"),
    ],
)
def test_days_are_working_days_where_the_lab_is(said: str, read: str, outcome: str, appeal: str) -> None:
    for hour in (0, 23):  # at 11 pm it is the next day in UTC
        moments = [
            rule(at(said, hour), "America/Panama") for rule in (ideas.read_by, ideas.outcome_by, ideas.appeal_by)
        ]
        assert [one.astimezone(PANAMA) for one in moments] == [at(day, 0) for day in (read, outcome, appeal)]


def test_the_day_of_the_limit_begins_at_midnight_there() -> None:
    assert ideas.day_began(at("2026-11-16", 23), "America/Panama").astimezone(PANAMA) == at("2026-11-16", 0)


@pytest.mark.parametrize(
    ("text", "short"),
    [("agua", True), ("no hay", True), ("¡agua, agua!", True), ("no hay luz", False), (BRIDGE, False), ("", True)],
)
def test_two_words_say_too_little(text: str, short: bool) -> None:
    assert ideas.too_short(text) is short


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("el puente se inunda", 27),
        ("EL PUENTE, se  inundá", 27),
        ("la quebrada inunda el puente", 27),
        (BRIDGE, 27),
        ("el puente", None),  # one word of meaning is too little to say so
        ("el puente se cayó", None),
        ("no hay luz en la cancha", None),
        ("no hay agua en la parte alta", 12),
        ("no hay agua en la escuela", None),
        ("...", None),
    ],
)
def test_the_same_again_is_known_by_its_words(text: str, same: int | None) -> None:
    before = [(27, BRIDGE), (12, "en la parte alta no hay agua desde mayo"), (3, "!")]
    assert ideas.same(text, before) == same


@pytest.mark.parametrize(
    ("words", "number"),
    [("27", 27), ("n.º 27", 27), ("#27", 27), ("la 27", 27), ("27 28", None), ("", None), ("luz", None),
     ("9" * 30, None), ("٢٧", None), ("27 personas sin luz", None)],
)  # fmt: skip
def test_a_number_stands_alone(words: str, number: int | None) -> None:
    assert ideas.number_in(words) == number


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("se fue la luz", "se fue la luz"),
        ("IDEA se fue\nla luz", "se fue la luz"),
        ("idea: se fue la luz", "se fue la luz"),
        ("una idea para la cancha", "una idea para la cancha"),
    ],
)
def test_words_are_taken_as_they_came(reply: str, text: str) -> None:
    assert Told().parse(reply, ()) == {"text": text, "media": ""}


@pytest.mark.parametrize("reply", ["1", "uno", "MI IDEA", "IDEA", "ELEGIR 1", "…", "👍", "a" * 601, ""])
def test_a_command_a_number_or_a_sign_is_no_idea(reply: str) -> None:
    with pytest.raises(Invalid):
        Told().parse(reply, ())


def test_a_picture_may_come_without_words() -> None:
    kind = Shows()
    assert kind.seen("photo", "") == {"text": "", "media": "photo"}
    assert kind.seen("photo", " la parada ") == {"text": "la parada", "media": "photo"}
    assert kind.holds({"text": "", "media": "voice"})
    assert not kind.holds({"text": "", "media": ""})
    assert not kind.holds("la parada")
