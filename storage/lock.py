"""Backups locked for an age key (age-encryption.org): the machine that makes them can not read them again.

Sealed values are sealed in a backup anyway; locked, the rest is shut too: who chose what, beside a pseudonym, until 30
days after a close.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyrage
from pyrage import x25519

ENDING = ".age"
HEAD = b"age-encryption.org/v1\n"
_KEY = "AGE-SECRET-KEY-"


class BadLock(Exception):
    """A recipient, a key or a locked file that is none."""


def locker(recipients: Sequence[str]) -> Callable[[Path], None]:
    """What shuts a file for whoever holds one of these recipients' keys ('age1...'). Raises BadLock."""
    known = [_recipient(one) for one in recipients]

    def shut(path: Path) -> None:
        draft = path.with_name(f"{path.name}{ENDING}")
        try:
            with path.open("rb") as plain, _created(draft) as locked:
                pyrage.encrypt_io(plain, locked, known)
                locked.flush()
                os.fsync(locked.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    return shut


def _created(path: Path) -> BinaryIO:
    """For us alone, from its first byte on."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _recipient(text: str) -> object:
    try:
        return x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise BadLock(f"{text[:70]} is no age recipient. Write what age-keygen calls the public key: age1...") from None


@contextmanager
def opened(path: Path, identity: Path | None) -> Iterator[Path]:
    """A backup to be read: a locked one as a plain copy that is gone afterwards, a plain one as it is.

    identity  a file as age-keygen writes it. Raises BadLock: it lacks, or is not that of this file; OSError.
    """
    with path.open("rb") as file:
        if file.read(len(HEAD)) != HEAD:
            yield path
            return
    if identity is None:
        raise BadLock(f"{path.name} is locked. Name the file with its key: --identity key.txt")
    keys = _identities(identity)
    with tempfile.TemporaryDirectory(prefix="convoca-") as folder:
        plain = Path(folder) / path.name.removesuffix(ENDING)
        _unlock(path, plain, keys)
        yield plain


def _identities(path: Path) -> list[object]:
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    try:
        found = [x25519.Identity.from_str(line) for line in lines if line.startswith(_KEY)]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise BadLock(f"There is no age key in {path.name}. It holds a line that begins with {_KEY}")
    return found


def _unlock(path: Path, plain: Path, keys: Sequence[object]) -> None:
    try:
        with path.open("rb") as locked, _created(plain) as file:
            pyrage.decrypt_io(locked, file, keys)
    except (pyrage.DecryptError, OSError) as wrong:
        if isinstance(wrong, OSError) and wrong.errno is not None:  # no room, no permission
            raise
        raise BadLock(f"{path.name} does not open: that is not the key it was locked for, or it was changed.") from None
