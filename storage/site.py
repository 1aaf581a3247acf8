"""The address that people reach our pages at, as the web process last said it; talks and other processes ask."""

from __future__ import annotations

from urllib.parse import urlsplit

from storage import remembered
from storage.store import Unit

_NAME = "public_url"
_HERE = ("127.0.0.1", "::1", "localhost")


def remember(unit: Unit, url: str) -> None:
    """Keep it, or that there is none; written only when it is another one than before."""
    if remembered.get(unit, _NAME) != url:
        remembered.put(unit, _NAME, url)


def address(unit: Unit) -> str:
    """'https://convoca.example.org', without a slash at its end; '' while there is none."""
    return remembered.get(unit, _NAME).rstrip("/")


def for_personal_data(unit: Unit) -> str:
    """The same where nobody reads along on the way: https, or this machine; else ''."""
    url = address(unit)
    parts = urlsplit(url)
    return url if parts.scheme == "https" or parts.hostname in _HERE else ""
