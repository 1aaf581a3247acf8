"""Moments and numbers as a voice reads them on the radio, in Spanish. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

_ONES = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno",
    "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
    "veintinueve",
)  # fmt: skip
_TENS = {3: "treinta", 4: "cuarenta", 5: "cincuenta"}
_MINUTES = {0: "", 15: " y cuarto", 30: " y media"}


def number(n: int) -> str:
    """0 to 59: 'veintiuno'."""
    if n < len(_ONES):
        return _ONES[n]
    tens, ones = divmod(n, 10)
    return _TENS[tens] + (f" y {_ONES[ones]}" if ones else "")


def digits(text: str) -> str:
    """'6000-0001' as 'seis, cero, cero, cero, cero, cero, cero, uno'."""
    return ", ".join(_ONES[int(one)] for one in text if one.isdecimal())


def day(at: datetime, tz: str) -> str:
    """'sábado veintiuno de noviembre'; the first of a month is 'primero'."""
    local = at.astimezone(ZoneInfo(tz))
    of_month = "primero" if local.day == 1 else number(local.day)
    weekday, month = (format_datetime(local, form, locale="es") for form in ("EEEE", "MMMM"))
    return f"{weekday} {of_month} de {month}"


def hour(at: datetime, tz: str) -> str:
    """'tres y media de la tarde', 'una de la tarde', 'doce del mediodía'."""
    local = at.astimezone(ZoneInfo(tz))
    twelve = local.hour % 12 or 12
    minutes = _MINUTES.get(local.minute, f" y {number(local.minute)}")
    return f"{'una' if twelve == 1 else number(twelve)}{minutes} {_part(local)}"


def _part(local: datetime) -> str:
    if local.hour == 12 and not local.minute:
        return "del mediodía"
    if local.hour < 12:
        return "de la mañana" if local.hour else "de la noche"
    return "de la tarde" if local.hour < 19 else "de la noche"


def at_hour(at: datetime, tz: str) -> str:
    """'a las tres y media de la tarde', 'a la una de la tarde'."""
    said = hour(at, tz)
    return f"a la {said}" if said.startswith("una") else f"a las {said}"
