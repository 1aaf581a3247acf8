"""Several people, one phone: a second person signs up, and says who writes (conversations.md 1, people.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.i18n import _
from bot.kinds import Choice, Text
from bot.talk import Talk, conversation
from bot.words import plain
from conversations.hello import stranger
from conversations.places import the_lab, the_session
from storage import forgetting, people, talks

WHO = Choice({"same": _("La misma persona"), "other": _("Otra persona")}, {"same": ("yo", "me"), "other": ("otra",)})


def speaker(talk: Talk) -> int | None:
    """Who writes, also set as talk.person_id; on a shared phone it is asked, without saying any name."""
    shared = talk.look("shared", lambda: len(people.people_of(talk.db, talk.address_id)) > 1)
    if talk.person_id is not None or not shared:
        return talk.person_id
    kind = Text(max=40, name=True, more=talk.scene.catalogues.words)
    typed = talk.ask("who writes", _("¿Quién escribe? Escribe tu nombre."), kind)
    found = talk.look(f"named.{plain(typed)}", lambda: named(talk, typed))
    if found is None:
        unknown = _("No conozco ese nombre en este teléfono. ¿Cómo te llamas?")
        again = talk.ask("who writes.again", unknown, kind)
        found = talk.look(f"named.{plain(again)}", lambda: named(talk, again))
    talk.person_id = found
    return found


def named(talk: Talk, typed: str) -> int | None:
    """The person of this phone who is called so."""
    wanted = plain(typed)
    return next((p.id for p in people.people_of(talk.db, talk.address_id) if plain(p.name) == wanted), None)


def chooses_in(talk: Talk) -> dict[str, Any] | None:
    """What the choice is about that this phone is asked for; None: something else waits, or nobody is known."""
    waiting = talks.open_talks(talk.db, talk.address_id)
    known = bool(people.people_of(talk.db, talk.address_id))
    if not known or not waiting or waiting[0].conversation != "vote" or waiting[0].pending == "consent":
        return None
    return _which(waiting[0].args)


def _just_chose(talk: Talk) -> dict[str, Any] | None:
    """The same of a choice that was given on this phone a moment ago, when nothing else waits."""
    at = people.address_by_id(talk.db, talk.address_id)
    last, when = at.last_reply, at.last_reply_at
    if not last or not when or not forgetting.just_now(talk.db, when) or talks.open_talks(talk.db, talk.address_id):
        return None
    return _which(last["args"]) if last["conversation"] == "vote" else None


def _which(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name in ("contest", "lab")}


@conversation(command="companion")
def companion(talk: Talk) -> None:
    """'mi esposo también': another person of this phone gives her or his own permission first."""
    here = talk.look("here", lambda: len(people.people_of(talk.db, talk.address_id)))
    if not here:
        return stranger(talk)
    choosing = talk.look("choosing", lambda: chooses_in(talk) or _just_chose(talk))
    if choosing is not None and talk.ask("who chooses", _("¿Quién elige ahora?"), WHO) == "same":
        return talk.go("vote", **choosing)
    if choosing is not None and here > 1:  # it may be one of those who are known
        typed = talk.ask("who writes", _("¿Quién escribe? Escribe tu nombre."), Text(max=40))
        talk.person_id = talk.look(f"named.{plain(typed)}", lambda: named(talk, typed))
        if talk.person_id is not None:
            return talk.go("vote", **choosing)
    if here >= people.MAX_PEOPLE:
        return talk.say(
            _("En este número ya hay {count} personas. Escribe PERSONA y te ayudamos."), count=people.MAX_PEOPLE
        )
    lab = the_lab(talk)
    session = the_session(talk, lab)
    args: dict[str, Any] = {"lab": lab.slug, "companion": True}
    if session:
        args["session"] = session.code
    return talk.go("register", **args)


@conversation(command="who")
def who(talk: Talk) -> None:
    """SOY LUIS: from now on Luis writes on this phone."""
    wanted = str(talk.args.get("word", ""))
    found = talk.look("named", lambda: named(talk, wanted))
    if found is None:
        return talk.say(_("No conozco ese nombre en este teléfono. Si eres otra persona, escribe OTRA."))
    talk.once("speaks", lambda: people.set_address(talk.db, talk.address_id, speaker_id=found))
    talk.person_id = found
    person = talk.look("called", lambda: _called(talk, found))
    return talk.say(_("Hola, {name}. Ahora te leo a ti."), name=person)


def _called(talk: Talk, person_id: int) -> str:
    person = people.person_by_id(talk.db, person_id)
    return person.name if person else ""
