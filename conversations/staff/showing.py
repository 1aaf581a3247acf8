"""SALEN: who is in the photo of a story, by the codes of their places; each is asked once. NO SALEN takes it back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.actions import shown as act
from bot.actions.staff import lines
from bot.errors import Invalid
from bot.i18n import And, When, _
from bot.kinds import NO_WORDS, YesNo
from bot.ladder import Shown as Listed
from bot.talk import Talk, conversation
from bot.words import plain
from conversations.staff import price, team
from conversations.staff.answers import NOTHING
from conversations.staff.promising import the_promise
from conversations.staff.sure import sure
from storage import codes, shown
from storage.shown import Shown

MOST = 12  # people named in one message
TRIES = 5  # then the act itself refuses
HOW = {  # state -> how those who stand so are told to the team
    "yes": _("Dijeron que sí: {words}."),
    "unnamed": _("Sí, sin su nombre: {words}."),
    "no": _("Dijeron que no: {words}."),
    "waiting": _("No han contestado: {words}."),
    "paper": _("Pide su permiso en papel: {words}."),
}


@dataclass(frozen=True)
class Codes:
    """'7ktq, 8mxh' kept as ['7KTQ', '8MXH'], as they were typed; [] for NADA."""

    def options(self) -> list[tuple[str, str]]:
        """They are typed."""
        return []

    def parse(self, reply: str, shown: Listed) -> list[str]:
        """Codes with spaces or commas between them."""
        if plain(reply) in (*NOTHING, *NO_WORDS):
            return []
        typed = [part.upper() for part in re.split(r"[\s,;.]+", reply.strip(" .,;"))]
        if not all(4 <= len(codes.clean(part)) <= 5 for part in typed):
            raise Invalid(_("Eso no es un código."))
        if len(typed) > MOST:
            raise Invalid(_("Son muchos: escribe {most} o menos."), most=MOST)
        return list({codes.clean(part): part for part in typed}.values())

    def holds(self, value: object) -> bool:
        """What `parse` gives."""
        return isinstance(value, list)


@conversation("salen", "shown", act="decide")
def in_photo(talk: Talk) -> None:
    """How those who are named stand; who else is shown; one message to each of these."""
    about = the_promise(talk, str(talk.args.get("word", "")))
    if about is None:
        return None
    asked = _("¿Quiénes salen en la foto? Escribe sus códigos. Ejemplo: 7KTQ 8MXH. Si no hay más, escribe NADA.")
    typed = _named(talk, about, asked)
    if not typed:
        return talk.say(_("Está bien. Sigue igual."))
    if not sure(talk):
        return None
    seen = talk.look("seen", lambda: team.read(talk, lambda words: _seen(talk, words, about, typed)))
    if "refused" in seen:
        return team.say(talk, seen["refused"])
    if seen["people"] and not talk.ask("go", _("¿Pregunto?"), YesNo(), before=_told(talk, seen)):
        return talk.say(_("No guardé nada."))
    return _done(talk, talk.once("asked", lambda: _name(talk, about, typed)))


@conversation("no salen", "not shown", act="decide")
def not_in_photo(talk: Talk) -> None:
    """Somebody was named by mistake, or another photo is taken."""
    about = the_promise(talk, str(talk.args.get("word", "")))
    if about is None:
        return None
    asked = _("¿Quiénes no salen? Escribe sus códigos. Si no hay nadie, escribe NADA.")
    typed = _named(talk, about, asked)
    if not typed:
        return talk.say(_("Está bien. Sigue igual."))
    return _done(talk, talk.once("taken off", lambda: _take_off(talk, about, typed)))


def _named(talk: Talk, about: Mapping[str, Any], asked: str) -> list[str]:
    """Codes of people, asked for again while one of them is nobody's; [] for NADA."""
    before, typed = talk.look("stand", lambda: _stand(talk, about)), list[str]()
    for n in range(TRIES):
        typed = talk.ask(f"codes{n or ''}", asked, Codes(), before=before)
        unknown = talk.look(f"unknown{n or ''}", partial(_unknown, talk, about, typed))
        if not unknown:
            break
        before = talk.text(act.UNKNOWN, words=And(lines.as_typed(code) for code in unknown))
    return typed


def _unknown(talk: Talk, about: Mapping[str, Any], typed: Sequence[str]) -> list[str]:
    return act.unknown(talk.db, about["lab_id"], typed)


def _done(talk: Talk, done: team.Result) -> None:
    if "refused" in done:
        return team.say(talk, done["refused"])
    talk.say(_("Anotado."))
    return team.say(talk, done["stand"]) if done["stand"] else None


def _told(talk: Talk, seen: Mapping[str, Any]) -> str:
    """Whom it reaches, in which words, from when."""
    told = [talk.text(_("Se pregunta a {people}. «{text}»"), people=seen["people"], text=seen["text"])]
    if seen["paper"]:
        told.append(talk.text(_("A {people} no les puedo preguntar por aquí."), people=seen["paper"]))
    if seen["later"]:
        told.append(talk.text(_("Salen el {when}."), when=When(team.moment(seen["later"]), seen["tz"])))
    return " ".join(told)


def _stand(talk: Talk, about: Mapping[str, Any]) -> str:
    return _states(talk, shown.of(talk.db, int(about["key"])))


def _states(talk: Talk, named: Sequence[Shown]) -> str:
    of = {state: ", ".join(one.code for one in named if one.state == state) for state in HOW}
    return " ".join(talk.text(text, words=of[state]) for state, text in HOW.items() if of[state])


def _seen(talk: Talk, words: Any, about: Mapping[str, Any], typed: Sequence[str]) -> dict[str, Any]:
    seen = act.preview(talk.db, words, about["key"], typed)
    later = seen.when.isoformat() if seen.when > talk.db.now else ""
    told = {"people": seen.people, "paper": seen.paper, "text": price.words(seen.samples)}
    return told | {"later": later, "tz": seen.promise.tz}


def _name(talk: Talk, about: Mapping[str, Any], typed: Sequence[str]) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        return {"stand": _states(talk, act.name_them(talk.db, words, about["key"], typed, by=me.by))}

    return team.tried(talk, "decide", about["lab_id"], work)


def _take_off(talk: Talk, about: Mapping[str, Any], typed: Sequence[str]) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        return {"stand": _states(talk, act.take_off(talk.db, words, about["key"], typed, by=me.by))}

    return team.tried(talk, "decide", about["lab_id"], work)
