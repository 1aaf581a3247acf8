"""The matching ladder: number, exact, prefix, and then a near miss that a question must confirm (DESIGN 3).

Nothing is matched unanchored: "si" is not in "visita", and a word counts only as a whole word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.words import plain

Shown = Sequence[tuple[str, str]]  # (canonical value, label as it was shown in her language), in the order shown
Synonyms = Mapping[str, Iterable[str]]

NEAR = 84  # least similarity of a near miss, of 100
LONGEST = 300  # no option is looked for in a longer reply

_SPELLED = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez",
    "zero one two three four five six seven eight nine ten",
    "- primero segundo tercero cuarto quinto sexto septimo octavo noveno decimo",
    "- primera segunda tercera cuarta quinta sexta septima octava novena decima",
    "- first second third fourth fifth sixth seventh eighth ninth tenth",
    "- un - tercer",
    "- una",
)
SPELLED: Mapping[str, int] = {word: n for row in _SPELLED for n, word in enumerate(row.split()) if word != "-"}
LEADS = frozenset({"el", "la", "opcion", "numero", "num", "n", "nro", "the", "option", "number"})
_WEAK = frozenset({"ya", "y", "bien", "bueno", "nada", "claro", "ok", "voy"})  # said inside a sentence they mean little
_NEITHER = ("no se", "no entiendo", "no entendi", "do not know", "don t know", "do not understand")
_COURTESY = re.compile(r"\b(?:por favor|porfa|porfavor|gracias|please|thanks|thank you)\b")


@dataclass(frozen=True, slots=True)
class Match:
    """The value that a reply means; `sure` is false when it is only near."""

    value: str
    sure: bool


def bare(reply: str) -> str:
    """The reply in plain words, without courtesy."""
    said = plain(reply[:LONGEST])
    return " ".join(_COURTESY.sub(" ", said).split()) or said


def number(reply: str) -> int | None:
    """The number that is the whole reply: "1", "1.", "el 1", "opción 1", "uno", 1️⃣, "one"."""
    words = bare(reply).split()
    while len(words) > 1 and words[0] in LEADS:
        words.pop(0)
    if len(words) != 1:
        return None
    word = words[0]
    return int(word) if word.isdecimal() and len(word) <= 9 else SPELLED.get(word)


def match(reply: str, shown: Shown, synonyms: Synonyms | None = None) -> Match | None:
    """The option that a reply means, among those shown; None when it means none of them."""
    n = number(reply)
    if n is not None and 1 <= n <= len(shown):
        return Match(shown[n - 1][0], True)
    said = bare(reply)
    if not said:
        return None
    phrases = _phrases(shown, synonyms or {})
    sure = phrases.get(said) or _as_printed(said, shown, phrases) or _prefix(said, phrases)
    if sure:
        return Match(sure, True)
    near = _said_inside(said, phrases) or _near(said, phrases)
    return Match(near, False) if near else None


def _as_printed(said: str, shown: Shown, phrases: Mapping[str, str]) -> str:
    """The option whose number and own label, or words for it, these are: "1 Sí", "1: 18 o más"; '' for another's."""
    typed, _space, label = said.partition(" ")
    place = int(typed) if typed.isdecimal() and len(typed) <= 9 else 0
    if not 1 <= place <= len(shown):
        return ""
    value, own = shown[place - 1]
    return value if label == bare(own) or phrases.get(label) == value else ""


def _phrases(shown: Shown, synonyms: Synonyms) -> dict[str, str]:
    """Plain phrase -> value. A phrase of two options is nobody's: ''. Labels win over synonyms."""
    labels = ((phrase, value) for value, label in shown for phrase in {plain(label), plain(value)})
    offered = {value for value, _ in shown}
    more = ((plain(word), value) for value in synonyms if value in offered for word in synonyms[value])
    return _told_apart(more) | _told_apart(labels)


def _told_apart(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for phrase, value in pairs:
        if phrase and not phrase.isdecimal():
            found[phrase] = value if found.get(phrase, value) == value else ""
    return found


def _prefix(said: str, phrases: Mapping[str, str]) -> str:
    if len(said) < 3 or said.isdecimal():
        return ""
    return _only(value for phrase, value in phrases.items() if phrase.startswith(said))


def _said_inside(said: str, phrases: Mapping[str, str]) -> str:
    """The one option of which a whole phrase stands in the reply: "para el sábado sí voy" -> yes."""
    rest, found = f" {said} ", set[str]()
    for phrase in sorted({*phrases, *_NEITHER} - _WEAK, key=len, reverse=True):
        if len(phrase) >= 2 and f" {phrase} " in rest:
            rest = rest.replace(f" {phrase} ", "  ")
            found.add(phrases.get(phrase, ""))
    return _only(found)


def _near(said: str, phrases: Mapping[str, str]) -> str:
    """A slip of the fingers, in words of four letters or more; or the words of one label only."""
    long = [phrase for phrase in phrases if len(phrase) >= 4]
    if len(said) >= 4:
        found = process.extract(said, long, scorer=fuzz.ratio, score_cutoff=NEAR, limit=5)
        if value := _only(phrases[phrase] for phrase, _, _ in found):
            return value
    words = {word for word in said.split() if len(word) >= 4}
    return _only(value for phrase, value in phrases.items() if words and words <= set(phrase.split()))


def _only(values: Iterable[str]) -> str:
    """The one value among them; '' when there is none, or more than one."""
    different = set(values)
    return different.pop() if len(different) == 1 else ""
