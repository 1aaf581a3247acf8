"""Kinds of answer: what a reply means. `!` an Invalid text, `?` a reading to be confirmed."""

import pytest

from bot.errors import Invalid, Unsure
from bot.kinds import Choice, Text, YesNo, button_labels, by_button, number_label
from bot.ladder import match, number
from tests.words.reading import meant

GOING = Choice(
    {"yes": "Sí", "no": "No", "unsure": "Aún no sé"},
    synonyms={"unsure": ("no se", "tal vez", "quizas", "maybe", "i do not know")},
)
NEEDS = Choice(
    {
        "ride": "Transporte",
        "ramp": "Rampa",
        "signs": "Lengua de señas",
        "care": "Cuidado de niños",
        "lang": "Otro idioma",
        "none": "Nada",
    }
)


def band(years: int) -> str | None:
    """An age where a band was asked."""
    return "adult" if 18 <= years <= 120 else "teen" if 14 <= years < 18 else "child" if 4 <= years < 14 else None


AGES = Choice({"adult": "18 o más", "teen": "de 14 a 17", "child": "menos de 14"}, number=band)
ENGLISH = [("yes", "Yes"), ("no", "No"), ("unsure", "Not sure yet")]


YES = [
    *("1", " 1 ", "1.", "1)", "(1)", "#1", "uno", "UNO", "el 1", "la 1", "opción 1", "opcion uno", "número 1", "1️⃣"),
    *(
        "one",
        "option 1",
        "primero",
        "la primera",
        "sí",
        "Si",
        "SI.",
        "s",
        "ok",
        "OK!",
        "dale",
        "claro",
        "ya",
        "👍",
        "👍🏽",
    ),
    *("👍👍", "yes", "y", "bueno", "si por favor", "Sí, gracias", "claro que sí", "sí voy", "acepto"),
]
NO = [
    "2",
    "2.",
    "dos",
    "el 2",
    "2️⃣",
    "two",
    "no",
    "No.",
    "NO",
    "n",
    "nop",
    "👎",
    "👎🏿",
    "no gracias",
    "no, por favor",
    "ya no",
]
NEITHER = [
    *(
        "visita",
        "sitio",
        "nosotros",
        "noche",
        "kkkk",
        "que es esto",
        "",
        "  ",
        "🎉",
        "¿?",
        "👍👎",
        "sí pero no",
        "no sé",
    ),
    *("mmm no sé mija", "no entiendo", "3/4"),
]


@pytest.mark.parametrize(
    ("reply", "value"), [*((r, True) for r in YES), *((r, False) for r in NO), *((r, "! No entendí.") for r in NEITHER)]
)
def test_yes_and_no(reply: str, value: object) -> None:
    assert meant(YesNo(), reply) == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("para el sabado si voy", "? True"),
        ("creo que sí", "? True"),
        ("ese día no puedo", "? False"),
        ("3", "! No entendí 3."),
        ("0", "! No entendí 0."),
        ("12345678901234567890", "! No entendí."),
    ],
)
def test_a_yes_inside_words_is_asked_and_a_number_outside_is_said_back(reply: str, value: str) -> None:
    assert meant(YesNo(), reply) == value


def test_labels_of_a_yes_or_no_may_say_more() -> None:
    kind = YesNo(no="No puedo")
    assert kind.options() == [("yes", "Sí"), ("no", "No puedo")]
    assert meant(kind, "no puedo") is False
    assert meant(kind, "no") is False
    with pytest.raises(Unsure) as near:
        kind.parse("el sábado no puedo", kind.options())
    assert near.value.label == "No puedo"
    assert near.value.question == "Entendí: {label}. ¿Es así?"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("1", "yes"),
        ("3", "unsure"),
        ("tres", "unsure"),
        ("aún no sé", "unsure"),
        ("AUN NO SE", "unsure"),
        ("no se", "unsure"),
        ("quizás", "unsure"),
        ("aun", "unsure"),  # a prefix of one option only
        ("dale", "yes"),
        ("👎", "no"),
        ("mmm no sé mija", "? unsure"),
        ("aum no sé", "? unsure"),
        ("para el sabado si voy", "? yes"),
        ("sí o no", "! No entendí."),
        ("visita", "! No entendí."),
        ("5", "! No entendí 5."),
        ("kkkk", "! No entendí."),
        ("unsure", "unsure"),  # our own key, as a button without number would send it
    ],
)
def test_one_of_a_list(reply: str, value: str) -> None:
    assert meant(GOING, reply) == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Yes", "yes"),
        ("not sure yet", "unsure"),
        ("Not sure", "unsure"),
        ("3", "unsure"),
        ("three", "unsure"),
        ("maybe", "unsure"),
        ("sí", "yes"),
        ("no", "no"),
    ],
)
def test_labels_are_read_in_the_language_they_were_shown_in(reply: str, value: str) -> None:
    assert meant(GOING, reply, ENGLISH) == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("transporte", "ride"),
        ("tran", "ride"),
        ("tr", "! No entendí."),
        ("trasporte", "? ride"),
        ("señas", "? signs"),
        ("niños", "? care"),
        ("necesito una rampa", "? ramp"),
        ("otro", "lang"),
        ("nada", "none"),
        ("rampa y transporte", "! No entendí."),
        ("cuidado", "care"),
    ],
)
def test_prefixes_and_near_misses(reply: str, value: str) -> None:
    assert meant(NEEDS, reply) == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("1", "adult"),
        ("2", "teen"),
        ("3", "child"),
        ("38", "adult"),
        ("tengo 38 años", "adult"),
        ("15", "teen"),
        ("I am 16 years old", "teen"),
        ("9 años", "child"),
        ("18 o mas", "adult"),
        ("de 14 a 17", "teen"),
        ("menos de 14", "child"),
        ("400", "! No entendí 400."),
        ("mucho", "! No entendí."),
    ],
)
def test_an_age_says_its_band(reply: str, value: str) -> None:
    assert meant(AGES, reply) == value


def test_a_number_is_read_against_the_list_as_it_was_shown() -> None:
    shown = [("no", "No"), ("yes", "Sí")]
    assert meant(GOING, "1", shown) == "no"
    assert meant(GOING, "3", shown) == "! No entendí 3."
    assert meant(Choice({"yes": "Sí"}), "1", shown) == "! No entendí 1."  # that option is gone


def test_a_button_is_the_option_it_names() -> None:
    assert by_button(GOING, "unsure", GOING.options()) == "unsure"
    assert by_button(YesNo(), "no", YesNo().options()) is False
    assert by_button(Text(offer="Kevin"), "other", Text(offer="Kevin").options()) == ""
    with pytest.raises(Invalid):
        by_button(GOING, "never", GOING.options())


def test_two_options_of_one_label_are_never_guessed() -> None:
    shown = [("a", "San Martín"), ("b", "San Martín"), ("c", "San Miguel")]
    assert match("san martin", shown) is None
    assert match("san m", shown) is None
    assert match("2", shown) is not None


# ---- how options are shown


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (["Sí", "No"], "1 Sí 2 No"),
        (["18 o más", "de 14 a 17", "menos de 14"], "1: 18 o más 2: de 14 a 17 3: menos de 14"),
        (["Sábado 21 nov, 3:30 pm", "Otra fecha"], "1 Sábado 21 nov, 3:30 pm 2 Otra fecha"),
        ([], ""),
    ],
)
def test_options_are_repeated_as_numbers(labels: list[str], text: str) -> None:
    assert number_label(labels) == text
    assert number_label(labels, lines=True) == "\n".join(button_labels(labels))


@pytest.mark.parametrize(
    ("reply", "n"),
    [("1", 1), ("uno", 1), ("el 2.", 2), ("décimo", 10), ("٣", 3), ("dos tres", None), ("1 2", None), ("", None)],
)
def test_a_number_is_the_whole_reply(reply: str, n: int | None) -> None:
    assert number(reply) == n
