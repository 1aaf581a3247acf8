"""Two people of ours turn out to be one: what was the one's becomes the other's, in one transaction (voting.md 5).

A row moves unless the other has its like, which one unique index or another would refuse: of a choice the later stands
(`merged_choices.py`), of a place the better (`merged_places.py`), of an answer the newer, of a permission the stricter.
What was counted in a contest that is over, or told, stays where it is: with a row of `person` that has no name and
leads to her (`joined_id`), so that it goes along when she goes. Which rows moved, and what others were before, is known
for a week, for the way back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Table, delete, exists, func, or_, select, update

from storage import as_it_was, broadcasts, merged_choices, merged_places, one_at_a_time, own_codes
from storage.as_it_was import AsItWas
from storage.store import Unit
from storage.tables import (
    address,
    asking,
    chosen_before,
    consent,
    contact,
    contest,
    contribution,
    copy_link,
    follow,
    followup,
    handover,
    inbound,
    joining,
    muted,
    outbox,
    person,
    recipient,
    registration,
    shown,
    sighting,
    talk,
)

_KEPT = ("name", "age_band", "territory_id", "lang", "form", "code")  # of a person, for the way back
_SAID = ("age_band", "territory_id")
_NOBODY = {"name": None, "age_band": None, "territory_id": None, "lang": "es", "form": "", "code": None}
# Every row of these moves; of the second kind those of which the other has none about the same thing.
_ALL = (consent, contribution, inbound, outbox, handover)
_UNLIKE = ((contact, "address_id"), (follow, "option_id"), (sighting, "update_id"), (muted, "problem_id"),
           (recipient, "broadcast_id"), (shown, "commitment_id"))  # fmt: skip
_BY_NAME: Mapping[str, Table] = {t.name: t for t in (*_ALL, *(t for t, _ in _UNLIKE), followup, joining)}


def safe(unit: Unit, keep: int, gone: int | None, address_id: int) -> bool:
    """Whether they can be one person by what we hold. If not, a human looks at it.

    Not where they said other ages or communities, or both came to one meeting; nor where somebody of these phones
    chose, was erased and stays counted in a contest that is open: whether it was she can not be known any more.
    """
    people = [keep, *([gone] if gone else [])]
    if gone and _differ(_row(unit, keep), _row(unit, gone)):
        return False
    theirs = select(contact.c.address_id).where(contact.c.person_id.in_(people))
    open_now = contest.c.id == chosen_before.c.contest_id, contest.c.state == "open"
    phones = or_(chosen_before.c.address_id.in_(theirs), chosen_before.c.address_id == address_id)
    if unit.db.execute(select(chosen_before.c.id).where(phones, exists().where(*open_now)).limit(1)).first():
        return False
    came = select(registration.c.session_id).where(
        registration.c.person_id.in_(people), registration.c.state == "attended"
    )
    twice = came.group_by(registration.c.session_id).having(func.count() > 1)
    return unit.db.execute(twice.limit(1)).first() is None


def _differ(one: Row[Any], other: Row[Any]) -> bool:
    said = ({getattr(row, name) for row in (one, other)} - {None} for name in _SAID)
    return any(len(values) > 1 for values in said)


def merge(unit: Unit, keep: int, gone: int, talk_id: int) -> dict[str, Any]:
    """All that is `gone`'s is `keep`'s; what `part` needs, as JSON. Both are locked, and so are their phones.

    talk_id: the talk that is being played; it ends by itself
    """
    unit.lock(person, min(keep, gone))
    unit.lock(person, max(keep, gone))
    before, had_code = _row(unit, gone), own_codes.knows(unit, keep, "") is not None
    was: AsItWas = []
    rows: dict[str, Any] = {"choices": merged_choices.merge(unit, keep, gone)}
    rows["places"], rows["two places"] = merged_places.merge(unit, was, keep, gone)
    _stricter(unit, was, keep, gone)
    rows["answers"] = _newer_answers(unit, keep, gone)
    _told_once(unit, was, keep, gone)
    moved = {table.name: _move(unit, table, keep, gone) for table in _ALL}
    moved |= {table.name: _move(unit, table, keep, gone, key) for table, key in _UNLIKE}
    moved["followup"] = _move_answers(unit, keep, gone)
    _end(unit, keep, gone, talk_id)
    moved["joining"] = _move(unit, joining, keep, gone)
    rows["shells"] = _one_person(unit, was, keep, before, had_code=had_code)
    rows["as it was"] = was
    return {"person": gone, "was": {name: getattr(before, name) for name in _KEPT}, "rows": moved, **rows}


def part(unit: Unit, keep: int, before: Mapping[str, Any]) -> None:
    """The way back: what `merge` moved and is still there is the other's again, who is there again by name."""
    gone = int(before["person"])
    unit.db.execute(update(person).where(person.c.id == gone).values(**before["was"], erased_at=None, joined_id=None))
    for name, ids in before["rows"].items():
        table = _BY_NAME[name]
        unit.db.execute(update(table).where(table.c.id.in_(ids), table.c.person_id == keep).values(person_id=gone))
    shells = person.c.id.in_(before["shells"]), person.c.joined_id == keep
    unit.db.execute(update(person).where(*shells).values(joined_id=gone))
    as_it_was.give_back(unit, before.get("as it was", []))  # older versions noted nothing more
    _count_again(unit, before.get("answers", []))
    merged_choices.part(unit, keep, gone, before["choices"])
    merged_places.part(unit, keep, gone, before["places"], before.get("two places", []))


def _row(unit: Unit, person_id: int) -> Row[Any]:
    return unit.db.execute(select(person).where(person.c.id == person_id)).one()


def _move(unit: Unit, table: Table, keep: int, gone: int, key: str | None = None) -> list[int]:
    """Ids of the rows that changed hands: all of them, or those whose `key` the other has no row of."""
    which = [table.c.person_id == gone]
    if key is not None:
        other = table.alias("other")
        which.append(~exists().where(other.c.person_id == keep, other.c[key] == table.c[key]))
    ids = list(unit.db.execute(select(table.c.id).where(*which).order_by(table.c.id)).scalars())
    unit.db.execute(update(table).where(table.c.id.in_(ids)).values(person_id=keep))
    return ids


def _one_person(unit: Unit, was: AsItWas, keep: int, other: Row[Any], *, had_code: bool) -> list[int]:
    """The name of who stays; a personal code only for who had none. Ids of those who were joined into the other."""
    stays = _row(unit, keep)
    change: dict[str, Any] = {name: getattr(stays, name) or getattr(other, name) for name in _SAID}
    change["reminders"] = stays.reminders and other.reminders  # of two wishes the quieter
    if not had_code:
        change["code"] = other.code
    as_it_was.change(unit, was, person, person.c.id == keep, **change)
    unit.db.execute(update(person).where(person.c.id == other.id).values(**_NOBODY, erased_at=unit.now, joined_id=keep))
    theirs = update(person).where(person.c.joined_id == other.id).values(joined_id=keep)
    return list(unit.db.execute(theirs.returning(person.c.id)).scalars())


def _end(unit: Unit, keep: int, gone: int, talk_id: int) -> None:
    """Questions that were open, links and codes that were given out as another person."""
    ended = delete(talk).where(talk.c.person_id == gone, talk.c.id != talk_id).returning(talk.c.address_id)
    for phone in set(unit.db.execute(ended).scalars()):
        one_at_a_time.let_go(unit, phone)
    unit.db.execute(update(talk).where(talk.c.id == talk_id).values(person_id=keep))
    unit.db.execute(delete(copy_link).where(copy_link.c.person_id == gone))
    unit.db.execute(delete(contact).where(contact.c.person_id == gone))
    unit.db.execute(delete(joining).where(joining.c.person_id == gone, joining.c.mark.is_not(None)))
    hers = select(contact.c.address_id).where(contact.c.person_id == keep)
    unit.db.execute(update(address).where(address.c.id.in_(hers)).values(last_reply=None, last_reply_at=None))
    unit.db.execute(update(address).where(address.c.speaker_id == gone).values(speaker_id=keep))


# --- of two alike, which stands -----------------------------------------------------------------------------------


def _stricter(unit: Unit, was: AsItWas, keep: int, gone: int) -> None:
    """Where one has taken a permission back, or said no, the other's yes to the same is taken back, too.

    What may be published is agreed for each thing by itself and stays.
    """
    both = consent.c.person_id.in_((keep, gone)), consent.c.purpose != "publish"
    query = select(consent).where(*both).order_by(consent.c.purpose, func.coalesce(consent.c.lab_id, 0), consent.c.id)
    for _about, rows in groupby(unit.db.execute(query).all(), key=lambda row: (row.purpose, row.lab_id)):
        said: dict[int, list[int]] = {}
        for row in rows:
            live = [row.id] if row.answer and row.withdrawn_at is None else []
            said[row.person_id] = said.get(row.person_id, []) + live
        if len(said) == 2 and not all(said.values()):
            ids = [id for live in said.values() for id in live]
            taken_back = {"withdrawn_at": unit.now, "withdrawn_how": "joined"}
            as_it_was.change(unit, was, consent, consent.c.id.in_(ids), **taken_back)


def _told_once(unit: Unit, was: AsItWas, keep: int, gone: int) -> None:
    """What both are told goes to one; enough of a topic is enough, a visit was seen as was said last."""
    mine = recipient.alias("mine")
    same = mine.c.broadcast_id == recipient.c.broadcast_id, mine.c.person_id == keep
    twice = select(recipient.c.broadcast_id).where(
        recipient.c.person_id == gone, recipient.c.state == "pending", exists().where(*same)
    )
    ids = list(unit.db.execute(twice).scalars())
    if ids:
        broadcasts.withhold(unit, "joined", person_id=gone, broadcast_ids=ids)
    news = select(muted.c.problem_id).where(muted.c.person_id == gone, muted.c.what == "news")
    as_it_was.change(unit, was, muted, muted.c.person_id == keep, muted.c.problem_id.in_(news), what="news")
    _drop_older(unit, was, keep, gone)
    as_it_was.drop(unit, was, muted, muted.c.person_id == gone, _has_like(muted, "problem_id", keep))
    as_it_was.drop(unit, was, follow, follow.c.person_id == gone, _has_like(follow, "option_id", keep))


def _has_like(table: Table, key: str, keep: int) -> Any:
    other = table.alias("other")
    return exists().where(other.c.person_id == keep, other.c[key] == table.c[key])


def _drop_older(unit: Unit, was: AsItWas, keep: int, gone: int) -> None:
    both = select(sighting).where(sighting.c.person_id.in_((keep, gone)))
    rows = unit.db.execute(both.order_by(sighting.c.update_id, sighting.c.at.desc(), sighting.c.id.desc())).all()
    older = [row.id for _visit, said in groupby(rows, key=lambda row: row.update_id) for row in list(said)[1:]]
    as_it_was.drop(unit, was, sighting, sighting.c.id.in_(older))


def _newer_answers(unit: Unit, keep: int, gone: int) -> list[int]:
    """Of two answers in a round that is not counted yet the newer one counts; an answer before none. The others."""
    mine, theirs = followup.alias("mine"), followup.alias("theirs")
    pairs = select(mine.c.id.label("a"), theirs.c.id.label("b")).where(
        mine.c.person_id == keep,
        theirs.c.person_id == gone,
        *(mine.c[name] == theirs.c[name] for name in ("commitment_id", "round")),
        *(one.c.current for one in (mine, theirs)),
        ~_counted(mine),
    )
    older = []
    for pair in unit.db.execute(pairs).all():
        two = unit.db.execute(select(followup).where(followup.c.id.in_((pair.a, pair.b)))).all()
        older.append(min(two, key=lambda row: (row.answer is not None, row.at, row.id)).id)
    unit.db.execute(update(followup).where(followup.c.id.in_(older)).values(current=False))
    return older


def _count_again(unit: Unit, answers: Sequence[int]) -> None:
    """The way back of an answer that counted no more, unless its round is counted or she has answered again."""
    newer = followup.alias("newer")
    same = (newer.c[name] == followup.c[name] for name in ("commitment_id", "round", "person_id"))
    mine = followup.c.id.in_(answers), ~_counted(followup), ~exists().where(newer.c.current, *same)
    unit.db.execute(update(followup).where(*mine).values(current=True))


def _move_answers(unit: Unit, keep: int, gone: int) -> list[int]:
    """All but what stands beside an answer of the other in a round that was counted: both were counted there."""
    other = followup.alias("other")
    same = (other.c[name] == followup.c[name] for name in ("commitment_id", "round"))
    like = exists().where(other.c.person_id == keep, other.c.current, *same)
    query = select(followup.c.id).where(followup.c.person_id == gone, ~(followup.c.current & like))
    ids = list(unit.db.execute(query.order_by(followup.c.id)).scalars())
    unit.db.execute(update(followup).where(followup.c.id.in_(ids)).values(person_id=keep))
    return ids


def _counted(one: Any) -> Any:
    of_it = asking.c.commitment_id == one.c.commitment_id, asking.c.round == one.c.round
    return exists().where(*of_it, asking.c.counted_at.is_not(None))
