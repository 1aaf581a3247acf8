"""A permission is a row for each purpose; what she takes back, and takes up again, stands in it (people.md 4.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.player import Phone
from storage import allowed, audiences, labs, leaving, own_copy, people, permissions
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import PANAMA, Town
from tests.people.test_joining import comes, heard, join, later

AFTER_ALL = datetime(2026, 12, 13, 9, tzinfo=PANAMA)  # the lab has met, and no date is ahead


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín of the transcripts."""
    return Town.on(store)


def given(town: Town) -> list[tuple[str, bool, str | None]]:
    """Purpose, answer, and how it was taken back, of each row."""
    rows = town.rows(t.consent, "purpose", "answer", "withdrawn_at", "withdrawn_how")
    assert all((row.withdrawn_at is None) == (row.withdrawn_how is None) for row in rows)
    return [(row.purpose, row.answer, row.withdrawn_how) for row in rows]


def ended(town: Town, channel: str = "sms") -> Phone:
    """Rosa, who asks for the next meeting of a lab that has none."""
    phone = comes(town, "C", channel)
    town.at(AFTER_ALL)
    heard(phone, "SANMARTIN", "2")
    return phone


def audience(town: Town, lab: str = "san-martin") -> list[int]:
    """Whom an invitation of this lab would concern."""

    def work(unit: Unit) -> list[int]:
        found = labs.lab(unit, lab)
        assert found is not None
        return sorted(row.person_id for row in unit.db.execute(audiences.permitting(found.id)))

    return town.store.do(work)


# --- leaving ------------------------------------------------------------------------------------------------------


def test_salir_takes_back_what_she_agreed_to_and_alta_agrees_to_it_anew(town: Town) -> None:
    phone = comes(town, "C")
    heard(phone, "SALIR")
    assert given(town) == [("lab", True, "exit")]
    assert audience(town) == [1]  # the ledger counts who does not receive
    later(town, days=1)
    heard(phone, "ALTA", "ALTA")
    assert given(town) == [("lab", True, "exit"), ("lab", True, None)]
    first, again = town.rows(t.consent, "text", "text_version", "lang", "channel", "fingerprint", "inbound_id", "at")
    assert again[:5] == first[:5]
    assert (again.at - first.at >= timedelta(days=1), again.inbound_id > first.inbound_id) == (True, True)


def test_each_leaving_is_a_row_of_its_own(town: Town) -> None:
    phone = comes(town, "C")
    heard(phone, "SALIR", "SALIR", "ALTA", "SALIR", "ALTA")
    assert given(town) == [("lab", True, "exit"), ("lab", True, "exit"), ("lab", True, None)]


def test_what_the_provider_answered_is_evidence_too(town: Town) -> None:
    comes(town, "C")
    town.store.do(lambda unit: leaving.leave(unit, 1, "provider"))
    assert given(town) == [("lab", True, "exit")]
    town.store.do(lambda unit: leaving.come_back(unit, 1))
    assert given(town) == [("lab", True, "exit"), ("lab", True, None)]


def test_a_shared_number_leaves_for_all_who_have_no_other(town: Town) -> None:
    phone, own = comes(town, "C"), town.phone("telegram", "C2")
    join(phone, own)
    heard(phone, "OTRA", "1", "Luis", "1", "2")
    heard(phone, "SALIR")
    taken_back = {row.person_id for row in town.rows(t.consent, "person_id", "withdrawn_at") if row.withdrawn_at}
    assert taken_back == {2}  # Rosa goes on at the phone that is hers alone
    heard(own, "SALIR")
    heard(phone, "ALTA")
    live = {row.person_id for row in town.rows(t.consent, "person_id", "withdrawn_at") if row.withdrawn_at is None}
    assert live == {2}  # on a shared number anybody could write it: hers comes back where she left


def test_who_left_on_one_phone_of_hers_is_asked_anew_on_the_other(town: Town) -> None:
    first, second = comes(town, "C"), town.phone("telegram", "C2")
    join(first, second)
    heard(first, "SALIR")
    later(town, days=1)
    assert "¿Aceptas?" in heard(second, "SANMARTIN")
    heard(second, "1")
    assert given(town) == [("lab", True, "exit"), ("lab", True, None)]


def test_what_is_published_is_another_matter(town: Town) -> None:
    comes(town, "C")

    def work(unit: Unit) -> None:
        said: dict[str, Any] = {"text": "¿Con tu nombre?", "lang": "es", "inbound_id": None, "at": unit.now.isoformat()}
        people.consented(unit, 1, 1, purpose="publish", lab_id=None, **said)

    town.store.do(work)
    heard_again = town.store.do(lambda unit: permissions.left(unit, 1))
    assert heard_again == 1
    assert ("publish", True, None) in given(town)


# --- news of other labs -------------------------------------------------------------------------------------------


def test_news_are_asked_of_who_wants_to_hear_of_the_next_meeting(town: Town) -> None:
    phone = ended(town)
    asked = phone.screen[-1].text
    assert "¿Te aviso de otros laboratorios en San Martin? 1 Si 2 No" in asked
    assert "SIN NOTICIAS" in heard(phone, "1")
    assert given(town) == [("lab", True, None), ("news", True, None)]
    [shown] = [row for row in town.rows(t.consent, "purpose", "text", "inbound_id", "lang") if row.purpose == "news"]
    assert (shown.text, shown.inbound_id is not None, shown.lang) == (asked, True, "es")


@pytest.mark.parametrize("again", [("SANMARTIN", "2"), ("SANMARTIN", "2", "2")])
def test_news_are_asked_once(town: Town, again: tuple[str, ...]) -> None:
    phone = ended(town)
    assert heard(phone, "2") == "Esta bien. Solo te escribo de este laboratorio."
    assert given(town) == [("lab", True, None), ("news", False, None)]
    assert "otros laboratorios" not in heard(phone, *again)
    assert len(given(town)) == 2


def test_a_no_is_taken_back_by_her_own_word(town: Town) -> None:
    phone = ended(town)
    heard(phone, "2")
    assert "¿Te aviso de otros laboratorios" in heard(phone, "NOTICIAS")
    heard(phone, "1")
    assert heard(phone, "NOTICIAS").startswith("Ya te aviso de otros laboratorios en San Martin.")
    assert given(town)[1:] == [("news", False, None), ("news", True, None)]


def test_sin_noticias_takes_back_news_and_nothing_else(town: Town) -> None:
    phone = ended(town)
    heard(phone, "1")
    told = heard(phone, "SIN NOTICIAS")
    assert told == heard(phone, "sin noticias")
    assert "Sigues en las invitaciones" in told
    assert given(town) == [("lab", True, None), ("news", True, "asked")]


def other_lab(town: Town, territory: str) -> None:
    """Another laboratory there."""

    def work(unit: Unit) -> None:
        one = unit.db.execute(select(t.lab).where(t.lab.c.slug == "san-martin")).mappings().one()
        where = unit.db.execute(select(t.territory.c.id).where(t.territory.c.slug == territory)).scalar_one()
        new = {"slug": "other", "keyword": "OTHERLAB", "territory_id": where}
        unit.db.execute(t.lab.insert().values({k: v for k, v in one.items() if k != "id"} | new))

    town.store.do(work)


def home(town: Town) -> str:
    [row] = [row for row in town.rows(t.lab, "slug", "territory_id") if row.slug == "san-martin"]
    return str(next(one.slug for one in town.rows(t.territory, "id", "slug") if one.id == row.territory_id))


def test_news_of_other_labs_are_of_the_place_they_were_agreed_to(town: Town) -> None:
    phone = ended(town)
    other_lab(town, home(town))
    assert audience(town, "other") == []
    heard(phone, "1")
    assert audience(town, "other") == [1]
    heard(phone, "SIN NOTICIAS")
    assert audience(town, "other") == []


def test_nowhere_else(town: Town) -> None:
    phone = ended(town)
    elsewhere = next(one.slug for one in town.rows(t.territory, "slug") if one.slug != home(town))
    other_lab(town, elsewhere)
    heard(phone, "1")
    assert audience(town, "other") == []


def queued(unit: Unit, lab: str) -> None:
    """A message of this lab waits for Rosa."""
    lab_id = unit.db.execute(select(t.lab.c.id).where(t.lab.c.slug == lab)).scalar_one()
    made = {"kind": "story", "idem": f"story:{lab}", "by": "test", "state": "sending", "lab_id": lab_id}
    row = made | {"code": lab[:4].upper(), "due_at": unit.now, "expires_at": unit.now + timedelta(days=9)}
    columns = {name: value for name, value in row.items() if name in t.broadcast.c}
    act = unit.db.execute(t.broadcast.insert().values(**columns, created_at=unit.now).returning(t.broadcast.c.id))
    hers = {"person_id": 1, "address_id": 1, "channel": "sms", "state": "pending", "at": unit.now}
    columns = {name: value for name, value in hers.items() if name in t.recipient.c}
    to = unit.db.execute(
        t.recipient.insert().values(**columns, broadcast_id=act.scalar_one()).returning(t.recipient.c.id)
    ).scalar_one()
    sender = unit.db.execute(select(t.address.c.sender_id).where(t.address.c.id == 1)).scalar_one()
    sent = {"address_id": 1, "sender_id": sender, "kind": "broadcast", "state": "pending", "recipient_id": to}
    more = {"priority": 2, "due_at": unit.now + timedelta(days=1), "created_at": unit.now, "person_id": 1}
    unit.db.execute(t.outbox.insert().values(**{k: v for k, v in (sent | more).items() if k in t.outbox.c}))


def test_what_waits_because_of_it_is_not_sent(town: Town) -> None:
    phone = ended(town)
    heard(phone, "1")
    other_lab(town, home(town))
    town.store.do(lambda unit: queued(unit, "san-martin"))
    town.store.do(lambda unit: queued(unit, "other"))
    heard(phone, "SIN NOTICIAS")
    stands = [(row.state, row.reason) for row in town.rows(t.recipient, "state", "reason")][-2:]
    assert stands == [("pending", None), ("skipped", "no_consent")]
    assert town.store.do(lambda unit: allowed.stop_unwanted(unit, 1)) == 0


def test_who_stopped_us_at_the_provider_gets_no_news(town: Town) -> None:
    phone = ended(town)
    heard(phone, "1")
    town.store.do(lambda unit: leaving.stop_news(unit, 1))
    assert given(town) == [("lab", True, None), ("news", True, "provider")]
    heard(phone, "ALTA")
    assert given(town)[-1] == ("news", True, None)


# --- told ---------------------------------------------------------------------------------------------------------


def test_datos_and_the_copy_tell_it(town: Town) -> None:
    phone = ended(town, "telegram")
    heard(phone, "1")
    assert "Noticias de otros laboratorios: sí" in heard(phone, "DATOS")
    heard(phone, "SIN NOTICIAS")
    assert "Noticias de otros laboratorios: no" in heard(phone, "DATOS")
    heard(phone, "SALIR")
    told = heard(phone, "DATOS")
    assert "Permiso retirado: domingo 13 dic" in told
    assert "Laboratorio: San Martín" in told
    rows = town.store.do(lambda unit: own_copy.everything(unit, 1))["permissions"]
    assert [(row["purpose"], row["withdrawn_how"]) for row in rows] == [("lab", "exit"), ("news", "asked")]


def test_datos_by_sms_tells_it(town: Town) -> None:
    phone = ended(town)
    heard(phone, "1")
    assert "Recibes noticias de otros laboratorios." in heard(phone, "DATOS")
    heard(phone, "SALIR")
    assert "Permiso retirado el dom 13 dic." in heard(phone, "DATOS")
