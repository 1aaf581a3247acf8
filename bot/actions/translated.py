"""Texts of an act in other languages, as people wrote them: never by machine. Each fits where the first one fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.sms import sms_text
from storage.texts import Texts, only


def judged(
    catalogues: Catalogues, langs: Sequence[str], of: Mapping[str, str], texts: Texts, most: Mapping[str, int]
) -> dict[str, dict[str, str]]:
    """The texts in single lines. Raises Refused.

    langs  of the lab; the first is the one in which it is written anyway
    of     field -> the text itself: what is not said at all is said in no other language
    texts  language -> field -> text
    most   field -> letters that an SMS has for it
    """
    found = {lang: {name: " ".join(text.split()) for name, text in told.items()} for lang, told in texts.items()}
    for lang, told in found.items():
        if lang not in langs[1:]:
            others = ", ".join(langs[1:]) or "-"
            told_ = _("El laboratorio no lleva textos en {language}. Sus otros idiomas: {words}.")
            raise Refused(catalogues.told(told_, language=lang, words=others))
        for name, text in told.items():
            _fits(catalogues, lang, of.get(name, ""), text, most[name])
    return only(found, *most)


def _fits(catalogues: Catalogues, lang: str, plain: str, text: str, most: int) -> None:
    if text and not plain:
        without = _("Falta el texto mismo. En {language} se dice lo mismo, y no más.")
        raise Refused(catalogues.told(without, language=lang))
    if len(sms_text(text, lang)) > most:
        raise Refused(
            catalogues.told(_("El texto en {language} es muy largo. Caben {most} letras."), language=lang, most=most)
        )
