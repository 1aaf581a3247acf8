"""After BORRAR: no file, log, export, page or link holds anything of her (people.md 14, 7)."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.actions import export
from bot.player import Phone
from bot.web import make_app
from storage import site
from storage import tables as t
from storage.sealed import Sealed
from storage.store import Store
from tests.kit import Town
from tests.people.places import in_the_database, ledger_ties, message_ties, traces
from tests.people.test_erasing import NAME, PERSONAL, WORDS, forgotten, joined
from tests.script import ACTS

SITE = "https://convoca.example.org"


def everywhere_else(town: Town, path: str) -> bytes:
    """What leaves the house for others: the file of a choice, the open data, the pages, the link to the copy."""
    made = town.store.do(lambda unit: export.export(unit, town.app.catalogues, "sm", "test"))
    with zipfile.ZipFile(io.BytesIO(made.data)) as packed:
        inside = b"".join(packed.read(name) for name in packed.namelist())
    client = TestClient(make_app(town.app, demo=False), base_url=SITE)
    copies = [f"{path}/datos.{kind}" for kind in ("json", "txt", "csv")]
    read = ("/", "/l/san-martin", "/api/v1/labs", "/metrics", path, *copies)
    return made.data + inside + b"".join(client.get(one).content for one in read)


@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_after_borrar_she_is_in_no_file_no_log_no_export_and_no_link(
    lines: io.StringIO, store: Store, channel: str
) -> None:
    town = Town.on(store)
    store.do(lambda unit: site.remember(unit, SITE))
    phone = joined(town, channel)
    ACTS["open"](town, "sm")
    for reply in ("ELEGIR", "2 5" if channel == "sms" else "2", f"IDEA {WORDS}", "3", "COPIA"):
        phone.say(reply)
    assert town.count(t.contribution, person_id=1) == 1
    found = re.search(rf"{SITE}(/copia/\w+)", phone.screen[-1].text)
    assert found
    client = TestClient(make_app(town.app, demo=False), base_url=SITE)
    assert NAME in client.get(f"{found[1]}/datos.json").text
    assert traces(store, *PERSONAL, found[1][7:]) == []
    told_of_everything(town, phone)
    assert ledger_ties(town)
    assert message_ties(town)
    for reply in ("BORRAR", "BORRAR"):
        phone.say(reply)
    assert ledger_ties(town) + message_ties(town) == []
    forgotten(town)
    ACTS["close"](town, "sm")
    held = everywhere_else(town, found[1]).lower()
    assert [word for word in PERSONAL if word.lower().encode() in held] == []
    assert traces(store, *PERSONAL, found[1][7:]) == []
    assert store.dialect != "sqlite" or dict(sizes(store))["convoca.db-wal"] > 0  # the search reads it, too
    ours = [line for line in lines.getvalue().lower().splitlines() if "http request: get" not in line]  # our browser's
    assert not [word for word in (*PERSONAL, found[1][7:]) if word.lower() in "".join(ours)]
    assert pointing_at(town) == {}


def told_of_everything(town: Town, phone: Phone) -> None:
    """What she proposed was joined, which she read and did not like; all of it was a message to her phone alone."""
    ACTS["idea"](town, "join", "1 camino")
    for reply in ("2", "es otra cosa"):
        phone.read()
        phone.say(reply)
    assert town.count(t.appeal) == 1
    ACTS["second"](town, "keep", "1 piden llegar a la escuela")
    phone.read()
    assert town.count(t.broadcast, kind="idea") == 2


def sizes(store: Store) -> list[tuple[str, int]]:
    return [(place, len(held)) for place, held in in_the_database(store)]


def pointing_at(town: Town) -> dict[str, int]:
    """table.column -> rows that still name a person, in a database whose only person is erased."""
    columns = [
        column
        for table in t.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table is t.person for key in column.foreign_keys)
    ]
    left = {str(c): len([r for r in town.rows(c.table, c.name) if r[0] is not None]) for c in columns}
    return {name: rows for name, rows in left.items() if rows}


def test_the_page_says_of_every_table_that_holds_somebody_what_borrar_does() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    listed = page[page.index("### What `BORRAR` does") : page.index("## The copy of one's data")]
    told = set(re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in listed.splitlines() if line[:1] == "|")))
    somebody = {
        table.name
        for table in t.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed) or any(k.column.table in (t.person, t.address) for k in column.foreign_keys)
    }
    assert somebody - told == set()
    assert told - {table.name for table in t.metadata.sorted_tables} == set()
