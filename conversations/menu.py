"""What one can do here: the menu, help, the meetings, a human (conversations.md 1, 6)."""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import Choice
from bot.spoken import said
from bot.talk import Talk, conversation
from conversations.hello import stranger
from conversations.places import the_lab, the_session
from conversations.staff import team
from storage import my_places, people, talks

MENU = Choice(
    {"labs": _("Reuniones"), "choose": _("Elegir"), "idea": _("Mi idea"), "person": _("Hablar")},
)
_TO = {"labs": "meetings", "choose": "vote", "idea": "idea", "person": "person"}


@conversation(command="menu", passing=True, offers=("wish",))
def menu(talk: Talk) -> None:
    """Four ways on, by number; also the answer to words that belong to no question."""
    if talk.args.get("lost"):
        talk.say(_("No tengo una pregunta pendiente."))
    if talk.args.get("greets"):
        talk.say(_("Hola, {name}."), name=str(talk.args["greets"]))
    wish = talk.ask("wish", _("¿Qué quieres?"), MENU)
    return talk.go(_TO[wish])


@conversation("voy", "si voy", "voy a ir", "si voy a ir", "quiero ir", "i am coming", "i am going", command="labs")
def meetings(talk: Talk) -> None:
    """The next meeting of the person's lab, also for who changes her mind; a stranger is asked for her community."""
    known = talk.look("known", lambda: bool(people.people_of(talk.db, talk.address_id)))
    if not known:
        return stranger(talk)
    lab = the_lab(talk)
    session = the_session(talk, lab)
    if session is None:
        return talk.say(_("No hay reunión con fecha en {lab}. Te aviso cuando la haya."), lab=lab.name)
    return talk.go("register", lab=lab.slug, session=session.code, wants="date")


@conversation(command="person")
def person(talk: Talk) -> None:
    """PERSONA: a human writes, and says when."""
    lab = the_lab(talk)
    talk.once("asked", lambda: people.hand_over(talk.db, talk.address_id, talk.person_id, "asked"))
    if lab.hours:
        hours = said(lab, "hours")
        return talk.say(_("Te escribe una persona del equipo, hoy o mañana. Atiende de {hours}."), hours=hours)
    return talk.say(_("Te escribe una persona del equipo, hoy o mañana."))


@conversation(command="help")
def help_words(talk: Talk) -> None:
    """AYUDA: the words that always work; the open question is repeated after it."""
    talk.say(
        _("LABS: reuniones. ELEGIR: elegir. IDEA: proponer. DATOS: tus datos. PERSONA: hablar. SALIR: no recibir más.")
    )
    acts = talk.look("of team", lambda: team.helped(talk))
    if acts:  # who has no role in any lab hears of none of these words
        team.say(talk, "\n".join([talk.out.pop(), *(talk.text(team.HELP[act]) for act in acts)]))


def _leave_this(talk: Talk) -> None:
    """The question that was asked last, of this person where several use the phone; older ones are asked on."""
    mine = (one for one in talks.open_talks(talk.db, talk.address_id) if one.id != talk.scene.talk_id)
    of_her = (one for one in mine if talk.person_id is None or one.person_id in (talk.person_id, None))
    if newest := next(of_her, None):
        talks.end(talk.db, newest.id)


_LEAVE = {"leave": _("Dejar esta pregunta"), "exit": _("No recibir más")}
CANCEL, OF_TEAM = Choice({"not_coming": _("No ir a la reunión"), **_LEAVE}), Choice(_LEAVE)


def _may_stay_at_home(talk: Talk) -> bool:
    """Everybody, but who is of the team and goes to no meeting."""
    here = people.people_of(talk.db, talk.address_id)
    return team.me(talk) is None or any(my_places.ahead(talk.db, one.id) for one in here)


@conversation(command="cancel_asks", passing=True)
def cancel(talk: Talk) -> None:
    """CANCELAR is never an exit: it asks what is meant."""
    kinds = CANCEL if talk.look("may stay at home", lambda: _may_stay_at_home(talk)) else OF_TEAM
    meant = talk.ask("meant", _("¿Qué quieres?"), kinds)
    if meant == "leave":
        talk.once("closed", lambda: _leave_this(talk))
        return talk.say(_("Listo, la dejamos. Para ver qué puedes hacer, escribe MENU."))
    return talk.go("not_coming" if meant == "not_coming" else "leave")
