"""Every transcript by SMS, played with the longest name, place and date wherever something is filled in.

What needs more than one segment is one of the messages that ADR 10 names.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.i18n import Catalogues, Voice
from storage.store import Store
from tests.kit import Town
from tests.script import Script, transcript
from tests.words.longest import LONGEST

SCRIPTS = Path(__file__).parents[1] / "scripts"
# What is told of an idea is refused while it is written where it would not fit: with these values it is.
REFUSED = {"87_idea_answered", "89_idea_on_a_shared_phone"}
TYPED = {"code", "joining", "keyword", "link", "phone", "proof", "receipt", "typed"}  # what a phone reads and types

TWO = {
    "privacy": r"Responsable: |Responsible: |Lo que elijas es confidencial|What you choose is confidential",
    "a ballot": r"(Convoca\. |Se retiró |)(Elige|Elija|Choose) hasta|Choose up to|Ejemplo: |Example: ",
    "what we hold": r"Tengo de |Kept: ",
    "a result": r"Huella: |Fingerprint: ",
    "a promise": r"La oficina regional del agua|se abrio otra vez|was opened again|Preguntamos|We asked on|This time",
    "a story": r"Antes: |Before: |Would you like to see the story\?|¿Quieres ver la historia\?",
}


REAL = Catalogues.text


def longest(catalogues: Catalogues, voice: Voice, msgid: str, **args: object) -> str:
    """The text with the longest value of everything that is filled in."""
    filled = {name: value if name in TYPED else LONGEST.get(name, value) for name, value in args.items()}
    return REAL(catalogues, voice, msgid, **filled)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # words do not depend on the database
@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
def test_what_takes_two_segments_is_named(path: Path, lang: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script.read(path)
    if "sms" not in script.channels or script.name in REFUSED:
        return
    lines = tuple(line for line in script.lines if not line.startswith("="))
    monkeypatch.setattr(Catalogues, "text", longest)
    played = transcript(Script(script.channels, lines), Town.on(store), "sms", lang)
    long = [line for line in played.splitlines() if re.search(r"\(\d seg\)$", line)]
    assert [line for line in long if not re.search("|".join(TWO.values()), line)] == []
