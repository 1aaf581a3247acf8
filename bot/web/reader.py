"""Who reads a page: in which language, and how its moments and numbers are written there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request

from bot import dates
from bot.i18n import BASE, Catalogues, Count, Voice
from bot.spoken import Said, Spoken, said


@dataclass(frozen=True, slots=True)
class Own:
    """An organiser's words, and the language they are in: a page says so where it is not the reader's."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Reader:
    """One reading. `now` tells which year goes without saying."""

    catalogues: Catalogues
    lang: str
    now: datetime

    @property
    def voice(self) -> Voice:
        """For the words that a page shares with messages."""
        return Voice(self.lang)

    def say(self, msgid: str, **args: object) -> str:
        """A marked text in the reader's language."""
        return self.catalogues.text(self.voice, msgid, **args)

    def own(self, of: Spoken, name: str, lang: str) -> Own:
        """A field of a lab, a session or a contest as the plan says it to this reader.

        lang  the language in which the plan says it first
        """
        return self.written(said(of, name), lang)

    def written(self, text: Said, lang: str) -> Own:
        """What somebody wrote, as this reader reads it. lang: in which it was written first."""
        return Own(text.in_(self.lang), self.lang if text.knows(self.lang) else lang)

    def count(self, one: str, many: str, n: int) -> str:
        """'1 persona', '1.200 personas'."""
        return self.catalogues.count(self.voice, Count(one, many, n))

    def day(self, at: datetime, tz: str) -> str:
        """'sábado 21 nov'; of another year 'sábado 21 nov 2027'."""
        local = at.astimezone(ZoneInfo(tz))
        year = "" if local.year == self.now.astimezone(ZoneInfo(tz)).year else f" {local.year}"
        return dates.written(at, tz, "day", self._way) + year

    def hour(self, at: datetime, tz: str) -> str:
        """'3:30 pm'."""
        return dates.written(at, tz, "hour", self._way)

    def moment(self, at: datetime, tz: str) -> str:
        """'sábado 21 nov, 3:30 pm'."""
        return f"{self.day(at, tz)}, {self.hour(at, tz)}"

    @property
    def _way(self) -> dates.Way:
        language = self.catalogues.languages[self.lang]
        return dates.Way(language.format_locale, language.noon, language.midnight)

    def others(self) -> list[tuple[str, str]]:
        """(tag, name in itself) of the languages that the page can be read in besides."""
        return [(tag, name) for tag, name in self.catalogues.listed().items() if tag != self.lang]


def reading(request: Request, catalogues: Catalogues, now: datetime) -> Reader:
    """In the language of ?lang=, else the first that the browser names and we speak, else Spanish."""
    wanted = [request.query_params.get("lang", ""), *accepted(request.headers.get("accept-language", ""))]
    spoken = catalogues.listed()
    tags = (tag.replace("_", "-").partition("-")[0].strip().lower() for tag in wanted)
    return Reader(catalogues, next((tag for tag in tags if tag in spoken), BASE), now)


def accepted(header: str) -> list[str]:
    """The tags of Accept-Language, best first; those of weight 0 and what can not be read are left out."""
    found = []
    for n, part in enumerate(header.split(",")[:20]):
        tag, _semicolon, weight = part.partition(";")
        quality = _quality(weight)
        if tag.strip() and quality > 0:
            found.append((-quality, n, tag.strip()))
    return [tag for _quality, _n, tag in sorted(found)]


def _quality(weight: str) -> float:
    name, _equals, number = weight.partition("=")
    if not name.strip():
        return 1.0
    try:
        return min(1.0, float(number))
    except ValueError:
        return 0.0
