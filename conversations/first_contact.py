"""The answer to the one message that a number of an earlier lab's list gets (conversations.md 1, people.md 4.1, 5).

The message asked already; what is asked here is the same question. A yes goes on as every registration does. After a
no, or none, the number is wiped, and its fingerprint says that it was asked.
"""

from __future__ import annotations

from bot.actions.import_people import ASKS
from bot.i18n import _
from bot.spoken import said
from bot.talk import Talk, conversation
from conversations.attend import again, attend
from conversations.permission import permitted
from conversations.places import the_lab, the_session
from storage import labs


@conversation(again=again)
def first_contact(talk: Talk) -> None:
    """Permission, then name, age band and the next session; where none comes, what became of the lab."""
    lab = the_lab(talk)
    session = the_session(talk, lab)
    asked = talk.text(ASKS, organiser=said(lab, "organiser_short"), source=str(talk.args.get("source", "")))
    person_id = permitted(talk, lab, asked)
    if person_id is None:
        return None
    if session is not None:
        return attend(talk, lab, session, person_id)
    if talk.look("met", lambda: labs.has_met(talk.db, lab.id)):
        return talk.go("ended", lab=lab.slug)
    return talk.say(_("Listo. Te aviso cuando haya reunión en {lab}."), lab=lab.name)
