"""What no single field of a plan shows: names twice, loops, words that are taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from bot.planfile import Parsed
from bot.planfile.model import Contest
from bot.planfile.moments import months
from bot.words import plain

Found = tuple[Sequence[str | int], str]  # where in the file, and what to tell
_MANY = 15  # options of one contest
SPOKEN = ("organisation", "session", "problem", "contest")  # tables whose texts may stand in several languages
_WHO = re.compile(
    r"\b(?:mujer|hombre|varon|femenin|masculin|sexo|genero|indigen|originari|afro|etni|raza|migrant|extranjer"
    r"|discapacit|discapacidad|religi|women|woman|men\b|indigenous|disab)"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What this installation knows, for the words of a plan to be checked against."""

    is_word: Callable[[str], bool]  # a word of command, or one that begins a conversation
    methods: frozenset[str]  # ways to choose
    langs: frozenset[str]


def faults(parsed: Parsed, known: Known) -> list[str]:
    """Everything wrong with the plan that no database is needed for, in the order of the file."""
    checks = (_twice, _labs, _sessions, _contests, _territories, _plan, _languages)
    found = [fault for check in checks for fault in check(parsed, known)]
    return [parsed.told(path, text) for path, text in sorted(found, key=lambda f: parsed.line(f[0]))]


def _languages(parsed: Parsed, known: Known) -> Iterator[Found]:
    """A text stands behind a language of this installation: en.use."""
    for table in SPOKEN:
        for i, one in enumerate(getattr(parsed.plan, table)):
            for tag in sorted(set(one.model_extra or {}) - known.langs):
                listed = ", ".join(sorted(known.langs))
                yield (table, i, tag), f"{tag!r} is neither a key nor a language of this installation. Known: {listed}"


def _unsaid(parsed: Parsed) -> Iterator[Found]:
    """A lab speaks a language in which the plan does not say what people read."""
    langs = {lab.slug: lab.langs[1:] for lab in parsed.plan.lab}
    for table, fields in (
        ("session", ("title", "use")),
        ("problem", ("title", "short_title")),
        ("contest", ("title",)),
    ):
        for i, one in enumerate(getattr(parsed.plan, table)):
            for lang in langs.get(one.lab, ()):
                lacks = [f"{lang}.{name}" for name in fields if name not in one.texts.get(lang, {})]
                if lacks:
                    said = f"{lacks[0]} is not written: who reads {lang!r} reads it as it stands above"
                    yield (table, i), f"{said}. Add {' and '.join(f'{name} = ...' for name in lacks)}"


def warnings(parsed: Parsed) -> list[str]:
    """What is odd but saved all the same."""
    return [*_early(parsed), *(parsed.told(path, text) for path, text in _unsaid(parsed))]


def _early(parsed: Parsed) -> list[str]:
    plan = parsed.plan.plan
    if plan is None:
        return []
    begins = plan.starts_on or (months(plan.period) or (None, None))[0]
    told = []
    for i, milestone in enumerate(parsed.plan.milestone):
        due = milestone.due_to or (months(milestone.due) or (None, None))[1]
        if begins and due and due < begins:
            when = milestone.due or due.isoformat()
            said = f"milestone {milestone.number} is due {when!r}, before the plan begins ({plan.period or begins})"
            told.append(parsed.told(("milestone", i, "due"), f"{said}. It is saved as written"))
    return told


def _twice(parsed: Parsed, known: Known) -> Iterator[Found]:
    """Two tables of one name."""
    plan = parsed.plan
    yield from _repeated(parsed, "organisation", "slug", [o.slug for o in plan.organisation])
    yield from _repeated(parsed, "territory", "slug", [t.slug for t in plan.territory])
    yield from _repeated(parsed, "milestone", "number", [m.number for m in plan.milestone])
    yield from _repeated(parsed, "lab", "slug", [lab.slug for lab in plan.lab])
    yield from _repeated(parsed, "lab", "keyword", [lab.keyword for lab in plan.lab])
    yield from _repeated(parsed, "session", "code", [s.code for s in plan.session])
    yield from _repeated(parsed, "problem", "slug", [(p.lab, p.slug) for p in plan.problem])
    yield from _repeated(parsed, "problem", "short_title", [(p.lab, p.short_title.casefold()) for p in plan.problem])
    yield from _repeated(parsed, "contest", "slug", [c.slug for c in plan.contest])
    yield from _repeated(parsed, "danger", "country", [d.country for d in plan.danger])


def _repeated(parsed: Parsed, table: str, key: str, names: Sequence[object]) -> Iterator[Found]:
    first: dict[object, int] = {}
    for i, name in enumerate(names):
        if name in first:
            line = parsed.line((table, first[name], key))
            yield (table, i, key), f"this {key} stands in line {line} already. Give each {table} its own"
        first.setdefault(name, i)


def _labs(parsed: Parsed, known: Known) -> Iterator[Found]:
    for i, lab in enumerate(parsed.plan.lab):
        if known.is_word(lab.keyword):
            yield ("lab", i, "keyword"), f"{lab.keyword} is a word of command that people write. Choose another keyword"
        for tag in lab.langs:
            if tag not in known.langs:
                listed = ", ".join(sorted(known.langs))
                yield ("lab", i, "langs"), f"{tag!r} is not a language of this installation. Known: {listed}"
        if lab.parent == lab.slug:
            yield ("lab", i, "parent"), "a lab can not follow itself. Name the lab it follows, or remove the line"


def _sessions(parsed: Parsed, known: Known) -> Iterator[Found]:
    """Reserved places fit in, and are for what people do, never for who they are (accountability.md 1.2)."""
    for i, session in enumerate(parsed.plan.session):
        where = ("session", i, "reserved")
        if session.reserved and session.capacity is None:
            yield where, "without a capacity every place is free. Write capacity, or remove this line"
        elif sum(session.reserved.values()) > (session.capacity or 0):
            yield where, f"more places are reserved than the {session.capacity} there are. Lower them"
        for label in session.reserved:
            if _WHO.search(plain(label)):
                yield where, f"{label!r} says who a person is: sex, origin, disability. Reserve for what people need"


def _contests(parsed: Parsed, known: Known) -> Iterator[Found]:
    sessions = {s.code: s.lab for s in parsed.plan.session}
    for i, contest in enumerate(parsed.plan.contest):
        if contest.method not in known.methods:
            listed = ", ".join(sorted(known.methods))
            yield ("contest", i, "method"), f"there is no such way to choose. Write one of: {listed}"
        if contest.session and sessions.get(contest.session, contest.lab) != contest.lab:
            yield ("contest", i, "session"), "this session belongs to another lab. Name one of the same lab"
        yield from _options(i, contest)


def _options(i: int, contest: Contest) -> Iterator[Found]:
    many, where = len(contest.options), ("contest", i, "options")
    if len(set(contest.options)) < many:
        yield where, "an option is named twice. Name each once"
    if many == 1 or many > _MANY:
        yield where, f"a contest has 2 to {_MANY} options. Name so many, or none to have all problems of the lab"
    if many and contest.k > many:
        yield ("contest", i, "k"), f"k is more than the {many} options. Lower it"
    if many and contest.seats > many:
        yield ("contest", i, "seats"), f"seats is more than the {many} options. Lower it"


def _territories(parsed: Parsed, known: Known) -> Iterator[Found]:
    parents = {t.slug: t.parent for t in parsed.plan.territory}
    for i, territory in enumerate(parsed.plan.territory):
        if territory.tz is not None and territory.tz not in available_timezones():
            yield ("territory", i, "tz"), f"{territory.tz!r} is no time zone. Write one like America/Panama"
        if loops(territory.slug, parents):
            yield ("territory", i, "parent"), "this territory lies within itself. Mend the chain of parents"


def loops(slug: str, parents: Mapping[str, str | None]) -> bool:
    """Whether a territory is found again above itself."""
    seen, above = {slug}, parents[slug]
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == slug


def _plan(parsed: Parsed, known: Known) -> Iterator[Found]:
    plan = parsed.plan.plan
    for table in ("milestone", "party"):
        if plan is None and getattr(parsed.plan, table):
            yield (table, 0), f"a {table} needs a [plan]. Add one to this file"
    if plan and plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        yield ("plan", "ends_on"), "the plan ends before it starts. Mend one of the two dates"
    for i, milestone in enumerate(parsed.plan.milestone):
        if milestone.due_from and milestone.due_to and milestone.due_to < milestone.due_from:
            yield ("milestone", i, "due_to"), "due_to lies before due_from. Mend one of the two dates"
    for i, party in enumerate(parsed.plan.party):
        if parsed.plan.party.index(party) < i:
            yield ("party", i), "this party stands in the file already. Remove one of the two"
