"""What anybody compares and counts again, from the page alone: fingerprint, file, program (voting.md 6)."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from bot import recount
from bot.actions import decide
from bot.actions import export as exporting
from bot.player import Phone
from storage import contest_states, daily_heads
from storage import tables as t
from tests.choose.polls import Neighbours, Polls, last
from tests.web.square import Square
from tests.web.test_public import read

FILE = "/l/san-martin/sm.zip"


def fetched(square: Square, path: str) -> bytes:
    answer = square.browser.get(path)
    assert answer.status_code == 200
    return answer.content


def counted(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the page says: one command, with Python and nothing else, in a folder that holds the two files."""
    return subprocess.run(
        [sys.executable, "-I", "recount.py", "sm.zip"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_two_files_of_the_page_count_again(square: Square, tmp_path: Path) -> None:
    square.published()
    page = square.page()
    assert f'href="{FILE}"' in page
    assert 'href="/recount.py"' in page
    assert "python3 recount.py sm.zip" in read(page)
    data = fetched(square, FILE)
    (tmp_path / "sm.zip").write_bytes(data)
    (tmp_path / "recount.py").write_bytes(fetched(square, "/recount.py"))
    done = counted(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Counted again: equal.\n")
    for at in (40, len(data) // 2, len(data) - 5):
        (tmp_path / "sm.zip").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert counted(tmp_path).returncode in (1, 2), at


def test_the_program_is_a_text_that_one_can_read(square: Square) -> None:
    answer = square.browser.get("/recount.py")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == Path(recount.__file__).read_text(encoding="utf-8")


def test_page_data_message_and_program_name_the_same_marks(square: Square) -> None:
    polls = square.choosing()
    kevin = Neighbours(square.store).signed_up("Kevin", "telegram")
    square.close()
    square.decide()
    data, page, receipts = fetched(square, FILE), read(square.page()), square.data("contests/sm")["receipts"]
    mark = hashlib.sha256(data).hexdigest()
    assert receipts["recount_sha256"] == mark
    assert f"SHA-256 del zip: {mark}" in page
    (published,) = square.town.rows(t.audit_event, t.audit_event.c.kind == "contest.published")
    assert published.payload == {"sha256": mark}, "and the log holds it"
    assert f"file SHA-256 {mark}\n" in recount.told(data)
    assert polls.contest.root
    short, head = recount.short(polls.contest.root), recount.short(bytes.fromhex(receipts["log_head"]))
    assert (receipts["root_short"], receipts["log_head_short"]) == (short, head)
    assert f"En los mensajes va corta: {short} " in page
    assert f"En los mensajes va corto: {head} " in page
    assert f"in the messages {short}\n" in recount.told(data)
    assert f"Huella del conteo: {short}, de 40 recibos. Fin del registro: {head}." in last(kevin.read())


def test_the_numbers_of_page_data_and_file_agree(square: Square) -> None:
    square.published()
    export, found = recount.read(fetched(square, FILE)), square.data("contests/sm")
    scores = export.classes["open"].scores(export.counted)
    assert {option["number"]: option["votes"] for option in found["options"]} == scores
    assert found["turnout"]["took_part"] == found["receipts"]["ballots"] == export.totals["took_part"] == 40
    assert found["receipts"]["root"] == export.contest["root"]
    assert found["receipts"]["log_head"] == export.contest["log_head"]
    text = read(square.page())
    for option in found["options"]:
        assert re.search(rf"{option['title']} (Se eligió )?{option['votes']} ", text)


def test_the_file_stays_what_it_was_whatever_happens_to_people(square_on_both: Square, clock: Any) -> None:
    square = square_on_both
    rosa = chosen_by_rosa(square)
    first, mark = fetched(square, FILE), square.data("contests/sm")["receipts"]["recount_sha256"]
    assert hashlib.sha256(first).hexdigest() == mark
    assert square.store.do(lambda unit: exporting.export(unit, square.app.catalogues, "sm", "yaneth")).data == first
    erased(rosa)
    assert fetched(square, FILE) == first, "somebody had her data erased"
    clock.forward(days=31)
    square.store.do(contest_states.unlink_due)
    square.store.do(daily_heads.publish)
    square.tick()
    assert fetched(square, FILE) == first, "nobody can say any more who chose what"
    assert square.data("contests/sm")["receipts"]["recount_sha256"] == mark


def test_what_an_older_program_published_gets_its_mark_from_the_clock(square_on_both: Square) -> None:
    square = square_on_both
    square.published()
    square.store.do(lambda unit: unit.db.execute(t.setting.delete().where(t.setting.c.name == "file:sm")).rowcount)
    assert "SHA-256" not in square.page()
    (tick,) = (one for one in square.app.ticks() if one.name == "marks of files")
    assert square.store.do(tick.work) == 1
    mark = hashlib.sha256(fetched(square, FILE)).hexdigest()
    assert f"SHA-256 del zip: {mark}" in read(square.page())
    assert square.data("contests/sm")["receipts"]["recount_sha256"] == mark
    (noted,) = square.town.rows(t.audit_event, t.audit_event.c.kind == "contest.exported")
    assert (noted.actor, noted.scope, noted.payload) == ("clock", "contest:sm", {"sha256": mark})
    assert square.store.do(tick.work) == 0, "once"


def chosen_by_rosa(square: Square) -> Phone:
    square.choosing()
    rosa = Neighbours(square.store).signed_up("Rosa")
    rosa.say("ELEGIR 1")
    square.close()
    square.decide()
    return rosa


def erased(phone: Phone) -> None:
    phone.read()
    phone.say("BORRAR")
    assert "Borrado el" in last(phone.say("BORRAR"))


def test_where_the_log_ended_is_published_each_day(square_on_both: Square, clock: Any) -> None:
    square = square_on_both
    Polls.opened(square.town).crowd((1,), (2,))
    assert "Comprobar el conteo" not in read(square.page())
    square.store.do(daily_heads.publish)
    clock.forward(days=1)
    square.store.do(daily_heads.publish)
    days = square.data("contests/sm")["receipts"]["log_heads"]
    assert [one["day"] for one in days] == ["2026-11-12", "2026-11-13"]
    text = read(square.page())
    assert f"Fin del registro de cambios, el viernes 13 nov: {days[-1]['head']} Se publica cada día." in text
    assert "Descargar el conteo" not in text
    english = read(square.page("?lang=en"))
    assert "End of the log of changes, on Friday 13 Nov: " in english


def test_what_may_not_be_counted_by_others_has_no_file_and_no_mark(square: Square) -> None:
    Polls.opened(square.town).crowd(*[(1,)] * 8)
    square.close()
    square.decide()
    receipts = square.data("contests/sm")["receipts"]
    assert receipts["root"]
    assert [receipts[name] for name in ("recount_file", "recount_sha256", "recount_program")] == [None] * 3
    page = square.page()
    assert "recount.py" not in page
    assert "SHA-256" not in page


def test_the_minute_of_an_assembly_that_comes_with_the_last_decision_is_in_the_file(square: Square) -> None:
    polls = Polls.opened(square.town, tie_mode="assembly")
    polls.crowd(*[(1,)] * 5, *[(3,)] * 5)
    square.close()
    fates = {"camino": "", "senal": "", "basura": "", "salud": "acta 4", "agua": "acta 5"}
    for problem, minute in fates.items():
        became = "adopted" if problem == "agua" else "not_now"
        square.store.do(
            lambda unit, p=problem, o=became, m=minute: decide.decide(  # type: ignore[misc]
                unit, square.app.catalogues, p, "Así se acordó", o, minute=m, by="yaneth"
            )
        )
    mark = hashlib.sha256(fetched(square, FILE)).hexdigest()
    assert square.data("contests/sm")["receipts"]["recount_sha256"] == mark
