"""The fingerprint of a count in each result message: short, and the same that its page shows (voting.md 6)."""

from __future__ import annotations

import pytest

from bot.player import Phone
from bot.results import parts
from storage import commitments, contests
from storage import tables as t
from storage.contests import Facts
from tests.choose.polls import Neighbours, Polls, last
from tests.choose.test_result import publish, rosa
from tests.convoke.town import Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # words; rows are tested on both
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
    assert f"Huella: {short(root)}." in last(phone.say("1"))


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
