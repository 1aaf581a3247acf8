"""Open data: the numbers of the rows and of the messages, nothing before its time, nobody's small number."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.actions import announce, promise, status
from bot.actions.promise import Said
from storage import broadcasts, contests
from storage import tables as t
from storage.small import few_hidden
from storage.store import Store, Unit
from tests.convoke.town import add
from tests.web.postman import deliver
from tests.web.square import COUNTS, DECIDED, Square

RECEIPT = "contests/{slug}/receipts/{code}"
ROUTES = ("labs", "sessions/{code}", "contests/{slug}", RECEIPT, "broadcasts/{code}", "ideas/{slug}", "openapi.json")


# --- labs and sessions --------------------------------------------------------------------------------------------


def test_labs_tell_what_one_needs_to_come(square: Square) -> None:
    [lab] = square.data("labs")["labs"]
    assert (lab["slug"], lab["name"], lab["keyword"], lab["page"]) == (
        "san-martin",
        "San Martín",
        "SANMARTIN",
        "/l/san-martin",
    )
    assert lab["sessions"] == ["sm1"]
    assert lab["notice"] is None
    assert [way["channel"] for way in lab["entrances"]] == ["whatsapp", "telegram", "sms"]


def test_a_session_tells_moments_with_their_offset(square_on_both: Square) -> None:
    square = square_on_both
    for _ in range(9):
        square.town.registers(square.town.neighbour())
    session = square.data("sessions/SM1")
    assert session["starts_at"] == "2026-11-21T15:30:00-05:00"
    assert datetime.fromisoformat(session["starts_at"]).utcoffset() is not None
    seen = square.store.read(status.read)
    assert session["places_left"] == 40 - seen.labs[0].sessions[0].registered == 31
    assert session["cancelled_because"] is None


def test_a_few_people_can_not_be_counted_by_the_places_left(square: Square) -> None:
    square.town.registers(square.town.neighbour())
    assert square.data("sessions/sm1")["places_left"] is None


# --- contests -----------------------------------------------------------------------------------------------------


def small(found: object) -> list[int]:
    """Numbers of 1 to 4 in it."""
    if isinstance(found, dict):
        return [n for value in found.values() for n in small(value)]
    if isinstance(found, list):
        return [n for value in found for n in small(value)]
    return [found] if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 5 else []


def test_nothing_of_a_contest_is_told_before_its_time(square: Square) -> None:
    assert square.status("/api/v1/contests/sm") == 404
    square.choosing()
    opened = square.data("contests/sm")
    assert opened["turnout"] == {
        "took_part": 40,
        "enrolled": None,
        "chose": None,
        "blank": None,
        "by_channel": None,
        "shared_phones": None,
    }
    square.close()
    square.decide("basura")
    for found in (opened, square.data("contests/sm")):
        assert found["result"] is None
        assert found["published_at"] is None
        for option in found["options"]:
            hidden = {name for name, value in option.items() if value is None}
            assert hidden == {"votes", "percent", "chosen", "outcome", "reason", "next_step", "texts", "decided_at"}


def test_the_result_agrees_with_the_rows_and_with_the_messages(square_on_both: Square) -> None:
    square = square_on_both
    square.published()
    found = square.data("contests/sm")
    facts = square.store.read(lambda unit: contests.facts(unit, "sm"))
    assert {o["number"]: o["votes"] for o in found["options"]} == COUNTS == of_rows(square.store)
    assert {o["number"]: o["percent"] for o in found["options"]} == {o.number: o.percent for o in facts.options}
    assert {o["problem"]: (o["outcome"], o["reason"]) for o in found["options"]} == DECIDED
    assert found["result"]["chosen"] == [o.number for o in facts.chosen] == [1]
    assert found["turnout"]["by_channel"] == {"sms": 24, "whatsapp": 16}
    assert found["receipts"]["ballots"] == facts.contest.ballots_counted == 40
    assert facts.contest.root
    assert found["receipts"]["root"] == facts.contest.root.hex()
    assert square.status(found["receipts"]["recount_file"]) == 200
    assert found["published_at"].startswith("2026-11-12T12:00:0")
    told = square.data(f"broadcasts/{found['result']['told_by']}")
    assert (told["kind"], told["contest"]) == ("result", "sm")


def of_rows(store: Store) -> dict[int, int]:
    """Option -> people, counted here from the ballots themselves."""

    def work(unit: Unit) -> dict[int, int]:
        counts = dict.fromkeys(COUNTS, 0)
        for payload in unit.db.execute(select(t.ballot.c.payload).where(t.ballot.c.status == "current")).scalars():
            for number in payload.split(","):
                counts[int(number)] += 1
        return counts

    return store.read(work)


def test_all_alike_is_not_told_apart_from_a_few(square: Square) -> None:
    from tests.choose.polls import Polls

    Polls.opened(square.town).crowd(*[(1,)] * 12)
    square.close()
    square.decide()
    found = square.data("contests/sm")
    assert found["result"]["counts_shown"] is False
    assert {o["votes"] for o in found["options"]} == {None}
    assert found["receipts"]["recount_file"] is None


def test_a_promise_is_told_with_who_says_so(square_on_both: Square) -> None:
    square = square_on_both
    square.published()

    def office(unit: Unit) -> None:
        names = {"name": "Oficina del Agua", "short_name": "la oficina del agua"}
        add(unit, t.organisation, slug="oficina", kind="public", **names)

    square.store.do(office)
    said = Said(problem="agua", entity="oficina", text="repara el tanque", due="fin de marzo")
    square.store.do(lambda unit: promise.promise(unit, square.app.catalogues, said, by="yaneth"))
    [found] = square.data("contests/sm")["commitments"]
    assert (found["entity"], found["text"], found["due"]) == ("la oficina del agua", "repara el tanque", "fin de marzo")
    assert (found["status"], found["status_by"], found["neighbours"]) == ("promised", "office", None)
    assert [one["kind"] for one in found["updates"]] == ["promised"]
    page = square.page()
    assert "La oficina del agua prometió: repara el tanque. Plazo: fin de marzo." in page
    assert "yaneth" not in page + json.dumps(found)


# --- broadcasts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"sent": 150, "failed": 0}, {"sent": 150, "failed": 0}),
        ({"sent": 150, "failed": 7}, {"sent": 150, "failed": 7}),
        ({"sent": 150, "failed": 7, "skipped": 2}, {"sent": 150, "failed": None, "skipped": None}),
        ({"sent": 150, "failed": 1, "skipped": 2}, {"sent": None, "failed": None, "skipped": None}),
        ({"sent": 4, "failed": 4, "skipped": 0}, {"sent": None, "failed": None, "skipped": None}),
        ({"sent": 3, "failed": 0}, {"sent": None, "failed": None}),
        ({}, {}),
    ],
)
def test_a_small_cell_goes_with_what_would_give_it_away(cells: dict[str, int], shown: dict[str, int | None]) -> None:
    assert few_hidden(cells) == shown


def invite(square: Square, people: int, strangers: int = 0) -> str:
    """Invite so many who gave permission, and pass over so many who gave none; the broadcast's code."""
    for _ in range(people):
        square.town.neighbour()
    for _ in range(strangers):
        square.town.neighbour(withdrawn=True)
    told = square.store.do(lambda unit: announce.announce(unit, square.app.catalogues, "sm1", "yaneth", people))
    return told.code


def test_the_ledger_adds_up_and_agrees_with_its_rows(square_on_both: Square) -> None:
    square = square_on_both
    code = invite(square, 12)
    assert square.data(f"broadcasts/{code}")["pending"] == 12
    deliver(square.store)
    found = square.data(f"broadcasts/{code.lower()}")
    parts = [found[name] for name in ("sent", "failed", "skipped", "unknown", "pending")]
    assert found["audience"] == sum(parts) == found["sent"] == 12
    broadcast_id = square.store.read(lambda unit: broadcasts.by_code(unit, code))
    assert broadcast_id is not None
    ledger = square.store.read(lambda unit: broadcasts.ledger(unit, broadcast_id))
    assert [getattr(ledger, name) for name in ("audience", "sent", "skipped")] == [12, 12, 0]
    assert found["session"] == "sm1"
    assert code in square.data("sessions/sm1")["broadcasts"]


def ended(store: Store, *states: tuple[str, str | None, int]) -> None:
    """So many recipients came to this state, for this reason."""

    def work(unit: Unit) -> None:
        rows = list(unit.db.execute(select(t.recipient.c.id).order_by(t.recipient.c.id)).scalars())
        for state, reason, n in states:
            mine, rows = rows[:n], rows[n:]
            row = update(t.recipient).where(t.recipient.c.id.in_(mine))
            unit.db.execute(row.values(state=state, reason=reason))

    store.do(work)


def test_a_small_reason_can_not_be_worked_out(square_on_both: Square) -> None:
    square = square_on_both
    code = invite(square, 40)
    ended(
        square.store,
        ("skipped", "opted_out", 2),
        ("skipped", "no_address", 9),
        ("failed", "gone", 6),
        ("sent", None, 23),
    )
    found = square.data(f"broadcasts/{code}")
    assert (found["skipped"], found["failed"], found["sent"]) == (11, 6, 23)
    assert found["reasons"] == {"failed": {"gone": 6}, "skipped": {"opted_out": None, "no_address": None}}


def test_one_who_was_left_out_is_not_counted(square: Square) -> None:
    code = invite(square, 40)
    ended(square.store, ("skipped", "opted_out", 1), ("failed", "gone", 6), ("sent", None, 33))
    found = square.data(f"broadcasts/{code}")
    assert (found["skipped"], found["failed"], found["sent"]) == (None, None, 33)
    assert found["reasons"] == {"failed": {}, "skipped": {}}


def test_what_a_provider_said_in_its_own_words_is_not_told(square: Square) -> None:
    code = invite(square, 12)
    ended(square.store, ("failed", "+50760000001 is not valid", 6), ("sent", None, 6))
    assert square.data(f"broadcasts/{code}")["reasons"]["failed"] == {"other": 6}


def test_a_broadcast_to_a_few_tells_no_number(square: Square) -> None:
    found = square.data(f"broadcasts/{invite(square, 3)}")
    assert {found[name] for name in ("audience", "sent", "failed", "skipped", "unknown", "pending")} == {None}


def test_what_is_told_to_one_person_is_nobody_s_business(square: Square) -> None:
    code = invite(square, 12)
    square.change(t.broadcast, kind="offer")
    assert square.status(f"/api/v1/broadcasts/{code}") == 404
    assert square.data("sessions/sm1")["broadcasts"] == []


# --- who may be spoken of -----------------------------------------------------------------------------------------


def test_a_comarca_is_spoken_of_while_its_community_allows_it(comarca: Square) -> None:
    assert comarca.data("labs")["labs"] == []
    comarca.authorise("convene", "collect", "publish")
    comarca.published()
    [lab] = comarca.data("labs")["labs"]
    assert lab["notice"] == "Este laboratorio no reemplaza la consulta previa."
    comarca.withdraw()
    assert comarca.data("labs")["labs"] == []
    for path in comarca.paths():
        assert comarca.status(path) == 404, path


def test_drafts_are_not_told(square_on_both: Square) -> None:
    square = square_on_both
    square.published()
    square.change(t.session, state="draft")
    assert square.status("/api/v1/sessions/sm1") == 404
    square.change(t.lab, state="draft")
    assert square.data("labs")["labs"] == []
    for path in square.paths():
        assert square.status(path) == 404, path


def test_no_person_is_in_it_and_no_small_number(square: Square) -> None:
    polls = square.choosing()
    polls.crowd((3,), (3,), channel="telegram")
    square.close()
    square.decide()
    paths = [path.removeprefix("/api/v1/") for path in square.paths() if path.startswith("/api/v1/")]
    told = [square.data("labs"), *(square.data(path) for path in paths)]
    text = json.dumps(told, ensure_ascii=False)
    for kind in ("Ana", "+507600", "P-0", "yaneth", "test:"):
        assert kind not in text.replace("+507 6000-000", "").replace("sms:+5076000000", "").replace("50760000001", "")
    turnout = told[2]["turnout"]
    assert small(turnout) == []
    assert turnout["by_channel"] is None
    assert small({k: v for k, v in told[3].items() if k in ("audience", "sent", "failed", "skipped", "reasons")}) == []


# --- how it is served ---------------------------------------------------------------------------------------------


def test_pages_of_other_sites_may_read_it(square: Square) -> None:
    for path in ("labs", "sessions/sm1", "openapi.json"):
        answer = square.browser.get(f"/api/v1/{path}", headers={"origin": "https://other.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["content-type"] == "application/json"
        assert "set-cookie" not in answer.headers
        again = square.browser.get(f"/api/v1/{path}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    asked = square.browser.options("/api/v1/labs", headers={"origin": "https://other.example"})
    assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ["sessions/nada", "contests/nada", "broadcasts/%00", "broadcasts/ABC", "nada", ""])
def test_what_is_not_there_is_said_in_json(square: Square, path: str) -> None:
    answer = square.browser.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json() == {"error": "Not Found", "status": 404}
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(square: Square, method: str) -> None:
    answer = square.browser.request(method, "/api/v1/labs")
    assert (answer.status_code, answer.json()["status"]) == (405, 405)


def fits(found: object, schema: dict[str, Any], schemas: dict[str, Any], where: str = "") -> list[str]:
    """What of an answer the document does not say, or says otherwise."""
    if "$ref" in schema:
        return fits(found, schemas[schema["$ref"].rpartition("/")[2]], schemas, where)
    if "anyOf" in schema:
        return [] if any(not fits(found, one, schemas) for one in schema["anyOf"]) else [f"{where}: {found!r}"]
    if "enum" in schema:
        return [] if found in schema["enum"] else [f"{where}: {found!r}"]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    if not isinstance(found, kinds[schema["type"]]):
        return [f"{where}: {found!r}"]
    if isinstance(found, list):
        return [fault for n, one in enumerate(found) for fault in fits(one, schema["items"], schemas, f"{where}[{n}]")]
    if isinstance(found, dict) and "properties" in schema:
        told = [f"{where}: {sorted(set(found) ^ set(schema['properties']))}"] * (
            set(found) != set(schema["properties"])
        )
        return told + [
            fault
            for name, one in found.items()
            for fault in fits(one, schema["properties"].get(name, {"type": "null"}), schemas, f"{where}.{name}")
        ]
    return []


def test_the_document_describes_every_route_and_every_field(square: Square) -> None:
    square.published()
    document = square.data("openapi.json")
    assert {path.removeprefix("/api/v1/") for path in document["paths"]} == set(ROUTES)
    schemas = document["components"]["schemas"]
    [code] = [row.code for row in square.town.rows(t.broadcast, t.broadcast.c.kind == "result")]
    asked = {"labs": "Labs", "sessions/sm1": "Session", "contests/sm": "Contest", f"broadcasts/{code}": "Broadcast"}
    asked["ideas/san-martin"] = "Ideas"
    [receipt, *_others] = [row.code for row in square.town.rows(t.ballot)]
    asked[f"contests/sm/receipts/{receipt}"] = asked["contests/sm/receipts/nada"] = "Receipt"
    for path, name in asked.items():
        assert fits(square.data(path), {"$ref": name}, schemas, name) == []
    assert fits({"error": "x"}, {"$ref": "Error"}, schemas), "a field that is missing is found"


def test_every_route_that_answers_is_documented(square: Square) -> None:
    routes = {route.path for route in square.browser.app.routes if route.path.startswith("/api/")}  # type: ignore[attr-defined]
    assert routes == {f"/api/v1/{path}" for path in ROUTES}


def test_there_is_nobody_else_s_broadcast_in_a_session(square: Square) -> None:
    invite(square, 6)
    made = square.store.read(lambda unit: unit.db.execute(select(func.count()).select_from(t.broadcast)).scalar_one())
    assert len(square.data("sessions/sm1")["broadcasts"]) == made == 1
