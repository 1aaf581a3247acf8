"""Golden transcripts: each script of tests/scripts is played on three renderings, in two languages, on both databases.

A script holds what is said (`C:`), what happens (`@` the clock, `!` an act) and what must be stored (`=`). Its
transcripts stand in tests/scripts/<channel>.<language>/; `pytest --update` writes them anew, and the diff is read.
Every path is played on PostgreSQL once, every rendering of it on SQLite: words do not depend on the database.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.store import Store
from tests.script import Script, played

HERE = Path(__file__).parent / "scripts"


def cases() -> Iterator[Any]:
    """(database, script, channel, language)."""
    for path in sorted(HERE.glob("*.txt")):
        channels = Script.read(path).channels
        yield pytest.param("postgres", path, channels[0], "es", id=f"postgres-{path.stem}-{channels[0]}-es")
        for channel in channels:
            for lang in ("es", "en"):
                yield pytest.param("sqlite", path, channel, lang, id=f"sqlite-{path.stem}-{channel}-{lang}")


@pytest.mark.parametrize(("database_url", "path", "channel", "lang"), [*cases()], indirect=["database_url"])
def test_the_transcript_is_as_written(
    path: Path, channel: str, lang: str, database_url: str, secret: str, request: pytest.FixtureRequest
) -> None:
    script = Script.read(path)
    golden = HERE / f"{channel}.{lang}" / path.name
    with Store(database_url, secret, rng=random.Random(7)) as store:  # codes that come out the same each time
        transcript = played(script, store, channel, lang)
    if request.config.getoption("--update"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(transcript, encoding="utf-8")
    assert transcript == golden.read_text(encoding="utf-8")
