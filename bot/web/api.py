"""Open data, read only: what the public page says, as JSON with stable English names. Never a person, never a cookie.

Numbers are those of storage/public.py: null stands for fewer than 5 people, or for a number that would give such a one
away. Moments are ISO 8601 with the offset of the lab's zone. openapi.json describes every field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels import Channel
from bot.entrances import entrances, known
from bot.results import shortened
from bot.web import fresh
from bot.web.engine import Engine
from bot.web.errors import CORS, in_json
from storage import labs, public, public_ideas
from storage.contests import Apart, Share
from storage.labs import Lab
from storage.pictures import Picture
from storage.promises import Update
from storage.public import Choice, Ledger, Meeting, Promised
from storage.public_ideas import Shown
from storage.store import Unit
from storage.texts import Texts, only

PREFIX = "/api/v1"
ALL_IDEAS = 1000
NOTICE = "Este laboratorio no reemplaza la consulta previa."  # said as it stands in the law's language
LICENCE = "CC-BY-4.0"
DOCUMENT = Path(__file__).with_name("openapi.json")

Found = Mapping[str, Any] | None


def routes(app: Engine, channels: Mapping[str, Channel]) -> list[Route]:
    """GET of each, and its OPTIONS for pages of other sites."""

    def one(path: str, name: str, find: Callable[[Unit, str], Found]) -> Route:
        def get(request: Request) -> Response:
            return told(request, app.store.read(lambda unit: find(unit, request.path_params[name])))

        return Route(f"{PREFIX}/{path}/{{{name}}}", get, methods=["GET", "OPTIONS"])

    def labs(request: Request) -> Response:
        return told(request, app.store.read(lambda unit: all_labs(unit, channels)))

    def document(request: Request) -> Response:
        return told(request, json.loads(DOCUMENT.read_text(encoding="utf-8")))

    return [
        Route(f"{PREFIX}/openapi.json", document, methods=["GET", "OPTIONS"]),
        Route(f"{PREFIX}/labs", labs, methods=["GET", "OPTIONS"]),
        one("sessions", "code", session),
        one("contests", "slug", contest),
        one("broadcasts", "code", broadcast),
        one("ideas", "slug", ideas),
    ]


def told(request: Request, found: Found) -> Response:
    """The data, or a 404 that says so in JSON too."""
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={**CORS, "access-control-allow-methods": "GET, HEAD, OPTIONS"})
    if found is None:
        return in_json(404)
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return fresh.answer(request, body, "application/json", CORS)


# --- labs and sessions --------------------------------------------------------------------------------------------


def all_labs(unit: Unit, channels: Mapping[str, Channel]) -> dict[str, Any]:
    """Every lab that may be spoken of."""
    writable = known(unit, channels)
    return {"licence": LICENCE, "labs": [_lab(unit, found, writable) for found in public.listed(unit)]}


def _lab(unit: Unit, found: Lab, writable: Mapping[str, str]) -> dict[str, Any]:
    same = {name: getattr(found, name) for name in ("slug", "name", "area", "country", "state", "kind", "setting")}
    ways = entrances(writable, found.keyword, f"lab-{found.slug}") if found.state == "published" else []
    return {
        **same,
        "organiser": found.organiser,
        "keyword": found.keyword,
        "languages": found.langs,
        "timezone": found.tz,
        **_notice(found),
        "page": f"/l/{found.slug}",
        "sessions": [meeting.code for meeting in public.meetings(unit, found)],
        "contests": [choice.facts.contest.slug for choice in public.choices(unit, found)],
        "ideas": f"{PREFIX}/ideas/{found.slug}",
        "entrances": [{"channel": way.kind, "address": way.address, "link": way.link} for way in ways],
    }


def _notice(found: Lab | None) -> dict[str, str | None]:
    """What a lab in a comarca is not, wherever it is spoken of."""
    return {"notice": NOTICE if found and found.setting == "comarca" else None}


def session(unit: Unit, code: str) -> Found:
    """One meeting."""
    found = public.meeting(unit, code)
    return _session(found) | _notice(labs.lab(unit, found.lab)) if found else None


def _session(found: Meeting) -> dict[str, Any]:
    same = {
        name: getattr(found, name) for name in ("code", "lab", "kind", "title", "place", "capacity", "state", "use")
    }
    return {
        "licence": LICENCE,
        **same,
        "starts_at": moment(found.starts_at, found.tz),
        "timezone": found.tz,
        "places_left": found.left,
        "reserved": [{"for": label, "places": places} for label, places in found.reserved],
        "cancelled_because": found.reason or None,
        "texts": _texts(found.texts, title="title", place="place", use="use", cancelled_because="reason"),
        "broadcasts": list(found.broadcasts),
    }


# --- contests -----------------------------------------------------------------------------------------------------


def contest(unit: Unit, slug: str) -> Found:
    """One contest: its rule and turnout; counts and decisions once it is published."""
    found = public.choice(unit, slug)
    return _contest(found) | _notice(labs.lab(unit, found.lab)) if found else None


def _contest(found: Choice) -> dict[str, Any]:
    standing = found.facts.contest
    hours = {name: getattr(standing, name) for name in ("opened_at", "closes_at", "closed_at", "published_at")}
    if not found.published:
        hours["published_at"] = None
    return {
        "licence": LICENCE,
        "slug": standing.slug,
        "title": standing.title,
        "lab": found.lab,
        "session": found.session or None,
        "state": standing.state,
        "timezone": standing.tz,
        **{name: moment(at, standing.tz) if at else None for name, at in hours.items()},
        "rule": _rule(found),
        "turnout": _turnout(found),
        "options": [_option(option, found) for option in found.facts.options],
        "result": _result(found) if found.published else None,
        "commitments": [_promised(one) for one in found.promised],
        "receipts": _receipts(found),
        "broadcasts": list(found.broadcasts),
    }


def _receipts(found: Choice) -> dict[str, Any]:
    """What anybody compares, and counts again."""
    return {
        "root": found.root or None,
        "root_short": shortened(bytes.fromhex(found.root)) if found.root else None,
        "ballots": found.counted,
        "log_head": found.log_head or None,
        "log_head_short": shortened(bytes.fromhex(found.log_head)) if found.log_head else None,
        "log_heads": [{"day": day.isoformat(), "head": head} for day, head in found.log_days],
        "recount_file": f"/l/{found.lab}/{found.facts.contest.slug}.zip" if found.recountable else None,
        "recount_sha256": (found.sha256 or None) if found.recountable else None,
        "recount_program": "/recount.py" if found.recountable else None,
    }


def _rule(found: Choice) -> dict[str, Any]:
    standing = found.facts.contest
    return {
        "method": standing.method,
        "version": standing.method_version,
        "params": dict(standing.params),
        "roll": standing.roll_kind,
        "quorum": dict(standing.quorum) or None,
        "tie_mode": standing.tie_mode,
        "tie_seed_source": standing.tie_seed_source or None,
    }


def _turnout(found: Choice) -> dict[str, Any]:
    facts = found.facts
    return {
        "took_part": found.took_part,
        "enrolled": found.enrolled,
        "chose": found.chose,
        "blank": found.blank,
        "by_channel": dict(facts.by_channel) if facts.by_channel else None,
        "shared_phones": facts.shared,
    }


def _option(option: Share, found: Choice) -> dict[str, Any]:
    at = found.decided_at.get(option.number)
    out: dict[str, Any] = {n: getattr(option, n) for n in ("number", "title", "short_title", "problem")}
    if not found.published:
        return out | dict.fromkeys(
            ("votes", "percent", "chosen", "outcome", "reason", "next_step", "texts", "decided_at")
        )
    return out | {
        "votes": option.votes,
        "percent": option.percent,
        "chosen": option in found.facts.chosen,
        "outcome": option.outcome or None,
        "reason": option.reason or None,
        "next_step": option.next_step or None,
        "texts": _texts(option.texts, reason="reason", next_step="next_step"),
        "decided_at": moment(at, found.facts.contest.tz) if at else None,
    }


def _result(found: Choice) -> dict[str, Any]:
    facts = found.facts
    return {
        "chosen": [option.number for option in facts.chosen],
        "quorum_reached": facts.quorum,
        "counts_shown": not facts.hidden,
        "ties": [list(tie) for tie in facts.ties],
        "tie_seed": facts.seed,
        "tie_minute": facts.minute or None,
        "apart": [_apart(part) for part in facts.apart],
        "withdrawn": list(facts.withdrawn),
        "told_by": found.told.code if found.told else None,
    }


def _apart(part: Apart) -> dict[str, Any]:
    """A class that does not decide."""
    votes = {str(number): n for number, n in part.votes.items()} if part.votes else None
    return {"class": part.name, "took_part": part.took_part, "votes": votes}


def _promised(one: Promised) -> dict[str, Any]:
    """A commitment, and each change with who says so."""
    promise, counts = one.promise, one.counts
    neighbours = ("asked", "yes", "partly", "no", "unknown")
    return {
        **{name: getattr(promise, name) for name in ("problem", "entity", "text", "status", "status_by")},
        "due": promise.due_text or None,
        "texts": _texts(promise.texts, text="text", due="due_text"),
        "due_from": _day(promise.due_from),
        "due_to": _day(promise.due_to),
        "at": moment(promise.at, promise.tz),
        "updates": [_update(update, promise.tz) for update in one.updates],
        "neighbours": {name: getattr(counts, name) for name in neighbours} if counts else None,
        "story": _story(one) if one.story else None,
    }


def _story(one: Promised) -> dict[str, Any]:
    """What was reached; its picture by its path here and in words, its video by its address."""
    told = {name: one.story[name] for name in ("before", "after", "text")} if one.story else {}
    texts = _texts(one.story["texts"], **{name: name for name in told}) if one.story else {}
    shown = {"picture": _picture(one.picture) if one.picture else None, "video": (one.story or {}).get("video") or None}
    return {**told, "texts": texts, **shown}


def _picture(picture: Picture) -> dict[str, Any]:
    return {"path": picture.path, "alt": picture.alt, "texts": _texts(picture.texts, alt="alt")}


def _update(update: Update, tz: str) -> dict[str, Any]:
    same = {name: getattr(update, name) for name in ("kind", "status", "text")}
    texts = _texts(update.texts, text="text", due="due_text")
    return {**same, "texts": texts, "by": update.by_role, "due": update.due_text, "at": moment(update.at, tz)}


def _texts(texts: Texts, **fields: str) -> dict[str, dict[str, str]]:
    """What people wrote in other languages: {'en': {'reason': 'The tank leaks'}}. fields: name here -> in the row."""
    told = only(texts, *fields.values())
    return {lang: {n: each[field] for n, field in fields.items() if field in each} for lang, each in told.items()}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


# --- ideas --------------------------------------------------------------------------------------------------------


def ideas(unit: Unit, slug: str) -> Found:
    """What people of a lab proposed and let be shown: their words, never who."""
    lab = public.lab_of(unit, slug)
    if lab is None:
        return None
    found = public_ideas.of_lab(unit, lab, most=ALL_IDEAS)
    return {
        "licence": LICENCE,
        **_notice(lab),
        "lab": lab.slug,
        "count": found.count,
        "unanswered_after_30_days": found.red,
        "ideas": [_idea(one, lab.tz) for one in found.shown],
    }


def _idea(one: Shown, tz: str) -> dict[str, Any]:
    return {
        "number": one.number,
        "text": one.text,
        "said_on": one.said_at.astimezone(ZoneInfo(tz)).date().isoformat(),
        "problem": one.problem or None,
        "outcome": one.outcome or None,
        "reason": one.reason or None,
        "texts": _texts(one.texts, reason="reason"),
        "office": one.office or None,
        "reference": one.reference or None,
        "asked_again_on": _day(one.next_on),
        "author_told_on": one.told_at.astimezone(ZoneInfo(tz)).date().isoformat() if one.told_at else None,
    }


# --- broadcasts ---------------------------------------------------------------------------------------------------


def broadcast(unit: Unit, code: str) -> Found:
    """Where everybody concerned by a broadcast stands, in numbers."""
    found = public.ledger(unit, code)
    return _broadcast(found) | _notice(labs.lab(unit, found.lab)) if found else None


def _broadcast(found: Ledger) -> dict[str, Any]:
    return {
        "licence": LICENCE,
        **{name: getattr(found, name) for name in ("code", "kind", "state", "lab")},
        "session": found.session or None,
        "contest": found.contest or None,
        "created_at": moment(found.created_at, found.tz),
        "due_at": moment(found.due_at, found.tz),
        "audience": found.audience,
        **found.people,
        "reasons": {state: dict(why) for state, why in found.reasons.items()},
    }


def moment(at: datetime, tz: str) -> str:
    """'2026-11-21T15:30:00-05:00'."""
    return at.astimezone(ZoneInfo(tz)).isoformat(timespec="seconds")
