"""The front page: the laboratories that are published and their next meeting. No script, no cookies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.engine import Engine
from bot.web.pages import page
from storage import labs
from storage.store import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A laboratory as the front page tells it."""

    name: str
    area: str
    organiser: str
    keyword: str
    place: str = ""
    starts_at: datetime | None = None


def routes(app: Engine, *, demo: bool) -> list[Route]:
    """The front page, with the way to the simulator in the demonstration."""

    def home(request: Request) -> Response:
        found = app.store.read(_labs)
        return page("home.html", labs=found, demo=demo, headers={"cache-control": "no-cache"})

    return [Route("/", home, methods=["GET"])]


def _labs(unit: Unit) -> list[Listed]:
    return [_listed(unit, lab) for lab in labs.spoken_of(unit)]


def _listed(unit: Unit, lab: labs.Lab) -> Listed:
    meeting = labs.next_session(unit, lab.id)
    return Listed(
        name=lab.name,
        area=lab.area,
        organiser=lab.organiser,
        keyword=lab.keyword,
        place=meeting.place if meeting else "",
        starts_at=meeting.starts_at.astimezone(ZoneInfo(meeting.tz)) if meeting else None,
    )
