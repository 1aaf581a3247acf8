"""`convoca import-people` as it is typed: what it shows, refuses and writes, and that no number or name is among it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot import settings
from bot.actions import import_people as importing
from bot.cli import main
from storage import broadcasts, lists, people, senders
from storage import tables as t
from storage.store import Store, Unit
from tests.convoke.test_import import ANA, SOURCE
from tests.kit import Town


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


@pytest.fixture
def installed(town: Town, database_url: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a lab; the list's file, in an empty folder."""
    for field in settings.Settings.model_fields:
        monkeypatch.delenv(settings.variable(field), raising=False)
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
    monkeypatch.setattr("sys.stdin", None)
    file = tmp_path / "lista.csv"
    file.write_bytes("Nombre;Celular\nAna María;6000-0001\nJosé;sin número\nBea;6000-0001\n".encode("latin-1"))
    return file


def said(file: Path, *more: str, lab: str = "san-martin") -> int:
    return main(["import-people", str(file), "--lab", lab, "--source", SOURCE, *more])


def test_the_command_shows_rows_and_words_but_no_number_and_no_name(
    installed: Path, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(installed, "--yes") == 0
    shown = capsys.readouterr().out
    assert "3 rows: 1 to be asked, 2 refused." in shown
    assert "row 3: there is no number in it" in shown
    assert "row 4: the number stands in the list twice" in shown
    assert "It goes to 1 person, once: 1 by simulator:sms. 1 SMS in all." in shown
    assert not [word for word in ("60000001", "6000-0001", "Ana", "Jos", "Bea") if word in shown]
    assert town.count(t.outbox, state="pending") == 1
    assert said(installed, "--yes") == 1
    again = capsys.readouterr()
    assert "row 2: the number is known already" in again.out
    assert "There is nobody to ask." in again.err
    assert town.count(t.outbox) == 1


@pytest.mark.parametrize(("typed", "status", "asked"), [("1\n", 0, 1), ("2\n", 1, 0), ("\n", 1, 0)])
def test_the_number_of_people_is_typed_before_they_are_asked(
    installed: Path, town: Town, monkeypatch: pytest.MonkeyPatch, typed: str, status: int, asked: int
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert said(installed) == status
    assert town.count(t.outbox) == asked


@pytest.mark.parametrize(
    ("file", "lab", "told"),
    [("gone.csv", "san-martin", "can not be read"), ("lista.csv", "nowhere", "There is no lab nowhere")],
)
def test_what_can_not_be_done_is_told_in_a_sentence(
    installed: Path, capsys: pytest.CaptureFixture[str], file: str, lab: str, told: str
) -> None:
    assert said(installed.parent / file, "--yes", lab=lab) == 1
    assert told in capsys.readouterr().err


def test_without_a_sender_the_command_shows_the_rows_and_then_refuses(
    installed: Path, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.store.do(lambda unit: senders.halt(unit, 1, "test"))
    assert said(installed, "--yes") == 1
    shown = capsys.readouterr()
    assert "3 rows: 1 to be asked, 2 refused." in shown.out
    assert "row 3: there is no number in it" in shown.out
    assert "Nobody can send SMS" in shown.err
    assert town.count(t.address) == 0


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", 'Several columns may be the number: «Celular», «Teléfono». Name one: --column "Celular".'),
        ("es", 'Varias columnas pueden ser el número: «Celular», «Teléfono». Nombra una: --column "Celular".'),
    ],
)
def test_a_column_that_is_not_sure_is_named_by_the_operator(
    installed: Path,
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lang: str,
    told: str,
) -> None:
    monkeypatch.setenv("CONVOCA_LANG", lang)
    installed.write_text("Nombre;Celular;Teléfono\nAna;60000009;60000001\n", encoding="utf-8")
    assert said(installed, "--yes") == 1
    assert told in capsys.readouterr().err
    assert town.count(t.address) == 0
    assert said(installed, "--yes", "--column", "telefono") == 0
    assert "The numbers are read from the column «Teléfono»." in capsys.readouterr().out
    assert town.store.read(lambda unit: lists.standing(unit, [ANA, "+50760000009"])) == {ANA: "known"}


def test_every_refused_row_is_named_in_a_file_by_its_row_and_reason_alone(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n" * 9))
    rows = [f"Ana {n};212-{n:04d}" for n in range(20)]
    installed.write_text("\n".join(["Nombre;Celular", *rows, "Luis;6-712-3456", "Eva;60000001"]), encoding="utf-8")
    file = installed.parent / "refused.csv"
    assert said(installed) == 1
    shown = flat(capsys.readouterr().out)
    assert "12, 13 and 8 more: it is not a mobile" in shown
    assert "--refused FILE writes every refused row" in shown
    for _again in range(2):  # such a file is written anew
        assert said(installed, "--refused", str(file)) == 1
    told = file.read_text(encoding="utf-8").splitlines()
    assert told[0] == "row,reason"
    assert told[1:21] == [f"{n},it is not a mobile number" for n in range(2, 22)]
    assert told[21:] == ['22,"it is an identity number, not a phone"']
    assert f"All 21 refused rows stand in {file}" in flat(capsys.readouterr().out)


def flat(shown: str) -> str:
    return " ".join(shown.split())


def test_the_file_of_refused_rows_is_never_written_over_another(
    installed: Path, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    before = installed.read_bytes()
    assert said(installed, "--yes", "--refused", str(installed)) == 1
    assert "is there already" in capsys.readouterr().err
    assert (installed.read_bytes(), town.count(t.address)) == (before, 0)
    assert said(installed, "--yes", "--refused", str(installed.parent / "none" / "x.csv")) == 1
    assert "can not be written" in capsys.readouterr().err


# --- a long list, in lots -----------------------------------------------------------------------------------------


@pytest.fixture
def long_list(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eleven neighbours, in lots of four."""
    monkeypatch.setattr(importing, "LOT", 4)
    installed.write_text("Celular\n" + "\n".join(f"6000-00{n:02}" for n in range(11)) + "\n")
    return installed


def stands(town: Town) -> tuple[int, int, int, list[int]]:
    """Numbers kept, messages, phones they go to, and whom each broadcast concerns."""
    phones = {row.address_id for row in town.rows(t.outbox, "address_id")}
    return (
        town.count(t.listed),
        town.count(t.outbox, state="pending"),
        len(phones),
        [row.audience for row in town.rows(t.broadcast, "audience")],
    )


def test_a_long_list_is_one_broadcast_in_lots(long_list: Path, town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(long_list, "--yes") == 0
    assert stands(town) == (11, 11, 11, [11])
    assert "11 people concerned: 11 pending." in capsys.readouterr().out
    told = [row.payload["people"] for row in town.rows(t.audit_event, "kind", "payload") if row.kind == "list_imported"]
    assert told == [4, 4, 3]


def broken_off(file: Path, monkeypatch: pytest.MonkeyPatch, lot: int) -> None:
    """The import ends where this lot would begin."""
    done, kept = [0], lists.keep

    def dies(*given: Any) -> list[int]:
        done[0] += 1
        if done[0] == lot:
            raise KeyboardInterrupt
        return kept(*given)

    with monkeypatch.context() as patch:
        patch.setattr(lists, "keep", dies)
        assert said(file, "--yes") == 130


def test_broken_off_half_way_it_is_said_again_and_ends_the_same(
    long_list: Path, town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken_off(long_list, monkeypatch, 3)
    assert stands(town) == (8, 8, 8, [8])
    assert "8 of 11" in capsys.readouterr().err
    assert said(long_list, "--yes") == 0
    shown = capsys.readouterr().out
    assert "11 rows: 3 to be asked, 8 refused." in shown
    assert stands(town) == (11, 11, 11, [11])
    assert said(long_list, "--yes") == 1
    assert stands(town) == (11, 11, 11, [11])


def test_what_went_out_meanwhile_and_was_done_goes_on(
    long_list: Path, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_off(long_list, monkeypatch, 2)
    town.store.do(lambda unit: settled(unit))
    assert [row.state for row in town.rows(t.broadcast, "state")] == ["done"]
    assert said(long_list, "--yes") == 0
    assert [row.state for row in town.rows(t.broadcast, "state")] == ["sending"]
    assert town.count(t.outbox, state="pending") == 7


def settled(unit: Unit) -> int:
    """All of it has left."""
    unit.db.execute(update(t.outbox).values(state="sent"))
    unit.db.execute(update(t.recipient).values(state="sent"))
    return broadcasts.finish(unit)


def test_what_was_stopped_is_not_brought_more_people(
    long_list: Path, town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken_off(long_list, monkeypatch, 2)
    (code,) = (row.code for row in town.rows(t.broadcast, "code"))
    town.store.do(lambda unit: broadcasts.stop(unit, code))
    capsys.readouterr()
    assert said(long_list, "--yes") == 1
    assert f"convoca broadcast resume {code}" in capsys.readouterr().err
    assert town.count(t.listed) == 4


def test_who_wrote_between_two_lots_is_left_out_and_the_rest_goes_on(
    long_list: Path, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, first = lists.keep, [True]

    def writes(unit: Unit, *given: Any) -> list[int]:
        if first[0]:
            first[0] = False
            people.lock_address(unit, "sms", "+50760000009")
        return kept(unit, *given)

    monkeypatch.setattr(lists, "keep", writes)
    assert said(long_list, "--yes") == 0
    assert stands(town) == (10, 10, 10, [10])
