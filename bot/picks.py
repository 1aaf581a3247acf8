"""Several of a list by one text, "2 5 1": the grammar of a choice (voting.md 5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from rapidfuzz import fuzz

from bot.errors import Invalid, Unsure
from bot.i18n import And, _
from bot.kinds import NOT_UNDERSTOOD
from bot.ladder import NEAR, SPELLED, Shown, bare
from bot.words import plain

YOU_CHOSE = _("¿Elegiste {label}?")
ONE_FIRST = _("Todo importa. Hay que empezar por algo. ¿Qué te hace más falta hoy? Escribe un número del 1 al {n}.")
_COMMAND = frozenset({"elegir", "voto", "votar", "choose", "vote"})
_BEFORE = _COMMAND | {"elijo", "quiero", "i"}
_JOINING = frozenset({"y", "e", "and", "el", "la", "los", "las", "opcion", "opciones", "numero", "numeros", "the"})
_SMALL = frozenset({"de", "del", "a", "al", "en", "para", "con", "of", "to", "in", "for"})
_ALL = frozenset({"todo", "todos", "todas", "todo todo", "all", "everything", "all of them"})
_BLANK = {
    "ninguno": "none", "ninguna": "none", "ninguno de estos": "none", "none": "none", "nothing": "none", "nada": "none",
    "blanco": "blank", "en blanco": "blank", "voto en blanco": "blank", "blank": "blank",
}  # fmt: skip


class Picked(TypedDict):
    """What was chosen: values in the order given, or `blank` ('none' of these, or 'blank'), and what was said twice."""

    chosen: list[str]
    blank: str
    twice: list[str]


@dataclass(frozen=True)
class Picks:
    """Up to `most` of the options, in the order given.

    labels   value -> label as it is shown (short where the channel has no room)
    most     how many count
    titles   value -> other names of it: the long title, the title in other languages
    closed   values withdrawn since
    rows     in a chat each option stands on a line of its own
    """

    labels: Mapping[str, str]
    most: int = 3
    titles: Mapping[str, Iterable[str]] = field(default_factory=dict)
    rows: bool = False
    closed: frozenset[str] = frozenset()  # values that keep their place and can not be chosen

    def options(self) -> list[tuple[str, str]]:
        """The list, in its order."""
        return list(self.labels.items())

    def parse(self, reply: str, shown: Shown) -> Picked:
        """Numbers count when given; words are Unsure, to be asked first."""
        said = bare(reply)
        if said in _BLANK:
            return Picked(chosen=[], blank=_BLANK[said], twice=[])
        if said in _ALL:
            raise Invalid(ONE_FIRST, n=len(shown))
        numbers, sure = self._read(said, shown)
        if not numbers:
            raise Invalid(NOT_UNDERSTOOD)
        picked = self._picked(numbers, shown)
        if not sure:
            names = dict(shown)
            places = {value: n for n, (value, _label) in enumerate(shown, 1)}
            raise Unsure(picked, And(f"{places[v]} {names[v]}" for v in picked["chosen"]), YOU_CHOSE)
        return picked

    def holds(self, value: object) -> bool:
        """Known options, no more than count; or a blank."""
        if not isinstance(value, dict) or set(value) != {"chosen", "blank", "twice"}:
            return False
        chosen = value["chosen"]
        known = isinstance(chosen, list) and len(chosen) <= self.most and all(v in self.labels for v in chosen)
        return known and bool(chosen) != bool(value["blank"])

    def _read(self, said: str, shown: Shown) -> tuple[list[int], bool]:
        """Numbers in the order said, and whether nothing but numbers (and the title of each) was said."""
        words = said.split()
        while words and words[0] in _BEFORE:
            words.pop(0)
        numbers, sure = list[int](), True
        titles = self._title_words(shown)
        for word in words:
            found = digits(word, len(shown))
            if found:
                numbers += found
            elif word in _JOINING or word in _SMALL:
                continue
            elif numbers and numbers[-1] in titles.get(word, ()):
                continue  # "1 Agua potable", as a button says it
            else:
                named = _named(word, titles)
                if len(named) > 1 and not set(named) & set(numbers):
                    return [], False
                numbers += [n for n in named[:1] if n not in numbers]
                sure = False
        return numbers, sure and "no" not in words

    def _title_words(self, shown: Shown) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for n, (value, label) in enumerate(shown, 1):
            for word in {w for title in (label, *self.titles.get(value, ())) for w in plain(title).split()}:
                if len(word) >= 3 and word not in _SMALL:
                    found.setdefault(word, []).append(n)
        return found

    def _picked(self, numbers: Sequence[int], shown: Shown) -> Picked:
        if any(not 1 <= n <= len(shown) for n in numbers):
            raise Invalid(_("Hay {n} opciones, del 1 al {n}. ¿Cuál quisiste decir?"), n=len(shown))
        values = [shown[n - 1][0] for n in numbers]
        if gone := [n for n, value in zip(numbers, values, strict=True) if value in self.closed]:
            raise Invalid(_("El {number} se retiró de la lista. ¿Cuál quieres?"), number=gone[0])
        chosen = list(dict.fromkeys(values))
        if len(chosen) > self.most:
            raise Invalid(_("Se pueden elegir hasta {k}. ¿Cuáles {k}?"), k=self.most)
        return Picked(chosen=chosen, blank="", twice=[v for v in chosen if values.count(v) > 1])


def all_of(reply: str) -> bool:
    """Whether it says everything, of whatever is listed."""
    return bare(reply) in _ALL


def commanded(reply: str) -> bool:
    """Whether it begins with ELEGIR: then any number after it is the whole choice (voting.md 5)."""
    return bare(reply).partition(" ")[0] in _COMMAND


def digits(word: str, options: int) -> list[int]:
    """The numbers of one word: "251" is three with up to 9 options, one with more; "dos" is 2; [] when none."""
    if re.fullmatch(r"\d{1,40}", word):
        return [int(d) for d in word] if options <= 9 and len(word) > 1 else [int(word)]
    return [SPELLED[word]] if word in SPELLED else []


def _named(word: str, titles: Mapping[str, list[int]]) -> list[int]:
    """The options that have this word in a title, or one very like it."""
    if word in titles:
        return titles[word]
    if len(word) < 4:
        return []
    return sorted({n for title, ns in titles.items() if fuzz.ratio(word, title) >= NEAR for n in ns})
