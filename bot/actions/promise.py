"""Write down what an office promised about a decided problem: who, what, by when. Those concerned are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot import promised
from bot.actions import telling, translated
from bot.actions.staff import meanwhile
from bot.actions.telling import Seen
from bot.broadcast import Ledger
from bot.due import Due, NoSuchDay, read
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.kinds import written
from bot.sms import sms_text
from bot.words import plain
from storage import accountability, audit, labs, plan, promises
from storage import tables as t
from storage.promises import Promise
from storage.store import Unit
from storage.tables.promises import DUE, PROMISE
from storage.texts import Texts

REFUSES = ("not_adopted",)  # of such a problem nobody promises anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said on the command line: a promise as the office gave it."""

    problem: str  # slug, or 'lab/slug'
    entity: str  # slug of an organisation
    text: str  # 'repara el tanque'
    due: str = ""  # 'fin de marzo'
    texts: Texts = field(default_factory=dict)  # text and due_text in other languages of the lab


def preview(unit: Unit, catalogues: Catalogues, said: Said) -> Seen:
    """Look at it; nothing is changed or sent. Refused when it could not be written down."""
    values, before = _judged(unit, catalogues, said)
    promise = before or _as_it_would_be(unit, values)
    seen = telling.look(unit, catalogues, promised.news(unit, promise, "promised", "", unit.now))
    ledger = telling.once_before(unit, before, "made") if before else None
    return Seen(**{name: getattr(seen, name) for name in Seen.__slots__ if name != "done_before"}, done_before=ledger)


def known(unit: Unit, catalogues: Catalogues, said: Said) -> int:
    """How many promises of this office about this problem are written down."""
    values, _before = _judged(unit, catalogues, said)
    return len(promises.texts(unit, values["problem_id"], values["entity_id"]))


def promise(
    unit: Unit, catalogues: Catalogues, said: Said, *, by: str, expect: int | None = None, shown: int | None = None
) -> Ledger:
    """Write it down and tell it. The same promise twice is one, and is told once.

    `expect`: the number of people that was shown; `shown`: how many promises were known then (`known`). Refused: more.
    """
    values, before = _judged(unit, catalogues, said)
    if before is None:
        meanwhile.promises_of(unit, catalogues, values["problem_id"], values["entity_id"], shown)
    made = promises.make(unit, values | {"by": by}) if before is None else None
    if made is None:
        before = before or _same(unit, values)
        ledger = telling.once_before(unit, before, "made") if before else None
        if ledger is None:
            raise LookupError("a promise was made and never told")
        return ledger
    new = promises.the(unit, made)
    promises.record(unit, new, "promised", role="office", by=by, text="")
    ledger = telling.send(
        unit, catalogues, promised.news(unit, new, "promised", "", unit.now), "made", by, expect=expect
    )
    facts = {"entity": said.entity, "due": new.due_text, "people": ledger.pending, "broadcast": ledger.code}
    audit.record(unit, "commitment.made", f"{new.lab}/{new.problem}", facts, actor=by)
    return ledger


def when(catalogues: Catalogues, due: str, today: date) -> Due:
    """A date as said. Refused when it is too long, no day of any calendar, or past."""
    try:
        found = read(due, today)
    except NoSuchDay:
        raise Refused(catalogues.told(_("Ese día no existe: {step}."), step=due)) from None
    if len(sms_text(found.text)) > DUE:
        raise Refused(catalogues.told(_("La fecha es muy larga. Caben {most} letras."), most=DUE))
    if found.last is not None and found.last < today:
        raise Refused(catalogues.told(_("Esa fecha ya pasó: {step}."), step=found.text))
    return found


def columns(due: Due) -> dict[str, Any]:
    """A date as the row keeps it."""
    return {"due_text": due.text, "due_from": due.first, "due_to": due.last, "precision": due.precision}


def _judged(unit: Unit, catalogues: Catalogues, said: Said) -> tuple[dict[str, Any], Promise | None]:
    """The row as it would be, and the same promise if it was made before. Raises Refused."""
    problem_id, lab_id = _problem(unit, catalogues, said.problem)
    lab = telling.allowed(unit, catalogues, lab_id)
    decision = _decision(unit, catalogues, problem_id, said.problem)
    office = plan.find(unit, t.organisation, slug=said.entity.lower())
    if office is None:
        told = _("No hay una organización {slug}. Agrégala al plan y cárgalo (convoca load).")
        raise Refused(catalogues.told(told, slug=said.entity))
    text = written(said.text).rstrip(".")
    if not text:
        raise Refused(catalogues.told(_("Falta qué prometió la oficina, en sus palabras (--text).")))
    if len(sms_text(text)) > PROMISE:
        raise Refused(catalogues.told(_("La promesa es muy larga. Caben {most} letras."), most=PROMISE))
    due = when(catalogues, said.due, _today(unit, lab))
    values = {"lab_id": lab_id, "problem_id": problem_id, "decision_id": decision, "entity_id": office["id"]}
    of, most = {"text": text, "due_text": due.text}, {"text": PROMISE, "due_text": DUE}
    texts = translated.judged(catalogues, lab.langs, of, said.texts, most)
    values |= {"text": text, "texts": texts, **columns(due)}
    return values, _same(unit, values)


def _today(unit: Unit, lab: labs.Lab) -> date:
    return promised.local_day(unit.now, lab.tz)


def _problem(unit: Unit, catalogues: Catalogues, name: str) -> tuple[int, int]:
    found = {problem_id for _slug, problem_id in accountability.contests_of(unit, name.lower())}
    if not found:
        raise Refused(catalogues.told(_("No hay un problema {problem} en ninguna elección."), problem=name))
    if len(found) > 1:
        told = _("Varios laboratorios tienen un problema {problem}. Escribe laboratorio/{problem}.")
        raise Refused(catalogues.told(told, problem=name))
    (problem_id,) = found
    return problem_id, promises.lab_of(unit, problem_id)


def _decision(unit: Unit, catalogues: Catalogues, problem_id: int, name: str) -> int:
    """Nothing is promised about what was not decided, and nothing is told before the result was (decidim#5125)."""
    found = promises.decided(unit, problem_id)
    if found is None:
        told = _("Sobre {problem} no hay decisión todavía. Decídelo primero (convoca decide).")
        raise Refused(catalogues.told(told, problem=name))
    decision, outcome, state = found
    if state != "published":
        told = _("El resultado con {problem} no se ha contado a la gente. Faltan decisiones (convoca status).")
        raise Refused(catalogues.told(told, problem=name))
    if outcome in REFUSES:
        told = _("Se decidió que {problem} no se va a hacer. No puede llevar un compromiso.")
        raise Refused(catalogues.told(told, problem=name))
    return decision


def _same(unit: Unit, values: dict[str, Any]) -> Promise | None:
    """The promise of this office in these words, however they are written: 'Repara el tanque', 'repara el tanque'."""
    made = promises.texts(unit, values["problem_id"], values["entity_id"])
    found = next((id for id, text in made if plain(text) == plain(values["text"])), None)
    return promises.the(unit, found) if found is not None else None


def _as_it_would_be(unit: Unit, values: dict[str, Any]) -> Promise:
    """For the preview: the promise, without a row."""
    return promises.drafted(unit, values)
