"""A crowd for a broadcast over providers that misbehave: who they are, and what came to each of them in the end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, text, update

from bot.actions import announce
from fakes.provider import AcceptThenFail, AcceptThenReset, Act, Fail, Garbage, Reset, Stall, Throttle
from storage import people
from storage import tables as t
from storage.store import Store, Unit
from storage.tables.base import Instant
from tests.kit import CHANNELS, parts
from tests.wire.house import House
from tests.wire.providers import Providers

CHANCES = {
    "throttle": 0.001, "fail": 0.01, "accept_then_fail": 0.01, "reset": 0.01, "accept_then_reset": 0.01,
    "garbage": 0.005,
}  # fmt: skip
SURELY: Sequence[Act] = (
    Throttle(), Fail(), AcceptThenFail(), Reset(), AcceptThenReset(), Garbage(), *[Stall(0.3)] * 5,
)  # fmt: skip
VOICES = (("es", "tu"), ("es", "usted"), ("en", "tu"))  # languages and forms of address that there are
LOT = 250  # people a transaction
PLACE = "Casa Comunal"  # stands in every wording of the invitation, and in nothing else
STATES = ("sent", "failed", "skipped", "unknown", "pending")


# --- the crowd ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Someone:
    """One person of the crowd.

    part    'stays', 'left' before, 'leaves' meanwhile, 'blocks' us, or is the 'second' on somebody's phone
    phones  (channel, number), the one used last first
    """

    n: int
    part: str
    phones: tuple[tuple[str, str], ...]
    id: int = 0

    @property
    def wires(self) -> list[tuple[str, str]]:
        """(provider, address) of each phone, as the wire has it."""
        return [_wire(channel, number) for channel, number in self.phones]


def _wire(channel: str, number: str) -> tuple[str, str]:
    if channel == "telegram":
        return "telegram", number
    return "twilio", f"whatsapp:{number}" if channel == "whatsapp" else number


def drawn(many: int, leavers: int, rng: random.Random) -> list[Someone]:
    """The crowd, by turns on three channels; those who leave meanwhile stand late in the queue."""
    part = dict.fromkeys(rng.sample(range(many // 2, many), leavers), "leaves")
    part |= dict.fromkeys(rng.sample([n for n in range(many) if n not in part], leavers), "left")
    part |= dict.fromkeys(rng.sample([n for n in range(many) if n not in part], many // 20), "blocks")
    crowd = [Someone(n, part.get(n, "stays"), _phones(n)) for n in range(many)]
    for one, other in zip(crowd[::12], crowd[1::12], strict=False):
        if one.part == other.part == "stays":
            other.part, other.phones = "second", one.phones
    return crowd


def _phones(n: int) -> tuple[tuple[str, str], ...]:
    """Every fifth has an SMS phone besides."""
    channel = CHANNELS[n % 3]
    own = (channel, f"62{n:06d}" if channel == "telegram" else f"+50762{n:06d}")
    return (own, ("sms", f"+50763{n:06d}")) if n % 5 == 1 and channel != "sms" else (own,)


def settle(house: House, crowd: Sequence[Someone]) -> None:
    """They live here with a permission each, and wrote two days ago."""

    def lot(unit: Unit, start: int) -> None:
        senders = {row.channel: row.id for row in unit.db.execute(t.sender.select())}
        lab = unit.db.execute(t.lab.select().where(t.lab.c.slug == "san-martin")).one().id
        for one in crowd[start : start + LOT]:
            _settle(unit, one, senders, lab)

    for start in range(0, len(crowd), LOT):
        house.store.do(lambda unit, start=start: lot(unit, start))  # type: ignore[misc]
    for one in crowd:
        _met(house.fakes, one)
    house.leap(house.store.read(lambda unit: unit.now) + timedelta(days=2))


def _settle(unit: Unit, one: Someone, senders: dict[str, int], lab: int) -> None:
    (channel, number), *more = one.phones
    lang, form = VOICES[one.n % 7 % 3]
    at = people.lock_address(unit, channel, number)
    people.heard_from(unit, at, number, senders[channel])
    one.id = people.admit(unit, at.id, name=f"Ana {one.n}", age_band="adult", lang=lang, territory_id=None)
    unit.db.execute(update(t.person).where(t.person.c.id == one.id).values(form=form))
    for channel, number in more if one.part != "second" else ():
        other = people.lock_address(unit, channel, number)
        people.set_address(unit, other.id, value=number, sender_id=senders[channel])
        unit.db.execute(insert(t.contact).values(person_id=one.id, address_id=other.id, since=unit.now))
    people.consented(
        unit, one.id, at.id, purpose="lab", lab_id=lab, text="¿Aceptas?", lang=lang, inbound_id=None,
        at=unit.now.isoformat(),
    )  # fmt: skip


def _met(fakes: Providers, one: Someone) -> None:
    for provider, address in one.wires:
        if provider == "telegram":
            fakes.telegram.meet(address)
    if one.part == "blocks":
        provider, address = one.wires[0]
        fakes.every[provider].blocked.add(address)


def write(fakes: Providers, one: Someone, words: str) -> int:
    """This person writes; what the house answered the provider."""
    channel, number = one.phones[0]
    if channel == "telegram":
        return fakes.telegram.write(number, words).status
    return fakes.twilio.write(number, words, channel=channel).status


def misbehave(fakes: Providers, seed: int) -> None:
    """From now on by chance, and each way once for sure."""
    for name, provider in fakes.every.items():
        provider.rng, provider.chances = random.Random(f"{seed} {name}"), CHANCES
        provider.plan(*SURELY)


def invite(store: Store) -> int:
    """`convoca announce sm1`; the broadcast."""

    def work(unit: Unit) -> int:
        seen = announce.preview(unit, parts().catalogues, "sm1")
        return announce.announce(unit, parts().catalogues, "sm1", "test", seen.people).broadcast_id

    return store.do(work)


# --- what the rows say, by SQL of its own --------------------------------------------------------------------------

LEDGER = "SELECT state, count(*) FROM recipient WHERE broadcast_id = :made GROUP BY state"
AUDIENCE = "SELECT audience FROM broadcast WHERE id = :made"
# A receipt may come before the answer to the call: then the person is told already, and the message still started.
ASTRAY = """SELECT count(*) FROM recipient r WHERE broadcast_id = :made AND (state = 'pending') <> EXISTS (
    SELECT 1 FROM outbox o WHERE o.recipient_id = r.id AND o.state IN ('pending', 'held', 'claimed', 'started')
    AND NOT (r.state = 'sent' AND o.state = 'started'))"""
AFTER = """SELECT count(*) FROM outbox o JOIN address a ON a.id = o.address_id
    WHERE o.kind = 'broadcast' AND o.started_at > a.opted_out_at AND o.state IN ('sent', 'unknown', 'started')"""
MOVING = "SELECT count(*) FROM outbox WHERE state IN ('claimed', 'started') OR (state = 'pending' AND due_at <= :now)"


@dataclass(frozen=True, slots=True)
class Sample:
    """The ledger at one moment: how many are concerned, how many stand where, how many stand elsewhere than their
    messages do."""

    audience: int
    states: dict[str, int]
    astray: int

    @property
    def adds_up(self) -> bool:
        """Everybody is somewhere, and where the messages are."""
        return self.astray == 0 and self.audience == sum(self.states.values())


def sample(unit: Unit, made: int) -> Sample:
    """Look, in one snapshot."""

    def one(query: str) -> int:
        return int(unit.db.execute(text(query), {"made": made}).scalar_one())

    found = {row[0]: row[1] for row in unit.db.execute(text(LEDGER), {"made": made})}
    assert set(found) <= set(STATES)
    return Sample(one(AUDIENCE), {state: found.get(state, 0) for state in STATES}, one(ASTRAY))


def waits_for_later(unit: Unit) -> bool:
    """Nothing is under way and nothing is due: what is left waits for its next try."""
    moving = text(MOVING).bindparams(bindparam("now", unit.now, Instant()))
    return not unit.db.execute(moving).scalar_one()


def after_leaving(unit: Unit) -> int:
    """Messages of a broadcast that set out after their phone had left."""
    return int(unit.db.execute(text(AFTER)).scalar_one())


def standing(store: Store, made: int) -> dict[int, str]:
    """Person -> how she stands in the ledger: 'sent', 'skipped:opted_out' ..."""
    mine = t.recipient.c.broadcast_id == made
    rows = store.read(lambda unit: unit.db.execute(t.recipient.select().where(mine)).all())
    return {row.person_id: ":".join(filter(None, (row.state, row.reason))) for row in rows}


# --- what the phones say ------------------------------------------------------------------------------------------


def read(fakes: Providers, one: Someone) -> int:
    """How many invitations stand on this person's phones."""
    shown = (text for provider, address in one.wires for text in fakes.every[provider].phone(address).texts)
    return sum(PLACE in text for text in shown)


def tried(fakes: Providers) -> Counter[str]:
    """Address -> calls with an invitation to it, whatever became of them."""
    return Counter(call.address for call in _calls(fakes) if PLACE in str(call.params))


def mishaps(fakes: Providers) -> set[str]:
    """In which ways they have misbehaved."""
    return {call.misbehaved for call in _calls(fakes)} - {""}


def _calls(fakes: Providers) -> Iterator[Any]:
    yield from fakes.telegram.calls("sendMessage")
    yield from fakes.twilio.calls("CreateMessage")
