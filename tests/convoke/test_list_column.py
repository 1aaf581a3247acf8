"""Which column of a list is the telephone, and which rows are refused: nobody else is written to."""

from __future__ import annotations

import pytest

from bot import listfile
from bot.listfile import BadList, NoColumn, Unsure, Why
from tests.convoke.test_workbook import book

ANA, LUIS, EVA = "+50760000001", "+50760000002", "+50760000003"


def read(text: str, column: str = "") -> tuple[dict[str, int], list[tuple[int, Why]]]:
    """Number -> its row, and the refused rows."""
    seen = listfile.numbers(listfile.read(text.encode(), column).rows, "PA")
    return dict(seen.at), list(seen.refused)


# --- the column ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("Nombre;Numero;Celular", "Celular"),
        ("Cédula;Numero de cedula;Número de celular", "Número de celular"),
        ("Celular de emergencia;Nombre;Celular", "Celular"),
        ("Contacto;Celular;Contacto de emergencia", "Celular"),
        ("Celular;Celular de su hija;Tel. casa", "Celular"),
        ("Tiene WhatsApp;WhatsApp (sí/no);Teléfono", "Teléfono"),
        ("Emergency phone;Name;Mobile phone", "Mobile phone"),
        ("Home phone;Phone number;Contact", "Phone number"),
        ("N°;Nombre;Tel. / Cel.", "Tel. / Cel."),
        ("Número;Comunidad;Celular (WhatsApp)", "Celular (WhatsApp)"),
        ("Nombre;05/05/2026;Móvil", "Móvil"),
    ],
)
def test_the_one_column_that_is_the_persons_own_telephone(header: str, chosen: str) -> None:
    at = header.split(";").index(chosen)
    cells = ["6-712-3456", "60000009", "60000008"]
    cells[at] = "60000001"
    table = listfile.read(f"{header}\n{';'.join(cells)}\n".encode())
    assert table.column == chosen
    assert listfile.numbers(table.rows, "PA").found == {ANA: "PA"}


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Nombre;Celular;Teléfono", "Varias columnas pueden ser el número: «Celular», «Teléfono»."),
        ("Celular;Celular 2", "«Celular», «Celular 2»"),
        ("Phone;WhatsApp;Name", "«Phone», «WhatsApp»"),
        ("Celular;Celular", "«Celular», «Celular»"),
        ("Nombre;Numero", "Ninguna columna dice con seguridad que es el celular de la persona. Hay: «Nombre», «N"),
        ("Nombre;Contacto", "Hay: «Nombre», «Contacto»."),
        ("Nombre;Celular de emergencia", "Hay: «Nombre», «Celular de emergencia»."),
        ("Nombre;Cédula / Celular", "Hay: «Nombre», «Cédula / Celular»."),
        ("Nombre;Cédula;Correo", "Hay: «Nombre», «Cédula», «Correo»."),
        ("Nombre;Celular de Rosa Vega;Casa Vega", "Hay: «Nombre», B, C."),
    ],
)
def test_where_none_or_more_than_one_could_be_it_nothing_is_read_and_the_headers_are_named(
    header: str, told: str
) -> None:
    with pytest.raises(BadList) as fault:
        listfile.read(f"{header}\n60000001;60000002;60000003\n".encode())
    assert told in str(fault.value)
    assert not [part for part in ("6000", "Vega") if part in str(fault.value)]


@pytest.mark.parametrize("named", ["Contacto", "contacto ", "CONTACTO"])
def test_the_column_that_is_named_is_read_and_no_other(named: str) -> None:
    assert read("Nombre;Contacto;Celular\nAna;60000001;60000009\nLuis;;60000008\n", named) == (
        {ANA: 2},
        [(3, Why.nothing)],
    )


def test_a_named_column_that_is_not_there_or_twice_is_refused() -> None:
    with pytest.raises(NoColumn, match=r"No hay una columna «Fono». Hay: «Nombre», «Celular»."):
        listfile.read(b"Nombre;Celular\nAna;60000001\n", "Fono")
    with pytest.raises(Unsure, match="Varias columnas"):
        listfile.read(b"Celular;Celular\nAna;60000001\n", "Celular")


def test_above_the_header_stands_whom_to_call_and_she_is_not_asked() -> None:
    text = "Teléfono;6999-0000\nContacto;Rosa\nNombre;Celular\nAna;60000001\n"
    assert read(text) == ({ANA: 4}, [])


def test_a_sheet_whose_column_is_unsure_is_not_passed_over_for_another_list() -> None:
    unsure, other = [["Nombre", "Numero"], ["Ana", 60000001]], [["celular"], [60000009]]
    with pytest.raises(Unsure, match="«Nombre», «Numero»"):
        listfile.read(book(unsure, other))
    assert listfile.numbers(listfile.read(book(unsure, other), "numero").rows, "PA").found == {ANA: "PA"}


# --- rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        *("6-712-3456", "8-888-1234", "PE-12-345", "E-8-12345", "N-19-1234", "10-700-1234", "8-NT-12-3456"),
        *("6 - 712 - 3456", "6–712–3456", "6.712.3456", "6 712 3456", "Céd. 6-712-3456", "e-8-12345", "06-712-3456"),
        *("60000001 (6-712-3456)", "8PI-12-345"),
    ],
)
def test_an_identity_number_is_refused_as_one(cell: str) -> None:
    assert listfile.mobile(cell, "PA") is Why.identity
    assert "identity number" in Why.identity


@pytest.mark.parametrize(
    ("cell", "country", "found"),
    [
        ("6000-0001", "PA", ANA),
        ("507-6000-0001", "PA", ANA),
        ("+507 6 000 0001", "PA", ANA),
        ("60-00-00-01", "PA", ANA),
        ("9 6123 4567", "CL", "+56961234567"),
        ("9-6123-4567", "CL", "+56961234567"),
    ],
)
def test_a_telephone_is_no_identity_number(cell: str, country: str, found: str) -> None:
    assert listfile.mobile(cell, country) == (found, country)


@pytest.mark.parametrize(
    ("rows", "at", "refused"),
    [
        ('"Chela;60000001\nLuis;60000002', {LUIS: 3}, [(2, Why.quote)]),
        ('Chela";60000001\nLuis;60000002', {LUIS: 3}, [(2, Why.quote)]),
        ('"Chela;60000001\nLuis;60000002\nEva";60000003', {LUIS: 3}, [(2, Why.quote), (4, Why.quote)]),
        ('"Chela;60000001\nLuis;60000002\n"Eva;60000003', {LUIS: 3}, [(2, Why.quote), (4, Why.quote)]),
        ('"Chela" R;60000001\nLuis;60000002', {LUIS: 3}, [(2, Why.quote)]),
        ('Ana;"60000001\nLuis;60000002', {LUIS: 3}, [(2, Why.quote)]),
        ('"Ana\nMaria";60000001\nLuis;60000002', {LUIS: 3}, [(2, Why.lines)]),
        ('Ana;"6000\n0001"\nLuis;60000002', {LUIS: 3}, [(2, Why.lines)]),
        ("60000001\nLuis;60000002", {LUIS: 3}, [(2, Why.few)]),
        ("Vega;Ana;60000001\nLuis;60000002", {LUIS: 3}, [(2, Why.many)]),
        ('Ana\x85Luz;"60000001"\n"Vega\x85Lu";60000002', {ANA: 2, LUIS: 3}, []),
        ('Ana "La Negra" R;60000001\n"Vega; ""Lu""";60000002;;', {ANA: 2, LUIS: 3}, []),
    ],
)
def test_a_broken_row_is_refused_by_its_number_and_swallows_nobody(
    rows: str, at: dict[str, int], refused: list[tuple[int, Why]]
) -> None:
    for end in ("\n", "\r\n"):
        assert read(f"Nombre;Celular\n{rows}\n".replace("\n", end)) == (at, refused)


def test_one_stray_quote_among_many_costs_one_row() -> None:
    lines = [('"' if n == 3 else "") + f"Ana;600000{n:02d}" for n in range(1, 30)]
    at, refused = read("\n".join(["Nombre;Celular", *lines]))
    assert (len(at), refused) == (28, [(4, Why.quote)])


def test_a_column_too_few_never_moves_the_number_of_another_under_hers() -> None:
    text = "Nombre,Emergencia,Celular\nVega, Ana,60000009,60000001\nLuis,60000009,60000002\nEva,60000009\n"
    assert read(text) == ({LUIS: 3}, [(2, Why.many), (4, Why.few)])


def test_the_names_of_columns_may_run_over_two_lines() -> None:
    assert read('Nombre;"Número de\ncelular"\nAna;60000001\n') == ({ANA: 2}, [])


def test_a_cell_of_a_workbook_with_two_lines_is_refused_and_short_rows_are_not() -> None:
    rows = [["Celular", "Nota"], ["6000\n0001", "x"], [60000002], [60000003, "a\nb", "c"]]
    seen = listfile.numbers(listfile.read(book(rows)).rows, "PA")
    assert (list(seen.found), seen.refused) == ([LUIS, EVA], [(2, Why.lines)])
