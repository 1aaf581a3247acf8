"""What is said and what is asked behind it, by SMS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.apart import by_sms
from bot.sms import segments, sms_text

SAID, ASKED = "s" * 100, "¿" + "q" * 58  # 160 letters with the space between them
WORDS = st.text("abcdefghijklmnopqrstuvwxyz ñ¿?1234", max_size=160).map(str.strip)


@pytest.mark.parametrize(
    ("said", "wordings", "sent"),
    [
        (SAID, [ASKED], [f"{SAID} {ASKED}"]),
        (SAID, [ASKED + "?"], [SAID, ASKED + "?"]),
        (SAID, [f"Antes: {ASKED}", ASKED], [SAID, f"Antes: {ASKED}"]),
        (SAID, ["a" * 161, ASKED], [SAID, ASKED]),
        ("", [ASKED], [ASKED]),
        ("", ["a" * 161, ASKED], [ASKED]),
        ("", ["a" * 161], ["a" * 161]),
        ("s" * 200, [ASKED], ["s" * 200 + " " + ASKED]),  # two segments as they are: a third would cost more
        ("s" * 280, [ASKED], ["s" * 280, ASKED]),  # three either way
        ("está aquí", ["¿sí?"], ["está aquí ¿sí?"]),
        ("ŋ" * 60, ["¿q?" * 10], ["ŋ" * 60, "¿q?" * 10]),  # of another alphabet a segment holds 70
    ],
)
def test_two_messages_where_one_does_not_hold_both(said: str, wordings: list[str], sent: list[str]) -> None:
    assert by_sms(said, wordings) == tuple(sent)


@given(WORDS, st.lists(WORDS.filter(bool), min_size=1, max_size=3))
def test_what_fits_alone_never_takes_more_than_its_own_segment(said: str, wordings: list[str]) -> None:
    sent = by_sms(said, wordings)
    assert all(segments(sms_text(text)).parts <= 1 for text in sent)
    assert sent[-1].endswith(tuple(wordings))
    assert not said or sent[0].startswith(said)
