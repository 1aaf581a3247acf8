"""Where each person of an audience is reached, or why not: one select for the snapshot and for its preview."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)

from storage import labs, leaving, permissions, senders, which_way
from storage.store import Unit
from storage.tables import address, consent, contact, lab, person, recipient
from storage.tables.base import Instant

SHARED = "shared"


def placed(
    unit: Unit,
    audience: Select[Any],
    *,
    lab_id: int | None = None,
    shared: Literal["one", "each"] = "one",
    priority: int = leaving.NEWS,
    kind: str = "invitation",
    at: datetime | None = None,
) -> Select[Any]:
    """person_id, address_id, channel, state, reason, variant of each person concerned, who is there once.

    Which of her addresses it is says the table of storage/which_way.py, for a broadcast of this kind that is due `at`
    (now, for None) and of this priority. The variant is '<channel>/<lang>/<form>/<phone>/<group>',
    where phone is 'own' or 'shared' (several persons use it): a shared one is told no name, no option (G9).
    Reasons, in this order: unauthorised (its comarca does not allow the lab now), no_consent, no_address, opted_out,
    unreachable, cap (of storage/cadence.py), shared.
    """
    chosen = _chosen(audience, priority, which_way.standing(unit, kind, at or unit.now))
    judged = _judged(unit, chosen, lab_id).subquery("judged")
    reason: ColumnElement[Any] = judged.c.reason
    if shared == "one":
        reason = case((and_(reason.is_(None), _turn_on_phone(judged) > 1), literal(SHARED)), else_=reason)
    ranked = select(judged, reason.label("why")).subquery("ranked")
    pending = ranked.c.why.is_(None)
    phone = case((ranked.c.with_others, literal("shared")), else_=literal("own"))
    variant = ranked.c.channel + "/" + ranked.c.lang + "/" + ranked.c.form + "/" + phone + "/" + ranked.c.grp
    return select(
        ranked.c.person_id,
        ranked.c.address_id,
        ranked.c.channel,
        case((pending, literal("pending")), else_=literal("skipped")).label("state"),
        ranked.c.why.label("reason"),
        case((pending, variant), else_=null()).label("variant"),
    )


def reached(unit: Unit, people: Select[Any], *, lab_id: int, kind: str) -> Select[Any]:
    """Those of them (a select of ids) whom a message about their own place would reach now, each by herself."""
    given = people.subquery("people")
    audience = select(next(iter(given.c)).label("person_id"), literal("all").label("grp"))
    told = placed(unit, audience, lab_id=lab_id, shared="each", priority=leaving.NEWS - 1, kind=kind).subquery("told")
    return select(told.c.person_id).where(told.c.state == "pending")


def left_meanwhile(unit: Unit, broadcast_id: int) -> bool:
    """Whether somebody is placed on a phone that is hers no more: a turn that erased or parted her had it when she was
    found. On PostgreSQL the rows waited for that turn, by their keys; whatever comes after it waits for them."""
    there = contact.c.person_id == recipient.c.person_id, contact.c.address_id == recipient.c.address_id
    placed = recipient.c.broadcast_id == broadcast_id, recipient.c.person_id.is_not(None)
    gone = select(recipient.c.id).where(*placed, recipient.c.address_id.is_not(None), ~exists().where(*there))
    return unit.db.execute(gone.limit(1)).first() is not None


def asked_too(unit: Unit, broadcast_id: int, person_id: int) -> bool:
    """Whether this person was asked by the message to another of her phone: there is one for all of them."""
    hers = recipient.c.broadcast_id == broadcast_id, recipient.c.person_id == person_id
    return bool(unit.db.execute(select(exists().where(*hers, recipient.c.reason == SHARED))).scalar())


def _turn_on_phone(judged: Subquery) -> ColumnElement[int]:
    """1 for who gets the message of a shared phone: who wrote there last, else the first who was there."""
    speaks = case((judged.c.speaker_id == judged.c.person_id, 0), else_=1)
    together = [judged.c.address_id, case((judged.c.reason.is_(None), 1), else_=0)]
    return func.row_number().over(partition_by=together, order_by=[speaks, judged.c.person_id])


def _chosen(audience: Select[Any], priority: int, standing: which_way.Standing) -> Subquery:
    """Each person concerned once, with the address that is written to."""
    given = audience.subquery("given")
    enough = func.max(case((given.c.capped, 1), else_=0)) if "capped" in given.c else literal(0)
    columns = given.c.person_id, func.min(given.c.grp).label("grp"), enough.label("capped")
    once = select(*columns).group_by(given.c.person_id)
    concerned = once.subquery("concerned")
    left = leaving.left_at(priority)
    usable = and_(*_usable(), left.is_(None))
    lang = select(person.c.lang).where(person.c.id == concerned.c.person_id).scalar_subquery()
    order = which_way.order(usable, lang, standing)
    own = and_(left.is_not(None), ~_others_on(address.c.id, concerned.c.person_id))
    own_exit = case((own, left), else_=null())
    per_person = func.row_number().over(partition_by=concerned.c.person_id, order_by=order)
    every = (
        select(
            concerned.c.person_id,
            concerned.c.grp,
            concerned.c.capped,
            address.c.id.label("address_id"),
            address.c.channel,
            address.c.sender_id,
            address.c.form,
            address.c.speaker_id,
            address.c.reachable,
            left.label("opted_out_at"),
            address.c.last_inbound_at,
            _known().label("known"),
            func.max(own_exit, type_=Instant()).over(partition_by=concerned.c.person_id).label("left_at"),
            per_person.label("turn"),
        )
        .join_from(concerned, contact, contact.c.person_id == concerned.c.person_id, isouter=True)
        .join(address, address.c.id == contact.c.address_id, isouter=True)
        .subquery("every")
    )
    return select(every).where(every.c.turn == 1).subquery("chosen")


def _usable() -> list[ColumnElement[bool]]:
    return [_known(), address.c.reachable]


def _known() -> ColumnElement[bool]:
    """There is an address, and somebody of ours who writes to it."""
    ours = and_(address.c.sender_id.is_not(None), ~senders.off(address.c.sender_id))
    return and_(address.c.value.is_not(None), ours, ~address.c.forget)


def _others_on(address_id: ColumnElement[int], person_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Other people write from this address too."""
    other = contact.alias("other")
    return exists().where(other.c.address_id == address_id, other.c.person_id != person_id)


def _judged(unit: Unit, chosen: Subquery, lab_id: int | None) -> Select[Any]:
    """The first reason for which a person can not be told, if there is one."""
    # Leaving on a phone of her own is leaving (people.md 4.1, 9), and her permission with it: she agrees anew on
    # another phone of her own, where she has written since; never by what somebody writes from a shared one.
    with_others = _others_on(chosen.c.address_id, chosen.c.person_id)
    not_since = or_(chosen.c.last_inbound_at.is_(None), chosen.c.left_at >= chosen.c.last_inbound_at, with_others)
    left = and_(chosen.c.left_at.is_not(None), not_since)
    reason = case(
        (literal(not _allowed(unit, lab_id)), literal("unauthorised")),
        (~_agreed(chosen.c.person_id, lab_id, permissions.stands_or_left()), literal("no_consent")),
        (or_(chosen.c.address_id.is_(None), ~chosen.c.known), literal("no_address")),
        (or_(chosen.c.opted_out_at.is_not(None), left), literal("opted_out")),
        (~permitted(chosen.c.person_id, lab_id), literal("opted_out")),
        (~chosen.c.reachable, literal("unreachable")),
        (chosen.c.capped == 1, literal("cap")),
        else_=null(),
    )
    usual = select(lab.c.form).where(lab.c.id == lab_id).scalar_subquery() if lab_id is not None else literal("tu")
    form = func.coalesce(func.nullif(person.c.form, ""), func.nullif(chosen.c.form, ""), usual)
    return (
        select(
            chosen.c.person_id,
            chosen.c.grp,
            chosen.c.address_id,
            chosen.c.channel,
            chosen.c.speaker_id,
            person.c.lang,
            form.label("form"),
            with_others.label("with_others"),
            reason.label("reason"),
        )
        .join_from(chosen, person, person.c.id == chosen.c.person_id)
        .where(person.c.erased_at.is_(None))
    )


def _allowed(unit: Unit, lab_id: int | None) -> bool:
    """From the moment a comarca takes its authorisation back its lab writes to nobody, whoever asks (people.md 4.4)."""
    return lab_id is None or labs.lab_by_id(unit, lab_id).authorised


def strangers(audience: Select[Any], lab_id: int | None = None) -> Select[Any]:
    """The same columns for (address_id, grp) of nobody we know yet: person_id is NULL, and no permission is looked for.

    They are asked for one. Reason: no_address, for what can not be written to (wiped, left, unreachable).
    """
    given = audience.subquery("given")
    usual = select(lab.c.form).where(lab.c.id == lab_id).scalar_subquery() if lab_id is not None else literal("tu")
    form = func.coalesce(func.nullif(address.c.form, ""), usual)
    variant = address.c.channel + "/" + address.c.lang + "/" + form + "/own/" + given.c.grp
    usable = and_(*_usable(), leaving.left_at(leaving.NEWS).is_(None))
    return select(
        cast(null(), BigInteger).label("person_id"),
        address.c.id.label("address_id"),
        address.c.channel,
        case((usable, literal("pending")), else_=literal("skipped")).label("state"),
        case((usable, null()), else_=literal("no_address")).label("reason"),
        case((usable, variant), else_=null()).label("variant"),
    ).join_from(given, address, address.c.id == given.c.address_id)


def permitted(person_id: ColumnElement[int], lab_id: int | None) -> ColumnElement[bool]:
    """The person's permission stands: for this lab (any lab when None), or for news of labs of its place."""
    return _agreed(person_id, lab_id, permissions.stands())


def _agreed(person_id: ColumnElement[int], lab_id: int | None, given: ColumnElement[bool]) -> ColumnElement[bool]:
    covers = permissions.for_lab(lab_id) if lab_id is not None else consent.c.purpose.in_(("lab", "news"))
    return exists().where(consent.c.person_id == person_id, given, covers)
