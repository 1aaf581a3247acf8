"""A session that changes while she is being asked whether she comes. No conversation of its own."""

from __future__ import annotations

from typing import Any

from bot.actions import changed
from bot.i18n import _
from bot.talk import Talk
from conversations.places import as_kept, read_again
from storage import labs
from storage.labs import Session

MOVED = _("Cambió el laboratorio de {lab}. Ahora es {when}. Lugar: {place}.")


def since(talk: Talk, session: Session, person_id: int) -> tuple[Session, bool]:
    """The session as it was when she answered; True: that is not what she has read, and nothing tells her of it."""
    seen = talk.look("moved", lambda: _moved(talk, session, person_id))
    return (read_again(seen["session"]), not seen["told"]) if seen else (session, False)


def _moved(talk: Talk, session: Session, person_id: int) -> dict[str, Any]:
    """Another hour or place than she was asked about; {}: it is the same, or over. told: a message tells her."""
    is_now = labs.session_by_id(talk.db, session.id)
    if labs.shut(talk.db, session.id):
        return {}  # nobody takes a place there any more, which is what she hears
    if (is_now.starts_at, is_now.place) == (session.starts_at, session.place):
        return {}
    return {"session": as_kept(is_now), "told": changed.tells(talk.db, is_now, person_id)}


def now(talk: Talk, session: Session) -> dict[str, Any]:
    """What registration begins with, to ask her the same again, for as many, about the session as it is now."""
    as_before = {name: talk.args[name] for name in ("lab", "party") if name in talk.args}
    return {**as_before, "session": session.code, "moved": True}
