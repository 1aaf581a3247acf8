"""Whose choices decide, and how many must take part: frozen at the opening, counted by class (voting.md 4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot import recount
from bot.actions import contest as acts
from bot.actions import decide as decisions
from bot.actions import remind_choice, tell_closed
from bot.errors import Refused
from bot.i18n import Voice
from bot.player import Phone
from bot.results import Wording
from storage import ballots, contests, rolls
from storage import people as rows
from storage import tables as t
from tests.choose.exporting import WORDS, exported, rewritten
from tests.choose.polls import CLOSES, PROBLEMS, Neighbours, Polls, first, last
from tests.convoke.town import NOON, Town


@pytest.fixture
def people(town: Town) -> Neighbours:
    return Neighbours(town.store)


def opening(town: Town) -> None:
    seen = town.store.read(lambda unit: acts.preview(unit, WORDS, "sm")).people
    town.store.do(lambda unit: acts.open_(unit, WORDS, "sm", "yaneth", seen))


def closing(town: Town) -> contests.Facts:
    return town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))


def attended(town: Town, number: int) -> list[int]:
    came = [town.neighbour() for _ in range(number)]
    for person in came:
        town.registers(person, "attended")
    return came


def classes(town: Town) -> list[str]:
    return [row._mapping["class"] for row in town.rows(t.enrolment)]


# --- classes ------------------------------------------------------------------------------------------------------


def test_who_is_asked_is_enrolled_at_the_opening(town: Town) -> None:
    asked, without = town.neighbour(), town.neighbour(consent=None)
    polls = Polls.drafted(town)
    opening(town)
    assert [(r.person_id, r._mapping["class"], r.evidence) for r in town.rows(t.enrolment)] == [
        (asked, "open", "asked")
    ]
    polls.cast(without, 1)
    polls.cast(asked, 1)
    assert classes(town) == ["open", "open"]


def test_who_came_decides_and_the_others_are_counted_apart(town: Town) -> None:
    came = attended(town, 12)
    home = [town.neighbour() for _ in range(11)]
    polls = Polls.drafted(town, roll_kind="attended")
    opening(town)
    for n, person in enumerate(came):
        polls.cast(person, 1 if n < 8 else 2)
    for n, person in enumerate(home):
        done = polls.cast(person, 3 if n < 9 else 2)
        assert not done.decides
    seen = closing(town)
    assert {o.number: o.votes for o in seen.options} == {1: 8, 2: 4, 3: 0, 4: 0, 5: 0}
    assert [o.number for o in seen.chosen] == [1]
    assert (seen.took_part, seen.chose) == (23, 12)
    assert seen.apart == (contests.Apart(name="open", took_part=11, votes={1: 0, 2: 2, 3: 9, 4: 0, 5: 0}),)
    assert sorted(row._mapping["class"] for row in town.rows(t.result)) == ["attended", "open"]
    data = exported(town).data
    assert recount.recount(data) == []
    assert "class open (counted apart): 11 took part" in recount.told(data)


def test_a_small_class_that_does_not_decide_shows_its_turnout_alone(town: Town) -> None:
    came, home = attended(town, 12), [town.neighbour() for _ in range(9)]
    polls = Polls.drafted(town, roll_kind="attended")
    opening(town)
    for n, person in enumerate([*came, *home]):
        polls.cast(person, 1 + n % 2)
    seen = closing(town)
    assert seen.apart == (contests.Apart(name="open", took_part=None, votes=None),)
    assert seen.options[0].votes == 6
    data = exported(town).data
    assert recount.recount(data) == []
    totals = recount.unpack(data)["totals.tsv"]
    for hidden in (b"open\toption 1", b"open\ttook_part", b"open\tenrolled", b"attended\ttook_part"):
        assert hidden + b"\t-\n" in totals
    assert b"all\ttook_part\t21\n" in totals
    assert "class open (counted apart): too few to be shown" in recount.told(data)


def test_a_few_blank_ballots_are_nobody_s_business(town: Town) -> None:
    came = attended(town, 20)
    polls = Polls.drafted(town, roll_kind="attended", quorum={"percent": 50, "of": "attended"})
    opening(town)
    for n, person in enumerate(came):
        polls.cast(person, *([] if n < 2 else [1 + n % 2]))
    closing(town)
    data = exported(town).data
    totals = recount.unpack(data)["totals.tsv"]
    assert b"attended\tchoice\t-\n" in totals  # or the blank ones could be subtracted
    assert b"attended\tblank\t-\n" in totals
    assert b"attended\ttook_part\t20\n" in totals
    assert recount.recount(data) == []


def test_a_quorum_whose_numbers_may_not_be_shown_is_the_file_s_word(town: Town) -> None:
    came, home = attended(town, 12), [town.neighbour() for _ in range(3)]
    polls = Polls.drafted(town, roll_kind="attended", quorum={"count": 10})
    opening(town)
    for n, person in enumerate([*came, *home]):
        polls.cast(person, 1 + n % 2)
    closing(town)
    data = exported(town).data
    assert b"attended\ttook_part\t-\n" in recount.unpack(data)["totals.tsv"]
    assert recount.recount(data) == []
    for change in ("chosen", "counts"):
        assert recount.recount(rewritten(data, "result.json", lambda r, c=change: r["attended"].pop(c)))  # type: ignore[misc]


def test_who_comes_later_does_not_decide(town: Town) -> None:
    attended(town, 1)
    polls = Polls.drafted(town, roll_kind="attended")
    opening(town)
    (late,) = attended(town, 1)
    assert not polls.cast(late, 1).decides


def test_who_is_erased_stays_counted_in_her_class(town: Town) -> None:
    came = attended(town, 12)
    polls = Polls.drafted(town, roll_kind="attended")
    opening(town)
    for n, person in enumerate(came):
        polls.cast(person, 1 + n % 2)
    from storage import erasing

    town.store.do(lambda unit: erasing.unlink(unit, came[:2]))
    seen = closing(town)
    assert (seen.chose, seen.apart) == (12, ())


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"roll_kind": "roll"}, "lista cerrada"),
        ({"quorum": {"percent": 50, "of": "roll"}}, "lista cerrada"),
        ({"roll_kind": "attended"}, "no hay asistencia anotada"),
        ({"quorum": {"percent": 50, "of": "attended"}}, "no hay asistencia anotada"),
    ],
)
def test_a_class_that_nobody_knows_is_not_opened(town: Town, values: dict[str, Any], why: str) -> None:
    town.registers(town.neighbour())
    Polls.drafted(town, **values)
    with pytest.raises(Refused, match=why):
        opening(town)


def test_who_was_not_there_is_told_that_it_counts_apart(town: Town, people: Neighbours) -> None:
    attended(town, 1)
    Polls.drafted(town, roll_kind="attended")
    maria, kevin = people.signed_up("Maria"), people.signed_up("Kevin", "telegram")
    opening(town)
    maria.read(), kevin.read()
    assert last(maria.say("2 1")).endswith("Se cuenta aparte: deciden quienes fueron a la reunion.")
    kevin.tap("Agua")
    assert last(kevin.tap("Terminar")).endswith("Se cuenta aparte: deciden quienes fueron a la reunión.")


# --- quorum -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("voters", "reached"), [(9, False), (10, True)])
def test_a_share_of_those_who_came_is_frozen_at_the_opening(town: Town, voters: int, reached: bool) -> None:
    attended(town, 20)
    polls = Polls.drafted(town, quorum={"percent": 50, "of": "attended"})
    opening(town)
    assert polls.contest.quorum == {"percent": 50, "of": "attended", "base": 20}
    attended(town, 20)
    polls.crowd(*[(1 + n % 2, 3) for n in range(voters)])
    seen = closing(town)
    assert (seen.quorum, bool(seen.chosen)) == (reached, reached)
    assert seen.options[2].votes is None  # all named the third one
    assert recount.recount(exported(town).data) == []


@pytest.mark.parametrize(("voters", "reached"), [(5, False), (6, True)])
def test_a_share_of_those_enrolled(town: Town, voters: int, reached: bool) -> None:
    asked = [town.neighbour() for _ in range(12)]
    polls = Polls.drafted(town, quorum={"percent": 50, "of": "enrolled"})
    opening(town)
    for n, person in enumerate(asked[:voters]):
        polls.cast(person, 1 + n % 3)
    polls.cast(asked[0], 1)
    seen = closing(town)
    assert seen.quorum is reached
    assert seen.options[0].votes is not None
    assert recount.recount(exported(town).data) == []


# --- what is said of it -------------------------------------------------------------------------------------------


def wording(town: Town, facts: contests.Facts) -> str:
    return Wording(WORDS, Voice(), facts, "San Martín").won()


def test_numbers_that_all_share_are_not_said(town: Town) -> None:
    Polls.opened(town).crowd(*[(1, 2)] * 4, *[(1,)] * 3)
    seen = closing(town)
    assert (seen.telling, seen.few, seen.hidden) == (True, False, True)
    assert [o.votes for o in seen.options] == [None] * 5
    told = wording(town, seen)
    assert told == "Ganó Agua potable. No decimos números por tema, para cuidar lo que eligió cada quien."
    detail = " ".join(Wording(WORDS, Voice(), seen, "San Martín").detail())
    assert not [c for c in told + detail if c.isdigit()]


def test_an_option_that_was_withdrawn_is_said(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,), (1,), (1, 5), (2,), (2, 5), (5,))
    change = t.option.update().where(t.option.c.number == 5).values(withdrawn_at=NOON)
    town.store.do(lambda unit: unit.db.execute(change).rowcount)
    seen = closing(town)
    assert (seen.chose, seen.blank, seen.emptied, seen.withdrawn) == (5, 1, True, ("Basura",))
    assert wording(town, seen) == (
        "Ganó Agua potable, con 3 de 6 elecciones: 50 de cada 100. Se retiró Basura: no se cuenta."
        " Quien eligió solo eso cuenta en blanco."
    )


# --- told ---------------------------------------------------------------------------------------------------------


def tell(town: Town) -> int:
    return town.store.do(lambda unit: tell_closed.due(unit, WORDS))


def groups(town: Town) -> dict[int, str]:
    return {r.person_id: r.variant.rpartition("/")[2] for r in _told(town, "closing") if r.variant}


def _told(town: Town, kind: str) -> list[Any]:
    sent = {r.id for r in town.rows(t.broadcast, t.broadcast.c.kind == kind)}
    return [r for r in town.rows(t.recipient) if r.broadcast_id in sent]


def test_everybody_enrolled_hears_within_a_day_whether_they_were_counted(town: Town, clock: Any) -> None:
    chose, silent, late = (town.neighbour() for _ in range(3))
    polls = Polls.drafted(town)
    opening(town)
    polls.cast(chose, 1)
    clock.set(CLOSES)
    polls.cast(late, 2)
    closing(town)
    clock.set(CLOSES + tell_closed.AFTER - timedelta(seconds=1))
    assert tell(town) == 0
    clock.set(CLOSES + tell_closed.AFTER + timedelta(seconds=9))
    assert (tell(town), tell(town)) == (1, 0)
    assert groups(town) == {chose: rolls.COUNTED, silent: rolls.NONE, late: rolls.LATE}
    (sent,) = town.rows(t.broadcast, t.broadcast.c.kind == "closing")
    assert sent.due_at <= CLOSES + timedelta(hours=24)


def test_everybody_enrolled_hears_the_result_itself_and_once(town: Town, clock: Any) -> None:
    chose, silent = town.neighbour(), town.neighbour()
    polls = Polls.drafted(town)
    opening(town)
    polls.cast(chose, 1)
    closing(town)
    for slug, _title, _short in PROBLEMS:
        town.store.do(lambda unit, slug=slug: decisions.decide(unit, WORDS, slug, "Así.", by="yaneth").told)  # type: ignore[misc]
    clock.forward(hours=12)
    tell(town)
    assert {r.person_id for r in _told(town, "result")} == {chose, silent}
    assert _told(town, "closing") == []
    (said,) = {r.body["text"] for r in town.rows(t.broadcast_text) if "No tenemos eleccion tuya" in r.body["text"]}
    assert "Gano Agua." in said  # who did not choose reads what came out, in the same message


def test_a_comarca_that_stopped_is_told_once_it_allows_it_again(town: Town, clock: Any) -> None:
    town.neighbour()
    Polls.drafted(town)
    opening(town)
    closing(town)
    clock.forward(hours=12)
    town.store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")))
    tell(town)
    assert town.rows(t.broadcast, t.broadcast.c.kind == "closing") == []
    town.authorise()
    tell(town)
    assert len(_told(town, "closing")) == 1


def test_a_close_is_told_however_late_and_once(town: Town, clock: Any) -> None:
    chose, silent = town.neighbour(), town.neighbour()
    polls = Polls.drafted(town)
    opening(town)
    polls.cast(chose, 1)
    closing(town)
    clock.forward(days=8)  # nothing ran for a week, or the comarca allows it again
    assert (tell(town), tell(town)) == (1, 0)
    assert groups(town) == {chose: rolls.COUNTED, silent: rolls.NONE}


def test_one_reminder_goes_to_who_has_not_chosen_and_wants_reminders(town: Town, clock: Any) -> None:
    chose, silent, quiet = (town.neighbour() for _ in range(3))
    town.registers(silent)
    town.registers(quiet, reminders=False)
    polls = Polls.drafted(town)
    opening(town)
    polls.cast(chose, 1)
    at = remind_choice.moment(polls.contest)
    assert at == CLOSES - timedelta(hours=25)
    remind = lambda unit: remind_choice.due(unit, WORDS)  # noqa: E731
    clock.set(at - timedelta(seconds=1))
    assert town.store.do(remind) == 0
    clock.set(at)
    assert (town.store.do(remind), town.store.do(remind)) == (1, 0)
    assert [r.person_id for r in _told(town, "ballot_reminder")] == [silent]


@pytest.mark.parametrize("hours", [1, 20])
def test_who_was_asked_today_is_not_reminded_tonight(town: Town, clock: Any, hours: int) -> None:
    town.neighbour()
    polls = Polls.drafted(town, closes_at=NOON + timedelta(hours=hours))
    polls.set(state="open", opened_at=NOON)
    for later in range(hours):
        clock.set(NOON + timedelta(hours=later))
        assert town.store.do(lambda unit: remind_choice.due(unit, WORDS)) == 0


# --- messages in another order ------------------------------------------------------------------------------------


def test_a_message_its_provider_dates_earlier_does_not_replace(town: Town, people: Neighbours) -> None:
    Polls.drafted(town)
    maria = people.signed_up("Maria")
    opening(town)
    maria.read()
    late, early = NOON + timedelta(minutes=5), NOON
    assert first(maria.say("3 1", sent_at=late)).startswith("Anotado: 3 Salud y 1 Agua.")
    told = "Ese mensaje es de antes. Vale tu ultima eleccion: 3 Salud y 1 Agua."
    assert first(maria.say("2 4", sent_at=early)) == told
    assert standing(town) == ["1,3"]
    assert [r.status for r in town.rows(t.ballot)] == ["current", "superseded"]
    assert first(maria.say("2 5", sent_at=late)).startswith("Cambiado: 2 Camino y 5 Basura. Antes era 3 y 1.")
    assert first(maria.say("4 5")).startswith("Cambiado: 4 Señal y 5 Basura.")
    assert standing(town) == ["4,5"]


def standing(town: Town) -> list[str]:
    return [r.payload for r in town.rows(t.ballot, t.ballot.c.status == "current")]


def test_the_dates_of_two_senders_are_not_compared(town: Town) -> None:
    polls = Polls.opened(town)
    ana, contest_id = town.neighbour(), polls.contest.id
    votes = [("sms", NOON + timedelta(hours=3), 1), ("telegram", NOON, 2), ("telegram", NOON - timedelta(seconds=1), 3)]
    states = []
    for n, (channel, sent_at, pick) in enumerate(votes):
        voter = ballots.Voter(
            person_id=ana,
            channel=channel,
            shared=False,
            provider=f"simulator:{channel}",
            provider_msg_id=f"d{n}",
            sent_at=sent_at,
        )
        states.append(town.store.do(lambda unit, v=voter, p=pick: ballots.cast(unit, contest_id, v, [p]).state))  # type: ignore[misc]
    assert states == ["new", "changed", "older"]
    assert standing(town) == ["2"]


def test_on_a_shared_phone_the_earlier_message_names_nothing(town: Town, people: Neighbours) -> None:
    Polls.drafted(town)
    phone: Phone = people.signed_up("Maria")
    people.moves_in(phone, "Luis")
    opening(town)
    phone.read()
    codes = {r.person_id: r.code for r in town.rows(t.registration)}
    phone.say("LUIS ELEGIR 3", sent_at=NOON)
    phone.say("LUIS ELEGIR 2", sent_at=NOON - timedelta(minutes=1))
    luis = town.store.read(lambda unit: next(p.id for p in rows.people_of(unit, 1) if p.name == "Luis"))
    assert first(phone.say(f"LUIS {codes[luis]}", sent_at=NOON - timedelta(minutes=1))) == (
        "Ese mensaje es de antes. Vale tu ultima eleccion."
    )
