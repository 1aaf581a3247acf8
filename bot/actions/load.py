"""Load a plan: everything in the file stands in the database afterwards, in one unit, or nothing changed.

Loading again is harmless, and what a file no longer names stays. What people have been told or have begun is not
taken back by a file:
- A relative date ("+10d 15:30") is worked out when it is first loaded and kept while its text stays the same.
- A lab in a comarca, and its sessions, stay drafts until their community has authorised them to convene: a warning.
- A published session moved to another hour or place gets a new revision, so that reminders of the old one go stale.
  Where people were invited or are coming it stays: a warning names the command that moves it and tells them.
- A contest that is open or closed is frozen: a file that says otherwise is a fault.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from bot import words
from bot.actions import announce, changed
from bot.errors import BadPlan
from bot.i18n import Catalogues
from bot.planfile import Parsed, model
from bot.planfile.checks import Known, faults, warnings
from bot.planfile.moments import Moment, months
from bot.planfile.references import missing
from bot.stage import Parts
from conversations import ballots
from storage import allowed, audit, keepers, labs, registrations, reminders, reserves
from storage import plan as rows
from storage import tables as t
from storage.store import Unit
from storage.texts import only, together

MOVED = ("starts_at", "place")  # what a person must be told anew


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did, in the names of the file: 'session sm1'."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    warnings: tuple[str, ...]


def load(unit: Unit, parsed: Parsed, parts: Parts, *, timezone: str, by: str = "system") -> Report:
    """Bring the database up to the plan. Raises BadPlan with every fault; then nothing is changed."""
    if wrong := [*faults(parsed, known(parts)), *missing(unit, parsed)]:
        raise BadPlan(wrong)
    loading = _Loading(unit, parsed, parts.catalogues, timezone)
    for step in (_organisations, _territories, _dangers, _plan, _labs, _sessions, _problems, _contests):
        step(loading)
    if loading.faults:
        raise BadPlan(loading.faults)
    report = loading.report()
    if report.created or report.changed:
        done = {"created": list(report.created), "changed": list(report.changed)}
        audit.record(unit, "plan.loaded", parsed.plan.plan.slug if parsed.plan.plan else "", done, actor=by)
    return report


def known(parts: Parts) -> Known:
    """What this installation knows, for the words of a plan to be checked against."""

    def is_word(keyword: str) -> bool:
        said = words.command(keyword, parts.catalogues.words)
        plain, registry = words.plain(keyword), parts.registry
        return said is not None or plain in registry.by_word or plain in registry.by_staff_word

    written = frozenset(parts.catalogues.listed())
    return Known(is_word=is_word, methods=frozenset(ballots.methods()), langs=written)


@dataclass(slots=True)
class _Loading:
    """One load under way."""

    unit: Unit
    parsed: Parsed
    catalogues: Catalogues
    timezone: str
    warnings: list[tuple[int, str]] = field(default_factory=list)  # line, text
    faults: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)  # 'lab san-martin' -> created | changed | unchanged

    def save(self, name: str, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> rows.Saved:
        """Save one row and remember what became of it."""
        saved = rows.save(self.unit, table, key, values)
        if saved.created:
            self.marks[name] = "created"
        elif saved.before:
            self.mark_changed(name)
        else:
            self.marks.setdefault(name, "unchanged")
        return saved

    def mark_changed(self, name: str) -> None:
        """Something of it changed; what was made in this load stays 'created'."""
        if self.marks.get(name) != "created":
            self.marks[name] = "changed"

    def id(self, table: Table, **key: object) -> int:
        """The id of a row that `missing` has made sure of."""
        return rows.id_of(self.unit, table, **key)

    def lab(self, slug: str) -> labs.Lab:
        """A lab that `missing` has made sure of."""
        return labs.lab_by_id(self.unit, self.id(t.lab, slug=slug))

    def warn(self, path: Sequence[str | int], text: str) -> None:
        """Tell it and go on."""
        self.warnings.append((self.parsed.line(path), self.parsed.told(path, text)))

    def fault(self, path: Sequence[str | int], text: str) -> None:
        """Tell it; in the end nothing is changed."""
        self.faults.append(self.parsed.told(path, text))

    def report(self) -> Report:
        """What was done."""
        of = {state: tuple(n for n, s in self.marks.items() if s == state) for state in ("created", "changed")}
        same = sum(s == "unchanged" for s in self.marks.values())
        told = [*warnings(self.parsed), *(text for _line, text in sorted(self.warnings))]
        return Report(of["created"], of["changed"], same, tuple(told))


def _organisations(loading: _Loading) -> None:
    for org in loading.parsed.plan.organisation:
        values = org.model_dump(include={"name", "kind", "phone", "hours", "email"}) | {"texts": org.texts}
        short = org.short_name or org.name
        if len(short) > 30:
            i = loading.parsed.plan.organisation.index(org)
            loading.fault(("organisation", i), f"{org.slug} has a long name. Add short_name, at most 30 characters")
        values["short_name"] = short[:30]
        loading.save(f"organisation {org.slug}", t.organisation, {"slug": org.slug}, values)


def _territories(loading: _Loading) -> None:
    for i, territory in _parents_first(loading.parsed.plan.territory):
        above = rows.find(loading.unit, t.territory, slug=territory.parent) if territory.parent else None
        country = territory.country or (above["country"] if above else "")
        if not country:
            loading.fault(("territory", i), f'{territory.slug} has no country. Add country = "PA", or a parent')
        place = {"country": country, "tz": territory.tz or (above["tz"] if above else loading.timezone)}
        values = {"name": territory.name, "kind": territory.kind, "parent_id": above["id"] if above else None, **place}
        loading.save(f"territory {territory.slug}", t.territory, {"slug": territory.slug}, values)


def _parents_first(given: Sequence[model.Territory]) -> Iterator[tuple[int, model.Territory]]:
    """Each with its place in the file; `checks` has made sure that no chain of parents is a loop."""
    left = dict(enumerate(given))
    while left:
        names = {territory.slug for territory in left.values()}
        ready = [i for i, territory in left.items() if territory.parent not in names]
        yield from ((i, left.pop(i)) for i in ready)


def _dangers(loading: _Loading) -> None:
    for one in loading.parsed.plan.danger:
        values = {**one.model_dump(exclude={"country"}), "words": list(one.words)}
        loading.save(f"words of danger in {one.country}", t.help_line, {"country": one.country}, values)


def _plan(loading: _Loading) -> None:
    file = loading.parsed.plan
    if file.plan is None:
        return
    begins, ends = months(file.plan.period) or (None, None)
    dates = {"starts_on": file.plan.starts_on or begins, "ends_on": file.plan.ends_on or ends}
    values = {**file.plan.model_dump(exclude={"slug", "keepers"}), **dates}
    plan_id = loading.save(f"plan {file.plan.slug}", t.plan, {"slug": file.plan.slug}, values).id
    keepers.remember(loading.unit, file.plan.keepers)
    for party in file.party:
        org_id = loading.id(t.organisation, slug=party.organisation)
        key: dict[str, object] = {"plan_id": plan_id, "organisation_id": org_id, "role": party.role}
        loading.save(f"party {party.organisation} ({party.role})", t.plan_party, key, {})
    for milestone in file.milestone:
        first, last = months(milestone.due) or (None, None)
        due = {"due_from": milestone.due_from or first, "due_to": milestone.due_to or last}
        values = {"title": milestone.title, "due_text": milestone.due, **due}
        key = {"plan_id": plan_id, "number": milestone.number}
        loading.save(f"milestone {milestone.number}", t.milestone, key, values)


def _labs(loading: _Loading) -> None:
    plan, unit = loading.parsed.plan, loading.unit
    for lab in plan.lab:  # a new lab is a draft until its authorisations are in
        known = rows.hold(unit, t.lab, slug=lab.slug)
        loading.save(f"lab {lab.slug}", t.lab, {"slug": lab.slug}, _lab_values(loading, lab, known))
    for authorisation in plan.authorisation:
        _authorisation(loading, authorisation)
    allowed.stop(unit)
    for i, lab in enumerate(plan.lab):
        state, lab_id = lab.state, loading.id(t.lab, slug=lab.slug)
        if state == "published" and not labs.authorised(unit, lab_id, lab.setting):
            state = "draft"
            said = f"{lab.slug} stays a draft: a lab in a comarca needs an authorisation of its community to convene"
            loading.warn(("lab", i, "state"), f'{said}. Record one: [[authorisation]] lab = "{lab.slug}", ...')
        parent_id = loading.id(t.lab, slug=lab.parent) if lab.parent else None
        loading.save(f"lab {lab.slug}", t.lab, {"slug": lab.slug}, {"state": state, "parent_id": parent_id})


def _lab_values(loading: _Loading, lab: model.Lab, known: Mapping[str, Any] | None) -> dict[str, object]:
    plan = lab.plan or (loading.parsed.plan.plan.slug if loading.parsed.plan.plan else None)
    return {
        **lab.model_dump(include={"keyword", "name", "kind", "setting", "form", "note"}),
        "langs": list(lab.langs),
        "organiser_id": loading.id(t.organisation, slug=lab.organiser),
        "territory_id": loading.id(t.territory, slug=lab.territory),
        "plan_id": loading.id(t.plan, slug=plan) if plan else None,
        "state": known["state"] if known else "draft",
    }


def _authorisation(loading: _Loading, given: model.Authorisation) -> None:
    lab = loading.lab(given.lab)
    withdrawn = given.withdrawn_on and datetime.combine(given.withdrawn_on, time(), ZoneInfo(lab.tz))
    values = {"scope": list(given.scope), "expires_on": given.expires_on, "withdrawn_at": withdrawn}
    key = {"lab_id": lab.id, **given.model_dump(include={"authority", "signed_by", "signed_on"})}
    loading.save(f"authorisation of {given.lab} ({given.signed_on})", t.community_authorisation, key, values)


def _sessions(loading: _Loading) -> None:
    for i, session in enumerate(loading.parsed.plan.session):
        lab = loading.lab(session.lab)
        known = rows.hold(loading.unit, t.session, code=session.code)
        values = {
            **session.model_dump(include={"kind", "title", "place", "capacity", "use"}),
            "lab_id": lab.id,
            "needs": list(session.needs),
            "texts": together(session.texts, only(known["texts"], "reason") if known else {}),
            "tz": lab.tz,
            "starts_at": _moment(loading, "session", session.code, session.starts_at, lab.tz, known, "starts_at"),
            "state": _session_state(loading, i, session, lab, known),
        }
        if known and known["state"] == "published" and any(known[n] != values[n] for n in MOVED):
            values |= _stays(loading, i, session, known, values) or {"revision": known["revision"] + 1}
        saved = loading.save(f"session {session.code}", t.session, {"code": session.code}, values)
        _reserved(loading, i, session, saved.id, known)
        _after_session(loading, i, saved, known)


def _stays(
    loading: _Loading, i: int, session: model.Session, known: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """What is kept of a session that a file would move away from people who would not know; {}: there are none."""
    people = changed.concerned(loading.unit, known["id"])
    if not people:
        return {}
    zone, moved = ZoneInfo(known["tz"]), [n for n in MOVED if known[n] != values[n]]
    new = {"starts_at": f"--when '{values['starts_at'].astimezone(zone):%Y-%m-%d %H:%M}'"}
    new["place"] = f"--place {shlex.quote(values['place'])}"
    whom = "1 person was invited or is coming" if people == 1 else f"{people} people were invited or are coming"
    stays = f"{session.code} stays on {known['starts_at'].astimezone(zone):%Y-%m-%d %H:%M}, {known['place']}"
    act = f"convoca session edit {session.code} {' '.join(new[n] for n in moved)}"
    loading.warn(("session", i), f"{stays}: {whom}, and no file tells them. This moves it and tells them: {act}")
    return {n: known[n] for n in (*MOVED, "texts")}


def _reserved(
    loading: _Loading, i: int, session: model.Session, session_id: int, known: Mapping[str, Any] | None
) -> None:
    """Places kept for some: set before the session opens; afterwards fewer of them, never more."""
    was_open = known is not None and known["state"] != "draft"
    changed, refused = reserves.write(loading.unit, session_id, session.reserved, lower_only=was_open)
    if refused:
        said = f"{session.code} is open: no place is reserved any more that all may have"
        loading.warn(("session", i, "reserved"), f"{said}. Reserve places before it is published")
    if changed:
        loading.mark_changed(f"session {session.code}")
        registrations.fill_places(loading.unit, session_id)


def _session_state(
    loading: _Loading, i: int, session: model.Session, lab: labs.Lab, known: Mapping[str, Any] | None
) -> str:
    """What the file wishes, within what is allowed and what has happened."""
    now = known["state"] if known else "draft"
    if now in ("closed", "cancelled"):
        return str(now)
    if not lab.authorised or (session.state == "published" and lab.state == "draft"):
        if session.state == "published" and lab.authorised:
            said = f"{session.code} stays a draft, for its lab is one"
            loading.warn(("session", i, "state"), f"{said}. Publish {lab.slug} too")
        return "draft" if not lab.authorised else str(now)
    if now == "published" and session.state == "draft":
        said = f"{session.code} is published and stays so"
        loading.warn(("session", i, "state"), f'{said}: people may have been told. Write state = "published"')
        return "published"
    return session.state


def _after_session(loading: _Loading, i: int, saved: rows.Saved, known: Mapping[str, Any] | None) -> None:
    """What follows from a change: reminders anew, freed places offered on, a word about who must be told."""
    unit, session = loading.unit, labs.session_by_id(loading.unit, saved.id)
    if (parts := _invitation(loading.catalogues, labs.lab_by_id(unit, session.lab_id), session)) > 1:
        said = f"the invitation to {session.code} takes {parts} SMS instead of one, at {parts} times the cost"
        loading.warn(("session", i, "use"), f"{said}. Shorten use, place, or the name of the lab or its organiser")
    if saved.created or saved.before:
        reminders.plan_for(unit, session)
    if not known:
        return
    if "capacity" in saved.before:
        taken = registrations.taken(unit, saved.id)
        if session.capacity is not None and taken > session.capacity:
            said = f"{session.code}: more places are held already, {taken}; nobody loses one"
            loading.warn(("session", i, "capacity"), said)
        registrations.fill_places(unit, saved.id)


def _invitation(catalogues: Catalogues, lab: labs.Lab, session: labs.Session) -> int:
    """How many SMS its invitation takes, with a day whose name is long: a session may move."""
    longest = datetime(2026, 9, 23, 12, 30, tzinfo=ZoneInfo(session.tz))
    told, comarca = announce.told(lab, replace(session, starts_at=longest)), lab.setting == labs.COMARCA
    voices = [("es", "tu"), ("es", "usted"), *((lang, "tu") for lang in lab.langs if lang != "es")]
    return max(announce.sms_parts(catalogues, told, form, lang, comarca=comarca) for lang, form in voices)


def _moment(
    loading: _Loading, kind: str, name: str, when: Moment, tz: str, known: Mapping[str, Any] | None, column: str
) -> datetime:
    """When it is. A relative date that is written as before keeps the moment it was given then."""
    before = rows.written(loading.unit, kind, name)
    if known and when.relative and before == when.text and known[column] is not None:
        return known[column]  # type: ignore[no-any-return]  # a row's value
    text = when.text if when.relative else None
    if text != before:
        rows.keep_written(loading.unit, kind, name, text)
    return when.at(loading.unit.now, tz)


def _problems(loading: _Loading) -> None:
    for problem in loading.parsed.plan.problem:
        key = {"lab_id": loading.id(t.lab, slug=problem.lab), "slug": problem.slug}
        values = problem.model_dump(include={"title", "short_title", "text"}) | {"texts": problem.texts}
        loading.save(f"problem {problem.lab}/{problem.slug}", t.problem, key, values)


def _contests(loading: _Loading) -> None:
    for i, contest in enumerate(loading.parsed.plan.contest):
        known = rows.hold(loading.unit, t.contest, slug=contest.slug)
        values, options = _contest_values(loading, contest, known), _options(loading, contest)
        named = [o["problem_id"] for o in options]
        if known and known["state"] != "draft":
            _frozen(loading, i, contest, known, {**values, "options": named})
            continue
        name = f"contest {contest.slug}"
        saved = loading.save(name, t.contest, {"slug": contest.slug}, {**values, "state": "draft"})
        if rows.options_of(loading.unit, saved.id, named) != named:
            rows.replace_options(loading.unit, saved.id, options)
            loading.mark_changed(name)


def _contest_values(loading: _Loading, contest: model.Contest, known: Mapping[str, Any] | None) -> dict[str, object]:
    lab = loading.lab(contest.lab)
    closes = contest.closes_at
    return {
        "lab_id": lab.id,
        "session_id": loading.id(t.session, code=contest.session) if contest.session else None,
        "title": contest.title,
        "texts": contest.texts,
        "method": contest.method,
        "params": {"k": contest.k, "seats": contest.seats},
        "roll_kind": contest.roll,
        "quorum": contest.quorum.model_dump(exclude_none=True) if contest.quorum else {},
        "tie_mode": contest.tie,
        "tie_seed_source": contest.tie_source,
        "closes_at": closes and _moment(loading, "contest", contest.slug, closes, lab.tz, known, "closes_at"),
    }


def _options(loading: _Loading, contest: model.Contest) -> list[dict[str, Any]]:
    lab_id = loading.id(t.lab, slug=contest.lab)
    found = [rows.find(loading.unit, t.problem, lab_id=lab_id, slug=slug) for slug in contest.options]
    return [{"problem_id": p["id"], "title": p["title"], "short_title": p["short_title"]} for p in found if p]


def _frozen(
    loading: _Loading, i: int, contest: model.Contest, known: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """An open or closed contest can not become another one; what the file leaves out is not compared."""
    quorum = {name: value for name, value in known["quorum"].items() if name != "base"}  # worked out at the opening
    now: dict[str, Any] = {**known, "quorum": quorum}
    now["options"] = rows.options_of(loading.unit, known["id"], values["options"])
    fields: dict[str, Callable[[], bool]] = {
        "options": lambda: bool(contest.options),
        "closes_at": lambda: contest.closes_at is not None,
        "tie_seed_source": lambda: bool(contest.tie_source),
    }
    different = [n for n in values if now[n] != values[n] and fields.get(n, lambda: True)()]
    if different:
        said = f"{contest.slug} is {known['state']} and frozen; the file changes {', '.join(different)}"
        loading.fault(("contest", i), f"{said}. Write it as it was, or make a contest with another slug")
    loading.marks.setdefault(f"contest {contest.slug}", "unchanged")
