"""Take an option off an open ballot, with the reason. Who chose it is told and asked again; no choice is moved.

What was chosen stays as it was given: the option is left out when it is counted, a ballot of nothing else counts as
blank, and both are said in the result (voting.md 2, accountability.md 2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot import broadcast, choosing, quiet
from bot.actions import translated
from bot.broadcast import Act, Ledger, Variant
from bot.choosing import Ballot
from bot.errors import Refused
from bot.i18n import Catalogues, Voice, _
from bot.kinds import written
from bot.message import Reply
from bot.sms import sms_text
from bot.spoken import Said, others, said
from storage import ballots, broadcasts, contest_states, contests, labs, turnout
from storage.contests import Contest, Option
from storage.labs import Lab
from storage.store import Unit
from storage.texts import Texts

STAFF = Voice()
CHANNELS = ("sms", "whatsapp", "telegram")
MAX_REASON = 60  # letters: with the ballot it stays within two SMS
GONE = _("Se retiró {title} de la lista. Razón: {because}. Tu elección no se cambió: puedes elegir otra vez.")
GONE_SHARED = _("Cambió la lista de {lab}. Una opción se retiró. Puedes elegir otra vez.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a withdrawal would say. How many chose the option nobody knows before the close, the team neither."""

    contest: Contest
    lab: Lab
    option: Option
    took_part: int  # so far, to be typed before it is done: at most so many are told
    samples: dict[str, str]  # channel -> its wording in the lab's language
    done_before: Ledger | None


def preview(unit: Unit, catalogues: Catalogues, slug: str, name: str, because: str, texts: Texts | None = None) -> Seen:
    """Look at it; nothing is changed or sent. Refused when it could not be done.

    name: a number or a problem's slug; texts: reason in other languages of the lab
    """
    contest, option = _judged(unit, catalogues, slug, name, because)
    lab = labs.lab_by_id(unit, contest.lab_id)
    say = _wording(unit, catalogues, contest, lab, option, _why(catalogues, lab, because, texts or {}))
    before = broadcasts.found(unit, _idem(contest, option))
    return Seen(
        contest=contest,
        lab=lab,
        option=option,
        took_part=turnout.turnout(unit, contest.id).took_part,
        samples={channel: say(_sample(unit, lab, channel)).text for channel in CHANNELS},
        done_before=broadcasts.ledger(unit, before) if before is not None else None,
    )


def withdraw(
    unit: Unit,
    catalogues: Catalogues,
    slug: str,
    name: str,
    because: str,
    texts: Texts | None = None,
    *,
    by: str,
    expect: int | None = None,
) -> Ledger:
    """Take it off and tell it, once. `expect`: how many had chosen when it was shown; another number now is refused."""
    contests.locked(unit, slug)
    contest, option = _judged(unit, catalogues, slug, name, because)
    before = broadcasts.found(unit, _idem(contest, option))
    if before is not None:
        return broadcasts.ledger(unit, before)
    lab, took_part = labs.lab_by_id(unit, contest.lab_id), turnout.turnout(unit, contest.id).took_part
    if expect is not None and took_part != expect:
        raise Refused(catalogues.text(STAFF, _("El número no coincide. Son {people}."), people=took_part))
    contest_states.withdraw(unit, contest, option, because=written(because), by=by)
    say = _wording(unit, catalogues, contest, lab, option, _why(catalogues, lab, because, texts or {}))
    return broadcast.send(unit, _act(unit, contest, lab, option, by), say)


def _sample(unit: Unit, lab: Lab, channel: str) -> Variant:
    return broadcast.variant_of(f"{channel}/{lab.langs[0]}/tu/own/all", comarca=broadcast.in_comarca(unit, lab.id))


def _idem(contest: Contest, option: Option) -> str:
    return f"withdrawn:{contest.slug}:{option.number}"


def _act(unit: Unit, contest: Contest, lab: Lab, option: Option, by: str) -> Act:
    return Act(
        kind="ballot_changed",
        idem=_idem(contest, option),
        by=by,
        audience=ballots.who_chose(contest.id, option.number),
        due_at=quiet.held_answerable(unit.now, lab.tz, contest.ends),
        expires_at=contest.ends,
        lab_id=lab.id,
        contest_id=contest.id,
        opens={"conversation": "vote", "args": {"contest": contest.slug, "lab": lab.slug}},
        priority=1,
    )


def _why(catalogues: Catalogues, lab: Lab, because: str, texts: Texts) -> Said:
    """The reason in each language, in single lines. Raises Refused."""
    why = written(because)
    told = translated.judged(catalogues, lab.langs, {"reason": why}, texts, {"reason": MAX_REASON})
    return Said(why, others(told, "reason")).each(lambda text: text.rstrip("."))


def _wording(
    unit: Unit, catalogues: Catalogues, contest: Contest, lab: Lab, option: Option, reason: Said
) -> Callable[[Variant], Reply]:
    """The ballot without it, behind the reason. A shared phone does not read which option it was."""
    left = [replace(o, withdrawn=o.withdrawn or o.number == option.number) for o in contests.options(unit, contest.id)]
    ballot = Ballot.of(contest, lab, left)

    def say(variant: Variant) -> Reply:
        title = said(option, "short_title" if variant.voice.short else "title")
        lead = GONE_SHARED if variant.shared else GONE
        return choosing.words(catalogues, variant, ballot, lead, title=title, because=reason)

    return say


def _judged(unit: Unit, catalogues: Catalogues, slug: str, name: str, because: str) -> tuple[Contest, Option]:
    contest = contests.by_slug(unit, slug)
    if contest is None:
        raise Refused(catalogues.text(STAFF, _("No hay una elección que se llame {slug}."), slug=slug))
    listed = contests.options(unit, contest.id)
    option = next((o for o in listed if name.lower() in (str(o.number), o.slug)), None)
    if option is None:
        told = _("No hay una opción {title} en {slug}. Escribe su número o su tema.")
        raise Refused(catalogues.text(STAFF, told, title=name, slug=slug))
    if (why := _why_not(contest, listed, option, because)) and not option.withdrawn:
        raise Refused(catalogues.text(STAFF, why, slug=slug, title=option.title, most=MAX_REASON))
    return contest, option


def _why_not(contest: Contest, listed: Sequence[Option], option: Option, because: str) -> str:
    if contest.state != "open":
        return _("Solo se retira una opción de una elección abierta, y {slug} no lo está.")
    if not translated.reason(because):
        return _("Falta la razón (--because). Sin razón no se retira: la gente tiene que saber por qué.")
    if len(sms_text(written(because))) > MAX_REASON:
        return _("La razón de {title} es muy larga. Caben {most} letras.")
    if len([o for o in listed if not o.withdrawn and o.number != option.number]) < 2:
        return _("Sin {title} quedan menos de dos opciones. Cierra {slug} y abre otra.")
    return ""
