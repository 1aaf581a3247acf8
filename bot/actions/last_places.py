"""The tick of the last hours: free places are of who arrives first, and at the start the waiting list closes.

Whoever waits is told each of the two once (accountability.md 1.4, 1.5).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bot import broadcast, quiet
from bot.broadcast import Act, Ledger, Variant
from bot.i18n import Catalogues, Count, Label, When, _, n_
from bot.message import Reply
from bot.spoken import said
from storage import audiences, broadcasts, contests, labs, last_places, registrations, sessions
from storage.labs import Session
from storage.store import Unit

FIRST = _("{person}, {seats}. Laboratorio: {when}, {place}.")


def due(unit: Unit, catalogues: Catalogues) -> int:
    """Tell both; how many times. Any number of processes may call it."""
    told = sum(_first_to_arrive(unit, catalogues, session_id) for session_id in last_places.soon(unit))
    return told + sum(_closed(unit, catalogues, session_id) for session_id in last_places.begun(unit))


def seats(count: int) -> Count:
    """So many places, as an argument of FIRST."""
    some = n_("hay {n} lugar libre, para quien llegue primero", "hay {n} lugares libres, para los primeros que lleguen")
    return Count(*some, count)


def _first_to_arrive(unit: Unit, catalogues: Catalogues, session_id: int) -> int:
    """Those who wait for the same places are told of them together, once."""
    sessions.lock(unit, session_id)
    meeting = labs.session_by_id(unit, session_id)
    if quiet.held_change(unit.now, meeting.tz, meeting.starts_at) > unit.now:
        return 0  # in the morning there may be more of them, or none
    told = 0
    for reserve_id, people in last_places.queue(unit, session_id).items():
        count, idem = last_places.free(unit, session_id, reserve_id), _idem(meeting, reserve_id)
        if count and broadcasts.found(unit, idem) is None:
            who = dict.fromkeys(people, audiences.ALL)
            told += _send(unit, _act(unit, meeting, idem, who), partial(_free, catalogues, meeting, count)) is not None
    return told


def _closed(unit: Unit, catalogues: Catalogues, session_id: int) -> int:
    """The list closes: an offer that nobody answered is over, too."""
    sessions.lock(unit, session_id)
    meeting = labs.session_by_id(unit, session_id)
    idem = f"list closed:{meeting.code}"
    if broadcasts.found(unit, idem) is not None:
        return 0
    why = {
        person: "first" if broadcasts.found(unit, _idem(meeting, reserve_id)) is not None else "full"
        for reserve_id, people in last_places.queue(unit, session_id).items()
        for person in people
    }
    choosing = contests.open_slug(unit, meeting.lab_id) is not None
    ledger = _send(unit, _act(unit, meeting, idem, why), partial(_over, catalogues, meeting, choosing))
    if ledger is not None:
        registrations.close_offers(unit, session_id, told_by=ledger.broadcast_id)
    return int(ledger is not None)


def _idem(meeting: Session, reserve_id: int | None) -> str:
    return f"first to arrive:{meeting.code}:{reserve_id or 0}:{meeting.revision}"


def _act(unit: Unit, meeting: Session, idem: str, who: dict[int, str]) -> Act:
    """What speaks of free places is over at the start; what says that the list closed a day later."""
    begun = meeting.starts_at <= unit.now
    held = quiet.held(unit.now, meeting.tz)
    return Act(
        kind="offer",
        idem=idem,
        by="clock",
        audience=audiences.listed(unit, who),
        due_at=held if begun else unit.now,
        expires_at=held + last_places.LATE if begun else meeting.starts_at,
        lab_id=meeting.lab_id,
        session_id=meeting.id,
        priority=1,
    )


def _send(unit: Unit, act: Act, words: Callable[[Variant], Reply]) -> Ledger | None:
    """None: its community has not allowed it (people.md 4.4)."""
    if act.lab_id is None or not labs.lab_by_id(unit, act.lab_id).authorised:
        return None
    return broadcast.send(unit, act, words)


def _free(catalogues: Catalogues, meeting: Session, count: int, variant: Variant) -> Reply:
    """How many, when and where; on a shared phone no name."""
    text = _("Convoca, para quien está en espera: {seats}. Laboratorio: {when}, {place}.") if variant.shared else FIRST
    return _worded(catalogues, variant, meeting, text, seats(count), seats=seats(count), place=said(meeting, "place"))


def _over(catalogues: Catalogues, meeting: Session, choosing: bool, variant: Variant) -> Reply:
    """Why there was no place, and what comes next. No name: a shared phone reads the same."""
    why = {
        "full": Label(_("no se abrió un lugar")),
        "first": Label(_("los lugares libres eran de los primeros en llegar")),
    }[variant.group]
    then = Label(_("Para elegir desde tu casa, escribe ELEGIR.") if choosing else _("Te aviso de la próxima reunión."))
    text = _("Empezó el laboratorio del {when} y se cerró la lista de espera: {why}. {then}")
    return _worded(catalogues, variant, meeting, text, why, why=why, then=then)


def _worded(catalogues: Catalogues, variant: Variant, meeting: Session, text: str, news: object, **args: Any) -> Reply:
    when = When(meeting.starts_at, meeting.tz)
    template = broadcast.approved(catalogues, variant, "lista_de_espera", when, news)
    return broadcast.worded(catalogues, variant, text, template=template, person="{name}", when=when, **args)
