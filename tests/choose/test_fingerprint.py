"""The fingerprint of a count in each result message: short, and the same that its page shows (voting.md 6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.actions import contest as acts
from bot.actions import tell_closed
from bot.i18n import Catalogues
from bot.player import Phone
from bot.results import parts
from storage import audit, commitments, contests
from storage import tables as t
from storage.contests import Facts
from tests.choose.polls import CLOSES, Neighbours, Polls, first, last
from tests.choose.test_result import publish, rosa
from tests.convoke.town import Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # words; rows are tested on both
WORDS = Catalogues.load()
OTHERS = ((1,), (1,), (1, 3), (2,))


@pytest.fixture
def people(town: Town) -> Neighbours:
    return Neighbours(town.store)


def told(town: Town, people: Neighbours, *picks: str, channel: str, shared: bool = False) -> Phone:
    """Rosa's phone, on which the result stands."""
    polls = Polls.opened(town)
    phone = rosa(people, *picks, channel=channel)
    if shared:
        people.moves_in(phone, "Luis")
    polls.crowd(*OTHERS)
    publish(town)
    phone.read()
    return phone


def facts(town: Town) -> Facts:
    return town.store.read(lambda unit: contests.facts(unit, "sm"))


def short(mark: bytes | str) -> str:
    return commitments.shown(commitments.code_of(bytes.fromhex(mark) if isinstance(mark, str) else mark))


@pytest.mark.parametrize("picks", [("3",), ("1",), ()], ids=["another option", "the winner", "nothing"])
def test_each_sms_of_a_result_holds_the_fingerprint(town: Town, people: Neighbours, picks: tuple[str, ...]) -> None:
    said = last(told(town, people, *picks, channel="sms").screen)
    root = facts(town).contest.root
    assert root
    assert f" Huella: {short(root)}. " in said
    assert parts(said, "es") <= 2


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_a_chat_holds_fingerprint_count_and_the_log_s_end(town: Town, people: Neighbours, channel: str) -> None:
    phone = told(town, people, "3", channel=channel)
    found = facts(town)
    assert found.contest.root
    assert len(found.log_head) == 64
    mark = f"Huella del conteo: {short(found.contest.root)}, de 5 recibos. Fin del registro: {short(found.log_head)}."
    assert f" {mark} Reunión: " in last(phone.screen)
    assert mark in last(phone.say("RESULTADO"))


def test_of_few_the_receipts_are_not_counted(town: Town, people: Neighbours) -> None:
    Polls.opened(town)
    phone = rosa(people, "3", channel="telegram")
    publish(town)
    root = facts(town).contest.root
    assert root
    assert f"Huella del conteo: {short(root)}. Fin del registro: " in last(phone.read())


def test_a_shared_phone_reads_it_with_the_result(town: Town, people: Neighbours) -> None:
    phone = told(town, people, channel="sms", shared=True)
    root = facts(town).contest.root
    assert root
    assert f"Huella: {short(root)}." in first(phone.say("1"))


def test_in_english_too(town: Town, people: Neighbours) -> None:
    polls = Polls.opened(town)
    phone = rosa(people, "3", channel="telegram")
    town.store.do(lambda unit: unit.db.execute(t.person.update().values(lang="en")).rowcount)
    polls.crowd(*OTHERS)
    publish(town)
    found = facts(town)
    assert found.contest.root
    mark = f"Fingerprint of the count: {short(found.contest.root)}, of 5 receipts."
    assert f" {mark} End of the log: {short(found.log_head)}. " in last(phone.read())


# --- before there is a result: in the message of the close, and beside a receipt ------------------------------------


def closed(town: Town, clock: Any) -> Facts:
    """Closed at its hour, and told in the morning."""
    clock.set(CLOSES)
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    town.store.do(audit.chain)
    clock.set(CLOSES + tell_closed.AFTER + timedelta(hours=3))
    town.store.do(lambda unit: tell_closed.due(unit, WORDS))
    return facts(town)


def whole(found: Facts) -> str:
    assert found.contest.root
    of = f", de {found.contest.ballots_counted} recibos" if (found.contest.ballots_counted or 0) >= 5 else ""
    return f"Huella del conteo: {short(found.contest.root)}{of}. Fin del registro: {short(found.log_head)}."


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
@pytest.mark.parametrize("picks", [("3",), ()], ids=["counted", "nothing"])
def test_a_chat_reads_it_at_the_close(
    town: Town, people: Neighbours, clock: Any, channel: str, picks: tuple[str, ...]
) -> None:
    polls = Polls.drafted(town)
    phone = rosa(people, channel=channel)
    town.store.do(lambda unit: acts.open_(unit, WORDS, "sm", "yaneth", 1))
    if picks:
        phone.say(f"ELEGIR {picks[0]}")
    polls.crowd(*OTHERS, (1,))
    mark = whole(closed(town, clock))
    assert mark in last(phone.read())
    assert mark in last(phone.say("se contó mi elección"))


def test_so_does_the_text_that_whatsapp_has_approved(town: Town, people: Neighbours, clock: Any) -> None:
    polls = Polls.opened(town)
    rosa(people, "3", channel="whatsapp")
    polls.crowd(*OTHERS)
    mark = whole(closed(town, clock))
    (template,) = (row.body["template"] for row in town.rows(t.broadcast_text) if "template" in row.body)
    sent = template["variables"]["3"]
    assert sent.endswith(mark.rstrip("."))


def test_a_tie_is_told_with_it(town: Town, people: Neighbours, clock: Any) -> None:
    polls = Polls.opened(town, tie_mode="assembly")
    phone = rosa(people, "3", channel="telegram")
    polls.crowd((1,), (1,), (1,), (3,), (3,))
    mark = whole(closed(town, clock))
    assert mark in last(phone.read())
    assert mark in last(phone.say("se contó mi elección"))


def test_an_sms_of_the_close_has_no_room_and_its_receipt_tells_it(town: Town, people: Neighbours, clock: Any) -> None:
    polls = Polls.opened(town)
    phone = rosa(people, "3", channel="sms")
    polls.crowd(*OTHERS)
    code = first(phone.say("RECIBO")).removeprefix("Tu recibo es ")[:14]
    assert "Huella" not in last(phone.say("RECIBO"))  # nothing is counted yet
    root = closed(town, clock).contest.root
    assert root
    assert "Huella" not in last(phone.read())
    for said in ("RECIBO", f"RECIBO {code}"):
        answer = last(phone.say(said))
        assert f" Huella: {short(root)}." in answer
        assert parts(answer, "es") == 1


def test_asked_after_the_result_it_tells_both(town: Town, people: Neighbours) -> None:
    phone = told(town, people, "3", channel="telegram")
    assert whole(facts(town)) in last(phone.say("se contó mi elección"))


def test_at_the_close_in_english_too(town: Town, people: Neighbours, clock: Any) -> None:
    polls = Polls.opened(town, quorum={"count": 30})
    phone = rosa(people, "3", channel="telegram")
    town.store.do(lambda unit: unit.db.execute(t.person.update().values(lang="en")).rowcount)
    polls.crowd(*OTHERS)
    root = closed(town, clock).contest.root
    assert root
    mark = f"Fingerprint of the count: {short(root)}, of 5 receipts. End of the log: "
    assert f"Too few took part: nothing is chosen. {mark}" in last(phone.read())
