"""Receipts of a choice: a commitment, the code people keep, and the tree whose root is published (voting.md 6).

Pure functions. Whoever has the published commitments can compute every code and the root with the standard library.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Literal

from storage.audit import canon
from storage.codes import ALPHABET, clean

SALT_BYTES = 16
CODE_LENGTH = 12
HASH_BYTES = 32

Side = Literal["left", "right"]
Path = Sequence[tuple[Side, bytes]]  # from the leaf up: on which side the neighbour stands, and its hash
Tree = Sequence[bytes]  # the hashes of each level side by side, from the leaves up to the root


def commitment(salt: bytes, contest: str, payload: str) -> bytes:
    """HMAC-SHA256 of the choice under a salt that is never sent: shows nothing, can not be changed afterwards."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hmac.new(salt, canon({"b": payload, "c": contest}), hashlib.sha256).digest()


def code_of(committed: bytes) -> str:
    """The receipt's 12 characters: the commitment as a number modulo 21^12, in the alphabet of all our codes."""
    base = len(ALPHABET)
    number = int.from_bytes(committed, "big") % base**CODE_LENGTH
    digits = []
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, base)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def shown(code: str) -> str:
    """As people read it: 'MWTT-PTXX-K6D4'."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def typed(text: str) -> str:
    """The code a person wrote, or '' when it can not be one."""
    code = clean(text)
    return code if len(code) == CODE_LENGTH else ""


# --- the tree (RFC 9162, section 2.1) ---------------------------------------------------------------------------


def leaf(entry: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees. Its own prefix: an inner node can not be passed off as an entry."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(entries: Sequence[bytes]) -> bytes:
    """The root over the entries in this order; SHA-256 of nothing when there are none.

    The entries of a contest are its commitments, sorted: the order in which people chose is not in it.
    """
    if not entries:
        return hashlib.sha256(b"").digest()
    level = [leaf(e) for e in entries]
    while len(level) > 1:
        level = _above(level)
    return level[0]


def _above(level: list[bytes]) -> list[bytes]:
    """Pairs from the left, an odd last one carried up: the same as splitting at the largest power of two."""
    paired = [node(a, b) for a, b in zip(level[::2], level[1::2], strict=False)]
    return paired + level[len(paired) * 2 :]


def tree(entries: Sequence[bytes]) -> Tree:
    """The whole tree over the entries in this order."""
    level = [leaf(e) for e in entries]
    levels = [b"".join(level)]
    while len(level) > 1:
        level = _above(level)
        levels.append(b"".join(level))
    return levels


def steps(levels: Tree, entry: bytes) -> Path | None:
    """What one needs, besides the entry itself, to compute the root of this tree. None: it is not among them."""
    at = _place(levels[0], leaf(entry))
    if at is None:
        return None
    found: list[tuple[Side, bytes]] = []
    for level in levels[:-1]:
        neighbour = at ^ 1
        other = level[neighbour * HASH_BYTES : (neighbour + 1) * HASH_BYTES]
        if other:
            found.append(("left" if neighbour < at else "right", other))
        at //= 2
    return found


def _place(level: bytes, mark: bytes) -> int | None:
    """The number of this hash among those of a level."""
    at = level.find(mark)
    while at % HASH_BYTES and at >= 0:  # found across the border of two others
        at = level.find(mark, at + 1)
    return at // HASH_BYTES if at >= 0 else None


def path(entries: Sequence[bytes], entry: bytes) -> Path:
    """The same of entries in this order. Raises ValueError: it is not among them."""
    found = steps(tree(entries), entry)
    if found is None:
        raise ValueError("this entry is not among them")
    return found


def leads_to(entry: bytes, way: Path) -> bytes:
    """The root that an entry and its path give."""
    mark = leaf(entry)
    for side, other in way:
        mark = node(other, mark) if side == "left" else node(mark, other)
    return mark
