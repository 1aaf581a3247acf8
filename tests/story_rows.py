"""What the tables hold after the whole story, by SQL that shares nothing with ours; and what a page shows."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import Any

from sqlalchemy import text

from storage.store import Store

BALLOTS = "FROM ballot b JOIN contest c ON c.id = b.contest_id WHERE c.slug = 'sm' AND b.status"
TOLD_TWICE = "SELECT broadcast_id, person_id FROM recipient GROUP BY broadcast_id, person_id HAVING count(*) > 1"
STATES = ("sent", "failed", "skipped", "unknown", "pending")


def rows(store: Store, query: str) -> list[Any]:
    """What a query gives."""
    return store.read(lambda unit: list(unit.db.execute(text(query))))


def one(store: Store, query: str) -> Any:
    """The only value of a query."""
    ((value,),) = rows(store, query)
    return value


def votes(store: Store) -> dict[int, int]:
    """Option -> people whose ballot that stands names it."""
    standing = rows(store, f"SELECT payload {BALLOTS} = 'current' AND kind = 'choice'")
    found = Counter(int(number) for (payload,) in standing for number in payload.split(","))
    return {number: found[number] for number in range(1, 6)}


def turnout(store: Store, kind: str = "%", channel: str = "%") -> int:
    """People whose ballot that stands is of this kind ('choice', 'blank'), from this channel."""
    return int(one(store, f"SELECT count(*) {BALLOTS} = 'current' AND kind LIKE '{kind}' AND channel LIKE '{channel}'"))


def answers(store: Store) -> dict[str, int]:
    """What those who were asked say of the promise, and how many were asked."""
    asked = "FROM followup WHERE asked_at IS NOT NULL AND current"
    said = {row[0]: row[1] for row in rows(store, f"SELECT answer, count(*) {asked} GROUP BY answer")}
    return {"asked": sum(said.values()), **{name: said.get(name, 0) for name in ("yes", "partly", "no", "unknown")}}


def ledgers(store: Store) -> dict[str, dict[str, int]]:
    """Code of a broadcast -> how many people stand where."""
    query = "SELECT b.code, r.state, count(*) FROM recipient r JOIN broadcast b ON b.id = r.broadcast_id GROUP BY 1, 2"
    found: dict[str, dict[str, int]] = {}
    for code, state, number in rows(store, query):
        found.setdefault(code, dict.fromkeys(STATES, 0))[state] = number
    return found


# --- a page -------------------------------------------------------------------------------------------------------


def read(page: str) -> str:
    """The words of a page in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]))).replace(" .", ".")


def bars(page: str) -> dict[str, int]:
    """Option -> number, as its bars say."""
    lines = re.findall(r'<tr role="row".*?</tr>', page, re.DOTALL)
    found = [re.search(r'<span lang="es">([^<]+)</span>.*<b>(\d+)</b>', line, re.DOTALL) for line in lines]
    return {match[1]: int(match[2]) for match in found if match}
