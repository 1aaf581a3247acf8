"""Contests in the database: frozen at opening, one current ballot a person, closed at one moment, told in numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from bot import ties
from bot.actions import contest as acts
from bot.errors import Refused
from bot.i18n import Catalogues
from storage import audit, commitments, contest_states, contests
from storage import tables as t
from storage.contest_states import quorum_reached
from storage.contests import percent, shown_apart
from storage.store import Store
from tests.choose.polls import CLOSES, PROBLEMS, Polls
from tests.convoke.town import NOON, Town

WORDS = Catalogues.load()


def opening(town: Town, expect: int | None = None) -> Any:
    people = town.store.read(lambda unit: acts.preview(unit, WORDS, "sm")).people
    return town.store.do(lambda unit: acts.open_(unit, WORDS, "sm", "yaneth", people if expect is None else expect))


def closing(town: Town, seed: str | None = None) -> contests.Facts:
    return town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth", seed))


def facts(town: Town) -> contests.Facts:
    return town.store.read(lambda unit: contests.facts(unit, "sm"))


# --- opening ------------------------------------------------------------------------------------------------------


def test_opening_freezes_the_contest_and_asks_the_people_of_the_lab(town: Town) -> None:
    town.neighbour("sms")
    town.neighbour("whatsapp")
    town.registers(town.neighbour("telegram"))
    town.neighbour(consent=None)
    polls = Polls.drafted(town)
    ledger = opening(town)
    assert (ledger.audience, ledger.pending) == (3, 3)
    contest = polls.contest
    assert (contest.state, contest.opened_at is not None, contest.closes_at) == ("open", True, CLOSES)
    assert contest.tie_seed_source == "primer sorteo de la lotería nacional después del cierre"
    (row,) = town.rows(t.contest)
    frozen = town.store.read(lambda unit: contests.options(unit, contest.id))
    assert bytes(row.options_hash) == contest_states.options_hash("sm", frozen)
    (told,) = town.rows(t.audit_event, t.audit_event.c.kind == "contest.opened")
    assert told.scope == "contest:sm"
    assert told.payload["options_hash"] == bytes(row.options_hash).hex()
    (sent,) = town.rows(t.broadcast)
    assert (sent.kind, sent.expires_at) == ("ballot", CLOSES)
    assert sent.opens == {"conversation": "vote", "args": {"contest": "sm", "lab": "san-martin"}}


def test_opening_twice_is_one_opening(town: Town) -> None:
    town.neighbour()
    Polls.drafted(town)
    assert opening(town) == opening(town)
    assert len(town.rows(t.broadcast)) == 1


def test_another_number_than_the_one_shown_opens_nothing(town: Town) -> None:
    town.neighbour()
    polls = Polls.drafted(town)
    with pytest.raises(Refused, match="Son 1"):
        opening(town, expect=2)
    assert polls.contest.state == "draft"
    assert town.rows(t.broadcast) == []


def test_the_preview_shows_the_words_of_each_channel(town: Town) -> None:
    for channel in ("sms", "whatsapp", "telegram"):
        town.neighbour(channel)
    Polls.drafted(town)
    seen = town.store.read(lambda unit: acts.preview(unit, WORDS, "sm"))
    assert (seen.people, seen.segments, seen.by_channel) == (3, seen.segments, {"sms": 1, "whatsapp": 1, "telegram": 1})
    assert seen.segments <= 2
    assert seen.samples["whatsapp"].endswith(
        "Ejemplo: 3 1\n1 Agua potable\n2 Camino a la escuela\n3 Centro de salud\n4 Señal de celular\n5 Basura"
    )
    assert seen.samples["telegram"].endswith("1 Agua 2 Camino 3 Salud 4 Señal 5 Basura")
    assert seen.samples["sms"].endswith("1 Agua 2 Camino 3 Salud 4 Señal 5 Basura")
    assert town.rows(t.broadcast) == []


def test_buttons_stand_where_every_option_has_one(town: Town) -> None:
    town.neighbour("telegram")
    Polls.drafted(town)
    opening(town)
    (text,) = town.rows(t.broadcast_text)
    broadcast_id = town.rows(t.broadcast)[0].id
    assert text.body["options"][0] == [1, "Agua", f"b{broadcast_id}|pick.1|1"]
    assert len(text.body["options"]) == 5


def too_many_letters(town: Town) -> Polls:
    rows = [(f"p{n}", f"Problema número {n}", f"Problema{n:02}") for n in range(15)]
    return Polls.drafted(town, options=rows)


@pytest.mark.parametrize(
    ("drafted", "why"),
    [
        (lambda town: Polls.drafted(town, closes_at=None), "no tiene fecha de cierre"),
        (lambda town: Polls.drafted(town, closes_at=NOON), "cierra antes de que la gente pueda leer"),
        (lambda town: Polls.drafted(town, options=PROBLEMS[:1]), "necesita dos opciones"),
        (lambda town: Polls.drafted(town, roll_kind="roll"), "lista cerrada"),
        (lambda town: Polls.drafted(town, method="palitos"), "No conozco la manera de contar palitos"),
        (lambda town: Polls.opened(town), "ya se abrió"),
        (too_many_letters, "ocupa 3 SMS y caben 2"),
    ],
)
def test_what_can_not_be_opened_is_refused(town: Town, drafted: Callable[[Town], Polls], why: str) -> None:
    town.neighbour("telegram")
    drafted(town)
    with pytest.raises(Refused, match=why):
        opening(town, expect=1)


def test_a_contest_nobody_knows_is_refused(town: Town) -> None:
    with pytest.raises(Refused, match="No hay una elección que se llame sm"):
        opening(town)


def test_a_comarca_lab_opens_nothing_without_its_authorisation(store: Store, clock: Any) -> None:
    clock.set(NOON)
    town = Town.build(store, setting="comarca")
    Polls.drafted(town)
    with pytest.raises(Refused, match="Falta la autorización de la comunidad"):
        opening(town)
    town.authorise()
    assert opening(town).pending == 0


def test_options_that_the_plan_does_not_name_are_drawn_once(town: Town) -> None:
    polls = Polls.drafted(town)
    town.store.do(lambda unit: unit.db.execute(t.option.delete()).rowcount)
    opening(town)
    rows = town.rows(t.option)
    assert [r.number for r in rows] == [1, 2, 3, 4, 5]
    assert {r.short_title for r in rows} == {short for _slug, _title, short in PROBLEMS}
    assert polls.contest.state == "open"


# --- closing ------------------------------------------------------------------------------------------------------


def test_closing_counts_and_publishes_the_root(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd((1, 3), (1,), (1, 2), (3,), (2, 1), ())
    seen = closing(town)
    contest = polls.contest
    assert (contest.state, contest.ballots_counted) == ("closed", 6)
    committed = sorted(bytes(r.commitment) for r in town.rows(t.ballot))
    assert contest.root == commitments.root(committed)
    assert {o.number: o.votes for o in seen.options} == {1: 4, 2: 2, 3: 2, 4: 0, 5: 0}
    assert {o.number: o.percent for o in seen.options} == {1: 67, 2: 33, 3: 33, 4: 0, 5: 0}  # of 6
    assert [o.short_title for o in seen.chosen] == ["Agua"]
    (kept,) = town.rows(t.result)
    assert (kept.method, kept.version, kept.params) == ("approval", 1, {"k": 3, "seats": 1})
    (told,) = town.rows(t.audit_event, t.audit_event.c.kind == "contest.closed")
    assert len(told.payload.pop("secret")) > 64, "nobody tries out what stands between two heads that were published"
    assert told.payload == {"ballots": 6, "root": commitments.root(committed).hex()}
    assert kept.input_digest not in str(told.payload)  # of six ballots it would give every choice away


def test_closing_again_changes_nothing(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,), (2,), (1,))
    first, contest = closing(town), polls.contest
    assert closing(town, seed="48213") == first
    assert polls.contest == contest
    assert len(town.rows(t.result)) == 1


def test_what_is_not_open_can_not_be_closed(town: Town) -> None:
    Polls.drafted(town)
    with pytest.raises(Refused, match="No hay una elección abierta que se llame sm"):
        closing(town)


def test_nobody_is_asked_any_more_after_an_early_close(town: Town) -> None:
    town.neighbour()
    Polls.drafted(town)
    opening(town)
    closing(town)
    (row,) = town.rows(t.recipient)
    assert (row.state, row.reason) == ("skipped", "closed")


def test_the_tick_closes_what_its_hour_has_closed(town: Town, clock: Any) -> None:
    polls = Polls.opened(town)
    assert town.store.do(lambda unit: acts.close_due(unit, WORDS)) == []
    clock.set(CLOSES)
    assert town.store.do(lambda unit: acts.close_due(unit, WORDS)) == ["sm"]
    assert polls.contest.state == "closed"


def test_a_tie_waits_for_the_public_draw_and_is_broken_by_it(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,), (1,), (1,), (3,), (3,), (3,), (2,))
    seen = closing(town)
    assert seen.chosen == ()
    assert [o.number for o in seen.waiting] == [1, 3]
    settled = closing(town, seed="2026-12-02:48213")
    assert len(settled.chosen) == 1
    assert settled.waiting == ()
    numbers, _, head = str(settled.seed).rpartition(":")
    (closed,) = town.rows(t.audit_event, t.audit_event.c.kind == "contest.closed")
    assert (numbers, head) == ("2026-12-02:48213", bytes(closed.hash).hex())
    assert len(town.rows(t.result)) == 2
    assert settled.ties == (tuple(place[0] for place in _order(town)[:2]),)
    assert closing(town, seed="111") == settled
    assert polls.contest.tie_seed == settled.seed


def _order(town: Town) -> Any:
    return town.rows(t.result)[-1].output["order"]


def test_an_open_choice_takes_no_draw_which_comes_after_its_close(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,), (3,), (2,), (4,), (5,))
    with pytest.raises(Refused, match="sigue abierta"):
        closing(town, seed="48213")
    assert (polls.contest.state, town.rows(t.result)) == ("open", [])
    closing(town)
    assert len(closing(town, seed="48213").chosen) == 1


ROUND = "9f2c4a1b" * 8  # what a round of drand publishes


@pytest.mark.parametrize("seed", [ROUND, ROUND.upper(), f" 4211337:{ROUND} ", "0" * 64, "ab" * 16, "ab" * 48])
def test_a_published_code_breaks_a_tie_however_its_letters_are_written(town: Town, seed: str) -> None:
    Polls.opened(town).crowd((1,), (3,))
    closing(town)
    settled = closing(town, seed=seed)
    assert len(settled.chosen) == 1
    numbers, _, head = str(settled.seed).rpartition(":")
    assert (numbers, len(head)) == (seed.strip().lower(), 64)
    assert closing(town, seed=seed) == settled


@pytest.mark.parametrize(
    "seed", ["cafe", "48213 bb", "a" * 31, "a" * 97, f"{ROUND} {ROUND}", f"x:{ROUND}", ROUND[:-1] + "g"]
)
def test_what_nobody_publishes_settles_no_tie(town: Town, seed: str) -> None:
    Polls.opened(town).crowd((1,), (3,))
    closing(town)
    with pytest.raises(Refused, match="números que salieron"):
        closing(town, seed=seed)


def test_a_long_code_is_told_by_its_beginning() -> None:
    head = "0" * 64
    told = {"48213": "48213", "2026-12-02:48213": "2026-12-02:48213", ROUND: "9f2c4a1b..."}
    told[f"4211337:{ROUND}"] = "4211337:9f2c4a1b..."
    assert {drawn: ties.numbers(f"{drawn}:{head}") for drawn in told} == told


@pytest.mark.parametrize("seed", ["hola", "48213 y medio", "-", "4" * 101, "١٢٣"])
def test_what_is_no_number_settles_no_tie(town: Town, seed: str) -> None:
    Polls.opened(town).crowd((1,), (3,))
    closing(town)
    with pytest.raises(Refused, match="números que salieron"):
        closing(town, seed=seed)
    assert len(closing(town, seed=" 4-8 2:13 ").chosen) == 1


def test_a_tie_of_the_assembly_takes_no_seed(town: Town) -> None:
    Polls.opened(town, tie_mode="assembly").crowd((1,), (3,))
    assert [o.number for o in closing(town).waiting] == [1, 3]
    with pytest.raises(Refused, match="lo decide la asamblea"):
        closing(town, seed="48213")


def test_without_quorum_the_counts_stand_and_nothing_is_chosen(town: Town) -> None:
    Polls.opened(town, quorum={"count": 6}).crowd((1,), (1,), (1,), (2,), (2,))
    seen = closing(town)
    assert (seen.quorum, seen.chosen) == (False, ())
    assert seen.options[0].votes == 3


@pytest.mark.parametrize(
    ("quorum", "took_part", "base", "reached"),
    [
        ({}, 0, 0, True),
        ({"count": 10}, 9, 99, False),
        ({"count": 10}, 10, 99, True),
        ({"percent": 50, "of": "enrolled"}, 1, 3, False),
        ({"percent": 50, "of": "enrolled"}, 2, 4, True),
        ({"percent": 33, "of": "enrolled"}, 1, 3, True),
    ],
)
def test_a_quorum_is_counted_in_whole_numbers(quorum: dict[str, Any], took_part: int, base: int, reached: bool) -> None:
    assert quorum_reached(quorum, took_part, base) is reached


# --- what may be told ---------------------------------------------------------------------------------------------


def test_totals_are_hidden_until_the_close(town: Town) -> None:
    Polls.opened(town).crowd(*[(1,)] * 6)
    seen = facts(town)
    assert not seen.counted
    assert [o.votes for o in seen.options] == [None] * 5
    assert (seen.took_part, seen.chosen) == (6, ())


def test_under_five_ballots_nothing_is_counted_by_option(town: Town) -> None:
    Polls.opened(town).crowd((1,), (1,), (2,), ())
    seen = closing(town)
    assert seen.few
    assert [(o.votes, o.percent) for o in seen.options] == [(None, None)] * 5
    assert [o.short_title for o in seen.chosen] == ["Agua"]


def test_a_small_part_is_not_shown_apart(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd(*[(1,)] * 12, channel="sms")
    polls.crowd(*[(2,)] * 10, channel="telegram")
    assert facts(town).by_channel == {"sms": 12, "telegram": 10}
    polls.crowd((3,), channel="whatsapp")
    seen = facts(town)
    assert (seen.by_channel, seen.shared) == (None, None)
    for _ in range(10):
        polls.cast(town.neighbour(), 1, shared=True)
    assert facts(town).shared == 10


@pytest.mark.parametrize(
    ("cell", "whole", "shown"),
    [
        (9, 99, False),
        (10, 99, True),
        (90, 99, False),
        (5, 100, True),
        (4, 100, False),
        (96, 100, False),
        (0, 200, False),
    ],
)
def test_a_cell_and_its_rest_must_be_large_enough(cell: int, whole: int, shown: int) -> None:
    assert shown_apart(cell, whole) is bool(shown)


def test_the_shares_of_the_story() -> None:
    """88, 63 and 59 of 144 are 61, 44 and 41 of every 100 (conversations.md)."""
    assert [percent(n, 144) for n in (88, 63, 59)] == [61, 44, 41]
    assert percent(0, 0) == 0


def test_a_month_later_nobody_can_say_who_chose_what(town: Town, clock: Any) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,), (2,), (1,), (3,), (1, 2))
    before = closing(town)
    assert town.store.do(contest_states.unlink_due) == 0
    clock.forward(days=30, seconds=1)
    assert town.store.do(contest_states.unlink_due) == 5
    wiped = town.rows(t.ballot)
    assert all((r.person_id, r.salt, r.raw_text) == (None, None, None) for r in wiped)
    assert all(r.provider_msg_id == f"unlinked-{r.id}" for r in wiped)
    assert {(r.received_at.hour, r.received_at.minute) for r in wiped} == {(17, 0)}  # noon in Panama
    assert len(town.rows(t.participation)) == 5
    assert facts(town) == before
    assert town.store.do(contest_states.unlink_due) == 0


def test_the_log_of_a_contest_is_a_chain_that_holds(town: Town) -> None:
    Polls.opened(town).crowd((1,), (3,), (1,))
    closing(town)
    town.store.do(audit.chain)
    assert town.store.read(audit.verify) == []
    spoilt = update(t.audit_event).where(t.audit_event.c.kind == "contest.closed")
    town.store.do(lambda unit: unit.db.execute(spoilt.values(payload={"ballots": 9})).rowcount)
    assert town.store.read(audit.verify) != []


def test_a_result_is_json_and_nothing_else(town: Town) -> None:
    Polls.opened(town).crowd((1,), (3,), (1,))
    closing(town)
    output = town.rows(t.result)[0].output
    assert json.loads(json.dumps(output)) == output
    assert output["reasons"]["1"] == {"key": "chosen", "score": 2}
