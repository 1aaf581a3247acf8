"""Where people reach our pages, as a start of the web process tells the house."""

from __future__ import annotations

from typing import Any

import pytest

from bot.settings import Settings
from bot.terminal.serving import address
from storage import site
from storage.store import Store


def settings(**values: Any) -> Settings:
    return Settings.model_construct(**{"public_url": "", "host": "127.0.0.1", "port": 8000, **values})


@pytest.mark.parametrize(
    ("values", "demo", "known"),
    [
        ({}, False, ""),
        ({"public_url": "https://convoca.example.org"}, False, "https://convoca.example.org"),
        ({}, True, "http://127.0.0.1:8000"),
        ({"host": "0.0.0.0", "port": 9}, True, "http://127.0.0.1:9"),  # noqa: S104
        ({"host": "::1"}, True, "http://[::1]:8000"),
    ],
)
def test_the_address_is_as_set_and_the_demonstration_names_itself(
    values: dict[str, Any], demo: bool, known: str
) -> None:
    assert address(settings(**values), demo=demo) == known


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("", ""),
        ("https://convoca.example.org/", "https://convoca.example.org"),
        ("http://convoca.example.org", ""),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://localhost.example.org", ""),
    ],
)
def test_what_is_personal_goes_by_https_or_stays_on_this_machine(store: Store, url: str, safe: str) -> None:
    store.do(lambda unit: site.remember(unit, url))
    assert store.read(site.for_personal_data) == safe
    store.do(lambda unit: site.remember(unit, ""))
    assert store.read(site.address) == ""
