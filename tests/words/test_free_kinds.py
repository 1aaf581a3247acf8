"""Kinds of answer that are typed freely: words, numbers, days, places. `!` an Invalid text, `?` to be confirmed."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kinds import Choice, Date, Kind, Number, Place, Text, YesNo, clean, written
from tests.words.reading import meant

# ---- words

ONLY = "Aquí va solo tu nombre, sin enlaces ni números."


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Maria", "Maria"),
        ("  María   José ", "María José"),
        ("Me llamo Ana", "Ana"),
        ("mi nombre es Luis", "Luis"),
        ("soy Rosa", "Rosa"),
        ("Soy", "Soy"),
        ("Ngöbö", "Ngöbö"),
        ("李雷", "李雷"),
        ("Ana\n\x00\u202eLuis", "Ana Luis"),
        ("Jose\u0301", "José"),
        ("O'Brien-Núñez", "O'Brien-Núñez"),
        ("1", "! Un nombre lleva letras."),
        ("👍", "! Un nombre lleva letras."),
        ("...", "! Un nombre lleva letras."),
        ("", "! No llegó ninguna letra."),
        ("\x00\x07\u200b", "! No llegó ninguna letra."),
        ("http://x.y", f"! {ONLY}"),
        ("WWW.ana.com", f"! {ONLY}"),
        ("ana@x.y", f"! {ONLY}"),
        ("@anita", f"! {ONLY}"),
        ("Ana 6123-4567", f"! {ONLY}"),
        ("soy Ana, +507 6123 4567", f"! {ONLY}"),
        ("Ana 2", "Ana 2"),
        ("M. A. Pérez", "M. A. Pérez"),
        ("A" * 20, "A" * 20),
        ("A" * 21, "! Es muy largo. Escribe hasta 20 letras."),
        ("A" * 100_000, "! Es muy largo. Escribe hasta 20 letras."),
    ],
)
def test_a_name_is_kept_as_typed(reply: str, value: str) -> None:
    assert meant(Text(max=20, name=True), reply) == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("1", "Kevin"),
        ("sí", "Kevin"),
        ("👍", "Kevin"),
        ("ok", "Kevin"),
        ("2", ""),
        ("no", ""),
        ("👎", ""),
        ("otro nombre", ""),
        ("otro", ""),
        ("Pepe", "Pepe"),
        ("me llamo Pepe", "Pepe"),
        ("3", "! Un nombre lleva letras."),
    ],
)
def test_an_offered_name_is_taken_refused_or_replaced(reply: str, value: str) -> None:
    assert meant(Text(max=20, name=True, offer="Kevin"), reply) == value


def test_free_words_may_be_short_or_only_a_picture() -> None:
    assert meant(Text(), "hay agua solo en la mañana 💧") == "hay agua solo en la mañana 💧"
    assert meant(Text(), "👍") == "👍"
    assert meant(Text(min=10), "agua") == "! Es muy corto. Escribe un poco más."
    assert not Text().holds("")
    assert not Text(max=3).holds("abcd")
    assert not Text().holds(3)


@given(st.text())
def test_kept_words_are_one_clean_line(typed: str) -> None:
    kept = clean(typed)
    assert kept == clean(kept)
    assert not any(ord(c) < 32 or c in "\u202e\u2028\u00a0" for c in kept)


# ---- numbers, days, places

OUT = "! Escribe un número del 1 al 500."


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("40", 40),
        ("tres", 3),
        ("el 12", 12),
        ("40 personas", 40),
        ("caben unas 40", 40),
        ("somos 3", OUT),
        ("-3", OUT),
        ("10 o 20", OUT),
        ("1,000", OUT),
        ("cuarenta", OUT),
        ("0", OUT),
        ("501", OUT),
        ("4,5", OUT),
        ("1" * 5000, OUT),
    ],
)
def test_a_number(reply: str, value: object) -> None:
    assert meant(Number(min=1, max=500), reply) == value
    assert not Number().holds(True)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("sábado 21 nov", "2026-11-21"),
        ("mañana", "2026-11-13"),
        ("21 oct", "! Esa fecha ya pasó. Ejemplo: sábado 21 nov."),
        ("domingo 21 nov", "! No entendí la fecha. Ejemplo: sábado 21 nov."),
        ("cuando llueva", "! No entendí la fecha. Ejemplo: sábado 21 nov."),
    ],
)
def test_a_day(reply: str, value: str) -> None:
    assert meant(Date(date(2026, 11, 12)), reply) == value


def test_only_a_day_in_iso_form_holds() -> None:
    kind = Date(date(2026, 11, 12), past=True)
    assert meant(kind, "21 oct") == "2026-10-21"
    assert not any(kind.holds(value) for value in ("20261121", "2026-02-31", "", None, 3))


PLACES = Place(
    {"sm-pa": ["San Martín"], "sm-bt": ["San Martín"], "smi": ["San Miguel"], "sona": ["Soná"], "col": ["Colón"]}
)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("san martin", ["sm-pa", "sm-bt"]),
        ("San Miguel.", ["smi"]),
        ("SONA", ["sona"]),
        ("col", ["col"]),
        ("san m", ["sm-pa", "sm-bt", "smi"]),
        ("san migel", "? ['smi']"),
        ("co", "! No conozco ese lugar."),
        ("1", "! No conozco ese lugar."),
        ("", "! No conozco ese lugar."),
        ("x" * 100_000, "! No conozco ese lugar."),
    ],
)
def test_a_place_by_its_name(reply: str, value: object) -> None:
    assert meant(PLACES, reply) == value


# ---- all of them

CHOICES: list[Kind[Any]] = [
    YesNo(),
    Choice({"yes": "Sí", "unsure": "Aún no sé"}),
    Choice({"a": "18 o más"}, number=lambda n: "a"),
]
FREE: list[Kind[Any]] = [Text(), Text(name=True, offer="Ana"), Number(), Date(date(2026, 11, 12)), PLACES]


@given(st.text(max_size=200), st.sampled_from(CHOICES + FREE))
def test_whatever_is_typed_is_a_value_that_holds_or_a_text_that_helps(reply: str, kind: Kind[Any]) -> None:
    assert meant(kind, reply) is not None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Falta\x01 \u202e  dinero 💧", "Falta dinero 💧"),
        ("30", "30"),
        ("क्षेत्र", "क्षेत्र"),
        ("\x01\x02", ""),
        ("😀", ""),
        (" .…\u200d\u2800 ", ""),
        ("\u3164", ""),
    ],
)
def test_what_is_written_for_others_has_a_letter(typed: str, kept: str) -> None:
    assert written(typed) == kept
