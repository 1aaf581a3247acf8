"""What is proposed: words, a picture, a place or a voice note, until it says what happens and where
(conversations.md 7). No conversation of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypedDict

from bot import ideas as rules
from bot.errors import Invalid
from bot.i18n import _
from bot.kinds import NO_SUCH_NUMBER, NOT_UNDERSTOOD, Text, clean
from bot.ladder import Shown, number
from bot.talk import Talk
from bot.words import More, command, plain
from conversations.to_idea import NOTHING
from storage.tables.ideas import IDEA

WHAT = _("Cuéntame el problema o la idea con tus palabras. Puedes escribir, mandar un audio o una foto. ¿Qué pasa?")
HEARD = _("Recibí tu audio. Una persona lo oye hoy o mañana y te escribe lo que entendió.")
OR_WRITE = _("Recibí tus audios. Una persona los oye hoy o mañana. También puedes escribirlo: ¿qué pasa y dónde es?")
_SEEN = {
    "photo": _("Recibí la foto. Si salen personas, no la publicamos sin su permiso. ¿Qué se ve y dónde es?"),
    "place": _("Recibí el lugar. ¿Qué pasa ahí?"),
}
SHORT = 30  # letters of what was said that a question repeats


class Said(TypedDict):
    """What somebody told: words as they came, and 'voice', 'photo', 'place' or ''."""

    text: str
    media: str


@dataclass(frozen=True)
class Told:
    """Words of hers. A word of command is none, nor is a number alone; IDEA before them is left out."""

    more: More = field(default_factory=dict)  # `Catalogues.words`
    max: int = IDEA

    def options(self) -> list[tuple[str, str]]:
        """Nothing to choose."""
        return []

    def parse(self, reply: str, shown: Shown) -> Said:
        """Raises Invalid: a number, a word of command, no letter, too long."""
        word = command(reply, self.more)
        proposed = word is not None and word.name in ("idea", "my_idea") and number(word.arg) is None and word.arg
        if word and not proposed:
            raise Invalid("")
        if (n := number(reply)) is not None:
            raise Invalid(NO_SUCH_NUMBER, reply=n)
        text = Text(max=self.max).parse(word.arg if word else reply, ())
        if not any(c.isalpha() for c in text):
            raise Invalid(NOT_UNDERSTOOD)
        return Said(text=text, media="")

    def agreed(self, words: str) -> Said:
        """What a human heard, and she has said that it is so."""
        return Said(text=clean(words)[: self.max], media="")

    def holds(self, value: Any) -> bool:
        """Words within the limit; only what was seen may have none."""
        return isinstance(value, dict) and bool(value.get("text") or value.get("media")) and len(value) == 2


@dataclass(frozen=True)
class Shows(Told):
    """The same, or a voice note, a picture, a place."""

    def seen(self, media: str, words: str) -> Said:
        """What stood beside it is taken as words, as far as it is some."""
        return Said(text=clean(words)[: self.max], media=media)


def told(talk: Talk, typed: str, before: str = "", *, without: bool) -> Said | None:
    """The idea: typed behind the word IDEA, or asked for; asked again where it says too little. None: she lets it be.

    before    what stands before the question
    without   of nobody: no picture and no voice, since they lead to a phone
    """
    words = talk.scene.catalogues.words
    said = _typed(typed, words)
    if said is None and without:
        said = talk.ask("what.words", _("Cuéntame el problema o la idea con tus palabras. ¿Qué pasa?"), Told(words))
    if said is None:
        said = talk.ask("what", WHAT if not before else _("¿Qué pasa?"), Shows(words), before=before, evidence=True)
    if said["media"] == "voice":
        return said
    if said["media"] and not said["text"]:
        seen = talk.ask("seen", _SEEN[said["media"]], Told(words))
        return None if _nothing(seen) else said | seen | {"media": said["media"]}
    if _nothing(said):
        return None
    if rules.too_short(said["text"]):
        question = _("¿Qué pasa con «{idea}» y en qué lugar?")
        more = talk.ask("more", question, Told(words), idea=said["text"][:SHORT])
        return None if _nothing(more) else Said(text=f"{said['text']}: {more['text']}", media=said["media"])
    return said


def _nothing(said: Said) -> bool:
    """'no', 'nada': whoever does not want to say it, after all, has proposed nothing."""
    return plain(said["text"]) in NOTHING


def _typed(typed: str, words: More) -> Said | None:
    """What was typed with the word itself; None when that can not stand as it is: then it is asked for."""
    try:
        return Told(words).parse(typed, ()) if typed else None
    except Invalid:
        return None
