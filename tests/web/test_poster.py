"""The poster and the radio script: what they say, of which session, and that they say it without colour or script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from bot.web import aloud, qr
from storage import tables as t
from tests.convoke.town import STARTS, add
from tests.web.square import Doors, Square
from tests.web.visitor import words

PANAMA = "America/Panama"
HALF_A_MINUTE = 80  # words that a slow voice reads in about 35 seconds


def poster(square: Square, code: str = "", query: str = "") -> str:
    path = f"/l/san-martin/cartel{'/' + code if code else ''}{query}"
    answer = square.browser.get(path)
    assert answer.status_code == 200, path
    return str(answer.text)


def read(page: str) -> str:
    return unescape(words(page))


def test_the_poster_says_what_when_where_how_and_what_for(square_on_both: Square) -> None:
    page = poster(square_on_both)
    text = read(page)
    for said in (
        "San Martín", "sábado 21 nov", "3:30 pm", "Casa Comunal", "SANMARTIN", "Va a la junta comunal.",
        "Convoca: Junta Comunal de Ejemplo.", "@ConvocaBot", "+507 6000-0001", "+507 6000-0002",
    ):  # fmt: skip
        assert said in text
    for link in ("https://t.me/ConvocaBot?start=lab-san-martin", "https://wa.me/50760000001?text=SANMARTIN"):
        assert qr.code(link).path in page
    assert "<script" not in page
    assert "consulta previa" not in text


def test_the_radio_script_is_half_a_minute_with_its_numbers_in_words(square: Square) -> None:
    text = read(poster(square)).partition("Guion de radio")[2]
    assert "sábado veintiuno de noviembre, a las tres y media de la tarde" in text
    assert "por mensaje de texto, al seis, cero, cero, cero, cero, cero, cero, dos." in text
    assert text.count("SANMARTIN") == 2
    script = text.partition("Atención")[2].partition("Aquí hay totales")[0]
    assert 50 < len(script.split()) <= HALF_A_MINUTE
    assert not any(one.isdecimal() for one in script)


def test_in_english_it_is_read_as_it_is_written(square: Square) -> None:
    square.town.change_session(texts={"en": {"use": "goes to the local board"}})
    text = read(poster(square, query="?lang=en"))
    assert "Attention, neighbours of San Martín." in text
    assert "Saturday 21 Nov, 3:30 pm" in text
    assert text.count("Goes to the local board.") == 2  # on the poster, and read out
    assert "junta comunal." not in text


def test_what_the_plan_says_in_one_language_alone_is_marked_as_that(square: Square) -> None:
    page = poster(square, query="?lang=en")
    assert page.count('<span lang="es">Va a la junta comunal.</span>') == 2
    assert '<span lang="en">Goes' not in page


def test_without_a_channel_it_names_the_organiser(square: Square) -> None:
    quiet = Square(square.store, square.town, channels={})
    page = poster(quiet)
    assert "al bot de Junta Comunal de Ejemplo." in read(page)
    assert "Código QR" not in page
    assert "Escríbanla" not in read(page)


def test_only_the_ways_that_are_on_have_a_code(square: Square) -> None:
    one = Square(square.store, square.town, channels={"simulator": Doors({"telegram": "ConvocaBot"})})
    page = poster(one)
    assert page.count("Código QR para") == 1
    assert "en Telegram, a ConvocaBot" in read(page)


def another(square: Square, state: str) -> None:
    def work(unit: Any) -> None:
        session = {"kind": "table", "tz": PANAMA, "place": "Escuela", "use": "x", "title": "Mesa", "state": state}
        session["reason"] = "lluvia" if state == "cancelled" else ""
        add(unit, t.session, lab_id=square.town.lab, code="s9", starts_at=STARTS + timedelta(days=7), **session)

    square.store.do(work)


def test_a_session_that_is_named_has_its_own_poster(square: Square) -> None:
    another(square, "published")
    page = poster(square, "S9")
    assert "sábado 28 nov" in read(page)
    assert qr.code("https://t.me/ConvocaBot?start=s-s9").path in page, "the word alone would lead to the one before"
    assert "sábado 21 nov" in read(poster(square))


@pytest.mark.parametrize("state", ["draft", "cancelled", "closed"])
def test_only_a_published_session_has_a_poster(square: Square, state: str) -> None:
    another(square, state)
    assert square.status("/l/san-martin/cartel/s9") == 404
    square.town.change_session(state=state, reason="lluvia")
    assert square.status("/l/san-martin/cartel") == 404


@pytest.mark.parametrize("code", ["nada", "%00", "..%2f..", "<b>", "a" * 3000])
def test_another_address_is_not_there(square: Square, code: str) -> None:
    assert square.status(f"/l/san-martin/cartel/{code}") == 404
    assert square.status("/l/nada/cartel") == 404


def test_a_comarca_says_what_it_is_not_and_without_authorisation_says_nothing(comarca: Square) -> None:
    assert comarca.status("/l/san-martin/cartel") == 404


def test_what_an_organiser_writes_is_text(square: Square) -> None:
    square.town.change_session(place="<i>aquí</i>", use="<b>va</b>")
    page = poster(square)
    assert "<i>aquí" not in page
    assert "<b>va" not in page


@pytest.mark.parametrize(
    ("at", "day", "hour"),
    [
        ("2026-11-21 20:30", "sábado veintiuno de noviembre", "a las tres y media de la tarde"),
        ("2027-05-01 18:00", "sábado primero de mayo", "a la una de la tarde"),
        ("2026-12-31 17:00", "jueves treinta y uno de diciembre", "a las doce del mediodía"),
        ("2026-11-12 14:15", "jueves doce de noviembre", "a las nueve y cuarto de la mañana"),
        ("2026-11-13 01:45", "jueves doce de noviembre", "a las ocho y cuarenta y cinco de la noche"),
        ("2026-11-12 23:59", "jueves doce de noviembre", "a las seis y cincuenta y nueve de la tarde"),
    ],
)
def test_a_moment_as_a_voice_reads_it(at: str, day: str, hour: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert (aloud.day(moment, PANAMA), aloud.at_hour(moment, PANAMA)) == (day, hour)
