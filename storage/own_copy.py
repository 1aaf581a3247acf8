"""Everything that is held about one person, from the rows as they are now, for herself (people.md 4.1, 6).

Of a phone that several people use only what carries this person's own mark is hers: what came in by it may be
anybody's words, so it is left out. Plain JSON values, moments in ISO; names of things as people read them.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from storage import leaving, own_ideas, seats, spoken, texts
from storage.store import Unit
from storage.tables import (
    address,
    ballot,
    broadcast,
    broadcast_text,
    checkin,
    commitment,
    commitment_update,
    consent,
    contact,
    contest,
    copy_link,
    enrolment,
    follow,
    followup,
    handover,
    inbound,
    joining,
    lab,
    listed,
    muted,
    need,
    not_understood,
    offer,
    option,
    outbox,
    participation,
    person,
    problem,
    recipient,
    registration,
    registration_log,
    session,
    shown,
    sighting,
    talk,
    territory,
)
from storage.waking import NOWHERE

Rows = list[dict[str, Any]]


def everything(unit: Unit, person_id: int) -> dict[str, Any]:
    """The copy. Raises LookupError: this person was erased."""
    alone = list(unit.db.execute(_alone(person_id)).scalars())
    return {
        "made_at": unit.now.isoformat(),
        "person": _person(unit, person_id),
        "addresses": _addresses(unit, person_id, alone),
        "joined": _joined(unit, person_id),
        "permissions": _permissions(unit, person_id),
        "meetings": _meetings(unit, person_id),
        "took_part": _took_part(unit, person_id),
        "choices": _choices(unit, person_id),
        "ideas": own_ideas.copy_of(unit, person_id),
        "topics": _topics(unit, person_id),
        "answers": _answers(unit, person_id),
        "pictures": _pictures(unit, person_id),
        "told": _told(unit, person_id),
        "received": _received(unit, alone),
        "sent": _sent(unit, person_id, alone),
        "open_questions": _open_questions(unit, person_id, alone),
        "not_understood": _not_understood(unit, alone),
        "team": _team(unit, person_id),
        "copies": _rows(unit, select(copy_link.c.made_at, copy_link.c.expires_at), copy_link.c.person_id == person_id),
    }


def _alone(person_id: int) -> Select[Any]:
    """Addresses that nobody else uses."""
    theirs = select(contact.c.address_id).where(contact.c.person_id == person_id)
    others = select(contact.c.address_id).where(contact.c.person_id != person_id)
    return select(address.c.id).where(address.c.id.in_(theirs), address.c.id.not_in(others))


def _rows(unit: Unit, query: Select[Any], *where: Any) -> Rows:
    """The rows as JSON, in the order they came; moments in ISO."""
    return [{k: _plain(v) for k, v in row.items()} for row in unit.db.execute(query.where(*where)).mappings()]


def _spoken(rows: Rows, **names: str) -> Rows:
    """The same, with what other languages say of them under the names of the copy: promise='text'."""
    given = {field: name for name, field in names.items()}
    return [{**row, "texts": texts.renamed(row["texts"] or {}, given)} for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _person(unit: Unit, person_id: int) -> dict[str, Any]:
    query = select(
        person.c.name,
        person.c.age_band.label("age"),
        person.c.lang.label("language"),
        person.c.form,
        territory.c.name.label("community"),
        func.coalesce(territory.c.tz, NOWHERE).label("tz"),
        person.c.token,
        person.c.code,
        person.c.created_at.label("since"),
    ).outerjoin(territory, territory.c.id == person.c.territory_id)
    found = _rows(unit, query, person.c.id == person_id, person.c.erased_at.is_(None))
    if not found:
        raise LookupError("this person was erased")
    return found[0]


def _addresses(unit: Unit, person_id: int, alone: list[int]) -> Rows:
    query = (
        select(
            address.c.id,
            address.c.channel,
            address.c.value.label("address"),
            contact.c.since,
            address.c.last_inbound_at.label("last_heard_at"),
            leaving.left_at(leaving.NEWS).label("left_at"),
            address.c.reachable,
            listed.c.source.label("list"),
        )
        .join(contact, contact.c.address_id == address.c.id)
        .outerjoin(listed, listed.c.address_id == address.c.id)
        .order_by(contact.c.id)
    )
    found = _rows(unit, query, contact.c.person_id == person_id)
    return [{**row, "shared": row.pop("id") not in alone} for row in found]


def _joined(unit: Unit, person_id: int) -> Rows:
    """Second phones that can be parted still."""
    query = select(address.c.channel, joining.c.until).join(address, address.c.id == joining.c.joined_id)
    return _rows(unit, query.order_by(joining.c.id), joining.c.person_id == person_id)


def _permissions(unit: Unit, person_id: int) -> Rows:
    query = select(
        consent.c.purpose,
        lab.c.name.label("lab"),
        consent.c.at,
        consent.c.answer,
        consent.c.withdrawn_at,
        consent.c.withdrawn_how,
        consent.c.channel,
        consent.c.lang.label("language"),
        consent.c.text_version.label("version"),
        consent.c.text,
    ).outerjoin(lab, lab.c.id == consent.c.lab_id)
    return _rows(unit, query.order_by(consent.c.id), consent.c.person_id == person_id)


def _meetings(unit: Unit, person_id: int) -> Rows:
    query = (
        select(
            registration.c.id,
            lab.c.name.label("lab"),
            session.c.title,
            session.c.starts_at,
            session.c.place,
            seats.party().label("places"),
            registration.c.state,
            registration.c.code,
            registration.c.channel,
            registration.c.source,
            registration.c.reminders,
            registration.c.created_at.label("since"),
            session.c.texts,
        )
        .join(session, session.c.id == registration.c.session_id)
        .join(lab, lab.c.id == session.c.lab_id)
        .order_by(session.c.starts_at, registration.c.id)
    )
    found = _rows(unit, query, registration.c.person_id == person_id)
    return [{**row, **_of_registration(unit, row.pop("id"))} for row in _spoken(found, title="title", place="place")]


def _of_registration(unit: Unit, registration_id: int) -> dict[str, Rows]:
    """What happened to a place. Who of the team did it stays out: that is somebody else's name."""
    r = registration_log.c
    moved = select(r.from_state, r.to_state, r.at, r.channel, r.reason).order_by(r.id)
    offered = select(offer.c.made_at, offer.c.expires_at, offer.c.answer, offer.c.answered_at).order_by(offer.c.id)
    door = select(checkin.c.result, checkin.c.reason, checkin.c.happened_at).order_by(checkin.c.id)
    return {
        "log": _rows(unit, moved, r.registration_id == registration_id),
        "offers": _rows(unit, offered, offer.c.registration_id == registration_id),
        "door": _rows(unit, door, checkin.c.registration_id == registration_id),
        "needs": _rows(unit, select(need.c.kind, need.c.at), need.c.registration_id == registration_id),
    }


def _took_part(unit: Unit, person_id: int) -> Rows:
    """Who may choose and who has chosen; this stays when the choice itself is not linked any more."""
    mine = participation.c.contest_id == contest.c.id, participation.c.person_id == person_id
    took = select(participation.c.id).where(*mine).exists()
    here = enrolment.c.contest_id == contest.c.id, enrolment.c.person_id == person_id
    listed = (took.label("took_part"), enrolment.c["class"], enrolment.c.at.label("enrolled_at"), contest.c.texts)
    joined = select(contest.c.title, *listed).select_from(contest).outerjoin(enrolment, (here[0]) & (here[1]))
    rows = _rows(unit, joined.order_by(contest.c.id), or_(took, enrolment.c.id.is_not(None)))
    return _spoken(rows, title="title")


def _choices(unit: Unit, person_id: int) -> Rows:
    query = select(
        contest.c.id.label("contest_id"),
        contest.c.title,
        ballot.c.received_at.label("at"),
        ballot.c.status,
        ballot.c.payload,
        ballot.c.raw_text.label("as_given"),
        ballot.c.channel,
        ballot.c.code.label("receipt"),
        contest.c.texts,
    ).join(contest, contest.c.id == ballot.c.contest_id)
    found = _rows(unit, query.order_by(ballot.c.id), ballot.c.person_id == person_id)
    return [_with_chosen(unit, row) for row in _spoken(found, title="title")]


def _with_chosen(unit: Unit, row: dict[str, Any]) -> dict[str, Any]:
    """chosen: ['2 Camino', '5 Basura']; [] is a choice left blank. In each language in which the plan says a title."""
    options = _options(unit, row.pop("contest_id"), row.pop("payload"))
    said = {lang: dict(told) for lang, told in row["texts"].items()}
    for lang in sorted({lang for _n, _title, told in options for lang in told}):
        titles = [f"{n} {told.get(lang, {}).get('title') or title}" for n, title, told in options]
        said.setdefault(lang, {})["chosen"] = titles
    return {**row, "texts": said, "chosen": [f"{n} {title}" for n, title, _told in options]}


def _options(unit: Unit, contest_id: int, payload: str) -> list[tuple[int, str, texts.Texts]]:
    """(number, title, the same in other languages) of what a payload names."""
    numbers = [int(n) for n in payload.split(",") if n.isdecimal()]
    wanted = option.c.contest_id == contest_id, option.c.number.in_(numbers)
    query = select(option.c.number, option.c.title, option.c.texts).where(*wanted).order_by(option.c.number)
    return [(row.number, row.title, texts.only(row.texts, "title")) for row in unit.db.execute(query)]


def _topics(unit: Unit, person_id: int) -> Rows:
    """What she wants to hear of, and what she does not."""
    followed = select(option.c.title, follow.c.at, option.c.texts).join(option, option.c.id == follow.c.option_id)
    quiet = select(problem.c.title, muted.c.what, muted.c.at, problem.c.texts)
    quiet = quiet.join(problem, problem.c.id == muted.c.problem_id)
    wanted = _rows(unit, followed.order_by(follow.c.id), follow.c.person_id == person_id)
    refused = _rows(unit, quiet.order_by(muted.c.id), muted.c.person_id == person_id)
    every = [{**row, "wish": "follow"} for row in wanted]
    every += [{**row, "wish": f"no_{row.pop('what')}"} for row in refused]
    return _spoken(every, title="title")


def _answers(unit: Unit, person_id: int) -> Rows:
    """What she said of whether a promise was kept, also in her own words, and of visits she saw or did not."""
    query = select(
        commitment.c.text.label("promise"),
        followup.c.round,
        followup.c.asked_at,
        followup.c.answer,
        followup.c.text,
        followup.c.first_time,
        followup.c.again_at,
        followup.c.at,
        commitment.c.texts,
    ).join(commitment, commitment.c.id == followup.c.commitment_id)
    visits = (
        select(commitment.c.text.label("promise"), sighting.c.answer, sighting.c.at, commitment.c.texts)
        .join_from(sighting, commitment_update, commitment_update.c.id == sighting.c.update_id)
        .join(commitment, commitment.c.id == commitment_update.c.commitment_id)
    )
    said = _rows(unit, query.order_by(followup.c.id), followup.c.person_id == person_id)
    seen = _rows(unit, visits.order_by(sighting.c.id), sighting.c.person_id == person_id)
    return _spoken(said + seen, promise="text")


def _pictures(unit: Unit, person_id: int) -> Rows:
    """Stories that she is shown in, and what she said to that."""
    of = commitment.c
    query = select(of.text.label("promise"), shown.c.at, shown.c.asked_at, shown.c.answer, of.texts)
    stories = query.join(commitment, commitment.c.id == shown.c.commitment_id).order_by(shown.c.id)
    return _spoken(_rows(unit, stories, shown.c.person_id == person_id), promise="text")


def _told(unit: Unit, person_id: int) -> Rows:
    """Which messages to many she was among the receivers of, and what came of it."""
    query = (
        select(
            broadcast.c.kind,
            lab.c.name.label("lab"),
            recipient.c.state.label("outcome"),
            recipient.c.reason,
            recipient.c.at,
        )
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
        .outerjoin(lab, lab.c.id == broadcast.c.lab_id)
    )
    return _rows(unit, query.order_by(recipient.c.id), recipient.c.person_id == person_id)


def _received(unit: Unit, alone: list[int]) -> Rows:
    query = select(inbound.c.received_at.label("at"), address.c.channel, inbound.c.payload).join(
        address, address.c.id == inbound.c.address_id
    )
    found = _rows(unit, query.order_by(inbound.c.id), inbound.c.address_id.in_(alone), inbound.c.payload.is_not(None))
    said = [{**row, **json.loads(row.pop("payload"))} for row in found]
    ours = ("ref", spoken.UNSEEN)  # a handle of the provider's, a mark of ours
    return [{name: value for name, value in row.items() if name not in ours} for row in said]


def _sent(unit: Unit, person_id: int, alone: list[int]) -> Rows:
    """Messages to her, with their words while they are kept. A reply on a shared phone may speak of another person."""
    words = func.coalesce(outbox.c.sent_at, outbox.c.created_at).label("at")
    query = (
        select(
            words, address.c.channel, outbox.c.state.label("delivery"), outbox.c.body, broadcast_text.c.body.label("of")
        )
        .join(address, address.c.id == outbox.c.address_id)
        .outerjoin(broadcast_text, broadcast_text.c.id == outbox.c.text_id)
    )
    hers = outbox.c.person_id == person_id, or_(outbox.c.address_id.in_(alone), outbox.c.kind == "broadcast")
    found = _rows(unit, query.order_by(outbox.c.id), *hers)
    return [{**row, "text": _text(row.pop("body"), row.pop("of"))} for row in found]


def _text(body: str | None, words: dict[str, Any] | None) -> str | None:
    kept = json.loads(body) if body else words
    return str(kept["text"]) if kept else None


def _open_questions(unit: Unit, person_id: int, alone: list[int]) -> Rows:
    """What waits for an answer of hers, with the answers so far; on a shared phone they may name somebody else."""
    query = select(talk.c.conversation, talk.c.created_at.label("since"), talk.c.args, talk.c.state)
    found = _rows(unit, query.order_by(talk.c.id), talk.c.person_id == person_id, talk.c.address_id.in_(alone))
    return [{**row, "answers": json.loads(row.pop("state") or "{}").get("answers", {})} for row in found]


def _not_understood(unit: Unit, alone: list[int]) -> Rows:
    query = select(not_understood.c.at, not_understood.c.text, not_understood.c.resolved_at)
    return _rows(unit, query.order_by(not_understood.c.id), not_understood.c.address_id.in_(alone))


def _team(unit: Unit, person_id: int) -> Rows:
    query = select(handover.c.reason, handover.c.at, handover.c.due_at, handover.c.done_at)
    return _rows(unit, query.order_by(handover.c.id), handover.c.person_id == person_id)
