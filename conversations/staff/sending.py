"""Which topic, the preview and the number of an act about a promise. No conversation of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.costs import Mailing
from bot.i18n import When, _
from bot.kinds import Choice
from bot.talk import Talk
from bot.words import plain
from conversations.staff import price, team, translating
from conversations.staff.answers import Lock
from storage.promises import Promise

MOST = 10  # lines of a list


class Preview(Protocol):
    """What the acts of a promise and of a story show before they are done."""

    @property
    def people(self) -> int: ...
    @property
    def samples(self) -> dict[str, str]: ...
    @property
    def langs(self) -> dict[str, int]: ...
    @property
    def mailings(self) -> tuple[Mailing, ...]: ...
    @property
    def when(self) -> datetime: ...
    @property
    def done_before(self) -> object | None: ...


# --- which topic -----------------------------------------------------------------------------------------------------


def fits(word: str, *names: str) -> bool:
    """Whether what was typed behind the word is one of these names, however it is written."""
    return plain(word) in {plain(name) for name in names}


def one_of(talk: Talk, question: str, found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The only one that fits what she named, else the one she takes from the list; found: each key, label, fits."""
    named = [one for one in found if one["fits"]]
    if len(named) == 1:
        return named[0]
    shown = (named or found)[:MOST]
    before = "" if named else talk.text(_("No hay un tema así."))
    key = talk.ask("which", question, Choice({one["key"]: one["label"] for one in shown}), before=before)
    return next(one for one in found if one["key"] == key)


# --- the number is the lock ------------------------------------------------------------------------------------------


def kept(talk: Talk, seen: Preview, about: Promise) -> dict[str, Any]:
    """A preview as JSON, for `look`; only inside look and once."""
    told = {"people": seen.people, "sample": price.words(seen.samples), "cost": price.cost(talk, seen.mailings)}
    later = seen.when.isoformat() if seen.when > talk.db.now else ""
    again = seen.done_before is not None
    return told | {
        "now": talk.db.now.isoformat(),
        "tz": about.tz,
        "readers": {} if again else translating.readers(talk, about.lab_id, seen.langs),
        "loose": "" if about.precision == "day" else about.due_text,  # a date that is told in the words of who said it
        "later": later,
        "again": again,
    }


def agreed(talk: Talk, word: str, seen: Mapping[str, Any], more: str = "") -> bool:
    """True once she typed the word and the number; else she has read why nothing was done. more: said besides."""
    if "refused" in seen:
        team.say(talk, seen["refused"])
        return False
    if seen["again"]:
        talk.say(_("Eso ya está anotado y contado. No se cuenta dos veces."))
        return False
    told = talk.text(_("Se cuenta a {people} personas. «{text}»"), people=seen["people"], text=seen["sample"])
    cost = price.told(talk, seen["cost"], team.moment(seen["now"]), seen["tz"])
    later = talk.text(_("Salen el {when}."), when=_when(seen)) if seen["later"] else ""
    go = talk.ask(
        "go",
        _("Para guardarlo y avisar, escribe: {word} {people}"),
        Lock(word, seen["people"]),
        before=" ".join(part for part in (told, more, later, cost) if part),
        again=_("Escribe {word} {people} o NO."),
        word=word,
        people=seen["people"],
    )
    if not go:
        talk.say(_("No guardé nada."))
    return bool(go)


def done(talk: Talk, seen: Mapping[str, Any], result: team.Result) -> bool:
    """That it is written down and on its way, or why not: then False."""
    if "refused" in result:
        team.say(talk, result["refused"])
        return False
    if seen["later"]:
        told = _("Anotado. Avisos: {people}. Salen el {when}.")
        talk.say(told, when=_when(seen), people=result["people"])
    else:
        talk.say(_("Anotado. Aviso en camino: {people}."), people=result["people"])
    return True


def _when(seen: Mapping[str, Any]) -> When:
    return When(team.moment(seen["later"]), seen["tz"])
