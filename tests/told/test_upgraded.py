"""Questions that an older version asked are answered after the upgrade: what it had looked up has fewer fields."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from storage import tables as t
from tests.choose.polls import Neighbours, last
from tests.convoke.town import Town
from tests.told.office import Office

HELD = {"name": "Rosa", "age_band": "adult", "since": "2026-11-01T12:00:00+00:00", "choices": 1}
PLACE = {"starts_at": "2026-11-29T14:00:00+00:00", "tz": "America/Panama", "code": "7KQ2"}


def older(town: Town, asked: str, looks: dict[str, Any]) -> None:
    """The open talk of this conversation, as the version before had written it down."""
    talk = [row for row in town.rows(t.talk) if row.conversation == asked and row.pending][-1]
    state = json.loads(talk.state)
    state["looks"] = looks
    state["trail"] = [f"l:{name}" for name in looks]
    change = update(t.talk).where(t.talk.c.id == talk.id).values(state=json.dumps(state))
    town.store.do(lambda unit: unit.db.execute(change).rowcount)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_question_behind_what_we_hold(town: Town, channel: Any) -> None:
    phone = Neighbours(town.store).signed_up("Rosa", channel=channel)
    phone.say("DATOS")
    older(town, "data", {"held": HELD | {"places": [PLACE]}})
    assert "¿" in last(phone.say("9"))
    assert last(phone.say("1")).startswith("¿Qué quieres corregir?" if channel == "whatsapp" else "¿Que quieres")


def test_a_question_behind_news_of_a_promise(town: Town) -> None:
    phone = Neighbours(town.store).signed_up("Rosa")
    office = Office.asked(town)
    office.at("2027-01-15")
    office.promises()
    office.at("2027-01-19")
    office.says("news", "ya compró el tanque")
    phone.read()
    phone.say("9")
    about = {"lab": "San Martín", "shared": False, "counted": False, "text": "Ya compro el tanque.", "detail": "Todo."}
    older(town, "promise_news", {"about.es": about})
    assert last(phone.say("1")) == "Todo."
