"""A correction: to exactly those who may have read what was wrong, and what of it still waits leaves no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.actions import announce, changed, correct
from bot.actions.changed import Change
from bot.actions.staff import invite, stop
from bot.broadcast import Ledger
from bot.errors import Refused
from storage import broadcasts, corrections, leaving, settle, which_way
from storage import tables as t
from storage.settle import Outcome
from storage.store import Store, Unit
from tests.kit import PANAMA, Town

RIGHT = "hay que llevar una silla, no dos"
STATES = ("sent", "unknown", "started", "failed", "skipped", "pending")


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


def invited(town: Town, *states: str, channel: str = "sms") -> tuple[Ledger, list[int]]:
    """An invitation that came so far with each of so many neighbours."""
    people = [town.neighbour(f"Vecina {n}", channel) for n in range(len(states))]
    words = town.app.catalogues
    sent = town.store.do(lambda unit: announce.announce(unit, words, "sm1", "ana", len(people)))
    for person, state in zip(people, states, strict=True):
        became(town, sent, person, state)
    return sent, people


def became(town: Town, sent: Ledger, person: int, state: str) -> None:
    def work(unit: Unit) -> None:
        hers = t.recipient.c.person_id == person, t.recipient.c.broadcast_id == sent.broadcast_id
        row = unit.db.execute(select(t.recipient.c.id).where(*hers)).scalar_one()
        ledger = "pending" if state == "started" else state
        unit.db.execute(update(t.recipient).where(t.recipient.c.id == row).values(state=ledger))
        message = {"skipped": "cancelled"}.get(state, state)
        unit.db.execute(update(t.outbox).where(t.outbox.c.recipient_id == row).values(state=message, sent_at=unit.now))

    town.store.do(work)


def halt(town: Town, sent: Ledger) -> None:
    town.store.do(lambda unit: stop.stop(unit, town.app.catalogues, sent.code, by="ana"))


def put_right(town: Town, sent: Ledger, expect: int, text: str = RIGHT, **more: Any) -> Ledger:
    words = town.app.catalogues
    return town.store.do(lambda unit: correct.correct(unit, words, sent.code, text, by="ana", expect=expect, **more))


def look(town: Town, sent: Ledger, text: str = RIGHT) -> correct.Seen:
    return town.store.read(lambda unit: correct.preview(unit, town.app.catalogues, sent.code, text))


def ledger(town: Town, sent: Ledger) -> Ledger:
    return town.store.read(lambda unit: broadcasts.ledger(unit, sent.broadcast_id))


def told(town: Town, sent: Ledger) -> list[tuple[Any, ...]]:
    """(person, state, reason) of everybody in a ledger, which adds up."""
    now = ledger(town, sent)
    assert now.audience == now.sent + now.failed + now.skipped + now.unknown + now.pending
    query = select(t.recipient.c.person_id, t.recipient.c.state, t.recipient.c.reason).order_by(t.recipient.c.person_id)
    mine = query.where(t.recipient.c.broadcast_id == sent.broadcast_id)
    return [tuple(row) for row in town.store.read(lambda unit: unit.db.execute(mine).all())]


def test_it_goes_to_exactly_those_who_may_have_read_it(town: Town) -> None:
    first, people = invited(town, *STATES)
    halt(town, first)
    assert look(town, first).people == 3
    second = put_right(town, first, 3)
    assert told(town, second) == [(person, "pending", None) for person in people[:3]]


def test_what_still_waited_does_not_leave_any_more(town: Town) -> None:
    first, people = invited(town, "sent", "pending")
    assert look(town, first).first.waiting == 1
    with pytest.raises(Refused, match="todavía sale"):
        put_right(town, first, 1)
    halt(town, first)
    put_right(town, first, 1)
    assert told(town, first) == [(people[0], "sent", None), (people[1], "skipped", "corrected")]
    with pytest.raises(Refused, match="se corrigió"):
        town.store.do(lambda unit: stop.resume(unit, town.app.catalogues, first.code, by="ana"))


def test_a_later_try_of_the_first_does_not_leave_uncorrected(town: Town) -> None:
    first, people = invited(town, "sent")
    put_right(town, first, 1)

    def failed(unit: Unit) -> None:
        mine = (
            t.outbox.c.recipient_id
            == select(t.recipient.c.id).where(t.recipient.c.broadcast_id == first.broadcast_id).scalar_subquery()
        )
        row = unit.db.execute(select(*settle.ROW).where(mine)).one()
        settle.told_later(unit, row, Outcome(id=row.id, kind="retry"))
        settle.ledger(unit, {row.recipient_id})

    town.store.do(failed)
    first_rows = [row.state for row in town.rows(t.outbox, "state", "recipient_id")]
    assert "held" in first_rows
    town.tick()
    assert ledger(town, first).pending == 0
    assert told(town, first)[0][0] == people[0]


def test_what_nobody_knows_about_is_not_repeated_once_it_was_corrected(town: Town) -> None:
    first, _people = invited(town, "unknown")
    put_right(town, first, 1)
    assert town.store.do(lambda unit: invite.again(unit, first.broadcast_id, by="ana")) == 0


def test_who_has_left_since_is_not_written_to(town: Town) -> None:
    first, people = invited(town, "sent", "sent")

    def exit_(unit: Unit) -> None:
        hers = select(t.contact.c.address_id).where(t.contact.c.person_id == people[0])
        leaving.leave(unit, unit.db.execute(hers).scalar_one(), "person")

    town.store.do(exit_)
    second = put_right(town, first, 1)
    assert told(town, second) == [(people[0], "skipped", "opted_out"), (people[1], "pending", None)]


def test_the_same_words_twice_are_one_and_other_words_are_another(town: Town) -> None:
    first, _people = invited(town, "sent")
    second = put_right(town, first, 1)
    assert put_right(town, first, 1, text=f" {RIGHT}. ").code == second.code
    assert look(town, first).done_before is not None
    assert put_right(town, first, 1, text="no hay que llevar nada").code != second.code


def test_a_correction_is_corrected_too(town: Town) -> None:
    first, people = invited(town, "sent", "sent")
    second = put_right(town, first, 2)
    became(town, second, people[0], "sent")
    halt(town, second)
    assert [row[0] for row in told(town, put_right(town, second, 1, text="son tres sillas"))] == [people[0]]


def test_the_number_is_the_lock(town: Town) -> None:
    first, _people = invited(town, "sent", "pending")
    halt(town, first)
    with pytest.raises(Refused, match="Son 1"):
        put_right(town, first, 2)
    assert ledger(town, first).pending == 1


@pytest.mark.parametrize("text", ["", " . ", "x" * 91])
def test_words_that_say_nothing_or_too_much_are_refused(town: Town, text: str) -> None:
    first, _people = invited(town, "sent")
    with pytest.raises(Refused):
        put_right(town, first, 1, text=text)


def test_what_nobody_received_has_nothing_to_put_right(town: Town) -> None:
    first, _people = invited(town, "failed", "skipped")
    with pytest.raises(Refused, match="Nadie recibió"):
        look(town, first)


def test_it_waits_for_the_morning(town: Town) -> None:
    first, _people = invited(town, "sent")
    town.at(datetime(2026, 11, 12, 21, 0, tzinfo=PANAMA))
    second = put_right(town, first, 1)
    assert second.due_at == datetime(2026, 11, 13, 8, 0, tzinfo=PANAMA)
    assert look(town, first, "otra cosa").when == second.due_at


def test_each_reads_it_in_her_language_and_it_is_one_sms(town: Town) -> None:
    first, people = invited(town, "sent", "sent")
    english = update(t.person).where(t.person.c.id == people[1]).values(lang="en")
    town.store.do(lambda unit: unit.db.execute(english))
    texts = {"en": {"text": "bring one chair, not two"}}
    seen = town.store.read(lambda unit: correct.preview(unit, town.app.catalogues, first.code, RIGHT, texts))
    assert seen.samples["sms"].count(RIGHT.capitalize()) == 1 or "sms en" in seen.samples
    assert any("Bring one chair" in text for text in seen.samples.values())
    assert (seen.people, seen.segments, seen.langs) == (2, 2, {"es": 1, "en": 1})


def test_an_answer_to_it_is_an_answer_to_the_invitation(town: Town) -> None:
    phone = town.phone("sms", "C")
    for text in ("SANMARTIN", "1", "Maria", "1", "3"):  # she does not know yet
        phone.say(text)
    other = town.phone("sms", "D")
    for text in ("SANMARTIN", "1", "Rosa", "1"):
        other.say(text)
    change = update(t.registration).values(state="invited")
    town.store.do(lambda unit: unit.db.execute(change))
    town.store.do(lambda unit: unit.db.execute(t.talk.delete()))
    words = town.app.catalogues
    people = town.store.read(lambda unit: announce.preview(unit, words, "sm1").people)
    first = town.store.do(lambda unit: announce.announce(unit, words, "sm1", "ana", people))
    phone.read(), other.read()
    put_right(town, first, people)
    [shown] = phone.read()
    assert shown.text.endswith("¿Vas? 1 Si 2 No")
    assert "Listo, Maria. Vas el sab 21 nov" in phone.say("1")[-1].text
    assert town.count(t.registration, state="registered") == 1
    town.at(datetime(2026, 11, 21, 15, 30, tzinfo=PANAMA) + timedelta(minutes=1))
    assert "Vas el" not in other.say("1")[-1].text  # it is over


def riding(town: Town, sent: Ledger) -> list[str]:
    """The approved texts that it may ride in outside of WhatsApp's 24 hours."""
    words = town.rows(t.broadcast_text, "broadcast_id", "body")
    found = [row.body["template"] for row in words if row.broadcast_id == sent.broadcast_id]
    assert all(RIGHT.capitalize() == template["variables"]["3"] for template in found)
    return [template["name"] for template in found]


def test_outside_of_the_24_hours_it_asks_too_where_the_first_asked(town: Town) -> None:
    first, _people = invited(town, "sent", channel="whatsapp")
    second = put_right(town, first, 1)
    assert riding(town, second) == ["correccion_vas"]
    assert which_way.APPROVED["correction"] == ("correccion", "correccion_vas")


def test_outside_of_the_24_hours_it_asks_nothing_where_the_first_did_not(town: Town) -> None:
    first, _people = invited(town, "sent", channel="whatsapp")
    kind = update(t.broadcast).where(t.broadcast.c.id == first.broadcast_id)
    town.store.do(lambda unit: unit.db.execute(kind.values(kind="result", opens=None, session_id=None)))
    assert riding(town, put_right(town, first, 1)) == ["correccion"]


def test_what_is_no_invitation_asks_nothing(town: Town) -> None:
    first, _people = invited(town, "sent")
    kind = update(t.broadcast).where(t.broadcast.c.id == first.broadcast_id)
    town.store.do(lambda unit: unit.db.execute(kind.values(kind="result", opens=None, session_id=None)))
    [sample] = look(town, first).samples.values()
    assert "¿Vas?" not in sample


def test_what_is_of_one_person_is_not_corrected(town: Town) -> None:
    first, _people = invited(town, "sent")
    kind = update(t.broadcast).where(t.broadcast.c.id == first.broadcast_id)
    town.store.do(lambda unit: unit.db.execute(kind.values(kind="offer")))
    with pytest.raises(Refused, match="no dice lo mismo a todos"):
        look(town, first)
    assert town.store.read(lambda unit: corrections.recent(unit, [1], 5)) == []


def test_whom_the_first_did_not_reach_any_more_can_be_invited_anew(town: Town) -> None:
    first, people = invited(town, "sent", "pending", "pending")
    halt(town, first)
    put_right(town, first, 1)
    words = town.app.catalogues
    assert town.store.read(lambda unit: announce.preview(unit, words, "sm1").people) == 2
    second = town.store.do(lambda unit: announce.announce(unit, words, "sm1", "ana", 2))
    assert told(town, second) == [(person, "pending", None) for person in people[1:]]
    again = town.store.do(lambda unit: announce.announce(unit, words, "sm1", "ana", 2))
    assert again.code == second.code


def test_whom_the_first_did_not_reach_any_more_is_invited_when_the_session_changes(town: Town) -> None:
    first, people = invited(town, "sent", "pending")
    halt(town, first)
    put_right(town, first, 1)
    words, escuela = town.app.catalogues, Change(place="Escuela")
    changes = town.store.do(lambda unit: changed.change(unit, words, "sm1", escuela, by="ana"))
    assert changes is not None
    assert [row[0] for row in told(town, changes)] == people
