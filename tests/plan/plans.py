"""A small plan that the tests load, and what they look at afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, select

from bot.actions.load import Report
from storage import plan as rows
from storage import registrations, senders
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import neighbour

NOW = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)  # noon in Panama
BASE = """
[[organisation]]
slug = "junta"
name = "Junta de Ejemplo"
[[territory]]
slug = "panama"
name = "Panamá"
kind = "country"
country = "PA"
[[territory]]
slug = "pueblo"
name = "Pueblo"
kind = "community"
parent = "panama"
[[lab]]
slug = "pueblo"
name = "Pueblo"
keyword = "Pueblo Nuevo"
organiser = "junta"
territory = "pueblo"
kind = "new"
setting = "rural"
state = "published"
[[session]]
code = "p1"
lab = "pueblo"
title = "Primera"
starts_at = "+10d 15:30"
place = "Escuela"
capacity = 2
use = "va a la junta"
state = "published"
[[problem]]
lab = "pueblo"
slug = "agua"
title = "Agua"
short_title = "Agua"
[[problem]]
lab = "pueblo"
slug = "luz"
title = "Luz"
short_title = "Luz"
[[contest]]
slug = "p"
lab = "pueblo"
session = "p1"
title = "¿Qué va primero?"
k = 1
closes_at = "+15d 18:00"
options = ["luz", "agua"]
"""
AUTHORISED = """
[[authorisation]]
lab = "pueblo"
authority = "Congreso de Ejemplo"
signed_by = "Quien firma"
signed_on = 2026-10-01
scope = ["convene", "collect"]
"""

Loader = Callable[[str], Report]


def row(store: Store, table: Table, **key: object) -> Mapping[str, Any]:
    found = store.read(lambda unit: rows.find(unit, table, **key))
    assert found is not None
    return found


def everything(store: Store) -> dict[str, list[Any]]:
    """Every row of the plan's tables, to see that nothing changed."""
    tables = (t.organisation, t.territory, t.plan, t.plan_party, t.milestone, t.lab, t.session, t.problem, t.contest)
    more = (t.option, t.community_authorisation, t.setting, t.reminder, t.audit_event)
    return store.read(
        lambda unit: {
            table.name: [tuple(r) for r in unit.db.execute(select(table).order_by(*table.primary_key)).all()]
            for table in (*tables, *more)
        }
    )


def place_taken(store: Store, code: str, count: int = 1) -> None:
    """So many people with a phone sign up for a session."""
    session_id = row(store, t.session, code=code)["id"]

    def work(unit: Unit) -> None:
        senders.ensure(unit, "simulator:sms", "sms", "simulator", 30.0)
        for n in range(count):
            registrations.sign_up(unit, session_id, neighbour(unit, f"Persona {n}", lab="pueblo"), "sms")

    store.do(work)
