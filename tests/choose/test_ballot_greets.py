"""The ballot reminds those who came of what they said there, with how many others (conversations.md 2)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.player import Phone
from storage import tables as t
from storage.store import Unit
from tests.choose.polls import Neighbours, Polls
from tests.choose.test_vote import asked
from tests.convoke.town import Town

MET = "Hola, Elena. El sábado 21 nov tú y 6 vecinos dijeron qué les preocupa. Ahora toca elegir en San Martín"


@pytest.fixture
def people(town: Town) -> Neighbours:
    return Neighbours(town.store)


@pytest.fixture
def polls(town: Town, people: Neighbours) -> Polls:
    """Of the first meeting."""
    polls = Polls.drafted(town)
    polls.set(session_id=town.session)
    return polls


OTHERS = ("Ana", "Berta", "Celia", "Delia", "Eva")


def came(town: Town, *names: str) -> None:
    """These were there."""

    def work(unit: Unit) -> None:
        here = [row.id for row in unit.db.execute(select(t.person)) if row.name in names]
        query = update(t.registration).where(t.registration.c.person_id.in_(here))
        unit.db.execute(query.values(state="attended"))

    town.store.do(work)


def neighbours(people: Neighbours, channel: str) -> tuple[Phone, Phone]:
    """Elena, and Rosa by SMS; the others have signed up too."""
    for name in OTHERS:
        people.signed_up(name)
    return people.signed_up("Elena", channel), people.signed_up("Rosa")


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_who_came_is_reminded_of_it_in_a_chat(town: Town, people: Neighbours, polls: Polls, channel: str) -> None:
    elena, rosa = neighbours(people, channel)
    came(town, "Elena", "Rosa", *OTHERS)
    asked(polls, elena, rosa)
    assert elena.screen[-1].text.startswith(MET)
    assert rosa.screen[-1].text.startswith("Convoca. Elige hasta 3.")


def test_who_did_not_come_is_not(town: Town, people: Neighbours, polls: Polls) -> None:
    elena, _rosa = neighbours(people, "whatsapp")
    came(town, "Rosa", *OTHERS)
    asked(polls, elena)
    assert elena.screen[-1].text.startswith("Ahora toca elegir en San Martín")


def test_of_very_few_no_number_is_said(town: Town, people: Neighbours, polls: Polls) -> None:
    elena, _rosa = neighbours(people, "whatsapp")
    came(town, "Elena", "Rosa", "Ana", "Berta", "Celia")
    asked(polls, elena)
    assert elena.screen[-1].text.startswith("Ahora toca elegir en San Martín")


def test_each_is_asked_once(town: Town, people: Neighbours, polls: Polls) -> None:
    elena, rosa = neighbours(people, "whatsapp")
    came(town, "Elena", "Rosa", *OTHERS)
    asked(polls, elena, rosa)
    assert len(town.rows(t.recipient, t.recipient.c.state != "skipped")) == len(town.rows(t.person)) == 7
