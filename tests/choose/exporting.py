"""A closed contest made into its file, and what somebody may do to such a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot import recount
from bot.actions import contest as acts
from bot.actions import export as exporting
from bot.actions.export import File
from bot.i18n import Catalogues
from tests.choose.polls import Polls
from tests.convoke.town import Town

WORDS = Catalogues.load()
CROWD = ((1, 3), (1, 3), (1, 3), (1,), (1,), (1,), (2, 1), (5,), (4, 2), (3,), ())


def closed(town: Town, *choices: tuple[int, ...], seed: str | None = None, **values: Any) -> Polls:
    """These people chose, and it closed."""
    polls = Polls.opened(town, **values)
    polls.crowd(*choices)
    for draw in dict.fromkeys((None, seed)):  # which comes after the close
        town.store.do(lambda unit, draw=draw: acts.close_(unit, WORDS, "sm", "yaneth", draw))  # type: ignore[misc]
    return polls


def exported(town: Town) -> File:
    return town.store.do(lambda unit: exporting.export(unit, WORDS, "sm", "yaneth"))


def altered(data: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The same file after somebody who knows the format has changed one of its parts, and packed it again."""
    files = recount.unpack(data)
    text = files[name].decode()
    assert change(text) != text
    return recount.pack({**files, name: change(text).encode()})


def rewritten(data: bytes, name: str, change: Callable[[Any], None]) -> bytes:
    """Likewise for a part that is JSON."""

    def text(kept: str) -> str:
        value = json.loads(kept)
        change(value)
        return json.dumps(value)

    return altered(data, name, text)
