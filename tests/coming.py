"""Acts and checks of transcripts about who comes: what is offered, places that are kept, words of danger."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update

from bot.clock import OWN
from storage import labs, reminders, reserves
from storage import tables as t
from storage.store import Unit
from tests.kit import Town


def _offers(town: Town, code: str, needs: str) -> None:
    """The plan says what the organiser offers to those who come."""

    def work(unit: Unit) -> None:
        unit.db.execute(update(t.session).where(t.session.c.code == code).values(needs=needs.split(",")))
        if meeting := labs.session_by_code(unit, code):
            reminders.plan_for(unit, meeting)

    town.store.do(work)


def _reserved(town: Town, code: str, places: str) -> None:
    """So many of its places are kept for who comes with children."""

    def work(unit: Unit) -> None:
        if meeting := labs.session_by_code(unit, code):
            reserves.write(unit, meeting.id, {"quien viene con niños": int(places)}, lower_only=False)

    town.store.do(work)


def _comarca(town: Town, slug: str) -> None:
    """This lab is in a comarca, and its community agrees."""

    def work(unit: Unit) -> None:
        lab = unit.db.execute(select(t.lab.c.id).where(t.lab.c.slug == slug)).scalar_one()
        unit.db.execute(update(t.lab).where(t.lab.c.id == lab).values(setting="comarca"))
        said = {"authority": "Congreso", "signed_by": "Cacica", "signed_on": unit.now.date()}
        row = {"lab_id": lab, **said, "scope": ["convene", "collect"]}
        unit.db.execute(t.community_authorisation.insert().values(**row))

    town.store.do(work)


def _refuses(town: Town) -> None:
    """The community of the comarca takes back what it agreed to."""
    town.store.do(lambda unit: unit.db.execute(update(t.community_authorisation).values(withdrawn_at=unit.now)))


def _danger(town: Town, country: str, line_and_words: str) -> None:
    """A plan brought the line to call in this country, and words by which danger is known."""
    line, words = line_and_words.split(" ", 1)
    row = {"country": country, "line": line, "words": [words], "reviewed_by": "prueba"}
    town.store.do(lambda unit: unit.db.execute(t.help_line.insert().values(**row, reviewed_on=unit.now.date())))


def _needs(town: Town, count: str) -> None:
    """So many rows of what people need, once what is due to be erased is."""
    for tick in OWN:
        town.store.do(tick.work)
    assert town.count(t.need) == int(count)


def _unknown(town: Town, count: str) -> None:
    """Of so many of an invitation nobody knows whether they arrived."""

    def work(unit: Unit) -> None:
        found = select(t.recipient.c.id).where(t.recipient.c.state == "pending").limit(int(count))
        lost = unit.db.execute(found).scalars().all()
        for table, of in ((t.recipient, t.recipient.c.id), (t.outbox, t.outbox.c.recipient_id)):
            unit.db.execute(update(table).where(of.in_(lost)).values(state="unknown"))

    town.store.do(work)


ACTS: dict[str, Callable[..., None]] = {
    "offers": _offers,
    "reserved": _reserved,
    "comarca": _comarca,
    "refuses": _refuses,
    "danger": _danger,
    "unknown": _unknown,
}
CHECKS: dict[str, Callable[..., None]] = {"needs": _needs}
