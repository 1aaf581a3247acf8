"""Ideas on a public page: what was said, with which option it goes, what became of it. Layout: templates/public/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.i18n import _
from bot.results import OUTCOMES, sentence
from bot.spoken import Said, others, said
from bot.web.reader import Own, Reader
from storage import public_ideas
from storage.labs import Lab
from storage.public_ideas import Ideas, Shown
from storage.store import Unit

ON_LAB_PAGE, ON_PAGE = 5, 7  # as many of the longest as leave a page under 50 KB
FATES = OUTCOMES | {
    "merged_into": _("unida con otras"),
    "own": _("va como opción"),
    "out_of_scope": _("no entra esta vez"),
}
GOOD = ("adopted", "partly", "already_done", "merged_into", "own")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One idea as the page shows it."""

    idea: Shown
    fate: str  # 'unida con otras'; '' = nobody has answered
    good: bool
    because: Own  # text '' = nothing is said
    told: str  # 'La persona lo supo el miércoles 18 nov.'; '' = there is nobody to tell, or it has not left


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The ideas of one option; the title's text is '' for those of none."""

    title: Own
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the list. red: words about what nobody answered, '' where all is well."""

    ideas: Ideas
    groups: Sequence[Group]
    red: str
    number: int  # of this page, from 1
    last: int


def read(unit: Unit, lab: Lab, reader: Reader, *, page: int = 1, most: int = ON_PAGE) -> Page | None:
    """That page of the lab's ideas; None: there is none so far."""
    found = public_ideas.of_lab(unit, lab, first=(page - 1) * most, most=most)
    last = max(1, -(-found.total // most))
    if page > last:
        return None
    lines = [_line(one, lab, reader) for one in found.shown]
    groups = [_group([*held], lab, reader) for _of, held in groupby(lines, lambda line: line.idea.problem)]
    return Page(ideas=found, groups=groups, red=_red(found, reader), number=page, last=last)


def _group(lines: Sequence[Line], lab: Lab, reader: Reader) -> Group:
    idea = lines[0].idea
    title = Said(idea.option, others(idea.titles, "title"))
    return Group(title=reader.written(title, lab.langs[0]), lines=lines)


def _red(found: Ideas, reader: Reader) -> str:
    if not found.any_red:
        return ""
    if found.red is None:
        return reader.say(_("Hay ideas que esperan respuesta desde hace más de 30 días."))
    return reader.say(_("{n} ideas esperan respuesta desde hace más de 30 días."), n=found.red)


def _line(one: Shown, lab: Lab, reader: Reader) -> Line:
    told = reader.say(_("La persona lo supo el {day}."), day=reader.day(one.told_at, lab.tz)) if one.told_at else ""
    return Line(
        idea=one,
        fate=reader.say(FATES[one.outcome]) if one.outcome else "",
        good=one.outcome in GOOD,
        because=_because(one, lab, reader),
        told=told,
    )


def _because(one: Shown, lab: Lab, reader: Reader) -> Own:
    """Whose it is, else why it was answered so, in the reader's language where somebody wrote it there."""
    if one.office:
        return Own(reader.say(_("Le toca a {office}."), office=one.office), reader.lang)
    return reader.written(said(one, "reason").each(sentence), lab.langs[0])
