"""A receipt on the public page and as open data: counted, replaced or unknown, never the option (voting.md 6)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Table

from storage import commitments
from storage import tables as t
from tests.choose.polls import Polls
from tests.convoke.town import add
from tests.web.square import Square
from tests.web.visitor import everything, words

PAGE = "/l/san-martin/recibo"
LIGHT = 50_000
OPTIONS = ("Agua", "Camino", "Centro de salud", "Señal", "Basura")


def codes(square: Square, status: str = "current") -> list[str]:
    return [row.code for row in square.town.rows(t.ballot, t.ballot.c.status == status)]


def asked(square: Square, typed: str, query: str = "") -> str:
    """What the page says, without its frame."""
    answer = square.browser.get(f"{PAGE}?codigo={quote(typed)}{query}")
    assert answer.status_code == 200, answer.text[:200]
    return unescape(words(answer.text.split("<main")[1].split("</main")[0]))


def told(square: Square, code: str, contest: str = "sm") -> Any:
    return square.data(f"contests/{contest}/receipts/{quote(code)}")


def by_hand(found: Any) -> str:
    """The root, as somebody computes it who knows SHA-256 and nothing of ours."""
    mark = hashlib.sha256(b"\x00" + bytes.fromhex(found["commitment"])).digest()
    for step in found["path"]:
        other = bytes.fromhex(step["hash"])
        mark = hashlib.sha256(b"\x01" + (other + mark if step["side"] == "left" else mark + other)).digest()
    return mark.hex()


# --- the states ---------------------------------------------------------------------------------------------------


def test_the_lab_s_page_asks_for_a_receipt_once_there_is_a_choice(square: Square) -> None:
    assert "recibo" not in square.page()
    square.choosing()
    page = square.page()
    assert f'action="{PAGE}"' in page
    assert "¿Tienes un recibo?" in page
    assert 'method="get"' in page


def test_before_the_close_it_is_kept_and_there_is_no_path(square_on_both: Square) -> None:
    square = square_on_both
    square.choosing()
    code = codes(square)[0]
    assert "Ese recibo está guardado. Se cuenta al terminar la elección." in asked(square, code)
    found = told(square, code)
    assert (found["state"], found["path"], found["root"], found["log_head"]) == ("kept", None, None, None)


def test_after_the_close_it_was_counted_and_anybody_can_check_it(square_on_both: Square) -> None:
    square = square_on_both
    square.choosing()
    square.close()
    square.tick()
    root = square.data("contests/sm")["receipts"]["root"]
    for code in codes(square)[:7]:
        found = told(square, code)
        assert (found["state"], found["root"], found["ballots"]) == ("counted", root, 40)
        assert commitments.code_of(bytes.fromhex(found["commitment"])) == code
        assert by_hand(found) == root
    text = asked(square, codes(square)[0])
    assert "Ese recibo se contó." in text
    first = told(square, codes(square)[0])
    for shown in (root, first["commitment"], first["log_head"], *(step["hash"] for step in first["path"])):
        assert shown in text
    assert "40 recibos" in text


def test_the_log_s_head_at_the_close_is_told_with_the_root(square_on_both: Square) -> None:
    square = square_on_both
    square.choosing()
    assert square.data("contests/sm")["receipts"]["log_head"] is None
    square.close()
    square.tick()
    (closing,) = square.town.rows(t.audit_event, t.audit_event.c.kind == "contest.closed")
    head = bytes(closing.hash).hex()
    assert square.data("contests/sm")["receipts"]["log_head"] == head
    assert head in square.page()


def test_a_receipt_that_was_changed_was_replaced(square_on_both: Square) -> None:
    square = square_on_both
    polls = Polls.opened(square.town)
    person, *_others = polls.crowd(*[(1,)] * 6)
    polls.cast(person, 2)
    (old,) = codes(square, "superseded")
    assert "se cambió por otro, más nuevo" in asked(square, old)
    square.close()
    assert told(square, old)["state"] == "replaced"
    assert told(square, old)["path"] is None
    assert told(square, old)["commitment"] is None


def test_another_code_is_unknown(square_on_both: Square) -> None:
    square = square_on_both
    Polls.opened(square.town).crowd((1,))
    assert "No conozco ese recibo" in asked(square, "K7TQ-6XF2-4MRD")
    assert told(square, "MWTTPTXXK6D4")["state"] == "unknown"


def test_what_can_be_no_receipt_is_told_how_one_looks(square_on_both: Square) -> None:
    square = square_on_both
    Polls.opened(square.town).crowd((1,))
    for typed in ("", " ", "hola", "K7TQ", "\x00", "1' OR 1=1", "<script>", "A" * 5000, "🙂" * 12):
        answer = square.browser.get(f"{PAGE}?codigo={quote(typed)}")
        assert answer.status_code == 200, typed
        text = unescape(words(answer.text))
        assert ("Un recibo tiene 12 letras y números" in text) is bool(typed.strip()), typed
        assert "No conozco" not in text
        assert "<script>" not in answer.text
        assert len(answer.content) < LIGHT
    for typed in ("hola", "\x00", "A" * 5000, "🙂" * 12):
        assert told(square, typed)["state"] == "unknown", typed


def test_a_code_is_read_as_people_type_it(square: Square) -> None:
    square.choosing()
    code = codes(square)[0]
    for typed in (code.lower(), commitments.shown(code), f"  {code[:4]} {code[4:]} ", "-".join(code)):
        assert "Ese recibo está guardado." in asked(square, typed), typed


# --- what it never says ------------------------------------------------------------------------------------------


def test_it_names_neither_option_nor_person_nor_moment(square: Square) -> None:
    square.published()
    square.tick()
    code = codes(square)[0]
    text = asked(square, code)
    assert not [title for title in OPTIONS if title in text]
    assert not re.search(r"P-[0-9A-Z]{6}|SMS|WhatsApp|\d+:\d\d", text)
    assert set(told(square, code)) == {
        *("licence", "contest", "receipt", "state", "commitment", "path", "root", "ballots", "log_head")
    }


def test_under_five_receipts_no_path_tells_how_many_they_are(square: Square) -> None:
    Polls.opened(square.town).crowd((1,), (2,), (3,))
    square.close()
    square.tick()
    code = codes(square)[0]
    found = told(square, code)
    assert (found["state"], found["path"], found["ballots"]) == ("counted", None, None)
    assert "Participaron menos de 5 personas: la lista de huellas no se muestra." in asked(square, code)


def test_a_path_that_does_not_lead_to_the_published_root_is_not_shown(square: Square) -> None:
    square.choosing()
    square.close()
    code = codes(square)[0]
    square.change(t.contest, root=b"\x01" * 32)
    assert told(square, code)["path"] is None


def test_where_the_lab_has_no_page_its_receipts_have_none(comarca: Square) -> None:
    comarca.authorise("convene", "collect", "publish")
    comarca.choosing()
    code = codes(comarca)[0]
    api = f"/api/v1/contests/sm/receipts/{code}"
    for path in (PAGE, f"{PAGE}?codigo={code}", api):
        assert comarca.status(path) == 200, path
    comarca.withdraw()
    for path in (PAGE, f"{PAGE}?codigo={code}", api):
        assert comarca.status(path) == 404, path
    assert comarca.status("/l/nada/recibo") == 404
    assert comarca.status("/l/%00/recibo") == 404


def test_a_draft_has_no_receipts(square: Square) -> None:
    Polls.drafted(square.town)
    assert square.status("/api/v1/contests/sm/receipts/K7TQ6XF24MRD") == 404
    square.change(t.lab, state="draft")
    assert square.status(PAGE) == 404


def test_another_lab_and_another_choice_do_not_know_it(square_on_both: Square) -> None:
    square = square_on_both
    Polls.opened(square.town).crowd((1,))
    code = codes(square)[0]
    second = again(square, t.lab, slug="otra", keyword="OTRA")
    again(square, t.contest, slug="sm2", lab_id=second)
    assert told(square, code)["state"] == "kept"
    assert told(square, code, "sm2")["state"] == "unknown"
    assert "guardado" in asked(square, code)
    other = square.browser.get(f"/l/otra/recibo?codigo={code}")
    assert other.status_code == 200
    assert "No conozco ese recibo" in other.text
    assert square.status(f"/api/v1/contests/nada/receipts/{code}") == 404


def again(square: Square, table: Table, **but: Any) -> int:
    """The table's first row once more, but for these values; its id."""
    row = {**square.town.rows(table)[0]._mapping, **but}
    row.pop("id")
    return square.store.do(lambda unit: add(unit, table, **row))


# --- how it is served --------------------------------------------------------------------------------------------


def test_it_is_kept_by_nobody_and_found_by_no_search(square: Square) -> None:
    square.published()
    code = codes(square)[0]
    for path in (PAGE, f"{PAGE}?codigo={code}", f"/api/v1/contests/sm/receipts/{code}"):
        answer = square.browser.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert "etag" not in answer.headers


def test_looking_it_up_changes_nothing(square_on_both: Square) -> None:
    square = square_on_both
    square.published()
    square.tick()
    before = everything(square.store)
    asked(square, codes(square)[0])
    told(square, codes(square)[0])
    assert everything(square.store) == before


def test_it_is_light_and_speaks_english_whole(square: Square) -> None:
    square.published()
    square.tick()
    page = square.browser.get(f"{PAGE}?codigo={codes(square)[0]}&lang=en").text
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert len(page.encode()) + sum(len(square.browser.get(sheet).content) for sheet in sheets) < LIGHT
    assert not re.search(r"<script|style=|\son\w+=", page)
    text = re.sub(r'<(\w+)[^>]* lang="es"[^>]*>.*?</\1>', "", page, flags=re.DOTALL)
    assert not re.search(r"(?i)\b(recibo|huella|elección|letras|registro)\b(?!=|\?)", unescape(words(text)))
    assert "That receipt was counted." in unescape(words(text))


def test_the_page_leads_back_and_takes_the_code_into_the_other_language(square: Square) -> None:
    square.choosing()
    page = square.browser.get(f"{PAGE}?codigo={codes(square)[0]}").text
    for link in re.findall(r'(?:href|src)="(/[^"]*)"', page):
        assert square.status(unescape(link)) == 200, link


def test_a_tree_is_built_once(square: Square, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may ask as often as he likes: a look costs one indexed read, not all receipts of the choice."""
    square.choosing()
    square.close()
    built: list[int] = []
    tree = commitments.tree

    def counted(entries: Sequence[bytes]) -> commitments.Tree:
        built.append(len(entries))
        return tree(entries)

    monkeypatch.setattr(commitments, "tree", counted)
    for code in codes(square)[:5]:
        assert told(square, code)["path"]
        asked(square, code)
    assert built == [40]
