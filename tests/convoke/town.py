"""A small town for tests: one lab with one session, and people with their phones, put straight into the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Table, insert, select, update

from storage import tables as t
from storage.store import Store, Unit

NOON = datetime(2026, 11, 12, 17, 0, tzinfo=UTC)  # Thursday 12 November, 12:00 in Panama
STARTS = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)  # Saturday 21 November, 3:30 pm
CHANNELS = ("sms", "whatsapp", "telegram")


def add(unit: Unit, table: Table, **values: object) -> int:
    """A row; its id."""
    return int(unit.db.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


@dataclass(slots=True)
class Town:
    """San Martín: lab 'san-martin', session 'sm1', senders 'simulator:<channel>'."""

    store: Store
    lab: int
    session: int
    territory: int
    senders: Mapping[str, int]
    numbers: count[int]

    @classmethod
    def build(cls, store: Store, *, setting: str = "rural", state: str = "published") -> Town:
        """The town, with nobody in it yet."""
        return store.do(lambda unit: cls._build(unit, store, setting, state))

    @classmethod
    def _build(cls, unit: Unit, store: Store, setting: str, state: str) -> Town:
        senders = {
            c: add(unit, t.sender, name=f"simulator:{c}", channel=c, via="simulator", interval_us=1000)
            for c in CHANNELS
        }
        above = add(unit, t.territory, slug="panama", name="Panamá", kind="province", country="PA", tz="America/Panama")
        here = add(
            unit,
            t.territory,
            slug="san-martin",
            name="San Martín",
            kind="community",
            country="PA",
            tz="America/Panama",
            parent_id=above,
        )
        organiser = add(
            unit, t.organisation, slug="junta", name="Junta Comunal de Ejemplo", short_name="Junta", kind="public"
        )
        lab = add(
            unit,
            t.lab,
            slug="san-martin",
            keyword="SANMARTIN",
            organiser_id=organiser,
            territory_id=here,
            name="San Martín",
            kind="follow_up",
            setting=setting,
            state=state,
            langs=["es"],
        )
        session = add(
            unit,
            t.session,
            lab_id=lab,
            code="sm1",
            kind="problems",
            title="Laboratorio",
            starts_at=STARTS,
            tz="America/Panama",
            place="Casa Comunal",
            capacity=40,
            state="published",
            use="va a la junta comunal",
        )
        return cls(store, lab, session, here, senders, count(1))

    def address(self, channel: str = "sms", *, ago: float | None = 60, **values: Any) -> int:
        """A phone whose person wrote so many minutes ago; None: never."""
        n = next(self.numbers)
        fields: dict[str, Any] = {
            "channel": channel,
            "fingerprint": f"test:{n}",
            "value": f"+507600{n:05}",
            "sender_id": self.senders[channel],
            "last_inbound_at": None if ago is None else NOON - timedelta(minutes=ago),
            "created_at": NOON - timedelta(days=30),
        }
        return self.store.do(lambda unit: add(unit, t.address, **{**fields, **values}))

    def person(
        self,
        *addresses: int,
        consent: str | None = "lab",
        withdrawn: bool = False,
        name: str | None = "Ana",
        **values: Any,
    ) -> int:
        """Somebody with these phones and this permission ('lab', 'news' or None)."""
        n = next(self.numbers)

        def work(unit: Unit) -> int:
            fields = {"token": f"P-{n:06}", "name": name, "created_at": NOON}
            who = add(unit, t.person, **{**fields, **values})
            for at in addresses:
                add(unit, t.contact, person_id=who, address_id=at, since=NOON)
            if consent:
                lab_id = self.lab if consent == "lab" else None
                add(
                    unit,
                    t.consent,
                    person_id=who,
                    fingerprint=f"test:{n}",
                    purpose=consent,
                    lab_id=lab_id,
                    text_version="1",
                    text="¿Aceptas?",
                    lang="es",
                    channel="sms",
                    at=NOON,
                    answer=True,
                    withdrawn_at=NOON if withdrawn else None,
                )
            return who

        return self.store.do(work)

    def neighbour(self, channel: str = "sms", **values: Any) -> int:
        """Somebody with permission and a phone of her own."""
        return self.person(self.address(channel), **values)

    def registers(self, person: int, state: str = "registered", code: str | None = None, reminders: bool = True) -> int:
        """A registration for the session."""
        turn = {"queue_key": person} if state == "waiting" else {}
        row = {"session_id": self.session, "person_id": person, "state": state, "code": code, "channel": "sms"} | turn
        return self.store.do(
            lambda unit: add(unit, t.registration, **row, reminders=reminders, created_at=NOON, changed_at=NOON)
        )

    def authorise(self) -> None:
        """The community of a comarca agrees to be convened."""
        row = {"authority": "Congreso", "signed_by": "Cacica", "signed_on": date(2026, 10, 1), "scope": ["convene"]}
        self.store.do(lambda unit: add(unit, t.community_authorisation, lab_id=self.lab, **row))

    def change_session(self, **values: Any) -> None:
        """Change columns of the session."""
        query = update(t.session).where(t.session.c.id == self.session).values(**values)
        self.store.do(lambda unit: unit.db.execute(query).rowcount)

    def rows(self, table: Table, *where: Any) -> list[Any]:
        """Rows of a table in the order they came."""
        query = select(table).where(*where).order_by(table.c.id)
        return list(self.store.read(lambda unit: unit.db.execute(query).all()))
