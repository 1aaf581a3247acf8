"""A close that decides nothing yet: a tie that waits for its draw or its assembly, or too few people (voting.md 4)."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.i18n import And, Label, When, _
from bot.kinds import written
from bot.sms import sms_text
from bot.spoken import said
from storage.contests import Contest, Facts, Share
from storage.labs import Session

COMES = _("¿Vienes?")
DRAW = _("primer sorteo de la lotería nacional después del cierre")  # where the plan names no other
# What was published: of a draw '48213', or with its date '2026-12-02:48213'; of a drand round its 64 letters and
# digits, or with its number '4211337:9f2c...'. A word that is hex by chance ("cafe") is too short for it.
_PUBLISHED = re.compile(r"[0-9][0-9 :-]{0,99}|(?:[0-9]{1,12}:)?[0-9a-f]{32,96}")
_LONG = re.compile(r"[0-9a-f]{32,}")
NOT_DRAWN = _("Para el sorteo sirven solo los números que salieron, o el código que se publicó. Ejemplo: 48213")
MAX_MINUTE = 140  # letters of what an assembly wrote down
SHORT_SOURCE = 55  # letters of the draw's name that an SMS has room for beside the rest


def waits(facts: Facts) -> bool:
    """Whether a tie across the line is still to be decided."""
    return facts.contest.state == "closed" and bool(facts.waiting)


def for_draw(facts: Facts) -> bool:
    """Whether it waits for the numbers of a public draw."""
    return waits(facts) and facts.contest.tie_mode == "seed"


def asks(facts: Facts, meeting: Session | None) -> bool:
    """Whether people are asked to come: the assembly decides, and its day is known."""
    return waits(facts) and facts.contest.tie_mode == "assembly" and meeting is not None


def told(say: Callable[..., str], facts: Facts, meeting: Session | None, *, short: bool) -> str:
    """Who are equal, with how many, and what decides it: the draw that was named at the opening, or the assembly.

    say: a msgid and its arguments in the words of one voice; short: titles and source as an SMS has room for them
    """
    titles = And(said(o, "short_title" if short else "title") for o in facts.waiting)
    votes = facts.waiting[0].votes
    if votes is None:  # it may not be shown
        equal = say(_("Empataron {tied}."), tied=titles)
    else:
        equal = say(_("Empataron {tied}, con {votes} cada uno."), tied=titles, votes=votes)
    when = When(meeting.starts_at, meeting.tz) if meeting else None
    return f"{equal} {decides(say, facts.contest, when, short=short)}"


def decides(say: Callable[..., str], contest: Contest, when: When | None, *, short: bool = False) -> str:
    """What decides a tie of this contest. when: of the assembly, if its day is known."""
    if contest.tie_mode == "assembly":
        if when is None:
            return say(_("Decide la asamblea. Te cuento cuando haya fecha."))
        return say(_("La asamblea decide el {when}."), when=when)
    if short and len(contest.tie_seed_source) > SHORT_SOURCE:
        return say(_("Decide el sorteo público que se dijo al abrir. Después te cuento."))
    return say(_("Decide el sorteo público que se dijo al abrir: {draw}. Después te cuento."), draw=draw(contest))


def draw(contest: Contest) -> Label | str:
    """The draw that breaks a tie, as an argument of a text: the plan's own words, or ours in the reader's language."""
    return Label(DRAW) if contest.tie_seed_source == DRAW else contest.tie_seed_source


def drawn(typed: str) -> str:
    """What a public draw or source gave, as it breaks a tie, its letters small; '' where nobody publishes that."""
    said = typed.strip().lower()
    return said if _PUBLISHED.fullmatch(said) else ""


def numbers(seed: str) -> str:
    """Of what broke a tie the part that was drawn, as people are told it: '48213', of a long code its beginning.

    The rest is the head of the log at the close; the whole stands on the page and in the export.
    """
    given = seed.rpartition(":")[0] or seed
    return _LONG.sub(lambda code: f"{code[0][:8]}...", given)


def minute(facts: Facts, option: Share, given: str) -> tuple[str, str]:
    """(what the assembly wrote down of this option's tie, msgid of what is wrong with it).

    '' and '': nothing is to be noted. Once noted it holds for every option of the tie, until the result is published.
    """
    said = written(given)
    if not by_assembly(facts, option):
        return "", _("De {title} no decidió una asamblea: no hubo empate. No lleva acta.") if said else ""
    if not said and not facts.minute:
        return "", _("{title} empató y decidió la asamblea. Falta el acta: quién, cuándo y qué dice (--minute).")
    fits = len(sms_text(said)) <= MAX_MINUTE
    return said, "" if fits else _("El acta es muy larga. Caben {most} letras.")


def by_assembly(facts: Facts, option: Share) -> bool:
    """Whether an assembly decides what becomes of this option."""
    return option.waiting and facts.contest.tie_mode == "assembly"


def instead(facts: Facts) -> Label | None:
    """What stands in the message of a close for the day of the result, where there is none."""
    if waits(facts):
        by_assembly = facts.contest.tie_mode == "assembly"
        return Label(_("Hubo empate: decide la asamblea.") if by_assembly else _("Hubo empate: decide el sorteo."))
    if facts.counted and not facts.quorum:
        return Label(_("No llegó el mínimo: no se elige nada."))
    return None
