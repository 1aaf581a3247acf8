"""Kinds of answer: what a reply means. `!` an Invalid text, `?` a reading to be confirmed."""

import pytest

from bot.errors import Invalid, Unsure
from bot.kinds import Choice, Kind, Text, YesNo, button_labels, by_button, number_label
from bot.ladder import match, number
from bot.promised import DONE
from conversations.attend import GOING, TOGETHER
from tests.words.reading import meant

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


@pytest.mark.parametrize(
    ("reply", "value"),
    [("no lo sé", "unknown"), ("tal vez", "unknown"), ("I'm not sure", "unknown"), ("4 No sé", "unknown"),
     ("todavía no", "no"), ("not yet", "no"), ("todavía no sé", "unknown"), ("2 En parte", "partly")],
)  # fmt: skip
def test_not_knowing_and_not_yet_are_two_answers_to_what_was_done(reply: str, value: str) -> None:
    assert meant(DONE, reply) == value


def test_labels_of_a_yes_or_no_may_say_more() -> None:
    kind = YesNo(no="No puedo")
    assert kind.options() == [("yes", "Sí"), ("no", "No puedo")]
    assert meant(kind, "no puedo") is False
    assert meant(kind, "no") is False
    with pytest.raises(Unsure) as near:
        kind.parse("el sábado no puedo", kind.options())
    assert near.value.label == "No puedo"
    assert near.value.question == ""  # a "no" to "is it so?" would not be heard as hers: the question is put again


def test_what_is_no_question_of_yes_or_no_is_named_and_asked() -> None:
    kind = Choice({"sona": "Soná", "colon": "Colón"})
    with pytest.raises(Unsure) as near:
        kind.parse("colonn", kind.options())
    assert (near.value.label, near.value.question) == ("Colón", "Entendí: {label}. ¿Es así?")


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
    "reply",
    ["no sé", "No lo sé.", "no sé todavía", "todavía no sé", "Todavía no", "aún no sé", "tal vez", "talvez", "Quizás",
     "quizá", "depende", "no estoy segura", "no estoy seguro", "voy a ver", "maybe", "Not sure", "not sure yet",
     "I don't know", "i dont know", "I do not know yet", "I'm not sure", "perhaps", "it depends"],
)  # fmt: skip
def test_who_does_not_know_yet_says_so_in_her_own_words(reply: str) -> None:
    assert meant(GOING, reply) == "unsure"
    assert meant(TOGETHER, reply) == "unsure"
    assert meant(GOING, reply, ENGLISH) == "unsure"


@pytest.mark.parametrize(
    ("kind", "reply", "value"),
    [
        *((YesNo(), reply, True) for reply in ("1 Si", "1 Sí", "1. Sí", "1) si", "1: Sí", "1️⃣ Sí", "1 sí, gracias")),
        *((YesNo(), reply, False) for reply in ("2 No", "2. no", "2️⃣ No")),
        (YesNo(no="No puedo"), "2 No puedo", False),
        (GOING, "3 Aún no sé", "unsure"),
        (GOING, "3: Aun no se", "unsure"),
        (GOING, "1 Si", "yes"),
        (GOING, "3 no sé", "unsure"),
        (YesNo(), "1 Yes", True),
        (AGES, "1: 18 o mas", "adult"),
        (AGES, "1: 18 o más", "adult"),
        (AGES, "2: de 14 a 17", "teen"),
        (NEEDS, "4 Cuidado de niños", "care"),
        (Text(offer="Kevin"), "1 Sí", "Kevin"),
        (Text(offer="Kevin"), "2 Otro nombre", ""),
    ],
)
def test_an_option_typed_as_it_is_printed_is_that_option(kind: Kind[object], reply: str, value: object) -> None:
    assert meant(kind, reply) == value


@pytest.mark.parametrize(
    ("kind", "reply", "value"),
    [(YesNo(), "1 No", "? False"), (YesNo(), "2 Sí", "? True"), (YesNo(), "3 No", "? False"),
     (GOING, "1 Aún no sé", "? unsure"), (AGES, "2: 18 o mas", "? adult")],
)  # fmt: skip
def test_the_number_of_one_option_with_the_label_of_another_is_asked(
    kind: Kind[object], reply: str, value: object
) -> None:
    assert meant(kind, reply) == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Yes", "yes"),
        ("1 Yes", "yes"),
        ("3 Not sure yet", "unsure"),
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
