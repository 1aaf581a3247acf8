"""Codes that people see: one alphabet, no vowels, no look-alikes (accountability.md 1, rule 11)."""

from __future__ import annotations

import random
from collections.abc import Iterable

ALPHABET = "2346789CDFHJKMPQRTWXY"
_MISREAD = str.maketrans("BGZ", "862")


def draw(rng: random.Random, length: int) -> str:
    """A random code of that many characters."""
    return "".join(rng.choice(ALPHABET) for _ in range(length))


def hint(code: str) -> str:
    """'7***' of 7KTQ: says which of several it is, where others read along."""
    return code[:1] + "*" * (len(code) - 1)


def clean(typed: str) -> str:
    """A code as typed, without case, spaces or hyphens; B, G, Z are read 8, 6, 2. '' when it can not be one."""
    code = "".join(c for c in typed.upper() if not c.isspace() and c != "-").translate(_MISREAD)
    return code if code and all(c in ALPHABET for c in code) else ""


def differs(a: str, b: str) -> int:
    """In how many places two codes of one length differ."""
    return sum(x != y for x, y in zip(a, b, strict=True))


def draw_apart(rng: random.Random, taken: Iterable[str], length: int) -> str:
    """A code that differs from every taken one of its length in at least 2 places, so a slip is never a neighbour."""
    near = [t for t in taken if len(t) == length]
    while True:
        code = draw(rng, length)
        if all(differs(code, t) >= 2 for t in near):
            return code
