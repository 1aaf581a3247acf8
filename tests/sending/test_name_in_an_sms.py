"""The name that is filled in when a message leaves: in a Spanish SMS spelled as the words around it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.envelope import render
from bot.message import Reply
from storage.broadcasts import filled
from storage.outbox import Letter

NOW = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "lang", "sent"),
    [
        ("sms", "es", "Jose: elegiste en Nata."),
        ("sms", "es-PA", "Jose: elegiste en Nata."),
        ("sms", "en", "José: elegiste en Nata."),
        ("whatsapp", "es", "José: elegiste en Nata."),
    ],
)
def test_a_name_is_spelled_as_the_words_around_it(channel: str, lang: str, sent: str) -> None:
    assert render(letter("broadcast", "{name}: elegiste en Nata.", lang=lang), channel).text == sent


@pytest.mark.parametrize("kind", ["reply", "notice"])
@pytest.mark.parametrize("name", ["José", ""])
@pytest.mark.parametrize("channel", ["sms", "telegram"])
@pytest.mark.parametrize("said", ["{name}", "{0}", "{{", "%s", "{name}: {{name}} %(name)s"])
def test_what_she_writes_is_said_back_as_she_wrote_it(kind: str, name: str, channel: str, said: str) -> None:
    assert render(letter(kind, f"Hola, {said}.", name), channel).text == f"Hola, {said}."


@pytest.mark.parametrize("name", ["{name}", "{code}", "{{", "%s", r"\1"])
def test_a_name_is_no_template(name: str) -> None:
    assert render(letter("broadcast", "{name}: te espera.", name), "telegram").text == f"{name}: te espera."
    body = filled({"text": "{name}, tu codigo: {code}"}, {"name": name, "code": "{name}"})
    assert body["text"] == f"{name}, tu codigo: {{name}}"


def letter(kind: str, text: str, name: str = "José", lang: str = "es") -> Letter:
    return Letter(
        id=1,
        address_id=1,
        address="+50760000001",
        kind=kind,
        body=Reply(text=text).to_json(),
        name=name,
        lang=lang,
        made_at=NOW,
        claimed_at=NOW,
        attempt=1,
        heard_at=None,
        expires_in=None,
    )
