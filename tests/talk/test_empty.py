"""Before any plan is loaded, and with a lab that took its authorisation back: everybody is answered all the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.app import App
from bot.player import Phone
from storage import forgetting, senders
from storage import tables as t
from storage.store import Store, Unit
from tests.conftest import Clock
from tests.kit import CHANNELS, Town, parts

WORDS = ["hola", "AYUDA", "PRIVACIDAD", "PERSONA", "DATOS", "BORRAR", "IDIOMA", "MENU", "NO VOY", "OTRA", "ELEGIR",
         "LABS", "IDEA", "CANCELAR", "USTED", "COPIA", "RECIBO", "SOY ANA", "kkkk", "(1)", "SALIR"]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_without_any_lab_every_word_is_answered(store: Store, word: str) -> None:
    app = App(store, parts())
    for channel in CHANNELS:
        store.do(lambda unit, c=channel: senders.ensure(unit, f"simulator:{c}", c, "simulator", 30.0))  # type: ignore[misc]
        told = Phone(app, channel, "+50760000009").say(word)
        assert len(told) == 1
        assert "Algo fall" not in told[0].text


def comarca(unit: Unit) -> None:
    """San Martín becomes a lab in a comarca, authorised."""
    unit.db.execute(update(t.lab).where(t.lab.c.slug == "san-martin").values(setting="comarca"))
    lab_id = unit.db.execute(t.lab.select().where(t.lab.c.slug == "san-martin")).one().id
    paper = {"authority": "Congreso", "signed_by": "x", "signed_on": date(2026, 1, 1), "scope": ["convene"]}
    unit.db.execute(t.community_authorisation.insert().values(lab_id=lab_id, **paper))


def test_a_withdrawn_authorisation_silences_the_lab_at_once(store: Store) -> None:
    town = Town.on(store)
    store.do(comarca)
    assert "Convoca" in town.phone("sms", "C").say("SANMARTIN")[0].text
    store.do(lambda unit: unit.db.execute(update(t.community_authorisation).values(withdrawn_at=unit.now)))
    for said in ("SANMARTIN", "/start lab-san-martin", "/start s-sm1", "SANMARTN"):
        phone = Phone(town.app, "telegram", "+50760000008")
        told = phone.say(said)[0].text
        assert "Aceptas" not in told  # the other San Martín may be offered
        assert "Casa Comunal" not in told


def test_words_go_after_thirty_days_and_ids_stay(store: Store, clock: Clock) -> None:
    town = Town.on(store)
    phone = town.phone()
    for said in ("SANMARTIN", "1", "Ana", "1", "kkkk"):
        phone.say(said)
    town.store.do(forgetting.wipe_old_words)
    assert all(row.payload for row in town.rows(t.inbound, "payload"))
    clock.forward(days=30, seconds=5)
    town.store.do(forgetting.wipe_old_words)
    assert [row.payload for row in town.rows(t.inbound, "payload")] == [None] * 5
    assert [row.body for row in town.rows(t.outbox, "body")] == [None] * 5
    assert [row.text for row in town.rows(t.not_understood, "text")] == [None]
    assert len(town.rows(t.inbound, "provider_id")) == 5
    assert timedelta(days=30) == forgetting.WORDS_STAY
