"""Which column of a list is the person's own telephone. Pure.

Only words that we know make a column sure: of "Celular de emergencia" or "Numero" somebody has to say that they are
meant, or a stranger is written to. Headers are shown in an error where all their words are such as headers are made
of; another is told by its letter, since it may be a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.i18n import _
from bot.listrow import NoColumn, Record, Unsure
from bot.words import plain

HEADS = 10  # filled rows among which the names of the columns are looked for: a title often stands above them


def _set(words: str) -> frozenset[str]:
    """As `plain` leaves them."""
    return frozenset(words.split())


_PHONES = _set(
    "celular celulares cel cels telefono telefonos tel tels telf tlf tfno fono movil moviles whatsapp"
    " phone phones telephone telephones mobile mobiles cell cells cellphone cellphones cellular"
)
_OWN = _set(  # words beside it that leave it the person's own
    "n no nro num numero numeros number numbers de del la el los las of the y o and or personal propio principal"
    " asistente asistentes participante participantes persona 1 2 3 4 5 6 7 8 9"
)
_MAYBE = _set("contacto contactos contact contacts numero numeros number numbers num")
_NOUNS = _set(
    "nombre nombres apellido apellidos name names surname cedula identidad identificacion id dni documento pasaporte"
    " identity emergencia emergencias urgencia emergency familiar pariente papa mama padre madre hijo hija esposo"
    " esposa acudiente encargado encargada responsable referencia vecino vecina parent mother father guardian"
    " relative spouse casa fijo oficina trabajo home work office landline correo email mail direccion address"
    " edad age sexo genero sex gender firma signature fecha date nota notas note notes observacion observaciones"
    " comunidad community corregimiento barrio sector provincia distrito"
)
_HEADERS = _PHONES | _MAYBE | _NOUNS
_BESIDE = _OWN | _set("su sus her his alterno otro otra other e card completo first last full tiene si")
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


@dataclass(frozen=True, slots=True)
class Column:
    """Where the telephones stand: the column `at` of the rows below the record `head`."""

    head: int
    at: int
    name: str


def column(records: Sequence[Record], named: str = "") -> Column:
    """The one column of telephones; `named`: it is this, whatever its words. Raises NoColumn, Unsure."""
    tops = [(n, record.cells) for n, record in enumerate(records[:HEADS]) if _may_name(record)]
    for head, cells in tops:
        if found := _named(cells, named) if named.strip() else sure(cells):
            return _only(head, cells, found)
    heads = next((cells for _n, cells in tops if any(map(_known, cells))), ())
    if named.strip():
        raise NoColumn(_("No hay una columna «{column}». Hay: {heads}."), column=named.strip(), heads=_shown(heads))
    raise _none(heads)


def sure(names: Sequence[str]) -> list[int]:
    """Which of these name a telephone of the person's own; none: this row names no such column."""
    words = [set(plain(name).split()) for name in names]
    return [i for i, said in enumerate(words) if said & _PHONES and said <= _PHONES | _OWN]


def _named(names: Sequence[str], named: str) -> list[int]:
    return [i for i, name in enumerate(names) if plain(name) == plain(named)]


def _only(head: int, cells: Sequence[str], found: Sequence[int]) -> Column:
    if len(found) == 1:
        return Column(head, found[0], " ".join(cells[found[0]].split()))
    text = _(
        "Varias columnas pueden ser el número: {heads}. Nombra una: --column {example}."
        " O cambia el nombre de las otras."
    )
    one = f'"{cells[found[0]].strip()}"'
    raise Unsure(text, heads=_shown([cell if i in found else "" for i, cell in enumerate(cells)]), example=one)


def _none(heads: Sequence[str]) -> NoColumn | Unsure:
    if not heads:
        return NoColumn(
            "One of the first rows must name the columns, and the one of the numbers must be Celular, Telefono, Movil,"
            " WhatsApp, Phone or Mobile."
        )
    maybe = any(set(plain(name).split()) & (_PHONES | _MAYBE) for name in heads)
    text = _(
        "Ninguna columna dice con seguridad que es el celular de la persona. Hay: {heads}. Nombra la suya con --column,"
        " o llámala Celular."
    )
    return (Unsure if maybe else NoColumn)(text, heads=_shown(heads))


def _may_name(record: Record) -> bool:
    """Not where a telephone number stands: that is a row of somebody, or whom to call, above the list."""
    return not any(sum(c.isdigit() for c in _DAY.sub("", cell)) >= 7 for cell in record.cells)


def _known(name: str) -> bool:
    said = set(plain(name).split())
    return bool(said & _HEADERS) and said <= _HEADERS | _BESIDE


def _shown(heads: Sequence[str]) -> str:
    """'«Nombre», «Celular», D': a header that may be somebody's name by its letter alone."""
    told = [
        f"«{' '.join(name.split())}»" if _known(name) else _letter(i) for i, name in enumerate(heads) if name.strip()
    ]
    return ", ".join(told[:20])


def _letter(at: int) -> str:
    """As a spreadsheet calls its columns: 0 -> 'A', 26 -> 'AA'."""
    more, last = divmod(at, 26)
    return (_letter(more - 1) if more else "") + chr(ord("A") + last)
