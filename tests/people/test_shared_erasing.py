"""One of several people of a phone goes: what was hers leads nowhere, and the others lose nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS, Town
from tests.people.places import ledger_ties, message_ties, words_kept
from tests.script import ACTS, Script, transcript

MARIA, LUIS = "Yolotzin", "Tlahuicole"
BRIDGE = "el puente de Xochipilli se inunda"


@pytest.fixture
def village(store: Store) -> Town:
    """San Martín of the transcripts."""
    return Town.on(store)


def home(village: Town) -> Phone:
    """Two people on one phone, who both may choose."""
    phone = village.phone("sms")
    for words in ("SANMARTIN", "1", MARIA, "1", "1", "OTRA", "1", LUIS, "1", "1"):
        phone.say(words)
    assert village.count(t.registration, state="registered") == 2
    return phone


def erased(phone: Phone, name: str) -> None:
    for words in (f"SOY {name}", "BORRAR", "1", "BORRAR"):
        phone.say(words)
    assert "omprobante" in phone.screen[-1].text


def standing(village: Town) -> list[tuple[int | None, str, str | None]]:
    return [tuple(row) for row in village.rows(t.recipient, "person_id", "state", "reason")]


def test_a_message_to_the_whole_phone_that_waits_goes_to_who_stays(village: Town) -> None:
    phone = home(village)
    phone.say(f"SOY {MARIA}")
    village.at(BEGINS + timedelta(days=1, hours=11))  # nine in the evening: it waits for the morning
    ACTS["announce"](village, "sm2")
    assert standing(village) == [(1, "pending", None), (2, "skipped", "shared")]
    erased(phone, MARIA)
    assert standing(village) == [(None, "skipped", "erased"), (2, "pending", None)]
    village.at(BEGINS + timedelta(days=2))
    (came,) = phone.read()
    assert "12 dic" in came.text
    assert MARIA not in came.text
    assert "Vas el" in phone.say("1")[0].text
    assert village.count(t.registration, person_id=2, state="registered") == 2


def test_a_message_to_the_whole_phone_that_was_read_can_still_be_answered(village: Town) -> None:
    phone = home(village)
    phone.say(f"SOY {MARIA}")
    ACTS["announce"](village, "sm2")
    assert "12 dic" in phone.read()[0].text
    erased(phone, MARIA)
    assert standing(village) == [(None, "skipped", "erased"), (2, "sent", None)]
    assert "Vas el" in phone.say("1")[0].text


def test_what_only_she_was_told_leads_to_the_phone_no_more(village: Town) -> None:
    phone = home(village)
    for words in (f"SOY {MARIA}", f"IDEA {BRIDGE}", "1"):
        phone.say(words)
    ACTS["idea"](village, "join", "1 camino")
    phone.read()
    (news,) = [row.id for row in village.rows(t.broadcast, "id", "kind") if row.kind == "idea"]
    assert ledger_ties(village, news)
    for words in ("BORRAR", "1", "1", "BORRAR"):
        phone.say(words)
    assert "omprobante" in phone.screen[-1].text
    assert ledger_ties(village, news) == []
    assert village.rows(t.contribution, "text")[0].text == BRIDGE


def test_an_idea_taken_back_leads_to_no_phone_by_its_news(village: Town) -> None:
    phone = home(village)
    for words in (f"SOY {MARIA}", f"IDEA {BRIDGE}", "1"):
        phone.say(words)
    ACTS["idea"](village, "join", "1 camino")
    phone.read()
    village.at(BEGINS + timedelta(days=1, hours=11))
    ACTS["idea"](village, "undo", "1")
    assert village.count(t.outbox, kind="broadcast", state="pending") == 1
    phone.say("QUITAR IDEA 1")
    village.at(BEGINS + timedelta(days=2))
    assert phone.read() == []
    assert village.count(t.outbox, kind="broadcast") == 0
    entries = village.rows(t.recipient, "address_id", "variant", "state")
    assert [tuple(row) for row in entries] == [(None, None, "sent"), (None, None, "skipped")]
    phone.say("1")  # of a question she was asked before: to read it, then to say something of it
    assert "ya estaba quitada" in phone.say("1")[0].text


def test_her_words_go_and_those_of_who_stays_are_still_there(village: Town) -> None:
    phone = home(village)
    said = {MARIA: "me duele la muela", LUIS: "mi techo tiene goteras"}
    for name in (MARIA, LUIS):
        for words in (f"SOY {name}", "MENU", said[name], "PERSONA"):
            phone.say(words)
    erased(phone, MARIA)
    left = words_kept(village)
    assert not [words for words in left if MARIA in words or said[MARIA] in words]
    assert [words for words in left if said[LUIS] in words]
    assert [row.text for row in village.rows(t.not_understood, "text")] == [said[LUIS]]
    assert village.count(t.handover, person_id=2) == 1
    assert village.count(t.handover) == 1


def test_of_the_last_one_nothing_is_left(village: Town) -> None:
    phone = home(village)
    erased(phone, MARIA)
    for words in ("BORRAR", "BORRAR"):
        phone.say(words)
    assert words_kept(village) == []
    assert [row.value for row in village.rows(t.address, "value")] == [None]
    assert [row.person_id for row in village.rows(t.inbound, "person_id") if row.person_id] == []


def test_a_name_that_nobody_has_erases_nobody_and_says_so(village: Town) -> None:
    phone = home(village)
    for words in ("BORRAR", "1", "BORRAR", "BORRAR", "Pedro", "BORRAR", "Pedrito"):
        phone.say(words)
    assert phone.screen[-1].text.startswith("No conozco ese nombre en este telefono. No borre nada.")
    assert village.count(t.erasure) == village.count(t.talk) == 0
    assert village.count(t.contact) == 2


WAS_IT_DONE = """C: SANMARTIN
C: 1
C: Yolotzin
C: 1
C: 1
! water 8
@ 2027-01-15 16:00
! promise agua repara el tanque / miércoles 31 mar
@ 2027-03-29 10:00
! update agua done_office
@ 2027-04-26 08:00
C: 2
C: me duele la muela"""


def test_an_answer_stays_counted_and_leads_to_no_message(village: Town) -> None:
    transcript(Script(("sms",), tuple(WAS_IT_DONE.splitlines())), village, "sms", "es")
    answered = [row for row in village.rows(t.followup, "answer", "text", "at") if row.answer]
    assert [(row.answer, row.text) for row in answered] == [("partly", "me duele la muela")]
    assert "followup.at" in message_ties(village)
    for words in ("BORRAR", "BORRAR"):
        village.phones["C"].say(words)
    assert message_ties(village) == []
    after = [row for row in village.rows(t.followup, "answer", "text", "at") if row.answer]
    assert [(row.answer, row.text) for row in after] == [("partly", None)]
    assert after[0].at.astimezone(BEGINS.tzinfo).date() == answered[0].at.astimezone(BEGINS.tzinfo).date()
