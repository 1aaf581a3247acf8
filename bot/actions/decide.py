"""Decide what becomes of an option, with its reason. With the last one the result is published and everybody told.

Nobody's choice ends without a reason: a contest is not published while an option lacks one (accountability.md 2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot import broadcast, buttons, quiet, ties
from bot.actions import export, translated
from bot.actions.staff import meanwhile
from bot.broadcast import Act, Ledger, Variant
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import And, Catalogues, When, _
from bot.kinds import numbered, written
from bot.message import Option, Reply, Template
from bot.results import (
    COMES,
    NAME,
    NEUTRAL,
    NEXT_MEETING,
    NO_NEXT_STEP,
    OUTCOMES,
    SEE,
    WHAT,
    WHAT_QUESTION,
    YES_NO,
    Wording,
    has_a_place,
    parts,
)
from bot.sms import sms_text
from bot.spoken import said as in_words
from storage import accountability, audit, broadcasts, contest_states, contests, labs
from storage.contests import Contest, Facts, Share
from storage.labs import Lab, Session
from storage.store import Unit
from storage.texts import Texts, only, together

SMS_PARTS = 2
STALE = timedelta(days=90)  # so long it may be asked for, and contradicted
MAX_REASON = 140  # letters: with the option's numbers and the question it stays within two SMS
MAX_STEP = 60
NO_REASON = _("Falta la razón de {title}. Sin razón no se publica: la gente tiene que saber por qué.")
NO_MINUTE = _("Falta el acta: quién decidió, cuándo y qué dice.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is decided of one option."""

    contest: Contest
    lab: Lab
    option: Share  # with this decision in it
    facts: Facts  # with this decision in it
    problem_id: int
    before: Share  # the option as it stands
    left: tuple[str, ...]  # titles of the options that still need one
    minute: str  # of the assembly, where it is to be noted; '' = there is none, or it stands already

    @property
    def replaces(self) -> bool:
        """There was a decision already."""
        return bool(self.before.outcome)

    @property
    def stands(self) -> tuple[str, str, bool]:
        """What was decided of it before, why, and whether this is the last one: to be shown, and to be so still."""
        return self.before.outcome, self.before.reason, not self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What deciding would do; the people only when it is the last decision, which publishes the result."""

    verdict: Verdict
    publishes: bool
    people: int  # to be typed before it is published
    by_channel: dict[str, int]
    skipped: dict[str, int]
    segments: int  # of all SMS together
    samples: dict[str, str]  # channel -> its commonest wording; `sms en` in another language
    when: datetime
    mailings: tuple[Mailing, ...]  # what costs.of prices; none before the last decision
    langs: dict[str, int]  # language -> people who will read it there, once all is decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was done: the verdict, and the ledger of the telling when it was the last one."""

    verdict: Verdict
    told: Ledger | None


def preview(
    unit: Unit,
    catalogues: Catalogues,
    problem: str,
    because: str,
    outcome: str | None = None,
    next_step: str = "",
    texts: Texts | None = None,
    minute: str = "",
) -> Preview:
    """Look at a decision; nothing is changed or sent. Refused when it could not be made.

    texts: reason and next_step in other languages of the lab. minute: who decided a tie in the assembly, when, what.
    """
    verdict = _judge(unit, catalogues, problem, because, outcome, next_step, texts or {}, minute)
    meeting = labs.next_session(unit, verdict.lab.id)
    audience = accountability.to_tell(verdict.contest.id, verdict.lab.id, meeting.id if meeting else None)
    concerned = broadcast.look(unit, audience, lab_id=verdict.lab.id, kind="result")
    seen = broadcast.Audience(people=0, by_channel={}, skipped={}, variants={}) if verdict.left else concerned
    variants = {name: seen.variant(name) for name in seen.variants}
    told = partial(words, catalogues, facts=verdict.facts, lab=verdict.lab, meeting=meeting)
    replies = {name: told(variant=variant) for name, variant in variants.items()}
    at = quiet.held(unit.now, verdict.lab.tz)
    mailing = Mailing(audience=audience, lab_id=verdict.lab.id, replies=replies, at=at)
    return Preview(
        verdict=verdict,
        publishes=not verdict.left,
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
        segments=sum(
            seen.variants[name] * parts(replies[name].text, v.voice.lang)
            for name, v in variants.items()
            if v.channel == "sms"
        ),
        samples=broadcast.samples(seen, replies),
        when=at,
        mailings=() if verdict.left else (mailing,),
        langs=concerned.langs,
    )


def decide(
    unit: Unit,
    catalogues: Catalogues,
    problem: str,
    because: str,
    outcome: str | None = None,
    next_step: str = "",
    texts: Texts | None = None,
    minute: str = "",
    *,
    by: str,
    expect: int | None = None,
    shown: tuple[str, str, bool] | None = None,
) -> Decided:
    """Write the decision down. With the last one the result is published and those concerned are told, once.

    problem: its slug, or 'lab/slug'. minute: as in `preview`.
    `expect`: the number of people that was shown; another number now is refused.
    `shown`: how it stood then (`Verdict.stands`); raises Meanwhile when it became the last one, else Refused.
    A decision can be replaced until the result is published.
    """
    contests.locked(unit, _contest_of(unit, catalogues, problem)[0])
    verdict = _judge(unit, catalogues, problem, because, outcome, next_step, texts or {}, minute)
    meanwhile.decision(unit, catalogues, verdict.before, verdict.stands, shown)
    _write(unit, verdict, by)
    if verdict.left:
        return Decided(verdict=verdict, told=None)
    decided = contests.by_id(unit, verdict.contest.id)  # with the minute that may have come with this decision
    contest_states.publish(unit, decided, export.made(unit, decided).sha256, by=by)
    facts = contests.facts(unit, verdict.contest.slug)
    meeting = labs.next_session(unit, verdict.lab.id)
    say = partial(words, catalogues, facts=facts, lab=verdict.lab, meeting=meeting)
    told = broadcast.send(unit, _act(unit, verdict, meeting, by), say)
    if expect is not None and told.pending != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=told.pending))
    accountability.note_event(unit, "result", verdict.contest.slug, told.broadcast_id)
    return Decided(verdict=verdict, told=told)


def told_at(unit: Unit, slug: str) -> datetime | None:
    """When the result of this contest began to be told, or will; None: it was not told."""
    found = broadcasts.found(unit, _idem(slug))
    return broadcasts.ledger(unit, found).due_at if found is not None else None


def words(catalogues: Catalogues, variant: Variant, facts: Facts, lab: Lab, meeting: Session | None = None) -> Reply:
    """The result for the people of one variant; a shared phone is asked first, and reads no option before.

    An SMS asks who comes to the next meeting, where that and the result are one SMS and she has no place there yet;
    else what she wants to know. The day of that meeting is told where it costs no SMS more.
    """
    notice = broadcast.NO_CONSULTATION_SHORT if variant.comarca else ""
    wording = Wording(catalogues, variant.voice, facts, lab.name, notice)
    asks = variant.voice.short and not variant.shared and not has_a_place(variant.group)
    if asks and meeting is not None and (reply := _with_meeting(wording, variant, meeting)) is not None:
        return reply
    name, kind = ("see", SEE) if variant.shared else ("what", WHAT)
    labels = [(key, wording.say(label)) for key, label in kind.options()]
    if variant.shared:
        said, asked = "", wording.say(NEUTRAL, lab=lab.name)
    else:
        said = _then(wording, wording.told(variant.group, room=SMS_PARTS if variant.voice.short else 0), meeting)
        asked = numbered(wording.say(WHAT_QUESTION), [label for _key, label in labels])
    data = {key: buttons.for_broadcast(variant.broadcast_id, name, key) for key, _label in labels}
    shown = tuple(Option(n, label, data[key]) for n, (key, label) in enumerate(labels, 1))
    text = broadcast.whole(catalogues, variant, said, asked)
    return Reply(text=text, options=shown, template=_template(catalogues, variant, wording, meeting))


def _then(wording: Wording, said: str, meeting: Session | None) -> str:
    """What is told, and when the next meeting is."""
    told = f"{said} {_invited(wording, meeting)}" if meeting is not None else said
    fits = not wording.voice.short or wording.sms_parts(told) == wording.sms_parts(said)
    return told if fits else said


def _invited(wording: Wording, meeting: Session) -> str:
    return wording.say(NEXT_MEETING, when=When(meeting.starts_at, meeting.tz), place=in_words(meeting, "place"))


def _with_meeting(wording: Wording, variant: Variant, meeting: Session) -> Reply | None:
    """The result and the question of the next meeting in one SMS; None where they are more (conversations.md 4)."""
    labels = [(key, wording.say(label)) for key, label in YES_NO.options()]
    asked = numbered(wording.say(COMES), [label for _key, label in labels])
    invited = _invited(wording, meeting)
    said = wording.beside(variant.group, f"{invited} {asked}")
    if not said:
        return None
    data = [buttons.for_broadcast(variant.broadcast_id, "coming", key) for key, _label in labels]
    shown = tuple(Option(n, label, data[n - 1]) for n, (_key, label) in enumerate(labels, 1))
    return Reply(text=broadcast.whole(wording.catalogues, variant, f"{said} {invited}", asked), options=shown)


def _template(catalogues: Catalogues, variant: Variant, wording: Wording, meeting: Session | None) -> Template | None:
    """None for a shared phone: the approved text would say at once what is asked for first."""
    if variant.shared:
        return None
    said = _then(wording, wording.told(variant.group), meeting).removeprefix(f"{NAME}: ").rstrip(".")
    return broadcast.approved(catalogues, variant, "resultado_de_tu_eleccion", wording.lab, said)


def _act(unit: Unit, verdict: Verdict, meeting: Session | None, by: str) -> Act:
    contest, lab = verdict.contest, verdict.lab
    about = {"contest": contest.slug, "lab": lab.slug}
    if meeting is not None:
        about |= {"meeting": meeting.code}
    return Act(
        kind="result",
        idem=_idem(contest.slug),
        by=by,
        audience=accountability.to_tell(contest.id, lab.id, meeting.id if meeting else None),
        due_at=(at := quiet.held(unit.now, lab.tz)),
        expires_at=at + STALE,
        lab_id=lab.id,
        contest_id=contest.id,
        opens={"conversation": "result", "args": about},
    )


def _idem(slug: str) -> str:
    return f"result:{slug}"


def _write(unit: Unit, verdict: Verdict, by: str) -> None:
    option, contest = verdict.option, verdict.contest
    if verdict.minute:
        contest_states.note_minute(unit, contest, verdict.minute, by=by)
    said = {"outcome": option.outcome, "reason": option.reason, "next_step": option.next_step}
    texts = only(option.texts, "reason", "next_step")
    accountability.decide(unit, contest.id, verdict.problem_id, **said, by=by, texts=texts)
    facts = said | ({"texts": texts} if texts else {})
    audit.record(unit, "decision.made", option.problem, facts, actor=by, scope=contest.scope)


# --- what may be decided ------------------------------------------------------------------------------------------


def _judge(
    unit: Unit,
    catalogues: Catalogues,
    problem: str,
    because: str,
    outcome: str | None,
    next_step: str,
    texts: Texts,
    minute: str,
) -> Verdict:
    """The decision as it would stand. Raises Refused with what is in its way."""
    slug, problem_id = _contest_of(unit, catalogues, problem)
    facts = contests.facts(unit, slug)
    why = _why_not(facts)
    if why:
        titles = And(o.title for o in facts.waiting)
        raise Refused(catalogues.told(why, slug=slug, titles=titles, source=facts.contest.tie_seed_source))
    option = next(o for o in facts.options if o.problem == problem.rpartition("/")[2].lower())
    lab = labs.lab_by_id(unit, facts.contest.lab_id)
    decided = _spoken(catalogues, lab, _filled(catalogues, option, because, outcome, next_step), texts)
    noted = _minute(catalogues, facts, option, minute)
    options = tuple(decided if o.number == option.number else o for o in facts.options)
    return Verdict(
        contest=facts.contest,
        lab=lab,
        option=decided,
        facts=replace(facts, options=options, minute=noted or facts.minute),
        problem_id=problem_id,
        before=option,
        left=tuple(o.title for o in options if not o.outcome),
        minute=noted,
    )


def _contest_of(unit: Unit, catalogues: Catalogues, problem: str) -> tuple[str, int]:
    """The newest contest in which this problem stands. Two labs with such a problem must be told apart."""
    found = accountability.contests_of(unit, problem.lower())
    if not found:
        raise Refused(catalogues.told(_("No hay un problema {problem} en ninguna elección."), problem=problem))
    if len({problem_id for _slug, problem_id in found}) > 1:
        told = _("Varios laboratorios tienen un problema {problem}. Escribe laboratorio/{problem}.")
        raise Refused(catalogues.told(told, problem=problem))
    return found[0]


def _why_not(facts: Facts) -> str:
    contest = facts.contest
    if contest.state in ("draft", "open"):
        return _("La elección {slug} no ha cerrado. Ciérrala primero.")
    if contest.state == "published":
        return _("El resultado de {slug} ya se publicó y se contó a la gente. Ya no cambia.")
    if facts.waiting and contest.tie_mode == "seed":
        return _("Empataron {titles}. Falta el sorteo: {source}. Da sus números con CERRAR {slug} (o con --seed).")
    return ""


def _minute(catalogues: Catalogues, facts: Facts, option: Share, given: str) -> str:
    noted, wrong = ties.minute(facts, option, given)
    wrong = wrong or (NO_MINUTE if noted and not translated.reason(noted) else "")
    if wrong:
        raise Refused(catalogues.told(wrong, title=option.title, most=ties.MAX_MINUTE))
    return noted


def _filled(catalogues: Catalogues, option: Share, because: str, outcome: str | None, next_step: str) -> Share:
    reason, step = translated.reason(because), written(next_step)
    if option.waiting and outcome is None:
        told = _("{title} empató y decide la asamblea. Di qué decidió (--outcome).")
        raise Refused(catalogues.told(told, title=option.title))
    became = outcome or ("adopted" if option.chosen else "not_now")
    why = _fault(became, reason, step)
    if why:
        args = {"title": option.title, "most": MAX_REASON, "step": MAX_STEP, "words": ", ".join(OUTCOMES)}
        raise Refused(catalogues.told(why, **args))
    if became == "not_now" and not step:
        step = NO_NEXT_STEP
    return replace(option, outcome=became, reason=reason, next_step=step)


def _spoken(catalogues: Catalogues, lab: Lab, option: Share, texts: Texts) -> Share:
    """With what its decision says in other languages, and nothing of an earlier one."""
    most = {"reason": MAX_REASON, "next_step": MAX_STEP}
    step = "" if option.next_step == NO_NEXT_STEP else option.next_step
    told = translated.judged(catalogues, lab.langs, {"reason": option.reason, "next_step": step}, texts, most)
    return replace(option, texts=together(only(option.texts, "title", "short_title"), told))


def _fault(outcome: str, reason: str, step: str) -> str:
    if outcome not in OUTCOMES:
        return _("No conozco esa decisión. Escribe una de estas: {words}.")
    if not reason:
        return NO_REASON
    if len(sms_text(reason)) > MAX_REASON:
        return _("La razón de {title} es muy larga. Caben {most} letras.")
    if len(sms_text(step)) > MAX_STEP:
        return _("El próximo paso de {title} es muy largo. Caben {step} letras.")
    return ""
