"""The tick of the waiting list: offers that ran out go on to the next, and each offer is told to its person, once."""

from __future__ import annotations

from functools import partial

from sqlalchemy import update

from bot import broadcast, quiet
from bot.broadcast import Act, Variant
from bot.i18n import Catalogues, Label, When, _
from bot.message import Reply, Template
from storage import audiences, labs, registrations, seats
from storage import tables as t
from storage.labs import Session
from storage.store import Unit

TAKES_IT, TAKE_THEM = _("¿Lo tomas?"), _("¿Los tomas?")
TAKES = (("yes", _("Sí")), ("no", _("No")))


def due(unit: Unit, catalogues: Catalogues) -> int:
    """Expire, promote, tell; how many people were told something. Any number of processes may call it."""
    freed = registrations.expire_offers(unit).union(seats.unheld(unit))
    for session_id in sorted(freed.union(registrations.unfilled(unit))):
        registrations.fill_places(unit, session_id)
    return _tell_offers(unit, catalogues) + _tell_expired(unit, catalogues)


def _tell_offers(unit: Unit, catalogues: Catalogues) -> int:
    offers = registrations.untold_offers(unit)
    for one in offers:
        meeting = labs.session_by_id(unit, one.session_id)
        if not labs.lab_by_id(unit, meeting.lab_id).authorised:
            continue  # its comarca has stopped it: nothing is noted as told
        act = _act(unit, meeting, one, f"offer:{one.id}", opens="offer")
        until = When(one.expires_at, meeting.tz)
        ledger = broadcast.send(unit, act, partial(_offer, catalogues, meeting, until, party=one.party))
        unit.db.execute(update(t.offer).where(t.offer.c.id == one.id).values(broadcast_id=ledger.broadcast_id))
    return len(offers)


def _tell_expired(unit: Unit, catalogues: Catalogues) -> int:
    expired = registrations.untold_expiries(unit)
    for one in expired:
        meeting = labs.session_by_id(unit, one.session_id)
        act = _act(unit, meeting, one, f"offer expired:{one.id}")
        place = registrations.place_of(unit, meeting.id, one.person_id)
        told = one.told_id  # who has a new offer, or left, need not hear of the old one
        if place and place.state == "waiting":
            told = broadcast.send(unit, act, partial(_expired, catalogues, place.position)).broadcast_id
        unit.db.execute(update(t.offer).where(t.offer.c.id == one.id).values(expiry_told_id=told))
    return len(expired)


def _act(unit: Unit, meeting: Session, one: registrations.Offer, idem: str, opens: str = "") -> Act:
    lab = labs.lab_by_id(unit, meeting.lab_id)
    args = {"session": meeting.code, "lab": lab.slug}
    return Act(
        kind="offer",
        idem=idem,
        by="clock",
        audience=audiences.listed(unit, {one.person_id: audiences.ALL}),
        due_at=quiet.held_change(unit.now, meeting.tz, meeting.starts_at),
        expires_at=meeting.starts_at,
        lab_id=lab.id,
        session_id=meeting.id,
        opens={"conversation": opens, "args": args} if opens else None,
        shared="each",
        priority=1,
    )


def _offer(catalogues: Catalogues, meeting: Session, until: When, variant: Variant, party: int = 1) -> Reply:
    """Date, hour and deadline, of several places how many; on a shared phone no name."""
    when = When(meeting.starts_at, meeting.tz)
    return broadcast.worded(
        catalogues,
        variant,
        OFFERED[party > 1, variant.shared],
        template=_approved(catalogues, variant, when, until, party),
        question=TAKE_THEM if party > 1 else TAKES_IT,
        name="takes",
        options=TAKES,
        person="{name}",
        when=when,
        until=until,
        party=party,
    )


OFFERED = {  # (several places, on a shared phone)
    (False, False): _("{person}, se abrió un lugar para el {when}. Tienes hasta el {until}."),
    (False, True): _("Se abrió un lugar para el {when}, para quien está en espera. Hay tiempo hasta el {until}."),
    (True, False): _("{person}, se abrieron {party} lugares para el {when}. Tienes hasta el {until}."),
    (True, True): _(
        "Se abrieron {party} lugares para el {when}, para quien está en espera. Hay tiempo hasta el {until}."
    ),
}


def _approved(catalogues: Catalogues, variant: Variant, when: When, until: When, party: int) -> Template | None:
    """The approved text speaks of one place; of several the one of the waiting list does."""
    if party == 1:
        return broadcast.approved(catalogues, variant, "lugar_disponible", when, until)
    news = Label(
        _("se abrieron {party} lugares, hasta el {until}. Contesta 1 si los tomas"), {"party": party, "until": until}
    )
    return broadcast.approved(catalogues, variant, "lista_de_espera", when, news)


def _expired(catalogues: Catalogues, position: int, variant: Variant) -> Reply:
    text = _("{person}, no tuvimos respuesta y el lugar pasó a otra persona. Sigues en espera, en el lugar {position}.")
    if variant.shared:
        text = _("No tuvimos respuesta y el lugar pasó a otra persona. Quien esperaba sigue en el lugar {position}.")
    return broadcast.worded(catalogues, variant, text, person="{name}", position=position)
