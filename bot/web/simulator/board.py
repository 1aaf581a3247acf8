"""The simulator's page at one moment, built from one snapshot of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.actions import status
from bot.turn import Parts
from bot.web.pages import day, hour
from bot.web.simulator import acts, deciding, guide, moments, screens, words
from bot.web.simulator.memory import Memory
from bot.web.simulator.model import Ledger, Page, Stored
from bot.web.simulator.personas import Persona, of_place
from bot.web.simulator.seeding import LAB
from storage import broadcasts, labs, progress, simulator
from storage.store import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What this browser looks at."""

    holders: Mapping[str, Persona]  # place -> who holds that phone
    notice: str = ""
    form: acts.Form = field(default_factory=acts.Form)  # what was typed into an act that was refused

    @property
    def query(self) -> str:
        """The same view, for the addresses of the forms."""
        return urlencode({place: persona.key for place, persona in self.holders.items() if len(of_place(place)) > 1})


def page(unit: Unit, parts: Parts, view: View, memory: Memory) -> Page | None:
    """Everything on the page; None when there is no laboratory to show."""
    pulse = simulator.pulse(unit)  # first: what changes meanwhile is shown the next time
    plan, lab = status.read(unit), labs.lab(unit, LAB)
    found = next((found for found in plan.labs if found.slug == LAB), None)
    if found is None or lab is None or not found.sessions:
        return None
    zone, meeting, counts = ZoneInfo(lab.tz), found.sessions[0], simulator.totals(unit)
    contest = next((c for c in found.contests if c.session == meeting.code), None)
    ahead, thread = tuple(moments.jumps(unit, lab.id, zone)), progress.thread(unit, lab.id)
    panel = acts.Panel(unit=unit, parts=parts, meeting=meeting, contest=contest, zone=zone)
    return Page(
        lab=lab.name,
        session=f"{day(meeting.starts_at.astimezone(zone))}, {hour(meeting.starts_at.astimezone(zone))}",
        organiser=lab.organiser,
        now=unit.now.astimezone(zone),
        query=view.query,
        pulse=pulse,
        phones=tuple(screens.phone(unit, p, memory, zone) for p in view.holders.values()),
        steps=tuple(guide.steps(guide.Way(panel=panel, form=view.form, thread=thread, jumps=ahead))),
        jumps=ahead,
        stored=tuple(_stored(unit, zone)),
        totals=_totals(counts),
        events=counts.events,
        chained=counts.chained,
        ledgers=tuple(_ledgers(unit, zone)),
        notice=view.notice,
        outcomes=deciding.WORDS,
    )


def _totals(counts: simulator.Totals) -> tuple[tuple[str, int], ...]:
    return (
        ("personas", counts.people),
        ("permisos", counts.consents),
        ("inscritas", counts.registered),
        ("eligieron", counts.ballots),
    )


def _stored(unit: Unit, zone: ZoneInfo) -> Iterator[Stored]:
    for row in simulator.stored(unit):
        at = row.at.astimezone(zone)
        yield Stored(key=f"{row.table}-{row.id}", at=at, who=row.who, text=words.stored(row))


def _ledgers(unit: Unit, zone: ZoneInfo) -> Iterator[Ledger]:
    for broadcast_id, kind, made_at in simulator.latest_broadcasts(unit):
        ledger = broadcasts.ledger(unit, broadcast_id)
        yield Ledger(
            title=words.BROADCASTS.get(kind, kind),
            at=made_at.astimezone(zone),
            held_until=ledger.due_at.astimezone(zone) if ledger.due_at > unit.now else None,
            audience=ledger.audience,
            counts={state: getattr(ledger, state) for state in words.STATES},
            skipped={words.reason(why): n for why, n in ledger.reasons.items()},
        )
