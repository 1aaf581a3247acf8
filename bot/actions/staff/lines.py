"""Words for the team that acts outside of this package say: read in a chat or a terminal, never an SMS."""

from __future__ import annotations

from collections.abc import Sequence

from bot.i18n import And, Count, Label, _, n_
from storage import codes

ANSWERED = _("Esa persona ya tiene respuesta.")
UNREACHABLE = _("A esa persona ya no se le puede escribir.")
FEWER = _("Hay {count} inscritos. No puedo bajar de {count} sin avisar a {over}.")
TAKEN = _("Ese mensaje lo lee otra persona del equipo.")
TOO_LONG = _("Por SMS caben {most} letras. Escríbelo más corto.")
NOBODY_WAITS = _("Nadie espera con ese número. Para ver la lista, escribe PENDIENTES.")
NOBODY_WAITS_THERE = _("Nadie espera con ese número. Para ver la lista: convoca pending")  # at the terminal
NO_SESSION = _("No hay una sesión {code}.")
UNAUTHORISED = _("Falta la autorización de la comunidad.")
# About the door: why somebody is not let in, by the reason in its log.
DOOR = {
    "too_early": _("Es temprano: la sesión {session} es el {day}."),
    "already_in": _("{code} ya entró, a las {hour}."),
    "other_session": _("{typed} es de otra sesión."),
    "closed": _("La sesión {session} se suspendió."),
}
NOT_IN = _("{typed} no ha entrado.")
GAVE_BACK = _("{code} dio su lugar. Si entra igual: convoca checkin {session} {code} --anyway")
READ_AS = _("{typed} (leo {code})")
UNKNOWN = _("No conozco {typed}. Si llegó alguien sin lugar: convoca checkin {session}")
# About a recording.
NO_RECORDING = _("Quien espera con el número {number} no mandó un audio que se pueda oír.")
NOT_A_RECORDING = _("Lo que dio el proveedor no es una grabación. No lo guardé.")
NOT_GIVEN_OUT = _("El proveedor no dio el audio: {why}")
CHANNEL_OFF = _("El canal {channel} no está encendido aquí, y el audio está allá.")
NO_FOLDER = _("No puedo escribir {file}. Escoge otra carpeta con --to.")
FILE_THERE = _("Ya existe {file}. Escoge otra carpeta con --to.")
# About an idea.
NO_TOPIC = _("No hay un tema {problem} en {lab}.")
OPTION_NAME = _("El nombre de una opción lleva de 1 a {most} letras.")
OPTION_TWICE = _("Ya hay una opción que se llama {title}.")
WHICH_OFFICE = _("Di a qué oficina le toca, en {most} letras o menos.")
NO_APPEAL = _("Sobre la idea {number} no hay un desacuerdo por leer.")
NOT_JOINED = _("La idea {number} no está unida a ningún tema.")
WITHOUT_NAMES = _("Escribe la idea {number} sin los nombres.")
WHICH_DAY = _("No entendí la fecha. ¿Cuándo es? Ejemplo: jueves 10 dic")
NO_LAB = _("No hay un laboratorio {lab}.")
NO_IDEA = _("No hay una idea {number}.")
TAKEN_BACK = _("La idea {number} la quitó quien la escribió.")
ANOTHER_READER = _("La primera decisión fue tuya. La idea {number} la lee ahora otra persona del equipo.")
ON_OPEN_LIST = _(
    "La idea {number} es la opción {option} de una elección abierta. Retírala primero: convoca contest withdraw"
    " {slug} {option}."
)
NO_WORDS = _("Falta el texto. Escríbelo con letras.")
UNANSWERED = _("No puedo cerrar: {count} ({numbers}).")


def as_typed(typed: str) -> str | Label:
    """A code or a name as it was typed, and beside it how it is read where that is another: 'ZZZZ (leo 2222)'."""
    code, written = codes.clean(typed), "".join(typed.replace("-", " ").split()).upper()
    if code and code != written:
        return Label(READ_AS, {"typed": written, "code": code})
    return code or typed.title()


def unanswered(numbers: Sequence[int]) -> dict[str, object]:
    """Arguments of UNANSWERED."""
    count = Count(*n_("{n} idea no tiene respuesta", "{n} ideas no tienen respuesta"), len(numbers))
    return {"count": count, "numbers": And([str(n) for n in numbers[:10]])}
