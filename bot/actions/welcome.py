"""What somebody reads who came without a place and was noted at the door (conversations.md 6)."""

from __future__ import annotations

from bot import broadcast
from bot.i18n import Catalogues, _
from bot.message import Reply
from storage import audiences, checkins
from storage.broadcasts import Act
from storage.labs import Session
from storage.outbox import KEPT
from storage.store import Unit


def tell(unit: Unit, catalogues: Catalogues, meeting: Session, registration_id: int) -> None:
    """Tell the person the code, on her own phone; somebody without a phone reads nothing."""
    who = checkins.guest(unit, registration_id)
    if who is None or who.person_id is None:
        return
    act = Act(
        kind="welcome",
        idem=f"welcome:{who.id}",
        by="system",
        audience=audiences.listed(unit, {who.person_id: audiences.ALL}),
        due_at=unit.now,
        expires_at=unit.now + KEPT["notice"],
        lab_id=meeting.lab_id,
        session_id=meeting.id,
        shared="each",
        priority=1,
    )
    broadcast.send(unit, act, lambda variant: _words(catalogues, variant, who.code))


def _words(catalogues: Catalogues, variant: broadcast.Variant, code: str) -> Reply:
    if variant.shared:
        return broadcast.worded(
            catalogues, variant, _("Convoca: te anotamos en la puerta. Tu código es {code}."), code=code
        )
    told = _("Hola, {person}. Te anotamos en la puerta. Tu código es {code}.")
    return broadcast.worded(catalogues, variant, told, person="{name}", code=code)
