"""Who is concerned by an act: selects of (person_id, grp), where grp picks the wording. No Python per person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage import permissions, seats
from storage.store import Unit
from storage.tables import broadcast, consent, lab, outbox, person, recipient, registration, session

Who = Literal["first", "community", "both"]  # of an invitation: who came before, who gave permission
ALL = "all"  # the group of those who all read the same
NEW = "new"  # the group of those to whom not one word about the session has left yet


def permitting(lab_id: int) -> Select[Any]:
    """The people of a lab's community who gave permission: for this lab, or for news of labs there.

    Who has left since is among them: the ledger counts her, and why she is not told (`reach.py`).
    """
    given = permissions.stands_or_left()
    here = select(lab.c.territory_id).where(lab.c.id == lab_id).scalar_subquery()
    of_lab = select(consent.c.person_id).where(given, consent.c.purpose == "lab", consent.c.lab_id == lab_id)
    news = select(consent.c.person_id).where(given, consent.c.purpose == "news")
    anywhere = news.where(consent.c.lab_id.is_(None))
    of_people = anywhere.join(person, person.c.id == consent.c.person_id).where(person.c.territory_id == here)
    of_labs = news.join(lab, lab.c.id == consent.c.lab_id).where(lab.c.territory_id == here)
    people = union(of_lab, of_people, of_labs).subquery("permitting")
    return select(people.c.person_id, literal(ALL).label("grp"))


def answered(lab_id: int, session_id: int) -> Select[Any]:
    """Those of the community with permission who have answered about this session already."""
    people = permitting(lab_id).subquery("community")
    return select(people.c.person_id, people.c.grp).where(_answered(people.c.person_id, session_id))


def attendees(lab_id: int) -> Select[Any]:
    """Those who came to an earlier session here: of this lab, of the one it follows, or of its community."""
    mine = select(lab.c.parent_id, lab.c.territory_id).where(lab.c.id == lab_id).subquery("mine")
    same = or_(lab.c.id == lab_id, lab.c.id == mine.c.parent_id, lab.c.territory_id == mine.c.territory_id)
    here = select(lab.c.id).join(mine, same)
    came = (
        select(registration.c.person_id)
        .join(session, session.c.id == registration.c.session_id)
        .where(session.c.lab_id.in_(here), registration.c.state == "attended", registration.c.person_id.is_not(None))
    )
    people = came.distinct().subquery("attendees")
    return select(people.c.person_id, literal(ALL).label("grp"))


def invitees(lab_id: int, session_id: int, who: Who, idem: str) -> Select[Any]:
    """Whom an invitation goes to: nobody who has answered, or whom another one asks to the session as it is.

    idem  of this invitation, '...:<session>:<revision>'; those who got this very one stay in
    """
    both = (attendees(lab_id), permitting(lab_id)) if who == "both" else ()
    given = union(*both).subquery("given") if both else (_one[who](lab_id)).subquery("given")
    current = ":" + ":".join(idem.rsplit(":", 2)[-2:])
    other = (
        select(recipient.c.person_id)
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
        .where(broadcast.c.session_id == session_id, broadcast.c.kind.in_(_ASKING), broadcast.c.idem != idem)
        .where(broadcast.c.idem.endswith(current), recipient.c.state != "skipped", recipient.c.person_id.is_not(None))
    )
    return select(given.c.person_id, given.c.grp).where(
        ~_answered(given.c.person_id, session_id), given.c.person_id.not_in(other)
    )


_one = {"first": attendees, "community": permitting}
_ASKING = ("invitation", "change")  # broadcasts that say when and where, and ask who comes


def told_or_coming(session_id: int, *states: str) -> Select[Any]:
    """Those who were invited to a session, or whose registration is in one of these states.

    Whose invitation waits, or was taken back when the session changed or it was put right, stands in the group NEW
    until she answers.
    """
    kept = recipient.c.state == "skipped", recipient.c.reason.in_(("changed", "corrected"))
    waits = and_(or_(recipient.c.state == "pending", and_(*kept)), ~_answered(recipient.c.person_id, session_id))
    group = case((left(), ALL), else_=NEW).label("grp")
    invited = _invited(session_id).with_only_columns(recipient.c.person_id, group).where(or_(left(), waits))
    people = union(invited, registered(session_id, *states)).subquery("concerned")
    return select(people.c.person_id, func.min(people.c.grp).label("grp")).group_by(people.c.person_id)


def expecting(session_id: int, *states: str) -> Select[Any]:
    """Those who may have read an invitation to a session and have not answered, and those in one of these states."""
    unanswered = _invited(session_id).where(left(), ~_answered(recipient.c.person_id, session_id))
    people = union(unanswered, registered(session_id, *states)).subquery("expecting")
    return select(people.c.person_id, people.c.grp)


def and_others(unit: Unit, people: Select[Any], more: Iterable[int]) -> Select[Any]:
    """These people, and others picked one by one, who stand in ALL; each once."""
    both = union(people, listed(unit, dict.fromkeys(more, ALL))).subquery("with_others")
    return select(both.c.person_id, func.min(both.c.grp).label("grp")).group_by(both.c.person_id)


def _invited(session_id: int) -> Select[Any]:
    """Whose message said when and where a session is, or was to say it."""
    return (
        select(recipient.c.person_id, literal(ALL).label("grp"))
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
        .where(broadcast.c.session_id == session_id, broadcast.c.kind.in_(_ASKING))
        .where(recipient.c.person_id.is_not(None))
    )


def left() -> ColumnElement[bool]:
    """It has reached her, may have, or can not be taken back any more."""
    hers = outbox.c.recipient_id == recipient.c.id
    out = exists().where(hers, or_(outbox.c.state.in_(("started", "unknown")), outbox.c.uncertain > 0))
    return or_(recipient.c.state.in_(("sent", "unknown")), and_(recipient.c.state == "pending", out))


def _answered(person_id: Any, session_id: int) -> Any:
    mine = (registration.c.session_id == session_id, registration.c.person_id == person_id)
    return exists().where(*mine, registration.c.state != "invited")


def registered(session_id: int, *states: str, reminders: bool = False) -> Select[Any]:
    """Those whose registration for a session is in one of these states; with `reminders` those who want them."""
    query = select(registration.c.person_id, literal(ALL).label("grp")).where(
        registration.c.session_id == session_id,
        registration.c.state.in_(states),
        registration.c.person_id.is_not(None),
    )
    return query.where(registration.c.reminders) if reminders else query


def parties(session_id: int, *states: str, reminders: bool = False) -> Select[Any]:
    """The same; who has several places, for herself and who comes along, stands in the group of that number: '3'."""
    several = case((seats.party() > 1, cast(seats.party(), String)), else_=literal(ALL))
    alone = registered(session_id, *states, reminders=reminders)
    return alone.with_only_columns(registration.c.person_id, several.label("grp"))


def listed(unit: Unit, groups: Mapping[int, str]) -> Select[Any]:
    """People picked one by one (person -> group), however many: one JSON parameter, read by the database."""
    kept = bindparam(None, json.dumps({str(k): v for k, v in groups.items()}), type_=String)
    shape = (column("key", String), column("value", String))
    if unit.db.dialect.name == "sqlite":
        rows = func.json_each(kept).table_valued(*shape, name="listed")
    else:
        rows = func.jsonb_each_text(cast(kept, JSONB)).table_valued(*shape, name="listed")
    return select(cast(rows.c.key, BigInteger).label("person_id"), rows.c.value.label("grp"))


def addresses(unit: Unit, ids: Iterable[int]) -> Select[Any]:
    """Addresses of nobody we know yet: (address_id, grp), for an act of `strangers`."""
    picked = listed(unit, dict.fromkeys(ids, ALL)).subquery("picked")
    return select(picked.c.person_id.label("address_id"), picked.c.grp)
