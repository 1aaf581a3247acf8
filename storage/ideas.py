"""Ideas in people's own words: a number each, without a gap; who said them, and how they may be shown.

What becomes of one (read, joined, its outcome) is not told here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Row, Select, String, cast, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import Integer

from storage import permissions, ties
from storage.store import Unit
from storage.tables import consent, contribution, lab, setting

_LAST = "ideas.last"  # the newest number given, in `setting`; its row is the lock of who takes the next


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An idea before it has a number. Moments are aware; `text` is None for a voice note that nobody has heard yet."""

    lab_id: int
    session_id: int | None  # the meeting at which it is read aloud
    person_id: int | None  # None: sent without a number
    text: str | None
    lang: str
    channel: str
    read_due_at: datetime
    outcome_due_at: datetime
    media: str | None = None  # 'voice', 'photo', 'place'
    inbound_id: int | None = None  # where the voice note or the photo came in
    at: datetime | None = None  # None: now; of nobody only the day is kept, for the moment would lead to a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """One idea as it stands. Moments are aware, UTC."""

    id: int
    number: int
    lab_id: int
    lab: str  # its slug
    session_id: int | None
    person_id: int | None  # None: sent without a number, or erased
    text: str | None  # her words; None: a voice note that nobody has written down, or words that are gone
    shown: str | None  # the words with names of others hidden by a human; None: as she said them
    media: str | None
    lang: str
    channel: str
    publish: str  # 'no', 'unnamed', 'named'
    at: datetime
    read_due_at: datetime
    outcome_due_at: datetime
    read_at: datetime | None
    withdrawn_at: datetime | None
    hidden: str  # why a human keeps it from the public page; '' when nobody does


def add(unit: Unit, new: New) -> Idea:
    """Keep it under the next number. Numbers have no gap: one that is not committed is given again."""
    values = {f.name: getattr(new, f.name) for f in fields(new)} | {"at": new.at or unit.now}
    made = contribution.insert().values(**values, number=_next_number(unit))
    found = by_id(unit, unit.db.execute(made.returning(contribution.c.id)).scalar_one())
    if found is None:
        raise LookupError("an idea is gone in the transaction that made it")
    return found


def _next_number(unit: Unit) -> int:
    """One more than the last; who asks at the same time waits for this transaction's end."""
    dialect = postgresql if unit.db.dialect.name == "postgresql" else sqlite
    query = dialect.insert(setting).values(name=_LAST, value="1")
    more = cast(cast(setting.c.value, Integer) + 1, String)
    counted = query.on_conflict_do_update(index_elements=["name"], set_={"value": more})
    return int(unit.db.execute(counted.returning(setting.c.value)).scalar_one())


def by_id(unit: Unit, idea_id: int) -> Idea | None:
    """The idea of this id."""
    return _one(unit, _query().where(contribution.c.id == idea_id))


def by_number(unit: Unit, number: int) -> Idea | None:
    """The idea that people call by this number."""
    return _one(unit, _query().where(contribution.c.number == number))


def of_person(unit: Unit, person_id: int) -> list[Idea]:
    """All she said, also what she took back, the newest first."""
    query = _query().where(contribution.c.person_id == person_id).order_by(contribution.c.number.desc())
    return [_idea(row) for row in unit.db.execute(query).all()]


def said_since(unit: Unit, person_id: int, since: datetime) -> int:
    """How many ideas she gave from this moment on; one that was taken back counts too."""
    mine = contribution.c.person_id == person_id, contribution.c.at >= since
    return unit.db.execute(select(func.count()).select_from(contribution).where(*mine)).scalar_one()


def publish(unit: Unit, idea_id: int, how: str, consent_id: int | None = None) -> None:
    """'no', 'unnamed' or 'named'. A name is a permission of its own: without its row the database refuses."""
    values = {"publish": how, "consent_id": consent_id}
    unit.db.execute(update(contribution).where(contribution.c.id == idea_id).values(**values))


def withdraw(unit: Unit, idea_id: int, said: int | None = None) -> bool:
    """She takes it back: number and row stay, nobody is shown the words any more, and no news of it leads to her phone.
    False: she had done so before.

    said: the message (`inbound`) that takes it back
    """
    row = unit.db.execute(select(contribution.c.consent_id).where(contribution.c.id == idea_id)).one()
    mine = contribution.c.id == idea_id, contribution.c.withdrawn_at.is_(None)
    done = unit.db.execute(update(contribution).where(*mine).values(withdrawn_at=unit.now, publish="no")).rowcount
    if done and row.consent_id is not None:
        given = consent.c.id == row.consent_id, consent.c.withdrawn_at.is_(None)
        unit.db.execute(update(consent).where(*given).values(**permissions.gone(unit, "unpublished", said)))
    ties.of_idea(unit, idea_id)
    return bool(done)


def add_words(unit: Unit, idea_id: int, words: str) -> None:
    """More of the same idea, on a line of its own: what she said first stays as it is."""
    kept = unit.db.execute(select(contribution.c.text).where(contribution.c.id == idea_id)).scalar_one()
    set_text(unit, idea_id, f"{kept}\n{words}" if kept else words)


def set_text(unit: Unit, idea_id: int, text: str) -> None:
    """The words of a voice note, written down and agreed with her."""
    unit.db.execute(update(contribution).where(contribution.c.id == idea_id).values(text=text))


def _query() -> Select[tuple[object, ...]]:
    own = [contribution.c[f.name] for f in fields(Idea) if f.name not in ("lab", "hidden")]
    query = select(*own, lab.c.slug.label("lab"), func.coalesce(contribution.c.hidden_reason, "").label("hidden"))
    return query.join(lab, lab.c.id == contribution.c.lab_id)


def _one(unit: Unit, query: Select[tuple[object, ...]]) -> Idea | None:
    row = unit.db.execute(query).first()
    return _idea(row) if row else None


def _idea(row: Row[tuple[object, ...]]) -> Idea:
    return Idea(**row._mapping)
