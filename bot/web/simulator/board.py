"""The simulator's page at one moment, built from one snapshot of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.actions import status
from bot.actions.status import Choosing, LabStatus, Meeting
from bot.turn import Parts
from bot.web.pages import day, hour
from bot.web.simulator import acts, deciding, screens, words
from bot.web.simulator.memory import Memory
from bot.web.simulator.model import Jump, Ledger, Page, Step, Stored
from bot.web.simulator.personas import Persona
from bot.web.simulator.seeding import LAB
from storage import broadcasts, labs, simulator
from storage.store import Unit

_STEPS = (
    ("Invitado", "Toca Convocar. Suenan los teléfonos."),
    ("Inscrito", "Contesta 1 en un teléfono."),
    ("Eligió", "Abre la elección. Contesta 2 5 1 en un teléfono."),
    ("Cerrada", "Cierra la elección."),
    ("Contado", "Decide, con razones. Cada persona se entera."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What this browser looks at."""

    holders: Mapping[str, Persona]  # channel -> who holds that phone
    notice: str = ""
    form: acts.Form = field(default_factory=acts.Form)  # what was typed into an act that was refused

    @property
    def query(self) -> str:
        """The same view, for the addresses of the forms."""
        return urlencode({channel: persona.key for channel, persona in self.holders.items()})


def page(unit: Unit, parts: Parts, view: View, memory: Memory) -> Page | None:
    """Everything on the page; None when there is no laboratory to show."""
    pulse = simulator.pulse(unit)  # first: what changes meanwhile is shown the next time
    plan, lab = status.read(unit), labs.lab(unit, LAB)
    found = next((found for found in plan.labs if found.slug == LAB), None)
    if found is None or lab is None or not found.sessions:
        return None
    zone, meeting, counts = ZoneInfo(lab.tz), found.sessions[0], simulator.totals(unit)
    contest = next((c for c in found.contests if c.session == meeting.code), None)
    panel = acts.Panel(unit=unit, parts=parts, meeting=meeting, contest=contest, zone=zone)
    return Page(
        lab=lab.name,
        session=f"{day(meeting.starts_at.astimezone(zone))}, {hour(meeting.starts_at.astimezone(zone))}",
        organiser=lab.organiser,
        now=unit.now.astimezone(zone),
        query=view.query,
        pulse=pulse,
        phones=tuple(screens.phone(unit, p, memory, zone) for p in view.holders.values()),
        acts=acts.acts(panel, view.form),
        steps=tuple(_steps(unit, contest, counts)),
        jumps=tuple(jumps(unit, found, zone)),
        stored=tuple(_stored(unit, zone)),
        totals=_totals(counts),
        events=counts.events,
        chained=counts.chained,
        ledgers=tuple(_ledgers(unit, zone)),
        notice=view.notice,
        outcomes=deciding.WORDS,
    )


def _steps(unit: Unit, contest: Choosing | None, counts: simulator.Totals) -> Iterator[Step]:
    """What is done already; the first that is not is the current one."""
    closed = contest is not None and contest.state in ("closed", "published")
    done = (
        simulator.told_of(unit, "invitation") > 0,
        counts.registered > 0,
        counts.ballots > 0,
        closed,
        closed and simulator.told_of(unit, "result") > 0,
    )
    current = done.index(False) if False in done else -1
    for number, (title, how) in enumerate(_STEPS):
        yield Step(title=title, how=how, done=done[number], current=number == current)


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


# --- the clock ------------------------------------------------------------------------------------------------------


def jumps(unit: Unit, lab: LabStatus, zone: ZoneInfo) -> Iterator[Jump]:
    """Moments ahead that the clock can be put forward to, the nearest first."""
    meeting = lab.sessions[0]
    known = [
        Jump(key="hour", title="1 hora más", at=unit.now + timedelta(hours=1)),
        Jump(key="morning", title="Mañana temprano", at=_tomorrow(unit.now, zone)),
        *_of_plan(unit, lab, meeting),
    ]
    ahead = [j for j in known if j.at > unit.now]
    for jump in sorted(ahead, key=lambda j: j.at):
        yield Jump(key=jump.key, title=jump.title, at=jump.at.astimezone(zone))


def _tomorrow(now: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(8), zone)


def _of_plan(unit: Unit, lab: LabStatus, meeting: Meeting) -> Iterator[Jump]:
    due = simulator.next_reminder(unit, meeting.code)
    if due is not None:
        yield Jump(key="reminder", title="Al recordatorio", at=due)
    yield Jump(key="session", title="A la reunión", at=meeting.starts_at)
    closing = next((c.closes_at for c in lab.contests if c.session == meeting.code), None)
    if closing is not None:
        yield Jump(key="closing", title="Después del cierre", at=closing + timedelta(minutes=1))


def moment(unit: Unit, key: str) -> datetime | None:
    """When a jump leads to, if it still leads ahead."""
    lab = next((found for found in status.read(unit).labs if found.slug == LAB), None)
    if lab is None or not lab.sessions:
        return None
    return next((j.at for j in jumps(unit, lab, ZoneInfo(lab.sessions[0].tz)) if j.key == key), None)
