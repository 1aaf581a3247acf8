"""Kinds of answer that only the team gives: a day with its hour, a place with its seats, the number that is a lock."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot import dates, due, locks, ties
from bot.actions.decide import NO_MINUTE
from bot.actions.translated import BRACES, NO_REASON, braces, reason
from bot.errors import Invalid, Unsure
from bot.i18n import When, _
from bot.kinds import IS_IT_SO, NO_WORDS, NOT_UNDERSTOOD, Choice, Place, Text, clean, written
from bot.ladder import Shown, number
from bot.sms import sms_text
from bot.words import plain

_SEATS = re.compile(r"(?P<place>.*?)[\s,;:]*(?P<seats>\d{1,9})?(?:\s*(?:personas|lugares|people))?")
_PLACES = re.compile(r"(?:cupo|places)(?: de| a)? (?P<places>[1-9]\d{0,3})")
NOTHING = ("nada", "nothing")
SEATS = 9999
LISTED = 10  # communities of a list
PLACE = 30  # letters of a place: with them an invitation is one SMS


@dataclass(frozen=True)
class Moment:
    """A day with its hour: {'at': '2026-11-22T15:30', 'day': 5 or None}, on the wall clock of `tz`.

    now  what the clock shows there, looked up by the conversation
    """

    now: datetime
    tz: str

    def options(self) -> list[tuple[str, str]]:
        """It is typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> dict[str, Any]:
        """ "sábado 21 nov 3:30 pm", "sabado 22 3:30"."""
        found = dates.read_moment(reply, self.now.date())
        day = found.at.date() if found else dates.read_day(reply, self.now.date())
        if day is None:
            raise Invalid(_("No entendí la fecha. ¿Cuándo es? Ejemplo: sábado 21 nov 3:30 pm"))
        if day < self.now.date() or (found and found.at <= self.now.replace(tzinfo=None)):
            raise Invalid(_("El {date} ya pasó. ¿Cuándo es? Ejemplo: sábado 21 nov 3:30 pm"), date=self._told(day))
        if found is None:
            raise Invalid(_("Falta la hora. ¿Cuándo es? Ejemplo: sábado 21 nov 3:30 pm"))
        return {"at": found.at.isoformat(timespec="minutes"), "day": found.weekday}

    def _told(self, day: date) -> When:
        return When(datetime(day.year, day.month, day.day, 12, tzinfo=self.now.tzinfo), self.tz, "date")

    def holds(self, value: object) -> bool:
        """What `parse` gives."""
        return isinstance(value, dict) and isinstance(value.get("at"), str)


@dataclass(frozen=True)
class Community(Place):
    """One of her communities by name, or by name and area; listed by number once two replies named none.

    whole   value -> 'San Martín, Panamá'
    misses  how many replies named none so far
    """

    whole: Mapping[str, str] = field(default_factory=dict)
    misses: Callable[[], int] = int

    def options(self) -> list[tuple[str, str]]:
        """None at first: it is typed."""
        return list(self.whole.items())[:LISTED] if self.misses() > 1 else []

    def parse(self, reply: str, shown: Shown) -> list[str]:
        """A number of the list, or a name."""
        said, n = plain(reply), number(reply)
        if shown and n is not None and 1 <= n <= len(shown):
            return [shown[n - 1][0]]
        named = [value for value, label in self.whole.items() if plain(label) == said]
        return named or super().parse(reply, shown)


@dataclass(frozen=True)
class PlaceAndSeats:
    """'Casa Comunal, 40': {'place', 'seats'}; seats None when only a place was said.

    known  places of this lab, so that 'casa comunal' is written as it always was
    """

    known: tuple[str, ...] = ()

    def options(self) -> list[tuple[str, str]]:
        """It is typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> dict[str, Any]:
        """Words, then a number."""
        found = _SEATS.fullmatch(clean(reply))
        place = found["place"].strip(" ,;:.") if found else ""
        if not any(c.isalpha() for c in place):
            raise Invalid(_("Falta el lugar. Ejemplo: Casa Comunal, 40"))
        if braces(place):
            raise Invalid(BRACES)
        if len(place) > PLACE:
            raise Invalid(_("El lugar es muy largo: {most} letras o menos."), most=PLACE)
        seats = int(found["seats"]) if found and found["seats"] else None
        if seats is not None and not 1 <= seats <= SEATS:
            raise Invalid(_("Caben de 1 a {most} personas. Ejemplo: Casa Comunal, 40"), most=SEATS)
        return {"place": self.spelled(place), "said": place, "seats": seats}

    def spelled(self, place: str) -> str:
        """As it was written before, else with a capital."""
        return next((one for one in self.known if plain(one) == plain(place)), place[:1].upper() + place[1:])

    def holds(self, value: object) -> bool:
        """What `parse` gives."""
        return isinstance(value, dict) and isinstance(value.get("place"), str) and "seats" in value


@dataclass(frozen=True)
class ChoiceOrPlaces(Choice):
    """One of a list that holds 'places', or 'cupo 30' at once: 'places:30'."""

    def parse(self, reply: str, shown: Shown) -> str:
        """The places, else the list."""
        found = _PLACES.fullmatch(plain(reply))
        return f"places:{found['places']}" if found else super().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """One of the list, or places."""
        return isinstance(value, str) and value.partition(":")[0] in self.labels


@dataclass(frozen=True)
class DueDay:
    """By when something is promised, kept as it was said: 'fin de marzo'; '' for NADA.

    today  looked up by the conversation, ISO
    """

    today: str
    most: int

    def options(self) -> list[tuple[str, str]]:
        """It is typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> str:
        """A day that exists and has not passed, or words that name none."""
        said = clean(reply)
        if plain(said) in NOTHING:
            return ""
        if len(said) > self.most:
            raise Invalid(_("Es muy largo: {most} letras o menos."), most=self.most)
        try:
            found = due.read(said, date.fromisoformat(self.today))
        except due.NoSuchDay:
            raise Invalid(_("Ese día no existe.")) from None
        if found.last is not None and found.last < date.fromisoformat(self.today):
            raise Invalid(_("Esa fecha ya pasó."))
        return said

    def holds(self, value: object) -> bool:
        """Words."""
        return isinstance(value, str)


@dataclass(frozen=True)
class NewDay(DueDay):
    """A day that an office sets anew: one that is known, for on the day after it the neighbours are asked."""

    def parse(self, reply: str, shown: Shown) -> str:
        """As DueDay; words that name no day are refused."""
        said = super().parse(reply, shown)
        if not said or due.read(said, date.fromisoformat(self.today)).last is None:
            raise Invalid(_("No entendí la fecha."))
        return said


@dataclass(frozen=True)
class Why(Text):
    """A reason that people will read: a bare "no" is none. lacks: what is said then, about what."""

    lacks: str = NO_REASON
    about: Mapping[str, object] = field(default_factory=dict)

    def parse(self, reply: str, shown: Shown) -> str:
        """As Text."""
        said = super().parse(reply, shown)
        if not reason(said):
            raise Invalid(self.lacks, **self.about)
        if braces(said):
            raise Invalid(BRACES)
        return said


@dataclass(frozen=True)
class WhyOrNot(Why):
    """The same; '' for no and for NADA, where the act itself is what she takes back."""

    def parse(self, reply: str, shown: Shown) -> str:
        """A reason, or none."""
        return "" if plain(reply) in (*NO_WORDS, *NOTHING) else super().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """A reason, or none."""
        return value == "" or super().holds(value)


@dataclass(frozen=True)
class Minute(Why):
    """What an assembly wrote down."""

    lacks: str = NO_MINUTE


@dataclass(frozen=True)
class Drawn:
    """The numbers of a public draw; '' for NADA, where it has not spoken."""

    def options(self) -> list[tuple[str, str]]:
        """They are typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> str:
        """Numbers, as anybody can look them up."""
        said = clean(reply)
        if plain(said) in (*NOTHING, *NO_WORDS):
            return ""
        if not (drawn := ties.drawn(said)):
            raise Invalid(ties.NOT_DRAWN)
        return drawn

    def holds(self, value: object) -> bool:
        """What `parse` gives."""
        return isinstance(value, str)


@dataclass(frozen=True)
class Phrase(Text):
    """Words for many people, as long as an SMS has room: '…' is three letters there."""

    def parse(self, reply: str, shown: Shown) -> str:
        """As Text, measured as it leaves."""
        said = super().parse(reply, shown)
        if len(sms_text(said)) > self.max:
            raise Invalid(_("Es muy largo: {most} letras o menos."), most=self.max)
        if not written(said):
            raise Invalid(_("No llegó ninguna letra."))
        if braces(said):
            raise Invalid(BRACES)
        return said


@dataclass(frozen=True)
class Because(Phrase):
    """A reason as long as an SMS has room."""

    def parse(self, reply: str, shown: Shown) -> str:
        """As Phrase; what is no reason is refused."""
        if not reason(reply):
            raise Invalid(NO_REASON)
        return super().parse(reply, shown)


@dataclass(frozen=True)
class PhraseOrNothing(Phrase):
    """The same, or '' for NADA."""

    def parse(self, reply: str, shown: Shown) -> str:
        """Words, or none."""
        return "" if plain(reply) in NOTHING else super().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """Words, or none."""
        return value == "" or super().holds(value)


@dataclass(frozen=True)
class Lock:
    """The number of people typed behind its word: 'ENVIAR 149' is true, 'NO' false, another number is refused.

    lock  the word, of bot.locks.WORDS
    """

    lock: str
    people: int

    def options(self) -> list[tuple[str, str]]:
        """It is typed."""
        return []

    def parse(self, reply: str, shown: Shown) -> bool:
        """The word, in any language, and the number; or no."""
        said = plain(reply)
        if said in NO_WORDS:
            return False
        if said == str(self.people):  # the right number, which a slip of a menu's answer could be too
            raise Invalid("")
        if locks.word(reply) != self.lock and not re.fullmatch(r"\d+", said):
            raise Invalid(NOT_UNDERSTOOD)
        if said.partition(" ")[2] != str(self.people):
            raise Invalid(_("El número no coincide. Son {people}."), people=self.people)
        return True

    def holds(self, value: object) -> bool:
        """true or false."""
        return isinstance(value, bool)


@dataclass(frozen=True)
class Office(Choice):
    """One of the organisations, however it is named: 'el municipio' is Municipios, 'Municipio de X' may be."""

    def parse(self, reply: str, shown: Shown) -> str:
        """As in any list, without the article; else the only one of the same name but for its plural."""
        said = _ARTICLE.sub("", clean(reply))
        try:
            return super().parse(said, shown)
        except Invalid:
            kin = [(value, label) for value, label in shown if _kin(said, label)]
            if len(kin) != 1:
                raise
        value, label = kin[0]
        if _singular(said) == _singular(label):
            return value
        raise Unsure(value, label, IS_IT_SO)


_ARTICLE = re.compile(r"(?i)^(?:el|la|los|las|the)\s+(?=\S)")


def _kin(said: str, label: str) -> bool:
    """Whether one of them begins with all words of the other: 'Municipio de Panamá', 'Municipios'."""
    one, other = _singular(said), _singular(_ARTICLE.sub("", label))
    most = min(len(one), len(other))
    return most > 0 and one[:most] == other[:most]


def _singular(name: str) -> list[str]:
    """Its words in the singular, in plain letters: 'Juntas Comunales' -> junta, comunal."""
    return [re.sub(r"(?<=[lnrdz])es$|(?<=[aeiou])s$", "", word) for word in plain(name).split()]
