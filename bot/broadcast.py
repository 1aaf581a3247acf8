"""The one mass sender: an audience and its words become recipients and messages, with a reason for all left out.

    plan = Act(kind="result", idem="result:sm:1", by=by, audience=audiences.registered(id, "attended"), ...)
    ledger = broadcast.send(unit, plan, lambda variant: broadcast.worded(catalogues, variant, _("..."), ...))

The words are asked for once per variant that occurs, never once per person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from bot import buttons
from bot.i18n import Catalogues, Voice, _
from bot.kinds import numbered
from bot.message import LIMITS, Option, Reply, Template
from bot.results import parts
from bot.talk import LONG
from bot.words import plain
from storage import broadcasts, labs, reach
from storage.broadcasts import Act, Ledger, Opened
from storage.store import Unit

__all__ = [
    "Act",
    "Audience",
    "Ledger",
    "Variant",
    "answers",
    "approved",
    "asked",
    "in_comarca",
    "look",
    "send",
    "shown",
    "variant_of",
    "voice_of",
    "whole",
    "worded",
]

# Every message that a lab in a comarca starts says it (people.md 4.4, ADR 21); an SMS has room for the short one.
NO_CONSULTATION = _("Este laboratorio no reemplaza la consulta previa.")
NO_CONSULTATION_SHORT = _("No es consulta previa.")
RIDES_IN = {
    "invitacion_laboratorio": 6,
    "lugar_disponible": 2,
    "sesion_cambiada": 4,
    "sesion_suspendida": 4,
    "permiso_foto": 2,
}
RIDES_ELSE = 3  # the variable of an approved text behind which a sentence ends: there it is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One wording of a broadcast: for whom, in which channel's words."""

    channel: str
    voice: Voice
    shared: bool  # a phone of several persons: no name, no option, no place in the first line (G9)
    group: str
    broadcast_id: int = 0  # 0 in a preview
    comarca: bool = False  # it is said that the lab is no prior consultation


Words = Callable[[Variant], Reply | None]  # None: nothing can be said to them ('no_text')


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """What a broadcast would reach, counted without sending anything."""

    people: int  # who would get a message
    by_channel: dict[str, int]
    skipped: dict[str, int]  # reason -> people
    variants: dict[str, int]  # variant -> people
    comarca: bool = False  # of the lab

    @property
    def langs(self) -> dict[str, int]:
        """Language -> people who would read it there."""
        found: dict[str, int] = {}
        for name, people in self.variants.items():
            lang = name.split("/")[1]
            found[lang] = found.get(lang, 0) + people
        return found

    def variant(self, name: str) -> Variant:
        """One of `variants`, for a preview of its words."""
        return variant_of(name, comarca=self.comarca)


def send(unit: Unit, act: Act, words: Words) -> Ledger:
    """Do it, once: the same act (`idem`) again changes nothing and gives the first one's ledger."""
    broadcast_id = broadcasts.create(unit, act)
    if broadcast_id is None:
        return broadcasts.ledger(unit, broadcasts.known(unit, act.idem))
    variants = broadcasts.snapshot(unit, broadcast_id, act)
    comarca = in_comarca(unit, act.lab_id)
    texts = {name: _body(words(variant_of(name, broadcast_id, comarca=comarca))) for name in variants}
    broadcasts.enqueue(unit, broadcast_id, act, texts)
    return broadcasts.ledger(unit, broadcast_id)


def _body(reply: Reply | None) -> dict[str, Any] | None:
    return reply.to_json() if reply else None


def look(
    unit: Unit, audience: Select[Any], *, lab_id: int | None = None, kind: str = "invitation", priority: int = 2
) -> Audience:
    """Whom a broadcast to this audience would reach now."""
    placed = reach.placed(unit, audience, lab_id=lab_id, kind=kind, priority=priority).subquery("placed")
    keys = (placed.c.channel, placed.c.reason, placed.c.variant)
    by_channel: dict[str, int] = {}
    skipped: dict[str, int] = {}
    variants: dict[str, int] = {}
    for channel, reason, variant, count in unit.db.execute(select(*keys, func.count()).group_by(*keys)):
        if reason is not None:
            skipped[reason] = skipped.get(reason, 0) + count
        else:
            by_channel[channel] = by_channel.get(channel, 0) + count
            variants[variant] = variants.get(variant, 0) + count
    people, comarca = sum(by_channel.values()), in_comarca(unit, lab_id)
    return Audience(people=people, by_channel=by_channel, skipped=skipped, variants=variants, comarca=comarca)


def samples(seen: Audience, replies: Mapping[str, Reply]) -> dict[str, str]:
    """What most people of each channel read, 'sms'; and in its other languages, 'sms en'. replies: by variant."""
    common = sorted(seen.variants, key=lambda name: (seen.variants[name], name))
    said = {name: name.split("/")[:2] for name in common}
    first = dict(said.values())  # of a channel the language of its commonest wording: the last one stays
    keys = {name: channel if first[channel] == lang else f"{channel} {lang}" for name, (channel, lang) in said.items()}
    return {keys[name]: replies[name].text for name in common}


def segments(seen: Audience, replies: Mapping[str, Reply]) -> int:
    """How many SMS all of them take together. replies: by variant."""
    sms = [(name, people) for name, people in seen.variants.items() if name.startswith("sms/")]
    return sum(people * parts(replies[name].text, name.split("/")[1]) for name, people in sms)


def in_comarca(unit: Unit, lab_id: int | None) -> bool:
    """Whether what a lab sends has to say that it is no prior consultation."""
    return lab_id is not None and labs.lab_by_id(unit, lab_id).setting == labs.COMARCA


def variant_of(name: str, broadcast_id: int = 0, *, comarca: bool = False) -> Variant:
    """The variant that 'sms/es/usted/own/all' names."""
    channel, lang, form, phone, group = name.split("/", 4)
    voice = voice_of(channel, lang, form)
    return Variant(
        channel=channel,
        voice=voice,
        shared=phone == "shared",
        group=group,
        broadcast_id=broadcast_id,
        comarca=comarca,
    )


def voice_of(channel: str, lang: str, form: str) -> Voice:
    """How one channel words things for a language and a form of address."""
    return Voice(lang=lang, form=form, context=LIMITS[channel].context)


def worded(
    catalogues: Catalogues,
    variant: Variant,
    text: str,
    *,
    question: str = "",
    name: str = "",
    options: Sequence[tuple[str, str]] = (),
    listed: int | None = None,
    template: Template | None = None,
    **args: object,
) -> Reply:
    """The words of one variant, rendered as a conversation renders its question.

    text, question: msgids, filled by `args`; name: the question's name in the conversation that an answer opens;
    options: (key, label msgid); listed: how many of them the text shows (the others are understood all the same);
    template: of `approved`.
    """

    def say(msgid: str) -> str:
        return catalogues.text(variant.voice, msgid, **args)

    labels = [(key, say(label)) for key, label in options]
    said = say(text) if text else ""
    if question:
        asked = numbered(say(question), [label for _key, label in labels[:listed]])
    else:  # "Responde 1 para verlo" asks by itself
        said, asked = ("", said) if options else (said, "")
    data = [buttons.for_broadcast(variant.broadcast_id, name, key) for key, _label in labels]
    shown = tuple(Option(n, label, data[n - 1]) for n, (_k, label) in enumerate(labels, 1))
    return Reply(text=whole(catalogues, variant, said, asked), options=shown, template=template)


def whole(catalogues: Catalogues, variant: Variant, said: str, asked: str = "") -> str:
    """One message: what is said, in a comarca that the lab is no prior consultation, and what is asked, last (G2)."""
    if not variant.comarca:
        return _in_order(variant, said, asked)
    said = f"{said}." if said and said[-1] not in ".?:" else said  # 'SE CUMPLIO' and nothing glued to it
    long, short = (catalogues.text(variant.voice, text) for text in (NO_CONSULTATION, NO_CONSULTATION_SHORT))
    if LIMITS[variant.channel].breaks:
        return "\n".join(part for part in (said, long, asked) if part)
    lang = variant.voice.lang
    room = parts(_in_order(variant, said, asked), lang)
    texts = [_in_order(variant, said, notice, asked) for notice in (long, short)]
    return next((text for text in texts if parts(text, lang) <= room), texts[-1])


def _in_order(variant: Variant, *said: str) -> str:
    """The parts one after the other; in a chat the last on a line of its own when much stands before it."""
    *before, last = [part for part in said if part] or [""]
    text = " ".join(before)
    own_line = LIMITS[variant.channel].breaks and len(text) > LONG
    return f"{text}\n{last}" if own_line else f"{text} {last}".strip()


def approved(catalogues: Catalogues, variant: Variant, name: str, *values: object) -> Template | None:
    """What WhatsApp takes outside of its 24 hours (docs/templates.md); None for other channels.

    values  variables 2, 3 ... ; the first is always the person's name, which a shared phone never shows
    """
    if variant.channel != "whatsapp":
        return None
    nobody = catalogues.text(variant.voice, _("vecina o vecino"))
    # Behind a letter: a day inside a text is not written as at the beginning of a sentence.
    said = [catalogues.text(variant.voice, "-{value}", value=value)[1:] for value in values]
    if variant.comarca:
        rides = RIDES_IN.get(name, RIDES_ELSE) - 2
        said[rides] = f"{said[rides].rstrip('.')}. {catalogues.text(variant.voice, NO_CONSULTATION).rstrip('.')}"
    variables = {"1": nobody if variant.shared else "{name}", **{str(n): text for n, text in enumerate(said, 2)}}
    lang = f"{variant.voice.lang}@usted" if variant.voice.form == "usted" else variant.voice.lang
    return Template(name=name, lang=lang, variables=variables, nobody=nobody)


def asked(opened: Opened) -> str:
    """The name of the question that a message asked; '' for none."""
    buttons_ = [buttons.unpack(o.data) for o in Reply.from_json(opened.reply).options]
    return next((button.question for button in buttons_ if button is not None), "")


def answers(opened: Opened) -> Iterator[str]:
    """What answers a message, as `plain` has it: the number or the label of an option, or the data of its button."""
    for option in Reply.from_json(opened.reply).options:
        yield from (str(option.number), plain(option.label), option.data)


def shown(opened: Opened) -> list[tuple[str, str]]:
    """(key, label) of the options of a message as it was shown, in order: `State.shown` of the talk it opens."""
    options = Reply.from_json(opened.reply).options
    return [(button.value, o.label) for o in options if (button := buttons.unpack(o.data)) is not None]
