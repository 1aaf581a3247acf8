"""How an idea stands, in words: its number and what happened, day by day (conversations.md 7, MI IDEA)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from bot.i18n import And, Catalogues, Label, Voice, When, _
from bot.kinds import numbered
from bot.promised import noon, office
from bot.results import OUTCOMES, WHAT_QUESTION
from bot.sms import segments, sms_text
from bot.spoken import said
from storage.idea_trail import Step

WORDS = 80  # letters of the idea that are repeated
WISHES = {  # what may be asked behind it; an SMS keeps room for all three
    "page": _("Detalle"),
    "appeal": _("No estoy de acuerdo"),
    "take": _("Quitarla"),
}
FATES = {**OUTCOMES, "out_of_scope": _("no entra esta vez")}
_PLAIN = {
    "received": _("recibida"),
    "read": _("leída"),
    "joined": _("unida a «{title}»"),
    "read joined": _("leída y unida a «{title}»"),
    "own": _("va sola, como una opción más"),
    "withdrawn": _("quitada"),
}


def told(
    catalogues: Catalogues,
    voice: Voice,
    number: int,
    words: str,
    steps: Sequence[Step],
    tz: str,
    others: Sequence[int] = (),
) -> str:
    """A line for each day in a chat; in an SMS the newest that fit one segment with the question behind them.

    words   the idea itself, '' where it may not be shown
    others  numbers of other ideas of hers, which she may ask for
    """
    line = _("{what} {day}") if voice.short else _("{day}: {what}")
    lines = [_line(catalogues, voice, line, step, tz) for step in _read_with_joined(steps, tz)]
    if voice.short:
        return _in_short(catalogues, voice, number, lines, others)
    head = _("Idea {number}, «{idea}».") if words else _("Idea {number}.")
    if others:
        more = _("Tienes otras ideas: {numbers}. Para ver una, escribe MI IDEA y su número.")
        lines.append(catalogues.text(voice, more, numbers=And(map(str, others))))
    return "\n".join([catalogues.text(voice, head, number=number, idea=_clipped(words)), *lines])


def _line(catalogues: Catalogues, voice: Voice, line: str, step: Step, tz: str) -> str:
    """One step with its day, inside a list, so that it is written small. In an SMS a promise has its own day alone."""
    what = _what(catalogues, voice, step)
    if voice.short and step.kind == "promised":
        return what
    return catalogues.text(voice, line, what=what, day=And([When(step.at, tz, "listed")]))


def _clipped(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= WORDS else line[:WORDS].rsplit(" ", 1)[0] + "…"


def _in_short(catalogues: Catalogues, voice: Voice, number: int, lines: Sequence[str], others: Sequence[int]) -> str:
    """The newest of these that fit; the other numbers, where there is room for them too."""
    more = catalogues.text(voice, _("Otras: {numbers}."), numbers=And(map(str, others))) if others else ""
    texts = [
        catalogues.text(voice, _("Idea {number}: {steps}."), number=number, steps=", ".join(lines[n:]))
        for n in range(len(lines))
    ]
    tries = [*([f"{texts[0]} {more}"] if more else []), *texts]
    labels = [catalogues.text(voice, label) for label in WISHES.values()]
    question = numbered(catalogues.text(voice, WHAT_QUESTION), labels)
    return next((text for text in tries if _fits(f"{text} {question}", voice)), texts[-1])


def _fits(text: str, voice: Voice) -> bool:
    return segments(sms_text(text, voice.lang)).parts == 1


def _read_with_joined(steps: Sequence[Step], tz: str) -> list[Step]:
    """Read and joined on one day are one line."""
    told_: list[Step] = []
    for step in steps:
        same_day = told_ and _local(told_[-1].at, tz) == _local(step.at, tz)
        if same_day and (told_[-1].kind, step.kind) == ("read", "joined"):
            told_[-1] = replace(step, kind="read joined")
        else:
            told_.append(step)
    return told_


def _local(at: datetime, tz: str) -> date:
    return at.astimezone(ZoneInfo(tz)).date()


def _what(catalogues: Catalogues, voice: Voice, step: Step) -> str:
    """What happened, without the day."""
    fate = Label(FATES[step.outcome]) if step.outcome else ""
    return catalogues.text(
        voice,
        _text(voice, step),
        title=said(step, "short" if voice.short else "topic"),
        votes=step.votes,
        all=step.people,
        fate=fate,
        because=said(step, "reason").each(lambda text: text.rstrip(".")),
        entity=office(partial(catalogues.text, voice), said(step, "office").in_(voice.lang)),
        promise=said(step, "promise"),
        due=When(noon(step.due, _UTC), _UTC, "listed") if step.due else said(step, "due_text"),
    )


_UTC = "UTC"  # a day without an hour


def _text(voice: Voice, step: Step) -> str:
    if step.kind == "chosen":
        return _CHOSEN[step.votes is not None, step.won]
    if step.kind in ("outcome", "decided"):
        return _("{fate}") if voice.short or not step.reason else _("{fate}. Razón: {because}")
    if step.kind == "promised":
        return _PROMISED[bool(step.due or step.due_text)]
    return _PLAIN[step.kind]


_CHOSEN = {  # (with numbers, it won)
    (True, True): _("la eligieron {votes} de {all} y ganó"),
    (True, False): _("la eligieron {votes} de {all}"),
    (False, True): _("ganó"),
    (False, False): _("no se eligió"),
}
_PROMISED = {  # (with a date)
    True: _("{entity} prometió: {promise}, {due}"),
    False: _("{entity} prometió: {promise}, sin fecha"),
}
