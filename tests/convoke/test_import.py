"""First contact from a list: who is refused and why, what is kept, and that each number is asked once in its life."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from bot import listfile
from bot.actions import import_people as importing
from bot.actions.import_people import List
from bot.broadcast import Ledger
from bot.errors import Refused
from bot.kinds import YesNo
from bot.listfile import Why
from bot.sms import sms_text
from storage import forgetting, leaving, lists, people, senders
from storage import tables as t
from storage.store import Store, Unit
from storage.unit import Work
from tests.convoke.acts import adds_up
from tests.kit import Town, parts
from tests.talk.test_turn import Crash, dying

SOURCE = "la lista del primer laboratorio"
ANA, BEA, CLARA = "+50760000001", "+50760000002", "+50760000003"
LANDLINE = "+5072251234"


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


def csv(*numbers: str) -> bytes:
    return "\n".join(["nombre;celular", *(f"Vecina;{number}" for number in numbers)]).encode()


def given(*numbers: str, **values: Any) -> List:
    read = listfile.numbers(listfile.read(csv(*numbers)).rows, "PA")
    return List(**{"read": read, "lab": "san-martin", "source": SOURCE, **values})


def look(town: Town, wanted: List) -> importing.Preview:
    return town.store.read(lambda unit: importing.preview(unit, town.app.catalogues, wanted))


def bring(town: Town, wanted: List, expect: int) -> Ledger:
    return town.store.do(lambda unit: importing.import_people(unit, town.app.catalogues, wanted, "yaneth", expect))


def test_each_number_has_the_sender_of_its_country(town: Town) -> None:
    town.store.do(lambda unit: senders.ensure(unit, "android:sim", "sms", "android", 0.1))
    wanted = given(ANA, "+56961234567", rules="PA=android,*=simulator")
    assert look(town, wanted).by_sender == {"android:sim": 1, "simulator:sms": 1}
    bring(town, wanted, 2)
    named = dict(enumerate((s.name for s in town.store.read(senders.senders)), 1))
    used = {named[row.sender_id] for row in town.rows(t.outbox, "sender_id")}
    assert used == {"android:sim", "simulator:sms"}


# --- looking and doing --------------------------------------------------------------------------------------------


def test_the_preview_tells_what_the_import_then_does(town: Town) -> None:
    wanted = given(ANA, "6000-0001", "", LANDLINE, BEA)
    seen = look(town, wanted)
    assert (seen.rows, seen.people, seen.segments) == (5, 2, 2)
    assert seen.refused == {Why.twice: [3], Why.nothing: [4], Why.landline: [5]}
    assert sms_text(seen.samples["sms"]) == (
        "Convoca, de la Junta Comunal de Ejemplo. Tu numero esta en la lista del primer laboratorio."
        " Queremos contarte que paso. ¿Aceptas? 1 Si 2 No"
    )
    assert not [part for part in (ANA, ANA[4:], "6000-0001") if part in repr(seen)]
    assert town.count(t.address) == 0
    ledger = bring(town, wanted, 2)
    assert (ledger.audience, ledger.pending, ledger.reasons) == (2, 2, {})
    assert adds_up(ledger)


def test_of_the_list_the_number_and_its_source_are_kept_and_no_name(town: Town) -> None:
    bring(town, given(ANA), 1)
    assert town.count(t.person) == 0
    [kept] = town.rows(t.listed, "address_id", "source", "at", "asked_at")
    assert (kept.source, kept.at) == (SOURCE, kept.asked_at)
    [to] = town.rows(t.recipient, "person_id", "address_id", "state")
    assert (to.person_id, to.address_id, to.state) == (None, kept.address_id, "pending")
    [told] = [row.payload for row in town.rows(t.audit_event, "kind", "payload") if row.kind == "list_imported"]
    assert told["people"] == 1
    assert told["source"] == SOURCE


def test_the_question_offers_what_its_conversation_asks() -> None:
    assert list(importing.YES_NO) == YesNo().options()


def test_a_second_import_of_the_same_list_asks_nobody(town: Town) -> None:
    bring(town, given(ANA, BEA), 2)
    assert look(town, given(ANA, BEA)).refused == {Why.known: [2, 3]}
    with pytest.raises(Refused, match="Son 0"):
        bring(town, given(ANA, BEA), 2)
    assert town.count(t.broadcast) == 1
    later = given(BEA, CLARA, source="la lista de la escuela", lab="san-martin-bocas")
    assert look(town, later).refused == {Why.known: [2]}
    assert bring(town, later, 1).audience == 1
    assert [row.source for row in town.rows(t.listed, "source")] == [SOURCE, SOURCE, "la lista de la escuela"]


def test_another_number_of_people_than_was_shown_is_refused_and_nothing_is_kept(town: Town) -> None:
    with pytest.raises(Refused, match=r"El número no coincide. Son 2."):
        bring(town, given(ANA, BEA), 3)
    assert (town.count(t.address), town.count(t.listed), town.count(t.broadcast)) == (0, 0, 0)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_who_wrote_to_us_or_left_is_not_asked_whatever_her_channel(town: Town, channel: str) -> None:
    def work(unit: Unit) -> None:
        for number in (ANA, BEA):
            people.lock_address(unit, channel, number)
        leaving.leave(unit, people.lock_address(unit, channel, BEA).id, "asked")

    town.store.do(work)
    assert look(town, given(ANA, BEA)).refused == {Why.known: [2], Why.left: [3]}


def test_a_suppression_alone_keeps_a_number_out(town: Town) -> None:
    def work(unit: Unit) -> None:
        mark = unit.ring.fingerprint("sms", ANA)
        unit.db.execute(t.suppression.insert().values(channel="sms", fingerprint=mark, reason="asked", at=unit.now))

    town.store.do(work)
    assert look(town, given(ANA)).refused == {Why.left: [2]}


def test_a_number_under_an_older_key_is_known(database_url: str) -> None:
    old, new = "k" * 40, "n" * 40
    with Store(database_url, old) as store:
        bring(Town.on(store), given(ANA), 1)
    with Store(database_url, f"{new},{old}") as store:
        assert store.read(lambda unit: lists.standing(unit, [ANA, BEA])) == {ANA: "known"}


def test_a_long_list_is_looked_up_whole(town: Town) -> None:
    numbers = [f"+507{n}" for n in range(61000000, 61000900)]
    bring(town, given(*numbers), 900)
    assert len(town.store.read(lambda unit: lists.standing(unit, numbers))) == 900
    assert town.count(t.outbox, state="pending") == 900


@pytest.mark.parametrize(
    ("lab", "values", "told"),
    [
        ({}, {"lab": "nowhere"}, "No hay un laboratorio nowhere"),
        ({"state": "draft"}, {}, "no está publicado"),
        ({"setting": "comarca"}, {}, "Falta la autorización"),
        ({}, {"source": "x" * 41}, "--source dice de dónde"),
        ({}, {"source": " "}, "--source dice de dónde"),
        ({}, {"source": "la lista\nde todos"}, "--source dice de dónde"),
        ({}, {"source": "la lista de {name}"}, "--source dice de dónde"),
    ],
)
def test_what_must_not_be_imported_is_refused_with_the_reason(
    town: Town, lab: dict[str, Any], values: dict[str, Any], told: str
) -> None:
    if lab:
        change = update(t.lab).where(t.lab.c.slug == "san-martin").values(**lab)
        town.store.do(lambda unit: unit.db.execute(change).rowcount)
    with pytest.raises(Refused, match=told):
        look(town, given(ANA, **values))
    with pytest.raises(Refused, match=told):
        bring(town, given(ANA, **values), 1)


def test_without_a_sender_of_sms_it_is_shown_and_nothing_is_kept(town: Town) -> None:
    town.store.do(lambda unit: senders.halt(unit, 1, "test"))
    seen = look(town, given(ANA, LANDLINE))
    assert (seen.people, seen.unsent, seen.by_sender, seen.refused) == (1, 1, {}, {Why.landline: [3]})
    with pytest.raises(Refused, match="No hay quien mande SMS"):
        bring(town, given(ANA), 1)
    assert town.count(t.address) == 0


def test_at_night_it_waits_for_the_morning_and_the_thirty_days_count_from_there(town: Town, clock: Any) -> None:
    morning = datetime(2026, 11, 13, 13, 0, tzinfo=UTC)
    clock.set(datetime(2026, 11, 13, 2, 0, tzinfo=UTC))  # 9 pm in Panama
    bring(town, given(ANA), 1)
    [row] = town.rows(t.outbox, "due_at", "expires_at")
    assert (row.due_at, row.expires_at) == (morning, morning + forgetting.LISTED_STAYS)
    assert town.rows(t.listed, "asked_at")[0].asked_at == morning


def test_broken_off_at_every_step_nothing_half_is_kept(town: Town) -> None:
    wanted, stop_at = given(ANA, BEA), 0

    def broken() -> bool:
        def work(unit: Unit) -> None:
            with dying(unit, stop_at):
                importing.import_people(unit, town.app.catalogues, wanted, "yaneth", 2)

        try:
            town.store.do(work)
        except Crash:
            return True
        return False

    stop_at = 1
    while broken():
        for table in (t.address, t.listed, t.broadcast, t.recipient, t.outbox):
            assert town.count(table) == 0
        stop_at += 1
    assert stop_at > 10
    assert town.count(t.listed) == town.count(t.outbox) == 2


# --- what becomes of it -------------------------------------------------------------------------------------------


def test_the_permission_is_kept_with_the_words_that_were_sent(town: Town) -> None:
    phone = town.phone()
    bring(town, given(phone.number), 1)
    [asked] = phone.read()
    change = update(t.organisation).values(short_name="otra junta")
    town.store.do(lambda unit: unit.db.execute(change).rowcount)
    for said in ("1", "Ana", "1"):
        phone.say(said)
    [kept] = town.rows(t.consent, "text", "answer", "inbound_id", "channel")
    assert (sms_text(kept.text), kept.answer, kept.channel) == (asked.text, True, "sms")
    assert kept.inbound_id is not None


def test_who_wrote_but_gave_no_yes_goes_after_seven_days(town: Town, clock: Any) -> None:
    phone = town.phone()
    bring(town, given(phone.number), 1)
    phone.read()
    phone.say("que es esto")
    clock.forward(days=6.9)
    assert town.store.do(forgetting.wipe_strangers) == 0
    clock.forward(days=0.2)
    assert town.store.do(forgetting.wipe_strangers) == 1
    assert look(town, given(phone.number)).refused == {Why.left: [2]}


def test_who_said_yes_stays_and_who_erases_herself_is_not_brought_back(town: Town, clock: Any) -> None:
    phone = town.phone()
    bring(town, given(phone.number), 1)
    phone.read()
    for said in ("1", "Ana", "1", "2"):
        phone.say(said)
    clock.forward(days=31)
    assert town.store.do(forgetting.wipe_strangers) == 0
    phone.say("BORRAR")
    phone.say("BORRAR")
    town.store.do(forgetting.wipe_answered)
    assert town.rows(t.address, "value")[0].value is None
    assert look(town, given(phone.number)).refused == {Why.left: [2]}


def test_where_no_session_comes_a_yes_leads_to_what_became_of_the_lab(town: Town, clock: Any) -> None:
    clock.set(datetime(2026, 12, 13, 17, 0, tzinfo=UTC))
    phone = town.phone()
    bring(town, given(phone.number), 1)
    phone.read()
    phone.say("1"), phone.say("Ana")
    [told] = phone.say("1")
    assert told.text.startswith("El laboratorio de San Martin termino el sab 12 dic. ¿Que quieres? 1 Ver el resultado")


def test_two_lists_at_once_ask_a_number_once(town: Town) -> None:
    work = [given(ANA, source=f"la lista {n}") for n in range(4)]

    def kept(wanted: List) -> Work:
        return lambda unit: importing.import_people(unit, parts().catalogues, wanted, "yaneth", 1)

    jobs = [town.store.write(kept(wanted), f"lane {n}") for n, wanted in enumerate(work)]
    ends = [job.exception() for job in jobs]
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "Refused", "Refused", "Refused"]
    assert town.count(t.outbox) == 1
