"""A person's copy as a text to be read: sections, one line a thing, moments in local time. Codes stay in the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.entrances import NAMES
from bot.i18n import _
from bot.idea_steps import FATES
from bot.web.reader import Reader

Held = Mapping[str, Any]
Fields = Mapping[str, str]
Thing = Sequence[tuple[str, str]]

YES_NO = {"True": _("Sí"), "False": _("No")}
PLACES = {
    "invited": _("con invitación"),
    "registered": _("con lugar"),
    "waiting": _("en lista de espera"),
    "offered": _("con un lugar ofrecido"),
    "unsure": _("aún no sabe"),
    "declined": _("no va"),
    "cancelled": _("lugar devuelto"),
    "attended": _("vino"),
    "no_show": _("no vino"),
}
VALUES: Mapping[str, Fields] = {
    "age": {"adult": _("18 o más"), "teen": _("de 14 a 17")},
    "channel": NAMES,
    "purpose": {
        "lab": _("este laboratorio"),
        "news": _("noticias de otros laboratorios"),
        "publish": _("publicar mi idea o mi foto"),
    },
    "state": PLACES,
    "from_state": PLACES,
    "to_state": PLACES,
    "status": {
        "current": _("vale"),
        "superseded": _("cambiada por otra"),
        "void": _("anulada"),
        "late": _("llegó tarde"),
    },
    "publish": {"no": _("No"), "unnamed": _("Sí, sin mi nombre"), "named": _("Sí, con mi nombre")},
    "fate": FATES,
    "wish": {"follow": _("quiere saber"), "no_news": _("no quiere noticias"), "no_questions": _("no quiere preguntas")},
    "answer": {
        **YES_NO,
        "yes": _("Sí"),
        "partly": _("En parte"),
        "no": _("No"),
        "unknown": _("No sé"),
        "unnamed": _("Sí, sin mi nombre"),
    },
    "outcome": {
        "pending": _("por enviar"),
        "sent": _("enviado"),
        "failed": _("no se pudo enviar"),
        "skipped": _("no se envió"),
        "unknown": _("no se sabe si llegó"),
    },
}
SECTIONS: Mapping[str, tuple[str, Fields]] = {
    "person": (
        _("Quién eres"),
        {
            "name": _("Nombre"),
            "age": _("Edad"),
            "community": _("Comunidad"),
            "language": _("Idioma"),
            "code": _("Código"),
            "since": _("Desde"),
        },
    ),
    "addresses": (
        _("Cómo te escribimos"),
        {
            "channel": _("Por"),
            "address": _("Número o usuario"),
            "shared": _("Lo usan varias personas"),
            "list": _("De qué lista vino"),
            "since": _("Desde"),
            "last_heard_at": _("Tu último mensaje"),
            "left_at": _("Pediste no recibir más"),
        },
    ),
    "permissions": (
        _("Tus permisos"),
        {
            "purpose": _("Para"),
            "lab": _("Laboratorio"),
            "at": _("Cuándo"),
            "answer": _("Respuesta"),
            "withdrawn_at": _("Retirado"),
            "channel": _("Por"),
            "text": _("Lo que leíste"),
        },
    ),
    "meetings": (
        _("Reuniones"),
        {
            "lab": _("Laboratorio"),
            "title": _("Reunión"),
            "starts_at": _("Cuándo"),
            "place": _("Lugar"),
            "places": _("Lugares"),
            "state": _("Ahora"),
            "code": _("Código"),
            "log": _("Cambios"),
        },
    ),
    "took_part": (
        _("Elecciones"),
        {"title": _("Pregunta"), "took_part": _("Elegiste"), "enrolled_at": _("En la lista desde")},
    ),
    "choices": (
        _("Lo que elegiste"),
        {
            "title": _("Pregunta"),
            "chosen": _("Elegiste"),
            "at": _("Cuándo"),
            "status": _("Ahora"),
            "receipt": _("Recibo"),
        },
    ),
    "ideas": (
        _("Tus ideas"),
        {
            "number": _("Número"),
            "text": _("Tus palabras"),
            "shown": _("Como se muestra"),
            "publish": _("En la lista pública"),
            "at": _("Cuándo"),
            "read_at": _("Leída"),
            "topic": _("Tema"),
            "fate": _("Qué pasó"),
            "reason": _("Razón"),
            "withdrawn_at": _("Quitada"),
            "appeals": _("No estuviste de acuerdo"),
        },
    ),
    "topics": (_("Temas"), {"title": _("Tema"), "wish": _("Lo que pediste"), "at": _("Cuándo")}),
    "answers": (
        _("Lo que dijiste de los compromisos"),
        {"promise": _("Compromiso"), "answer": _("Respuesta"), "text": _("Tus palabras"), "at": _("Cuándo")},
    ),
    "pictures": (
        _("Historias con tu foto"),
        {"promise": _("Compromiso"), "answer": _("Permiso"), "at": _("Cuándo")},
    ),
    "told": (_("Avisos a muchas personas"), {"lab": _("Laboratorio"), "at": _("Cuándo"), "outcome": _("Envío")}),
    "received": (_("Lo que escribiste"), {"at": _("Cuándo"), "channel": _("Por"), "text": _("Mensaje")}),
    "sent": (_("Lo que te escribimos"), {"at": _("Cuándo"), "channel": _("Por"), "text": _("Mensaje")}),
    "open_questions": (_("Preguntas abiertas"), {"since": _("Desde")}),
    "not_understood": (_("Lo que no entendimos"), {"at": _("Cuándo"), "text": _("Mensaje")}),
    "team": (_("Lo que pediste al equipo"), {"at": _("Cuándo"), "done_at": _("Hecho")}),
    "joined": (_("Teléfonos que uniste"), {"channel": _("Por"), "until": _("Se separan hasta")}),
    "copies": (_("Copias que pediste"), {"made_at": _("Cuándo"), "expires_at": _("Enlace hasta")}),
}


def written(reader: Reader, held: Held) -> str:
    """The whole text; a section that holds nothing is left out."""
    tz = held["person"]["tz"]
    made = reader.say(_("Tu copia de Convoca, del {moment}."), moment=_moment(reader, held["made_at"], tz))
    parts = [made]
    for title, things in sections(reader, held):
        said = ["\n".join(f"{label}: {text}" for label, text in thing) for thing in things]
        parts.append("\n\n".join([title.upper(), *said]))
    kept = reader.say(_("En un teléfono de varias personas no se copian los mensajes: pueden ser de otra persona."))
    if any(row["shared"] for row in held["addresses"]):
        parts.append(kept)
    parts.append(reader.say(_("El archivo JSON tiene lo mismo, con las claves que usa el programa.")))
    return "\n\n\n".join(parts) + "\n"


def sections(reader: Reader, held: Held) -> Iterator[tuple[str, Sequence[Thing]]]:
    """(title, things in it) of what holds anything; a thing is its (label, text) pairs."""
    for name, rows in held.items():
        if name in SECTIONS and rows:
            title, fields = SECTIONS[name]
            listed = [rows] if isinstance(rows, Mapping) else rows
            things = [_said(reader, row, fields, held["person"]["tz"]) for row in listed]
            yield reader.say(title), [thing for thing in things if thing]


def _said(reader: Reader, row: Held, fields: Fields, tz: str) -> Thing:
    own = row.get("texts", {}).get(reader.lang, {})  # what the plan or the team says in her language
    told = [
        (reader.say(label), _shown(reader, name, own.get(name) or row.get(name), tz)) for name, label in fields.items()
    ]
    return [(label, text) for label, text in told if text]


def _shown(reader: Reader, name: str, value: Any, tz: str) -> str:
    """A value as it is read: a moment, a yes, a word for a code, things in a row."""
    if value is None or value in ("", []):
        return ""
    if name == "log":
        return "; ".join(_change(reader, row, tz) for row in value)
    if name == "appeals":
        return "; ".join(str(row["text"] or "") or _moment(reader, row["at"], tz) for row in value)
    if isinstance(value, bool):
        return reader.say(YES_NO[str(value)])
    if name in ("at", "since") or name.endswith("_at"):
        return _moment(reader, value, tz)
    if name == "language":
        return reader.catalogues.listed().get(value, str(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return reader.say(VALUES[name][value]) if value in VALUES.get(name, {}) else str(value)


def _change(reader: Reader, row: Held, tz: str) -> str:
    return f"{_moment(reader, row['at'], tz)} {reader.say(PLACES[row['to_state']])}"


def _moment(reader: Reader, iso: str, tz: str) -> str:
    return reader.moment(datetime.fromisoformat(iso), tz)
