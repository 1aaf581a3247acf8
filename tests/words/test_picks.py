"""A choice by one text: the grammar of voting.md 5."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Invalid, Unsure
from bot.i18n import Catalogues, Voice
from bot.picks import Picked, Picks, digits

FIVE = {
    "agua": "Agua potable",
    "camino": "Camino a la escuela",
    "salud": "Centro de salud",
    "senal": "Señal de celular",
    "basura": "Basura",
}
PICKS = Picks(FIVE, titles={"agua": ("Water",), "salud": ("Health centre",)})
SHOWN = list(FIVE.items())
CATALOGUES = Catalogues.load()
MANY = Picks({f"o{n}": f"Opción {n}" for n in range(1, 13)}, most=12)


def chosen(reply: str, kind: Picks = PICKS, shown: list[tuple[str, str]] | None = None) -> Any:
    """Numbers chosen, a blank, '! text' or '? label'."""
    shown = kind.options() if shown is None else shown
    unsure = None
    try:
        picked = kind.parse(reply, shown)
    except Invalid as e:
        return f"! {e.text.format(**e.fill)}"
    except Unsure as e:
        unsure = e
        picked = cast(Picked, e.value)
    assert kind.holds(picked)
    if unsure:
        return "? " + CATALOGUES.text(Voice(), unsure.question, label=unsure.label)
    return picked["blank"] or [list(dict(shown)).index(value) + 1 for value in picked["chosen"]]


@pytest.mark.parametrize(
    ("reply", "numbers"),
    [
        ("3 1", [3, 1]),
        ("3 y 1", [3, 1]),
        ("2-5 1", [2, 5, 1]),
        ("251", [2, 5, 1]),
        ("2,5,1", [2, 5, 1]),
        ("2;5;1", [2, 5, 1]),
        ("2/5/1", [2, 5, 1]),
        ("2.5.1.", [2, 5, 1]),
        ("2 and 5", [2, 5]),
        ("2 e 5", [2, 5]),
        ("el 2", [2]),
        ("2.", [2]),
        ("dos", [2]),
        ("uno, dos y el 3", [1, 2, 3]),
        ("1️⃣ 3️⃣", [1, 3]),
        ("las opciones 1 y 3", [1, 3]),
        ("ELEGIR 2 5", [2, 5]),
        ("voto 2", [2]),
        ("quiero el 3 por favor", [3]),
        ("1 Agua potable", [1]),  # as the button says it
        ("1 agua, 3 salud", [1, 3]),
        ("3 3 3", [3]),
        ("3 1 3", [3, 1]),
        ("111", [1]),
        ("ninguno", "none"),
        ("Ninguna.", "none"),
        ("BLANCO", "blank"),
        ("en blanco", "blank"),
    ],
)
def test_numbers_count_in_the_order_given(reply: str, numbers: object) -> None:
    assert chosen(reply) == numbers


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("7", "! Hay 5 opciones, del 1 al 5. ¿Cuál quisiste decir?"),
        ("0", "! Hay 5 opciones, del 1 al 5. ¿Cuál quisiste decir?"),
        ("1 7", "! Hay 5 opciones, del 1 al 5. ¿Cuál quisiste decir?"),
        ("10", "! Hay 5 opciones, del 1 al 5. ¿Cuál quisiste decir?"),
        ("9" * 30, "! Hay 5 opciones, del 1 al 5. ¿Cuál quisiste decir?"),
        ("1 2 3 4", "! Se pueden elegir hasta 3. ¿Cuáles 3?"),
        ("1234", "! Se pueden elegir hasta 3. ¿Cuáles 3?"),
        (
            "todo",
            "! Todo importa. Hay que empezar por algo. ¿Qué te hace más falta hoy? Escribe un número del 1 al 5.",
        ),
        ("agua", "? ¿Elegiste 1 Agua potable?"),
        ("el agua", "? ¿Elegiste 1 Agua potable?"),
        ("AGUA POTABLE", "? ¿Elegiste 1 Agua potable?"),
        ("water", "? ¿Elegiste 1 Agua potable?"),
        ("salud y camino", "? ¿Elegiste 3 Centro de salud y 2 Camino a la escuela?"),
        ("saludd", "? ¿Elegiste 3 Centro de salud?"),
        ("3 y agua", "? ¿Elegiste 3 Centro de salud y 1 Agua potable?"),
        ("quiero el 3 porque hace falta", "? ¿Elegiste 3 Centro de salud?"),
        ("agua camino salud basura", "! Se pueden elegir hasta 3. ¿Cuáles 3?"),
        ("mmm no sé mija", "! No entendí."),
        ("eso que dijo el señor", "! No entendí."),
        ("el de la", "! No entendí."),
        ("", "! No entendí."),
        ("🎤", "! No entendí."),
    ],
)
def test_words_are_asked_first_and_what_is_wrong_is_explained(reply: str, told: str) -> None:
    assert chosen(reply) == told


def test_a_number_said_twice_is_reported() -> None:
    assert PICKS.parse("3 3 3", SHOWN) == {"chosen": ["salud"], "blank": "", "twice": ["salud"]}
    assert PICKS.parse("3 1", SHOWN)["twice"] == []


def test_with_ten_options_or_more_a_run_of_digits_is_one_number() -> None:
    assert chosen("11", MANY) == [11]
    assert chosen("1 1", MANY) == [1]
    assert chosen("diez y 12", MANY) == [10, 12]
    assert chosen("251", MANY) == "! Hay 12 opciones, del 1 al 12. ¿Cuál quisiste decir?"
    assert digits("251", 9) == [2, 5, 1]
    assert digits("251", 10) == [251]
    assert digits("agua", 9) == []


def test_a_title_word_of_two_options_is_never_guessed() -> None:
    kind = Picks({"a": "Camino a la escuela", "b": "Techo de la escuela"})
    assert chosen("escuela", kind) == "! No entendí."
    assert chosen("2 escuela", kind) == [2]


def test_only_known_options_hold() -> None:
    assert PICKS.holds({"chosen": ["agua"], "blank": "", "twice": []})
    assert PICKS.holds({"chosen": [], "blank": "none", "twice": []})
    wrong: list[Any] = [
        None,
        [],
        {"chosen": ["agua"]},
        {"chosen": [], "blank": "", "twice": []},
        {"chosen": ["agua"], "blank": "blank", "twice": []},
        {"chosen": ["puente"], "blank": "", "twice": []},
        {"chosen": ["agua", "camino", "salud", "basura"], "blank": "", "twice": []},
        {"chosen": "agua", "blank": "", "twice": []},
    ]
    assert not [value for value in wrong if PICKS.holds(value)]


@given(
    st.permutations(range(1, 6)).map(lambda order: order[:3]), st.sampled_from([" ", ", ", "-", " y ", ".", "/", ""])
)
def test_any_order_with_any_separator_is_the_same_choice(order: list[int], separator: str) -> None:
    assert chosen(separator.join(map(str, order))) == order


@given(st.text(max_size=200))
def test_whatever_is_typed_is_a_choice_or_a_text_that_helps(reply: str) -> None:
    assert chosen(reply)
