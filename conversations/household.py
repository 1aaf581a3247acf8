"""Several people, one phone: a second person signs up, and says who writes (conversations.md 1, people.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import Invalid
from bot.i18n import _
from bot.kinds import Choice, Text
from bot.ladder import Shown
from bot.state import State
from bot.talk import Talk, conversation
from bot.words import command, plain
from conversations.hello import stranger
from conversations.places import the_lab, the_session
from storage import forgetting, people, talks

WHO = Choice({"same": _("La misma persona"), "other": _("Otra persona")}, {"same": ("yo", "me"), "other": ("otra",)})


@dataclass(frozen=True)
class JustTheName(Text):
    """A name and nothing else: SOY LUIS says who writes, and does nothing else either."""

    def parse(self, reply: str, shown: Shown) -> str:
        """As of a name. Raises Invalid."""
        if command(reply, self.more) is not None:
            raise Invalid("")
        return super().parse(reply, shown)


def speaker(talk: Talk) -> int | None:
    """Who writes, also set as talk.person_id; on a shared phone it is asked, without saying any name."""
    kind = Text(max=40, name=True, more=talk.scene.catalogues.words)
    return _asked(talk, "writes", kind)


def who_gives_back(talk: Talk) -> int | None:
    """The same before a place is given back: asked again it says so, and nothing but the name answers it."""
    kind = JustTheName(max=40, name=True, more=talk.scene.catalogues.words)
    return _asked(talk, "gives back", kind, _("¿Quién no va? Escribe tu nombre."))


def _asked(talk: Talk, does: str, kind: Text, later: str = "") -> int | None:
    shared = talk.look("shared", lambda: len(people.people_of(talk.db, talk.address_id)) > 1)
    if talk.person_id is not None or not shared:
        return talk.person_id
    typed = talk.ask(f"who {does}", _("¿Quién escribe? Escribe tu nombre."), kind, again=later)
    found = talk.look(f"named.{plain(typed)}", lambda: named(talk, typed))
    if found is None:
        unknown = _("No conozco ese nombre en este teléfono. ¿Cómo te llamas?")
        again = talk.ask(f"who {does}.again", unknown, kind, again=later)
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
        kind = Text(max=40, name=True, more=talk.scene.catalogues.words)
        typed = talk.ask("who writes", _("¿Quién escribe? Escribe tu nombre."), kind)
        talk.person_id = talk.look(f"named.{plain(typed)}", lambda: named(talk, typed))
        if talk.person_id is not None:
            return talk.go("vote", **choosing)
    lab = the_lab(talk)
    session = the_session(talk, lab)
    args: dict[str, Any] = {"lab": lab.slug, "companion": True}
    args |= {"session": session.code} if session else {}
    args |= {"who": talk.args["word"]} if talk.args.get("word") else {}
    begun = talk.look("begun", lambda: _begun(talk, args))
    if here + begun["others"] >= people.MAX_PEOPLE:
        return talk.say(
            _("En este número ya hay {count} personas. Escribe PERSONA y te ayudamos."), count=people.MAX_PEOPLE
        )
    return talk.go("register", **args, **({"nth": begun["nth"]} if begun["nth"] else {}))


def _begun(talk: Talk, args: Mapping[str, Any]) -> dict[str, int]:
    """Newcomers of this phone who are being asked: how many others; `nth`: who was so called before has agreed, and
    what she is asked stands. 0: nobody was, or she has not answered yet and is asked anew."""
    waiting = [t for t in talks.open_talks(talk.db, talk.address_id) if t.conversation == "register"]
    newcomers = [t for t in waiting if t.args.get("companion") and t.person_id is None]
    same = [t for t in newcomers if {**t.args, "nth": 0} == {**args, "nth": 0}]
    agreed = [int(t.args.get("nth", 1)) for t in same if State.load(t.state).answers.get("consent")]
    asked = [int(t.args.get("nth", 0)) for t in same if not State.load(t.state).answers.get("consent")]
    nth = asked[0] if asked else max(agreed, default=0) + 1 if agreed else 0
    return {"others": len(newcomers) - len(asked), "nth": nth}


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
