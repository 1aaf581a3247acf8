"""The facilitator's acts after the decision: what an office promised, that it says it is done, another date of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.actions import promise as promising
from bot.actions import update as updating
from bot.actions.promise import Said
from bot.actions.telling import Seen
from bot.actions.update import Change
from bot.errors import Refused
from bot.i18n import Catalogues
from bot.web.pages import day
from bot.web.simulator.model import Blank
from bot.web.simulator.seeding import LAB
from storage import labs, promises
from storage.store import Unit

OFFICE = "junta-comunal-ejemplo"
EXAMPLES = {
    "agua": "cambia el tanque de agua",
    "camino": "arregla el paso del camino",
    "salud": "abre el centro tres días",
    "senal": "pide la visita de la empresa",
    "basura": "sube el camión los jueves",
}
PROMISED, MOVED = timedelta(days=21), timedelta(days=10)  # from today, the dates of the example
DONE, WHY = "Ya está funcionando.", "falta una pieza"
_NOBODY = "Nada de lo decidido va adelante: no hay de qué responder. Empieza de nuevo para probarlo."


@dataclass(frozen=True, slots=True)
class Form:
    """What an act would tell, and the lines to fill in, filled with an example."""

    told: Seen
    blanks: tuple[Blank, ...]


def preview(unit: Unit, catalogues: Catalogues, key: str, zone: ZoneInfo) -> Form:
    """Whom it would reach, as the example has it: the words change nothing in that. Raises Refused."""
    blanks = _blanks(unit, key, zone)
    filled = {blank.name: blank.value for blank in blanks}
    if key == "promise":
        return Form(promising.preview(unit, catalogues, _said(unit, filled)), blanks)
    return Form(updating.preview(unit, catalogues, _change(unit, key, filled)), blanks)


def do(unit: Unit, catalogues: Catalogues, key: str, typed: Mapping[str, str], *, by: str, expect: int) -> None:
    """Write it down and tell it. Raises Refused."""
    if key == "promise":
        promising.promise(unit, catalogues, _said(unit, typed), by=by, expect=expect)
    else:
        updating.update(unit, catalogues, _change(unit, key, typed), by=by, expect=expect)


def _said(unit: Unit, typed: Mapping[str, str]) -> Said:
    about = f"{LAB}/{_topic(unit)}"
    return Said(problem=about, entity=OFFICE, text=typed.get("text", ""), due=typed.get("due", ""))


def _change(unit: Unit, key: str, typed: Mapping[str, str]) -> Change:
    kind = {"done": "done_office", "again": "new_date"}[key]
    return Change(name=_number(unit), kind=kind, text=typed.get("text", ""), due=typed.get("due", ""))


def _topic(unit: Unit) -> str:
    """What goes ahead and nobody answers for yet; what was promised already when it is sent twice."""
    free = [problem for lab, problem in promises.without(unit) if lab == LAB]
    if not free and (made := _promises(unit)):
        return made[-1].problem
    if not free:
        raise Refused(_NOBODY)
    return free[0]


def _number(unit: Unit) -> str:
    made = _promises(unit)
    if not made:
        raise Refused("Todavía no hay una promesa.")
    return str(made[-1].id)


def _promises(unit: Unit) -> list[promises.Promise]:
    lab = labs.lab(unit, LAB)
    return promises.of_lab(unit, lab.id) if lab else []


def _blanks(unit: Unit, key: str, zone: ZoneInfo) -> tuple[Blank, ...]:
    today = unit.now.astimezone(zone)
    if key == "promise":
        text = Blank(name="text", label="Qué promete", value=EXAMPLES.get(_topic(unit), "lo arregla"))
        return text, Blank(name="due", label="Para cuándo", value=day(today + PROMISED))
    if key == "done":
        return (Blank(name="text", label="Qué dice", value=DONE),)
    why = Blank(name="text", label="Por qué", value=WHY)
    return why, Blank(name="due", label="Nueva fecha", value=day(today + MOVED))
