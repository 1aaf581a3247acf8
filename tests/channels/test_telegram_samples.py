"""Updates and errors that others have collected."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.channels._telegram_errors import judge, refusal
from bot.channels._telegram_updates import NOTHING, Whom, read
from tests.channels.telegram_kit import IDS, SENDER, USERNAME, Json
from tests.channels.test_telegram_errors import policy

HERE = Path(__file__).parents[1] / "data" / "channels"
OUTSIDE = os.environ.get("CONVOCA_TEST_DATA")
WHOM = Whom(id=7000001, sender=SENDER, ids=IDS, username=USERNAME)


def samples(path: Path) -> list[Any]:
    return [one.get("json", one) for one in json.loads(path.read_text(encoding="utf-8"))]


def updates(value: Any) -> list[Json]:
    """Every update inside."""
    if isinstance(value, dict) and "update_id" in value:
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [update for one in inner for update in updates(one)]


def test_updates_of_another_library_are_told_or_kept() -> None:
    """They are of groups, channels and kinds that nobody here asks for."""
    found = updates(samples(HERE / "teloxide_samples.json"))
    assert len(found) >= 14
    for update in found:
        told = read(update, WHOM, json.dumps(update))
        assert told.unread is None or told.unread.provider_id == f"update:{update['update_id']}"
        assert told.message is None or told.message.provider_id
    assert sum(read(update, WHOM, "") == NOTHING for update in found) < len(found)


if OUTSIDE:
    DATA = Path(OUTSIDE) / "channels"

    @pytest.mark.outside
    def test_old_samples_of_telegrams_own_are_kept_and_do_no_harm() -> None:
        """Their fields are those of 2016, so python-telegram-bot reads none of them."""
        found = updates(json.loads((DATA / "telegram_official_sample_updates.json").read_text(encoding="utf-8")))
        assert len(found) == 12
        for update in found:
            told = read(update, WHOM, json.dumps(update))
            assert told == NOTHING or told.unread or told.message

    @pytest.mark.outside
    def test_no_collected_error_is_tried_for_ever() -> None:
        for said in samples(DATA / "telegram_bot_api_errors.json"):
            found = policy(judge(refusal(said["error_code"], json.dumps(said).encode())))
            assert found, said["description"]
            assert "uncertain" not in found
            assert ("retry_after" in found) == (said["error_code"] == 429)
