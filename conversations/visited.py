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
from storage.sightings import Saw
from storage.tables.promises import WORDS

SAW = Careful({"seen": _("La vi"), "unseen": _("No la vi"), "opinion": _("Opinar")})
SAW_IT = _("¿Viste la visita?")
CHANGES = 9  # answers that one talk takes, each in place of the one before
MORE = ("words", *(f"words.{n}" for n in range(2, CHANGES + 1)))  # asked after an answer that counts already
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
    for n in range(1, CHANGES + 1):
        words = _noted(talk, visit, person_id, saw, n)
        other = _kind(saw).instead(words)
        if not other:
            return _ended(talk, person_id, words)
        saw = other
    _keep(talk, visit, person_id, saw, CHANGES + 1)
    return talk.say(_("Listo. Gracias."))


def _kind(saw: str) -> Words:
    return Words(max=WORDS, answers=tuple(SAW.labels), given=saw)


def _noted(talk: Talk, visit: int, person_id: int, saw: str, n: int) -> str:
    """Keep her nth answer; what she has to say about it, or the number of another one."""
    kept = _keep(talk, visit, person_id, saw, n)
    noted = talk.text(_("Gracias por decirlo. Lo anotamos sin tu nombre.")) if kept else ""
    return talk.ask(f"words{_nth(n)}", _WORDS[saw], _kind(saw), before=noted)


def _keep(talk: Talk, visit: int, person_id: int, saw: str, n: int) -> bool:
    """Whether it is an answer: an opinion is none, and leaves the one before."""
    if saw == "opinion":
        return False
    answer: Saw = "seen" if saw == "seen" else "unseen"
    talk.once(f"saw kept{_nth(n)}", lambda: sightings.keep(talk.db, visit, person_id, answer))
    return True


def _nth(n: int) -> str:
    """How the name of a question, or of what is kept once, ends after the nth answer."""
    return "" if n == 1 else f".{n}"


def _ended(talk: Talk, person_id: int, words: str) -> None:
    if not words:
        return talk.say(_("Listo. Gracias."))
    if let_be(talk, words):
        return None
    talk.once("handed over", lambda: hand_over(talk, "commitment", "visit", words))
    name = talk.look("called", lambda: name_of(talk, person_id))
    thanks = _("Anotado. Una persona del equipo lo revisa en 5 días hábiles y te cuenta. Gracias, {name}.")
    return talk.say(thanks, name=name)
