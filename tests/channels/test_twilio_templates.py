"""docs/templates.md obeys WhatsApp's rules, and its examples make the contents that the channel sends."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.channels._twilio_check import APPROVED
from bot.channels._twilio_draft import for_whatsapp
from fakes.twilio import Content
from tests.channels.twilio_kit import parcel

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
VARIABLE = re.compile(r"\{\{(\d+)\}\}")
WORD = re.compile(r"[^\W\d_]{2,}")
MARKETING = {"invitacion_laboratorio", "historia"}


@cache
def sections() -> dict[str, str]:
    """name -> everything under its heading, the category first."""
    found = re.split(r"^### `(\w+)` \(", PAGE.partition("## Buttons and lists")[0], flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def line(name: str, what: str) -> str:
    found = re.search(rf"^- {what}: (.+)$", sections()[name], flags=re.MULTILINE)
    return found[1] if found else ""


def test_every_template_of_the_code_is_on_the_page_and_no_other() -> None:
    assert tuple(sections()) == APPROVED


TEXTS = [(name, lang) for name in APPROVED for lang in ("es", "en")]


@pytest.mark.parametrize("name", APPROVED)
def test_the_category_is_the_one_of_the_conversations(name: str) -> None:
    assert sections()[name].startswith("MARKETING)" if name in MARKETING else "UTILITY)")


@pytest.mark.parametrize(("name", "lang"), TEXTS)
def test_variables_are_numbered_in_order_and_explained_with_an_example(name: str, lang: str) -> None:
    used = [int(n) for n in VARIABLE.findall(line(name, lang))]
    about = sections()[name].partition("Variables: ")[2].partition("\n\n")[0]
    explained = [int(n) for n in re.findall(r"(?:^|· ?\s?)(\d+) [a-z][^·]*\([^)]+\)", about, flags=re.MULTILINE)]
    assert used == explained == list(range(1, len(used) + 1))
    assert used


@pytest.mark.parametrize(("name", "lang"), TEXTS)
def test_no_variable_stands_at_an_end_or_beside_another(name: str, lang: str) -> None:
    between = VARIABLE.sub("\0", line(name, lang)).split("\0")
    assert all(WORD.search(text) for text in between), "a word before, after and between"


@pytest.mark.parametrize(("name", "lang"), TEXTS)
def test_there_are_more_words_than_twice_the_variables(name: str, lang: str) -> None:
    text = line(name, lang)
    assert len(WORD.findall(VARIABLE.sub("", text))) > 2 * len(VARIABLE.findall(text))


@pytest.mark.parametrize(("name", "lang"), TEXTS)
def test_a_filled_text_leaves_room(name: str, lang: str) -> None:
    text = line(name, lang)
    assert len(VARIABLE.sub("x" * 90, text)) <= 1024
    assert "  " not in text
    assert not [s for s in re.split(r"[.:?]", text.partition("¿")[0]) if len(s.split()) > 16]


@pytest.mark.parametrize(("name", "lang"), TEXTS)
def test_buttons_repeat_the_options_of_the_text(name: str, lang: str) -> None:
    buttons = [b for b in line(name, f"buttons {lang}").split(" · ") if b]
    assert line(name, lang).endswith(" ".join(buttons))
    assert [b[0] for b in buttons] == [str(n) for n in range(1, len(buttons) + 1)]
    assert all(len(b) <= 20 for b in buttons)
    assert len(set(buttons)) == len(buttons) <= 10


def examples() -> dict[str, dict[str, Any]]:
    blocks = re.findall(r"```json\n(.+?)```", PAGE.partition("## Buttons and lists")[2], flags=re.DOTALL)
    return {one["friendly_name"]: one for one in map(json.loads, blocks)}


def content(name: str, sid: str = "HX" + "1" * 32) -> Content:
    """The content that the page's example makes."""
    made = examples()[name]
    return Content(sid=sid, name=name, language=made["language"], types=made["types"], variables=made["variables"])


@pytest.mark.parametrize("name", ["botones_2", "lista_2"])
def test_the_examples_take_exactly_what_the_channel_gives(name: str) -> None:
    made = content(name)
    [draft, _text] = for_whatsapp(parcel("¿Vas?", "Sí", "No"), {name: {"*": made.sid}})
    assert draft.content == made.sid
    assert set(json.loads(draft.variables)) == made.needed == set(made.variables)


def test_the_first_example_names_templates_of_this_page() -> None:
    settings = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    assert set(settings) <= {*APPROVED, *examples()}
