"""Ballots: one person's choice counts when it is given, and is replaced at once by a later one until the close.

Every revision is a row. That a person has one ballot that counts is an index of the database; that the same message
never counts twice is another. `received_at < closes_at` is our clock; a close waits for the casts under way, and the
casts after it are late (voting.md 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, Select, exists, func, insert, literal, select, update

from storage import audit, broadcasts, commitments, contests, follows, returning, rolls, ties
from storage.audiences import ALL
from storage.contests import Contest
from storage.store import Unit
from storage.tables import ballot, broadcast, contest, lab, participation, recipient
from storage.turnout import OPEN
from storage.upsert import insert_once

BLANK = "blank"
State = Literal["kept", "counted", "replaced", "unknown"]  # kept: it stands, and nothing is counted before the close
MAX_CODE_TRIES = 20  # a receipt's code is taken once in 10^15: this loop ends at its first turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person chose, in the order given; nothing at all is a blank ballot."""

    picks: tuple[int, ...]
    code: str  # of the receipt

    @property
    def payload(self) -> str:
        """The canonical text that is counted: the order has no weight."""
        return ",".join(str(n) for n in sorted(self.picks)) or BLANK


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """What became of a choice.

    'new', 'changed', 'same' (no row), 'late' (kept, not counted), 'again' (seen before), 'older' (written before the
    choice that stands: kept, and that one goes on counting; it is `before`), 'erased' (no row: of this phone somebody
    chose, was erased, and stays counted)
    """

    state: Literal["new", "changed", "same", "late", "again", "older", "erased"]
    choice: Choice
    before: Choice | None = None
    decides: bool = True  # whether this person's class is the one that decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Voter:
    """Who chooses, and the message that says so."""

    person_id: int
    channel: str
    shared: bool  # the phone is of several people
    provider: str  # our sender's name
    provider_msg_id: str
    sent_at: datetime | None = None  # the provider's date of the message, aware


def cast(unit: Unit, contest_id: int, voter: Voter, picks: Sequence[int]) -> Cast:
    """Take a choice, in this transaction. `picks` are numbers of options as given; none at all is a blank ballot."""
    held = contests.holding(unit, contest_id)
    _check(unit, held, picks)
    seen = _of_message(unit, contest_id, voter)
    if seen is not None:
        return Cast(state="again", choice=_choice(seen))
    if not held.takes(unit.now):
        return Cast(state="late", choice=_write(unit, held, voter, picks, status="late"))
    return _counted(unit, held, voter, picks)


def _counted(unit: Unit, held: Contest, voter: Voter, picks: Sequence[int]) -> Cast:
    came_back = returning.chose(unit, held.id, voter.person_id)
    if came_back and standing(unit, held.id, voter.person_id) is None:
        return Cast(state="erased", choice=Choice(picks=tuple(picks), code=""))
    roll = rolls.enrol(unit, held.id, voter.person_id, evidence=voter.channel)
    before = standing(unit, held.id, voter.person_id)
    decides = roll == held.decides
    if before is not None and before.payload == Choice(picks=tuple(picks), code="").payload:
        _said_again(unit, held.id, voter)
        return Cast(state="same", choice=before, before=before, decides=decides)
    if before is not None and _older(unit, held.id, voter):
        made = _write(unit, held, voter, picks, status="superseded", roll=roll)
        return Cast(state="older", choice=made, before=before, decides=decides)
    if before is not None:
        mine = (ballot.c.contest_id == held.id, ballot.c.person_id == voter.person_id)
        unit.db.execute(update(ballot).where(*mine, ballot.c.status == "current").values(status="superseded"))
        follows.moved(unit, held.id, voter.person_id, picks)
    else:
        _asked_no_more(unit, held.id, voter.person_id)
    made = _write(unit, held, voter, picks, status="current", roll=roll)
    took_part = {"contest_id": held.id, "person_id": voter.person_id}
    insert_once(unit, participation, took_part, "contest_id", "person_id")
    return Cast(state="changed" if before else "new", choice=made, before=before, decides=decides)


def _asked_no_more(unit: Unit, contest_id: int, person_id: int) -> None:
    """What still waits to ask her for a choice is taken back: a lone number in reply would replace hers.

    A message to a phone of several people asks the others, too: it goes.
    """
    also = recipient.alias("also")
    here = (also.c.broadcast_id == recipient.c.broadcast_id, also.c.address_id == recipient.c.address_id)
    alone = ~exists().where(*here, also.c.id != recipient.c.id)
    asks = (broadcast.c.contest_id == contest_id, broadcast.c.kind.in_(broadcasts.BALLOTS))
    waiting = (recipient.c.person_id == person_id, recipient.c.state == "pending", alone)
    query = select(broadcast.c.id).join(recipient, recipient.c.broadcast_id == broadcast.c.id).where(*asks, *waiting)
    if ids := unit.db.execute(query).scalars().all():
        broadcasts.withhold(unit, "answered", person_id=person_id, broadcast_ids=ids)


def _said_again(unit: Unit, contest_id: int, voter: Voter) -> None:
    """The standing choice is as new as its last repetition: what was on its way in between does not replace it."""
    mine = (ballot.c.contest_id == contest_id, ballot.c.person_id == voter.person_id, ballot.c.status == "current")
    if voter.sent_at is not None:
        newer = (ballot.c.provider == voter.provider, ballot.c.sent_at < voter.sent_at)
        unit.db.execute(update(ballot).where(*mine, *newer).values(sent_at=voter.sent_at))


def _older(unit: Unit, contest_id: int, voter: Voter) -> bool:
    """Whether its provider dates this message before the one that gave the standing choice (voting.md 5).

    Only the same sender's dates are compared: two providers' clocks, or that of a phone, may differ by hours.
    """
    mine = (ballot.c.contest_id == contest_id, ballot.c.person_id == voter.person_id, ballot.c.status == "current")
    stands = unit.db.execute(select(ballot.c.sent_at).where(*mine, ballot.c.provider == voter.provider)).scalar()
    return stands is not None and voter.sent_at is not None and voter.sent_at < stands


def _check(unit: Unit, held: Contest, picks: Sequence[int]) -> None:
    """The conversation has refused all of this already: here it would be an error of ours."""
    if held.state == "draft":
        raise ValueError(f"{held.slug} is not open")
    known = {o.number for o in contests.options(unit, held.id) if not o.withdrawn}
    if not set(picks) <= known or len(set(picks)) != len(picks) or len(picks) > held.params["k"]:
        raise ValueError(f"{list(picks)} is no ballot of {held.slug}")


def _of_message(unit: Unit, contest_id: int, voter: Voter) -> Row[Any] | None:
    same = (ballot.c.provider == voter.provider, ballot.c.provider_msg_id == voter.provider_msg_id)
    return unit.db.execute(_choices().where(ballot.c.contest_id == contest_id, *same)).first()


def _write(unit: Unit, held: Contest, voter: Voter, picks: Sequence[int], *, status: str, roll: str = OPEN) -> Choice:
    drafted = Choice(picks=tuple(picks), code="")
    salt, committed, code = _commit(unit, held, drafted.payload)
    mine = (ballot.c.contest_id == held.id, ballot.c.person_id == voter.person_id)
    rev = unit.db.execute(select(func.coalesce(func.max(ballot.c.rev), 0)).where(*mine)).scalar_one() + 1
    values = {
        "contest_id": held.id,
        "person_id": voter.person_id,
        "rev": rev,
        "kind": "choice" if picks else BLANK,
        "payload": drafted.payload,
        "raw_text": " ".join(str(n) for n in picks),
        "channel": voter.channel,
        "shared": voter.shared,
        "received_at": unit.now,
        "provider": voter.provider,
        "provider_msg_id": voter.provider_msg_id,
        "salt": salt,
        "commitment": committed,
        "code": code,
        "status": status,
        "class": roll,
        "sent_at": voter.sent_at,
    }
    unit.db.execute(insert(ballot).values(**values))
    # Neither person, option nor receipt: the log is published, and who came when, how and how often stays hidden
    # (voting.md 6). The very moment would lead to the message, and so to the phone.
    today = ties.day(unit.now, held.tz)
    audit.record(unit, "ballot.cast", held.slug, {"status": status}, actor="person", scope=held.scope, at=today)
    return Choice(picks=drafted.picks, code=code)


def _commit(unit: Unit, held: Contest, payload: str) -> tuple[bytes, bytes, str]:
    """A fresh salt, its commitment and the receipt's code, which nobody has in this contest."""
    for _ in range(MAX_CODE_TRIES):
        salt = unit.rng.randbytes(commitments.SALT_BYTES)
        committed = commitments.commitment(salt, held.slug, payload)
        code = commitments.code_of(committed)
        taken = select(ballot.c.id).where(ballot.c.contest_id == held.id, ballot.c.code == code)
        if unit.db.execute(taken).first() is None:
            return salt, committed, code
    raise RuntimeError("the source of chance gives the same salt again and again")


# --- looking ------------------------------------------------------------------------------------------------------


def standing(unit: Unit, contest_id: int, person_id: int) -> Choice | None:
    """The choice of this person that counts now."""
    mine = (ballot.c.contest_id == contest_id, ballot.c.person_id == person_id, ballot.c.status == "current")
    row = unit.db.execute(_choices().where(*mine)).first()
    return _choice(row) if row else None


def who_chose(contest_id: int, number: int) -> Select[Any]:
    """(person_id, grp) of those whose choice that counts names this option."""
    named = (literal(",") + ballot.c.payload + ",").contains(f",{number},")
    mine = (ballot.c.contest_id == contest_id, ballot.c.status == "current", ballot.c.kind == "choice", named)
    return select(ballot.c.person_id, literal(ALL).label("grp")).where(*mine, ballot.c.person_id.is_not(None))


def receipt(unit: Unit, code: str) -> State:
    """What a receipt's code answers to whoever asks: never the option, which would serve a buyer of votes."""
    every = select(contest.c.id)  # so that the index by contest and code answers
    query = select(ballot.c.status, contest.c.closed_at).join(contest, contest.c.id == ballot.c.contest_id)
    found = unit.db.execute(query.where(ballot.c.contest_id.in_(every), ballot.c.code == code)).all()
    return stands((row.status, row.closed_at is not None) for row in found)


def stands(found: Iterable[tuple[str, bool]]) -> State:
    """What these ballots of one code come to, each as (status, whether its contest has closed)."""
    seen = set(found)
    states = {status for status, _closed in seen}
    if "current" in states:
        return "counted" if ("current", True) in seen else "kept"
    return "replaced" if {"superseded", "void"} & states else "unknown"


def proved_in(unit: Unit, code: str) -> tuple[str, str]:
    """(lab, contest) whose page shows the root over this counted receipt; '' before the close, or where none counts."""
    of_lab = select(lab.c.slug, contest.c.slug).join(contest, contest.c.lab_id == lab.c.id)
    query = of_lab.join(ballot, ballot.c.contest_id == contest.c.id).where(
        ballot.c.code == code, ballot.c.status == "current", contest.c.root.is_not(None)
    )
    found = unit.db.execute(query.limit(1)).one_or_none()
    return (found[0], found[1]) if found else ("", "")


def _choices() -> Any:
    return select(ballot.c.kind, ballot.c.payload, ballot.c.raw_text, ballot.c.code)


def _choice(row: Row[Any]) -> Choice:
    """In the order given while that is kept (until 30 days after the close), else by number."""
    given = row.raw_text.split() if row.raw_text else row.payload.split(",")
    return Choice(picks=tuple(int(n) for n in given) if row.kind == "choice" else (), code=row.code)
