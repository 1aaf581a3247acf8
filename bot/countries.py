"""What changes from one country to another: rules for minors, terms of the law, help lines (locales/countries.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import phonenumbers

from bot.errors import ConvocaError
from bot.i18n import LOCALES

FILE = LOCALES / "countries.toml"


class BadCountry(ConvocaError):
    """The countries' file can not be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """The profile of one country. Its figures are law only where somebody has put a name in `verified_by`."""

    code: str
    name: str = ""
    calling_code: str = ""
    timezones: tuple[str, ...] = ()
    teen_needs_adult: bool = True  # the careful answer where nothing is known
    access_days: int = 10  # working days
    source: str = ""
    verified_by: str = ""
    verified_on: str = ""
    help_line: str = ""
    help_line_violence: str = ""

    @property
    def verified(self) -> bool:
        """Whether a person has read the law and signed."""
        return bool(self.verified_by and self.verified_on)


@lru_cache(maxsize=8)
def countries(file: Path = FILE) -> Mapping[str, Country]:
    """Every profile, by its ISO code. Raises BadCountry."""
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))
        found = {code: _country(code, row) for code, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError) as e:
        raise BadCountry(f"{file}: {e}") from e
    return found


def _country(code: str, row: Mapping[str, object]) -> Country:
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    country = Country(code=code, **values)  # type: ignore[arg-type]  # a wrong key or kind is told with the file's name
    if country.verified_on:
        date.fromisoformat(country.verified_on)
    return country


def profile(code: str) -> Country:
    """The profile of a country; an unknown one has the careful answers."""
    return countries().get(code.upper(), Country(code=code.upper()))


_SCOPED = re.compile(r"([A-Z]{2})\.[0-9A-Za-z]+")  # a person on WhatsApp who shows no number


def land_of(channel: str, address: str, known: str | None = None) -> str:
    """The country of an address, as far as it tells one: 'PA' of '+507...' and of 'PA.12ab'; '' on Telegram.

    known: what came of it before, once in an address's life: to look it up takes as long as some statements.
    """
    if known is not None:
        return known
    if channel == "telegram":
        return ""
    scoped = _SCOPED.fullmatch(address)
    return scoped[1] if scoped else country_of(address)


def country_of(number: str) -> str:
    """The country of a number with its +: 'PA'; '' when it can not be told."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
