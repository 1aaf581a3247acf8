"""Give and take back roles. By command line alone: nobody makes herself a facilitator by chat."""

from __future__ import annotations

from bot.errors import Refused
from storage import audit, labs, people, staff
from storage.staff import Member
from storage.store import Unit
from storage.tables.staff import CHANNELS, ROLES


def add(unit: Unit, to: str, role: str, *, lab: str = "", name: str = "", person: str = "", by: str) -> str:
    """Give a role to 'whatsapp:+507...'; the token of the person. Twice is once.

    lab: slug; '' = every lab. person: token of somebody of the team who writes from this address too.
    """
    channel, _colon, value = to.partition(":")
    if channel not in CHANNELS or not value.strip():
        raise Refused(f"Write CHANNEL:ADDRESS, with {' or '.join(CHANNELS)}. By SMS a sender can be forged.")
    if role not in ROLES:
        raise Refused(f"There is no role {role!r}. Write one of these: {', '.join(ROLES)}.")
    lab_id = _lab(unit, role, lab)
    at = people.lock_address(unit, channel, value.strip())
    people.set_address(unit, at.id, value=value.strip(), forget=False)
    who = staff.member(unit, at.id) or _new(unit, at.id, name, person)
    if name and name != who.name:
        staff.rename(unit, who.id, name)
    if staff.grant(unit, who, channel, role, lab_id, by):
        audit.record(unit, "staff.added", who.token, {"role": role, "lab": lab, "channel": channel}, actor=by)
    return who.token


def _new(unit: Unit, address_id: int, name: str, person: str) -> Member:
    staff_id = staff.by_token(unit, person) if person else staff.hire(unit, name)
    if staff_id is None:
        raise Refused(f"Nobody of the team has the token {person}. `convoca staff list` shows them.")
    return Member(staff_id, staff.token_of(unit, staff_id), name, address_id)


def _lab(unit: Unit, role: str, slug: str) -> int | None:
    found = labs.lab(unit, slug) if slug else None
    if slug and found is None:
        raise Refused(f"There is no lab {slug}.")
    if role in ("admin", "auditor") and found is not None:
        raise Refused(f"The role {role} is for every lab: leave --lab out.")
    return found.id if found else None


def remove(unit: Unit, whom: str, *, role: str = "", lab: str = "", by: str) -> int:
    """Take back roles of a token or of 'whatsapp:+507...'; how many. What was begun by chat ends at once."""
    channel, colon, value = whom.partition(":")
    found = staff.member(unit, people.lock_address(unit, channel, value.strip()).id) if colon else None
    staff_id = found.id if found else staff.by_token(unit, whom)
    if staff_id is None:
        raise Refused("Nobody of the team is known by that. `convoca staff list` shows them.")
    lab_id = _lab(unit, "", lab)
    gone = staff.revoke(unit, staff_id, by, role=role or None, lab_id=lab_id)
    if gone:
        token = staff.token_of(unit, staff_id)
        audit.record(unit, "staff.removed", token, {"roles": gone, "role": role, "lab": lab}, actor=by)
    return gone
