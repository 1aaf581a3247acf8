"""The SMS policy: what is folded, what is kept, what is counted."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sms import EXTENDED, GSM7, Segments, dearer, fold_acute, segments, sms_text

DATA = Path(__file__).parent.parent / "data"
CASES = json.loads((DATA / "sms_segments_oracle.json").read_text(encoding="utf-8"))["cases"]
CHARSET = json.loads((DATA / "sms_gsm7_charset_oracle.json").read_text(encoding="utf-8"))["gsm7"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:30])
def test_parts_are_counted_as_a_carrier_counts_them(case: dict[str, dict[str, object]]) -> None:
    count = segments(str(case["text"]))
    assert (count.encoding, count.parts) == (case["plain"]["encoding"], case["plain"]["segments"])


def test_the_alphabet_is_gsm_7() -> None:
    ours = {c for c in GSM7 if 0x20 <= ord(c) <= 0x24F}
    assert ours == set(CHARSET)
    assert set("\n\r\f€ΔΦΓΛΩΠΨΣΘΞ") == GSM7 - ours


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", Segments("GSM-7", 0, 1, 160)),
        ("a" * 160, Segments("GSM-7", 160, 1, 160)),
        ("a" * 161, Segments("GSM-7", 161, 2, 153)),
        ("a" * 306, Segments("GSM-7", 306, 2, 153)),
        ("a" * 307, Segments("GSM-7", 307, 3, 153)),
        ("€" * 80, Segments("GSM-7", 160, 1, 160)),
        ("a" * 152 + "€" + "a" * 100, Segments("GSM-7", 254, 2, 153)),  # the euro is not cut: it begins the second part
        ("á" * 70, Segments("UCS-2", 70, 1, 70)),
        ("á" * 71, Segments("UCS-2", 71, 2, 67)),
        ("👍" * 35, Segments("UCS-2", 70, 1, 70)),
        ("á" * 66 + "👍" + "á" * 66, Segments("UCS-2", 134, 3, 67)),  # an emoji is two units and is not cut
    ],
)
def test_edges_of_a_part(text: str, told: Segments) -> None:
    assert segments(text) == told


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Mañana, sábado: ¿vas? ¡Sí!", "Mañana, sabado: ¿vas? ¡Si!"),
        ("año", "año"),
        ("pingüino", "pingüino"),
        ("Ngäbe-Buglé", "Ngäbe-Buglé"),
        ("José", "José"),
        ("Jose\u0301", "José"),  # decomposed: NFC first
        ("Citroën, naïf, França", "Citroen, naif, Franca"),
        ("ÁÍÓÚ É Ñ Ü Ç", "AIOU É Ñ Ü Ç"),
        ("«agua»  “ya”  ‘no’", '"agua" "ya" \'no\''),
        ("1–2 — 3…", "1-2 - 3..."),
        ("n.º 3, 2ª", "n.o 3, 2a"),
        ("3:30\u202fp.\u00a0m.", "3:30 p. m."),
        ("Listo 👍🏽.", "Listo ."),
        ("1️⃣ Sí", "1 Si"),
        ("🎉", ""),
        ("una\tdos\u200b", "una dos"),
        ("uno \n dos", "uno\ndos"),
        ("½ kilo", "1/2 kilo"),
        ("Αθήνα 李", "Αθήνα 李"),  # a name in another script is not ours to destroy
    ],
)
def test_spanish_is_folded_to_what_is_free(text: str, sent: str) -> None:
    assert sms_text(text) == sent


def test_english_is_folded_and_every_other_language_is_left_as_it_is() -> None:
    assert sms_text("“Água” – ok", "en-PA") == '"Agua" - ok'
    assert sms_text("ngäbere ká “kä”", "gym") == "ngäbere ká “kä”"
    assert sms_text("3:30\u202fpm\u00a0x", "gym") == "3:30 pm x"


def test_our_own_words_lose_every_acute_accent() -> None:
    assert fold_acute("¿Qué día? Aún no sé. Año, pingüino") == "¿Que dia? Aun no se. Año, pingüino"


def test_what_makes_a_text_dear_is_named_with_the_saving() -> None:
    told = dearer("Inscripción confirmada. Sí, sí. " * 4)
    assert (told.letters, told.saving) == (("ó", "í"), 1)
    assert dearer("Listo, José. ¿Vas mañana?") == dearer("")


@given(st.text())
def test_no_text_leaves_with_a_space_that_doubles_its_price(text: str) -> None:
    for lang in ("es", "en", "gym"):
        assert not set("\u202f\u00a0\u2007\u2028\u2029") & set(sms_text(text, lang))


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_latin_text_leaves_in_gsm_7_and_folding_again_changes_nothing(text: str) -> None:
    sent = sms_text(text)
    kept = {c for c in sent if c not in GSM7}
    assert not kept or all(unicodedata.category(c) in ("Ll", "Lu", "Lt", "Lo", "Lm", "No") for c in kept)
    assert sms_text(sent) == sent


@given(st.text(alphabet=sorted(GSM7 - {"\r", "\f"}), max_size=700))
def test_units_fit_their_parts(text: str) -> None:
    count = segments(text)
    assert count.encoding == "GSM-7"
    assert count.units == sum(2 if c in EXTENDED else 1 for c in text)
    assert (count.parts - 1) * (count.per_part - 1) < max(count.units, 1) <= max(count.parts * count.per_part, 1)
