"""A phone of the team that was silent for 12 hours gives a code before it writes to many people (ADR 19)."""

from __future__ import annotations

from bot.errors import Refused
from bot.i18n import Catalogues, _
from storage import audit, staff, staff_codes
from storage.staff import Member
from storage.store import Unit


def needed(unit: Unit, me: Member) -> bool:
    """Whether she is asked now."""
    return staff_codes.needed(unit, me.token, me.address_id)


def still(unit: Unit, catalogues: Catalogues, me: Member) -> None:
    """Raises Refused when the phone fell silent since she was asked: an old question is no way around the code."""
    if needed(unit, me):
        raise Refused(catalogues.told(_("Pasaron más de 12 horas desde que empezaste. Empieza otra vez.")))


def tried(unit: Unit, me: Member, typed: str) -> str:
    """'right', 'wrong', or 'locked' after five wrong ones in an hour."""
    if staff_codes.locked(unit, me.token):
        return "locked"
    right = staff_codes.tried(unit, me.token, me.address_id, typed)
    audit.record(unit, "staff.code", me.token, {"right": right}, actor=me.by)
    return "right" if right else "locked" if staff_codes.locked(unit, me.token) else "wrong"


def shown(unit: Unit, named: str, *, by: str) -> tuple[str, str]:
    """(token, code) of somebody of the team, for who keeps the system. That it was shown is in the audit log."""
    found = [token for token in staff_codes.tokens(unit, named) if _works(unit, token)]
    if not found:
        raise Refused("Nobody of the team is known by that. `convoca staff list` shows them.")
    if len(found) > 1:
        raise Refused(f"Several people have that name. Write the token: {', '.join(found)}.")
    audit.record(unit, "staff.code_shown", found[0], actor=by)
    return found[0], staff_codes.code(unit, found[0])


def _works(unit: Unit, token: str) -> bool:
    return any(grant.token == token for grant in staff.grants(unit))
