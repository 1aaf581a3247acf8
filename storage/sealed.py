"""Personal data at rest: a key ring, a column type that seals, and keyed fingerprints.

A secret is any text of 32 characters or more. Its two keys (sealing, fingerprint) and its id are derived from it
by HKDF-SHA256, so an operator keeps one value and can not mix up ids. Sealed bytes are
`version 1 | key id 8 | nonce 12 | AES-256-GCM`, bound to 'table.column' as associated data.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, ColumnElement, Dialect, LargeBinary, Table, TypeDecorator, type_coerce

MIN_SECRET = 32
_VERSION = b"\x01"
DAMAGED = "\x1adamaged"  # stands for a value that does not open; no text of ours or of a person's begins so


class BadKey(Exception):
    """The secret key is missing, too short, or not the one this database was sealed with."""


class MissingKey(BadKey):
    """This process has not the key: a newer one was put in use while it ran. It must be started again with it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One secret: its id (8 hex characters), the key that seals and the key that fingerprints."""

    id: str
    seal: AESGCM = field(repr=False)  # a log or a traceback must not tell it
    mark: bytes = field(repr=False)


@lru_cache(maxsize=64)
def _key(secret: str) -> Key:
    def derive(info: bytes, length: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"convoca " + info).derive(secret.encode())

    return Key(derive(b"id", 4).hex(), AESGCM(derive(b"seal", 32)), derive(b"fingerprint", 32))


class KeyRing:
    """The keys at hand; the first seals, all of them open. Secrets are parted by commas or white space."""

    def __init__(self, secrets: str) -> None:
        parts = [s for s in re.split(r"[\s,]+", secrets) if s]
        if not parts:
            raise BadKey("there is no secret key")
        if any(len(s) < MIN_SECRET for s in parts):
            raise BadKey(f"each secret key needs {MIN_SECRET} characters or more")
        self.keys = [_key(s) for s in parts]
        self.by_id = {k.id: k for k in self.keys}

    @property
    def current(self) -> Key:
        """The key that seals what is written now."""
        return self.keys[0]

    def seal(self, text: str, place: str) -> bytes:
        """The text sealed for one 'table.column'."""
        nonce = os.urandom(12)
        sealed = self.current.seal.encrypt(nonce, text.encode(), place.encode())
        return _VERSION + self.current.id.encode() + nonce + sealed

    def open(self, sealed: bytes, place: str) -> str:
        """The text again. Raises MissingKey: its key is not in the ring; BadKey: the bytes were changed or moved."""
        key = self.by_id.get(sealed[1:9].decode("ascii", "replace"))
        if sealed[:1] != _VERSION or key is None:
            raise MissingKey(f"a value of {place} was sealed with a key that is not in CONVOCA_SECRET_KEY")
        try:
            return key.seal.decrypt(sealed[9:21], sealed[21:], place.encode()).decode()
        except (InvalidTag, ValueError):  # ValueError: cut short
            raise BadKey(f"a value of {place} does not open: it was changed, or moved from another column") from None

    def fingerprint(self, channel: str, address: str) -> str:
        """'<key id>:<hex>' of an address under the current key."""
        return _mark(self.current, channel, address)

    def fingerprints(self, channel: str, address: str) -> list[str]:
        """Under every key of the ring, the current one first: look-ups try them all."""
        return [_mark(k, channel, address) for k in self.keys]


def _mark(key: Key, channel: str, address: str) -> str:
    return f"{key.id}:{hmac.new(key.mark, f'{channel}|{address}'.encode(), hashlib.sha256).hexdigest()}"


RING = "convoca_ring"  # the attribute of an engine's dialect that holds its KeyRing


class Sealed(TypeDecorator[str]):
    """A text column that the database only ever sees sealed. The ring belongs to the engine: see `Store`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _ring(dialect).seal(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else _ring(dialect).open(bytes(value), self.place)


class SealedJson(Sealed):
    """Likewise for JSON: what a conversation is about may hold words that somebody wrote."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return super().process_bind_param(None if value is None else json.dumps(value, ensure_ascii=False), dialect)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        text = super().process_result_value(value, dialect)
        return None if text is None else json.loads(text)


class OrDamaged(Sealed):
    """What does not open is read as DAMAGED, so that one value stops no other: whoever reads must look for it.

    So is what was sealed with a key that is not at hand: see `keys.require`.
    """

    cache_ok = True

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        try:
            return super().process_result_value(value, dialect)
        except BadKey:
            return DAMAGED


def or_damaged(column: Column[str]) -> ColumnElement[str]:
    """This sealed column read so, by its own name."""
    return type_coerce(column, OrDamaged(f"{column.table.name}.{column.name}")).label(column.name)


def row_or_damaged(table: Table) -> list[ColumnElement[Any]]:
    """Every column of a table, its sealed texts read so."""
    return [or_damaged(c) if type(c.type) is Sealed else c for c in table.c]


def _ring(dialect: Dialect) -> KeyRing:
    ring = getattr(dialect, RING, None)
    if not isinstance(ring, KeyRing):
        raise BadKey("this engine has no key ring")
    return ring
