"""A permission that was taken back names the message that did it, like the one that gave it (people.md 4.1)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.message import Message
from bot.player import Phone
from storage import leaving, retention
from storage import tables as t
from storage.migrate import upgrade
from storage.store import Store
from tests.kit import Town
from tests.people.test_joining import comes, heard, later
from tests.people.test_permissions import ended, given
from tests.storage.test_migrations import connected, fill
from tests.storage.test_permissions_and_turns import before, neighbour, put


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín of the transcripts."""
    return Town.on(store)


def taken_back(town: Town) -> list[tuple[str, str | None, bool]]:
    """Purpose, how, and whether by the newest message, of each permission that does not stand."""
    rows = town.rows(t.consent, "purpose", "withdrawn_at", "withdrawn_how", "withdrawn_inbound_id")
    newest = max(row.id for row in town.rows(t.inbound, "id"))
    return [(row.purpose, row.withdrawn_how, row.withdrawn_inbound_id == newest) for row in rows if row.withdrawn_at]


@pytest.mark.parametrize("word", ["SALIR", "STOP", "ya no me escriban"])
def test_leaving_names_its_message(town: Town, word: str) -> None:
    phone, other = comes(town, "C"), comes(town, "C2")
    heard(other, "DATOS")
    heard(phone, word)
    assert taken_back(town) == [("lab", "exit", True)]


def test_saying_it_again_changes_no_evidence(town: Town) -> None:
    phone = comes(town, "C")
    heard(phone, "SALIR")
    first = town.rows(t.consent, "withdrawn_inbound_id", "withdrawn_at")
    later(town, hours=1)
    heard(phone, "SALIR")
    assert town.rows(t.consent, "withdrawn_inbound_id", "withdrawn_at") == first


def test_no_news_names_its_message(town: Town) -> None:
    phone = ended(town)
    heard(phone, "1")
    heard(phone, "SIN NOTICIAS")
    assert taken_back(town) == [("news", "asked", True)]


def test_a_stop_that_the_provider_answered_names_its_message(town: Town) -> None:
    phone = comes(town, "C")
    stop = Message(
        channel="sms",
        sender="simulator:sms",
        provider_id="SM-stop",
        address=phone.number,
        text="STOP",
        provider_answered="STOP",
    )
    town.app.receive(stop).result()
    assert taken_back(town) == [("lab", "exit", True)]


def test_what_a_provider_tells_without_a_message_names_none(town: Town) -> None:
    comes(town, "C")
    town.store.do(lambda unit: leaving.leave(unit, 1, "provider"))
    assert taken_back(town) == [("lab", "exit", False)]
    assert [row.withdrawn_inbound_id for row in town.rows(t.consent, "withdrawn_inbound_id")] == [None]


def test_erasing_is_the_end_of_each_permission(town: Town) -> None:
    phone = ended(town)
    heard(phone, "1")
    heard(phone, "BORRAR", "BORRAR")
    assert taken_back(town) == [("lab", "erased", True), ("news", "erased", True)]
    assert {row.person_id for row in town.rows(t.consent, "person_id")} == {None}
    later(town, days=3 * 366)
    town.store.do(retention.drop_evidence)
    assert town.count(t.consent) == 0


def test_who_had_left_before_left_by_that_message(town: Town) -> None:
    phone = comes(town, "C")
    heard(phone, "SALIR", "BORRAR", "BORRAR")
    assert taken_back(town) == [("lab", "exit", False)]


def published(town: Town, phone: Phone) -> None:
    """An idea of hers that she lets be shown with her name."""
    heard(phone, "IDEA", "Un puente sobre el río", "2")


def test_a_name_that_is_taken_back_names_its_message(town: Town) -> None:
    phone = comes(town, "C")
    published(town, phone)
    assert ("publish", True, None) in given(town), phone.screen[-1].text
    heard(phone, "QUITAR IDEA")
    while taken_back(town) == [] and "1 Si" in phone.screen[-1].text:
        heard(phone, "1")
    assert taken_back(town) == [("publish", "unpublished", True)]


# --- a no of who was never asked


def test_no_news_of_who_was_never_asked_is_a_refusal(town: Town) -> None:
    phone = comes(town, "C")
    told = heard(phone, "SIN NOTICIAS")
    assert given(town) == [("lab", True, None), ("news", False, None)]
    no = town.rows(t.consent, "purpose", "lab_id", "text", "lang", "inbound_id", "channel")[-1]
    newest = max(row.id for row in town.rows(t.inbound, "id"))
    assert (no.lab_id, no.text, no.lang, no.inbound_id, no.channel) == (None, "SIN NOTICIAS", "es", newest, "sms")
    assert heard(phone, "SIN NOTICIAS") == told
    assert len(given(town)) == 2


def test_who_refused_by_herself_is_not_asked(town: Town) -> None:
    phone = comes(town, "C")
    heard(phone, "SIN NOTICIAS")
    later(town, days=31)
    assert "otros laboratorios" not in heard(phone, "SANMARTIN", "2")
    assert "¿Te aviso de otros laboratorios" in heard(phone, "NOTICIAS")
    heard(phone, "1")
    assert given(town)[1:] == [("news", False, None), ("news", True, None)]


# --- what was taken back before 0013

THEN, LATER = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)


def test_what_was_taken_back_before_names_its_message_where_one_came_then(bare_url: str, secret: str) -> None:
    upgrade(bare_url, "0012", secrets=secret)
    with connected(bare_url) as db:
        fill(db)
        how = {"withdrawn_how": "exit"}
        kept = {
            "salir": neighbour(db, 1, THEN, withdrawn_at=THEN, **how),
            "by the provider": neighbour(db, 2, THEN, withdrawn_at=LATER, **how),
            "joined": neighbour(db, 3, THEN, withdrawn_at=THEN, withdrawn_how="joined"),
            "stands": neighbour(db, 4, None, withdrawn_how=None),
        }
        phones = {row.fingerprint: row.id for row in db.execute(select(before(db, "address")))}
        said = {
            n: put(db, "inbound", address_id=phones[f"1:{n}0"], provider_id=f"m{n}", received_at=THEN)
            for n in (1, 2, 3, 4)
        }
    upgrade(bare_url, secrets=secret)
    with connected(bare_url) as db:
        rows = {row.id: row.withdrawn_inbound_id for row in db.execute(select(t.consent))}
    told = {name: rows[id] for name, id in kept.items()}
    assert told == {"salir": said[1], "by the provider": None, "joined": None, "stands": None}
