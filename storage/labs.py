"""Look-ups of labs and their sessions, as the conversations need them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Row, Select, bindparam, or_, select

from storage.store import Unit
from storage.tables import community_authorisation, consent, contact, organisation, session, territory
from storage.tables import lab as labs_table

COMARCA = "comarca"  # a setting: the lab needs its community's leave, and says that it is no prior consultation


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A community lab with what every message about it needs."""

    id: int
    slug: str
    keyword: str
    name: str
    state: str
    kind: str
    setting: str
    form: str
    langs: list[str]
    territory_id: int
    country: str
    tz: str
    area: str  # name of the territory above: tells two San Martín apart
    organiser: str
    organiser_short: str
    phone: str
    hours: str
    authorised: bool  # not in a comarca, or with a live authorisation to convene (people.md 4.4)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)  # of the organiser: {'en': {'hours': 'Mon to Fri'}}


# Before any plan is loaded: who writes is answered all the same.
NONE = Lab(
    id=0,
    slug="",
    keyword="LABS",
    name="",
    state="draft",
    kind="new",
    setting="unknown",
    form="tu",
    langs=["es"],
    territory_id=0,
    country="PA",
    tz="America/Panama",
    area="",
    organiser="Convoca",
    organiser_short="Convoca",
    phone="",
    hours="",
    authorised=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One meeting of a lab."""

    id: int
    code: str
    lab_id: int
    kind: str
    title: str
    starts_at: datetime
    tz: str
    place: str
    capacity: int | None
    revision: int
    state: str
    use: str
    needs: list[str] = field(default_factory=list)  # what the organiser offers to those who come
    texts: dict[str, dict[str, str]] = field(default_factory=dict)  # {'en': {'use': 'goes to the local board'}}


_above = territory.alias("above")
_OF_LAB = {"name": "organiser", "short_name": "organiser_short", "hours": "hours"}  # of an organisation


def _query() -> Select[tuple[object, ...]]:
    lab, org = labs_table, organisation
    columns = [lab.c[n] for n in ("id", "slug", "keyword", "name", "state", "kind", "setting", "form", "langs")]
    return (
        select(
            *columns,
            lab.c.territory_id,
            territory.c.country,
            territory.c.tz,
            _above.c.name.label("area"),
            org.c.name.label("organiser"),
            org.c.short_name,
            org.c.phone,
            org.c.hours,
            org.c.texts,
        )
        .join_from(lab, territory, lab.c.territory_id == territory.c.id)
        .join(org, lab.c.organiser_id == org.c.id)
        .outerjoin(_above, territory.c.parent_id == _above.c.id)
    )


# What every turn asks is prepared once: building a statement takes longer than running it.
_LAB = _query()
_BY_SLUG = _LAB.where(labs_table.c.slug == bindparam("slug"))
_BY_ID = _LAB.where(labs_table.c.id == bindparam("row"))
_BY_KEYWORD = _LAB.where(labs_table.c.keyword == bindparam("keyword"), labs_table.c.state != "draft")
_IN_STATE = _LAB.where(labs_table.c.state == bindparam("state")).order_by(labs_table.c.name, labs_table.c.id)
_NEXT = (
    select(session)
    .where(session.c.lab_id == bindparam("lab"), session.c.state == "published", session.c.starts_at > bindparam("now"))
    .order_by(session.c.starts_at)
    .limit(1)
)
_HOME = (
    select(consent.c.lab_id)
    .join(contact, contact.c.person_id == consent.c.person_id)
    .where(contact.c.address_id == bindparam("address"), consent.c.answer, consent.c.lab_id.is_not(None))
    .order_by(consent.c.id.desc())
    .limit(1)
)


def _lab(unit: Unit, row: Row[tuple[object, ...]]) -> Lab:
    values = dict(row._mapping)
    values["area"] = values["area"] or ""
    values["organiser_short"] = values.pop("short_name")
    values["texts"] = {lang: {_OF_LAB[n]: text for n, text in told.items()} for lang, told in row.texts.items()}
    return Lab(**values, authorised=authorised(unit, values["id"], values["setting"]))


def authorised(unit: Unit, lab_id: int, setting: str, scope: str = "convene") -> bool:
    """A comarca lab needs a live authorisation of its community with this scope; every other lab needs none."""
    if setting != COMARCA:
        return True
    auth = community_authorisation
    live = or_(auth.c.expires_on.is_(None), auth.c.expires_on >= _today(unit))
    rows = unit.db.execute(
        select(auth.c.scope).where(auth.c.lab_id == lab_id, auth.c.withdrawn_at.is_(None), live)
    ).scalars()
    return any(scope in given for given in rows)


def _today(unit: Unit) -> date:
    return unit.now.date()


def lab(unit: Unit, slug: str) -> Lab | None:
    """The lab of this slug."""
    row = unit.db.execute(_BY_SLUG, {"slug": slug}).first()
    return _lab(unit, row) if row else None


def lab_by_id(unit: Unit, lab_id: int) -> Lab:
    """The lab of this id."""
    return _lab(unit, unit.db.execute(_BY_ID, {"row": lab_id}).one())


def lab_by_keyword(unit: Unit, keyword: str) -> Lab | None:
    """The published or closed lab whose keyword this is, in capitals without accents."""
    row = unit.db.execute(_BY_KEYWORD, {"keyword": keyword}).first()
    return _open(_lab(unit, row)) if row else None


def _open(found: Lab) -> Lab | None:
    """A comarca that takes its authorisation back is not spoken of from that moment (people.md 4.4)."""
    return found if found.authorised else None


def labs(unit: Unit, state: str = "published") -> list[Lab]:
    """Every lab in this state, by name."""
    return [_lab(unit, row) for row in unit.db.execute(_IN_STATE, {"state": state}).all()]


def spoken_of(unit: Unit) -> list[Lab]:
    """The published labs that people may be told of: a comarca only while its community allows it."""
    return [lab for lab in labs(unit) if lab.authorised]


def _session(row: Row[tuple[object, ...]]) -> Session:
    values = dict(row._mapping)
    for name in ("reason", "head_count"):
        values.pop(name)
    return Session(**values)


def shut(unit: Unit, session_id: int) -> str:
    """Why nobody takes a place in this session any more: 'stopped' by its comarca, 'cancelled', 'over'; '' if one may.

    What was asked while it was open is answered later: the answer is held against this, too.
    """
    found = session_by_id(unit, session_id)
    if not lab_by_id(unit, found.lab_id).authorised:
        return "stopped"
    return "cancelled" if found.state == "cancelled" else "over" if found.starts_at <= unit.now else ""


def begun(unit: Unit, session_id: int) -> bool:
    """Whether its hour has come: from then on who came is what the door says, and no answer changes it."""
    return session_by_id(unit, session_id).starts_at <= unit.now


def session_by_code(unit: Unit, code: str) -> Session | None:
    """The session people call by this code ('sm1'), whatever its case."""
    row = unit.db.execute(select(session).where(session.c.code == code.lower())).first()
    return _session(row) if row else None


def session_by_id(unit: Unit, session_id: int) -> Session:
    """The session of this id."""
    return _session(unit.db.execute(select(session).where(session.c.id == session_id)).one())


def next_session(unit: Unit, lab_id: int, after: datetime | None = None) -> Session | None:
    """The lab's first published session that starts after this moment: after now, if it is not said."""
    row = unit.db.execute(_NEXT, {"lab": lab_id, "now": after or unit.now}).first()
    return _session(row) if row else None


def home(unit: Unit, address_id: int) -> Lab | None:
    """The lab that somebody of this address said yes to last."""
    lab_id = unit.db.execute(_HOME, {"address": address_id}).scalar()
    return lab_by_id(unit, lab_id) if lab_id is not None else None


def has_met(unit: Unit, lab_id: int) -> bool:
    """Whether a session of this lab has taken place."""
    query = select(session.c.id).where(
        session.c.lab_id == lab_id, session.c.state.in_(("published", "closed")), session.c.starts_at <= unit.now
    )
    return unit.db.execute(query.limit(1)).first() is not None


def last_met(unit: Unit, lab_id: int) -> datetime:
    """When the lab's newest session began. Raises LookupError: none has."""
    query = select(session.c.starts_at).where(
        session.c.lab_id == lab_id, session.c.state.in_(("published", "closed")), session.c.starts_at <= unit.now
    )
    found: datetime | None = unit.db.execute(query.order_by(session.c.starts_at.desc()).limit(1)).scalar()
    if found is None:
        raise LookupError(f"lab {lab_id} has not met")
    return found
