"""A lab of years: many contests, hundreds of promises with long timelines, ideas, meetings, all as long as may be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from storage import tables as t
from storage.store import Unit
from tests.convoke.town import NOON, STARTS, Town, add
from tests.web.square import Square

CONTESTS, PROMISES, IDEAS, MEETINGS, OFF = 6, 106, 30, 15, 6  # after the first contest
STEPS = 90  # things that happened to the newest promise, which is one of the first contest; to the others one each
LABS = 300  # of a whole country, beside the first
SIGNS = 'ñá"&<🌊'  # letters that weigh the most on a page


def long(n: int, name: str = "") -> str:
    """Exactly so many letters, which name themselves and are heavy."""
    return f"{name} {SIGNS * n}"[:n]


def spread(square: Square) -> None:
    """Many labs beside the first, every third with a meeting to come, every tenth at its end."""
    square.store.do(lambda unit: _labs(unit, square.town))


def _labs(unit: Unit, town: Town) -> None:
    heavy = add(unit, t.organisation, slug="heavy", name=long(120), short_name=long(30), kind="public")
    own = {"organiser_id": heavy, "territory_id": town.territory, "kind": "new", "setting": "rural"}
    for n in range(LABS):
        state, langs = "published" if n % 10 else "closed", ["es", "en"]
        made = add(unit, t.lab, slug=f"lab-{n}", keyword=f"LAB{n:017}", name=long(60), state=state, langs=langs, **own)
        if not n % 3:
            _meeting(unit, made, 9000 + n, STARTS, "published", "")


def lived(square: Square) -> None:
    """The first contest is published; then the years pass."""
    square.published()
    square.store.do(lambda unit: _years(unit, square.town.lab))


def _years(unit: Unit, lab: int) -> None:
    sm = unit.db.execute(select(t.contest)).one()
    options = list(unit.db.execute(select(t.option).order_by(t.option.c.number)))
    office = add(unit, t.organisation, slug="of", name="Oficina", short_name=long(30, "oficina"), kind="public")
    for change in (update(t.decision), update(t.option), update(t.problem)):
        unit.db.execute(change.values(texts={"en": {"reason": long(140, "why"), "title": long(30, "title")}}))
    unit.db.execute(update(t.decision).values(reason=long(140, "razón"), next_step=long(60, "sigue")))
    unit.db.execute(update(t.option).values(title=long(30, "opción")))
    for n in range(CONTESTS):
        _contest(unit, n, sm, options)
    decided = list(unit.db.execute(select(t.decision).order_by(t.decision.c.contest_id, t.decision.c.id)))
    for n in range(PROMISES):
        _promise(unit, n, lab, decided[n % len(decided)], office, STEPS if n == PROMISES - 1 else 1)
    for n in range(MEETINGS):
        at = STARTS - timedelta(days=30 * (n + 1))
        _meeting(unit, lab, n, at, "closed", "")
    for n in range(OFF):
        _meeting(unit, lab, 500 + n, STARTS + timedelta(days=n + 1), "cancelled", long(60, f"lluvia{n}"))
    for n in range(IDEAS):
        _idea(unit, lab, n)


def _contest(unit: Unit, n: int, sm: Any, options: list[Any]) -> None:
    own = {k: v for k, v in sm._mapping.items() if k != "id"}
    ago = timedelta(days=20 * (n + 1))
    moved = {at: own[at] - ago for at in ("opened_at", "closed_at", "published_at")}
    made = add(unit, t.contest, **own | moved | {"slug": f"sm-{n}", "title": long(120, f"pregunta{n}")})
    for one in options:
        told = {k: v for k, v in one._mapping.items() if k not in ("id", "contest_id")}
        add(unit, t.option, **told, contest_id=made)
        why = {"reason": long(140, f"razón{n}.{one.number}"), "next_step": long(60, "sigue"), "outcome": "not_now"}
        add(unit, t.decision, problem_id=one.problem_id, contest_id=made, by="yaneth", at=NOON - ago, **why)
    for row in list(unit.db.execute(select(t.result).where(t.result.c.contest_id == sm.id))):
        add(unit, t.result, **{k: v for k, v in row._mapping.items() if k not in ("id", "contest_id")}, contest_id=made)


def _promise(unit: Unit, n: int, lab: int, decided: Any, office: int, steps: int) -> None:
    given = {"lab_id": lab, "problem_id": decided.problem_id, "decision_id": decided.id, "entity_id": office}
    said = {"text": long(50, f"promesa{n}"), "due_text": long(30, "fin"), "by": "yaneth", "at": NOON, "status_at": NOON}
    made = add(unit, t.commitment, **given, **said, status="in_progress", status_by="office")
    for k in range(steps):
        told = {"status": "in_progress", "by_role": "team", "by": "yaneth", "at": NOON + timedelta(days=k)}
        add(unit, t.commitment_update, commitment_id=made, kind="news", text=long(140, f"paso{n}.{k}"), **told)


def _meeting(unit: Unit, lab: int, n: int, at: Any, state: str, reason: str) -> None:
    row = {"lab_id": lab, "code": f"y{n}", "kind": "table", "tz": "America/Panama", "starts_at": at, "state": state}
    add(unit, t.session, **row, title=long(120, f"reunión{n}"), place=long(30, "casa"), use="x", reason=reason)


def _idea(unit: Unit, lab: int, n: int) -> None:
    row = {"lab_id": lab, "number": n + 1, "text": long(600, f"idea{n}"), "lang": "es", "channel": "sms", "at": NOON}
    due = {"read_due_at": NOON, "outcome_due_at": NOON, "read_at": NOON, "read_by": "yaneth"}
    add(unit, t.contribution, **row, **due, publish="unnamed")
