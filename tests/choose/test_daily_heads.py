"""The head of a choice's log, once a day: published, kept, and held against the log (voting.md 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, update

from bot.actions import contest as acts
from bot.i18n import Catalogues
from storage import audit, contest_states, daily_heads
from storage import tables as t
from tests.choose.polls import Polls
from tests.convoke.town import Town

WORDS = Catalogues.load()
SCOPE = "contest:sm"


def said(town: Town) -> Sequence[tuple[date, str]]:
    found = Polls(town).contest
    return town.store.read(lambda unit: daily_heads.of(unit, found))


def test_each_day_has_its_head_and_one_only(town: Town, clock: Any) -> None:
    polls = Polls.opened(town)
    assert town.store.do(daily_heads.publish) == 1
    polls.crowd((1,), (2,))
    assert town.store.do(daily_heads.publish) == 0, "once a day"
    (first,) = said(town)
    clock.forward(days=1)
    assert town.store.do(daily_heads.publish) == 1
    clock.forward(days=1)
    assert town.store.do(daily_heads.publish) == 1, "a day on which nobody chose looks like any other"
    days = said(town)
    assert days[0] == first
    assert [day.isoformat() for day, _head in days] == ["2026-11-12", "2026-11-13", "2026-11-14"]
    assert len({head for _day, head in days}) == 3
    hashes = {bytes(row.hash).hex() for row in town.rows(t.audit_event, t.audit_event.c.scope == SCOPE)}
    assert {head for _day, head in days} <= hashes
    assert town.store.read(audit.verify) == []


def test_it_ends_the_day_after_the_result(town: Town, clock: Any) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,), (2,))
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    town.store.do(daily_heads.publish)
    town.store.do(lambda unit: contest_states.publish(unit, polls.contest, "00" * 32, by="yaneth"))
    told = [0] * 5
    for n in range(5):
        told[n] = town.store.do(daily_heads.publish)
        clock.forward(days=1)
    assert told == [0, 1, 0, 0, 0]


def test_a_draft_has_none(town: Town) -> None:
    Polls.drafted(town)
    assert town.store.do(daily_heads.publish) == 0
    assert said(town) == []


def test_who_writes_the_log_anew_is_caught_by_a_head_that_was_said(town: Town, clock: Any) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,), (2,))
    town.store.do(daily_heads.publish)
    clock.forward(days=1)
    town.store.do(daily_heads.publish)

    def forged(unit: Any) -> None:
        """The last choice never came: all after it is chained again, and the head that is kept is put right."""
        mine = t.audit_event.c.scope == SCOPE
        last = max(row.id for row in town.rows(t.audit_event, mine, t.audit_event.c.kind == "ballot.cast"))
        unit.db.execute(delete(t.audit_event).where(t.audit_event.c.id == last))
        unit.db.execute(update(t.audit_event).where(mine).values(seq=None, prev=None, hash=None))
        unit.db.execute(delete(t.setting).where(t.setting.c.name == f"log_head:{SCOPE}"))
        audit.chain(unit)

    town.store.do(forged)
    faults = town.store.read(audit.verify)
    assert len([fault for fault in faults if "not the one that was kept or published" in fault]) == 1, faults
    assert "is gone" in " ".join(faults)


def test_the_days_of_few_can_not_be_tried_out(town: Town) -> None:
    """Each link that is published holds what nobody outside knows; so does the close."""
    polls = Polls.opened(town)
    town.store.do(daily_heads.publish)
    polls.crowd((1,))
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    kinds = t.audit_event.c.kind.in_(("log.published", "contest.closed"))
    secrets = [row.payload["secret"] for row in town.rows(t.audit_event, kinds)]
    assert len(set(secrets)) == 2
    assert all(len(secret.partition(":")[2]) == 64 for secret in secrets)
