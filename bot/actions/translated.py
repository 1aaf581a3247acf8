"""Texts of an act in other languages, as people wrote them: never by machine. Each fits where the first one fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.kinds import NO_WORDS, YES_WORDS, written
from bot.sms import sms_text
from bot.words import plain
from storage.texts import Texts, only

# In what goes to many people our own words are filled where they hold a {word}: nobody means what the team typed so.
BRACES = _("Escríbelo sin llaves { }: entre ellas no se llena nada.")
NO_REASON = _("Falta la razón.")
_NONE = frozenset((*YES_WORDS, *NO_WORDS, "nothing"))


def judged(
    catalogues: Catalogues, langs: Sequence[str], of: Mapping[str, str], texts: Texts, most: Mapping[str, int]
) -> dict[str, dict[str, str]]:
    """The texts in single lines. Raises Refused.

    langs  of the lab; the first is the one in which it is written anyway
    of     field -> the text itself: what is not said at all is said in no other language
    texts  language -> field -> text
    most   field -> letters that an SMS has for it
    """
    unfilled(catalogues, *of.values(), *(text for told in texts.values() for text in told.values()))
    found = {lang: {name: written(text) for name, text in told.items()} for lang, told in texts.items()}
    for lang, told in found.items():
        if lang not in langs[1:]:
            others = ", ".join(langs[1:]) or "-"
            told_ = _("El laboratorio no lleva textos en {language}. Sus otros idiomas: {words}.")
            raise Refused(catalogues.told(told_, language=lang, words=others))
        for name, text in told.items():
            _fits(catalogues, lang, of.get(name, ""), text, most[name])
    return only(found, *most)


def unfilled(catalogues: Catalogues, *texts: str) -> None:
    """What the team writes is told as it is written. Raises Refused where it looks like something to be filled in."""
    if any(braces(text) for text in texts):
        raise Refused(catalogues.told(BRACES))


def reason(typed: str) -> str:
    """A reason that people will read, in one line; '' where it gives none: a bare yes or no, "nada", no letter."""
    said = written(typed)
    return "" if plain(said) in _NONE else said


def braces(text: str) -> bool:
    """Whether a text holds one."""
    return "{" in text or "}" in text


def _fits(catalogues: Catalogues, lang: str, plain: str, text: str, most: int) -> None:
    if text and not plain:
        without = _("Falta el texto mismo. En {language} se dice lo mismo, y no más.")
        raise Refused(catalogues.told(without, language=lang))
    if len(sms_text(text, lang)) > most:
        raise Refused(too_long(catalogues, lang, most))


def too_long(catalogues: Catalogues, lang: str, most: int) -> str:
    """What is said of a text that has no room in this language."""
    told = _("El texto en {language} es muy largo. Caben {most} letras.")
    return catalogues.told(told, language=lang, most=most)
