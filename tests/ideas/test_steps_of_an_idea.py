"""MI IDEA: what happened to an idea, from the rows and in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot import idea_steps
from bot.i18n import Catalogues, Voice
from bot.sms import segments, sms_text
from storage import idea_changes, idea_states, idea_trail, ideas
from storage import tables as t
from storage.idea_trail import Step
from storage.store import Store, Unit
from tests import trail
from tests.kit import BEGINS, Town
from tests.script import ACTS

WORDS, TZ = Catalogues.load(), "America/Panama"
CHAT, SMS = Voice("es", "tu", ""), Voice("es", "tu", "sms")


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T17:00").replace(tzinfo=UTC)


STORY = (  # of conversations.md 7
    Step(kind="received", at=on("2026-11-16")),
    Step(kind="read", at=on("2026-11-18")),
    Step(kind="joined", at=on("2026-11-18"), topic="Camino a la escuela", short="Camino"),
    Step(kind="chosen", at=on("2026-11-30"), votes=59, people=144),
    Step(kind="decided", at=on("2026-12-14"), outcome="partly", reason="el puente nuevo cuesta más"),
    Step(
        kind="promised",
        at=on("2026-12-14"),
        office="la junta comunal",
        promise="limpia la quebrada",
        due=date(2027, 1, 23),
    ),
)


def test_a_chat_has_a_line_for_each_day() -> None:
    assert idea_steps.told(WORDS, CHAT, 27, "el puente de la quebrada", STORY, TZ, [12, 9]).split("\n") == [
        "Idea 27, «el puente de la quebrada».",
        "lun 16 nov: recibida",
        "mié 18 nov: leída y unida a «Camino a la escuela»",
        "lun 30 nov: la eligieron 59 de 144",
        "lun 14 dic: se hace una parte. Razón: el puente nuevo cuesta más",
        "lun 14 dic: la junta comunal prometió: limpia la quebrada, sáb 23 ene",
        "Tienes otras ideas: 12 y 9. Para ver una, escribe MI IDEA y su número.",
    ]


def test_read_one_day_and_joined_another_are_two_lines() -> None:
    read = Step(kind="read", at=on("2026-11-17"))
    assert idea_steps.told(WORDS, CHAT, 27, "", [STORY[0], read, STORY[2]], TZ).split("\n") == [
        "Idea 27.",
        "lun 16 nov: recibida",
        "mar 17 nov: leída",
        "mié 18 nov: unida a «Camino a la escuela»",
    ]


def test_long_words_are_cut_between_two_of_them() -> None:
    (first,) = idea_steps.told(WORDS, CHAT, 27, "no hay luz " * 20, [], TZ).split("\n")
    assert first.endswith("no hay luz no…».")
    assert len(first) < idea_steps.WORDS + 20


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("count", range(1, len(STORY) + 1))
def test_an_sms_has_the_newest_that_fit_one_segment_with_the_question(lang: str, count: int) -> None:
    voice = Voice(lang, "tu", "sms")
    text = idea_steps.told(WORDS, voice, 2700, "", STORY[:count], TZ, [12])
    labels = [WORDS.text(voice, label) for label in idea_steps.WISHES.values()]
    asked = f"{text} {WORDS.text(voice, '¿Qué quieres?')} 1 {labels[0]} 2 {labels[1]} 3 {labels[2]}"
    assert segments(sms_text(asked, lang)).parts == 1
    newest = idea_steps.told(WORDS, voice, 2700, "", STORY[count - 1 : count], TZ)
    assert newest.removeprefix("Idea 2700: ").rstrip(".").split(",")[0] in text


def test_an_sms_says_the_whole_where_there_is_room() -> None:
    assert idea_steps.told(WORDS, SMS, 31, "", STORY[:3], TZ, [12]) == (
        "Idea 31: recibida lun 16 nov, leida y unida a Camino mie 18 nov. Otras: 12."
    )


# --- from the rows ------------------------------------------------------------------------------------------------


def joined(unit: Unit) -> None:
    """One idea, and it goes with the road."""
    lab = unit.db.execute(select(t.lab.c.id).where(t.lab.c.slug == "san-martin")).scalar_one()
    road = unit.db.execute(select(t.problem.c.id).where(t.problem.c.slug == "camino")).scalar_one()
    new = {"lab_id": lab, "session_id": None, "person_id": None, "text": "el puente", "lang": "es", "channel": "sms"}
    made = ideas.add(unit, ideas.New(**new, read_due_at=unit.now, outcome_due_at=unit.now))
    idea_changes.read(unit, made.id, "staff:F-1")
    idea_changes.join(unit, made.id, road, "staff:F-1")


def steps(town: Town) -> list[Step]:
    def work(unit: Unit) -> list[Step]:
        found = ideas.by_number(unit, 1)
        assert found
        return idea_trail.of(unit, found)

    return town.store.read(work)


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín of the transcripts: eight have chosen, three of them the road, and it is counted."""
    town = Town.on(store)
    town.store.do(joined)
    ACTS["neighbours"](town, "8")
    ACTS["open"](town, "sm")
    ACTS["ballots"](town, "sm", "1 1 1 1 1 2 2 1,2")
    return town


def told_all(town: Town) -> None:
    """The choice is counted, and each option has its decision."""
    ACTS["close"](town, "sm")
    for problem, reason in trail.REASONS.items():
        ACTS["decide"](town, problem, reason)


def test_nothing_is_told_of_a_choice_before_its_result_is_out(town: Town) -> None:
    assert [step.kind for step in steps(town)] == ["received", "read", "joined"]
    ACTS["close"](town, "sm")
    assert [step.kind for step in steps(town)] == ["received", "read", "joined"]


def test_chosen_by_so_many_then_decided_then_promised(town: Town) -> None:
    told_all(town)
    chosen, decided = steps(town)[3:]
    assert (chosen.kind, chosen.votes, chosen.people, chosen.won) == ("chosen", 3, 8, False)
    assert (decided.kind, decided.outcome, decided.reason) == ("decided", "not_now", trail.REASONS["camino"])


def test_what_was_undone_is_not_told_any_more(town: Town) -> None:
    told_all(town)

    def apart(unit: Unit) -> None:
        held = idea_states.hold(unit, 1)
        assert held
        idea_changes.undo(unit, held.idea.id)
        idea_changes.outcome(unit, held.idea.id, "other_office", "es del municipio", "staff:F-1", office="el municipio")
        ideas.withdraw(unit, held.idea.id)

    town.at(BEGINS.replace(day=20))
    town.store.do(apart)
    assert [(step.kind, step.outcome) for step in steps(town)[2:]] == [("outcome", "other_office"), ("withdrawn", "")]
