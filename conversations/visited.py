"""Who saw the visit that an office made, and what was seen (conversations.md 4). No conversation of its own."""

from __future__ import annotations

from bot.i18n import _
from bot.promised import News
from bot.talk import Talk
from conversations.attend import name_of
from conversations.fear import Careful, let_be
from conversations.household import speaker
from conversations.objection import Words, hand_over
from storage import sightings
from storage.tables.promises import WORDS

SAW = Careful({"seen": _("La vi"), "unseen": _("No la vi"), "opinion": _("Opinar")})
SAW_IT = _("¿Viste la visita?")
_SEEN = _("¿Qué viste? Escríbelo, o 0 para terminar")
_WORDS = {
    "seen": _SEEN,
    "unseen": _SEEN,
    "opinion": _("¿Qué opinas? Escríbelo, o 0 para terminar"),
}


def visit_of(news: News) -> int:
    """The id of the visit that is told; 0: it is other news."""
    return news.update_id if news.kind == "visit" else 0


def seen_it(talk: Talk, visit: int, detail: str) -> None:
    """Her answer is kept at once; then words, if she wants. detail: what stands before the question."""
    saw = talk.ask("saw", SAW_IT, SAW, before=detail)
    if let_be(talk, saw):
        return None
    person_id = speaker(talk)
    if person_id is None:
        return talk.go("hello")
    noted = ""
    if saw != "opinion":
        talk.once("saw kept", lambda: sightings.keep(talk.db, visit, person_id, "seen" if saw == "seen" else "unseen"))
        noted = talk.text(_("Gracias por decirlo. Lo anotamos sin tu nombre."))
    words = talk.ask("words", _WORDS[saw], Words(max=WORDS), before=noted)
    if not words:
        return talk.say(_("Listo. Gracias."))
    if let_be(talk, words):
        return None
    talk.once("handed over", lambda: hand_over(talk, "commitment", "visit", words))
    name = talk.look("called", lambda: name_of(talk, person_id))
    thanks = _("Anotado. Una persona del equipo lo revisa en 5 días hábiles y te cuenta. Gracias, {name}.")
    return talk.say(thanks, name=name)
