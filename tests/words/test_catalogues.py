"""The catalogues as they ship: complete, in agreement, short enough for one SMS, in plain words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polib
import pytest

from bot import i18n_extract
from bot.i18n import LOCALES, And, Catalogues, Count, Label, Voice, When, placeholders
from bot.kinds import number_label
from bot.sms import GSM7, segments, sms_text
from bot.words import WORDS, command, plain

CATALOGUES = Catalogues.load()
TEMPLATE = [entry for entry in i18n_extract.template() if entry.msgctxt != "words"]
TEXTS = [entry.msgid for entry in TEMPLATE]
FILES = {path.parent.name: polib.pofile(str(path)) for path in sorted(LOCALES.glob("*/messages.po"))}
ELSEWHERE = ("bot/web/", "bot/cli", "bot/planfile", "bot/player", "bot/reports/", "bot/settings")  # read on a screen
SENT = [e.msgid for e in TEMPLATE if not all(name.startswith(ELSEWHERE) for name, _line in e.occurrences)]
STAFF = re.compile(  # read in a terminal
    r"\{(slug|people|method|most|problem|words|step|via)\}|--|razón de \{title\}|asamblea, no|[Ss]esión \{code\}"
    r"|borrador|publicado|lotería|[Ee]l motivo"
)
VOICES = [Voice("es", "tu", "sms"), Voice("es", "usted", "sms"), Voice("en", "tu", "sms")]

NOON = When(datetime(2026, 9, 30, 17, 0, tzinfo=UTC), "America/Panama")  # mie 30 sept, 12 mediodia
DAY = When(NOON.at, NOON.tz, "day")
NAME = "Maximiliana del Mar."
assert len(NAME) == 20
# The longest values that an SMS is worded for. Whoever lets a longer one in (a plan, a name) is told by its own check.
LONGEST: Mapping[str, object] = {
    "name": NAME,
    "link": "https://t.me/ConvocaSanMartinBot?start=lab-san-martin",
    **{"reason": "fuertes lluvias y el puente cerrado otra", "longest": 40},  # bot.actions.suspend.LONGEST
    "person": NAME,
    "prefix": NAME.upper(),
    "lab": "San Martin de",
    "organiser": "la Junta Comunal de San Martín",
    "place": "Casa Comunal de Alto Caballero",
    "use": "va a la junta comunal",
    "when": NOON,
    "until": NOON,
    "closes": NOON,
    "day": DAY,
    "code": "7KTQ",
    "receipt": "K7TQ-6XF2-4MRD",
    "proof": "K7F9RM",
    "keyword": "SANMARTINDEALTO",
    "typed": "SANMARTNDEALTO1",
    "phone": "+507 500-0000",
    "hours": "lun a vie, de 8 am a 5 pm",
    "processor": "Twilio (EE.UU.)",
    "position": 120,
    "capacity": 120,
    "count": 6,
    "n": 6,
    "k": 3,
    "min": 1,
    "max": 500,
    "reply": 99,
    "age": Label("de 14 a 17"),
    "picks": And(["2 Camino", "5 Basura", "1 Agua"]),
    "before": And(["2", "5", "1"]),
    "options": "1 Agua, 2 Camino, 3 Salud, 4 Señal, 5 Basura",
    "title": "Acueducto1",  # a short title has 10 letters at the most
    "number": 5,
    "left": 2,
    "numbers": Count("{n} número", "{n} números", 3),
    "example": "3 1",
    "winner": "Acueducto1",
    "winners": And(["Agua (88)", "Salud (63)", "Camino (59)"]),
    "titles": And(["Camino", "Basura", "Agua"]),
    "tied": And(["Camino", "Basura"]),
    "fate": Label("le toca a otra oficina"),
    "votes": 120,
    "all": 1200,
    "percent": 100,
    "label": And(["2 Camino", "5 Basura", "1 Agua"]),
    "source": "la lista del laboratorio de San Martin..",
    "question": "¿Vas el mie 30 sept? 1 Si 2 No 3 Aun no se",
}
SI_NO = ("Sí", "No")
GOING = ("Sí", "No", "Aún no sé")
AGES = ("18 o más", "de 14 a 17", "menos de 14")
# Whole messages as a turn puts them together: texts, then the options of the question.
WHOLE: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = (
    (
        (
            "Hola. Soy Convoca, el bot de {organiser}. Guardamos tu nombre y tu número para invitarte y contarte"
            " resultados. Más: PRIVACIDAD.",
            "¿Aceptas?",
        ),
        SI_NO,
    ),
    (
        (
            "Es una reunión de vecinos para elegir qué arreglar primero. Es gratis. Para hablar con alguien, escribe"
            " PERSONA.",
            "¿Aceptas?",
        ),
        SI_NO,
    ),
    (
        (
            "Que conteste esa persona. Convoca guarda su nombre y este número para invitarle y contarle resultados."
            " Más: PRIVACIDAD.",
            "¿Acepta?",
        ),
        SI_NO,
    ),
    (("Gracias.", "Con tu primer nombre basta.", "¿Cómo te llamas?"), ()),
    (("Gracias.", "¿Te llamo {name}?"), ("Sí", "Otro nombre")),
    (
        (
            "Ya hay una persona con ese nombre en este teléfono. Escribe tu nombre y una letra más.",
            "¿Cómo te llamas?",
        ),
        (),
    ),
    (("Hola, {name}.", "¿Cuántos años tienes?"), AGES),
    (("Volvemos.", "¿Cuántos años tienes?"), AGES),
    (("Laboratorio en {lab}: {when}, {place}. Lo que elijan {use}.", "¿Vas?"), GOING),
    (("Laboratorio en {lab}: {when}, {place}. Se cuenta el resultado y se decide qué sigue.", "¿Vas?"), GOING),
    (("No entendí {reply}.", "¿Vas el {day}?"), GOING),
    (
        (
            "Convoca ({organiser}) te invita al laboratorio de {lab}: {when}, {place}. Lo que elijas {use}."
            " Para salir, escribe SALIR.",
            "¿Vas?",
        ),
        SI_NO,
    ),
    (
        (
            "Convoca ({organiser}) te invita al laboratorio de {lab}: {when}, {place}. Se cuenta el resultado y se"
            " decide qué sigue. Para salir, escribe SALIR.",
            "¿Vas?",
        ),
        SI_NO,
    ),
    (
        (
            "{name}, el cupo está lleno: {capacity} de {capacity}. En la lista de espera serías la persona {position}."
            " Si se abre un lugar te escribo.",
            "¿Te anoto?",
        ),
        SI_NO,
    ),
    (("{person}, se abrió un lugar para el {when}. Tienes hasta el {until}.", "¿Lo tomas?"), SI_NO),
    (("Convoca, de {organiser}. Tu número está en {source}. Queremos contarte qué pasó.", "¿Aceptas?"), SI_NO),
    (("Gracias por avisar, {name}.", "Le damos tu lugar a otra persona.", "¿Quieres elegir desde tu casa?"), SI_NO),
    (("Mañana, {when}, es el laboratorio. Lugar: {place}. Código: {code}.", "¿Vienes?"), ("Sí", "No puedo")),
    (("Hoy, {when}, es el laboratorio. Lugar: {place}. Código: {code}.", "¿Vienes?"), ("Sí", "No puedo")),
    (
        (
            "Convoca, para el código {code}: el laboratorio es {when}. Lugar: {place}.",
            "¿Vienes?",
        ),
        ("Sí", "No puedo"),
    ),
    (("Te pregunto otra vez. Laboratorio de {lab}: {when}, {place}.", "¿Vas?"), GOING),
    (("¿Qué quieres?",), ("No ir a la reunión", "Dejar esta pregunta", "No recibir más")),
    (("No tengo una pregunta pendiente.", "¿Qué quieres?"), ("Reuniones", "Elegir", "Mi idea", "Hablar")),
    (("El laboratorio de {lab} terminó el {day}.", "¿Qué quieres?"), ("Ver el resultado", "Ir a la próxima reunión")),
    (("No conozco {typed}.", "¿Querías decir {keyword}?"), SI_NO),
    (("Hola. Soy Convoca, de {organiser}. Aviso de reuniones de vecinos.", "¿Qué comunidad buscas?"), ()),
    (
        (
            "Voy a borrar tu nombre, tu número y tu lugar. Tu elección queda en el total, sin tu nombre.",
            "De tu permiso queda 3 años una clave, sin tu nombre.",
            "Para confirmar, escribe BORRAR.",
        ),
        (),
    ),
)
# These may take two: the ballot and what we hold of a person.
LONG_WHOLE: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = (
    (
        (
            "Ahora toca elegir en {lab}, hasta {k}. Termina el {closes}. Es confidencial, no secreto: PRIVACIDAD.",
            "¿Qué debe ir primero? Escribe hasta {numbers} o manda un audio. Ejemplo: {example}",
        ),
        ("Acueducto1", "Alumbrado2", "Transporte", "Basurero12", "Hospital12", "Telefonos1"),
    ),
    (
        (
            "Tengo de ti: nombre {name}, edad {age}, permiso del {when}.",
            "Reunión: {day}, código {code}.",
            "Elecciones: {count}.",
            "¿Qué quieres?",
        ),
        ("Corregir", "Borrar todo", "No recibir más"),
    ),
)
# Two segments are allowed for the notice and a long ballot only (people.md 11).
LEFT_OUT = {"percent", "organiser", "lab", "numbers"}
TWO = ("Responsable: ", "Lo que elijas es confidencial")

TU = re.compile(
    r"\b(tú|tu|tus|te|ti|tuy[oa]s?|quieres|puedes|tienes|vas|vienes|eres|estás|sigues|aceptas|tomas|elegiste|quisiste|"
    r"querías|buscas|prefieres|cambias|vuelves|recibes|sepas|sabes|escribiste|serías|llames|elijas|empieza:|"
    r"[Ee]scríbelo|[Mm]anda|[Ll]lama al|[Ee]scribe (?:[A-Z{\d/]|solo|hasta|otra|otro|el|tu|un))\b"
)
BANNED = re.compile(
    r"(?i)\b(socializar|articulación|corresponsabilidad|sinergia|empoderar|candidat[oa]s?|vot(?:o|os|ar))\b|!|¡"
)
CARRIERS = re.compile(r"\b(STOP|STOPALL|UNSUBSCRIBE|CANCEL|END|QUIT|REVOKE|OPTOUT|START|UNSTOP|HELP|INFO|YES)\b")
KEYWORDS = re.compile(r"\b[A-ZÑ]{2,}(?: [A-ZÑ]{2,})*\b")
NO_COMMAND = {"SMS", "ACEPTO", "AGREE", "QR", "EE", "UU", "GSM", "CSV", "TSE"}


def entries(tag: str) -> Iterator[polib.POEntry]:
    """The live entries of one catalogue."""
    return (entry for entry in FILES[tag] if not entry.obsolete)


def longest(msgid: str, voice: Voice) -> str:
    """A text with the longest values, as it leaves for an SMS."""
    args = {name: LONGEST[name] for name in placeholders(msgid)}
    return sms_text(CATALOGUES.text(voice, msgid, **args), CATALOGUES.language(voice.lang))


# ---- complete and in agreement


def test_the_catalogues_hold_what_the_code_says(tmp_path: Path) -> None:
    """`make words` has been run: nothing is missing, nothing is written differently."""
    kept = {entry.msgid for entry in polib.pofile(str(LOCALES / "messages.pot")) if entry.msgctxt != "words"}
    assert kept == set(TEXTS)
    for tag, catalogue in FILES.items():
        assert {entry.msgid for entry in entries(tag) if entry.msgctxt != "words"} <= kept
        again = i18n_extract.merged(tag, catalogue, i18n_extract.template())
        assert {(e.msgctxt, e.msgid, e.msgstr) for e in again} == {(e.msgctxt, e.msgid, e.msgstr) for e in catalogue}


def test_every_text_has_english() -> None:
    english = {entry.msgid: entry for entry in entries("en") if not entry.msgctxt}
    missing = [text for text in TEXTS if text not in english or not english[text].translated()]
    assert not missing
    assert not i18n_extract.untranslated(i18n_extract.ROOT)


def test_nothing_is_fuzzy_and_placeholders_agree() -> None:
    assert not [entry.msgid for tag in FILES for entry in FILES[tag] if entry.fuzzy]
    assert CATALOGUES.faults == []


def test_an_sms_wording_leaves_out_only_what_the_person_knows() -> None:
    for tag in FILES:
        for entry in entries(tag):
            if entry.msgctxt == "sms":
                assert placeholders(entry.msgid) - placeholders(entry.msgstr) <= LEFT_OUT, entry.msgid


def test_every_text_that_says_tu_has_its_usted() -> None:
    formal = {(entry.msgctxt or "", entry.msgid) for entry in entries("es@usted")}
    informal = {("", text) for text in SENT if TU.search(text) and not STAFF.search(text)}
    informal |= {("sms", entry.msgid) for entry in entries("es") if entry.msgctxt == "sms" and TU.search(entry.msgstr)}
    about_itself = {("", "Desde ahora te hablo de tú. Para cambiar, escribe USTED.")}
    assert informal - formal - about_itself == set()


def test_no_text_in_usted_says_tu() -> None:
    said = [entry.msgstr for entry in entries("es@usted") if TU.search(entry.msgstr)]
    assert said == []


def test_an_sms_wording_of_usted_stands_wherever_that_of_tu_does_not_serve() -> None:
    """Else the chat text in usted would win over the short one and cost a second segment."""
    short = {entry.msgid for entry in entries("es") if entry.msgctxt == "sms"}
    formal = {entry.msgid for entry in entries("es@usted") if not entry.msgctxt}
    formal_short = {entry.msgid for entry in entries("es@usted") if entry.msgctxt == "sms"}
    assert short & formal <= formal_short


# ---- words that are taught


def test_no_text_teaches_a_word_that_belongs_to_the_carriers() -> None:
    told = [
        (tag, e.msgid) for tag in FILES for e in entries(tag) if CARRIERS.search(e.msgstr) or CARRIERS.search(e.msgid)
    ]
    assert told == []


def test_every_word_that_is_taught_is_understood() -> None:
    strange = []
    for tag in FILES:
        for entry in entries(tag):
            for text in (entry.msgid, entry.msgstr) if entry.msgctxt != "words" else ():
                words = {word for word in KEYWORDS.findall(text) if word not in NO_COMMAND}
                strange += [(tag, word, text) for word in words if not _understood(word)]
    assert strange == []


def _understood(word: str) -> bool:
    said = command(word, CATALOGUES.words) or command(f"{word} x", CATALOGUES.words)
    return said is not None


def test_english_teaches_its_own_words() -> None:
    """Each keyword of the Spanish stands in the English in English: BORRAR as DELETE."""
    taught = {e.msgid: e.msgstr.split(",")[0].strip() for e in FILES["en"] if e.msgctxt == "words"}
    spoken = {word.keyword for word in WORDS if word.spoken}
    for entry in entries("en"):
        if entry.msgctxt == "words":
            continue
        for word in KEYWORDS.findall(entry.msgid):
            if word in spoken and taught[word] != word:
                assert re.search(rf"\b{taught[word]}\b", entry.msgstr), entry.msgid


# ---- short


def test_every_value_of_a_text_is_known_here() -> None:
    """A new argument needs its longest value, so that the next tests can render it."""
    unknown = {name for text in SENT if not STAFF.search(text) for name in placeholders(text)} - set(LONGEST)
    assert unknown == set()


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: f"{voice.lang}@{voice.form}")
def test_every_text_fits_one_sms_with_the_longest_values(voice: Voice) -> None:
    long = []
    for text in SENT:
        if not STAFF.search(text):
            count = segments(longest(text, voice))
            assert count.encoding == "GSM-7", text
            if count.parts > (2 if text.startswith(TWO) else 1):
                long.append((count.units, longest(text, voice)))
    assert long == []


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: f"{voice.lang}@{voice.form}")
def test_every_whole_message_fits_one_sms_with_the_longest_values(voice: Voice) -> None:
    long = []
    for (texts, options), most in [*((whole, 1) for whole in WHOLE), *((whole, 2) for whole in LONG_WHOLE)]:
        labels = [CATALOGUES.text(voice, label) for label in options]
        whole = " ".join([*(longest(text, voice) for text in texts), sms_text(number_label(labels))]).strip()
        if segments(whole).parts > most:
            long.append((segments(whole).units, whole))
    assert long == []


def test_the_whole_messages_are_made_of_texts_of_the_code() -> None:
    assert {text for texts, _options in [*WHOLE, *LONG_WHOLE] for text in texts} - set(TEXTS) == set()


def test_spanish_sms_are_gsm_7_without_acute_accents() -> None:
    for voice in VOICES[:2]:
        for text in SENT:
            if not STAFF.search(text):
                sent = longest(text, voice)
                assert not set(sent) & set("áéíóúÁÉÍÓÚ"), sent
                assert set(sent) <= GSM7, sent


# ---- plain


@pytest.mark.parametrize("tag", FILES)
def test_sentences_are_short_and_words_are_plain(tag: str) -> None:
    for entry in entries(tag):
        if entry.msgctxt == "words" or entry.msgid not in SENT:
            continue
        for text in (entry.msgstr, entry.msgid) if entry.msgstr else (entry.msgid,):
            assert not BANNED.search(text), text
            for sentence in re.split(r"(?<=[.?:])\s", text):
                assert len(sentence.split()) <= 15, sentence


def test_texts_are_clean() -> None:
    for tag in FILES:
        for entry in entries(tag):
            for text in (entry.msgid, entry.msgstr):
                assert text == text.strip()
                assert "  " not in text
                assert not set(text) & set("\u202f\u00a0\t“”")


def test_what_is_asked_stands_last() -> None:
    """After a question only what to type may follow."""
    for text in SENT:
        rest = text.rpartition("?")[2].strip() if "?" in text else ""
        assert re.fullmatch(r"(?:(?:Escr[ií]b|Ejemplo|Manda|Elige).*)?", rest), text


def test_a_spanish_sms_wording_is_shorter_than_the_chat_text() -> None:
    for tag in ("es", "es@usted"):
        for entry in entries(tag):
            if entry.msgctxt == "sms" and tag == "es":
                assert plain(entry.msgstr) != plain(entry.msgid), "folding does this already"
