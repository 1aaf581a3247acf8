"""After a restore: nothing goes twice, no number comes again, and a restore that broke off can be said again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, make_url, select, text, update
from typer.testing import CliRunner

from bot import cli, quiet
from bot.message import Receipt
from storage import backups, broadcasts, clock, migrate, moving, one_at_a_time, receipts, resuming, rows, senders
from storage.restoring import KEPT, LEAP, NotEmpty
from storage.resuming import NotResumed
from storage.rows import Shape
from storage.store import Store, Unit
from storage.tables import LASTING, broadcast, lease, metadata, outbox, session
from tests.keep.conftest import WAITING
from tests.keep.copies import app_on, as_of, made, restored, sums
from tests.keep.test_backup import SCRIPTS
from tests.kit import Town


@pytest.fixture
def again(lived: str, bare_url: str, folder: Path, secret: str, restored_template: Path) -> Iterator[Town]:
    """The town of a backup, restored."""
    if lived.startswith("sqlite") and bare_url.startswith("sqlite"):
        Path(bare_url.removeprefix("sqlite:///")).write_bytes(restored_template.read_bytes())
    else:
        restored(bare_url, made(lived, folder), secret)
    with Store(bare_url, secret) as store:
        yield Town(app_on(store))


def resume(town: Town) -> list[resuming.Doubt]:
    ticks = [tick.work for tick in town.app.ticks()]
    return town.store.do(lambda unit: resuming.hold(unit, ticks))


def states(town: Town) -> dict[str, int]:
    query = select(outbox.c.state, func.count()).where(outbox.c.kind == "broadcast").group_by(outbox.c.state)
    return town.store.read(lambda unit: {row[0]: row[1] for row in unit.db.execute(query)})


def day_before(town: Town) -> None:
    """It is the day before the meeting, when those who come are reminded."""
    starts = town.store.read(lambda unit: unit.db.execute(select(session.c.starts_at).order_by(session.c.id)).first())
    assert starts
    town.store.do(lambda unit: clock.to(unit, starts[0] - timedelta(hours=20)))


# --- (a) what was due in between --------------------------------------------------------------------------------------


def test_nothing_runs_before_a_person_says_so(again: Town) -> None:
    with pytest.raises(NotResumed, match="convoca resume"):
        again.store.read(resuming.require_resumed)
    resume(again)
    again.store.read(resuming.require_resumed)
    assert resume(again) == []


def test_what_waited_is_not_sent_again(again: Town) -> None:
    later = again.store.read(lambda unit: unit.now) + timedelta(days=3650)
    again.store.do(lambda unit: unit.db.execute(update(outbox).where(outbox.c.id == last(unit)).values(due_at=later)))
    assert sum(one.messages for one in resume(again) if one.kind == "invitation") == WAITING - 1
    [(code,)] = again.store.read(lambda unit: unit.db.execute(select(broadcast.c.id)).all())
    ledger = again.store.read(lambda unit: broadcasts.ledger(unit, code))
    assert (ledger.unknown, ledger.pending) == (WAITING - 1, 1)
    assert ledger.audience == ledger.unknown + ledger.pending + ledger.sent + ledger.skipped
    assert {row.error for row in again.rows(outbox, "state", "error") if row.state == "unknown"} == {"restored"}


@pytest.mark.parametrize("why", [one_at_a_time.WAITS, senders.LEFT])
def test_what_was_put_off_may_have_gone_sooner(again: Town, why: str) -> None:
    later = again.store.read(lambda unit: unit.now) + timedelta(days=1)
    put_off = update(outbox).where(outbox.c.recipient_id.is_not(None), outbox.c.state == "pending")
    again.store.do(lambda unit: unit.db.execute(put_off.values(due_at=later, error=why)).rowcount)
    assert again.store.read(resuming.waiting) == WAITING
    assert sum(one.messages for one in resume(again) if one.kind == "invitation") == WAITING


def last(unit: Unit) -> int:
    """The newest message of the broadcast."""
    newest = select(outbox.c.id).where(outbox.c.recipient_id.is_not(None)).order_by(outbox.c.id.desc())
    return int(unit.db.execute(newest.limit(1)).scalar_one())


def test_a_reminder_that_came_due_in_between_does_not_go_twice(again: Town) -> None:
    day_before(again)
    assert "reminder" in {one.kind for one in resume(again)}
    again.tick()
    assert "pending" not in states(again)


NIGHT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)  # 23:30 in Panama, after the backup of that morning


def begins(cause: datetime) -> Callable[[Unit], object]:
    """A tick that writes to somebody as soon as it is that late, by day."""

    def work(unit: Unit) -> None:
        if unit.now < cause or unit.db.execute(select(outbox.c.id).where(outbox.c.kind == "notice")).first():
            return
        [like, *_more] = unit.db.execute(select(outbox).where(outbox.c.state == "pending")).mappings()
        fresh = {"kind": "notice", "recipient_id": None, "due_at": quiet.held(unit.now, "America/Panama")}
        unit.db.execute(insert(outbox).values({k: v for k, v in like.items() if k != "id"} | fresh))

    return work


@pytest.mark.parametrize(
    ("hours", "state"), [(1.5, "pending"), (3, "pending"), (4, "unknown"), (12, "unknown")], ids=str
)
def test_what_was_begun_at_night_for_the_morning_goes_then_and_what_a_day_had_seen_does_not(
    again: Town, hours: float, state: str
) -> None:
    again.store.do(lambda unit: clock.to(unit, NIGHT))
    again.store.do(lambda unit: resuming.hold(unit, [begins(NIGHT - timedelta(hours=hours))]))
    [row] = [row for row in again.rows(outbox, "kind", "state", "due_at") if row.kind == "notice"]
    assert row.state == state
    assert row.due_at == NIGHT.replace(hour=13, minute=0) or state == "unknown"


def test_what_comes_due_later_goes(again: Town) -> None:
    resume(again)
    day_before(again)
    again.tick()
    assert states(again)["pending"]


def test_what_a_person_starts_meanwhile_goes(again: Town) -> None:
    again.neighbour("Nueva")
    mine = again.phone().say("AYUDA")
    assert mine
    newest = again.rows(outbox, "id")[-1].id
    resume(again)
    [state] = [row.state for row in again.rows(outbox, "id", "state") if row.id == newest]
    assert state != "unknown"


def test_the_mark_goes_with_a_backup(again: Town, bare_url: str, folder: Path) -> None:
    later = made(bare_url, folder / "more")
    shape = next(shape for shape, _sum in later.tables if shape.name == "setting")
    assert any(b"restored" in line for line in later.lines(shape))


# --- (b) numbers that left the house ----------------------------------------------------------------------------------


def test_a_late_receipt_hits_no_other_message(lived: str, again: Town, secret: str) -> None:
    """The old house sent one more message after its backup; its receipt comes to the new one."""
    with Store(lived, secret) as store:
        old = Town(app_on(store))
        old.phone().say("AYUDA")
        gone = old.rows(outbox, "id")[-1].id
    resume(again)
    again.neighbour("Nueva")
    again.phone().say("AYUDA")
    told = Receipt(sender="simulator:sms", provider_id="SM-of-the-old-house", rank=5, outbox_id=gone)
    assert again.store.do(lambda unit: receipts.settle_receipt(unit, told)) is None


def test_numbers_that_leave_the_house_begin_far_beyond(again: Town) -> None:
    now = again.store.read(lambda unit: unit.now)
    for name in LASTING:
        table = metadata.tables[name]
        newest = max(row.id for row in [*again.rows(table, "id"), *again.rows(session, "id")])
        given = again.store.do(partial(_next_number, name=name))
        assert given > newest + 1_000_000
        assert abs(given - now.timestamp() * 1000) < 3_600_000  # another restore of the same backup begins later still


def test_numbers_that_an_open_talk_keeps_begin_a_little_beyond(again: Town) -> None:
    """They are read aloud, so they stay short: of a row that was gone before the backup, or came after it."""
    assert {"joining", "handover", "not_understood", "contact", "picture"} <= set(KEPT)
    for name in KEPT:
        newest = max((row.id for row in again.rows(metadata.tables[name], "id")), default=0)
        assert again.store.do(partial(_next_number, name=name)) == newest + LEAP + 1


def _next_number(unit: Unit, name: str) -> int:
    """What the database would give to the next row."""
    if unit.db.dialect.name == "sqlite":
        found = text("SELECT seq + 1 FROM sqlite_sequence WHERE name = :name")
    else:
        found = text("SELECT nextval(pg_get_serial_sequence(:name, 'id'))")
    return int(unit.db.execute(found, {"name": name}).scalar_one())


# --- (c), (d) empty, or not -------------------------------------------------------------------------------------------


@pytest.fixture
def older(lived: str, folder: Path, tmp_path: Path) -> backups.Backup:
    """A backup of the version before."""
    _newest, before, *_more = [one.revision for one in SCRIPTS.walk_revisions()]
    return backups.look(as_of(made(lived, folder), before, f"sqlite:///{tmp_path / 'old.db'}"))


def breaking(work: Callable[..., Any]) -> Callable[..., Any]:
    def breaks(db: Any, shape: Shape, lines: Iterator[bytes]) -> Any:
        if shape.name == "outbox":
            raise OSError("the disk is full")
        return work(db, shape, lines)

    return breaks


def test_an_older_backup_that_broke_off_is_restored_again(
    older: backups.Backup, lived: str, bare_url: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(rows, "fill", breaking(rows.fill))
        with pytest.raises(OSError, match="disk"):
            restored(bare_url, older, secret)
    assert migrate.current(bare_url) is None
    restored(bare_url, older, secret)
    migrate.require_current(bare_url)
    assert sums(bare_url)["person"] == sums(lived)["person"]


def test_empty_tables_of_another_version_may_be_there(
    older: backups.Backup, bare_url: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are made anew as the backup knew them, so that what migrations do to rows is done to its rows."""
    seen: set[str] = set()
    fill = rows.fill

    def looks(db: Connection, shape: Shape, lines: Iterator[bytes]) -> int:
        seen.add(str(db.execute(text("SELECT version_num FROM alembic_version")).scalar_one()))
        return fill(db, shape, lines)

    monkeypatch.setattr(rows, "fill", looks)
    migrate.upgrade(bare_url)
    assert backups.is_empty(bare_url)
    restored(bare_url, older, secret)
    migrate.require_current(bare_url)
    assert seen == {older.schema}


def test_rows_of_a_version_that_this_program_does_not_know_are_data(bare_url: str) -> None:
    migrate.upgrade(bare_url, "0001")
    with migrate.changing(make_url(bare_url)) as db:
        db.execute(text("CREATE TABLE of_tomorrow (id INTEGER)"))
        db.execute(text("INSERT INTO of_tomorrow VALUES (1)"))
    assert not backups.is_empty(bare_url)


def test_tables_of_somebody_else_are_not_ours_to_fill(older: backups.Backup, bare_url: str, secret: str) -> None:
    with migrate.changing(make_url(bare_url)) as db:
        db.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(NotEmpty):
        restored(bare_url, older, secret)


def test_a_half_moved_database_is_not_empty(older: backups.Backup, bare_url: str, secret: str) -> None:
    migrate.upgrade(bare_url)
    with migrate.changing(make_url(bare_url)) as db:
        db.execute(insert(lease).values(name=moving.MARK, holder="convoca move", until=moving.FOR_EVER))
    assert not backups.is_empty(bare_url)
    with pytest.raises(NotEmpty):
        restored(bare_url, older, secret)


def test_a_slow_disk_does_not_end_it(there: str) -> None:
    """A restore unpacks a file between two statements: PostgreSQL waits, however long."""
    with migrate.changing(make_url(there)) as db:
        assert db.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "0"


# --- as one types it --------------------------------------------------------------------------------------------------


@pytest.fixture
def typed(again: Town, bare_url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`convoca ...` on the restored database."""
    monkeypatch.setenv("CONVOCA_DATABASE_URL", bare_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
    return lambda *said, answer="": CliRunner().invoke(cli.app, [*said], input=answer)


def test_run_refuses_and_resume_tells_what_is_not_sent(typed: Callable[..., Any], again: Town) -> None:
    refused = typed("run", "--role", "web")
    assert isinstance(refused.exception, NotResumed)
    said = " ".join(typed("resume").output.split())
    assert f"Not sent again: {WAITING} of the kind invitation" in said
    assert "convoca check, then convoca run" in said
    assert "waits for nothing" in typed("resume").output
    again.store.read(resuming.require_resumed)


def test_sending_all_of_it_asks_first(typed: Callable[..., Any], again: Town) -> None:
    asked = typed("resume", "--send", answer="n\n")
    assert (asked.exit_code, "gets them twice" in " ".join(asked.output.split())) == (1, True)
    assert again.store.read(resuming.found)
    typed("resume", "--send", "--yes")
    assert states(again) == {"pending": WAITING}
