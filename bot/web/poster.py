"""The poster of a session and what is read out on the radio, from the same record as its invitation (people.md 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import phonenumbers

from bot.entrances import entrances
from bot.i18n import BASE, _
from bot.results import sentence
from bot.spoken import said
from bot.web import aloud, qr
from bot.web.labpage import Way
from bot.web.reader import Own, Reader
from storage import public
from storage.labs import Lab
from storage.public import Meeting
from storage.store import Unit

ON_THE_RADIO = ("sms", "whatsapp", "telegram")  # the first that is there is read out: one way, said slowly
BY = {
    "sms": _("por mensaje de texto, al {number}"),
    "whatsapp": _("por WhatsApp, al {number}"),
    "telegram": _("en Telegram, a {number}"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to be read out, and the organiser's own behind it."""

    text: str
    own: Own | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Everything on the two sheets."""

    lab: Lab
    meeting: Meeting
    ways: Sequence[Way]
    radio: Sequence[Line]  # about half a minute


def read(unit: Unit, lab: Lab, code: str, writable: Mapping[str, str], reader: Reader) -> Poster | None:
    """The poster of this session, else of the lab's next one; None where there is none to come.

    writable: kind of phone -> whom one writes to.
    """
    ahead = [meeting for meeting in public.meetings(unit, lab) if meeting.ahead]
    meeting = next((one for one in ahead if not code or one.code == public.name_in(code)), None)
    if meeting is None:
        return None
    payload = f"lab-{lab.slug}" if meeting is ahead[0] else f"s-{meeting.code}"
    found = entrances(writable, lab.keyword, payload)
    return Poster(
        lab=lab,
        meeting=meeting,
        ways=[Way(entrance=way, code=qr.code(way.link)) for way in found],
        radio=radio(lab, meeting, writable, reader),
    )


def radio(lab: Lab, meeting: Meeting, writable: Mapping[str, str], reader: Reader) -> list[Line]:
    """What a voice reads out in half a minute. In Spanish days, hours and numbers stand in words."""
    spoken = reader.lang == BASE
    day = aloud.day(meeting.starts_at, meeting.tz) if spoken else reader.day(meeting.starts_at, meeting.tz)
    hour = aloud.at_hour(meeting.starts_at, meeting.tz) if spoken else reader.hour(meeting.starts_at, meeting.tz)
    lines = [
        reader.say(_("Atención, vecinas y vecinos de {lab}."), lab=lab.name),
        reader.say(_("Hay un laboratorio de vecinos: una reunión para decir qué arreglar primero.")),
        reader.say(_("Es el {day}, {hour}. Lugar: {place}."), day=day, hour=hour, place=said(meeting, "place")),
    ]
    use = reader.own(meeting, "use", lab.langs[0])
    how = [
        reader.say(_("Para ir, escriban una palabra: {keyword}."), keyword=lab.keyword),
        _by(lab, writable, reader, spoken=spoken),
        reader.say(_("Otra vez, la palabra es {keyword}."), keyword=lab.keyword),
        reader.say(_("Convoca: {organiser}."), organiser=said(lab, "organiser")),
    ]
    if lab.setting == "comarca":
        how.append(reader.say(_("Este laboratorio no reemplaza la consulta previa.")))
    asked = reader.say(_("¿Qué pasa con lo que se diga? {use}"), use="").strip()
    becomes = Line(asked, Own(sentence(use.text), use.lang))
    return [*(Line(line) for line in lines), becomes, *(Line(line) for line in how if line)]


def _by(lab: Lab, writable: Mapping[str, str], reader: Reader, *, spoken: bool) -> str:
    kind = next((one for one in ON_THE_RADIO if one in writable), None)
    if kind is None:
        return ""
    number = _national(writable[kind], lab.country)
    said = aloud.digits(number) if spoken and kind != "telegram" else number
    return reader.say(_("Escríbanla {way}."), way=reader.say(BY[kind], number=said))


def _national(who: str, country: str) -> str:
    """As it is dialled there; Telegram's name as it is."""
    if not who.startswith("+"):
        return who
    number = phonenumbers.parse(who)
    if phonenumbers.region_code_for_number(number) != country:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
