"""What we hold about a person, line by line, as a chat shows it (conversations.md 3). No conversation of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.actions.joined import CHANNELS
from bot.i18n import And, Label, When, _
from bot.talk import Talk
from conversations.attend import coded
from storage.labs import Lab

AGES = {"adult": _("18 o más"), "teen": _("de 14 a 17")}
_YES, _NO = _("sí"), _("no")
NEWS = _("Noticias de otros laboratorios")
_PHONE = {"telegram": _("Usuario de Telegram"), "whatsapp": _("Número de WhatsApp")}
_NOT_HELD = {
    "telegram": _("No tengo tu cédula ni tu teléfono."),
    "whatsapp": _("No tengo tu cédula."),
}
_MEETING = {
    "registered": _("Reunión: {day}, vas. Código: {code}."),
    "waiting": _("Reunión: {day}, en espera."),
    "offered": _("Reunión: {day}, en espera."),
    "unsure": _("Reunión: {day}, aún no sabes."),
}


def listed(talk: Talk, held: dict[str, Any], lab: Lab) -> str:
    """One line for each thing. held: of storage.my_data.summary."""
    language = talk.scene.catalogues.languages.get(held["lang"])
    asked = When(datetime.fromisoformat(held["since"]), lab.tz)
    rows: list[tuple[str, object]] = [
        (_("Nombre"), held["name"]),
        (_PHONE[talk.channel], Label(_YES)),
        (_("Laboratorio"), ", ".join(held["labs"])),
        (_("Edad"), Label(AGES.get(held["age_band"], ""))),
        (_("Idioma"), (language.autonym or language.name_es) if language else held["lang"]),
        (_("Permiso"), asked),
        *_withdrawn(held, lab),
    ]
    lines = [talk.text(_("{what}: {value}"), what=Label(what), value=value) for what, value in rows if value]
    if several := phones(held):
        lines.append(talk.text(_("Tus teléfonos: {channels}."), channels=several))
    lines += [meeting(talk, place) for place in held["places"]]
    return "\n".join(
        [talk.text(_("Tengo de ti:")), *lines, *_acts(talk, held, lab), talk.text(_NOT_HELD[talk.channel])]
    )


def _withdrawn(held: dict[str, Any], lab: Lab) -> list[tuple[str, object]]:
    """What became of her permissions, where there is something to tell. Talks of an older version kept less."""
    said: list[tuple[str, object]] = []
    if held.get("left"):
        said.append((_("Permiso retirado"), When(datetime.fromisoformat(held["left"]), lab.tz)))
    if held.get("news") is not None:
        said.append((NEWS, Label(_YES if held["news"] and not held.get("left") else _NO)))
    return said


def phones(held: dict[str, Any]) -> And | None:
    """'2 SMS y Telegram'; None for who has one phone. held: of storage.my_data.summary."""
    known = held.get("channels", [])
    each = {name: known.count(name) for name in known}
    return And(f"{n} {CHANNELS[name]}" if n > 1 else CHANNELS[name] for name, n in each.items()) if known[1:] else None


def meeting(talk: Talk, place: dict[str, Any]) -> str:
    """One meeting: whether she comes, waits, or does not know yet."""
    day = When(datetime.fromisoformat(place["starts_at"]), place["tz"], "day")
    return talk.text(_MEETING[place["state"]], day=day, code=coded(place))


def _acts(talk: Talk, held: dict[str, Any], lab: Lab) -> list[str]:
    """What she did, in numbers: what it was would be read by all on a shared phone; COPIA says it."""
    lines = []
    if held["choices"] and held["until"]:
        until = When(datetime.fromisoformat(held["until"]), lab.tz, "day")
        apart = _("Elecciones: {count}. Tu nombre se separa de tu elección el {day}.")
        lines.append(talk.text(apart, count=held["choices"], day=until))
    elif held["choices"]:
        lines.append(talk.text(_("Elecciones: {count}."), count=held["choices"]))
    if held.get("ideas"):
        lines.append(talk.text(_("Ideas: {count}."), count=held["ideas"]))
    if held.get("topics"):
        lines.append(talk.text(_("Temas que sigues: {count}."), count=held["topics"]))
    return lines
