"""First contact from the list of an earlier lab: look first, then keep the numbers and ask each of them once.

Before a yes there is a sealed number and where it is from, nothing else of it: no name is read (people.md 4.1, 5).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from bot import broadcast, quiet
from bot.actions.staff import lines
from bot.broadcast import Act, Ledger, Variant, Words
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.listfile import Numbers, Why
from bot.message import Reply
from bot.sending_rules import sender_for
from bot.sms import segments, sms_text
from bot.spoken import said
from storage import audiences, audit, broadcasts, closures, forgetting, labs, lists, senders
from storage.labs import Lab
from storage.lots import more
from storage.senders import Sender
from storage.store import Unit

ASKS = _("Convoca, de {organiser}. Tu número está en {source}. Queremos contarte qué pasó.")
YES_NO = (("yes", _("Sí")), ("no", _("No")))
LONGEST = 40  # letters of a source: with them the message is one SMS
LOT = 500  # numbers of one unit of work: a sender, or a neighbour who writes, waits for no more of them


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list that somebody brings: its numbers, whose it is, and what the operator's settings say of senders."""

    read: Numbers  # as of the lab's country; read before any unit of work, since it takes a second or two
    lab: str  # slug
    source: str  # as the message says it: 'la lista del primer laboratorio'
    rules: str = ""  # CONVOCA_SMS_BY_COUNTRY
    whole: str = ""  # the mark of the list that it is a lot of; '': it is a list by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be kept and asked, in which words, and which rows are refused. No number, no name."""

    lab: Lab
    source: str
    rows: int
    people: int  # to be typed before they are asked
    unsent: int  # of them: no sender is there to ask them, so the import would be refused
    refused: Mapping[Why, Sequence[int]]  # -> rows of the file
    by_sender: Mapping[str, int]
    segments: int
    samples: Mapping[str, str]  # channel -> the words
    when: datetime


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The numbers that may be asked, each with its country and its sender, and the refused rows."""

    fresh: Mapping[str, str]  # number -> country
    senders: Mapping[str, Sender]  # fewer than fresh: nobody can ask the others
    refused: Sequence[tuple[int, Why]]


def preview(unit: Unit, catalogues: Catalogues, given: List) -> Preview:
    """Look at a list; nothing is kept or sent. Refused when it could not be."""
    lab = allowed(unit, catalogues, given.lab, given.source)
    found = _sorted(unit, given.read, given.rules)
    said = words(catalogues, _variant(catalogues, lab), lab, given.source)
    refused: dict[Why, list[int]] = {}
    for row, why in sorted(found.refused):
        refused.setdefault(why, []).append(row)
    return Preview(
        lab=lab,
        source=given.source.strip(),
        rows=given.read.rows,
        people=len(found.fresh),
        unsent=len(found.fresh) - len(found.senders),
        refused=refused,
        by_sender=Counter(sender.name for sender in found.senders.values()),
        segments=len(found.fresh) * segments(sms_text(said.text)).parts,
        samples={"sms": said.text},
        when=quiet.held(unit.now, lab.tz),
    )


def lots(unit: Unit, catalogues: Catalogues, given: List, expect: int) -> list[List]:
    """A list in lots of which each is imported by itself; those of one list are one broadcast, whenever it goes on.

    expect: the number of people that was shown: another now is refused, before anything is kept
    """
    lab = allowed(unit, catalogues, given.lab, given.source)
    found = _sorted(unit, given.read, given.rules)
    _agreed(catalogues, len(found.fresh), expect)
    about = "|".join([lab.slug, given.source.strip(), *sorted(given.read.found)])
    mark = hashlib.sha256(unit.ring.fingerprint("list", about).encode()).hexdigest()[:16]
    waiting = iter(found.fresh.items())
    return [
        replace(given, read=_lot(given.read, part), whole=mark) for part in iter(lambda: dict(islice(waiting, LOT)), {})
    ]


def _lot(read: Numbers, part: Mapping[str, str]) -> Numbers:
    return Numbers(len(part), part, {number: read.at[number] for number in part})


def import_people(unit: Unit, catalogues: Catalogues, given: List, by: str, expect: int | None = None) -> Ledger:
    """Keep the numbers and ask each once. The same list again asks nobody: every number of it is known then.

    expect: the number of people that was shown: another now is refused; None: of a lot of `lots`, which looked at it
    """
    lab = allowed(unit, catalogues, given.lab, given.source)
    found = _sorted(unit, given.read, given.rules)
    if len(found.senders) < len(found.fresh):
        raise nobody_sends(catalogues)
    due = quiet.held(unit.now, lab.tz)
    source, lang = given.source.strip(), _variant(catalogues, lab).voice.lang
    entry = lists.Entry(lab_id=lab.id, source=source, lang=lang, asked_at=due)
    ids = lists.keep(unit, {number: sender.id for number, sender in found.senders.items()}, entry, found.fresh)
    if expect is not None:
        _agreed(catalogues, len(ids), expect)
    act = Act(
        kind=lists.FIRST_CONTACT,
        idem=f"{lists.FIRST_CONTACT}:{lab.slug}:{given.whole or _mark(ids)}",
        by=by,
        audience=audiences.addresses(unit, ids),
        strangers=True,
        due_at=due,
        expires_at=due + forgetting.LISTED_STAYS,
        lab_id=lab.id,
        opens={"conversation": lists.FIRST_CONTACT, "args": {"lab": lab.slug, "source": source}},
    )
    ledger = _sent(unit, act, lambda variant: words(catalogues, variant, lab, source))
    told = {"people": len(ids), "refused": len(found.refused), "source": source, "broadcast": ledger.code}
    audit.record(unit, "list_imported", subject=lab.slug, payload=told, actor=by)
    return ledger


def _agreed(catalogues: Catalogues, people: int, expect: int) -> None:
    if people != expect or not people:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=people))


def _sent(unit: Unit, act: Act, words: Words) -> Ledger:
    """The first lot of a list makes its broadcast; the others join it. Refused once somebody has stopped it."""
    there = broadcasts.found(unit, act.idem)
    if there is None:
        return broadcast.send(unit, act, words)
    before = broadcasts.ledger(unit, there)
    if before.state == "stopped":
        raise Refused(f"It was stopped. To let it go on: convoca broadcast resume {before.code}. Then say it again.")
    comarca = broadcast.in_comarca(unit, act.lab_id)

    def body(name: str) -> dict[str, Any] | None:
        reply = words(broadcast.variant_of(name, there, comarca=comarca))
        return reply.to_json() if reply else None

    more(unit, there, act, body)
    return broadcasts.ledger(unit, there)


def words(catalogues: Catalogues, variant: Variant, lab: Lab, source: str) -> Reply:
    """The one message. It names nobody, so whoever reads the phone reads the same."""
    return broadcast.worded(
        catalogues,
        variant,
        ASKS,
        question=_("¿Aceptas?"),
        name="consent",
        options=YES_NO,
        organiser=said(lab, "organiser_short"),
        source=source.strip(),
    )


def _variant(catalogues: Catalogues, lab: Lab) -> Variant:
    """Nobody has chosen a language yet: it is the lab's first that is written."""
    written = [tag for tag in lab.langs if tag in catalogues.listed()]
    comarca = lab.setting == labs.COMARCA
    return broadcast.variant_of(f"sms/{next(iter(written), 'es')}/{lab.form}/own/{audiences.ALL}", comarca=comarca)


def _mark(ids: Sequence[int]) -> str:
    """One list, one broadcast: an address stands on one list only."""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:16]


def _sorted(unit: Unit, read: Numbers, rules: str) -> _Sorted:
    standing = lists.standing(unit, list(read.found))
    refused = [*read.refused, *((read.at[number], Why[why]) for number, why in standing.items())]
    lines, shut = senders.senders(unit), closures.pairs(unit)
    fresh = {number: land for number, land in read.found.items() if number not in standing}
    ways = {number: sender_for(land, lines, rules, shut) for number, land in fresh.items()}
    chosen = {number: sender for number, sender in ways.items() if sender is not None}
    return _Sorted(fresh, chosen, refused)


def nobody_sends(catalogues: Catalogues) -> Refused:
    """Why a list that may be shown can not be asked: no sender of SMS is there."""
    told = _("No hay quien mande SMS. Mira convoca check. Deja andando convoca run --role all.")
    return Refused(catalogues.told(told))


def allowed(unit: Unit, catalogues: Catalogues, slug: str, source: str) -> Lab:
    """The lab, if the people of a list may be asked for it. Raises Refused."""
    lab = labs.lab(unit, slug)
    if lab is None:
        raise Refused(catalogues.told(_("No hay un laboratorio {slug}."), slug=slug))
    why = ""
    if not lab.authorised:
        why = lines.UNAUTHORISED
    elif lab.state == "draft":
        why = _("El laboratorio de {lab} no está publicado. Publícalo primero.")
    elif not 3 <= len(source.strip()) <= LONGEST or "{" in source or not source.isprintable():
        why = _("--source dice de dónde es el número, en {max} letras o menos: la lista del primer laboratorio.")
    if why:
        raise Refused(catalogues.told(why, lab=lab.name, max=LONGEST))
    return lab
