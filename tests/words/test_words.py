"""The words understood in any state: only as the whole message, in their order, in every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import Catalogues
from bot.words import WORDS, Command, command, plain

CATALOGUES = Catalogues.load()
CARRIERS = (
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "START",
    "UNSTOP",
    "HELP",
    "INFO",
)

# people.md 13, as it stands there
TABLE = {
    "exit": "SALIR, BAJA, DAR DE BAJA, ALTO, PARA, PARAR, NO MAS, ya no me escriban, STOP, STOPALL, UNSUBSCRIBE,"
    " CANCEL, END, QUIT, REVOKE, OPTOUT",
    "erase": "BORRAR, ELIMINAR, borra mis datos",
    "wrong_number": "EQUIVOCADO, numero equivocado, no soy",
    "person": "PERSONA, HABLAR",
    "help": "AYUDA, HELP, INFO, ?, no entiendo",
    "data": "DATOS, MIS DATOS",
    "copy": "COPIA",
    "correct": "CORREGIR",
    "privacy": "PRIVACIDAD",
    "language": "IDIOMA, LENGUA",
    "tu": "TU",
    "usted": "USTED",
    "afraid": "ME DA MIEDO",
    "cancel_asks": "CANCELAR",
    "back": "ATRAS, VOLVER",
    "menu": "MENU",
    "repeat": "OTRA VEZ, REPITE",
    "again_in": "ALTA, START, UNSTOP",
    "link": "VINCULAR, otro telefono, cambie de numero, vincular telegram",
    "not_me": "NO FUI YO",
    "no_news": "SIN NOTICIAS, ya no quiero saber de otros laboratorios",
    "not_coming": "NO VOY, NO PUEDO, ANULAR",
    "no_reminders": "SIN RECORDATORIO",
    "reminders": "CON RECORDATORIO",
    "news": "NOTICIAS",
    "needs": "NECESITO",
    "labs": "LABS",
    "choose": "ELEGIR, VOTO, VOTAR",
    "blank": "BLANCO",
    "my_choice": "MI ELECCION",
    "receipt": "RECIBO",
    "take_back": "QUITAR IDEA",
    "hide_me": "QUITAR FOTO, QUITAR MI FOTO",
    "my_idea": "MI IDEA",
    "idea": "IDEA",
    "done": "SE CUMPLIO",
    "companion": "OTRA",
    "staff": "ENTRAR",
}
BEFORE_ANSWER = [
    *(
        "exit",
        "erase",
        "wrong_number",
        "person",
        "help",
        "data",
        "copy",
        "correct",
        "privacy",
        "language",
        "tu",
        "usted",
        "afraid",
    ),
    *("cancel_asks", "back", "menu", "repeat", "again_in", "link", "not_me", "no_news"),
]
CASES = [(name, word.strip()) for name, said in TABLE.items() for word in said.split(",")]


def heard(text: str) -> Command | None:
    return command(text, CATALOGUES.words)


@pytest.mark.parametrize(("name", "word"), CASES, ids=lambda value: str(value))
def test_each_word_is_understood_however_it_is_typed(name: str, word: str) -> None:
    for typed in (word, word.lower(), word.title(), f"  {word}. ", f"¡{word}!", f"*{word}*", word.replace(" ", "  ")):
        said = heard(typed)
        assert said is not None, typed
        assert (said.name, said.arg) == (name, "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("atrás", "back"),
        ("MENÚ", "menu"),
        ("mi elección", "my_choice"),
        ("SE CUMPLIÓ", "done"),
        ("¿?", "help"),
        ("/ayuda", "help"),
    ],
)
def test_accents_and_marks_do_not_matter(text: str, name: str) -> None:
    said = heard(text)
    assert said is not None
    assert said.name == name


@pytest.mark.parametrize(
    "text",
    [
        "para el sabado",
        "otro telefono publico en la plaza",
        "link the two roads",
        "no fui",
        "para el sabado si voy",
        "alto ahí vecino",
        "ALTO ENVIO",
        "no mas agua sucia",
        "salir temprano",
        "visita",
        "si",
        "no",
        "1",
        "",
        "   ",
        "👍",
        "persona mayor",
        "datos del tanque",
        "otra cosa",
        "mi tanque",
        "mi esposo no tiene agua en la casa",
        "No podemos ir, mi hija y yo",
        "no vamos, mi esposo y yo",
        "tenemos sed, mi familia y yo",
        "yo no fui",
        "recibo agua 2 veces por semana",
        "soy de la escuela, no hay agua",
        "soy vecina del sector tres",
        "Soy Delia, les escribo el martes",
        "recibo el agua sucia todos los días",
        "elegir un nuevo representante",
        "se cumplió nada de lo prometido",
        "x" * 100_000,
        "para " * 20_000,
    ],
)
def test_a_word_inside_a_sentence_is_no_command(text: str) -> None:
    assert heard(text) is None


@pytest.mark.parametrize(
    ("text", "name", "arg"),
    [
        ("SOY LUIS", "who", "LUIS"),
        ("soy María José", "who", "María José"),
        ("RECIBO K7TQ-6XF2-4MRD", "receipt", "K7TQ-6XF2-4MRD"),
        ("IDEA el pozo de la escuela está sucio", "idea", "el pozo de la escuela está sucio"),
        ("idea: no hay luz,\nde noche", "idea", "no hay luz,\nde noche"),
        ("Elegir 2-5 1", "choose", "2-5 1"),
        ("voto 2", "choose", "2"),
        ("elegir el centro de salud y el agua", "choose", "el centro de salud y el agua"),
        ("SOY Maria P", "who", "Maria P"),
        ("SOY María de los Ángeles", "who", "María de los Ángeles"),
        ("soy Fe", "who", "Fe"),
        ("ELEGIR Agua potable, camino a la escuela", "choose", "Agua potable, camino a la escuela"),
        ("voto por el centro de salud", "choose", "por el centro de salud"),
        ("elegir dos uno tres", "choose", "dos uno tres"),
        ("recibo k7tq 6xf2 4mrd", "receipt", "k7tq 6xf2 4mrd"),
        ("se cumplió lo del agua", "done", "lo del agua"),
        ("SE CUMPLIÓ AGUA no, se daño otra vez", "done", "AGUA no, se daño otra vez"),
        ("I am Luis", "who", "Luis"),
        ("CON 2", "party", "2"),
        ("Voy con mi hija, y un vecino", "party", "mi hija, y un vecino"),
        ("I am coming with two friends", "party", "two friends"),
        ("Iré con mi mamá", "party", "mi mama"),
        ("vamos con 3 vecinas", "party", "3 vecinas"),
        ("voy con los vecinos del río", "party", "los vecinos del rio"),
        ("CON mi hija y Ana", "party", "mi hija y Ana"),
        ("CON 2 más", "party", "2 más"),
        ("vamos 3", "party", "vamos 3"),
        ("Vamos tres personas", "party", "vamos tres personas"),
        ("vamos mi esposo, mi hija y yo", "party", "mi esposo, mi hija"),
        ("vamos yo y mi hija", "party", "mi hija"),
        ("voy con María", "party", "maria"),
        ("VOY CON MARIA Y DON PEDRO", "party", "maria y don pedro"),
        ("vamos Luis y yo", "party", "luis"),
        ("mi esposo y yo", "party", "mi esposo"),
        ("yo y mi hija", "party", "mi hija"),
        ("me and my husband", "party", "my husband"),
        ("I'm coming with Rosa", "party", "rosa"),
        ("CON María", "party", "María"),
        ("somos 3", "party", "somos 3"),
        ("Seríamos tres", "party", "seriamos tres"),
        ("there are 4 of us", "party", "there are 4 of us"),
        ("voy sola", "party", "0"),
        ("I'm coming alone", "party", "0"),
        ("english", "language", "en"),
        ("en español", "language", "es"),
        ("en ngäbere por favor", "language", "gym"),
    ],
)
def test_what_follows_a_word_belongs_to_it(text: str, name: str, arg: str) -> None:
    said = heard(text)
    assert said is not None
    assert (said.name, said.arg) == (name, arg)


@pytest.mark.parametrize(
    "text",
    ["voy a ver", "vamos a ver", "voy si Dios quiere", "voy mañana", "voy tarde", "voy en bus", "voy", "vamos",
     "vamos a necesitar un puente en la quebrada", "vamos a la fiesta", "vamos un día", "vamos 3 tanques nuevos",
     "vamos dos veces", "con gusto", "con permiso", "con todo", "con una condición", "con el puente roto no voy",
     "CON 2 tanques basta", "con mi hija hicimos un dibujo del tanque", "voy con mi carro", "voy con Dios",
     "voy con el bus de las 3", "with pleasure", "voy con mucho gusto", "voy con ganas", "voy con ustedes",
     "somos pobres", "somos 40 familias sin agua", "con agua", "agua y yo", "somos una", "voy con María en su carro",
     "el agua y yo sin nada", "luis y yo"],
)  # fmt: skip
def test_going_is_not_coming_with_others(text: str) -> None:
    assert heard(text) is None


def test_a_long_idea_is_still_an_idea() -> None:
    said = heard("IDEA " + "agua " * 300)
    assert said is not None
    assert len(said.arg) == 1499


@pytest.mark.parametrize(
    "text",
    ["mi esposo también", "mi hija", "también", "otra", "Otra persona", "y mi mamá", "va mi vecina", "mis hijos van",
     "mi marido quiere ir", "soy otra persona", "my husband too", "someone else"],
)  # fmt: skip
def test_another_person_of_the_house_is_heard(text: str) -> None:
    said = heard(text)
    assert said is not None
    assert said.name == "companion"


def test_the_order_is_that_of_the_table() -> None:
    assert [word.name for word in WORDS if word.before_answer] == BEFORE_ANSWER
    assert [word.name for word in WORDS][: len(BEFORE_ANSWER)] == BEFORE_ANSWER
    assert {word.name for word in WORDS} == {*TABLE, "who", "party"}
    for name, typed in CASES:
        said = heard(typed)
        assert said is not None
        assert said.before_answer == (name in BEFORE_ANSWER)


def test_no_phrase_belongs_to_two_commands() -> None:
    phrases = [plain(phrase) for word in WORDS for phrase in (word.keyword, *word.others)]
    assert len(phrases) == len(set(phrases))
    for phrase, (keyword, _arg) in CATALOGUES.words.items():
        spanish = command(phrase)
        mine = next(word.name for word in WORDS if word.keyword == keyword)
        assert spanish is None or spanish.name == mine, phrase


def test_english_has_a_word_for_every_command_and_teaches_no_carriers_word() -> None:
    spoken = {word.keyword for word in WORDS if word.spoken}
    assert spoken <= {keyword for keyword, _arg in CATALOGUES.words.values()}
    assert not {plain(word) for word in CARRIERS} & set(CATALOGUES.words)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("  ¡SÍ!  ", "si"),
        ("El 2.", "el 2"),
        ("español", "espanol"),
        ("2️⃣", "2"),
        ("🔟", "10"),
        ("３", "3"),
        ("¿Cuál?", "cual"),
        ("Straße", "strasse"),
        ("no-sé_nada", "no se nada"),
        ("👍🏽", ""),
        ("", ""),
        ("ngäbere", "ngabere"),
        ("a\u200bb", "ab"),
        ("a\u202eb", "ab"),
    ],
)
def test_plain_is_what_was_meant(text: str, meant: str) -> None:
    assert plain(text) == meant


@given(st.text(max_size=300))
def test_no_message_breaks_the_words(text: str) -> None:
    said = heard(text)
    assert said is None or said.name in {word.name for word in WORDS}
    assert plain(plain(text)) == plain(text)
