"""A list as spreadsheets save it: its rows, their numbers, and which sender writes to which country."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import listfile
from bot.listfile import BadList, Row, Why
from bot.sending_rules import sender_for
from storage.senders import Sender

ANA, LANDLINE = "+50760000001", "+5072251234"

# --- the file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"nombre;celular\nAna;60000001\n",
        "Nombre,Número de teléfono\r\nÁna,60000001\r\n".encode(),
        "Nombre;Teléfono\nJosé;60000001\n".encode("latin-1"),
        "Nombre;Móvil;Nota\n“Ana”;60000001;ñ\n".encode("cp1252"),
        b"\x81;telefono\nx;60000001\n",
        "\ufeffcelular\n60000001\n".encode(),
        "name\tphone\nAna\t60000001\n".encode("utf-16"),
        b'sep=|\nPhone number|name\n"60000001"|"Ana Maria"\n',
        "TELÉFONO CELULAR\n60000001".encode(),
        "LISTA;;\nSan Martín, 5 de mayo, 2026;;\n;;\nN°;Nombre;N° de celular\n1;Ana;60000001\n".encode("cp1252"),
        "Lista de teléfonos\n\nNombre,Celular (WhatsApp)\nAna,60000001\n".encode(),
        b"Nombre;Tel. / Cel.\nAna, Pedro, Luis;60000001\n",
    ],
)
def test_a_list_is_read_as_spreadsheets_save_it(data: bytes) -> None:
    assert listfile.numbers(listfile.read(data).rows, "PA").found == {ANA: "PA"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"\n;;\n", "empty"),
        (b"\n; ;\n", "empty"),
        (b"\xff\xd8\xff\xe0picture", "no list"),
        (b"%PDF-1.7 celular\n60000001\n", "no list"),
        (b"celular\n6000\x000001\n", "no list"),
        (b"Ana;Cel 6000 0001\nLuis;Cel 6000 0002\n", "first rows must name the columns"),
        (b"a\n" * 10 + b"celular\n60000001\n", "first rows must name the columns"),
        (b"PK\x03\x04rest", "workbook can not be read"),
        (b"\xd0\xcf\x11\xe0rest", r"old workbook \(.xls\), or one with a password"),
        (b" " * (listfile.BIGGEST + 1), "over 20 MB"),
        (b"Ana;60000001\n", "first rows must name the columns"),
        (b"celular\n" + b"60000001\n" * (listfile.MOST + 1), "10000 at a time"),
        (b"celular\n" + b"6" * 200_000, "saved as CSV"),
    ],
)
def test_a_file_that_is_no_list_says_what_to_do_and_shows_nothing_of_it(data: bytes, told: str) -> None:
    with pytest.raises(BadList, match=told) as fault:
        listfile.read(data)
    assert "Ana" not in str(fault.value)
    assert "6000" not in str(fault.value)


def test_rows_are_counted_as_the_spreadsheet_counts_them() -> None:
    rows = listfile.read(b'nombre,celular,nota\n"Ana\nMaria",1,\n\n,3,x\n').rows
    assert rows == [Row(2, "", Why.lines), Row(4, "3")]
    assert listfile.read(b"Lista\n\nnombre,celular\nAna,1\n").rows == [Row(4, "1")]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("6000-0001", ANA),
        ("+507 6000 0001", ANA),
        ("00 507 6000-0001", ANA),
        ("(507) 60000001", ANA),
        ("60000001.0", ANA),
        ("'60000001", ANA),
        ("6000-0001 (de su hija)", ANA),
        ("Cel: 6000 0001", ANA),
        ("6000-CASA", Why.unreal),
        ("+56 9 6123 4567", "+56961234567"),
        ("-", Why.nothing),
        ("no tiene", Why.nothing),
        ("", Why.nothing),
        ("6.0E+07", Why.shortened),
        ("=CONCATENAR(6000;0001)", Why.formula),
        ("+60000001", Why.unreal),
        ("6,00001E+07", Why.shortened),
        ("6000-0001 / 6000-0002", Why.several),
        ("60000001 o 60000002", Why.several),
        ("6000-000", Why.unreal),
        ("123", Why.unreal),
        ("+1 555 0100", Why.unreal),
        (LANDLINE, Why.landline),
    ],
)
def test_the_number_of_a_row(cell: str, found: object) -> None:
    read = listfile.mobile(cell, "PA")
    assert (read if isinstance(read, Why) else read[0]) == found


def test_a_number_is_read_as_of_the_labs_country() -> None:
    assert listfile.mobile("961234567", "CL") == ("+56961234567", "CL")


# --- who sends ----------------------------------------------------------------------------------------------------


def line(id: int, via: str, channel: str = "sms", halted: bool = False) -> Sender:
    stopped = datetime(2026, 11, 1, tzinfo=UTC) if halted else None
    return Sender(id, f"{via}:{id}", channel, via, 1, stopped, None)


SIM, ABROAD, HALTED = line(1, "android"), line(2, "twilio"), line(3, "android", halted=True)


@pytest.mark.parametrize(
    ("country", "lines", "rules", "chosen"),
    [
        ("PA", [SIM, ABROAD], "PA=android,*=twilio", SIM),
        ("CO", [SIM, ABROAD], "PA=android,*=twilio", ABROAD),
        ("PA", [HALTED, ABROAD], "PA=android,*=twilio", ABROAD),
        ("PA", [SIM], "PA=twilio", SIM),
        ("PA", [SIM, ABROAD], "", ABROAD),
        ("PA", [SIM, line(4, "android")], "*=android", line(4, "android")),
        ("PA", [HALTED], "PA=android", None),
        ("PA", [line(5, "twilio", "whatsapp"), line(6, "telegram", "telegram")], "*=twilio", None),
        ("PA", [], "*=twilio", None),
    ],
)
def test_the_sender_for_a_country(country: str, lines: list[Sender], rules: str, chosen: Sender | None) -> None:
    assert sender_for(country, lines, rules) == chosen


@pytest.mark.parametrize(
    ("country", "lines", "chosen"),
    [
        ("CO", [SIM, ABROAD], SIM),
        ("PA", [SIM, ABROAD], ABROAD),
        ("CO", [ABROAD], ABROAD),  # there is no other: it waits there
    ],
)
def test_a_country_that_is_closed_to_one_line_is_asked_by_another(
    country: str, lines: list[Sender], chosen: Sender
) -> None:
    assert sender_for(country, lines, "*=twilio", {(ABROAD.id, "CO")}) == chosen
