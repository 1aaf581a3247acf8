"""Somebody offers a hand: the team sees it and answers, and it is hers to read, to take along and to erase."""

from __future__ import annotations

import pytest

from storage import own_copy
from storage import tables as t
from storage.store import Store
from tests.staff.crew import Crew


@pytest.fixture
def crew(store: Store) -> Crew:
    """F is of the team; Kevin has a place."""
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Kevin", "1", "1")
    crew.join("F")
    return crew


def waiting(crew: Crew) -> list[str]:
    return [row.reason for row in crew.town.rows(t.handover, "reason", "done_at") if row.done_at is None]


@pytest.mark.parametrize("words", ["quiero ayudar", "¡Quiero ayudar!", "me gustaría ayudar", "I want to help"])
def test_who_offers_a_hand_is_told_who_hears_it_and_by_when(crew: Crew, words: str) -> None:
    said = crew.said(crew.town.phones["C"], words)
    assert said == "Gracias. Le digo a la Junta Comunal de Ejemplo. Te escriben antes del miércoles 18 nov."
    assert waiting(crew) == ["help"]
    assert crew.said(crew.town.phones["C"], words) == said
    assert waiting(crew) == ["help"], "said twice it is one"


def test_the_team_sees_the_offer_and_answers_it(crew: Crew) -> None:
    crew.said(crew.town.phones["C"], "quiero ayudar")
    phone = crew.town.phones["F"]
    assert crew.said(phone, "PENDIENTES") == "Kevin espera a una persona, hasta el miércoles 18 nov. RESPONDER 1"
    assert crew.said(phone, "RESPONDER 1").startswith("Kevin. Quiere ayudar. Escribió: «Kevin / quiero ayudar».")
    assert crew.said(phone, "Trae una pala el sábado").startswith("Enviado: ")
    assert waiting(crew) == []


def test_the_offer_is_in_her_copy_and_goes_with_her(crew: Crew) -> None:
    phone = crew.town.phones["C"]
    crew.said(phone, "quiero ayudar")
    [kevin] = crew.town.rows(t.person, "id")
    held = crew.store.read(lambda unit: own_copy.everything(unit, kevin.id))
    assert [row["reason"] for row in held["team"]] == ["help"]
    crew.said(phone, "BORRAR", "BORRAR")
    assert crew.town.rows(t.handover, "reason") == []


def test_help_itself_is_another_word(crew: Crew) -> None:
    crew.said(crew.town.phones["C"], "AYUDA")
    assert waiting(crew) == []
