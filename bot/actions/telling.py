"""Tell what became of a promise: one broadcast a change, each person once, with the reason why it comes to her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select

from bot import broadcast, promised, quiet
from bot.actions.staff import lines
from bot.broadcast import Act, Ledger, Variant
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.message import Reply
from bot.promised import News
from bot.spoken import said
from storage import broadcasts, contests, labs, promise_rules, promises
from storage.contests import Option
from storage.promises import OTHER, Promise
from storage.store import Unit

STALE = timedelta(days=14)  # news of two weeks ago is no news


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Whom a telling would reach, in which words, at what cost, when."""

    news: News
    people: int  # to be typed before it is sent
    by_channel: dict[str, int]
    skipped: dict[str, int]
    segments: int  # of all SMS together
    samples: dict[str, str]  # channel -> its commonest wording; `sms en` in another language
    when: datetime
    mailings: tuple[Mailing, ...]  # what costs.of prices
    langs: dict[str, int]  # language -> people who read it there
    done_before: Ledger | None = None


def look(unit: Unit, catalogues: Catalogues, about: News, audience: Select[Any] | None = None) -> Seen:
    """Look at it; nothing is sent. audience: all who are concerned, unless others are given."""
    promise = about.promise
    who = promises.concerned(promise) if audience is None else audience
    seen = broadcast.look(unit, who, lab_id=promise.lab_id, kind="commitment")
    titles = options(unit, promise)
    replies = {name: _told(catalogues, seen.variant(name), about, titles) for name in seen.variants}
    at = held(unit, promise)
    mailing = Mailing(audience=who, lab_id=promise.lab_id, replies=replies, at=at)
    return Seen(news=about, when=at, mailings=(mailing,), **counted(seen, replies))


def counted(seen: broadcast.Audience, replies: Mapping[str, Reply]) -> dict[str, Any]:
    """What a preview shows of an audience and its wordings."""
    return {
        "people": seen.people,
        "by_channel": seen.by_channel,
        "skipped": seen.skipped,
        "segments": broadcast.segments(seen, replies),
        "samples": broadcast.samples(seen, replies),
        "langs": seen.langs,
    }


def send(
    unit: Unit,
    catalogues: Catalogues,
    about: News,
    subject: str,
    by: str,
    *,
    expect: int | None = None,
    audience: Select[Any] | None = None,
) -> Ledger:
    """Tell it, once. subject: what makes two tellings of this promise the same: 'update 7', 'overdue 2027-03-31'.

    `expect`: the number of people that was shown; another number now is refused.
    """
    promise, titles = about.promise, options(unit, about.promise)
    act = Act(
        kind="commitment",
        idem=f"commitment:{promise.id}:{subject}",
        by=by,
        audience=promises.concerned(promise) if audience is None else audience,
        due_at=(at := held(unit, promise)),
        expires_at=at + STALE,
        lab_id=promise.lab_id,
        contest_id=promise.contest_id,
        opens={"conversation": "promise_news", "args": opened(promise) | {"subject": subject}},
    )
    ledger = broadcast.send(unit, act, lambda variant: _told(catalogues, variant, about, titles))
    if expect is not None and ledger.pending != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=ledger.pending))
    promises.note(unit, promise.id, subject, ledger.broadcast_id)
    return ledger


def opened(promise: Promise) -> dict[str, Any]:
    """What a conversation about a promise is given."""
    return {"commitment": promise.id, "lab": promise.lab}


def _told(catalogues: Catalogues, variant: Variant, about: News, titles: Mapping[str, Option]) -> Reply:
    return promised.told(catalogues, variant, about, named(variant, titles))


def options(unit: Unit, promise: Promise) -> dict[str, Option]:
    """Group -> the other options of the choice."""
    if promise.contest_id is None:
        return {}
    rows = contests.options(unit, promise.contest_id)
    return {f"{OTHER}{o.number}": o for o in rows}


def named(variant: Variant, titles: Mapping[str, Option]) -> Sequence[str]:
    """The topic that the people of a variant follow, where it is another one."""
    found = titles.get(variant.group)
    name = "short_title" if variant.voice.short else "title"
    return () if found is None else (said(found, name).in_(variant.voice.lang),)


def held(unit: Unit, promise: Promise) -> datetime:
    """When it may go: in waking hours, and no second message about this promise on one day (accountability.md 3)."""
    at, last = quiet.held(unit.now, promise.tz), promises.told_last(unit, promise.id)
    if last is None or promise.day(last) < promise.day(at):
        return at
    morning = datetime.combine(promise.day(last) + timedelta(days=1), quiet.OPENS, ZoneInfo(promise.tz))
    return quiet.held(morning, promise.tz)


def promise_named(unit: Unit, catalogues: Catalogues, name: str) -> Promise:
    """The promise that a problem or a number names. Refused when there is none, or more than one."""
    found = promises.named(unit, name)
    if not found:
        raise Refused(catalogues.told(_("No hay un compromiso sobre {problem}."), problem=name))
    if len(found) > 1:
        told = _("Hay varios compromisos sobre {problem}. Escribe el número: {words}.")
        numbers = ", ".join(f"{one.id} ({one.lab}: {one.text})" for one in found)
        raise Refused(catalogues.told(told, problem=name, words=numbers))
    allowed(unit, catalogues, found[0].lab_id)
    return found[0]


def allowed(unit: Unit, catalogues: Catalogues, lab_id: int) -> labs.Lab:
    """The lab, if it may be spoken of. Refused while its community has not allowed it (people.md 4.4)."""
    lab = labs.lab_by_id(unit, lab_id)
    if not lab.authorised:
        raise Refused(catalogues.told(lines.UNAUTHORISED))
    return lab


def once_before(unit: Unit, promise: Promise, subject: str) -> Ledger | None:
    """The ledger of this telling, if it was made."""
    found = broadcasts.found(unit, f"commitment:{promise.id}:{subject}")
    return broadcasts.ledger(unit, found) if found is not None else None


def first_question(unit: Unit, promise: Promise, today: date) -> date | None:
    """When the neighbours are asked after the office says now that it is done: 28 days after the first time it did."""
    if any(one.kind == "done_office" for one in promises.updates(unit, promise.id)):
        asked = promises.next_question(unit, promise)
        return asked[0] if asked else None
    return today + promise_rules.ASK_AFTER_DONE
