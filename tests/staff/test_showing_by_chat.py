"""SALEN, NO SALEN: the team names who is in the photo by codes, sees what is asked, and how each stands."""

from __future__ import annotations

from storage import tables as t
from storage.store import Store
from tests import trail
from tests.kit import Town
from tests.staff.test_promising_by_chat import promised


def codes(town: Town) -> list[str]:
    """Three neighbours come to the meeting, each with a code."""
    town.fill("sm1", 3)
    return [row.code for row in town.rows(t.registration, "code") if row.code]


def test_those_named_are_asked_once_she_says_so(store: Store) -> None:
    crew, phone = promised(store)
    trail.ACTS["update"](crew.town, "agua", "done_office")
    ana, luz, _eva = codes(crew.town)
    shown = crew.said(phone, "SALEN agua", f"{ana.lower()}, {luz}")
    assert shown.startswith("Se pregunta a 2. «")
    assert "Ana, queremos contar lo que logro San Martin" in shown
    assert crew.sent("shown") == []
    assert crew.said(phone, "1") == f"Anotado. No han contestado: {ana}, {luz}."
    assert [row.audience for row in crew.sent("shown")] == [2]
    assert [row.actor[:8] for row in crew.audit("story.asked")] == ["staff:F-"]
    assert crew.said(phone, "SALEN agua", ana) == f"Anotado. No han contestado: {ana}, {luz}.", "nobody is asked twice"
    assert len(crew.sent("shown")) == 1
    assert crew.said(phone, "NO SALEN agua", luz) == f"Anotado. No han contestado: {ana}."


def test_what_is_no_code_and_a_no_change_nothing(store: Store) -> None:
    crew, phone = promised(store)
    (ana, *_others) = codes(crew.town)
    assert "Eso no es un código." in crew.said(phone, "SALEN agua", "Ana Pérez")
    assert crew.said(phone, "2222").startswith("No sé de quién es 2222. ¿Quiénes salen")
    assert crew.said(phone, "SALEN agua", ana, "2") == "No guardé nada."
    assert crew.said(phone, "SALEN agua", "NADA") == "Está bien. Sigue igual."
    assert crew.town.count(t.shown) == 0


def test_what_waits_for_the_team_says_who_has_not_answered_and_what_to_do(store: Store) -> None:
    crew, phone = promised(store)
    trail.ACTS["update"](crew.town, "agua", "done_office")
    (ana, luz, _eva) = codes(crew.town)
    crew.said(phone, "SALEN agua", f"{ana} {luz}", "1")
    said = crew.said(phone, "PENDIENTES").splitlines()
    asks = "Historia de agua, en San Martín: 2 sin decir si pueden salir en la foto. Pregúntales."
    assert f"{asks} Sin su sí: NO SALEN agua. SALEN agua" in said
