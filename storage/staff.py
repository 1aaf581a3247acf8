"""The team: who has which role where, from which address. A role is a row; taken back, it stays as a record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from storage import codes
from storage.store import Unit
from storage.tables import address, lab, staff, staff_role, talk

TOKEN = 6  # characters of a token after 'F-'
PREFIX = "staff."  # of the names of the conversations that only the team reaches


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the team at one address."""

    id: int
    token: str
    name: str
    address_id: int

    @property
    def by(self) -> str:
        """How the audit log names the actor: a token, never a number."""
        return f"staff:{self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One live role. `address` is masked: '**********01'."""

    token: str
    name: str
    channel: str
    address: str
    role: str
    lab: str | None  # slug; None = every lab
    granted_by: str
    at: datetime
    reachable: bool  # has written to the bot, and can be written to


_LIVE = staff_role.c.revoked_at.is_(None)


def member(unit: Unit, address_id: int) -> Member | None:
    """Who of the team writes from this address, if anybody does now."""
    mine = select(staff.c.id, staff.c.token, staff.c.name).join(staff_role, staff_role.c.staff_id == staff.c.id)
    row = unit.db.execute(mine.where(staff_role.c.address_id == address_id, _LIVE).order_by(staff_role.c.id)).first()
    return Member(row.id, row.token, row.name or "", address_id) if row else None


def labs_of(unit: Unit, address_id: int, roles: Collection[str]) -> list[int]:
    """The labs in which this address has one of these roles; [] when in none."""
    here = or_(staff_role.c.lab_id.is_(None), staff_role.c.lab_id == lab.c.id)
    mine = exists().where(staff_role.c.address_id == address_id, _LIVE, staff_role.c.role.in_(roles), here)
    return list(unit.db.execute(select(lab.c.id).where(mine).order_by(lab.c.id)).scalars())


def others(unit: Unit, lab_id: int, roles: Collection[str], but: int) -> list[Member]:
    """Other people of the team with one of these roles in this lab who can be written to, each once."""
    query = (
        select(staff.c.id, staff.c.token, staff.c.name, staff_role.c.address_id)
        .join(staff_role, staff_role.c.staff_id == staff.c.id)
        .join(address, address.c.id == staff_role.c.address_id)
        .where(_LIVE, staff_role.c.role.in_(roles), staff.c.id != but, *_reachable())
        .where(or_(staff_role.c.lab_id.is_(None), staff_role.c.lab_id == lab_id))
        .order_by(staff_role.c.role.desc(), staff_role.c.id)  # a facilitator before an administrator
    )
    found = {row.id: Member(row.id, row.token, row.name or "", row.address_id) for row in unit.db.execute(query)}
    return list(found.values())


def _reachable() -> tuple[ColumnElement[bool], ...]:
    return (
        address.c.value.is_not(None),
        address.c.sender_id.is_not(None),
        address.c.reachable,
        address.c.opted_out_at.is_(None),
    )


# --- giving and taking back ---------------------------------------------------------------------------------------


def hire(unit: Unit, name: str) -> int:
    """A new person of the team; the id."""
    values = {"token": "F-" + codes.draw(unit.rng, TOKEN), "name": name or None, "created_at": unit.now}
    return int(unit.db.execute(staff.insert().values(values).returning(staff.c.id)).scalar_one())


def by_token(unit: Unit, token: str) -> int | None:
    """The person of this token."""
    return unit.db.execute(select(staff.c.id).where(staff.c.token == token.upper())).scalar()


def rename(unit: Unit, staff_id: int, name: str) -> None:
    """Their first name, as colleagues read it."""
    unit.db.execute(update(staff).where(staff.c.id == staff_id).values(name=name))


def grant(unit: Unit, who: Member, channel: str, role: str, lab_id: int | None, by: str) -> bool:
    """Give the role to this address; False when it has it already."""
    held = [staff_role.c.address_id == who.address_id, staff_role.c.role == role, _LIVE, _in(lab_id)]
    if unit.db.execute(select(staff_role.c.id).where(*held)).first() is not None:
        return False
    values = {"staff_id": who.id, "address_id": who.address_id, "channel": channel, "role": role, "lab_id": lab_id}
    unit.db.execute(staff_role.insert().values(**values, granted_by=by, at=unit.now))
    return True


def _in(lab_id: int | None) -> ColumnElement[bool]:
    return staff_role.c.lab_id.is_(None) if lab_id is None else staff_role.c.lab_id == lab_id


def revoke(unit: Unit, staff_id: int, by: str, *, role: str | None = None, lab_id: int | None = None) -> int:
    """Take back their roles, or those of one kind or lab; how many. What they had begun by chat ends at once."""
    mine = [staff_role.c.staff_id == staff_id, _LIVE]
    if role is not None:
        mine.append(staff_role.c.role == role)
    if lab_id is not None:
        mine.append(staff_role.c.lab_id == lab_id)
    theirs = list(unit.db.execute(select(staff_role.c.address_id).where(*mine)).scalars())
    unit.db.execute(update(staff_role).where(*mine).values(revoked_at=unit.now, revoked_by=by))
    begun = and_(talk.c.address_id.in_(theirs), talk.c.conversation.startswith(PREFIX))
    unit.db.execute(delete(talk).where(begun))
    return len(theirs)


def grants(unit: Unit) -> list[Grant]:
    """Every live role, by person."""
    columns: list[Any] = [staff.c.token, staff.c.name, staff_role.c.channel, staff_role.c.role, lab.c.slug]
    query = (
        select(*columns, staff_role.c.granted_by, staff_role.c.at, address.c.value, and_(*_reachable()).label("can"))
        .join_from(staff_role, staff, staff_role.c.staff_id == staff.c.id)
        .join(address, staff_role.c.address_id == address.c.id)
        .outerjoin(lab, staff_role.c.lab_id == lab.c.id)
        .where(_LIVE)
        .order_by(staff.c.id, staff_role.c.id)
    )
    return [
        Grant(
            token=row.token,
            name=row.name or "",
            channel=row.channel,
            address=masked(row.value),
            role=row.role,
            lab=row.slug,
            granted_by=row.granted_by,
            at=row.at,
            reachable=bool(row.can),
        )
        for row in unit.db.execute(query)
    ]


def masked(value: str | None) -> str:
    """An address of which the last two characters alone are shown; '?' when it was wiped."""
    return "?" if not value else "*" * max(len(value) - 2, 3) + value[-2:]


def token_of(unit: Unit, staff_id: int) -> str:
    """How the audit log names this person of the team."""
    return str(unit.db.execute(select(staff.c.token).where(staff.c.id == staff_id)).scalar_one())


def name_of(unit: Unit, staff_id: int) -> str:
    """The first name of this person of the team; '' where none is kept."""
    return unit.db.execute(select(staff.c.name).where(staff.c.id == staff_id)).scalar() or ""


def name_by(unit: Unit, by: str) -> str:
    """The same, of an actor as the audit log has her ('staff:F-7KTQ9R'); '' for what is none of the team's."""
    kind, _colon, token = by.partition(":")
    mine = select(staff.c.name).where(staff.c.token == token)
    return (unit.db.execute(mine).scalar() or "") if kind == "staff" else ""
