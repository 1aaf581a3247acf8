"""Words that are no answer but ask for care: insults (locales/insults.toml), accusations (locales/accusations.toml),
words of danger (the plan). Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from bot.errors import ConvocaError
from bot.i18n import LOCALES
from bot.words import plain

FILE, ACCUSATIONS = LOCALES / "insults.toml", LOCALES / "accusations.toml"
BEFORE, BEHIND = 4, 5  # words between who did it and what was done
_WORD = re.compile(r"[^\W_]+")
_PLACES = ("en", "de", "del", "san", "santa", "desde", "in", "from", "at")


def contains(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of these is said, as whole words, whatever the case and the accents."""
    said = f" {plain(text)} "
    return any(f" {phrase} " in said for one in phrases if (phrase := plain(one)))


def upset(text: str) -> bool:
    """Whether somebody who writes this is angry at us."""
    return contains(text, insults())


def accuses(text: str) -> bool:
    """Whether somebody, by name or by office, is said to have done wrong: 'el representante Pérez se robó la plata'.

    A guess, which is asked about and never acted upon by itself: who is spoken of stands close to what was done.
    """
    said = [(word, plain(word)) for word in _WORD.findall(text)]
    folded = [fold for _word, fold in said]
    done = [_where(folded, phrase) for phrase in accusations("did")]
    return any(_somebody(said, at) for found in done for at in found)


def _where(folded: Sequence[str], phrase: str) -> list[int]:
    """Where this phrase begins among these words."""
    words = phrase.split()
    return [at for at in range(len(folded) - len(words) + 1) if list(folded[at : at + len(words)]) == words]


def _somebody(said: Sequence[tuple[str, str]], at: int) -> bool:
    """Whether somebody is spoken of close before word `at`, by name or office; close behind it, by office."""
    offices, nobody = set(accusations("who")), set(accusations("nobody"))
    behind = [fold for _word, fold in said[at + 1 : at + 1 + BEHIND]]
    before = range(max(0, at - BEFORE), at)
    named = any(_name(said, i) and said[i][1] not in nobody for i in before if i > 0 or at == 1)
    return named or any(said[i][1] in offices for i in before) or bool(offices & set(behind))


def _name(said: Sequence[tuple[str, str]], i: int) -> bool:
    """A word that looks like a name: a capital in a text of small letters, and not where something happened."""
    word, shouted = said[i][0], all(one.isupper() for one, _fold in said)
    after_place = i > 0 and said[i - 1][1] in _PLACES
    return word[:1].isupper() and word.isalpha() and len(word) > 2 and not shouted and not after_place


@lru_cache(maxsize=4)
def accusations(part: str, file: Path = ACCUSATIONS) -> tuple[str, ...]:
    """'who', 'did' or 'nobody' of the reviewed list, of every language. Raises ConvocaError."""
    return _listed(file, part)


@lru_cache(maxsize=4)
def insults(file: Path = FILE) -> tuple[str, ...]:
    """The reviewed list, of every language. Raises ConvocaError: the file can not be used."""
    return _listed(file, "words")


def _listed(file: Path, part: str) -> tuple[str, ...]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        return tuple(plain(str(word)) for words in found.values() for word in words[part])
    except (OSError, ValueError, TypeError, KeyError) as e:
        raise ConvocaError(f"{file}: {e}") from e
