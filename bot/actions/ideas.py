"""What the team does with an idea, by chat and command line alike: join it, let it stand alone, answer it.

Each change is written down in the log and is one message to the author, once. Whoever decided first does not answer an
appeal: any of these acts by another person does (accountability.md 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot import broadcast, promised, quiet
from bot.actions import idea_words, telling, translated
from bot.actions.idea_words import News
from bot.actions.staff import lines
from bot.broadcast import Act
from bot.due import NoSuchDay
from bot.due import read as read_day
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.kinds import written
from bot.sms import sms_text
from bot.spoken import Said, others
from bot.words import plain
from storage import accountability, audiences, audit, idea_changes, idea_options, idea_states, labs
from storage.idea_states import OWN, Standing
from storage.store import Unit
from storage.texts import Texts

TITLE, SHORT = 30, 10  # letters of an option on a list, and in an SMS
REASON, SHORT_REASON = 90, 48  # letters of a reason at the most; with these one SMS holds it for everybody
OFFICE, REFERENCE = 60, 30
STALE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done: how the idea stands now, and how many people hear of it (0: nobody can be written to)."""

    standing: Standing
    told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Whose an idea is: '' where no number was given there; None: nobody asks again."""

    name: str
    reference: str = ""
    ask_on: date | None = None


# --- what may be done ---------------------------------------------------------------------------------------------


def join(unit: Unit, catalogues: Catalogues, number: int, problem: str, *, by: str) -> Done:
    """Join it with the others of an option, by its slug. The same again changes nothing."""
    held = _held(unit, catalogues, number, by)
    known = {slug: problem_id for problem_id, slug, _title, _n in idea_states.problems(unit, held.idea.lab_id)}
    if problem.lower() not in known:
        raise Refused(catalogues.told(lines.NO_TOPIC, problem=problem, lab=held.idea.lab))
    problem_id = known[problem.lower()]
    if held.appeal is None and held.link is not None and held.link.problem_id == problem_id:
        return Done(standing=held, told=0)
    _free(unit, catalogues, held)
    made = idea_changes.join(unit, held.idea.id, problem_id, by)
    return _done(unit, catalogues, held, f"link {made}", by, "idea.joined", {"problem": problem.lower()})


def own(unit: Unit, catalogues: Catalogues, number: int, title: str, short: str = "", *, by: str) -> Done:
    """It becomes an option of its own, under this title, on a list that is still a draft. Again changes nothing."""
    held = _held(unit, catalogues, number, by)
    name, brief = written(title).rstrip("."), written(short)
    if held.appeal is None and held.link is not None and (held.link.relation, held.link.title) == (OWN, name):
        return Done(standing=held, told=0)
    _free(unit, catalogues, held)
    idea_options.hold(unit, held.idea.lab_id)  # two of the team do not take one name at once
    slugs, briefs = idea_states.names(unit, held.idea.lab_id)
    brief = brief or _brief(name, briefs)
    translated.unfilled(catalogues, name, brief)
    if not 0 < len(sms_text(name)) <= TITLE or not 0 < len(sms_text(brief)) <= SHORT:
        raise Refused(catalogues.told(lines.OPTION_NAME, most=TITLE))
    if brief.casefold() in briefs:
        raise Refused(catalogues.told(lines.OPTION_TWICE, title=brief))
    values = {"lab_id": held.idea.lab_id, "slug": _slug(name, slugs), "title": name, "short_title": brief}
    made, option = idea_changes.own(unit, held.idea.id, values, by)
    return _done(unit, catalogues, held, f"link {made}", by, "idea.own", {"problem": values["slug"], "option": option})


def other_office(unit: Unit, catalogues: Catalogues, number: int, office: Office, *, by: str) -> Done:
    """It belongs to another office: to whom it was given, its number there, when we ask again."""
    held = _held(unit, catalogues, number, by)
    name, reference = written(office.name).rstrip("."), written(office.reference)
    if not 0 < len(name) <= OFFICE or len(reference) > REFERENCE:
        raise Refused(catalogues.told(lines.WHICH_OFFICE, most=OFFICE))
    translated.unfilled(catalogues, name, reference)
    given = {"office": name, "reference": reference, "next_on": office.ask_on}
    reason = f"le toca a {name}".replace(" a el ", " al ")[:REASON]
    return _settled(unit, catalogues, held, "other_office", Said(reason, {}), by, given)


def out_of_scope(
    unit: Unit, catalogues: Catalogues, number: int, why: str, texts: Texts | None = None, *, by: str
) -> Done:
    """It does not enter, with a reason that names nobody. texts: {'en': {'reason': the same in English}}."""
    held = _held(unit, catalogues, number, by)
    return _settled(unit, catalogues, held, "out_of_scope", _reason(unit, catalogues, held, why, texts), by)


def already_done(
    unit: Unit,
    catalogues: Catalogues,
    number: int,
    why: str,
    problem: str = "",
    texts: Texts | None = None,
    *,
    by: str,
) -> Done:
    """It was done before. With the problem of a promise its author is asked whether that was kept."""
    held = _held(unit, catalogues, number, by)
    promise = telling.promise_named(unit, catalogues, f"{held.idea.lab}/{problem}") if problem else None
    reason = _reason(unit, catalogues, held, why, texts)
    kind = "outcome" if promise is None else "done"
    opens = telling.opened(promise) if promise else None
    return _settled(unit, catalogues, held, "already_done", reason, by, kind=kind, opens=opens)


def keep(unit: Unit, catalogues: Catalogues, number: int, why: str, texts: Texts | None = None, *, by: str) -> Done:
    """A second person has read what the author says, and it stays as it is, for a reason."""
    held = _held(unit, catalogues, number, by)
    if held.appeal is None:
        raise Refused(catalogues.told(lines.NO_APPEAL, number=number))
    reason = _reason(unit, catalogues, held, why, texts)
    idea_changes.answer_appeal(unit, held.appeal.id, "kept", reason.plain, by, _texts(reason, "answer_text"))
    return _done(unit, catalogues, held, f"kept {held.appeal.id}", by, "idea.kept", {"reason": reason.plain})


def undo(unit: Unit, catalogues: Catalogues, number: int, *, by: str) -> Done:
    """Take it apart from the others again: somebody has to read it once more."""
    held = _held(unit, catalogues, number, by)
    _free(unit, catalogues, held)
    before = idea_changes.undo(unit, held.idea.id)
    if before is None:
        raise Refused(catalogues.told(lines.NOT_JOINED, number=number))
    return _done(unit, catalogues, held, f"undone {before.id}", by, "idea.undone", {"problem": before.slug})


def hide_names(unit: Unit, catalogues: Catalogues, number: int, shown: str, *, by: str) -> Done:
    """How it is shown from now on: without the names of others. The author is told."""
    held = _held(unit, catalogues, number, by, reads=True)
    words = written(shown)
    if not words or held.idea.text is None:
        raise Refused(catalogues.told(lines.WITHOUT_NAMES, number=number))
    if words == held.idea.shown:
        return Done(standing=held, told=0)
    idea_changes.hide_names(unit, held.idea.id, words)
    audit.record(unit, "idea.names_hidden", f"idea:{number}", {}, actor=by)
    told = tell(unit, catalogues, number, f"shown {unit.now.isoformat()}", by)
    return Done(standing=_now(unit, number), told=told)


def langs(unit: Unit, held: Standing) -> dict[str, int]:
    """Language -> 1 where its author reads what becomes of it; empty: nobody is known."""
    if held.idea.person_id is None:
        return {}
    author = audiences.listed(unit, {held.idea.person_id: audiences.ALL})
    return broadcast.look(unit, author, lab_id=held.idea.lab_id, kind="idea", priority=1).langs


def listed(unit: Unit, lab_ids: list[int]) -> list[Standing]:
    """What waits in these labs, the oldest first."""
    return idea_states.to_answer(unit, lab_ids)


def day_named(unit: Unit, catalogues: Catalogues, said: str, tz: str) -> date:
    """A day as somebody of the team says it: the last one it may mean. Refused: none, or past."""
    today = promised.local_day(unit.now, tz)
    try:
        found = read_day(said, today)
    except NoSuchDay:
        raise Refused(catalogues.told(_("Ese día no existe: {step}."), step=said)) from None
    if found.last is None or found.last < today:
        raise Refused(catalogues.told(lines.WHICH_DAY))
    return found.last


# --- inside -------------------------------------------------------------------------------------------------------


def _held(unit: Unit, catalogues: Catalogues, number: int, by: str, *, reads: bool = False) -> Standing:
    """The idea, locked. Refused: there is none, it was taken back, or this person decided first."""
    held = idea_states.hold(unit, number)
    if held is None:
        raise Refused(catalogues.told(lines.NO_IDEA, number=number))
    if held.idea.withdrawn_at is not None:
        raise Refused(catalogues.told(lines.TAKEN_BACK, number=number))
    telling.allowed(unit, catalogues, held.idea.lab_id)
    if not reads and held.appeal is not None and held.appeal.first_by == by:
        told = lines.ANOTHER_READER
        raise Refused(catalogues.told(told, number=number))
    return held


def _free(unit: Unit, catalogues: Catalogues, held: Standing) -> None:
    """Refused while its own option is being chosen: that is taken off with its reason, and who chose it is told."""
    where = idea_options.standing(unit, held.link.problem_id, held.idea.id) if held.link is not None else None
    if where is not None:
        slug, option = where
        raise Refused(catalogues.told(lines.ON_OPEN_LIST, number=held.idea.number, option=option, slug=slug))


def _now(unit: Unit, number: int) -> Standing:
    found = idea_states.of(unit, number)
    if found is None:
        raise LookupError(f"idea {number} is gone")
    return found


def _reason(unit: Unit, catalogues: Catalogues, held: Standing, why: str, texts: Texts | None) -> Said:
    """The reason as its author reads it, in each language in which it was written. Raises Refused."""
    reason = translated.reason(why).rstrip(".")
    if not reason:
        raise Refused(catalogues.told(translated.NO_REASON))
    if len(reason) > REASON:
        raise Refused(catalogues.told(lines.TOO_LONG, most=REASON))
    langs = labs.lab_by_id(unit, held.idea.lab_id).langs
    told = translated.judged(catalogues, langs, {"reason": reason}, texts or {}, {"reason": REASON})
    return Said(reason, others(told, "reason")).each(lambda text: text.rstrip("."))


def _texts(said: Said, name: str) -> dict[str, dict[str, str]]:
    """As a row keeps them."""
    return {lang: {name: text} for lang, text in said.others.items()}


def _settled(
    unit: Unit,
    catalogues: Catalogues,
    held: Standing,
    outcome: str,
    reason: Said,
    by: str,
    given: dict[str, Any] | None = None,
    *,
    kind: str = "outcome",
    opens: dict[str, Any] | None = None,
) -> Done:
    """Write an outcome down and tell it. The same again changes nothing."""
    given = (given or {}) | {"texts": _texts(reason, "reason")}
    same = held.appeal is None and held.outcome is not None and held.outcome.outcome == outcome
    if (
        same
        and held.outcome
        and held.outcome.reason == reason.plain
        and all(getattr(held.outcome, k) == v for k, v in given.items())
    ):
        return Done(standing=held, told=0)
    _free(unit, catalogues, held)
    made = idea_changes.outcome(unit, held.idea.id, outcome, reason.plain, by, **given)
    facts = {"outcome": outcome, "reason": reason.plain}
    return _done(unit, catalogues, held, f"{kind} {made}", by, "idea.outcome", facts, opens)


def _done(
    unit: Unit,
    catalogues: Catalogues,
    held: Standing,
    subject: str,
    by: str,
    event: str,
    facts: dict[str, Any],
    opens: dict[str, Any] | None = None,
) -> Done:
    """It was read, the appeal about it is answered, the log says who did what, the author is told."""
    number = held.idea.number
    idea_changes.read(unit, held.idea.id, by)
    if held.appeal is not None and not subject.startswith("kept"):
        idea_changes.answer_appeal(unit, held.appeal.id, "changed", "", by)
    news = idea_words.retold(unit, number, subject)
    over, lang = idea_words.letters_over(catalogues, news)
    if over:
        most = max(10, len(news.because.in_(lang) or news.office) - over)
        if news.because.knows(lang):
            raise Refused(translated.too_long(catalogues, lang, most))
        raise Refused(catalogues.told(lines.TOO_LONG, most=most))
    audit.record(unit, event, f"idea:{number}", facts, actor=by)
    return Done(standing=_now(unit, number), told=tell(unit, catalogues, number, subject, by, opens))


def tell(
    unit: Unit, catalogues: Catalogues, number: int, subject: str, by: str, opens: dict[str, Any] | None = None
) -> int:
    """One change to its author, as a broadcast to one, once; how many people it reaches. 0: nobody is known."""
    news = idea_words.retold(unit, number, subject)
    person = _now(unit, number).idea.person_id
    if person is None:
        return 0
    if not subject.startswith("shown"):
        idea_changes.withhold_news(unit, news.idea_id)
    ledger = broadcast.send(
        unit, _act(unit, news, subject, by, person, opens), lambda v: idea_words.told(catalogues, v, news)
    )
    accountability.note_event(unit, "idea", f"{news.idea_id}:{subject}", ledger.broadcast_id)
    return ledger.pending


def _act(unit: Unit, news: News, subject: str, by: str, person: int, opens: dict[str, Any] | None) -> Act:
    """`opens`: arguments of the question whether a promise was kept; without them the answer is about the idea."""
    at = quiet.held(unit.now, news.lab.tz)
    asked = {"conversation": "was_it_done", "args": opens} if opens else None
    about = {"conversation": "idea_news", "args": {"idea": news.number, "lab": news.lab.slug, "subject": subject}}
    return Act(
        kind="idea",
        idem=f"idea:{news.idea_id}:{subject}",
        by=by,
        audience=audiences.listed(unit, {person: audiences.ALL}),
        due_at=at,
        expires_at=at + STALE,
        lab_id=news.lab.id,
        opens=asked or about,
        shared="each",
        priority=1,
    )


def _slug(title: str, taken: frozenset[str]) -> str:
    stem = plain(title).replace(" ", "-")[:50] or "idea"
    return next(name for n in range(1, len(taken) + 2) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)


def _brief(title: str, taken: frozenset[str]) -> str:
    """The first word that says something, cut to an SMS's room: 'Puente' of 'El puente de la quebrada'."""
    words = [word for word in title.split() if len(word) > 3] or title.split() or [""]
    stem = words[0][:SHORT].strip(".,:;").capitalize()
    return next(
        name
        for n in range(1, len(taken) + 2)
        if (name := stem if n == 1 else f"{stem[: SHORT - 2]}{n}").casefold() not in taken
    )
