"""NOVEDAD: what happened to a promise. HISTORIA: what was reached. Told by the typed number; PROMESA: agreement.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot import promised
from bot.actions import story as stories
from bot.actions import telling
from bot.actions import update as updating
from bot.actions.staff import codes, meanwhile
from bot.actions.story import Told
from bot.actions.update import MOST, NEEDS_WORDS, REASONS, Change
from bot.i18n import Label, _
from bot.kinds import Choice
from bot.talk import Talk, conversation
from conversations.staff import picturing, sending, team, translating
from conversations.staff.answers import Because, NewDay, Phrase, PhraseOrNothing
from conversations.staff.sending import fits
from conversations.staff.sure import sure
from storage import promises
from storage import stories as kept
from storage.promises import Promise
from storage.tables.promises import DUE, REASON, WORDS

HAPPENED = {
    "in_progress": _("En marcha"),
    "done_office": _("La oficina dice que ya está"),
    "not_done": _("No se hará"),
    "new_date": _("Nueva fecha"),
    "news": _("Otra noticia"),
}
PIECES = {  # of news
    "visit": _("La oficina visitó"),
    "unknown": _("Todavía no sabemos"),
    "news": _("Otra noticia"),
}
ASKED = {  # the words that go with it
    "in_progress": _("¿Dijo algo más? Escríbelo en una frase. Si no, escribe NADA."),
    "done_office": _("¿Dijo algo más? Escríbelo en una frase. Si no, escribe NADA."),
    "not_done": _("¿Por qué? Escríbelo en una frase. La gente lo va a leer."),
    "new_date": _("¿Por qué? Escríbelo en una frase. La gente lo va a leer."),
    "news": _("¿Qué noticia es? Escríbela en una frase. La gente la va a leer."),
    "visit": _("¿Qué visitó y cuándo? Escríbelo en una frase. La gente la va a leer."),
    "unknown": _("¿Qué no sabemos? Ejemplo: si la oficina viene"),
}


@conversation("novedad", "update", act="decide")
def update(talk: Talk) -> None:
    """Which promise, what happened to it, in which words; told by the typed number."""
    about = the_promise(talk, str(talk.args.get("word", "")))
    if about is None:
        return None
    change = _change(talk, about)
    if not sure(talk):
        return None
    seen = talk.look("seen", lambda: team.read(talk, lambda words: _news_seen(talk, words, change)))
    if texts := translating.asked(talk, seen.get("readers", {}), _fields(change, seen)):
        change = replace(change, texts=texts)
        seen = talk.look("seen in each", lambda: team.read(talk, lambda words: _news_seen(talk, words, change)))
    if not sending.agreed(talk, "NOVEDAD", seen):
        return None
    made = talk.once("made", lambda: _update(talk, about, change, seen["people"]))
    sending.done(talk, seen, made)
    return None


def _change(talk: Talk, about: Mapping[str, Any]) -> Change:
    stands = talk.text(
        _("«{promise}», {entity}: {step}."),
        promise=about["text"],
        entity=about["entity"],
        step=Label(promised.STATUS[about["status"]]),
    )
    labels = {kind: HAPPENED[kind] for kind in about["possible"]}
    kind = talk.ask("kind", _("¿Qué pasó?"), Choice(labels), before=stands)
    if kind == "news":
        kind = talk.ask("which news", _("¿Cuál?"), Choice(PIECES))
    due = ""
    if kind == "new_date":
        due = talk.ask("due", _("¿Para cuándo? Ejemplo: fin de marzo"), NewDay(about["today"], DUE))
    most = MOST.get(kind, REASON)
    words = Because if kind in REASONS else Phrase if kind in NEEDS_WORDS else PhraseOrNothing
    return Change(name=about["key"], kind=kind, text=talk.ask("text", ASKED[kind], words(max=most)), due=due)


def _fields(change: Change, seen: Mapping[str, Any]) -> translating.Fields:
    """What may be said in another language too."""
    due = seen.get("loose", "") if change.kind == "new_date" else ""
    return {"text": (change.text, MOST.get(change.kind, REASON)), "due_text": (due, DUE)}


def _news_seen(talk: Talk, words: Any, change: Change) -> dict[str, Any]:
    seen = updating.preview(talk.db, words, change)
    return sending.kept(talk, seen, seen.news.promise)


def _update(talk: Talk, about: Mapping[str, Any], change: Change, people: int) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        codes.still(talk.db, words, me)
        told = updating.update(talk.db, words, change, by=me.by, expect=people, shown=about.get("newest"))
        return {"people": told.pending}

    return team.tried(talk, "decide", about["lab_id"], work)


@conversation("historia", "story", act="decide", sees=(picturing.ASKS,))
def story(talk: Talk) -> None:
    """How it was, how it is, who did what; to those who took part, a day later to the others."""
    about = the_promise(talk, str(talk.args.get("word", "")))
    if about is None:
        return None
    if about["story"]:
        return picturing.take_down(talk, about)
    if not about["reached"]:
        return talk.say(
            _("Todavía no hay qué contar: nadie dice que se cumplió. Si la oficina lo dice, escribe NOVEDAD.")
        )
    asked = picturing.asked(talk, _told(talk))
    if not sure(talk):
        return None
    told = picturing.arrived(talk, asked)
    seen = talk.look("seen", lambda: team.read(talk, lambda words: _story_seen(talk, words, about["key"], told)))
    if texts := translating.asked(talk, seen.get("readers", {}), _parts(told)):
        told = replace(told, texts=texts)
        key = about["key"]
        seen = talk.look("seen in each", lambda: team.read(talk, lambda words: _story_seen(talk, words, key, told)))
    more = " ".join([_in_two(talk, seen), picturing.told_of(talk, asked, told)]).strip() if "first" in seen else ""
    if not sending.agreed(talk, "HISTORIA", seen, more):
        return None
    made = talk.once("made", lambda: _tell(talk, about, told, seen["people"]))
    sending.done(talk, seen, made)
    return None


def _told(talk: Talk) -> Told:
    by_sms = _("Por aquí va sin fotos. Con fotos o video: convoca story.")
    lead = talk.text(by_sms if talk.voice.short else _("La foto se pide al final. Con video: convoca story."))
    before = talk.ask(
        "before",
        _("¿Cómo era antes? Ejemplo: el agua llegaba dos horas al día"),
        Phrase(max=stories.BEFORE),
        before=lead,
    )
    after = talk.ask("after", _("¿Cómo es ahora? Ejemplo: el agua llega todo el día"), Phrase(max=stories.AFTER))
    who = _("¿Quién hizo qué? En una frase. Si no hace falta, escribe NADA.")
    return Told(before=before, after=after, text=talk.ask("text", who, PhraseOrNothing(max=stories.TEXT)))


def _parts(told: Told) -> translating.Fields:
    """What may be said in another language too: first what stands in the message."""
    room = {"after": stories.AFTER, "before": stories.BEFORE, "text": stories.TEXT, "alt": WORDS}
    return {name: (getattr(told, name), most) for name, most in room.items()}


def _in_two(talk: Talk, seen: Mapping[str, Any]) -> str:
    told = _("Primero {first} que participaron. Un día después, {later} más.")
    return talk.text(told, first=seen["first"], later=seen["others"])


def _story_seen(talk: Talk, words: Any, name: str, told: Told) -> dict[str, Any]:
    seen = stories.preview(talk.db, words, name, told)
    return sending.kept(talk, seen, seen.promise) | {"first": seen.first, "others": seen.later}


def _tell(talk: Talk, about: Mapping[str, Any], told: Told, people: int) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        codes.still(talk.db, words, me)
        meanwhile.story(talk.db, words, int(about["key"]))
        ledgers = stories.tell(talk.db, words, about["key"], told, by=me.by, expect=people)
        return {"people": sum(one.pending for one in ledgers)}

    return team.tried(talk, "decide", about["lab_id"], work)


# --- which promise ---------------------------------------------------------------------------------------------------


def the_promise(talk: Talk, word: str) -> Mapping[str, Any] | None:
    """The only one of the topic she names, else the one she chooses; None once she has read why there is none."""
    found = talk.look("promises", lambda: _promises(talk, word))
    if not found:
        talk.say(_("Todavía no hay un compromiso. Para anotar uno, escribe PROMESA y el tema."))
        return None
    about = sending.one_of(talk, _("¿Cuál compromiso?"), found)
    if not about["refused"]:
        return about
    team.say(talk, about["refused"])
    return None


def _promises(talk: Talk, word: str) -> list[dict[str, Any]]:
    """Those of her labs, the newest first."""
    found = [one for lab_id in team.reach(talk, "decide") for one in promises.of_lab(talk.db, lab_id)]
    newest = sorted(found, key=lambda one: -one.id)
    return [_line(talk, one, not word or fits(word, one.problem, one.title, one.short_title)) for one in newest]


def _line(talk: Talk, one: Promise, named: bool) -> dict[str, Any]:
    key = str(one.id)
    return {
        "key": key,
        "label": f"{one.short_title}: {one.text}",
        "fits": named,
        "lab_id": one.lab_id,
        "text": one.text,
        "entity": one.entity,
        "status": one.status,
        "today": one.day(talk.db.now).isoformat(),
        "possible": list(updating.possible(one)),
        "newest": updating.newest(talk.db, one.id),
        "reached": one.status in stories.REACHED,
        "story": kept.of(talk.db, one.id) is not None,
        "shows": picturing.shows(talk, one.id),
        "refused": team.read(talk, lambda words: {"id": telling.promise_named(talk.db, words, key).id}).get("refused"),
    }
