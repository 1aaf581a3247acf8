"""The tick after a close: everybody enrolled hears whether a choice of theirs was counted, within 24 hours.

The cheapest check against invented or lost choices (voting.md 5, accountability.md 3). Half a day after the close, so
that a result published at once says it too, to everybody enrolled and in one message; in the night it waits for the
morning.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from bot import broadcast, quiet, ties
from bot.broadcast import Act, Variant
from bot.closing import DID_YOU, SEE_MINE, TEMPLATE, TIED, YES_NO, ends, later, marked
from bot.i18n import Catalogues
from bot.message import Reply
from bot.results import SEE, Wording
from storage import contests, labs, rolls
from storage.contests import Contest, Facts
from storage.labs import Lab, Session
from storage.store import Unit

AFTER = timedelta(hours=12)  # and the night's 12 at most: 24 in all
STALE = timedelta(days=28)  # then the link between a person and a choice goes, and nobody could look


def due(unit: Unit, catalogues: Catalogues) -> int:
    """Tell of each close whose hour has come, late rather than never; how many. Any number of processes may call it."""
    slugs = rolls.untold(unit, unit.now - AFTER)
    for slug in slugs:
        _tell(unit, catalogues, slug)
    return len(slugs)


def _tell(unit: Unit, catalogues: Catalogues, slug: str) -> None:
    contest = contests.locked(unit, slug)
    if contest is None:
        return
    lab = labs.lab_by_id(unit, contest.lab_id)
    if not lab.authorised:  # told once its comarca allows it again, and not lost
        return
    meeting = labs.next_session(unit, lab.id)
    facts = contests.facts(unit, slug)
    broadcast.send(unit, _act(unit, contest, lab), partial(words, catalogues, lab, meeting, facts))


def _act(unit: Unit, contest: Contest, lab: Lab) -> Act:
    return Act(
        kind="closing",
        idem=f"{rolls.CLOSED}{contest.slug}",
        by="clock",
        audience=rolls.to_tell(unit, contest),
        due_at=(at := quiet.held(unit.now, contest.tz)),
        expires_at=at + STALE,
        lab_id=lab.id,
        contest_id=contest.id,
        opens={"conversation": "was_counted", "args": {"contest": contest.slug, "lab": lab.slug}},
    )


def words(catalogues: Catalogues, lab: Lab, meeting: Session | None, facts: Facts, variant: Variant) -> Reply:
    """Counted, late, or none of yours; in a tie what decides it. A shared phone is asked first."""
    say = partial(catalogues.text, variant.voice)
    mark = Wording(catalogues, variant.voice, facts, lab.name).at_close()
    args: dict[str, Any] = {"lab": lab.name, "later": marked(say, later(meeting, facts), mark), "person": "{name}"}
    if variant.shared:
        return broadcast.worded(catalogues, variant, SEE_MINE, name="see", options=SEE.options(), listed=0, **args)
    if variant.group == rolls.COUNTED and ties.waits(facts):
        return _tied(catalogues, lab, meeting, facts, variant, mark)
    text = ends(variant.group)
    asks = variant.group == rolls.NONE
    short = catalogues.text(variant.voice, TEMPLATE[variant.group], **args).rstrip(".")
    return broadcast.worded(
        catalogues,
        variant,
        text,
        question=DID_YOU if asks else "",
        name="did",
        options=YES_NO.options() if asks else (),
        template=broadcast.approved(catalogues, variant, "eleccion_contada", lab.name, short),
        **args,
    )


def _tied(
    catalogues: Catalogues, lab: Lab, meeting: Session | None, facts: Facts, variant: Variant, mark: str
) -> Reply:
    """The tie, and whether one comes to the assembly that decides it."""
    say = partial(catalogues.text, variant.voice)
    tie = marked(say, ties.told(say, facts, meeting, short=variant.voice.short), mark)
    asks = ties.asks(facts, meeting)
    return broadcast.worded(
        catalogues,
        variant,
        TIED,
        question=ties.COMES if asks else "",
        name="coming",
        options=YES_NO.options() if asks else (),
        template=broadcast.approved(catalogues, variant, "eleccion_contada", lab.name, tie.rstrip(".")),
        tie=tie,
    )
