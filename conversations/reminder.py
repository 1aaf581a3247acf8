"""The answer to the reminder of the day before. A no frees the place at once, and the next in the queue gets it."""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from conversations import attend
from conversations.at_home import from_home
from conversations.leaving import ARRIVED
from conversations.places import the_lab, the_session
from storage import labs, my_places, registrations


@conversation(again=attend.again)
def reminder(talk: Talk) -> None:
    """Coming, or not after all."""
    lab = the_lab(talk)
    code = str(talk.args.get("session", ""))
    session = the_session(talk, lab, code)
    person_id = talk.person_id
    if session is None or session.code != code or person_id is None:
        return attend.not_open(talk, code)
    coming = talk.ask(
        "coming",
        _("¿Vienes?"),
        YesNo(no=_("No puedo")),
        before=talk.text(_("El laboratorio es {when}. Lugar: {place}."), **attend.when_where(session)),
        again=_("¿Vienes el {day}?"),
        **attend.when_where(session),
    )
    if why := talk.look("shut", lambda: labs.shut(talk.db, session.id)):  # meanwhile
        return attend.shut(talk, why, session)
    name = talk.look("called", lambda: attend.name_of(talk, person_id))
    held = talk.look("held", lambda: attend.place_held(talk, session, person_id))
    if not held:
        return talk.go("register", lab=lab.slug, session=session.code)
    if coming:
        alone = _("Gracias, {name}. Te esperamos el {when}, {place}. Tu código es {code}.")
        begins = talk.look("begins", lambda: my_places.begins(talk.db, talk.address_id, session.id, person_id))
        hinted = _("Gracias, {name}. Te esperamos el {when}, {place}. Tu código empieza con {code}.")
        return talk.say(
            hinted if held["shared"] else alone,
            name=name,
            code=attend.coded(held | {"code": begins} if held["shared"] else held),
            **attend.when_where(session),
        )
    if held["state"] == "attended":
        return talk.say(ARRIVED)
    talk.once("gave back", lambda: registrations.cancel(talk.db, session.id, person_id, talk.channel, "no puedo"))
    talk.say(_("Gracias por avisar, {name}."), name=name)
    if held["state"] != "waiting" and attend.goes_on(talk, session):
        talk.say(_("Le damos tu lugar a otra persona."))
    return from_home(talk, lab, stays=_("Está bien."))
