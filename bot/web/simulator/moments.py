"""Where the clock of the demonstration can be put forward to; and what is due then is done at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.web.engine import Engine
from bot.web.simulator.model import Jump
from bot.web.simulator.seeding import LAB
from storage import clock, labs, progress
from storage.store import Unit

TITLES: Mapping[str, str] = {
    "queue": "La pregunta que espera",
    "mail": "Sale lo que espera",
    "reminder": "El recordatorio",
    "sending": "El envío de Yaneth",
    "session": "La reunión",
    "closing": "Después del cierre",
    "question": "Pregunta: ¿se cumplió?",
    "count": "Se cuentan las respuestas",
}
SHORT = (("hour", "1 hora más", timedelta(hours=1)), ("day", "1 día más", timedelta(days=1)))


def jumps(unit: Unit, lab_id: int, zone: ZoneInfo) -> Iterator[Jump]:
    """An hour, a day, the next thing that happens; then everything that is known to come, the nearest first."""
    for key, title, by in SHORT:
        yield Jump(key=key, title=title, at=(unit.now + by).astimezone(zone))
    ahead = sorted(progress.ahead(unit, lab_id).items(), key=lambda one: one[1])
    for number, (key, at) in enumerate(ahead):
        title = f"Lo próximo: {TITLES[key][:1].lower()}{TITLES[key][1:]}" if number == 0 else TITLES[key]
        yield Jump(key=key, title=title, at=at.astimezone(zone))


def forward(engine: Engine, wanted: str) -> None:
    """Put the clock there, if it still leads ahead, and look at all that is due, as the clock does anyway."""
    if engine.store.do(lambda unit: _forward(unit, wanted)):
        for tick in engine.ticks():
            engine.store.do(tick.work)


def _forward(unit: Unit, wanted: str) -> bool:
    at = moment(unit, wanted)
    if at is not None:
        clock.to(unit, at)
    return at is not None


def moment(unit: Unit, key: str) -> datetime | None:
    """When a jump leads to, if it still leads ahead."""
    lab = labs.lab(unit, LAB)
    if lab is None:
        return None
    ahead = jumps(unit, lab.id, ZoneInfo(lab.tz))
    return next((jump.at for jump in ahead if jump.key == key), None)
