"""A sender that has stopped: the operator hears of it by another one, once for each stop."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.actions import alert
from storage import closures, people, senders
from storage import tables as t
from storage.clock import to
from storage.store import Store, Unit
from tests.kit import Town

TO = "sms:+50769990000,telegram:777"


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


def halt(town: Town, name: str, why: str = "the token is not valid") -> None:
    sender = town.store.read(lambda unit: next(s for s in senders.senders(unit) if s.name == name))
    town.store.do(lambda unit: senders.halt(unit, sender.id, why))


def look(town: Town, to: str = TO) -> int:
    return town.store.do(lambda unit: alert.due(unit, town.app.catalogues, to))


def told(town: Town) -> list[tuple[str, str]]:
    """(channel, text) of every notice."""
    query = (
        select(t.address.c.channel, t.outbox.c.body)
        .join(t.address, t.address.c.id == t.outbox.c.address_id)
        .where(t.outbox.c.kind == "notice")
        .order_by(t.outbox.c.id)
    )
    return town.store.read(lambda unit: [(c, json.loads(body)["text"]) for c, body in unit.db.execute(query)])


def test_it_is_told_by_the_channels_that_still_send(town: Town) -> None:
    halt(town, "simulator:telegram")
    assert look(town) == 1
    assert told(town) == [
        (
            "sms",
            "Convoca: simulator:telegram dejo de enviar. Esperan 0 mensajes. Motivo: the token is not valid."
            " Que hacer: convoca check",
        )
    ]
    assert town.count(t.audit_event, kind="sender_halted", subject="simulator:telegram") == 1


def test_once_for_each_stop(town: Town) -> None:
    halt(town, "simulator:telegram")
    assert [look(town), look(town)] == [1, 0]
    town.store.do(lambda unit: senders.resume(unit, "simulator:telegram"))
    halt(town, "simulator:telegram", "no credit")
    assert look(town) == 1
    assert len(told(town)) == 2


def test_with_nobody_to_tell_it_is_in_the_audit_log_all_the_same(town: Town) -> None:
    halt(town, "simulator:sms")
    assert look(town, "") == 1
    assert told(town) == []
    assert town.count(t.audit_event, kind="sender_halted") == 1


def test_a_long_reason_is_cut(town: Town) -> None:
    halt(town, "simulator:telegram", "x" * 500)
    look(town)
    assert len(told(town)[0][1]) < 200


# --- one country ----------------------------------------------------------------------------------------------------


def close(town: Town, seconds: float = 0.0) -> None:
    """Colombia is closed to the SMS sender."""

    def work(unit: Unit) -> None:
        sender = next(s for s in senders.senders(unit) if s.name == "simulator:sms")
        at = people.lock_address(unit, "sms", "+573001234567")
        people.set_address(unit, at.id, country="CO")
        closures.close(unit, sender.id, at.id, seconds, "Twilio 30034: our number is not registered for this country")

    town.store.do(work)


def test_a_closed_country_is_told_once_by_the_other_channel_and_by_the_same_to_other_countries(town: Town) -> None:
    close(town)
    close(town)
    assert [look(town), look(town)] == [1, 0]
    assert [channel for channel, _ in told(town)] == ["sms", "telegram"]
    assert told(town)[0][1] == (
        "Convoca: simulator:sms (CO) dejo de enviar. Esperan 0 mensajes. Motivo: Twilio 30034: our number is not"
        " registered for this country. Que hacer: convoca check"
    )
    assert town.count(t.audit_event, kind="country_closed", subject="simulator:sms CO") == 1


def test_nobody_is_told_in_the_country_that_is_closed(town: Town) -> None:
    close(town)
    look(town, "sms:+573009876543,telegram:777")
    assert [channel for channel, _ in told(town)] == ["telegram"]


def test_a_country_that_is_held_again_every_half_hour_is_told_once_a_day(town: Town) -> None:
    close(town, 1800.0)
    assert look(town) == 1
    town.store.do(lambda unit: to(unit, unit.now + timedelta(minutes=40)))
    close(town, 1800.0)
    assert look(town) == 0
    town.store.do(lambda unit: to(unit, unit.now + timedelta(days=2)))
    close(town, 1800.0)
    assert look(town) == 1
