"""What a script may do about promises, and check of them. Parts of an act are divided by ' / '."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from bot.actions import contest, decide, promise, shown, story
from bot.actions import update as updating
from bot.picture import small
from storage import audit, ballots, followups, people, pictures
from storage import tables as t
from storage.store import Unit
from storage.texts import Texts
from tests.kit import Town

STAFF, OFFICE = "test", "oficina-agua"


REASONS = {
    "agua": "El agua llega dos horas al día.",
    "camino": "El puente cuesta más que el dinero de este año.",
    "salud": "El centro de salud depende del ministerio.",
    "senal": "La empresa de celular no contestó.",
    "basura": "Falta el permiso del municipio.",
}


def _water(town: Town, neighbours: str) -> None:
    """water 8: so many neighbours more; everybody chooses the water, it is decided and told"""
    for n in range(int(neighbours)):
        town.neighbour(f"Vecina {n}")

    def work(unit: Unit) -> None:
        words = town.app.catalogues
        contest.open_(unit, words, "sm", STAFF, contest.preview(unit, words, "sm").people)
        about = unit.db.execute(select(t.contest.c.id).where(t.contest.c.slug == "sm")).scalar_one()
        for who in unit.db.execute(select(t.person.c.id).order_by(t.person.c.id)).scalars().all():
            voter = ballots.Voter(
                person_id=who, channel="sms", shared=False, provider="test", provider_msg_id=f"w{who}"
            )
            ballots.cast(unit, about, voter, [1])
        contest.close_(unit, words, "sm", STAFF, None)
        unit.db.execute(update(t.outbox).where(t.outbox.c.state == "pending").values(state="cancelled"))
        for problem, reason in REASONS.items():
            decide.decide(unit, words, problem, reason, by=STAFF)

    town.store.do(work)


def _drawn(town: Town, slug: str, numbers: str) -> None:
    """drawn sm 48213: the draw breaks a tie; the log's end, which the moment makes another each time, is a fixed one"""
    closed = t.audit_event.c.kind == "contest.closed"

    def work(unit: Unit) -> None:
        audit.chain(unit)
        unit.db.execute(update(t.audit_event).where(closed).values(hash=bytes(32)))
        contest.close_(unit, town.app.catalogues, slug, STAFF, numbers)

    town.store.do(work)


def _rejected(town: Town, channel: str) -> None:
    """rejected whatsapp: the template was not taken there; elsewhere all left, and of the first nobody knows more"""
    ours = select(t.outbox.c.id, t.outbox.c.recipient_id, t.address.c.channel).join(t.address)

    def work(unit: Unit) -> None:
        rows = unit.db.execute(ours.where(t.outbox.c.kind == "broadcast").order_by(t.outbox.c.id)).all()
        doubtful = next(row.id for row in rows if row.channel != channel)
        for row in rows:
            state = "failed" if row.channel == channel else "unknown" if row.id == doubtful else "sent"
            error = "unsuited: the template or its variables were not taken" if state == "failed" else None
            unit.db.execute(update(t.outbox).where(t.outbox.c.id == row.id).values(state=state, error=error))
            unit.db.execute(update(t.recipient).where(t.recipient.c.id == row.recipient_id).values(state=state))

    town.store.do(work)


def in_english(words: str, *fields: str) -> tuple[str, Texts]:
    """'repara el tanque ~ repairs the tank': what stands before the mark, and behind it the same in English."""
    plain, _mark, english = words.partition(" ~ ")
    return plain, {"en": dict(zip(fields, english.split(" / "), strict=False))} if english else {}


def _promise(town: Town, problem: str, words: str) -> None:
    """promise agua repara el tanque / miércoles 31 mar ~ repairs the tank"""
    plain, texts = in_english(words, "text", "due_text")
    text, _mark, due = plain.partition(" / ")
    said = promise.Said(problem=problem, entity=OFFICE, text=text, due=due, texts=texts)

    def work(unit: Unit) -> None:
        seen = promise.preview(unit, town.app.catalogues, said)
        promise.promise(unit, town.app.catalogues, said, by=STAFF, expect=seen.people)

    town.store.do(work)


def _update(town: Town, problem: str, words: str) -> None:
    """update agua new_date falta una bomba / martes 15 jun ~ a pump is missing"""
    kind, _space, rest = words.partition(" ")
    plain, texts = in_english(rest, "text", "due_text")
    text, _mark, due = plain.partition(" / ")
    change = updating.Change(name=problem, kind=kind, text=text, due=due, texts=texts)

    def work(unit: Unit) -> None:
        seen = updating.preview(unit, town.app.catalogues, change)
        updating.update(unit, town.app.catalogues, change, by=STAFF, expect=seen.people)

    town.store.do(work)


def _story(town: Town, problem: str, words: str) -> None:
    """story agua antes / ahora / quién hizo qué ~ before / now / who did what"""
    plain, texts = in_english(words, "before", "after", "text")
    before, after, text = plain.split(" / ")
    told = story.Told(before=before, after=after, text=text, texts=texts)

    def work(unit: Unit) -> None:
        seen = story.preview(unit, town.app.catalogues, problem, told)
        story.tell(unit, town.app.catalogues, problem, told, by=STAFF, expect=seen.people)

    town.store.do(work)


def _shown(town: Town, problem: str) -> None:
    """shown agua: whoever has a place is in the photo; those who can be asked by chat are"""
    codes = [row.code for row in town.rows(t.registration, "code") if row.code]
    town.store.do(lambda unit: shown.name_them(unit, town.app.catalogues, problem, codes, by=STAFF))


def _photos(town: Town) -> None:
    """photos: what somebody sent as a photo has been fetched from whoever has it"""
    found = small(Path("examples/photo.jpg").read_bytes())

    def work(unit: Unit) -> None:
        vias = unit.db.execute(select(t.sender.c.via).distinct()).scalars().all()
        for one in pictures.wanted(unit, vias):
            pictures.got(unit, one.id, found.data, found.width, found.height)

    town.store.do(work)


def _follow(town: Town, name: str, problem: str) -> None:
    """follow C agua: who writes on this phone wants to hear of this topic"""

    def work(unit: Unit) -> None:
        phone = town.phones[name]
        at = people.lock_address(unit, phone.channel, phone.number)
        about = select(t.option.c.id).join(t.problem).where(t.problem.c.slug == problem)
        who = people.people_of(unit, at.id)[0].id
        row = {"person_id": who, "option_id": unit.db.execute(about).scalar_one(), "at": unit.now}
        unit.db.execute(t.follow.insert().values(**row))

    town.store.do(work)


def _is(count: int, wanted: str) -> None:
    assert count == int(wanted)


def _followed(town: Town, name: str, *numbers: str) -> None:
    """followed C 1 2: what who writes on this phone follows; nothing without numbers"""

    def read(unit: Unit) -> list[int]:
        phone = town.phones[name]
        at = people.lock_address(unit, phone.channel, phone.number)
        mine = select(t.option.c.number).join(t.follow, t.follow.c.option_id == t.option.c.id)
        who = [person.id for person in people.people_of(unit, at.id)]
        return sorted(unit.db.execute(mine.where(t.follow.c.person_id.in_(who))).scalars())

    assert town.store.do(read) == [int(n) for n in numbers]


def _answers(town: Town, problem: str, said: str) -> None:
    """answers agua yes no partly: the neighbours answer, the newest first"""

    def work(unit: Unit) -> None:
        about = select(t.commitment.c.id).join(t.problem).where(t.problem.c.slug == problem)
        commitment = unit.db.execute(about).scalar_one()
        everybody = unit.db.execute(select(t.person.c.id).order_by(t.person.c.id.desc())).scalars().all()
        for who, answer in zip(everybody, said.split(), strict=False):
            followups.answer(unit, commitment, who, answer)

    town.store.do(work)


def _language(town: Town) -> None:
    """Everybody reads the language of the transcript."""
    town.store.do(lambda unit: unit.db.execute(update(t.person).values(lang=town.lang)))


def _status(town: Town, problem: str, status: str) -> None:
    about = select(t.commitment.c.status).join(t.problem).where(t.problem.c.slug == problem)
    assert town.store.read(lambda unit: unit.db.execute(about).scalar_one()) == status


def _answered(town: Town, count: str) -> None:
    rows = town.rows(t.followup, "answer", "current")
    assert len([row for row in rows if row.answer and row.current]) == int(count)


def _broadcasts(town: Town, kind: str, count: str) -> None:
    assert town.count(t.broadcast, kind=kind) == int(count)


def _muted(town: Town, count: str) -> None:
    assert town.count(t.muted) == int(count)


def _unkept(town: Town, word: str) -> None:
    """No row holds this word of a citizen any more."""
    held = [row.payload for row in town.rows(t.inbound, "payload")] + [row.body for row in town.rows(t.outbox, "body")]
    held += [row.text for row in town.rows(t.not_understood, "text")] + [row.last_reply for row in _replies(town)]
    assert not [text for text in held if text and word in text]


def _replies(town: Town) -> list[Any]:
    return town.rows(t.address, "last_reply")


ACTS: dict[str, Callable[..., None]] = {
    "water": _water,
    "drawn": _drawn,
    "rejected": _rejected,
    "promise": _promise,
    "update": _update,
    "story": _story,
    "photos": _photos,
    "shown": _shown,
    "follow": _follow,
    "answers": _answers,
    "language": _language,
}
CHECKS: dict[str, Callable[..., None]] = {
    "status": _status,
    "answered": _answered,
    "broadcasts": _broadcasts,
    "followed": _followed,
    "follows": lambda town, count: _is(town.count(t.follow), count),
    "muted": _muted,
    "unkept": _unkept,
}
