"""The safety layers: headers on every answer, no requests from other sites, no endless bodies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.message import MAX_BODY
from bot.settings import Settings
from bot.terminal import serving
from bot.web import dressed
from bot.web.hooks import PREFIX
from bot.web.security import HEADERS, HERE, SAFE, allowed


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


# --- under which name we are asked: a foreign name that leads to this machine is no page of ours -------------------

FOREIGN = "convoca.evil.example:8000"


def named(names: Sequence[str], host: str, freely: Sequence[str] = SAFE) -> TestClient:
    app = dressed([*ROUTES, Route(f"{PREFIX}x", read, methods=["POST"])], names=names, freely=freely)
    return TestClient(app, follow_redirects=False, base_url="http://localhost", headers={"host": host})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("LocalHost:8000", 200),
        ("[::1]:8000", 200),
        ("demo.local:8000", 200),
        (FOREIGN, 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_the_demonstration_answers_to_its_own_names_alone(host: str, status: int) -> None:
    """A page of evil.example whose name is turned to 127.0.0.1 could read and write here: its Origin would match."""
    client = named([*HERE, "demo.local"], host, freely=())
    same = {"origin": f"http://{host}", "sec-fetch-site": "same-origin"}
    answers = client.get("/fine"), client.post("/read", headers=same)
    assert [answer.status_code for answer in answers] == [status, status]
    assert all(HEADERS.items() <= dict(answer.headers).items() for answer in answers)
    if status != 200:
        assert "otro nombre" in answers[0].text


def test_where_a_public_address_is_set_nothing_changes_under_another_name() -> None:
    client = named(["convoca.example.org"], FOREIGN)
    assert client.get("/fine").status_code == 200, "a watch may ask by number"
    assert client.post("/read", headers=SAME).status_code == 421
    assert client.post(f"{PREFIX}x").status_code == 200, "a provider's call is checked by its signature"
    ours = named(["convoca.example.org"], "convoca.example.org")
    assert ours.post("/read", headers=SAME).status_code == 200


def test_without_a_public_address_any_name_will_do() -> None:
    assert named([], FOREIGN).post("/read", headers=SAME).status_code == 200


@pytest.mark.parametrize(
    ("demo", "host", "url", "names"),
    [
        (True, "127.0.0.1", "", {*HERE}),
        (True, "192.168.1.20", "", {*HERE, "192.168.1.20"}),
        (True, "192.168.1.20", "https://Demo.example.org/x", {*HERE, "192.168.1.20", "demo.example.org"}),
        (True, "0.0.0.0", "", set()),  # noqa: S104
        (True, "::", "", set()),
        (False, "0.0.0.0", "", set()),  # noqa: S104
        (False, "127.0.0.1", "https://convoca.example.org", {"convoca.example.org"}),
        (False, "127.0.0.1", "http://[::1]:8000", {"::1"}),
    ],
)
def test_which_names_are_ours(demo: bool, host: str, url: str, names: set[str]) -> None:
    settings = Settings.model_construct(host=host, public_url=url)
    assert set(serving.names(settings, demo=demo)) == names
