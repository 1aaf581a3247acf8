"""Say what happened to a promise: begun, done according to the office, not done and why, a new date, news."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from bot import promised
from bot.actions import telling, translated
from bot.actions.promise import columns, when
from bot.actions.staff import meanwhile
from bot.actions.telling import Seen
from bot.broadcast import Ledger
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.kinds import written
from bot.promised import News
from bot.sms import sms_text
from storage import audit, labs, promise_rules, promises
from storage.promises import Promise
from storage.store import Unit
from storage.tables.promises import DUE, MATTER, NEWS, REASON, WORDS
from storage.texts import Texts, redated

KINDS = ("in_progress", "done_office", "not_done", "new_date", "news", *NEWS)
REASONS = ("not_done", "new_date")  # need one
NEEDS_WORDS = ("not_done", "new_date", "news", *NEWS)
MOST = {"news": WORDS, "visit": WORDS, "unknown": MATTER}  # letters; a reason else


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is said on the command line."""

    name: str  # a problem, 'lab/problem', or the number of a commitment
    kind: str  # of KINDS
    text: str = ""  # the reason, or the news
    due: str = ""  # of new_date
    texts: Texts = field(default_factory=dict)  # text and due_text in other languages of the lab


def possible(promise: Promise) -> tuple[str, ...]:
    """Of KINDS what may be said of it as it stands; a piece of news stands for what it may be."""
    return tuple(kind for kind in KINDS if kind not in NEWS and _may(promise, kind))


def _may(promise: Promise, kind: str) -> bool:
    if kind == "new_date":
        return promise.status not in promise_rules.ENDED
    return kind in ("news", *NEWS, promise.status) or promise_rules.may("office", promise.status, kind)


def preview(unit: Unit, catalogues: Catalogues, change: Change) -> Seen:
    """Look at it; nothing is changed or sent. Refused when it is not allowed."""
    promise = telling.promise_named(unit, catalogues, change.name)
    said, moved = _judged(unit, catalogues, promise, change)
    seen = telling.look(unit, catalogues, _news(unit, promise, said, moved))
    before = _done_before(unit, promise, said)
    return replace(seen, done_before=before)


def update(
    unit: Unit, catalogues: Catalogues, change: Change, *, by: str, expect: int | None = None, shown: int | None = None
) -> Ledger:
    """Write it down and tell it. The same change again, with nothing in between, is one.

    `expect`: the number of people that was shown; `shown`: the newest news of it then (`newest`). Refused: another now.
    """
    promise = promises.hold(unit, telling.promise_named(unit, catalogues, change.name).id)
    said, moved = _judged(unit, catalogues, promise, change)
    if (before := _done_before(unit, promise, said)) is not None:
        return before
    meanwhile.promise(unit, catalogues, promise, shown)
    about = _news(unit, promise, said, moved)
    status = said.kind if said.kind in ("in_progress", "done_office", "not_done") else None
    role = "team" if said.kind in ("news", *NEWS) else "office"
    told = partial(promises.record, unit, promise, said.kind, role=role, by=by, status=status)
    made = told(text=said.text, due=moved, texts=said.texts)
    ledger = telling.send(unit, catalogues, about, f"update {made}", by, expect=expect)
    facts = {"commitment": promise.id, "kind": said.kind, "people": ledger.pending, "broadcast": ledger.code}
    audit.record(unit, "commitment.updated", f"{promise.lab}/{promise.problem}", facts, actor=by)
    return ledger


def newest(unit: Unit, commitment_id: int) -> int:
    """Its newest piece of news: another one says that it stands otherwise."""
    return promises.updates(unit, commitment_id)[-1].id


def _news(unit: Unit, promise: Promise, change: Change, moved: dict[str, Any] | None) -> News:
    """As it is told: with the promise as it stands afterwards."""

    def told(after: Promise, ask_on: date | None = None) -> News:
        return promised.news(unit, after, change.kind, change.text, unit.now, ask_on=ask_on, texts=change.texts)

    today = promise.day(unit.now)
    if change.kind == "done_office":
        after = replace(promise, status="done_office")
        ask_on = telling.first_question(unit, promise, today)
        return told(after, ask_on=ask_on)
    if moved is not None and promise.new_dates >= promise_rules.NEW_DATES:
        return promised.news(unit, promise, "third_date", "", unit.now)
    if moved is not None:
        texts = redated(promise.texts, change.texts)
        after = replace(promise, **moved, texts=texts, new_dates=promise.new_dates + 1)
        asked = moved["due_to"] + timedelta(days=1) if moved["due_to"] else None
        return told(after, ask_on=asked)
    return told(promise)


def _judged(
    unit: Unit, catalogues: Catalogues, promise: Promise, change: Change
) -> tuple[Change, dict[str, Any] | None]:
    """The change in one line of words, with its new date if it has one. Raises Refused."""
    text = written(change.text)
    why = _why_not(promise, change.kind, text, change.due)
    if why:
        most = MOST.get(change.kind, REASON)
        words = {
            "words": ", ".join(KINDS),
            "most": most,
            "step": catalogues.told(promised.STATUS[promise.status]),
        }
        raise Refused(catalogues.told(why, **words))
    said = _spoken(unit, catalogues, promise, replace(change, text=text))
    if change.kind != "new_date":
        return said, None
    due = when(catalogues, change.due, promise.day(unit.now))
    if due.last is None:
        raise Refused(catalogues.told(_("No entiendo la fecha {step}. Ejemplo: martes 15 jun."), step=change.due))
    return said, columns(due)


def _spoken(unit: Unit, catalogues: Catalogues, promise: Promise, change: Change) -> Change:
    """With what it says in other languages, judged. Raises Refused."""
    langs = labs.lab_by_id(unit, promise.lab_id).langs
    of, most = {"text": change.text, "due_text": change.due}, {"text": MOST.get(change.kind, REASON), "due_text": DUE}
    return replace(change, texts=translated.judged(catalogues, langs, of, change.texts, most))


def _why_not(promise: Promise, kind: str, text: str, due: str) -> str:
    if kind not in KINDS:
        return _("No conozco ese estado. Escribe uno de estos: {words}.")
    if kind in REASONS and not translated.reason(text):
        return translated.NO_REASON
    if kind in NEEDS_WORDS and not text:
        return _("Falta la razón (--because). Sin razón no se cuenta: la gente tiene que saber por qué.")
    if len(sms_text(text)) > MOST.get(kind, REASON):
        return _("Es muy largo. Caben {most} letras.")
    if kind == "new_date" and not written(due):
        return _("Falta la nueva fecha (--due).")
    if kind != "new_date" and due.strip():
        return _("Una fecha (--due) va solo con el estado new_date. Escribe uno de estos: {words}.")
    if kind == "new_date" and not _may(promise, kind):
        return _("El compromiso está {step}. No lleva una fecha nueva.")
    if not _may(promise, kind):
        return _("El compromiso está {step}. De ahí no pasa a ese estado. Los estados son {words}.")
    return ""


def _done_before(unit: Unit, promise: Promise, change: Change) -> Ledger | None:
    """The ledger of the newest change, if it is this one."""
    last = promises.updates(unit, promise.id)[-1]
    same = (last.kind, last.text, last.due_text or "") == (change.kind, change.text, written(change.due))
    return telling.once_before(unit, promise, f"update {last.id}") if same else None
