"""NUEVA: a session, question by question; every answer is kept, so a draft waits by itself (conversations.md 5)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot import dates
from bot.actions.staff import meetings
from bot.actions.staff.meetings import Draft
from bot.i18n import Count, Label, When, _, n_
from bot.kinds import Choice, Number, Text
from bot.talk import Talk, conversation
from conversations.staff import team
from conversations.staff.answers import SEATS, Community, Moment, PlaceAndSeats
from storage import labs, sessions
from storage.labs import Lab

KINDS = {
    "problems": _("Laboratorio, sesión 1"),
    "report_back": _("Devolución, sesión 2"),
    "table": _("Mesa de trabajo"),
    "public": _("Evento público"),
}
ROUNDS = 8  # corrections of one draft


@conversation("nueva", "new", act="session")
def new(talk: Talk) -> None:
    """Kind, community, when, where and for how many, what becomes of it; then review, keep or publish."""
    kind = talk.ask("kind", _("¿Qué haces?"), Choice(KINDS))
    lab = _lab(talk)
    if lab is None:
        return talk.say(_("No hay una comunidad donde puedas hacerlo."))
    said: dict[str, Any] = {}
    for part in ("when", "where", "use"):
        said[part] = ask_part(talk, lab, part, 0)
    for n in range(ROUNDS):
        what = talk.ask(f"review.{n}", _("¿Qué hago?"), REVIEW, before=_review(talk, kind, lab, said))
        if what != "correct":
            return _made(talk, kind, lab, said, publish=what == "publish")
        part = talk.ask(f"part.{n}", _("¿Qué corriges?"), PARTS)
        said[part] = ask_part(talk, lab, part, n + 1)
    return talk.say(_("Empieza otra vez: escribe NUEVA."))


REVIEW = Choice({"draft": _("Guardar borrador"), "publish": _("Publicar"), "correct": _("Corregir")})
PARTS = Choice({"when": _("Fecha u hora"), "where": _("Lugar y cupo"), "use": _("Qué pasa con lo que elijan")})


def _lab(talk: Talk) -> Lab | None:
    found = talk.look("labs", lambda: [asdict(labs.lab_by_id(talk.db, id)) for id in team.reach(talk, "session")])
    by_slug = {one["slug"]: Lab(**one) for one in found}
    if len(by_slug) < 2:
        return next(iter(by_slug.values()), None)
    labels = {slug: f"{lab.name}, {lab.area}" for slug, lab in by_slug.items()}
    names = {slug: (lab.name, lab.keyword) for slug, lab in by_slug.items()}
    slugs = talk.ask(
        "community", _("¿En qué comunidad?"), Community(names, whole=labels, misses=partial(_misses, talk))
    )
    if len(slugs) == 1:
        return by_slug[slugs[0]]
    talk.say(_("Encontré {count}."), count=len(slugs))
    return by_slug[talk.ask("which", _("¿Cuál es?"), Choice({slug: labels[slug] for slug in slugs}))]


def _misses(talk: Talk) -> int:
    return talk.state.misses


def ask_part(talk: Talk, lab: Lab, part: str, n: int) -> Any:
    """One part of a session, asked for the n-th time."""
    if part == "when":
        return ask_when(talk, lab.tz, n).isoformat()
    return _ask_where(talk, lab, n) if part == "where" else _ask_use(talk, n)


def ask_when(talk: Talk, tz: str, n: int) -> datetime:
    """A day and an hour that agree with each other; aware."""
    now = talk.look(f"now.{n}", lambda: talk.db.now.astimezone(ZoneInfo(tz)).isoformat())
    kind = Moment(datetime.fromisoformat(now), tz)
    for m in range(ROUNDS):
        said = talk.ask(f"when.{n}.{m}", _("¿Cuándo? Ejemplo: sábado 21 nov 3:30 pm"), kind)
        day = _agreed(talk, said, tz, f"{n}.{m}")
        if day is not None:
            return day
    return kind.now


def _agreed(talk: Talk, said: dict[str, Any], tz: str, n: str) -> datetime | None:
    """The weekday that was named may be another one: then she says which day is meant; None: neither."""
    typed = dates.Typed(datetime.fromisoformat(said["at"]), said["day"])
    at, near = typed.at.replace(tzinfo=ZoneInfo(tz)), typed.nearest().replace(tzinfo=ZoneInfo(tz))
    if typed.agrees:
        return at
    talk.say(_("El {date} es {weekday}."), date=When(at, tz, "date"), weekday=When(at, tz, "weekday"))
    both = {"near": talk.text(_("{when}"), when=When(near, tz)), "said": talk.text(_("{when}"), when=When(at, tz))}
    which = talk.ask(f"day.{n}", _("¿Cuál es?"), Choice({**both, "other": _("Otra fecha")}))
    return {"near": near, "said": at, "other": None}[which]


def _ask_where(talk: Talk, lab: Lab, n: int) -> dict[str, Any]:
    known = talk.look(f"places.{n}", lambda: sorted(sessions.places(talk.db, lab.id)))
    asked = _("¿Lugar exacto y cuántas personas caben? Ejemplo: Casa Comunal, 40")
    where = talk.ask(f"where.{n}", asked, PlaceAndSeats(tuple(known)))
    if where["seats"] is not None:
        return where
    seats = talk.ask(
        f"seats.{n}",
        _("¿Cuántas personas caben?"),
        Number(1, SEATS),
        before=talk.text(_("Anoté el lugar: {place}."), place=where["said"]),
    )
    return {**where, "seats": seats}


def _ask_use(talk: Talk, n: int) -> str:
    asked = _("Es lo que más pregunta la gente, en una frase: ¿qué pasa con lo que elijan?")
    return talk.ask(f"use.{n}", asked, Text(max=60)).strip().rstrip(".")


def _review(talk: Talk, kind: str, lab: Lab, said: dict[str, Any]) -> str:
    return talk.text(
        _("Revisa: {kind}. {lab} ({area}). {when}. {place}. {places}. Lista de espera: sí. Lo que elijan: {use}."),
        kind=Label(KINDS[kind]),
        lab=lab.name,
        area=lab.area,
        when=When(datetime.fromisoformat(said["when"]), lab.tz),
        place=said["where"]["place"],
        places=Count(*n_("{n} lugar", "{n} lugares"), said["where"]["seats"]),
        use=said["use"],
    )


def _made(talk: Talk, kind: str, lab: Lab, said: dict[str, Any], *, publish: bool) -> None:
    draft = Draft(
        lab=lab.slug,
        kind=kind,
        title=KINDS[kind],
        starts_at=datetime.fromisoformat(said["when"]),
        place=said["where"]["place"],
        capacity=said["where"]["seats"],
        use=said["use"],
    )
    made = talk.once("made", lambda: team.tried(talk, "session", lab.id, lambda w, me: _new(talk, w, draft, me)))
    if "refused" in made:
        return team.say(talk, made["refused"])
    if not publish:
        return talk.say(_("Guardé el borrador {code}. Para publicarlo, escribe PUBLICAR {code}."), code=made["code"])
    return published(talk, lab.id, lab.keyword, made["code"])


def _new(talk: Talk, words: Any, draft: Draft, me: Any) -> team.Result:
    return {"code": meetings.new(talk.db, words, draft, by=me.by).code}


def published(talk: Talk, lab_id: int, keyword: str, code: str) -> None:
    """Publish it, and go on to whom is invited."""
    done = talk.once(
        "published", lambda: team.tried(talk, "session", lab_id, lambda w, me: _publish(talk, w, code, me))
    )
    if "refused" in done:
        return team.say(talk, done["refused"])
    return talk.go("staff.invite", session=code, keyword=keyword, poster=done["poster"])


def _publish(talk: Talk, words: Any, code: str, me: Any) -> team.Result:
    done = meetings.publish(talk.db, words, code, by=me.by)
    return {"code": done.code, "poster": meetings.poster(talk.db, done)}


@conversation("publicar", "publish", act="session")
def publish(talk: Talk) -> None:
    """A draft that waits is published; what is published already is not offered."""
    meeting = team.the_session(talk, "session", ("draft",))
    if meeting is None:
        return None
    keyword = talk.look("keyword", lambda: labs.lab_by_id(talk.db, meeting.lab_id).keyword)
    return published(talk, meeting.lab_id, keyword, meeting.code)
