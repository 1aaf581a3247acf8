"""The page of one lab: what is read for it, and in which words. Its layout is templates/public/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot import promised, ties
from bot.entrances import Entrance, entrances
from bot.i18n import And, Label, When, _
from bot.results import NO_NEXT_STEP, OUTCOMES, Wording, capital, sentence
from bot.spoken import Said, others, said
from bot.web import ideaspage, qr
from bot.web.reader import Own, Reader
from storage import public
from storage.contests import Apart, Share
from storage.labs import Lab
from storage.promises import Promise, Update
from storage.public import Choice, Meeting, Promised
from storage.store import Unit

CHOOSE = "ELEGIR"
MOST_OFF = 3  # meetings called off that stand at the top; all stand among the other meetings
CHANNELS = {
    "sms": _("Por SMS"),
    "whatsapp": _("Por WhatsApp"),
    "telegram": _("Por Telegram"),
    "voice": _("Por teléfono"),
    "assisted": _("En persona"),
}
CLASSES = {
    "open": _("Otras personas"),
    "attended": _("Quienes fueron a la reunión"),
    "roll": _("Quienes están en la lista"),
}
HAPPENED = {
    "promised": _("{who} lo prometió."),
    "in_progress": _("{who} dijo que ya empezó."),
    "done_office": _("{who} dijo que cumplió."),
    "not_done": _("{who} dijo que no lo hará."),
    "new_date": _("{who} dio otra fecha: {due}."),
    "news": _("Novedad, según {who}."),
    "unknown": _("Todavía no se sabe. El equipo preguntó."),
    "overdue": _("Pasó la fecha y no cumplió."),
    "counted": _("Se preguntó a los vecinos."),
    "reopened": _("Se abrió otra vez: varias personas dicen que no se cumple."),
}
SAYS = {"team": _("el equipo"), "neighbours": _("los vecinos"), "verifier": _("quien vigila")}
GOOD = ("adopted", "partly", "already_done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An entrance with its QR code."""

    entrance: Entrance
    code: qr.Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option as the page shows it."""

    share: Share
    decided_at: datetime | None
    because: Sequence[Own]  # reason and next step, as they were written
    fate: str  # 'va adelante'; '' = not decided yet
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A promise as the page shows it."""

    promised: Promised
    status: str  # 'cumplido según los vecinos'
    good: bool
    said: str  # 'La oficina del agua prometió: repara el tanque. Plazo: fin de marzo.'
    neighbours: str  # what they said when they were asked; '' = nothing that may be shown
    line: Sequence[tuple[datetime, str, Own]]  # (when, what happened, in whose words)
    story: Mapping[str, Own]  # before, after, text and alt; empty: it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One contest in the reader's words."""

    choice: Choice
    summary: str  # what was chosen, with its number; '' before it is published
    options: Sequence[Option]  # on the ballot's order; once published from most to least
    channels: Sequence[tuple[str, int]]
    apart: Sequence[str]  # classes that do not decide
    kept: Sequence[Kept]  # the newest first
    decided: str  # the day on which all was decided; '' = not on one day
    ways: Sequence[Entrance]  # to choose now
    tie: str  # who are equal and what decides; '' = no tie waits
    draw: Label | str  # what was named at the opening to break one
    gone: str  # what was taken off the list, while the result does not say it yet
    logged: tuple[str, str] | None  # (day, hex): where the log ended on the last day that it was published

    @property
    def open(self) -> bool:
        """Whether one can choose."""
        return self.choice.facts.contest.state == "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the page, or what of it stands on this one."""

    id: str  # of its heading
    asked: bool  # it is about a contest
    pieces: Sequence[Markup]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page of a lab."""

    lab: Lab
    next: Meeting | None
    meetings: Sequence[Meeting]  # all others, the newest first
    off: Sequence[Meeting]  # the nearest of those called off whose day has not come yet
    newest: Asked | None
    earlier: Iterator[Asked]  # the other contests, the newest first; read one by one, as far as a page wants them
    ways: Sequence[Way]
    ideas: ideaspage.Page | None  # the first of what people proposed
    parts: Sequence[Part] = ()  # what of all this stands on the page that is asked for
    number: int = 1  # of that page
    older: bool = False  # another page follows

    @property
    def comarca(self) -> bool:
        """Whether it has to say that it is no prior consultation."""
        return self.lab.setting == "comarca"


def read(unit: Unit, lab: Lab, writable: Mapping[str, str], reader: Reader) -> Page:
    """The page now. writable: kind of phone -> whom one writes to."""
    meetings = public.meetings(unit, lab)
    ahead = next((meeting for meeting in meetings if meeting.ahead), None)
    every = (asked(choice, lab, writable, reader, ahead) for choice in public.choices(unit, lab))
    return Page(
        lab=lab,
        next=ahead,
        meetings=[meeting for meeting in reversed(meetings) if meeting is not ahead],
        off=[m for m in meetings if m.state == "cancelled" and m.starts_at > unit.now][:MOST_OFF],
        newest=next(every, None),
        earlier=every,
        ways=ways(lab, writable),
        ideas=ideaspage.read(unit, lab, reader, most=ideaspage.ON_LAB_PAGE),
    )


def ways(lab: Lab, writable: Mapping[str, str]) -> list[Way]:
    """How one comes to this lab, while it is at work."""
    found = entrances(writable, lab.keyword, f"lab-{lab.slug}") if lab.state == "published" else []
    return [Way(entrance=way, code=qr.code(way.link)) for way in found]


def asked(choice: Choice, lab: Lab, writable: Mapping[str, str], reader: Reader, ahead: Meeting | None = None) -> Asked:
    """A contest in words: those of the messages, from the same numbers."""
    facts = choice.facts
    is_open = facts.contest.state == "open"
    wording = Wording(reader.catalogues, reader.voice, facts, lab.name)
    return Asked(
        choice=choice,
        summary=wording.won() if choice.published else "",
        options=[
            _option(share, choice, reader, lab) for share in (facts.ranked if choice.published else facts.options)
        ],
        channels=[(reader.say(CHANNELS.get(name, name)), n) for name, n in (facts.by_channel or {}).items()],
        apart=[_apart(part, reader) for part in facts.apart],
        kept=[_kept(one, reader, lab) for one in reversed(choice.promised)],
        decided=_one_day(choice, reader),
        ways=entrances(writable, CHOOSE, f"v-{facts.contest.slug}") if is_open else [],
        tie=_tie(choice, reader, ahead) if choice.tied else "",
        draw=ties.draw(facts.contest),
        gone="" if choice.published else wording.withdrawn(),
        logged=_logged(choice, reader),
    )


def _logged(choice: Choice, reader: Reader) -> tuple[str, str] | None:
    if not choice.log_days:
        return None
    day, head = choice.log_days[-1]
    tz = choice.facts.contest.tz
    return reader.day(datetime.combine(day, time(12), ZoneInfo(tz)), tz), head


def _tie(choice: Choice, reader: Reader, ahead: Meeting | None) -> str:
    titles = And(said(o, "title") for o in choice.facts.options if o.number in choice.tied)
    equal = reader.say(_("Empataron {tied}."), tied=titles)
    when = When(ahead.starts_at, ahead.tz) if ahead else None
    return f"{equal} {ties.decides(reader.say, choice.facts.contest, when)}"


def _one_day(choice: Choice, reader: Reader) -> str:
    days = {reader.day(at, choice.facts.contest.tz) for at in choice.decided_at.values()}
    return days.pop() if len(days) == 1 else ""


def _apart(part: Apart, reader: Reader) -> str:
    who = reader.say(CLASSES[part.name])
    if part.took_part is None:
        return reader.say(_("{who}, aparte y sin sumarse: el número no se publica."), who=who)
    return reader.say(_("{who}, aparte y sin sumarse: {n}."), who=who, n=part.took_part)


def _option(share: Share, choice: Choice, reader: Reader, lab: Lab) -> Option:
    return Option(
        because=[*_because(share, reader, lab)],
        share=share,
        decided_at=choice.decided_at.get(share.number),
        fate=reader.say(OUTCOMES[share.outcome]) if share.outcome else "",
        good=share.outcome in GOOD,
    )


def _because(share: Share, reader: Reader, lab: Lab) -> Iterator[Own]:
    if share.reason:
        yield reader.written(said(share, "reason").each(sentence), lab.langs[0])
    if share.next_step == NO_NEXT_STEP:
        yield Own(sentence(reader.say(NO_NEXT_STEP)), reader.lang)
    elif share.next_step:
        yield reader.written(said(share, "next_step").each(sentence), lab.langs[0])


def _kept(one: Promised, reader: Reader, lab: Lab) -> Kept:
    promise = one.promise
    made = _("{entity} prometió: {promise}. Plazo: {due}.") if promise.due_text else _("{entity} prometió: {promise}.")
    due = promised.due_of(promise)
    who = capital(_office(promise, reader))
    return Kept(
        promised=one,
        status=reader.say(promised.STATUS[promise.status]),
        good=promise.status == "done_neighbours",
        said=reader.say(made, entity=who, promise=said(promise, "text"), due=due),
        neighbours=_neighbours(one, reader),
        line=[
            (update.at, _line(update, one, reader), reader.own(update, "text", lab.langs[0])) for update in one.updates
        ],
        story=_story(one, reader, lab) if one.story else {},
    )


def _office(promise: Promise, reader: Reader) -> str:
    return promised.office(reader.say, promise.called(reader.lang))


def _story(one: Promised, reader: Reader, lab: Lab) -> dict[str, Own]:
    told: Mapping[str, Any] = one.story or {}
    texts = {name: Said(told[name], others(told["texts"], name)) for name in ("before", "after", "text", "alt")}
    return {name: reader.written(text, lab.langs[0]) for name, text in texts.items()}


def _neighbours(one: Promised, reader: Reader) -> str:
    counts = one.counts
    if counts is None:
        return ""
    numbers = {"yes": counts.yes, "partly": counts.partly, "no": counts.no, "unknown": counts.unknown}
    told = _("Preguntamos a {all} y contestaron {votes}. Sí: {yes}. En parte: {partly}. No: {no}. No saben: {unknown}.")
    return reader.say(told, all=counts.asked, votes=counts.answered, **numbers)


def _line(update: Update, one: Promised, reader: Reader) -> str:
    """What happened; of a visit also how many saw it, where that may be said."""
    told = _happened(update, one.promise, reader)
    saw = one.sighted.get(update.id)
    if saw is None:
        return told
    many = reader.say(_("La vieron {yes} personas. No la vieron {no}."), yes=saw.seen, no=saw.unseen)
    return f"{told} {many}"


def _happened(update: Update, promise: Promise, reader: Reader) -> str:
    who = reader.say(SAYS[update.by_role]) if update.by_role in SAYS else _office(promise, reader)
    told = HAPPENED.get(update.kind, HAPPENED["news"])
    return capital(reader.say(told, who=who, due=said(update, "due_text") if update.due_text else ""))


def context(reader: Reader, **more: Any) -> dict[str, Any]:
    """What every public template is given."""
    return {"_": reader.say, "n_": reader.count, "reader": reader, **more}
