"""Two of the team read one idea: the second to decide learns of the first, and its author of one answer."""

from __future__ import annotations

import pytest

from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests.kit import Town
from tests.staff.crew import Crew

TOLD = "Ana respondió la idea 1 mientras tanto. No cambié nada. Para verla, escribe IDEAS 1."


@pytest.fixture
def crew(store: Store) -> Crew:
    """An idea of Rosa, which nobody has read."""
    crew = Crew(store)
    crew.said(rosa(crew.town), "SANMARTIN", "1", "Rosa", "1", "2", "2", "idea no hay luz en la cancha", "1")
    assert crew.town.count(t.contribution) == 1
    return crew


def rosa(town: Town) -> Phone:
    return town.phone("sms", "Rosa")


def waiting(crew: Crew) -> list[tuple[str, str | None]]:
    """(state, reason) of what the author is told, in order."""
    kinds = {row.id: row.kind for row in crew.town.rows(t.broadcast, "id", "kind")}
    found = crew.town.rows(t.recipient, "broadcast_id", "state", "reason")
    return [(row.state, row.reason) for row in found if kinds[row.broadcast_id] == "idea"]


def test_the_second_to_decide_learns_of_the_first(crew: Crew) -> None:
    ana, delia = crew.join("Ana"), crew.join("Delia")
    for phone in (ana, delia):
        assert "no hay luz" in crew.said(phone, "IDEAS 1")
    crew.said(ana, "2", "Cancha")
    assert crew.said(delia, "4", "nombra a una persona").startswith(TOLD)
    assert [row.outcome for row in crew.town.rows(t.contribution_outcome, "outcome", "current") if row.current] == []
    assert crew.town.count(t.contribution_problem) == 1
    assert waiting(crew) == [("pending", None)]


def test_in_a_round_of_ideas_the_next_one_follows(crew: Crew) -> None:
    ana, delia = crew.join("Ana"), crew.join("Delia")
    for phone in (ana, delia):
        crew.said(phone, "IDEAS")
    crew.said(ana, "2", "Cancha")
    assert crew.said(delia, "4", "nombra a una persona") == f"{TOLD} No hay más ideas por leer."


def test_what_the_author_says_meanwhile_is_read_first(crew: Crew) -> None:
    ana, delia = crew.join("Ana"), crew.join("Delia")
    crew.said(ana, "IDEAS 1", "4", "ya la atiende el municipio")
    assert "¿Cómo se llama en la lista?" in crew.said(delia, "IDEAS 1", "2")
    rosa(crew.town).read()
    assert rosa(crew.town).say("1")  # she wants another person to read it
    answer = crew.said(delia, "Cancha")
    assert answer.startswith("Quien escribió la idea 1 dijo mientras tanto que no está de acuerdo. No cambié nada.")
    assert crew.town.count(t.contribution_problem) == 0


def test_an_answer_that_has_not_left_is_not_told_when_another_counts(crew: Crew) -> None:
    ana = crew.join("Ana")
    crew.said(ana, "IDEAS 1", "4", "no es de aquí")
    crew.said(ana, "IDEAS 1", "2", "Cancha")
    assert waiting(crew) == [("skipped", "changed"), ("pending", None)]


def test_names_that_were_covered_are_told_all_the_same(crew: Crew) -> None:
    ana = crew.join("Ana")
    crew.said(ana, "IDEAS 1", "6", "no hay luz")
    crew.said(ana, "IDEAS 1", "2", "Cancha")
    assert waiting(crew) == [("pending", None), ("pending", None)]
