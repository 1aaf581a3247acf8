"""Whether she comes to the meeting at which it is told or decided. No conversation of its own."""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import YesNo
from bot.talk import Talk
from conversations import attend
from storage import labs, registrations
from storage.labs import Lab, Session

YES_NO = YesNo()


def comes(
    talk: Talk, lab: Lab, meeting: Session, person_id: int, question: str, *, before: str, again: str = "", stays: str
) -> None:
    """Ask it, and do what is answered. before: text said first; again: the question after a wrong number; stays: what
    is said after a no (msgids)."""
    about = attend.when_where(meeting)
    coming = talk.ask("coming", question, YES_NO, before=before, again=again, **about)
    if why := talk.look("shut", lambda: labs.shut(talk.db, meeting.id)):  # meanwhile
        return attend.shut(talk, why, meeting)
    if not coming:
        gave = talk.once("stays", lambda: _stays(talk, meeting, person_id))
        talk.say(stays)
        goes_on = gave == "registered" and attend.goes_on(talk, meeting)
        return talk.say(_("Tu lugar pasa a otra persona.")) if goes_on else None
    name = talk.look("called", lambda: attend.name_of(talk, person_id))
    held = talk.look("held", lambda: attend.place_held(talk, meeting, person_id))
    if held:
        return attend.already(talk, held, name, meeting)
    if talk.look("full", lambda: registrations.would_wait(talk.db, meeting.id)):
        return attend.wait(talk, lab, meeting, person_id, name)
    return attend.answered(talk, lab, meeting, person_id, "yes", name)


def _stays(talk: Talk, meeting: Session, person_id: int) -> str:
    """A place that she had is given back, as NO VOY does it; its state, '' for none."""
    if held := attend.place_held(talk, meeting, person_id):
        registrations.cancel(talk.db, meeting.id, person_id, talk.channel, "no")
    else:
        registrations.answer_otherwise(talk.db, meeting.id, person_id, "declined", talk.channel)
    return str(held["state"]) if held else ""
