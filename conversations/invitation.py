"""The answer to an invitation. The message asked already; what is asked here is the same question."""

from __future__ import annotations

from bot.i18n import _
from bot.talk import Talk, conversation
from conversations import attend, moved
from conversations.places import the_lab, the_session
from storage import registrations


@conversation(again=attend.again)
def invitation(talk: Talk) -> None:
    """Going, not going or not sure; a full session tells the place in the queue before anything is promised."""
    lab = the_lab(talk)
    code = str(talk.args.get("session", ""))
    session = the_session(talk, lab, code)
    if session is None or session.code != code:
        return attend.not_open(talk, code)
    person_id = talk.person_id
    if person_id is None:
        return talk.go("register", lab=lab.slug, session=session.code)
    going = talk.ask(
        "going",
        _("¿Vas?"),
        attend.GOING,
        before=attend.invited(talk, lab, session),
        again=_("¿Vas el {day}?"),
        other=_("No entendí. Para ir, escribe 1. Para no ir, escribe 2. Si aún no sabes, escribe 3."),
        **attend.when_where(session),
    )
    session, unread = moved.since(talk, session, person_id)
    if unread:
        return talk.go("register", **moved.now(talk, session))
    name = talk.look("called", lambda: attend.name_of(talk, person_id))
    held = talk.look("held", lambda: attend.place_held(talk, session, person_id))
    if held and going == "yes":
        return attend.already(talk, held, name, session)
    if going == "yes" and talk.look("full", lambda: registrations.would_wait(talk.db, session.id)):
        return attend.wait(talk, lab, session, person_id, name)
    return attend.answered(talk, lab, session, person_id, going, name)
