"""Leaving and coming back: SALIR, ALTA, a wrong number, NO VOY (conversations.md 1, 3, 6)."""

from __future__ import annotations

from typing import Any

from bot.i18n import _
from bot.state import State
from bot.talk import Talk, conversation
from conversations.at_home import from_home
from conversations.attend import not_open
from conversations.hello import stranger
from conversations.household import speaker, who_gives_back
from conversations.permission import refused
from conversations.places import the_lab
from conversations.staff import team
from storage import broadcasts, joining, labs, last_places, leaving, my_places, people, registrations, talks

ARRIVED = _("Ya te anotaron en la puerta: llegaste. Si no es así, escribe PERSONA.")


@conversation(command="exit")
def leave(talk: Talk) -> None:
    """One confirmation, then silence. Data stay; how to erase them is said."""
    here = talk.look("here", lambda: len(people.people_of(talk.db, talk.address_id)))
    talk.once("left", lambda: _leave(talk))
    if not here and team.held(talk):
        talk.out.insert(0, talk.text(team.LEFT))
        return None
    if not here:
        return talk.forget(_("Listo. No te escribo más. No guardamos datos tuyos. Para volver, escribe ALTA."))
    if here > 1 and talk.channel == "telegram":
        return talk.say(
            _(
                "Listo. Nadie recibe más mensajes aquí. Los datos siguen guardados. Para borrarlos: BORRAR."
                " Para volver: ALTA."
            )
        )
    if here > 1:
        return talk.say(
            _(
                "Listo. Nadie recibe más mensajes en este número. Los datos siguen guardados. Para borrarlos: BORRAR."
                " Para volver: ALTA."
            )
        )
    return talk.say(
        _(
            "Listo. No te escribo más. Tus datos siguen guardados. Para borrarlos, escribe BORRAR."
            " Para volver, escribe ALTA."
        )
    )


def _leave(talk: Talk) -> bool:
    leaving.leave(talk.db, talk.address_id, "asked", talks.message(talk.db, talk.provider))
    broadcasts.withhold(talk.db, "opted_out", address_id=talk.address_id)
    alone = people.people_of(talk.db, talk.address_id)
    for phone in joining.phones_of_her_own(talk.db, alone[0].id) if len(alone) == 1 else ():
        broadcasts.withhold(talk.db, "opted_out", address_id=phone)  # leaving on one of them is leaving
    people.close_talks(talk.db, talk.address_id, except_id=talk.scene.talk_id)
    return True


@conversation(command="again_in")
def come_back(talk: Talk) -> None:
    """ALTA: in again."""
    left = talk.once("back", lambda: leaving.come_back(talk.db, talk.address_id))
    if talk.look("known", lambda: bool(people.people_of(talk.db, talk.address_id))):
        return talk.say(
            _("Listo. Recibes mensajes otra vez.") if left else _("Ya recibes mensajes. No hace falta nada.")
        )
    return talk.go("hello")


@conversation(command="wrong_number")
def wrong_number(talk: Talk) -> None:
    """A number of nobody is wiped and never written to again; where people signed up, erasing asks first."""
    if talk.look("here", lambda: bool(people.people_of(talk.db, talk.address_id))):
        return talk.go("erase")
    talk.once("left", lambda: _leave(talk))
    if talk.channel == "telegram":
        return talk.forget(_("Perdón. Borramos este usuario y no te escribimos más."))
    return talk.forget(_("Perdón. Borramos este número y no te escribimos más."))


@conversation(command="not_coming")
def not_coming(talk: Talk) -> None:
    """NO VOY: the place is given back at once, and goes to the next; who is signing up is not signed up."""
    unfinished = talk.look("unfinished", lambda: _signing_up(talk))
    if unfinished:
        return _not_signed_up(talk, unfinished)
    person_id = who_gives_back(talk)
    if person_id is None:
        return stranger(talk)
    lab = the_lab(talk)
    gone = talk.once("gave back", lambda: _give_back(talk, person_id))
    off = None if gone else talk.look("called off", lambda: my_places.called_off(talk.db, person_id))
    if off:
        return not_open(talk, off)
    if gone is None and talk.look("arrived", lambda: my_places.arrived(talk.db, person_id)):
        return talk.say(ARRIVED)
    if gone is None:
        return talk.say(_("No tienes un lugar apartado. Para ver las reuniones, escribe LABS."))
    talk.say(_("Gracias por avisar, {name}."), name=gone["name"])
    if gone["freed"]:
        talk.say(_("Le damos tu lugar a otra persona."))
    return from_home(talk, lab, stays=_("Está bien."))


def _signing_up(talk: Talk) -> dict[str, Any] | None:
    """The newest question here, where it is asked of somebody who has agreed and is not admitted yet: {id, companion,
    keyword of the lab, messages, before}, the last two as in `State`."""
    newest = next((one for one in talks.open_talks(talk.db, talk.address_id) if one.id != talk.scene.talk_id), None)
    if newest is None or newest.person_id is not None or newest.conversation not in ("register", "first_contact"):
        return None
    state, lab = State.load(newest.state), labs.lab(talk.db, str(newest.args.get("lab", "")))
    about = {"id": newest.id, "companion": bool(newest.args.get("companion")), "keyword": lab.keyword if lab else ""}
    return about | {"messages": state.messages, "before": state.before} if state.answers.get("consent") else None


def _not_signed_up(talk: Talk, unfinished: dict[str, Any]) -> None:
    """As after a no to "do you agree?": nothing of what was said there stays."""
    talk.person_id = None  # on the phone of others it is not they who say it
    talk.once("ended", lambda: talks.end(talk.db, unfinished["id"]))
    talk.state.messages += unfinished["messages"]
    talk.state.before += [*unfinished["before"], unfinished["id"]]
    talk.forget(refused(talk, unfinished["companion"]), keyword=unfinished["keyword"])


def _give_back(talk: Talk, person_id: int) -> dict[str, Any] | None:
    """Every place this person has ahead; what is asked about them needs no answer."""
    for one in talks.open_talks(talk.db, talk.address_id):
        if one.conversation in ("party", "reminder") and one.person_id == person_id:
            talks.end(talk.db, one.id)
    ahead = my_places.ahead(talk.db, person_id)
    freed = [_gives_back(talk, session_id, person_id) for session_id in ahead]
    person = people.person_by_id(talk.db, person_id)
    return {"freed": any(freed), "name": person.name if person else ""} if ahead else None


def _gives_back(talk: Talk, session_id: int, person_id: int) -> bool:
    """Whether a place goes on to somebody by it: who only waited had none, and in the last hours none is offered."""
    place = registrations.place_of(talk.db, session_id, person_id)
    held = place is not None and place.state in ("registered", "offered")
    passes_on = not last_places.offers_ended(talk.db, session_id)
    return registrations.cancel(talk.db, session_id, person_id, talk.channel) and held and passes_on


@conversation(command="no_reminders")
def no_reminders(talk: Talk) -> None:
    """SIN RECORDATORIO: the place stays, nothing about it is written to this phone."""
    person_id = speaker(talk)
    if person_id is None:
        return stranger(talk)
    holds = talk.once("quiet", lambda: _quiet(talk, person_id))
    if not holds:
        return talk.say(_("Listo. No te mando recordatorios."))
    return talk.say(_("Listo. No te mando recordatorios. Tu lugar sigue guardado."))


def _quiet(talk: Talk, person_id: int) -> bool:
    """No reminders; whether there is a place, or a turn in the queue, that stays."""
    my_places.remind(talk.db, person_id, wanted=False)
    return bool(my_places.ahead(talk.db, person_id))


@conversation(command="reminders")
def reminders(talk: Talk) -> None:
    """CON RECORDATORIO: as before SIN RECORDATORIO."""
    person_id = speaker(talk)
    if person_id is None:
        return stranger(talk)
    talk.once("again", lambda: my_places.remind(talk.db, person_id, wanted=True))
    return talk.say(_("Listo. Te mando recordatorios otra vez."))
