"""Answer a neighbour who asked for a person: the words go to her phone, signed by the team, and the matter is done."""

from __future__ import annotations

from bot.actions.staff import lines
from bot.errors import Refused
from bot.i18n import Catalogues, Voice, _
from bot.kinds import written
from bot.message import LIMITS, Reply
from bot.sms import segments, sms_text
from bot.spoken import said as in_words
from storage import audit, handovers, labs, outbox, people
from storage.handovers import Waiting
from storage.people import Address
from storage.store import Unit

LONGEST = 100  # letters by SMS: with the signature it is one segment


def wrote(unit: Unit, catalogues: Catalogues, handover_id: int, *, by: str) -> tuple[Waiting, str]:
    """Who waits, and what she wrote last ('' for no words); a complaint is then read by this one person alone.

    Refused when nobody waits, or another of the team reads the complaint.
    """
    waits = handovers.hold(unit, handover_id)
    if waits is None or waits.done:
        raise Refused(catalogues.told(lines.NOBODY_WAITS_THERE))
    if waits.reason != handovers.COMPLAINT:
        return waits, handovers.last_words(unit, waits.address_id, waits.person_id)
    said = handovers.take(unit, waits, by)
    if said is None:
        raise Refused(catalogues.told(lines.TAKEN))
    return waits, said


def answer(unit: Unit, catalogues: Catalogues, handover_id: int, words: str, *, by: str) -> None:
    """Send it. Refused when somebody of the team was quicker, or it can not be sent as it is."""
    said = written(words)
    waits, at = reach(unit, catalogues, handover_id)
    text = worded(unit, catalogues, handover_id, said)
    if not said:
        raise Refused(catalogues.told(lines.NO_WORDS))
    if at.channel == "sms" and segments(sms_text(text)).parts > 1:
        raise Refused(catalogues.told(lines.TOO_LONG, most=LONGEST))
    body = Reply(text=text).to_json()
    outbox.put_reply(unit, sender_id=at.sender_id or 0, address_id=at.id, person_id=waits.person_id, reply=body)
    handovers.done(unit, handover_id)
    audit.record(unit, "handover.answered", f"handover:{handover_id}", {"reason": waits.reason}, actor=by)


def reach(unit: Unit, catalogues: Catalogues, handover_id: int) -> tuple[Waiting, Address]:
    """Who waits, held by this unit, and where. Refused when she has an answer already, or can not be written to."""
    waits = handovers.hold(unit, handover_id)
    if waits is None or waits.done:
        raise Refused(catalogues.told(lines.ANSWERED))
    at = people.address_by_id(unit, waits.address_id)
    if at.value is None or at.sender_id is None or at.opted_out_at:
        raise Refused(catalogues.told(lines.UNREACHABLE))
    return waits, at


def voice_to(unit: Unit, at: Address, person_id: int | None) -> Voice:
    """How this neighbour is addressed: her own wish, else that of her phone, else of her lab."""
    person = people.person_by_id(unit, person_id) if person_id is not None else None
    lab = labs.home(unit, at.id)
    form = (person.form if person else "") or at.form or (lab.form if lab else "tu")
    return Voice(lang=person.lang if person else at.lang, form=form, context=LIMITS[at.channel].context)


def worded(unit: Unit, catalogues: Catalogues, handover_id: int, said: str) -> str:
    """What the neighbour reads."""
    waits = handovers.hold(unit, handover_id)
    if waits is None:
        return ""
    at = people.address_by_id(unit, waits.address_id)
    lab = labs.home(unit, at.id)
    organiser = in_words(lab, "organiser_short") if lab else "Convoca"
    voice = voice_to(unit, at, waits.person_id)
    return catalogues.text(voice, _("{answer} (El equipo de {organiser})"), answer=said, organiser=organiser)
