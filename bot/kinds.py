"""Kinds of answer: how a question's answer is shown, read from a reply, and known again after a deploy.

The engine keeps what `parse` gives, never the raw reply; a number is read against the list *as it was shown*.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar, runtime_checkable

from bot import dates
from bot.errors import Invalid, Unsure
from bot.i18n import _
from bot.ladder import Shown, match, number
from bot.message import Option, on_buttons
from bot.words import More, command, not_coming, plain

T_co = TypeVar("T_co", covariant=True)

NOT_UNDERSTOOD = _("No entendí.")
NO_SUCH_NUMBER = _("No entendí {reply}.")
IS_IT_SO = _("Entendí: {label}. ¿Es así?")
CODE = 40  # letters that a code to be typed has at the most, or other words that we give
READ_AS_YES, READ_OTHERWISE = _("¿Entendí bien?"), _("No entendí bien.")  # before a question that is put again


class Kind(Protocol[T_co]):
    """A kind of answer. Values are JSON: they are kept between two messages."""

    def options(self) -> list[tuple[str, str]]:
        """What can be chosen by number: (canonical value, label: a msgid or a plain name). Empty for free answers."""

    def parse(self, reply: str, shown: Shown) -> T_co:
        """The value that a reply means. Raises Invalid (its text says what would answer) or Unsure (to confirm)."""

    def holds(self, value: object) -> bool:
        """Whether a kept value still answers; if not, it is forgotten and asked again."""


@runtime_checkable
class Hearing(Protocol):
    """A kind of answer in free words: those that she has agreed to are taken as they are, whatever they look like."""

    def agreed(self, words: str) -> Any:
        """The value."""


@runtime_checkable
class Seeing(Protocol):
    """A kind of answer that a voice note, a picture or a place gives, too."""

    def seen(self, media: str, words: str) -> Any:
        """The value; `words` are those that stood beside it. Raises Invalid."""


@runtime_checkable
class Tapping(Protocol):
    """A kind whose buttons stand in a message that changes: one may come from before the last change.

    Its `unlisted`, a set of values, are buttons alone: the text has no number for them.
    """

    def tapped(self, value: str) -> Any:
        """The answer that this button gives, whatever stands beside it by now. Raises Invalid."""


def free(kind: Kind[Any]) -> bool:
    """Whether it takes a name, or what somebody wants to tell: anything may stand at the head of it."""
    return isinstance(kind, Hearing) or (isinstance(kind, Text) and (kind.name or kind.max > CODE))


def button_labels(labels: Sequence[str]) -> list[str]:
    """Labels with their numbers, as on buttons: "1 Sí", or "1: 18 o más" where a digit stands at a label's edge."""
    return on_buttons(Option(n, label) for n, label in enumerate(labels, 1))


def number_label(labels: Sequence[str], *, lines: bool = False) -> str:
    """The options as the text repeats them: "1 Sí 2 No"; with `lines` one under the other (a ballot in a chat).

    A place without a label is not listed, and keeps its number.
    """
    shown = zip(button_labels(labels), labels, strict=True)
    return ("\n" if lines else " ").join(numbered for numbered, label in shown if label)


def numbered(asked: str, labels: Sequence[str], rows: bool = False) -> str:
    """The question with its options: '¿Aceptas? 1 Sí 2 No'; with `rows` one under the other."""
    given = number_label(labels, lines=rows)
    return f"{asked}{chr(10) if rows else ' '}{given}" if given else asked


def by_button(kind: Kind[T_co], value: str, shown: Shown) -> T_co:
    """The answer that a tapped button gives. Raises Invalid when that option was not shown."""
    if isinstance(kind, Tapping):
        return kind.tapped(value)  # type: ignore[no-any-return]
    place = next((n for n, (shown_value, _label) in enumerate(shown, 1) if shown_value == value), 0)
    if not place:
        raise Invalid(NOT_UNDERSTOOD)
    return kind.parse(str(place), shown)


def _not_understood(reply: str) -> Invalid:
    n = number(reply)
    return Invalid(NOT_UNDERSTOOD) if n is None else Invalid(NO_SUCH_NUMBER, reply=n)


_YES_SIGNS, _NO_SIGNS = frozenset("👍👌✅✔☑🙋🆗"), frozenset("👎❌✖🙅⛔")
YES_WORDS = (
    "si", "s", "ok", "okay", "oka", "dale", "claro", "claro que si", "ya", "bueno", "bien", "esta bien", "de acuerdo",
    "acepto", "si acepto", "si quiero", "si voy", "voy", "asi es", "correcto", "sip", "sii", "siii", "con gusto",
    "por supuesto", "yes", "y", "yeah", "yep", "yes i do", "sure", "of course", "i agree", "i accept",
)  # fmt: skip
NO_WORDS = (
    "no", "n", "nop", "nope", "nel", "nada", "no quiero", "no acepto", "no voy", "no puedo", "ahora no", "ya no",
    "ya no voy", "ya no puedo", "noo", "nooo", "para nada", "not now", "i do not", "not going", "not coming",
    "no voy a ir", "ya no voy a ir", "no puedo ir", "ya no puedo ir", "no podre ir", "i am not going",
    "i am not coming", "i m not going", "i m not coming", "i can not go", "i cannot go", "i can t go", "cannot go",
)  # fmt: skip

DONT_KNOW = (  # "todavia no" is none of them: where the question is what was done it is a no
    "no se", "no lo se", "no se todavia", "todavia no se", "aun no se", "no se si", "tal vez", "talvez", "quizas",
    "quiza", "depende", "no estoy segura", "no estoy seguro", "maybe", "perhaps", "it depends", "not sure",
    "not sure yet", "i am not sure", "i m not sure", "do not know", "don t know", "dont know", "i do not know",
    "i don t know", "i dont know", "i do not know yet", "i don t know yet",
)  # fmt: skip


def sign(reply: str) -> str:
    """'yes' or 'no' when the whole reply is a sign: 👍🏽, 👎."""
    seen = {c for c in reply if not c.isspace() and unicodedata.category(c) not in ("Mn", "Me", "Cf", "Sk")}
    if seen and seen <= _YES_SIGNS:
        return "yes"
    return "no" if seen and seen <= _NO_SIGNS else ""


@dataclass(frozen=True)
class YesNo:
    """A yes or a no, kept as true or false. The labels may say more: YesNo(no=_("No puedo"))."""

    yes: str = _("Sí")
    no: str = _("No")

    def options(self) -> list[tuple[str, str]]:
        """1 yes, 2 no."""
        return [("yes", self.yes), ("no", self.no)]

    def parse(self, reply: str, shown: Shown) -> bool:
        """Number, label, "ok", 👍."""
        if said := sign(reply):
            return said == "yes"
        found = match(reply, shown, {"yes": YES_WORDS, "no": NO_WORDS})
        if not found:
            raise _not_understood(reply)
        if not found.sure:
            raise Unsure(found.value == "yes", dict(shown)[found.value])
        return found.value == "yes"

    def holds(self, value: object) -> bool:
        """true or false."""
        return isinstance(value, bool)


@dataclass(frozen=True)
class Choice:
    """One of a list, kept as its value. Values are our own keys, never a number.

    labels    value -> label, a msgid or a plain name, in the order shown
    synonyms  value -> other words that mean it, in any language, without accents
    number    what a number beyond the list means: an age typed where a band was asked
    """

    labels: Mapping[str, str]
    synonyms: Mapping[str, Iterable[str]] = field(default_factory=dict)
    number: Callable[[int], str | None] | None = None

    def options(self) -> list[tuple[str, str]]:
        """The list, in its order."""
        return list(self.labels.items())

    def parse(self, reply: str, shown: Shown) -> str:
        """Number, label, synonym, prefix; near misses are Unsure."""
        words = {value: (*self.synonyms.get(value, ()), *_YES_NO.get(value, ())) for value in self.labels}
        if (said := sign(reply)) in self.labels:
            return said
        found = match(reply, shown, words)
        if found and found.sure and found.value in self.labels:
            return found.value
        if beyond := self._beyond(reply):
            return beyond
        if found and found.value in self.labels:
            raise Unsure(found.value, dict(shown)[found.value], "" if "yes" in self.labels else IS_IT_SO)
        raise _not_understood(reply)

    def _beyond(self, reply: str) -> str | None:
        if not self.number:
            return None
        n = number(re.sub(r"\b(?:tengo|anos|years old|years|i am)\b", " ", plain(reply)))
        return None if n is None else self.number(n)

    def holds(self, value: object) -> bool:
        """One of the values."""
        return isinstance(value, str) and value in self.labels


_YES_NO: Mapping[str, Iterable[str]] = {"yes": YES_WORDS, "no": NO_WORDS}

_KEEP_JOINED = "\u200c\u200d"  # they join letters and emoji
_BLANK = "\u115f\u1160\u3164\uffa0"  # letters that show nothing
_LEAD = re.compile(r"(?i)^(?:me llamo|mi nombre es|soy|my name is|i am|i'm)\s+(?=\S)")

_NO_NAME = re.compile(r"://|www\.|@|\d(?:[ ().-]*\d){6}", re.IGNORECASE)  # a link, an address, a telephone number


def clean(typed: str) -> str:
    """What was typed, in one line: NFC, no control characters, single spaces; letters and marks as they came."""
    return " ".join("".join(map(_cleaned, unicodedata.normalize("NFC", typed))).split())


def written(typed: str) -> str:
    """What somebody wrote for others to read, cleaned; '' where it has not one letter or digit: that says nothing."""
    text = clean(typed)
    return text if any(c.isalnum() and c not in _BLANK for c in text) else ""


def _cleaned(char: str) -> str:
    if char in _KEEP_JOINED or unicodedata.category(char)[0] not in "CZ":
        return char
    return " " if char.isspace() else ""


@dataclass(frozen=True)
class Text:
    """Words of the person, kept as typed. With `offer` it is asked as 1 yes 2 other: '' means "another one".

    max    letters at the most
    min    letters at the least
    name   a name: at least one letter, and "me llamo" is left out; what is a command ('LUIS CON 2', OTRA) is none
    offer  a text that is offered ("¿Te llamo Kevin?"); any words but yes and `other` are taken as the answer
    more   commands in the other languages, for a name: `Catalogues.words`
    """

    max: int = 500
    min: int = 1
    name: bool = False
    offer: str = ""
    other: str = _("Otro nombre")
    more: More = field(default_factory=dict)

    def options(self) -> list[tuple[str, str]]:
        """Nothing to choose, or 1 yes 2 other."""
        return [("yes", _("Sí")), ("other", self.other)] if self.offer else []

    def parse(self, reply: str, shown: Shown) -> str:
        """The words, checked. A text too long is never cut."""
        if self.offer and shown and not not_coming(reply, self.more):
            if (said := sign(reply)) == "yes":
                return self.offer
            found = match(reply, shown, {"yes": YES_WORDS, "other": ("otro", "otra", "other", *NO_WORDS)})
            if said == "no" or (found and found.sure):
                return self.offer if found and found.value == "yes" else ""
        text = clean(reply)
        if self.name:
            wish = command(text, self.more)
            if wish is not None and wish.name != "who":  # 'SOY LUIS' says a name
                raise Invalid("")
            text = _LEAD.sub("", text)
        self._check(text)
        return text

    def _check(self, text: str) -> None:
        if not text:
            raise Invalid(_("No llegó ninguna letra."))
        if self.name and _NO_NAME.search(text):
            raise Invalid(_("Aquí va solo tu nombre, sin enlaces ni números."))
        if self.name and (text[0].isdigit() or not any(c.isalpha() for c in text)):  # "38 años"
            raise Invalid(_("Un nombre lleva letras."))
        if len(text) > self.max:
            raise Invalid(_("Es muy largo. Escribe hasta {max} letras."), max=self.max)
        if len(text) < self.min:
            raise Invalid(_("Es muy corto. Escribe un poco más."))

    def holds(self, value: object) -> bool:
        """Words within the limits; '' only where one was offered."""
        return isinstance(value, str) and ((not value and bool(self.offer)) or self.min <= len(value) <= self.max)


_WE = frozenset(("somos", "seremos", "seriamos", "vamos", "venimos", "iremos", "we"))
_NEGATIVE = re.compile(r"[-−–]\s*\d")


def _in_words(reply: str) -> int | None:
    """The only number among a few words: 'unas 40 personas'; None for '3.5', '10 o 20', and for who counts herself
    ('somos 3'): what that is a number of, the conversation knows."""
    said = plain(reply).split()
    if not _WE.isdisjoint(said):
        return None
    found = [word for word in said if any(c.isdigit() for c in word)]
    return int(found[0]) if len(found) == 1 and len(said) < 6 and found[0].isdecimal() and len(found[0]) < 10 else None


@dataclass(frozen=True)
class Number:
    """A whole number, kept as int."""

    min: int = 0
    max: int = 9999

    def options(self) -> list[tuple[str, str]]:
        """It is typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> int:
        """Digits, also as "40 personas", or a number spelled up to ten."""
        n = _in_words(reply) if (typed := number(reply)) is None else typed
        n = None if _NEGATIVE.search(reply) else n
        if n is None or not self.min <= n <= self.max:
            raise Invalid(_("Escribe un número del {min} al {max}."), min=self.min, max=self.max)
        return n

    def holds(self, value: object) -> bool:
        """Within the limits."""
        return isinstance(value, int) and not isinstance(value, bool) and self.min <= value <= self.max


@dataclass(frozen=True)
class Date:
    """A day, kept as '2026-11-21'. `today` is looked up by the conversation, so that a replay reads the same."""

    today: date
    past: bool = False  # days gone by are taken too

    def options(self) -> list[tuple[str, str]]:
        """It is typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> str:
        """ "21 nov", "sábado 21 de noviembre", "21/11/2026", "mañana", "el sábado"."""
        day = dates.read_day(reply, self.today)
        if day is None:
            raise Invalid(_("No entendí la fecha. Ejemplo: sábado 21 nov."))
        if day < self.today and not self.past:
            raise Invalid(_("Esa fecha ya pasó. Ejemplo: sábado 21 nov."))
        return day.isoformat()

    def holds(self, value: object) -> bool:
        """A day in ISO form."""
        try:
            return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False


@dataclass(frozen=True)
class Place:
    """A community named in free words, kept as the values that bear the name: two San Martín are both given.

    names   value -> the names it goes by ("San Martín")
    most    more than this many are not told apart: Invalid
    """

    names: Mapping[str, Iterable[str]]
    most: int = 6

    def options(self) -> list[tuple[str, str]]:
        """It is typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> list[str]:
        """All the places of that name, or of one that begins so; a near miss is Unsure."""
        said = plain(clean(reply)[:80])
        by_name = self._by_name()
        found = by_name.get(said) or [
            value for name, values in by_name.items() if len(said) >= 3 and name.startswith(said) for value in values
        ]
        if 1 <= len(found) <= self.most:
            return list(dict.fromkeys(found))
        near = match(said, [(name, name) for name in by_name if not name.isdecimal()]) if said and not found else None
        if near and number(said) is None:
            label = next(name for names in self.names.values() for name in names if plain(name) == near.value)
            raise Unsure(by_name[near.value][: self.most], label, IS_IT_SO)
        raise Invalid(_("No conozco ese lugar."))

    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for value, names in self.names.items():
            for name in names:
                found.setdefault(plain(name), []).append(value)
        return found

    def holds(self, value: object) -> bool:
        """Places that are still known."""
        return isinstance(value, list) and bool(value) and all(v in self.names for v in value)
