"""The small town as anybody sees it: its public pages and open data, read by a browser without script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import update
from starlette.testclient import TestClient

from bot.actions import contest as contests
from bot.actions import decide
from bot.app import App
from bot.channels.simulator import Simulator
from bot.web import make_app
from storage import audit
from storage import tables as t
from storage.store import Store
from tests.choose.polls import Polls
from tests.convoke.town import Town, add

DOORS = {"telegram": "ConvocaBot", "whatsapp": "+50760000001", "sms": "+50760000002"}
DECIDED = {
    "agua": ("adopted", "La oficina cambia el tanque"),
    "camino": ("not_now", "Falta el permiso"),
    "salud": ("other_office", "Le toca a otra oficina"),
    "senal": ("not_adopted", "No hay antena este año"),
    "basura": ("partly", "El camión sube los lunes"),
}
# 40 people: 24 by SMS, 16 on WhatsApp
BY_SMS: Sequence[Sequence[int]] = [(1, 2)] * 14 + [(1, 3)] * 6 + [(4,)] * 4
BY_WHATSAPP: Sequence[Sequence[int]] = [(1,)] * 9 + [(2, 5)] * 7
COUNTS = {1: 29, 2: 21, 3: 6, 4: 4, 5: 7}


class Doors(Simulator):
    """A channel that knows whom one writes to."""

    def __init__(self, told: Mapping[str, str] = DOORS) -> None:
        super().__init__()
        self.told = told

    def entrances(self) -> Mapping[str, str]:
        """As told."""
        return self.told


class Square:
    """San Martín and its pages."""

    def __init__(self, store: Store, town: Town, *, channels: Mapping[str, Any] | None = None) -> None:
        self.store, self.town, self.app = store, town, App.on(store)
        on = {"simulator": Doors()} if channels is None else channels
        self.browser = TestClient(make_app(self.app, demo=False, channels=on), base_url="http://localhost")

    def page(self, query: str = "", **headers: str) -> str:
        """The lab's page."""
        answer = self.browser.get(f"/l/san-martin{query}", headers=headers)
        assert answer.status_code == 200, answer.text[:200]
        return answer.text

    def data(self, path: str) -> Any:
        """Open data."""
        answer = self.browser.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text[:200]
        return answer.json()

    def status(self, path: str, **headers: str) -> int:
        """What an address answers."""
        return self.browser.get(path, headers=headers).status_code

    # --- what happens in town -----------------------------------------------------------------------------------

    def choosing(self) -> Polls:
        """40 people have chosen; it is open."""
        polls = Polls.opened(self.town)
        polls.crowd(*BY_SMS)
        polls.crowd(*BY_WHATSAPP, channel="whatsapp")
        return polls

    def close(self) -> None:
        """It closes now."""
        self.store.do(lambda unit: contests.close_(unit, self.app.catalogues, "sm", "yaneth"))

    def tick(self) -> None:
        """The log is chained, as every five seconds."""
        while self.store.do(audit.chain):
            pass

    def decide(self, *but: str) -> None:
        """Decide every option but these; the last one publishes."""
        for problem, (outcome, reason) in DECIDED.items():
            if problem not in but:
                self.store.do(
                    lambda unit, p=problem, o=outcome, r=reason: decide.decide(  # type: ignore[misc]
                        unit, self.app.catalogues, p, r, o, by="yaneth"
                    )
                )

    def published(self) -> None:
        """Chosen, closed, decided, told."""
        self.choosing()
        self.close()
        self.decide()

    def authorise(self, *scope: str) -> None:
        """The community of a comarca allows this much."""
        row = {"authority": "Congreso", "signed_by": "Cacica", "signed_on": date(2026, 10, 1), "scope": list(scope)}
        self.store.do(lambda unit: add(unit, t.community_authorisation, lab_id=self.town.lab, **row))

    def withdraw(self) -> None:
        """And takes it back."""
        gone = update(t.community_authorisation)
        self.store.do(lambda unit: unit.db.execute(gone.values(withdrawn_at=unit.now)).rowcount)

    def change(self, table: Any, **values: Any) -> None:
        """Every row of a table."""
        self.store.do(lambda unit: unit.db.execute(update(table).values(**values)).rowcount)

    def paths(self) -> list[str]:
        """Every address at which this town is spoken of."""
        [told] = self.town.rows(t.broadcast, t.broadcast.c.kind == "result") or [None]
        paths = ["/l/san-martin", "/l/san-martin/qr/telegram.svg", "/l/san-martin/sm.zip"]
        paths += ["/l/san-martin/ideas", "/l/san-martin/cartel"]
        paths += ["/api/v1/sessions/sm1", "/api/v1/contests/sm"]
        return paths + ([f"/api/v1/broadcasts/{told.code}"] if told else [])
