"""News of an idea: what its author says of it. Who does not agree is read by another person (conversations.md 7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.actions import idea_words
from bot.actions.idea_words import FINE, OPINION, SAME, WHAT_DO_YOU_THINK, WISH, shorter
from bot.i18n import When, _
from bot.ideas import appeal_by
from bot.kinds import Text
from bot.promised import NEUTRAL_NEWS
from bot.results import SEE, WHAT_QUESTION
from bot.talk import Talk, conversation
from conversations.attend import name_of
from conversations.casting import is_shared
from storage import contests, idea_changes, idea_states, labs
from storage.tables.ideas import IDEA


@conversation(offers=("see", "same", "fine", "opinion", "wish"))
def idea_news(talk: Talk) -> None:
    """What happened stands in the message; on a shared phone it is asked for first. Then what she says of it."""
    about = talk.look(f"about.{talk.lang}", lambda: _about(talk))
    if about["shared"]:
        talk.ask("see", NEUTRAL_NEWS, SEE, lab=about["lab"])
    match about["kind"]:
        case "joined":
            return _joined(talk, about)
        case "own":
            fine = talk.ask("fine", _("¿Así está bien?"), FINE, before=about["text"])
            return talk.say(_("Gracias por contestar.")) if fine == "yes" else why(talk, about)
        case "out_of_scope":
            return _wish(talk, about)
        case "other_office" | "already_done":
            opinion = talk.ask("opinion", WHAT_DO_YOU_THINK, shorter(OPINION, talk.voice), before=about["text"])
            return talk.say(_("Gracias por contestar.")) if opinion == "yes" else why(talk, about)
    return talk.say("{told}", told=about["text"])


def _about(talk: Talk) -> dict[str, Any]:
    """The words of this change for this person, as JSON."""
    number = int(talk.args["idea"])
    news = idea_words.retold(talk.db, number, str(talk.args.get("subject", "")))
    name = name_of(talk, talk.person_id) if talk.person_id is not None else ""
    return {
        "kind": news.kind,
        "number": number,
        "lab": news.lab.name,
        "tz": news.lab.tz,
        "subject": str(talk.args.get("subject", "")),
        "shared": is_shared(talk),
        "text": idea_words.said(talk.scene.catalogues, talk.voice, news, name),
        "answer_by": appeal_by(talk.db.now, news.lab.tz).isoformat(),
    }


def _joined(talk: Talk, about: dict[str, Any]) -> None:
    same = talk.ask("same", _("¿Es lo mismo que tú dijiste?"), SAME, before=about["text"])
    if same == "yes":
        chosen = talk.once("agreed", lambda: _agree(talk, about))
        if chosen["otherwise"]:
            return _otherwise(talk, about, chosen["otherwise"])
        if chosen["open"]:
            return talk.say(_("Gracias. Ya puedes elegirla: escribe ELEGIR."))
        if chosen["from"]:
            told = _("Gracias. Desde el {day} puedes elegirla: escribe ELEGIR.")
            return talk.say(told, day=When(datetime.fromisoformat(chosen["from"]), about["tz"], "day"))
        return talk.say(_("Gracias por contestar."))
    if otherwise := _before(talk, about):
        return _otherwise(talk, about, otherwise)
    words = talk.ask(
        "different", _("¿En qué es distinta? Escríbelo o manda un audio. Una persona lo revisa."), Text(max=IDEA)
    )
    return _object(talk, about, words, _("Gracias. Otra persona del equipo lo lee y te contesta antes del {day}."))


def _agree(talk: Talk, about: dict[str, Any]) -> dict[str, Any]:
    """Keep it; when she can choose it, where that is known. otherwise: as _moved, then nothing was kept."""
    held = idea_states.hold(talk.db, about["number"])
    otherwise = _moved(held, about)
    if otherwise or held is None or held.link is None:
        return {"otherwise": otherwise or "moved"}
    idea_changes.agree(talk.db, held.idea.id, agreed=True)
    lab = labs.lab_by_id(talk.db, held.idea.lab_id)
    at = idea_states.spoken_at(talk.db, held.idea)
    drafted = at is not None and idea_states.to_be_chosen(talk.db, held.link.problem_id)
    return {
        "otherwise": "",
        "open": contests.open_slug(talk.db, lab.id) is not None,
        "from": at.isoformat() if at is not None and drafted else "",
    }


def _wish(talk: Talk, about: dict[str, Any]) -> None:
    wish = talk.ask("wish", WHAT_QUESTION, shorter(WISH, talk.voice), before=about["text"])
    if wish == "change":
        return talk.go("idea")
    if wish == "nothing":
        return talk.say(_("Está bien. Gracias por tu idea."))
    return _object(talk, about, None, _("Listo. Otra persona del equipo la lee y te contesta antes del {day}."))


def why(talk: Talk, about: dict[str, Any]) -> None:
    """She does not agree: why, in her words, for another person.

    about: {number, tz, answer_by (ISO: before that day she is answered), subject (of Standing: what she speaks of)}.
    """
    if otherwise := _before(talk, about):
        return _otherwise(talk, about, otherwise)
    words = talk.ask(
        "why",
        _("¿Por qué no? Escríbelo o manda un audio. Otra persona lo lee y te contesta antes del {day}."),
        Text(max=IDEA),
        day=_day(about),
    )
    return _object(talk, about, words, _("Anotado. Otra persona del equipo lo lee y te contesta antes del {day}."))


def _object(talk: Talk, about: dict[str, Any], words: str | None, told: str) -> None:
    """A second person has to read it; until when stands in the answer."""
    if otherwise := talk.once("objected", lambda: _keep(talk, about, words)):
        return _otherwise(talk, about, otherwise)
    return talk.say(told, day=_day(about))


def _keep(talk: Talk, about: dict[str, Any], words: str | None) -> str:
    held = idea_states.hold(talk.db, about["number"])
    otherwise = _moved(held, about)
    if otherwise or held is None:
        return otherwise
    if held.link is not None:
        idea_changes.agree(talk.db, held.idea.id, agreed=False)
    idea_changes.object_to(talk.db, held, words, datetime.fromisoformat(about["answer_by"]))
    return ""


def _day(about: dict[str, Any]) -> When:
    return When(datetime.fromisoformat(about["answer_by"]), about["tz"], "day")


# --- since the message was sent -----------------------------------------------------------------------------------


def _moved(held: idea_states.Standing | None, about: dict[str, Any]) -> str:
    """How the idea stands where it is not as the message told it: a key of _STANDS; '' = it is."""
    if held is None or held.idea.withdrawn_at is not None:
        return "taken"
    told = about.get("subject", held.subject)  # a talk that was begun by an earlier version does not know
    if held.subject == told.replace("done", "outcome"):
        return ""
    return "moved" if held.subject else "untied"


def _before(talk: Talk, about: dict[str, Any]) -> str:
    """The same before she is asked for words that would be for nothing."""
    return str(talk.look("otherwise", lambda: _moved(idea_states.of(talk.db, about["number"]), about)))


def _otherwise(talk: Talk, about: dict[str, Any], stands: str) -> None:
    """Her answer was to something that is over: she reads so, and nobody is promised to read it."""
    return talk.say(_STANDS[stands], number=about["number"])


_STANDS = {
    "taken": _("La idea {number} ya estaba quitada. Esa respuesta no cambió nada."),
    "untied": _("Una persona lee otra vez la idea {number} y te cuenta. Esa respuesta no cambió nada."),
    "moved": _(
        "La idea {number} cambió después de ese mensaje. Esa respuesta no cambió nada. Para verla, escribe MI IDEA."
    ),
}
