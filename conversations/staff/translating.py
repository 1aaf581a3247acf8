"""The same in another language of the lab, where somebody concerned reads it: asked once, NADA leaves it.

No machine translates: whoever of the team can, writes it. No conversation of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.i18n import _
from bot.talk import Talk
from conversations.staff.answers import PhraseOrNothing
from storage import labs

Fields = Mapping[str, tuple[str, int]]  # field -> (what was said, letters that an SMS has for it)


def readers(talk: Talk, lab_id: int, langs: Mapping[str, int]) -> dict[str, int]:
    """Other language of the lab -> how many of those concerned read it; JSON. Only inside look and once."""
    return {lang: langs[lang] for lang in labs.lab_by_id(talk.db, lab_id).langs[1:] if langs.get(lang)}


def asked(talk: Talk, readers: Mapping[str, int], fields: Fields) -> dict[str, dict[str, str]]:
    """Language -> field -> text, as she writes them now. In her own language she has said it already."""
    found = {lang: _in(talk, lang, many, fields) for lang, many in readers.items() if lang != talk.lang}
    return {lang: said for lang, said in found.items() if said}


def _in(talk: Talk, lang: str, many: int, fields: Fields) -> dict[str, str]:
    said: dict[str, str] = {}
    language = name(talk, lang)
    before = talk.text(_("Leen en {language}: {people}."), language=language, people=many)
    for field, (text, most) in fields.items():
        if not text:
            continue
        asks = _("¿Cómo se dice en {language} «{text}»? Para dejarlo así, escribe NADA.")
        answer = PhraseOrNothing(max=most)
        told = talk.ask(f"in.{lang}.{field}", asks, answer, before="" if said else before, language=language, text=text)
        if not told:
            return said
        said[field] = told
    return said


def name(talk: Talk, lang: str) -> str:
    """A language as the Spanish of the team calls it; in others as it calls itself."""
    entry = talk.scene.catalogues.languages[lang]
    return entry.name_es if talk.lang == "es" else entry.autonym or entry.name_es
