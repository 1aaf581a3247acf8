"""What changes from one country to another, and what nobody has verified yet."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.countries import BadCountry, countries, profile


@pytest.mark.parametrize(
    ("code", "needed"), [("PA", True), ("pa", True), ("PE", False), ("CL", False), ("ZZ", True), ("", True)]
)
def test_a_young_person_needs_an_adult_where_the_law_is_not_known_to_say_otherwise(code: str, needed: bool) -> None:
    assert profile(code).teen_needs_adult is needed


def test_nothing_is_called_verified_while_nobody_has_signed() -> None:
    for country in countries().values():
        assert not country.verified
        assert country.verified_by == country.verified_on == ""
        assert country.source


def test_no_help_line_is_printed_that_nobody_has_tried() -> None:
    assert {line for c in countries().values() for line in (c.help_line, c.help_line_violence)} == {""}


def test_every_zone_is_one() -> None:
    for country in countries().values():
        assert country.timezones
        assert [ZoneInfo(name).key for name in country.timezones] == list(country.timezones)


@pytest.mark.parametrize(
    "text", ["[PA\n", "PA = 3\n", "[PA]\nnom = 'Panamá'\n", "[PA]\nname = 'Panamá'\nverified_on = 'ayer'\n"]
)
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "countries.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadCountry, match=r"countries\.toml"):
        countries(file)
    with pytest.raises(BadCountry):
        countries(tmp_path / "nowhere.toml")
