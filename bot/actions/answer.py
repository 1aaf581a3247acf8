"""Answer a neighbour who asked for a person: the words go to her phone, signed by the team, and the matter is done."""

from __future__ import annotations

from bot.actions.staff import lines
from bot.errors import Refused
from bot.i18n import Catalogues, Voice, _
from bot.message import LIMITS, Reply
from bot.sms import segments, sms_text
from storage import audit, handovers, labs, outbox, people
from storage.store import Unit

STAFF = Voice()
LONGEST = 100  # letters by SMS: with the signature it is one segment


def answer(unit: Unit, catalogues: Catalogues, handover_id: int, words: str, *, by: str) -> None:
    """Send it. Refused when somebody of the team was quicker, or it can not be sent as it is."""
    said = " ".join(words.split())
    waits = handovers.hold(unit, handover_id)
    if waits is None or waits.done:
        raise Refused(catalogues.text(STAFF, lines.ANSWERED))
    at = people.address_by_id(unit, waits.address_id)
    if at.value is None or at.sender_id is None or at.opted_out_at:
        raise Refused(catalogues.text(STAFF, lines.UNREACHABLE))
    text = worded(unit, catalogues, handover_id, said)
    if not said or (at.channel == "sms" and segments(sms_text(text)).parts > 1):
        raise Refused(catalogues.text(STAFF, lines.TOO_LONG, most=LONGEST))
    body = Reply(text=text).to_json()
    outbox.put_reply(unit, sender_id=at.sender_id, address_id=at.id, person_id=waits.person_id, reply=body)
    handovers.done(unit, handover_id)
    audit.record(unit, "handover.answered", f"handover:{handover_id}", {"reason": waits.reason}, actor=by)


def worded(unit: Unit, catalogues: Catalogues, handover_id: int, said: str) -> str:
    """What the neighbour reads."""
    waits = handovers.hold(unit, handover_id)
    if waits is None:
        return ""
    at = people.address_by_id(unit, waits.address_id)
    lab = labs.home(unit, at.id)
    organiser = lab.organiser_short if lab else "Convoca"
    voice = Voice(lang=at.lang, form=at.form or "tu", context=LIMITS[at.channel].context)
    return catalogues.text(voice, _("{answer} (El equipo de {organiser})"), answer=said, organiser=organiser)
