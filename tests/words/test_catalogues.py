"""The catalogues as they ship: complete, in agreement, short enough for one SMS, in plain words."""

import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from bot import i18n_extract, router
from bot.i18n import LOCALES, Catalogues, Voice, placeholders
from bot.kinds import number_label
from bot.sms import GSM7, fold_acute, segments, sms_text
from bot.words import WORDS, command, plain
from tests.words.longest import LONG_WHOLE, LONGEST, WHOLE

CATALOGUES = Catalogues.load()
TEMPLATE = [entry for entry in polib.pofile(str(LOCALES / "messages.pot")) if entry.msgctxt != "words"]
TEXTS = [entry.msgid for entry in TEMPLATE]
FILES = {path.parent.name: polib.pofile(str(path)) for path in sorted(LOCALES.glob("*/messages.po"))}
ELSEWHERE = (
    "bot/actions/staff/",
    "conversations/staff/",
    "bot/web/",
    "bot/cli",
    "bot/listcolumn",
    "bot/planfile",
    "bot/player",
    "bot/reports/",
    "bot/settings",
)  # read on a screen
SENT = [e.msgid for e in TEMPLATE if not all(name.startswith(ELSEWHERE) for name, _line in e.occurrences)]
STAFF = re.compile(  # read in a terminal
    r"\{(slug|people|method|most|problem|words|step|via)\}|--|razón de \{title\}|asamblea, no|[Ss]esión \{code\}"
    r"|borrador|publicado|lotería|[Ee]l motivo"
)
VOICES = [Voice("es", "tu", "sms"), Voice("es", "usted", "sms"), Voice("en", "tu", "sms")]

# Two segments are allowed for the notice and a long ballot only (people.md 11).
LEFT_OUT = {"idea", "percent", "organiser", "lab", "numbers", "name"}
TWO = ("Responsable: ", "Lo que elijas es confidencial")

TEAM = router.discover().by_staff_word  # words of the team
BEGIN = router.discover().by_word  # words that begin a conversation and are no command
LOCKS = {"ENVIAR", "NADA", "NO"}  # typed to a question of a conversation of the team

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
NO_COMMAND = {"SMS", "USA", "JSON", "ACEPTO", "AGREE", "QR", "EE", "UU", "GSM", "CSV", "TSE", "SHA"}


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
    said = i18n_extract.template()
    assert {e.msgid: e.occurrences for e in TEMPLATE} == {e.msgid: e.occurrences for e in said if e.msgctxt != "words"}
    for tag, catalogue in FILES.items():
        assert {entry.msgid for entry in entries(tag) if entry.msgctxt != "words"} <= set(TEXTS)
        again = i18n_extract.merged(tag, catalogue, said)
        assert {(e.msgctxt, e.msgid, e.msgstr) for e in again} == {(e.msgctxt, e.msgid, e.msgstr) for e in catalogue}


def test_every_text_has_english() -> None:
    english = {entry.msgid: entry for entry in entries("en") if not entry.msgctxt}
    missing = [text for text in TEXTS if text not in english or not english[text].translated()]
    assert not missing
    assert not i18n_extract.untranslated(i18n_extract.ROOT)


def test_the_english_holds_no_spanish_word_between_two_values() -> None:
    strange = re.compile(r"\b(?:para|y)\b")
    assert [e.msgstr for e in entries("en") if e.msgctxt != "words" and strange.search(e.msgstr)] == []


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
    return said is not None or plain(word) in TEAM or plain(word) in BEGIN or word in LOCKS


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
                assert entry.msgstr != sms_text(fold_acute(entry.msgid)), "folding does this already"
