"""Several people, one phone: a second person signs up, and says who writes (conversations.md 1, people.md 5)."""

from __future__ import annotations

from typing import Any

from bot.i18n import _
from bot.kinds import Text
from bot.talk import Talk, conversation
from bot.words import plain
from conversations.places import the_lab, the_session
from storage import people


def speaker(talk: Talk) -> int | None:
    """Who writes, also set as talk.person_id; on a shared phone it is asked, without saying any name."""
    shared = talk.look("shared", lambda: len(people.people_of(talk.db, talk.address_id)) > 1)
    if talk.person_id is not None or not shared:
        return talk.person_id
    typed = talk.ask("who writes", _("¿Quién escribe? Escribe tu nombre."), Text(max=40))
    found = talk.look(f"named.{plain(typed)}", lambda: named(talk, typed))
    if found is None:
        unknown = _("No conozco ese nombre en este teléfono. ¿Cómo te llamas?")
        again = talk.ask("who writes.again", unknown, Text(max=40))
        found = talk.look(f"named.{plain(again)}", lambda: named(talk, again))
    talk.person_id = found
    return found


def named(talk: Talk, typed: str) -> int | None:
    """The person of this phone who is called so."""
    wanted = plain(typed)
    return next((p.id for p in people.people_of(talk.db, talk.address_id) if plain(p.name) == wanted), None)


@conversation(command="companion")
def companion(talk: Talk) -> None:
    """'mi esposo también': another person of this phone gives her or his own permission first."""
    here = talk.look("here", lambda: len(people.people_of(talk.db, talk.address_id)))
    if not here:
        return talk.go("hello")
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
    person = talk.look("called", lambda: _called(talk, found))
    return talk.say(_("Hola, {name}. Ahora te leo a ti."), name=person)


def _called(talk: Talk, person_id: int) -> str:
    person = people.person_by_id(talk.db, person_id)
    return person.name if person else ""
