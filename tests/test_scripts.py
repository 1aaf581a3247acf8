"""Golden transcripts: each script of tests/scripts is played on three renderings, in two languages, on both databases.

A script holds what is said (`C:`), what happens (`@` the clock, `!` an act) and what must be stored (`=`). Its
transcripts stand in tests/scripts/<channel>.<language>/; `pytest --update` writes them anew, and the diff is read.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from storage.store import Store
from tests.script import Script, played

HERE = Path(__file__).parent / "scripts"
SCRIPTS = sorted(HERE.glob("*.txt"))


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_the_transcript_is_as_written(
    path: Path, channel: str, lang: str, database_url: str, secret: str, request: pytest.FixtureRequest
) -> None:
    script = Script.read(path)
    if channel not in script.channels:
        return
    golden = HERE / f"{channel}.{lang}" / path.name
    with Store(database_url, secret, rng=random.Random(7)) as store:  # codes that come out the same each time
        transcript = played(script, store, channel, lang)
    if request.config.getoption("--update"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(transcript, encoding="utf-8")
    assert transcript == golden.read_text(encoding="utf-8")
