"""The safety layers: headers on every answer, no requests from other sites, no endless bodies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.web import dressed
from bot.web.security import HEADERS, MAX_BODY, allowed


async def fine(request: Request) -> Response:
    return PlainTextResponse("fine")


async def moved(request: Request) -> Response:
    return RedirectResponse("/fine", status_code=303)


async def broken(request: Request) -> Response:
    raise RuntimeError("a bug with 6000-0001 in it")


async def read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


ROUTES = [
    Route("/fine", fine),
    Route("/moved", moved),
    Route("/broken", broken),
    Route("/read", read, methods=["POST"]),
]
SAME = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = dressed(ROUTES)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False, base_url="http://localhost") as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/fine", {}, 200),
        ("GET", "/moved", {}, 303),
        ("POST", "/read", {"sec-fetch-site": "cross-site"}, 403),
        ("GET", "/nothing", {}, 404),
        ("POST", "/fine", SAME, 405),
        ("POST", "/read", {**SAME, "content-length": str(MAX_BODY + 1)}, 413),
        ("GET", "/broken", {}, 500),
    ],
)
def test_every_answer_carries_the_headers(
    client: TestClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers


def test_over_https_the_browser_is_told_to_stay_there(client: TestClient) -> None:
    assert "strict-transport-security" in client.get("https://localhost/fine").headers


@pytest.mark.parametrize(("path", "words"), [("/nothing", "no existe"), ("/broken", "Algo falló")])
def test_an_error_page_speaks_to_people_and_tells_nothing_of_the_inside(
    client: TestClient, path: str, words: str
) -> None:
    text = client.get(path).text
    assert words in text
    assert '<html lang="es">' in text
    assert "6000-0001" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("method", "headers", "ok"),
    [
        ("GET", {"sec-fetch-site": "cross-site"}, True),
        ("HEAD", {"origin": "https://evil.example"}, True),
        ("POST", {"sec-fetch-site": "same-origin"}, True),
        ("POST", {"sec-fetch-site": "none"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, False),
        ("POST", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "origin": "http://localhost"}, False),
        ("POST", {}, True),
        ("POST", {"origin": "http://localhost:8000"}, True),
        ("POST", {"origin": "http://localhost:9000"}, False),
        ("POST", {"origin": "null"}, False),
        ("POST", {"origin": "https://evil.example"}, False),
        ("DELETE", {"origin": "https://evil.example"}, False),
    ],
)
def test_only_our_own_pages_change_something(method: str, headers: dict[str, str], ok: bool) -> None:
    assert allowed(method, Headers({"host": "localhost:8000", **headers})) is ok


def test_a_body_is_read_up_to_the_limit_and_no_further(client: TestClient) -> None:
    assert client.post("/read", content=b"x" * MAX_BODY, headers=SAME).text == str(MAX_BODY)
    assert client.post("/read", content=b"x" * (MAX_BODY + 1), headers=SAME).status_code == 413


def test_a_body_of_unknown_length_is_counted_while_it_comes(client: TestClient) -> None:
    pieces = (b"x" * 65536 for _ in range(MAX_BODY // 65536 + 1))
    assert client.post("/read", content=pieces, headers=SAME).status_code == 413
