"""Authors hear what became of their ideas at the count and of the promise: each person once, whatever else she is."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from bot.actions import contest, decide, promise
from bot.actions import ideas as act
from bot.broadcast import Ledger
from bot.results import ideas_of
from bot.sms import sms_text
from storage import tables as t
from storage.store import Unit
from tests.choose.polls import PROBLEMS
from tests.convoke.town import Town, add
from tests.ideas.pile import WORDS, Pile

SAID = promise.Said(problem="agua", entity="agua", text="repara el tanque", due="miércoles 31 mar")


@pytest.fixture
def open_pile(town: Town) -> Pile:
    """People choose already, and ideas stand in the options."""
    return Pile.of(town, opened=True)


def published(pile: Pile) -> Ledger:
    """Counted, decided, told."""

    def work(unit: Unit) -> Ledger:
        add(unit, t.organisation, slug="agua", name="Oficina del Agua", short_name="la oficina del agua", kind="public")
        contest.close_(unit, WORDS, "sm", "yaneth")
        done = [decide.decide(unit, WORDS, slug, "Así se acordó.", by="yaneth") for slug, _t, _s in PROBLEMS]
        assert done[-1].told
        return done[-1].told

    return pile.store.do(work)


def texts(pile: Pile, ledger: Ledger) -> dict[str, str]:
    """Group -> what it reads, as an SMS shows it."""
    rows = pile.town.rows(t.broadcast_text, t.broadcast_text.c.broadcast_id == ledger.broadcast_id)
    return {row.variant.split("/", 4)[4]: sms_text(row.body["text"]) for row in rows}


def test_an_author_reads_what_became_of_her_idea(open_pile: Pile) -> None:
    pile = open_pile
    pile.polls.crowd(*([(1,)] * 8), *([(2,)] * 5))
    number = pile.idea()
    pile.do(act.join, number, "camino")
    told = texts(pile, published(pile))
    (mine,) = [text for group, text in told.items() if group.endswith(f"#{number}:2")]
    assert mine.startswith(f"{{name}}: tu idea {number} esta en Camino: 5 de 13.")
    assert "Gano Agua" in mine
    assert "Camino: por ahora no." in mine, "with what was decided of it, and no number twice"


def test_an_author_who_chose_and_came_reads_it_all_in_one_message(open_pile: Pile) -> None:
    pile = open_pile
    people = pile.polls.crowd(*([(1,)] * 8), (3,))
    pile.town.registers(people[-1], "attended")
    for text in ("el agua no llega", "el pozo se seca"):
        pile.do(act.join, pile.idea(text, person=people[-1]), "agua")
    ledger = published(pile)
    rows = [row for row in pile.town.rows(t.recipient) if row.broadcast_id == ledger.broadcast_id]
    assert Counter(row.person_id for row in rows)[people[-1]] == 1
    (variant,) = [row.variant for row in rows if row.person_id == people[-1]]
    heard, wrote = ideas_of(variant.split("/", 4)[4])
    assert (heard, wrote) == ("1:3", {1: 1, 2: 1})
    mine = texts(pile, ledger)[variant.split("/", 4)[4]]
    assert "pediste Salud" in mine
    assert "Tu idea 1 esta en Agua." in mine


def test_who_took_it_back_or_was_taken_apart_is_no_author(open_pile: Pile) -> None:
    pile = open_pile
    pile.polls.crowd(*([(1,)] * 8))
    number = pile.idea()
    pile.do(act.join, number, "camino")
    pile.do(act.undo, number)
    assert not [group for group in texts(pile, published(pile)) if "#" in group]


@pytest.mark.parametrize("seed", range(4))
def test_each_person_concerned_by_a_result_is_told_once_and_nobody_else(open_pile: Pile, seed: int) -> None:
    pile, rng = open_pile, random.Random(seed)
    choices = [tuple(rng.sample(range(1, 6), rng.randint(1, 3))) for _ in range(rng.randint(5, 12))]
    concerned = set(pile.polls.crowd(*choices, *([(1,)] * 15), *([(2,)] * 2)))
    others = [pile.town.neighbour(rng.choice(("sms", "whatsapp", "telegram"))) for _ in range(8)]
    for person in [*sorted(concerned), *others]:
        if rng.random() < 0.4:
            pile.town.registers(person, "attended")
            concerned.add(person)
        for _ in range(rng.randint(0, 2)):
            pile.do(act.join, pile.idea(person=person), rng.choice(("agua", "camino", "salud")))
            concerned.add(person)
    told = published(pile)
    made = pile.do(promise.promise, SAID)
    for ledger in (told, made):
        rows = pile.town.rows(t.recipient, t.recipient.c.broadcast_id == ledger.broadcast_id)
        counted = Counter(row.person_id for row in rows)
        assert set(counted.values()) == {1}
        assert ledger.audience == len(counted)
    result = {row.person_id for row in pile.town.rows(t.recipient) if row.broadcast_id == told.broadcast_id}
    assert result == concerned


def test_an_author_hears_of_the_promise_as_an_author(open_pile: Pile) -> None:
    pile = open_pile
    pile.polls.crowd(*([(1,)] * 8))
    number = pile.idea("el agua no llega")
    pile.do(act.join, number, "agua")
    published(pile)
    told = texts(pile, pile.do(promise.promise, SAID))
    assert told[f"0:{number}"].startswith(f"{{name}}: tu idea {number} esta en Agua.")
