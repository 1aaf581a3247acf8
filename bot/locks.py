"""ENVIAR 149: a word of the team and the number of people that opens it. Pure: which words, what has their shape.

What has the shape goes to the question that asked for this word, and to no other: it is nobody's answer to a neighbour,
and no number of places.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.i18n import _
from bot.ladder import SPELLED
from bot.words import plain

NOTHING = _("No hay nada que confirmar con {typed}.")
NOTHING_WAITS = _("No hay nada que confirmar con {typed}. Lo que espera: PENDIENTES.")
WORDS = {  # word -> the same in the other languages that the team writes
    "ENVIAR": ("send",),
    "SUSPENDER": ("suspend",),
    "ABRIR": ("open",),
    "PUBLICAR": ("publish",),
    "ACUERDO": ("agreement",),
    "PROMESA": ("promise",),
    "NOVEDAD": ("update",),
    "HISTORIA": ("story",),
}
_BY_WORD: Mapping[str, str] = {plain(said): word for word, others in WORDS.items() for said in (word, *others)}


def word(text: str) -> str:
    """'ENVIAR' of 'enviar 5', 'ENVIAR cinco', 'send 1.200'; '' of whatever has not the shape."""
    first, _space, rest = plain(text).partition(" ")
    numbered = bool(rest) and all(part.isdecimal() or part in SPELLED for part in rest.split())
    return _BY_WORD.get(first, "") if numbered else ""
