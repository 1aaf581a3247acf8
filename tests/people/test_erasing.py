"""What is kept of a person: sealed at rest, nowhere after BORRAR, nothing before a yes (people.md 4 and 14)."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.actions import announce
from bot.clock import OWN
from bot.player import Phone
from storage import people
from storage import tables as t
from storage.sealed import Sealed
from storage.store import Store, Unit
from tests.kit import BEGINS, CHANNELS, Town
from tests.people.places import traces
from tests.steady import steady

NUMBER, OTHER = "+50769241573", "+50761180942"
NAME, COMPANION, GUARDIAN = "Yolotzin", "Quetzalli", "Tlahuicole"
SURNAME, WORDS = "Xochipilli", "me duele la muela"
PERSONAL = (NUMBER[1:], NUMBER[4:], NAME, COMPANION, SURNAME, WORDS)

# A whole story: a slip, a companion, who writes, what we hold, a correction, a human, the language, the form.
STORY = [
    "SANMARTIN", "quien eres", "1", NAME, "1", "1", "mi esposo tambien", "1", COMPANION, "1", "1", f"SOY {NAME}",
    f"{COMPANION} NO VOY", "2", f"{NAME} {WORDS}", f"SOY {COMPANION}", f"soy {NAME.lower()}", "DATOS", "1", "1", NAME,
    "PERSONA", "USTED", "ENGLISH", "ESPAÑOL", "IDIOMA", "MENU", WORDS, WORDS, "CANCELAR", "2",
]  # fmt: skip


def told(town: Town, channel: str, replies: list[str], number: str = NUMBER) -> Phone:
    phone = Phone(town.app, channel, number, "" if channel == "sms" else f"{NAME} {SURNAME}")
    for reply in replies:
        phone.say(reply)
    return phone


def forgotten(town: Town) -> None:
    """The clock has looked at who is to be forgotten."""
    for tick in OWN:
        town.store.do(tick.work)


def joined(town: Town, channel: str = "sms", number: str = NUMBER) -> Phone:
    """Somebody who has said yes and has a place; a profile name is offered where there is one."""
    phone = told(town, channel, ["SANMARTIN", "1", NAME, "1", "1"], number)
    assert town.count(t.registration, state="registered") == 1
    return phone


# --- at rest, and after BORRAR ------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_a_person_is_sealed_at_rest_and_nowhere_after_borrar(lines: io.StringIO, store: Store, channel: str) -> None:
    town = Town.on(store)
    phone = told(town, channel, STORY)
    assert town.count(t.person) == 2
    assert traces(store, *PERSONAL) == []
    assert NAME in str(town.rows(t.person, "name"))
    assert town.rows(t.address, "value")[0].value == NUMBER

    for reply in ("BORRAR", "2", "BORRAR"):
        phone.say(reply)
    assert "omprobante" in phone.screen[-1].text
    assert town.count(t.contact) == town.count(t.talk) == town.count(t.not_understood) == 0
    assert [row.name for row in town.rows(t.person, "name")] == [None, None]
    forgotten(town)
    assert town.count(t.handover) == 0
    assert nothing_sealed_is_left(town)
    assert traces(store, *PERSONAL) == []
    assert not [word for word in PERSONAL if word.lower() in lines.getvalue().lower()]
    assert "INSERT INTO person" in lines.getvalue()  # they were talkative


def nothing_sealed_is_left(town: Town) -> bool:
    """No sealed column of any table holds anything: the only person of this database is gone."""
    sealed = [c for table in t.metadata.sorted_tables for c in table.columns if isinstance(c.type, Sealed)]
    assert {f"{c.table.name}.{c.name}" for c in sealed} >= {
        "person.name",
        "address.value",
        "inbound.payload",
        "talk.args",
    }
    left = {
        f"{c.table.name}.{c.name}": [row for row in town.rows(c.table, c.name) if row[0] is not None] for c in sealed
    }
    assert {place: rows for place, rows in left.items() if rows} == {}
    return True


def test_a_turn_that_fails_tells_the_log_nothing_of_the_person(
    lines: io.StringIO, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, name: str, **__: object) -> None:
        raise ValueError(f"{name} at {NUMBER}")

    town = Town.on(store)
    monkeypatch.setattr("storage.people.admit", broken)
    phone = told(town, "sms", ["SANMARTIN", "1", NAME, "1"])
    assert phone.screen[-1].text.startswith("Perdon.")
    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    (failed,) = [line for line in written if line["event"] == "turn failed"]
    assert failed["error"] == "ValueError"
    assert not [word for word in PERSONAL if word.lower() in lines.getvalue().lower()]


def test_what_counts_stays_without_the_person(store: Store) -> None:
    town = Town.on(store)
    phone = joined(town)
    (before,) = town.rows(t.consent, "person_id", "fingerprint", "text_version", "text", "at", "answer")
    phone.say("BORRAR")
    phone.say("BORRAR")
    forgotten(town)
    (after,) = town.rows(t.consent, "person_id", "fingerprint", "text_version", "text", "at", "answer")
    assert before.person_id is not None
    assert after.person_id is None
    assert after[1:] == before[1:]
    (place,) = town.rows(t.registration, "person_id", "state")
    assert (place.person_id, place.state) == (None, "cancelled")
    (proof,) = town.rows(t.erasure, "code", "done_at", "backups_until", "people")
    assert proof.code in phone.screen[-1].text
    assert (proof.backups_until - proof.done_at, proof.people) == (timedelta(days=35), 1)


def test_one_of_two_on_a_phone_is_erased_and_the_other_stays(store: Store) -> None:
    town = Town.on(store)
    phone = told(town, "sms", ["SANMARTIN", "1", NAME, "1", "1", "mi esposo tambien", "1", COMPANION, "1", "1"])
    for reply in (f"SOY {COMPANION}", "BORRAR", "1", "BORRAR"):
        phone.say(reply)
    forgotten(town)
    assert [row.name for row in town.rows(t.person, "name")] == [NAME, None]
    assert town.rows(t.address, "value")[0].value == NUMBER
    assert town.count(t.registration, state="registered") == 1
    assert phone.say("SANMARTIN")[0].text.startswith(f"Ya estas en la lista, {NAME}.")


def test_who_was_erased_may_come_back_as_a_stranger(store: Store) -> None:
    town = Town.on(store)
    phone = joined(town)
    first = phone.screen[0].text
    for reply in ("BORRAR", "BORRAR"):
        phone.say(reply)
    forgotten(town)
    assert phone.say("DATOS")[-1].text == "No tengo datos tuyos."
    assert phone.say("SANMARTIN")[0].text == first
    for reply in ("1", NAME, "1", "1"):
        phone.say(reply)
    assert [row.erased_at is None for row in town.rows(t.person, "erased_at")] == [False, True]
    assert town.count(t.address) == 1
    assert town.count(t.registration, state="registered") == 1


# --- leaving survives ---------------------------------------------------------------------------------------------


def reach_everybody(town: Town) -> list[Any]:
    """Invite the whole lab; who was told, and why not."""

    def work(unit: Unit) -> None:
        seen = announce.preview(unit, town.app.catalogues, "sm1")
        announce.announce(unit, town.app.catalogues, "sm1", "test", seen.people)

    town.store.do(work)
    return town.rows(t.recipient, "state", "reason")


def imported(town: Town) -> None:
    """A list brings the same number in again, with a permission."""

    def work(unit: Unit) -> None:
        at = people.lock_address(unit, "sms", NUMBER)
        sender = unit.db.execute(select(t.sender.c.id).where(t.sender.c.name == "simulator:sms")).scalar_one()
        unit.db.execute(update(t.address).where(t.address.c.id == at.id).values(value=NUMBER, sender_id=sender))
        lab = unit.db.execute(select(t.lab).where(t.lab.c.slug == "san-martin")).one()
        who = people.admit(unit, at.id, name=NAME, age_band="adult", lang="es", territory_id=lab.territory_id)
        at_ = unit.now.isoformat()
        people.consented(
            unit, who, at.id, purpose="lab", lab_id=lab.id, text="Lista", lang="es", inbound_id=None, at=at_
        )

    town.store.do(work)


def test_leaving_survives_erasure_and_a_new_import(store: Store) -> None:
    town = Town.on(store)
    phone = joined(town)
    phone.say("SALIR")
    asked = phone.say("BORRAR")  # leaving names this word, so it is heard after leaving too
    assert asked[0].text.endswith("escribe BORRAR.")
    assert phone.say("hola")[0].text == "Para confirmar, escribe solo BORRAR."
    assert "omprobante" in phone.say("BORRAR")[0].text
    forgotten(town)
    assert town.rows(t.address, "value")[0].value is None
    assert town.count(t.suppression) == 1
    assert phone.say("hola")[0].text == "Este numero salio y no recibe mensajes. Para volver, escribe ALTA."
    imported(town)
    assert [tuple(row) for row in reach_everybody(town)] == [("skipped", "opted_out")]
    assert phone.read() == []


def test_on_a_shared_phone_that_left_everything_can_still_be_erased(store: Store) -> None:
    town = Town.on(store)
    phone = told(town, "telegram", ["SANMARTIN", "1", "1", "1", "1", "mi esposo tambien", "1", COMPANION, "1", "1"])
    phone.say("SALIR")
    assert phone.say("BORRAR")[0].options
    assert "escribe BORRAR" in phone.tap("Todos los de este usuario")[0].text
    assert "omprobante" in phone.say("BORRAR")[0].text
    assert town.count(t.contact) == 0


def test_without_leaving_an_erased_person_may_be_invited_after_a_new_yes(store: Store) -> None:
    town = Town.on(store)
    phone = joined(town)
    for reply in ("BORRAR", "BORRAR"):
        phone.say(reply)
    forgotten(town)
    imported(town)
    assert [tuple(row) for row in reach_everybody(town)] == [("pending", None)]


# --- before a yes -------------------------------------------------------------------------------------------------


def only_against_replay(town: Town) -> None:
    """(sender, provider id) of what came and the fingerprint: nothing else that leads to the phone."""
    for table in (t.person, t.contact, t.consent, t.talk, t.not_understood, t.handover, t.registration):
        assert town.count(table) == 0, table.name
    assert nothing_sealed_is_left(town)
    assert town.count(t.inbound) > 0
    assert all(row.provider_id for row in town.rows(t.inbound, "provider_id"))
    assert all(row.fingerprint for row in town.rows(t.address, "fingerprint"))
    assert traces(town.store, *PERSONAL, GUARDIAN) == []


@pytest.mark.parametrize(
    "replies",
    [
        ["SANMARTIN", "2"],
        [
            f"soy {NAME} y {WORDS}",
            "SANMARTIN",
            "PRIVACIDAD",
            WORDS,
            WORDS,
            "PERSONA",
            "2",
        ],  # the first words are kept as typed
        ["SANMARTIN", "1", NAME, "3"],  # under 14: an adult must write
        ["SANMARTIN", "1", NAME, "2", "BORRAR"],  # 14 to 17, and the adult does not want it
    ],
    ids=["no", "words, then no", "child", "gives up"],
)
def test_after_a_no_nothing_stays_once_the_answer_has_left(store: Store, replies: list[str]) -> None:
    town = Town.on(store)
    assert all(told(town, channel, replies).screen for channel in CHANNELS)
    assert traces(store, *PERSONAL) == []
    forgotten(town)
    only_against_replay(town)


@pytest.mark.parametrize(
    "replies",
    [["SANMARTIN"], [f"soy {NAME}"], ["SANMARTIN", "1", NAME], ["SANMARTN"], ["SANMARTIN", "1", NAME, "2", GUARDIAN]],
    ids=["notice", "words", "name", "slip", "guardian"],
)
def test_seven_days_without_a_yes_and_nothing_stays(store: Store, replies: list[str]) -> None:
    town = Town.on(store)
    phones = [told(town, channel, replies) for channel in CHANNELS]
    town.at(BEGINS + timedelta(days=6, hours=23))
    forgotten(town)
    assert {row.value for row in town.rows(t.address, "value")} == {NUMBER}
    town.at(BEGINS + timedelta(days=7, minutes=5))
    forgotten(town)
    only_against_replay(town)
    assert [phone.read() for phone in phones] == [[], [], []]  # it is wiped without a word


# --- the evidence of a permission ---------------------------------------------------------------------------------


DETOURS: tuple[list[str], ...] = ([], ["quien eres"], ["AYUDA", "REPETIR"], ["PRIVACIDAD"])


@pytest.mark.parametrize(
    ("channel", "chosen"), [("sms", ""), ("sms", "english"), ("whatsapp", "USTED"), ("telegram", "")]
)
def test_the_permission_holds_the_words_that_were_shown(store: Store, channel: str, chosen: str) -> None:
    town = Town.on(store)
    for n, detour in enumerate(DETOURS):
        phone = told(town, channel, [chosen] if chosen else [], f"{NUMBER[:-1]}{n}")
        already = len(phone.screen)
        for reply in ("SANMARTIN", *detour):
            phone.say(reply)
        shown = [message.text for message in phone.screen[already:]]
        answered = town.rows(t.inbound, "id")[-1].id + 1
        for reply in ("1", NAME, "1"):
            phone.say(reply)
        row = town.rows(t.consent, "text", "text_version", "lang", "channel", "inbound_id", "answer", "purpose")[n]
        assert row.text in shown
        assert row.text_version == people.text_version(row.text)
        lang = "en" if chosen == "english" else "es"
        assert (row.lang, row.channel, row.answer, row.purpose) == (lang, channel, True, "lab")
        assert row.inbound_id == answered


def test_other_words_are_another_version(store: Store) -> None:
    town = Town.on(store)
    joined(town)
    new = {"short_name": "la Junta Nueva"}
    store.do(lambda unit: unit.db.execute(update(t.organisation).values(**new)))
    told(town, "sms", ["SANMARTIN", "1", COMPANION, "1", "1"], OTHER)
    old, fresh = town.rows(t.consent, "text", "text_version")
    assert ("la Junta Nueva" in old.text, "la Junta Nueva" in fresh.text) == (False, True)
    assert old.text_version != fresh.text_version
    assert people.text_version(old.text) == old.text_version  # the same words are the same version


def test_a_teenager_has_two_permissions_each_with_its_words(store: Store) -> None:
    town = Town.on(store)
    phone = told(town, "whatsapp", ["SANMARTIN", "1", "1", "2", f"ACEPTO {GUARDIAN}"])
    shown = [message.text for message in phone.screen]
    rows = town.rows(t.consent, "text", "inbound_id")
    assert [row.text in shown for row in rows] == [True, True]
    assert rows[0].text != rows[1].text
    assert GUARDIAN not in rows[1].text


# --- how she is addressed -----------------------------------------------------------------------------------------


def test_the_form_of_address_and_the_language_stay_as_chosen(store: Store) -> None:
    town = Town.on(store)
    phone = told(town, "whatsapp", ["USTED", "SANMARTIN"])
    assert "¿Acepta?" in phone.screen[-1].text
    for reply in ("1", "1", "1", "1"):
        phone.say(reply)
    assert [(row.form, row.lang) for row in town.rows(t.person, "form", "lang")] == [("usted", "es")]
    town.at(BEGINS + timedelta(days=3))
    assert "escriba" in phone.say("USTED")[0].text
    assert "¿Qué quiere?" in phone.say("MENU")[0].text
    phone.say("english")
    assert "What would you like" in phone.say("MENU")[0].text or "What do you want" in phone.screen[-1].text
    phone.say("español")
    assert "¿Qué quiere?" in phone.say("MENU")[0].text  # 'usted' was not forgotten meanwhile
    phone.say("TU")
    assert "¿Qué quieres?" in phone.say("MENU")[0].text
    assert steady(town) == {"menu"}


@pytest.mark.parametrize("no", ["no", "No.", "nop", "👎"])
def test_a_no_to_the_confirmation_erases_nothing_and_asks_no_more(store: Store, no: str) -> None:
    town = Town.on(store)
    phone = joined(town)
    assert [phone.say(word)[-1].text for word in ("BORRAR", no)][-1] == "Esta bien. No borre nada."
    assert town.count(t.talk) == 0
    assert town.count(t.person, erased_at=None) == 1


def test_a_corrected_name_is_said_at_once_in_every_question_that_waits(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    for word in ("SANMARTIN", "1", "38 años", "Mrta", "1", "CORREGIR", "1", "Marta"):
        phone.say(word)
    assert phone.say("1")[-1].text.startswith("Listo, Marta.")
