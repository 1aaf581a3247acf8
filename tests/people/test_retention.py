"""What goes by itself when its time is over, and what stays true without it (people.md 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from storage import clock, forgetting, retention
from storage import tables as t
from storage.store import Store, Unit
from tests.convoke.town import NOON, STARTS, Town, add
from tests.kit import Town as Kit

DAY = timedelta(days=1)
YEAR = 365 * DAY


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín, where nobody has done anything yet; its one session is on 21 November 2026."""
    store.do(lambda unit: clock.to(unit, NOON))
    return Town.build(store)


def at(town: Town, moment: datetime, tick: Any = retention.part_with_people) -> int:
    """It is this moment, and the tick has run; how many it took."""
    town.store.do(lambda unit: clock.to(unit, moment))
    return int(town.store.do(tick))


def here(town: Town) -> list[int]:
    return [row.id for row in town.rows(t.person, t.person.c.erased_at.is_(None))]


def put(town: Town, table: Any, **values: Any) -> int:
    return town.store.do(lambda unit: add(unit, table, **values))


# --- people -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "over"),
    [(None, False), (NOON, False), (NOON - YEAR + DAY, False), (NOON - YEAR, True), (NOON - 5 * YEAR, True)],
)
def test_when_a_lab_is_over(last: datetime | None, over: bool) -> None:
    assert retention.lab_is_over(last, NOON) is over


def test_the_last_of_moments_and_days() -> None:
    assert retention.last_of([]) is None
    assert retention.last_of([None, NOON, date(2026, 11, 11)]) == NOON
    assert retention.last_of([NOON, date(2026, 11, 12)]) == datetime(2026, 11, 12, 23, 59, 59, 999999, tzinfo=UTC)


def test_a_year_after_the_last_meeting_people_go_as_if_they_had_said_borrar(town: Town) -> None:
    ana, luis = town.neighbour(), town.neighbour()
    town.registers(ana, code="7KTQ")
    town.registers(luis, "attended")
    assert at(town, STARTS + YEAR - DAY) == 0
    assert here(town) == [ana, luis]
    assert at(town, STARTS + YEAR + DAY) == 2
    assert at(town, STARTS + YEAR + DAY) == 0
    assert here(town) == []
    assert [(row.name, row.lang) for row in town.rows(t.person)] == [(None, "es")] * 2
    assert [(row.person_id, row.state) for row in town.rows(t.registration)] == [
        (None, "registered"),
        (None, "attended"),
    ]
    assert [(row.person_id, row.text) for row in town.rows(t.consent)] == [(None, "¿Aceptas?")] * 2
    assert at(town, STARTS + YEAR + DAY, forgetting.wipe_answered) == 2
    assert [row.value for row in town.rows(t.address)] == [None, None]
    (told,) = town.rows(t.audit_event, t.audit_event.c.kind == "retention.people")
    assert told.payload == {"people": 2}


def promised(town: Town, **values: Any) -> None:
    """A promise in this lab, last heard of at noon."""
    problem = put(town, t.problem, lab_id=town.lab, slug="agua", title="Agua", short_title="Agua")
    made = put(town, t.decision, problem_id=problem, outcome="adopted", reason="es lo primero", by="test", at=NOON)
    entity = put(town, t.organisation, slug="oficina", name="Oficina", short_name="Oficina", kind="public")
    row = {"lab_id": town.lab, "problem_id": problem, "decision_id": made, "entity_id": entity, "by": "test"}
    state = {"status": "promised", "status_by": "office", "status_at": NOON, "at": NOON, "text": "repara el tanque"}
    put(town, t.commitment, **{**row, **state, **values})


DUE = {"due_from": date(2027, 6, 1), "due_to": date(2027, 6, 30), "due_text": "junio", "precision": "month"}


@pytest.mark.parametrize(
    ("values", "last"),
    [
        ({}, STARTS),
        (DUE, datetime(2027, 6, 30, tzinfo=UTC)),
        ({**DUE, "status": "not_done"}, STARTS),  # nobody waits for that day any more
        ({"status": "done_office", "status_at": datetime(2027, 3, 1, tzinfo=UTC)}, datetime(2027, 3, 1, tzinfo=UTC)),
    ],
)
def test_while_something_is_promised_the_year_has_not_begun(
    town: Town, values: Mapping[str, Any], last: datetime
) -> None:
    promised(town, **values)
    who = town.neighbour()
    assert at(town, last + YEAR - DAY) == 0
    assert here(town) == [who]
    assert at(town, last + YEAR + 2 * DAY) == 1


def other_lab(town: Town) -> int:
    lab = town.rows(t.lab)[0]._asdict()
    del lab["id"]
    return put(town, t.lab, **{**lab, "slug": "alto", "keyword": "ALTO", "name": "Alto"})


def agreed(town: Town, who: int, moment: datetime = NOON, **values: Any) -> None:
    row = {"person_id": who, "fingerprint": "test", "purpose": "lab", "text_version": "1", "text": "¿Aceptas?"}
    rest = {"lang": "es", "channel": "sms", "at": moment, "answer": True, "lab_id": town.lab}
    put(town, t.consent, **{**row, **rest, **values})


def stays_for_another_lab(town: Town, who: int) -> None:
    agreed(town, who, lab_id=other_lab(town))


def stays_for_news(town: Town, who: int) -> None:
    agreed(town, who, purpose="news", lab_id=None)


def stays_who_came_late(town: Town, who: int) -> None:
    agreed(town, who, STARTS + YEAR - 9 * DAY)


def stays_for_a_place_ahead(town: Town, who: int) -> None:
    meeting = town.rows(t.session)[0]._asdict()
    del meeting["id"]
    lab = other_lab(town)
    ahead = {**meeting, "code": "alto1", "lab_id": lab, "starts_at": STARTS + YEAR + 90 * DAY}
    session = put(town, t.session, **ahead)
    row = {"session_id": session, "person_id": who, "state": "registered", "channel": "sms"}
    put(town, t.registration, **row, created_at=NOON, changed_at=NOON)


@pytest.mark.parametrize("stays", [stays_for_another_lab, stays_for_news, stays_who_came_late, stays_for_a_place_ahead])
def test_who_has_something_to_hear_of_stays(town: Town, stays: Any) -> None:
    who, other = town.neighbour(), town.neighbour()
    stays(town, who)
    assert at(town, STARTS + YEAR + DAY) == 1
    assert here(town) == [who]
    assert other not in here(town)


def test_two_years_without_a_sign_end_it_also_where_the_lab_goes_on(town: Town) -> None:
    silent, writes = town.neighbour(), town.person(phone := town.address())
    for who in (silent, writes):
        agreed(town, who, purpose="news", lab_id=None)
    change = update(t.address).where(t.address.c.id == phone).values(last_inbound_at=NOON + 300 * DAY)
    town.store.do(lambda unit: unit.db.execute(change))
    assert at(town, NOON + 2 * YEAR - DAY) == 0
    assert at(town, NOON + 2 * YEAR + DAY) == 1
    assert here(town) == [writes]
    assert at(town, NOON + 300 * DAY + 2 * YEAR + DAY) == 1


def test_nobody_goes_who_has_a_place_ahead(town: Town) -> None:
    who = town.neighbour()
    town.registers(who, "waiting")
    town.change_session(starts_at=NOON + 2 * YEAR + 9 * DAY)
    assert at(town, NOON + 2 * YEAR + DAY) == 0
    assert here(town) == [who]
    assert at(town, NOON + 2 * YEAR + 10 * DAY) == 1


def test_a_shared_phone_is_wiped_with_its_last_person(town: Town) -> None:
    phone = town.address()
    first, second = town.person(phone), town.person(phone, name="Luis")
    agreed(town, second, purpose="news", lab_id=None)
    at(town, STARTS + YEAR + DAY)
    at(town, STARTS + YEAR + DAY, forgetting.wipe_answered)
    assert (here(town), first in here(town)) == ([second], False)
    assert town.rows(t.address)[0].value is not None
    at(town, NOON + 2 * YEAR + 9 * DAY)
    at(town, NOON + 2 * YEAR + 9 * DAY, forgetting.wipe_answered)
    assert town.rows(t.address)[0].value is None


def test_many_go_a_lot_at_a_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_LOT", 2)
    for _ in range(5):
        town.neighbour()
    assert [at(town, STARTS + YEAR + DAY) for _ in range(4)] == [2, 2, 1, 0]


# --- logs ---------------------------------------------------------------------------------------------------------


def sent(town: Town, state: str = "sent", recipient: int | None = None, moment: datetime = NOON) -> int:
    """A message to the only address, with a receipt."""
    (phone,) = town.rows(t.address)
    row = {"sender_id": town.senders["sms"], "address_id": phone.id, "priority": 2, "state": state, "due_at": moment}
    rest = {"kind": "broadcast", "provider_id": "SM1", "recipient_id": recipient, "created_at": moment}
    made = put(town, t.outbox, **row, **rest)
    put(town, t.receipt, outbox_id=made, provider_id="SM1", rank=3, at=moment)
    return made


def ledger(town: Town) -> tuple[int, Mapping[str, int]]:
    """A broadcast's audience, and its recipients by state."""
    (told,) = town.rows(t.broadcast)

    def work(unit: Unit) -> dict[str, int]:
        counted = select(t.recipient.c.state, func.count()).group_by(t.recipient.c.state)
        return {row[0]: row[1] for row in unit.db.execute(counted)}

    return told.audience, town.store.read(work)


def test_delivery_logs_go_after_180_days_and_the_ledger_stays(town: Town) -> None:
    who = town.neighbour()
    (phone,) = town.rows(t.address)
    row = {"code": "B1", "idem": "b1", "kind": "invitation", "state": "done", "by": "test", "audience": 1}
    told = put(town, t.broadcast, **row, created_at=NOON, due_at=NOON)
    one = {"broadcast_id": told, "person_id": who, "address_id": phone.id, "state": "sent", "at": NOON}
    recipient = put(town, t.recipient, **one)
    sent(town, recipient=recipient)
    waits = sent(town, "pending")
    newest = sent(town, moment=NOON + DAY)
    put(town, t.receipt, outbox_id=None, provider_id="SM9", rank=3, at=NOON)
    before = ledger(town)
    assert at(town, NOON + 180 * DAY - timedelta(minutes=1), retention.drop_delivery_logs) == 0
    assert at(town, NOON + 190 * DAY, retention.drop_delivery_logs) > 0
    assert [row.id for row in town.rows(t.outbox)] == [waits, newest]  # a phone knows messages by these numbers
    assert town.rows(t.receipt) == []
    assert ledger(town) == before == (1, {"sent": 1})
    (kept,) = town.rows(t.recipient)
    assert (kept.person_id, kept.address_id) == (who, None)
    assert at(town, NOON + 190 * DAY, retention.drop_delivery_logs) == 0


def test_evidence_of_who_is_gone_goes_three_years_later(town: Town) -> None:
    gone, stays = town.neighbour(), town.neighbour()
    agreed(town, stays, purpose="news", lab_id=None)
    left = STARTS + YEAR + DAY
    assert at(town, left) == 1
    assert at(town, left + 3 * YEAR - DAY, retention.drop_evidence) == 0
    assert at(town, left + 3 * YEAR + DAY, retention.drop_evidence) == 1
    assert {row.person_id for row in town.rows(t.consent)} == {stays}
    assert gone not in here(town)


def test_what_a_human_has_handled_goes_after_180_days_and_what_waits_stays(town: Town) -> None:
    phone = town.address()
    row = {"address_id": phone, "reason": "asked", "at": NOON, "due_at": NOON + DAY}
    put(town, t.handover, **row, done_at=NOON + DAY)
    waits = put(town, t.handover, **row)
    put(town, t.not_understood, address_id=phone, text="quien eres", at=NOON)
    assert at(town, NOON + 180 * DAY - timedelta(minutes=1), retention.drop_handled) == 0
    assert at(town, NOON + 182 * DAY, retention.drop_handled) == 2
    assert [row.id for row in town.rows(t.handover)] == [waits]


# --- beside the fingerprint ---------------------------------------------------------------------------------------


def test_after_a_wipe_nothing_of_how_she_wanted_to_be_spoken_to_stays(store: Store) -> None:
    kit = Kit.on(store)
    phone = kit.phone()
    for reply in ("english", "USTED", "SANMARTIN", "2"):
        phone.say(reply)
    store.do(forgetting.wipe_answered)
    (left,) = kit.rows(t.address, "value", "lang", "form", "opted_out_at", "misses", "last_reply_at")
    assert tuple(left) == (None, "es", "", None, 0, None)


def test_who_left_stays_silent_after_the_wipe(store: Store) -> None:
    kit = Kit.on(store)
    phone = kit.phone()
    phone.say("SALIR")
    store.do(forgetting.wipe_answered)
    (left,) = kit.rows(t.address, "value", "opted_out_at")
    assert left.value is None
    assert left.opted_out_at is not None
    assert "ALTA" in phone.say("hola")[0].text
    phone.say("ALTA")
    store.do(lambda unit: unit.db.execute(update(t.address).values(forget=True)))
    store.do(forgetting.wipe_answered)
    assert kit.rows(t.address, "opted_out_at")[0].opted_out_at is None


def test_a_number_that_only_the_old_mark_held_silent_is_free_again(store: Store) -> None:
    """An address is held silent by the list of those who left, not by a date that nothing else knows of."""
    kit = Kit.on(store)
    kit.phone().say("hola")
    mark = {"forget": True, "opted_out_at": NOON}
    store.do(lambda unit: unit.db.execute(update(t.address).values(**mark)))
    store.do(lambda unit: unit.db.execute(update(t.outbox).values(state="sent")))
    store.do(forgetting.wipe_answered)
    assert kit.rows(t.address, "opted_out_at")[0].opted_out_at is None
