"""Languages, fallbacks, dates and arguments."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel import Locale

from bot import dates
from bot.i18n import Amount, And, BadCatalogue, Catalogues, Count, Label, Voice, When, n_

PANAMA = "America/Panama"
SATURDAY = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)  # 3:30 pm in Panama

LANGUAGES = """
[es]
name_es = "español"
mode = "text"
regions = ["PA", "CL"]
[en]
name_es = "inglés"
autonym = "English"
mode = "text"
format_locale = "en_US"
list_and = "and"
noon = "12 noon"
[xx]
name_es = "idioma equis"
mode = "text"
fallback = ["en"]
[gym]
name_es = "ngäbere"
mode = "voice"
"""
HEAD = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
FILES = {
    "es": """
msgctxt "sms"
msgid "Hola, {name}. Te esperamos a ti."
msgstr "Hola {name}"
""",
    "es@usted": """
msgid "Hola, {name}. Te esperamos a ti."
msgstr "Hola, {name}. Le esperamos a usted."

msgctxt "sms"
msgid "Hola, {name}. Te esperamos a ti."
msgstr "Hola, usted {name}"

msgid "¿Vas?"
msgstr "¿Va?"
""",
    "en": """
msgid "Hola, {name}. Te esperamos a ti."
msgstr "Hello, {name}. See you."

msgid "¿Vas?"
msgstr ""

msgid "Lugar: {place}"
msgstr "Place: {plaec}"

msgid "Sí"
msgstr "Yes"

msgid "Reunión: {when}. {answer}"
msgstr "Meeting: {when}. {answer}"

msgid "Quedan {places}."
msgstr "{places} left."

msgid "{n} lugar"
msgid_plural "{n} lugares"
msgstr[0] "{n} seat"
msgstr[1] "{n} seats"

#, fuzzy
msgid "Basura"
msgstr "Rubbish"

msgctxt "words"
msgid "SALIR"
msgstr "LEAVE, I want out"
""",
    "xx": """
msgid "Sí"
msgstr "Xi"
""",
}


@pytest.fixture
def catalogues(tmp_path: Path) -> Catalogues:
    """Four small catalogues with every kind of hole in them."""
    return Catalogues.load(written(tmp_path, FILES))


@pytest.fixture(scope="module")
def real() -> Catalogues:
    """The catalogues that ship."""
    return Catalogues.load()


def written(root: Path, files: dict[str, str], languages: str = LANGUAGES) -> Path:
    (root / "languages.toml").write_text(languages, encoding="utf-8")
    for tag, text in files.items():
        (root / tag).mkdir()
        (root / tag / "messages.po").write_text(HEAD + text, encoding="utf-8")
    return root


# ---- which words a person reads


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        (Voice(), "Hola, Ana. Te esperamos a ti."),
        (Voice(context="sms"), "Hola Ana"),
        (Voice(form="usted"), "Hola, Ana. Le esperamos a usted."),
        (Voice(form="usted", context="sms"), "Hola, usted Ana"),
        (Voice("en"), "Hello, Ana. See you."),
        (Voice("en", context="sms"), "Hello, Ana. See you."),
        (Voice("en", form="usted"), "Hello, Ana. See you."),  # a language without forms ignores them
        (Voice("en-PA"), "Hello, Ana. See you."),
        (Voice("EN_us"), "Hello, Ana. See you."),
        (Voice("xx"), "Hello, Ana. See you."),  # its fallback
        (Voice("xx-PA", "usted", "sms"), "Hello, Ana. See you."),
        (Voice("es-PA", "usted"), "Hola, Ana. Le esperamos a usted."),
        (Voice("gym"), "Hola, Ana. Te esperamos a ti."),  # voice only: the text is Spanish
        (Voice("gym-PA", "usted"), "Hola, Ana. Le esperamos a usted."),
        (Voice("voice-context", context="voice"), "Hola, Ana. Te esperamos a ti."),
    ],
    ids=str,
)
def test_the_words_of_a_person_are_found_from_the_nearest_catalogue(
    catalogues: Catalogues, voice: Voice, text: str
) -> None:
    assert catalogues.text(voice, "Hola, {name}. Te esperamos a ti.", name="Ana") == text


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        (Voice(), "José, ¿qué eliges? Café y jardín, año"),
        (Voice(context="sms"), "Jose, ¿que eliges? Cafe y jardin, año"),
        (Voice(form="usted", context="sms"), "Jose, ¿que eliges? Cafe y jardin, año"),
        (Voice("en", context="sms"), "José, ¿que eliges? Café y jardín, año"),  # `sms_text` folds what it has to
    ],
    ids=str,
)
def test_values_in_a_spanish_sms_lose_their_accents_with_the_words_around_them(
    tmp_path: Path, voice: Voice, text: str
) -> None:
    english = 'msgid "{name}, ¿qué eliges? {title}"\nmsgstr "{name}, ¿que eliges? {title}"\n'
    catalogues = Catalogues.load(written(tmp_path, {"en": english}))
    assert catalogues.text(voice, "{name}, ¿qué eliges? {title}", name="José", title="Café y jardín, año") == text


@pytest.mark.parametrize(
    "tag", ["gym-PA", "en-PA", "xx", "", "zz", "ht", "arn", "qu", "quz-PE", "../..", "e" * 9999, "@", "-"]
)
def test_no_tag_raises_and_none_prints_another_language(real: Catalogues, tag: str) -> None:
    for context in ("", "sms", "voice", "nonsense"):
        text = real.text(Voice(tag, "usted", context), "{when}", when=When(SATURDAY, PANAMA))
        assert text in (
            "Sábado 21 nov, 3:30 pm",
            "Sab 21 nov, 3:30 pm",
            "Saturday 21 Nov, 3:30 pm",
            "Sat 21 Nov, 3:30 pm",
        )
    assert real.language(tag) == ("en" if tag == "en-PA" else "es")
    assert real.chain(tag)[-1] == "es"


def test_an_empty_or_fuzzy_translation_falls_to_spanish(catalogues: Catalogues) -> None:
    assert catalogues.text(Voice("en"), "¿Vas?") == "¿Vas?"
    assert catalogues.text(Voice("en", "usted"), "¿Vas?") == "¿Va?"
    assert catalogues.text(Voice("en"), "Basura") == "Basura"
    assert catalogues.text(Voice("en"), "No está en ningún catálogo.") == "No está en ningún catálogo."


def test_a_message_is_never_half_translated(catalogues: Catalogues) -> None:
    args = {"when": When(SATURDAY, PANAMA), "answer": Label("Sí")}
    assert catalogues.text(Voice("en"), "Reunión: {when}. {answer}", **args) == "Meeting: Saturday 21 Nov, 3:30 pm. Yes"
    assert catalogues.text(Voice("en"), "Cita: {when}. {answer}", **args) == "Cita: sábado 21 nov, 3:30 pm. Sí"


def test_a_translation_with_other_placeholders_is_left_out_and_told(catalogues: Catalogues) -> None:
    assert catalogues.text(Voice("en"), "Lugar: {place}", place="Casa Comunal") == "Lugar: Casa Comunal"
    assert catalogues.faults == ["en: 'Lugar: {place}': placeholders ['plaec'], the Spanish has ['place']"]


def test_braces_in_a_persons_words_are_only_words(catalogues: Catalogues) -> None:
    text = catalogues.text(Voice(), "Hola, {name}. Te esperamos a ti.", name="{name} {0} {name.__class__}")
    assert text == "Hola, {name} {0} {name.__class__}. Te esperamos a ti."
    assert catalogues.text(Voice(), "Puente {norte}") == "Puente {norte}"


def test_a_text_without_its_argument_is_an_error_of_ours(catalogues: Catalogues) -> None:
    with pytest.raises(KeyError):
        catalogues.text(Voice(), "Hola, {name}.", nombre="Ana")


def test_languages_that_can_be_chosen_are_those_with_a_catalogue(catalogues: Catalogues, real: Catalogues) -> None:
    assert catalogues.listed() == {"es": "español", "en": "English", "xx": "idioma equis"}
    assert real.listed() == {"es": "español", "en": "English"}


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("English", "en"),
        ("inglés", "en"),
        ("en ngabere por favor", "gym"),
        ("in English please", "en"),
        ("francés", ""),
        ("", ""),
    ],
)
def test_a_language_is_known_by_its_names(real: Catalogues, typed: str, tag: str) -> None:
    assert real.named(typed) == tag


def test_every_language_brings_its_words_of_command(catalogues: Catalogues) -> None:
    assert catalogues.words["leave"] == catalogues.words["i want out"] == ("SALIR", "")
    assert catalogues.words["english"] == catalogues.words["en ingles"] == ("IDIOMA", "en")


@pytest.mark.parametrize(
    ("languages", "files"),
    [
        ("[en]\nname_es = 'inglés'\n", {}),  # Spanish is missing
        ("[es]\nname_es = 'español'\nmode = 'maybe'\n", {}),
        ("[es]\nname = 'español'\n", {}),
        ("[es\n", {}),
        ("es = 3\n", {}),
        ("[es]\nname_es = 'español'\nmode = 'text'\n", {"qqq": ""}),  # a catalogue without an entry
    ],
)
def test_a_broken_registry_stops_the_start_and_names_the_file(
    tmp_path: Path, languages: str, files: dict[str, str]
) -> None:
    with pytest.raises(BadCatalogue, match=r"languages\.toml"):
        Catalogues.load(written(tmp_path, files, languages))


def test_a_broken_catalogue_stops_the_start_and_names_the_file(tmp_path: Path) -> None:
    written(tmp_path, {"en": "this is no catalogue"})
    with pytest.raises(BadCatalogue, match=r"messages\.po"):
        Catalogues.load(tmp_path)


# ---- moments


@pytest.mark.parametrize(
    ("voice", "style", "text"),
    [
        (Voice(), "day_hour", "el sábado 21 nov, 3:30 pm"),
        (Voice(context="sms"), "day_hour", "el sab 21 nov, 3:30 pm"),
        (Voice(), "day", "el sábado 21 nov"),
        (Voice(context="sms"), "day", "el sab 21 nov"),
        (Voice(context="sms"), "hour", "el 3:30 pm"),
        (Voice("en"), "day_hour", "el Saturday 21 Nov, 3:30 pm"),
        (Voice("en", context="sms"), "day_hour", "el Sat 21 Nov, 3:30 pm"),
        (Voice("es-CL"), "day_hour", "el sábado 21 nov, 3:30 pm"),
    ],
    ids=str,
)
def test_a_moment_is_told_in_each_voice(real: Catalogues, voice: Voice, style: dates.Style, text: str) -> None:
    when = When(SATURDAY, PANAMA, style)
    assert Catalogues.text(_both(real), voice, "el {when}", when=when) == text


def _both(real: Catalogues) -> Catalogues:
    """The shipped languages, with one text that English has too."""
    made = Catalogues(real.languages, {})
    made._texts["en", "", "el {when}"] = "el {when}"
    return made


@pytest.mark.parametrize(
    ("hour", "minute", "chat", "sms"),
    [
        (0, 0, "12 medianoche", "12 medianoche"),
        (0, 5, "12:05 am", "12:05 am"),
        (8, 0, "8:00 am", "8 am"),
        (11, 59, "11:59 am", "11:59 am"),
        (12, 0, "12 mediodía", "12 mediodia"),
        (12, 30, "12:30 pm", "12:30 pm"),
        (17, 0, "5:00 pm", "5 pm"),
        (23, 59, "11:59 pm", "11:59 pm"),
    ],
)
def test_hours(real: Catalogues, hour: int, minute: int, chat: str, sms: str) -> None:
    at = When(datetime(2026, 11, 20, hour, minute, tzinfo=UTC), "UTC", "hour")
    assert real.text(Voice(), "a las {at}", at=at) == f"a las {chat}"
    assert real.text(Voice(context="sms"), "a las {at}", at=at) == f"a las {sms}"


def test_every_day_and_month_is_plain_and_short(real: Catalogues) -> None:
    for n in range(366):
        when = When(SATURDAY + timedelta(days=n), PANAMA)
        text = real.text(Voice(context="sms"), "el {when}", when=when)
        assert text.isascii()
        assert "." not in text
        assert len(text) <= 27


def test_the_zone_is_that_of_the_meeting(real: Catalogues) -> None:
    at = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    told = [
        real.text(Voice(context="sms"), "el {at}", at=When(at, zone))
        for zone in (PANAMA, "America/Santiago", "Pacific/Easter")
    ]
    assert told == ["el sab 21 nov, 9 pm", "el sab 21 nov, 11 pm", "el sab 21 nov, 9 pm"]


@pytest.mark.parametrize("lead", ["{when}", "Es tuyo. {when}", "¿{when}?", "Va. ¿{when}?", "Una línea\n{when}"])
def test_a_moment_that_begins_a_sentence_has_a_capital(real: Catalogues, lead: str) -> None:
    assert "Sábado 21 nov" in real.text(Voice(), lead, when=When(SATURDAY, PANAMA))


def test_no_format_of_babel_with_its_narrow_space_is_used(real: Catalogues) -> None:
    for tag in ("es", "es-PA", "es-PE", "es-CL", "en"):
        for style in ("day_hour", "day", "hour"):
            text = real.text(Voice(tag), "{a} {b}", a=When(SATURDAY, PANAMA, style), b=Amount(1234567))
            assert not set("\u202f\u00a0") & set(text)


# ---- other arguments


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("es", "12,345 personas"),
        ("es-PA", "12,345 personas"),
        ("es-CL", "12.345 personas"),
        ("es-ZZ", "12,345 personas"),
    ],
)
def test_numbers_are_written_as_the_country_writes_them(real: Catalogues, tag: str, text: str) -> None:
    assert real.text(Voice(tag), "{n} personas", n=Amount(12345)) == text


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        (["1 Agua"], "1 Agua"),
        (["1 Agua", "5 Basura"], "1 Agua y 5 Basura"),
        (["2 Camino", "5 Basura", "1 Agua"], "2 Camino, 5 Basura y 1 Agua"),
        (["Luis", "Inés"], "Luis e Inés"),
        (["agua", "hielo"], "agua y hielo"),
        (["padre", Label("Sí")], "padre y Sí"),
    ],
)
def test_a_list_is_joined_as_it_is_said(catalogues: Catalogues, items: list[object], text: str) -> None:
    assert catalogues.text(Voice(), "{items}", items=And(items)) == text


def test_a_list_is_joined_in_the_language_of_its_message(catalogues: Catalogues) -> None:
    args = {"when": When(SATURDAY, PANAMA, "hour"), "answer": And(["2", Label("Sí"), "1"])}
    assert catalogues.text(Voice("en"), "Reunión: {when}. {answer}", **args) == "Meeting: 3:30 pm. 2, Yes and 1"


def test_a_text_by_number_falls_to_spanish_in_both_forms(catalogues: Catalogues) -> None:
    seats = n_("{n} lugar", "{n} lugares")
    assert catalogues.text(Voice("en"), "Quedan {places}.", places=Count(*seats, 1)) == "1 seat left."
    assert catalogues.text(Voice("en"), "Quedan {places}.", places=Count(*seats, 3)) == "3 seats left."
    for n, told in ((1, "1 lugar"), (2, "2 lugares")):
        assert catalogues.text(Voice("xx"), "Faltan {places}.", places=Count(*seats, n)) == f"Faltan {told}."
    people = n_("{n} persona", "{n} personas")
    assert catalogues.text(Voice("en"), "Quedan {places}.", places=Count(*people, 2)) == "2 personas left."


def test_babel_knows_every_format_locale_of_the_registry(real: Catalogues) -> None:
    for entry in real.languages.values():
        for name in (entry.format_locale, *(f"{entry.tag}_{region}" for region in entry.regions)):
            assert Locale.parse(name).language in ("es", "en")
