"""Words that are no answer but ask for care: insults (locales/insults.toml), words of danger (the plan). Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from bot.errors import ConvocaError
from bot.i18n import LOCALES
from bot.words import plain

FILE = LOCALES / "insults.toml"


def contains(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of these is said, as whole words, whatever the case and the accents."""
    said = f" {plain(text)} "
    return any(f" {phrase} " in said for one in phrases if (phrase := plain(one)))


def upset(text: str) -> bool:
    """Whether somebody who writes this is angry at us."""
    return contains(text, insults())


@lru_cache(maxsize=4)
def insults(file: Path = FILE) -> tuple[str, ...]:
    """The reviewed list, of every language. Raises ConvocaError: the file can not be used."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        return tuple(str(word) for words in found.values() for word in words["words"])
    except (OSError, ValueError, TypeError, KeyError) as e:
        raise ConvocaError(f"{file}: {e}") from e
