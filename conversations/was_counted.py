"""After the close: was a choice of mine counted? Who says otherwise is heard by a person (conversations.md 4)."""

from __future__ import annotations

from bot.closing import DID_YOU, SEE_MINE, YES_NO, ends, later, marked
from bot.i18n import Label, _
from bot.results import SEE, Wording
from bot.talk import Talk, conversation
from conversations import casting, tied
from conversations.household import speaker
from conversations.places import the_lab, the_session
from storage import contests, people, rolls


@conversation("se conto mi eleccion", "contaron mi eleccion")
def was_counted(talk: Talk) -> None:
    """Counted, late or none; on a shared phone of the person who says her name."""
    found = casting.the_contest(talk)
    lab = the_lab(talk, found["lab"] if found else "")
    if found is None or found["open"]:
        return talk.say(_("La elección no ha terminado. Para ver la tuya, escribe MI ELECCION."))
    if "broadcast" in talk.args and talk.look("on shared phone", lambda: casting.is_shared(talk)):
        talk.ask("see", SEE_MINE, SEE, lab=lab.name)
        if not talk.look("said who", lambda: casting.said_who(talk)):
            talk.person_id = None  # the phone was told, not one of its people
    person_id = speaker(talk)
    group = talk.look("group", lambda: _group(talk, found["slug"], person_id))
    name = talk.look("called", lambda: _called(talk, person_id))
    meeting = the_session(talk, lab)
    seen = talk.look(f"tie.{talk.lang}", lambda: tied.standing(talk, found["slug"], meeting))
    if seen["tie"] and group == rolls.COUNTED and person_id is not None:
        return tied.assembly(talk, lab, meeting, person_id, seen)
    when: Label | str = Label(seen["instead"]) if seen["instead"] else later(meeting)
    if found["state"] == "published":
        when = talk.look(f"won.{talk.lang}", lambda: _won(talk, found["slug"], lab.name))
    when = marked(talk.text, when, seen.get("mark", ""))
    told = talk.text(ends(group), person=name, lab=lab.name, later=when)
    if group != rolls.NONE:
        return talk.say("{told}", told=told)
    if not talk.ask("did", DID_YOU, YES_NO, before=told):
        return talk.say(_("Gracias por contestar."))
    talk.once("handed over", lambda: people.hand_over(talk.db, talk.address_id, person_id, "choice"))
    return talk.say(_("Gracias por avisar. Una persona lo revisa hoy o mañana y te cuenta."))


def _group(talk: Talk, slug: str, person_id: int | None) -> str:
    found = contests.by_slug(talk.db, slug)
    return rolls.group_of(talk.db, found.id, person_id) if found and person_id is not None else rolls.NONE


def _won(talk: Talk, slug: str, lab: str) -> str:
    return Wording(talk.scene.catalogues, talk.voice, contests.facts(talk.db, slug), lab).won()


def _called(talk: Talk, person_id: int | None) -> str:
    person = people.person_by_id(talk.db, person_id) if person_id is not None else None
    return person.name if person else ""
