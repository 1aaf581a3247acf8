"""A town with a team: who has which role from which phone, and what the audit log says of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.actions.staff import team
from bot.player import Phone
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town

WORDS = (
    "/nueva", "INVITAR SANMARTIN", "QUIEN VIENE SANMARTIN", "LLEGO 7KTQ", "NO LLEGO 7KTQ", "TERMINAR sm1", "ABRIR sm",
    "CERRAR sm", "DECIDIR agua", "PENDIENTES", "RESPONDER 1", "ALTO ENVIO", "SEGUIR", "EDITAR SANMARTIN",
    "CORREGIR ENVIO",
    "SUSPENDER SANMARTIN", "PUBLICAR sm1", "ACUERDO agua", "IDEAS",
    "PROMESA agua", "NOVEDAD agua", "HISTORIA agua", "LEER", "SALEN agua", "NO SALEN agua",
)  # fmt: skip


class Crew:
    """The town, and what its people of the team do."""

    def __init__(self, store: Store) -> None:
        self.town = Town.on(store)
        self.store = store

    def join(self, name: str, role: str = "facilitator", lab: str = "", channel: str = "telegram", **how: Any) -> Phone:
        """A phone with a role; `seasoned=False`: she has never sent to many people."""
        phone = self.town.phone(channel, name)
        seasoned = how.pop("seasoned", True)

        def work(unit: Unit) -> None:
            token = team.add(unit, f"{channel}:{phone.number}", role, lab=lab, name=name, by="test", **how)
            if seasoned:
                row = {"code": f"E{name}"[:12], "idem": f"e:{name}:{role}:{lab}", "kind": "invitation", "state": "done"}
                at = {"created_at": unit.now, "due_at": unit.now, "by": f"staff:{token}"}
                known = select(t.broadcast.c.id).where(t.broadcast.c.idem == row["idem"])
                if unit.db.execute(known).first() is None:
                    unit.db.execute(t.broadcast.insert().values(**row, **at))

        self.store.do(work)
        return phone

    def said(self, phone: Phone, *words: str) -> str:
        """The last answer to these words."""
        shown = [one for text in words for one in phone.say(text)]
        return shown[-1].text if shown else ""

    def audit(self, kind: str) -> list[Any]:
        """Rows of the audit log."""
        return [row for row in self.town.rows(t.audit_event, "kind", "actor", "subject", "payload") if row.kind == kind]

    def sent(self, kind: str = "invitation") -> list[Any]:
        """Broadcasts of this kind that were really sent."""
        found = self.town.rows(t.broadcast, "kind", "by", "audience", "idem")
        return [row for row in found if row.kind == kind and not row.idem.startswith("e:")]
