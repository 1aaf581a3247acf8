"""A neighbour signs up for a lab's next session: permission, name, age band, going (conversations.md 1)."""

from __future__ import annotations

from bot.i18n import _
from bot.talk import Talk, conversation
from conversations.attend import again, attend
from conversations.household import speaker
from conversations.permission import permitted
from conversations.places import the_lab, the_session
from storage import labs


@conversation("inscribir", "inscribirme", "register", again=again)
def register(talk: Talk) -> None:
    """Permission first; then the session, or word that one will come."""
    lab = the_lab(talk)
    session = the_session(talk, lab, str(talk.args.get("session", "")))
    if session is None and talk.look("ended", lambda: labs.has_met(talk.db, lab.id)):
        return talk.go("ended", lab=lab.slug)
    if not talk.args.get("companion"):
        speaker(talk)
    person_id = permitted(talk, lab)
    if person_id is None:
        return None
    if session is None:
        return talk.say(_("Listo. Te aviso cuando haya reunión en {lab}."), lab=lab.name)
    return attend(talk, lab, session, person_id)
