"""Put right what a broadcast said: free words of the team, to exactly those who may have read it.

What of the first still waits does not leave any more. Where the first asks who comes, the correction asks it again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot import broadcast, quiet
from bot.actions import translated
from bot.actions.announce import GOING
from bot.broadcast import Act, Ledger, Variant
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.kinds import written
from bot.message import Reply
from bot.results import sentence, stopped
from bot.sms import sms_text
from bot.spoken import Said, others
from storage import audit, broadcasts, corrections, labs
from storage.corrections import First
from storage.labs import Lab, Session
from storage.store import Unit
from storage.texts import Texts

MOST = 90  # letters: with them the message is one SMS
STALE = timedelta(days=14)  # who is not reached by then has forgotten what was wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Whom a correction would reach, in which words, at what cost, when."""

    first: First
    lab: Lab
    people: int  # to be typed before it is sent
    by_channel: dict[str, int]
    skipped: dict[str, int]  # reason -> people
    segments: int  # of all SMS together
    samples: dict[str, str]  # channel -> its commonest wording; 'sms en' in another language
    langs: dict[str, int]  # language -> people who read it there
    when: datetime
    done_before: Ledger | None
    mailings: tuple[Mailing, ...]  # what costs.of prices


def preview(unit: Unit, catalogues: Catalogues, code: str, text: str, texts: Texts | None = None) -> Seen:
    """Look at it; nothing is sent or stopped. Refused when it can not be done. texts: language -> {'text': ...}"""
    first, lab = allowed(unit, catalogues, code)
    said = _judged(catalogues, lab, text, texts or {})
    meeting = _meeting(unit, first)
    who = corrections.received(first.id)
    seen = broadcast.look(unit, who, lab_id=lab.id, kind=corrections.KIND, priority=first.priority)
    replies = {name: words(catalogues, seen.variant(name), lab, said, meeting) for name in seen.variants}
    before, at = broadcasts.found(unit, _idem(first, said)), _due(unit, first, lab)
    return Seen(
        first=first,
        lab=lab,
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
        segments=broadcast.segments(seen, replies),
        samples=broadcast.samples(seen, replies),
        langs=seen.langs,
        when=at,
        done_before=broadcasts.ledger(unit, before) if before is not None else None,
        mailings=(Mailing(audience=who, lab_id=lab.id, replies=replies, at=at),),
    )


def correct(
    unit: Unit,
    catalogues: Catalogues,
    code: str,
    text: str,
    texts: Texts | None = None,
    *,
    by: str,
    expect: int,
    not_before: datetime | None = None,
) -> Ledger:
    """Do it; the same words twice are one. Refused while the first still goes out: nobody can count whom it reaches.

    `expect`: the number of people that was shown; another number now is refused.
    """
    corrections.hold(unit, code)
    first, lab = allowed(unit, catalogues, code)
    said = _judged(catalogues, lab, text, texts or {})
    before = broadcasts.found(unit, _idem(first, said))
    if before is not None:
        return broadcasts.ledger(unit, before)
    if first.state == "sending" and first.waiting:
        told = _("El envío {code} todavía sale. Detenlo primero: ALTO ENVIO.")
        raise Refused(catalogues.told(told, code=first.code))
    kept_back = corrections.end(unit, first.id)
    meeting, act = _meeting(unit, first), _act(unit, first, lab, said, by, not_before)
    ledger = broadcast.send(unit, act, lambda variant: words(catalogues, variant, lab, said, meeting))
    if ledger.pending != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=ledger.pending))
    numbers = {"people": ledger.pending, "skipped": ledger.skipped, "broadcast": ledger.code, "kept_back": kept_back}
    audit.record(unit, "broadcast.corrected", first.code, numbers, actor=by)
    return ledger


def words(catalogues: Catalogues, variant: Variant, lab: Lab, said: Said, meeting: Session | None) -> Reply:
    """The same for all: its first line names nobody, so that a shared phone gives nothing away (G9)."""
    told = _("Corrección de un mensaje del laboratorio de {lab}: {right}")
    alone = said.each(lambda text: stopped(text)[:-1])
    name = "correccion" if meeting is None else "correccion_vas"  # what asks has buttons of its own
    template = broadcast.approved(catalogues, variant, name, lab.name, alone)
    about: dict[str, Any] = {"template": template, "lab": lab.name, "right": said}
    if meeting is None:
        return broadcast.worded(catalogues, variant, told, **about)
    listed = 2 if variant.voice.short else None
    asked: dict[str, Any] = {"question": _("¿Vas?"), "name": "going", "options": GOING, "listed": listed}
    return broadcast.worded(catalogues, variant, told, **asked, **about)


def allowed(unit: Unit, catalogues: Catalogues, code: str) -> tuple[First, Lab]:
    """The broadcast and its lab. Refused where there is nothing of it that may be put right."""
    first = corrections.first(unit, code)
    if first is None:
        known = broadcasts.by_code(unit, code) is not None
        told = _("El envío {code} no se corrige: no dice lo mismo a todos.") if known else _("No hay un envío {code}.")
        raise Refused(catalogues.told(told, code=code))
    lab = labs.lab_by_id(unit, first.lab_id)
    if not lab.authorised:
        raise Refused(catalogues.told(_("La comunidad detuvo este laboratorio. No sale nada más.")))
    if not first.received:
        told = _("Nadie recibió el envío {code}. No hay a quién corregir. Para que no salga, escribe ALTO ENVIO.")
        raise Refused(catalogues.told(told, code=first.code))
    return first, lab


def _judged(catalogues: Catalogues, lab: Lab, text: str, texts: Texts) -> Said:
    """The words in each language, in single lines. Raises Refused."""
    plain = written(text)
    if not any(c.isalpha() for c in plain):
        raise Refused(catalogues.told(_("Falta lo correcto (--text). Escríbelo en una frase.")))
    if len(sms_text(plain)) > MOST:
        raise Refused(catalogues.told(_("Es muy largo. Caben {most} letras."), most=MOST))
    told = translated.judged(catalogues, lab.langs, {"text": plain}, texts, {"text": MOST})
    return Said(plain, others(told, "text")).each(sentence)


def _meeting(unit: Unit, first: First) -> Session | None:
    """The session that the first asks who comes to, while it is still ahead."""
    if first.session_id is None or (first.opens or {}).get("conversation") != "invitation":
        return None
    meeting = labs.session_by_id(unit, first.session_id)
    return meeting if meeting.state == "published" and meeting.starts_at > unit.now else None


def _due(unit: Unit, first: First, lab: Lab, not_before: datetime | None = None) -> datetime:
    at = max(not_before or unit.now, unit.now)
    if first.session_id is None:
        return quiet.held(at, lab.tz)
    meeting = labs.session_by_id(unit, first.session_id)
    return quiet.held_change(at, meeting.tz, meeting.starts_at)


def _act(unit: Unit, first: First, lab: Lab, said: Said, by: str, not_before: datetime | None) -> Act:
    due, meeting = _due(unit, first, lab, not_before), _meeting(unit, first)
    return Act(
        kind=corrections.KIND,
        idem=_idem(first, said),
        by=by,
        audience=corrections.received(first.id),
        due_at=due,
        expires_at=meeting.starts_at if meeting else due + STALE,
        lab_id=lab.id,
        session_id=first.session_id,
        contest_id=first.contest_id,
        opens=first.opens if meeting else None,
        priority=first.priority,
    )


def _idem(first: First, said: Said) -> str:
    return corrections.idem(first.code, json.dumps([said.plain, dict(said.others)], sort_keys=True))
