"""Open a contest and ask those concerned; close it, count it, settle a tie. Looked at first, done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import Select, select, union

from bot import broadcast, choosing, quiet, ties
from bot.actions.staff import lines
from bot.broadcast import Act, Ledger
from bot.choosing import Ballot
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import Catalogues, _
from conversations import ballots
from conversations.ballots import Listed, Result, seeded
from storage import accountability, audiences, broadcasts, contest_states, contests, labs, rolls
from storage.contest_states import Count
from storage.contests import Contest, Facts
from storage.labs import Lab
from storage.store import Unit
from storage.turnout import ATTENDED, ROLL

SMS_PARTS = 2  # a longer ballot is not opened on SMS (voting.md 1)
LEAST_HOURS = timedelta(hours=1)  # a contest is open for an hour at least
OPEN_YET = _("La elección {slug} sigue abierta. Ciérrala primero: el sorteo es después. Cuando salga, da sus números.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Whom an opening would ask, in which words, at what cost, when."""

    contest: Contest
    lab: Lab
    options: tuple[str, ...]  # '1 Agua potable'
    people: int  # to be typed before it is opened
    by_channel: dict[str, int]
    skipped: dict[str, int]  # reason -> people
    segments: int  # of all SMS together
    samples: dict[str, str]  # channel -> its commonest wording
    when: datetime
    opened_before: Ledger | None
    mailings: tuple[Mailing, ...]  # what costs.of prices


def preview(unit: Unit, catalogues: Catalogues, slug: str) -> Preview:
    """Look at an opening; nothing is sent or changed. Refused when it could not be made.

    Where the plan names no options, the order shown is not yet the one that the opening draws.
    """
    contest, lab = _known(unit, catalogues, slug)
    before = broadcasts.found(unit, _idem(contest))
    if before is None:
        _allowed(unit, catalogues, contest, lab)
    listed = contests.options(unit, contest.id) or contest_states.candidates(unit, contest)
    ballot = Ballot.of(contest, lab, listed)
    seen, met = broadcast.look(unit, audience(contest), lab_id=lab.id, kind="ballot"), choosing.met(unit, contest)
    common = sorted(seen.variants, key=lambda name: (seen.variants[name], name))
    replies = {name: choosing.words(catalogues, seen.variant(name), ballot, met=met) for name in common}
    sms = [name for name in common if name.startswith("sms/")]
    _short_enough(catalogues, ballot, comarca=seen.comarca)
    return Preview(
        contest=contest,
        lab=lab,
        options=tuple(f"{number} {title}" for number, title, _short in ballot.options),
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
        segments=sum(seen.variants[name] * choosing.sms_parts(replies[name]) for name in sms),
        samples={name.partition("/")[0]: replies[name].text for name in common},
        when=quiet.held(unit.now, lab.tz),
        opened_before=broadcasts.ledger(unit, before) if before is not None else None,
        mailings=(
            Mailing(audience=audience(contest), lab_id=lab.id, replies=replies, at=quiet.held(unit.now, lab.tz)),
        ),
    )


def open_(unit: Unit, catalogues: Catalogues, slug: str, by: str, expect: int) -> Ledger:
    """Freeze it and ask. `expect` is the number of people that was shown: another number now is refused.

    Opening twice is one opening.
    """
    drafted = contests.locked(unit, slug)
    before = broadcasts.found(unit, _idem(drafted)) if drafted else None
    if before is not None:
        return broadcasts.ledger(unit, before)
    contest, lab = _known(unit, catalogues, slug)
    _allowed(unit, catalogues, contest, lab)
    ballot = Ballot.of(contest, lab, contest_states.draw_options(unit, contest))
    _short_enough(catalogues, ballot, comarca=broadcast.in_comarca(unit, lab.id))
    version = ballots.methods()[contest.method].version
    contest_states.open_(unit, contest, method_version=version, tie_source=ties.DRAW, by=by)
    met = choosing.met(unit, contest)
    ledger = broadcast.send(
        unit, _act(unit, contest, lab, by), lambda v: choosing.words(catalogues, v, ballot, met=met)
    )
    rolls.enrol_asked(unit, contest.id, ledger.broadcast_id)
    if ledger.pending != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=ledger.pending))
    return ledger


def close_(unit: Unit, catalogues: Catalogues, slug: str, by: str, seed: str | None = None) -> Facts:
    """Close at this moment and count. `seed`: the public numbers that break a tie, drawn after the close.

    Closing again changes nothing; a tie that waits is settled by a seed given then, once. Refused: a seed while it is
    open, which somebody could have chosen, and one that is nothing published (`ties.drawn`).
    """
    numbers = _numbers(catalogues, seed)
    contest = contests.locked(unit, slug)
    if contest is None or contest.state == "draft":
        raise Refused(catalogues.told(_("No hay una elección abierta que se llame {slug}."), slug=slug))
    if contest.state == "open":
        if numbers:
            raise Refused(catalogues.told(OPEN_YET, slug=slug))
        contest_states.close(unit, contest, _count(unit, contest), by=by)
        _withhold(unit, contest)
    if numbers and contests.facts(unit, slug).waiting:
        _settle(unit, catalogues, contest, numbers, by)
    return contests.facts(unit, slug)


def close_due(unit: Unit, catalogues: Catalogues) -> list[str]:
    """The tick: close what its hour has closed; the slugs."""
    return [close_(unit, catalogues, slug, "system").contest.slug for slug in contests.due(unit)]


# --- whom and whether ---------------------------------------------------------------------------------------------


def audience(asked: Contest) -> Select[Any]:
    """The people of the lab: who gave permission, who signed up, who came; those of the contest's meeting apart."""
    people = audiences.permitting(asked.lab_id), accountability.came(asked.lab_id, audiences.ALL)
    everybody = union(*people, rolls.at_meeting(asked)).subquery("everybody")
    return select(everybody.c.person_id, everybody.c.grp)


def _known(unit: Unit, catalogues: Catalogues, slug: str) -> tuple[Contest, Lab]:
    contest = contests.by_slug(unit, slug)
    if contest is None:
        raise Refused(catalogues.told(_("No hay una elección que se llame {slug}."), slug=slug))
    return contest, labs.lab_by_id(unit, contest.lab_id)


def _allowed(unit: Unit, catalogues: Catalogues, contest: Contest, lab: Lab) -> None:
    why = _why_not(unit, contest, lab)
    if why:
        raise Refused(catalogues.told(why, lab=lab.name, slug=contest.slug, method=contest.method))


def _why_not(unit: Unit, contest: Contest, lab: Lab) -> str:
    if not lab.authorised:
        return lines.UNAUTHORISED
    if lab.state != "published":
        return _("El laboratorio de {lab} no está publicado. Publícalo primero.")
    if contest.state != "draft":
        return _("La elección {slug} ya se abrió.")
    if contest.method not in ballots.methods():
        return _("No conozco la manera de contar {method}.")
    if contest.roll_kind == ROLL or contest.quorum.get("of") == ROLL:
        return _("La elección {slug} pide una lista cerrada de personas y no hay ninguna. Escribe otra cosa en roll.")
    if ATTENDED in (contest.roll_kind, contest.quorum.get("of")) and not rolls.attendance(unit, contest):
        return _("La elección {slug} es de quienes fueron a la reunión, y no hay asistencia anotada. Anótala primero.")
    if contest.closes_at is None:
        return _("La elección {slug} no tiene fecha de cierre. Escribe closes_at en el plan.")
    if contest.closes_at < quiet.held(unit.now, lab.tz) + LEAST_HOURS:
        return _("La elección {slug} cierra antes de que la gente pueda leer. Pon un cierre más tarde.")
    if len(contests.options(unit, contest.id) or contest_states.candidates(unit, contest)) < 2:
        return _("La elección {slug} necesita dos opciones o más.")
    return ""


def _short_enough(catalogues: Catalogues, ballot: Ballot, *, comarca: bool) -> None:
    """Refuse a ballot that takes more than two SMS in any wording that may go out."""
    langs = [tag for tag, entry in catalogues.languages.items() if entry.mode == "text"]
    for lang, form, lead in product(langs, ("tu", "usted"), (choosing.LEAD, choosing.REMINDER)):
        variant = broadcast.variant_of(f"sms/{lang}/{form}/own/{audiences.ALL}", comarca=comarca)
        parts = choosing.sms_parts(choosing.words(catalogues, variant, ballot, lead))
        if parts > SMS_PARTS:
            told = _("La boleta ocupa {parts} SMS y caben {most}. Acorta los títulos o quita opciones.")
            raise Refused(catalogues.told(told, parts=parts, most=SMS_PARTS))


def _idem(contest: Contest) -> str:
    return f"ballot:{contest.slug}"


def _act(unit: Unit, contest: Contest, lab: Lab, by: str) -> Act:
    return Act(
        kind="ballot",
        idem=_idem(contest),
        by=by,
        audience=audience(contest),
        due_at=quiet.held(unit.now, lab.tz),
        expires_at=contest.ends,
        lab_id=lab.id,
        contest_id=contest.id,
        opens={"conversation": "vote", "args": {"contest": contest.slug, "lab": lab.slug}},
    )


# --- counting -----------------------------------------------------------------------------------------------------


def _count(unit: Unit, contest: Contest) -> Count:
    """The contest's own rule, over its own options."""
    listed = [Listed(o.number, o.cost, o.withdrawn) for o in contests.options(unit, contest.id)]
    method = ballots.methods()[contest.method]

    def count(votes: Sequence[tuple[str, int]], seed: str | None) -> Result:
        bound = seeded(seed, contest.slug) if seed is not None else None
        return method.tally(contest.params, listed, votes, bound)

    return count


def _withhold(unit: Unit, contest: Contest) -> None:
    """Nobody is asked any more."""
    asked = [broadcasts.found(unit, idem) for idem in (_idem(contest), f"{rolls.REMINDED}{contest.slug}")]
    for broadcast_id in filter(None, asked):
        broadcasts.withhold(unit, "closed", broadcast_ids=[broadcast_id])


def _numbers(catalogues: Catalogues, seed: str | None) -> str:
    """The numbers of a draw; '' where none are given. Anybody can look them up: words nobody has drawn."""
    said = ties.drawn(seed or "")
    if (seed or "").strip() and not said:
        raise Refused(catalogues.told(ties.NOT_DRAWN))
    return said


def _settle(unit: Unit, catalogues: Catalogues, contest: Contest, seed: str, by: str) -> None:
    if contest.tie_mode != "seed":
        raise Refused(catalogues.told(_("Este empate lo decide la asamblea, no un sorteo.")))
    contest_states.settle(unit, contest, seed, _count(unit, contest), by=by)
