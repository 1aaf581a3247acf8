"""News of a promise: detail, or that it is not so; enough of a topic (conversations.md 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from bot.i18n import Label, When, _
from bot.kinds import Choice, numbered
from bot.promised import NEUTRAL_NEWS, SMS_PARTS, STATUS, Telling, retold
from bot.results import SEE, WHAT, WHAT_QUESTION, parts, sentence, stopped
from bot.spoken import said
from bot.talk import Talk, conversation
from bot.words import plain
from conversations.casting import is_shared
from conversations.fear import Careful, let_be
from conversations.helping import HOW
from conversations.household import speaker
from conversations.objection import objection
from conversations.places import halted, the_lab
from conversations.visited import MORE, SAW, SAW_IT, seen_it, visit_of
from storage import follows, followups, promises
from storage.follows import Topic
from storage.promise_rules import ENDED
from storage.promises import Promise


@conversation(offers=("see", "what", "saw", *MORE))
def promise_news(talk: Talk) -> None:
    """What happened stands in the message; on a shared phone it is asked for first. Then its story so far."""
    about = talk.look(f"about.{talk.lang}", lambda: _about(talk))
    lab_id = talk.look("lab of it", lambda: promises.the(talk.db, int(talk.args["commitment"])).lab_id)
    if halted(talk, lab_id):
        return None
    if about["shared"] and not about["counted"]:
        talk.ask("see", NEUTRAL_NEWS, SEE, lab=about["lab"])
    wish = talk.ask("what", WHAT_QUESTION, Careful(WHAT.labels, WHAT.synonyms), before=about["text"])
    if let_be(talk, wish) or halted(talk, lab_id, " at what"):
        return None
    if wish == "wrong":
        return objection(talk, "commitment")
    if visit := about.get("visit"):  # a question that was asked by an older version knows of none
        return seen_it(talk, visit, about["detail"])
    return talk.say("{detail}", detail=about["detail"])


def _about(talk: Talk) -> dict[str, Any]:
    """The words of this news for this person, as JSON."""
    promise = promises.the(talk.db, int(talk.args["commitment"]))
    news = retold(talk.db, promise, str(talk.args.get("subject", "")))
    telling = Telling(talk.scene.catalogues, talk.voice, news)
    return {
        "lab": promise.place,
        "shared": is_shared(talk),
        "counted": news.kind == "counted",
        "text": telling.fact(),
        "visit": visit_of(news),
        "detail": beside(talk, promise) if visit_of(news) and talk.voice.short else detail(talk, promise),
    }


def beside(talk: Talk, promise: Promise) -> str:
    """What an SMS holds of it beside the question of the visit: what was promised, else how it stands, else nothing."""
    made = Telling(talk.scene.catalogues, talk.voice, retold(talk.db, promise, "made"))
    asked = numbered(talk.text(SAW_IT), [talk.text(label) for _key, label in SAW.options()])
    ways = (made.fact(), made.text(_("Ahora: {fate}."), fate=Label(STATUS[promise.status])))
    return next((way for way in ways if parts(f"{way} {asked}", talk.lang) == 1), "")


def detail(talk: Talk, promise: Promise) -> str:
    """Who promised what, by when, how it stands and what the neighbours say; in a chat with each step and its day."""
    history = promises.updates(talk.db, promise.id)
    telling = Telling(talk.scene.catalogues, talk.voice, retold(talk.db, promise, "made"))
    now = telling.text(_("Ahora: {fate}."), fate=Label(STATUS[promise.status]))
    counts = followups.numbers(talk.db, promise.id)
    numbers = _("Sí: {yes}. En parte: {partly}. No: {no}. No saben: {unknown}.")
    counted = telling.text(numbers, **counts) if counts else ""
    more = telling.text(_("Para decir si se cumplió, escribe SE CUMPLIO."))
    steps = [_step(telling, promise, one) for one in history[1:] if one.kind in _STEPS]
    if talk.voice.short:
        ways = [
            [telling.fact(), *steps[-1:], now, counted, more],
            [telling.fact(), *steps[-1:], now],
            [telling.fact(), now],
        ]
        texts = [" ".join(part for part in way if part) for way in ways]
        return next((text for text in texts if parts(text, talk.lang) <= SMS_PARTS), texts[-1])
    helps = "" if promise.status in ENDED else telling.text(HOW)
    return "\n".join(part for part in (telling.fact(), *steps, now, counted, more, helps) if part)


_STEPS = {
    "in_progress": _("{when}: ya empezó. {news}"),
    "done_office": _("{when}: la oficina dice que cumplió. {news}"),
    "not_done": _("{when}: la oficina dijo que no lo hará. {news}"),
    "new_date": _("{when}: la oficina pidió otra fecha. {news}"),
    "news": _("{when}: {news}"),
    "visit": _("{when}: {news}"),
    "unknown": _("{when}: preguntamos {news}"),
    "overdue": _("{when}: pasó la fecha. {news}"),
    "reopened": _("{when}: el tema se abrió otra vez. {news}"),
}


def _step(telling: Telling, promise: Promise, one: promises.Update) -> str:
    when = When(one.at, promise.tz, "day")
    news = said(one, "text").each(stopped if one.kind == "unknown" else sentence)
    return telling.text(_STEPS[one.kind], when=when, news=news).strip()


# --- enough of a topic ---------------------------------------------------------------------------------------------


@conversation(command="enough")
def enough(talk: Talk) -> None:
    """'ya no quiero saber del agua': no more of this topic, and all else stays."""
    return _quiet(talk, "news")


@conversation(command="enough_asking")
def enough_asking(talk: Talk) -> None:
    """'ya no me pregunten del agua': no more questions of this topic."""
    return _quiet(talk, "questions")


def _quiet(talk: Talk, what: str) -> None:
    lab = the_lab(talk)
    person_id = speaker(talk)
    if person_id is None:
        return talk.say(_("No te escribimos de ningún tema. Para dejar todo, escribe SALIR."))
    # Of another shape than "topics", which a question still has that an older version asked.
    kept = talk.look("topics.2", lambda: [asdict(one) for one in follows.topics(talk.db, lab.id)])
    known = [Topic(**one) for one in kept]
    words = plain(str(talk.args.get("word", "")))
    found = [one for one in known if about_topic(words, _names(one))]
    if len(found) != 1:
        if not known:
            return talk.say(_("No te escribimos de ningún tema. Para dejar todo, escribe SALIR."))
        labels = {f"topic {one.id}": said(one, "short_title").in_(talk.lang) for one in known[:6]}
        picked = talk.ask("topic", _("¿De cuál?"), Choice(labels))
        found = [one for one in known if f"topic {one.id}" == picked]
    topic, title = found[0], said(found[0], "short_title")
    talk.once("muted", lambda: promises.mute(talk.db, person_id, topic.id, what))
    if what == "news":
        return talk.say(
            _("Listo. No te escribo más de {title}. Sigues en las invitaciones. Para dejar todo, escribe SALIR."),
            title=title,
        )
    return talk.say(
        _("Listo. No te pregunto más de {title}. Sigues en las invitaciones. Para dejar todo, escribe SALIR."),
        title=title,
    )


def _names(topic: Topic) -> list[str]:
    """What it is called, in every language."""
    others = (told.get(name, "") for told in topic.texts.values() for name in ("title", "short_title"))
    return [topic.slug, topic.title, topic.short_title, *filter(None, others)]


def about_topic(typed: str, called: Iterable[str]) -> bool:
    """Whether these words name the topic that is called so: whole words, 'el agua', 'agua potable'."""
    names = {plain(name) for name in called}
    words = typed.removeprefix("el ").removeprefix("la ").removeprefix("los ").removeprefix("las ").removeprefix("the ")
    return words in names
