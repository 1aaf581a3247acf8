"""Who is concerned by an act: selects of (person_id, grp), where grp picks the wording. No Python per person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Select, String, bindparam, cast, column, exists, func, literal, select, union
from sqlalchemy.dialects.postgresql import JSONB

from storage.store import Unit
from storage.tables import consent, lab, person, registration

ALL = "all"  # the group of those who all read the same


def permitting(lab_id: int) -> Select[Any]:
    """The people of a lab's community who gave permission: for this lab, or for news of labs there."""
    live = (consent.c.answer, consent.c.withdrawn_at.is_(None), consent.c.person_id.is_not(None))
    here = select(lab.c.territory_id).where(lab.c.id == lab_id).scalar_subquery()
    of_lab = select(consent.c.person_id).where(*live, consent.c.purpose == "lab", consent.c.lab_id == lab_id)
    news = select(consent.c.person_id).where(*live, consent.c.purpose == "news")
    of_people = news.join(person, person.c.id == consent.c.person_id).where(person.c.territory_id == here)
    of_labs = news.join(lab, lab.c.id == consent.c.lab_id).where(lab.c.territory_id == here)
    people = union(of_lab, of_people, of_labs).subquery("permitting")
    return select(people.c.person_id, literal(ALL).label("grp"))


def to_invite(lab_id: int, session_id: int) -> Select[Any]:
    """Those of the community with permission who have not answered about this session yet."""
    people = permitting(lab_id).subquery("community")
    return select(people.c.person_id, people.c.grp).where(~_answered(people.c.person_id, session_id))


def answered(lab_id: int, session_id: int) -> Select[Any]:
    """Those of the community with permission who have answered about this session already."""
    people = permitting(lab_id).subquery("community")
    return select(people.c.person_id, people.c.grp).where(_answered(people.c.person_id, session_id))


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
