"""A phone's screen: the rows of an address as that phone would show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot import buttons
from bot.message import LIMITS, Media, Option, Reply, on_buttons
from bot.sms import segments, sms_text
from bot.web.pages import day
from bot.web.simulator.memory import LOST, Memory, Said
from bot.web.simulator.model import Bubble, Face, Phone
from bot.web.simulator.personas import Persona, of_place
from storage import broadcasts, simulator, talks
from storage.simulator import Line
from storage.store import Unit

TITLES = {
    "sms": "Teléfono sencillo, solo SMS",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "team": "Telegram, del equipo",
}
_MEDIA = {"photo": "[foto]", "video": "[video]", "document": "[archivo]", "sticker": "[sticker]", "location": "[lugar]"}


def phone(unit: Unit, persona: Persona, memory: Memory, zone: ZoneInfo) -> Phone:
    """The phone in this persona's hands."""
    address_id = simulator.address_of(unit, persona.channel, persona.number)
    bubbles = _bubbles(unit, address_id, persona, memory, zone) if address_id is not None else ()
    return Phone(
        place=persona.place,
        channel=persona.channel,
        title=TITLES[persona.place],
        persona=_face(persona),
        personas=tuple(_face(p) for p in of_place(persona.place)),
        bubbles=tuple(bubbles),
        message_id=uuid4().hex,
    )


def remember(unit: Unit, address_id: int, persona: Persona, memory: Memory) -> None:
    """The phone keeps what is on its way to it: the database may wipe it as soon as it has left."""
    lines, lang = simulator.screen(unit, address_id), simulator.language_of(unit, address_id)
    _arrive(lines, persona, memory)
    for line in lines:
        _said(line, lines, persona.channel, lang, memory)


def _arrive(lines: Iterable[Line], persona: Persona, memory: Memory) -> None:
    memory.arrive(persona.key, (_key(persona.channel, line) for line in lines if not line.mine))


def _key(channel: str, line: Line) -> str:
    return f"{channel}-{line.key}"


def _face(persona: Persona) -> Face:
    return Face(key=persona.key, name=persona.name, about=persona.about)


def _bubbles(unit: Unit, address_id: int, persona: Persona, memory: Memory, zone: ZoneInfo) -> Iterator[Bubble]:
    lines, channel = simulator.screen(unit, address_id), persona.channel
    _arrive(lines, persona, memory)
    live, lang = _live(unit, address_id), simulator.language_of(unit, address_id)
    heard = [(line, said) for line in lines if (said := _said(line, lines, channel, lang, memory)) is not None]
    shown = _changed([(line, said) for line, said in heard if line.sent or line.late])
    open_buttons = _newest(shown, live, channel)
    last: datetime | None = None
    for line, said in shown:
        at = line.at.astimezone(zone)
        yield Bubble(
            key=line.key,
            mine=line.mine,
            text=said.text,
            at=at,
            day=day(at) if last is None or last.date() != at.date() else "",
            note=_note(line, said, channel),
            voice=said.voice,
            picture=said.picture,
            gone=line.body is None or said is LOST,
            lang="es" if line.mine else lang,
            buttons=open_buttons.get(line.key, ()),
        )
        last = at


def _said(line: Line, lines: Iterable[Line], channel: str, lang: str, memory: Memory) -> Said | None:
    """The words of a message; of a wiped one what the phone still has, or nothing."""
    key = _key(channel, line)
    if line.body is None or memory.recall(key) is LOST:
        return memory.recall(key)
    said = _typed(line.body, lines) if line.mine else _told(line.body, channel, lang)
    memory.keep(key, said)
    return said


def _told(body: Mapping[str, Any], channel: str, lang: str) -> Said:
    reply = Reply.from_json(body)
    text = sms_text(reply.text, lang) if channel == "sms" else reply.text
    picture = _picture(reply.media) if channel != "sms" else ""
    return Said(text, options=reply.options, shortcuts=reply.shortcuts, picture=picture, closes=reply.closes)


def _changed(shown: Iterable[tuple[Line, Said]]) -> list[tuple[Line, Said]]:
    """Each message as it stands by now: an answered question shows its answer, a ballot is one message for all taps."""
    screen: dict[str, tuple[Line, Said]] = {}
    for line, said in shown:
        closes = said.closes
        key = f"o{closes.provider_id}" if closes else ""
        if closes and line.sent and key in screen:
            earlier, before = screen[key]
            answered = replace(before, text=closes.text, options=())
            screen[key] = earlier, replace(answered if closes.text else said, edited=True)
            if not closes.text:
                continue
        screen[f"o{line.provider_id}" if line.provider_id and not line.mine else line.key] = line, said
    return list(screen.values())


def _picture(media: Media | None) -> str:
    """The path of a picture on our own pages: the demonstration shows nothing from elsewhere."""
    return urlsplit(media.ref).path if media and media.kind == "photo" else ""


def _typed(payload: Mapping[str, Any], lines: Iterable[Line]) -> Said:
    if payload.get("media") == "voice":
        return Said("", voice=True)
    if payload.get("media"):
        return Said(_MEDIA.get(payload["media"], "[archivo]"))
    if payload.get("button"):
        return Said(_label(payload["button"], lines))
    return Said(payload.get("text", "") or "(vacío)")


def _label(data: str, lines: Iterable[Line]) -> str:
    """What stood on the button."""
    replies = (Reply.from_json(line.body) for line in lines if line.body and not line.mine)
    return next((o.label for reply in replies for o in _numbered(reply.options) if o.data == data), "[botón]")


def _note(line: Line, said: Said, channel: str) -> str:
    if line.body is None:
        return "ya no está en la base"
    if said is LOST:
        return ""
    if not line.sent:
        return "enviando…"
    if said.edited:
        return "editado"
    return f"{segments(said.text).parts} SMS" if channel == "sms" and not line.mine else ""


# --- buttons --------------------------------------------------------------------------------------------------------


def _live(unit: Unit, address_id: int) -> set[tuple[str, int, str]]:
    """(asker, id, question) of every question that is still open; '' = any question of that broadcast."""
    waiting = talks.open_talks(unit, address_id)
    live = {("t", talk.id, talk.pending) for talk in waiting}
    live |= {("b", int(talk.args["broadcast"]), talk.pending) for talk in waiting if talk.args.get("broadcast")}
    return live | {("b", opened.broadcast_id, "") for opened in broadcasts.unanswered(unit, address_id)}


def _newest(
    shown: list[tuple[Line, Said]], live: set[tuple[str, int, str]], channel: str
) -> dict[str, tuple[Option, ...]]:
    """Buttons by message: those of a question only under the newest message that asks it while it is open."""
    found: dict[str, tuple[Option, ...]] = {}
    taken: set[tuple[str, int]] = set()
    for line, said in reversed(shown):
        if said.shortcuts:  # they stay: each is a word like any other
            found[line.key] = tuple(Option(0, one.label, one.data) for one in said.shortcuts)
        options = tuple(o for o in said.options if o.data)
        button = buttons.unpack(options[0].data) if options and line.body is not None else None
        if button is None or len(options) > LIMITS[channel].buttons or (button.asker, button.id) in taken:
            continue
        taken.add((button.asker, button.id))
        if live & {(button.asker, button.id, button.question), (button.asker, button.id, "")}:
            found[line.key] = _numbered(options)
    return found


def _numbered(options: Iterable[Option]) -> tuple[Option, ...]:
    """Buttons repeat the numbers of the text, as on a phone (G2): '1 Sí', '1: 18 o más'."""
    given = list(options)
    return tuple(replace(o, label=label) for o, label in zip(given, on_buttons(given), strict=True))
