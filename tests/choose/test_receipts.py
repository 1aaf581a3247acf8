"""Receipts: the published vectors, and what a proof must and must not accept."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import commitments

# The inputs of the Certificate Transparency test vectors, with the roots published for the first n of them.
ENTRIES = [
    bytes.fromhex(e)
    for e in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {1: "6e340b9c", 3: "aeb6bcfe", 7: "ddb89be4"}
ALL_EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_published_vector_of_a_receipt() -> None:
    committed = commitments.commitment(bytes(range(16)), "lab-3", "1,2,5")
    assert committed.hex().startswith("5bfbca28")
    assert committed.hex().endswith("3488f21f3")
    assert commitments.code_of(committed) == "MWTTPTXXK6D4"
    assert commitments.shown("MWTTPTXXK6D4") == "MWTT-PTXX-K6D4"
    mark = commitments.leaf(committed).hex()
    assert mark.startswith("3f3340e4")
    assert mark.endswith("d703f1139d")


@pytest.mark.parametrize(("n", "start"), ROOTS.items())
def test_the_published_roots(n: int, start: str) -> None:
    assert commitments.root(ENTRIES[:n]).hex().startswith(start)
    assert commitments.root(ENTRIES).hex() == ALL_EIGHT


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert commitments.root([]) == hashlib.sha256(b"").digest()


@given(st.lists(st.binary(max_size=40), unique=True, min_size=1, max_size=40), st.data())
def test_a_path_leads_to_the_root_and_nothing_else_does(entries: list[bytes], data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(entries))
    steps = commitments.path(entries, entry)
    assert commitments.leads_to(entry, steps) == commitments.root(entries)
    assert commitments.leads_to(entry + b"!", steps) != commitments.root(entries)


def test_an_inner_node_can_not_pass_as_an_entry() -> None:
    left, right = commitments.leaf(b"a"), commitments.leaf(b"b")
    assert commitments.root([b"a", b"b"]) == commitments.node(left, right)
    assert commitments.root([left + right]) != commitments.root([b"a", b"b"])


def test_the_last_entry_is_never_doubled() -> None:
    assert commitments.root([b"a", b"b", b"c"]) != commitments.root([b"a", b"b", b"c", b"c"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MWTT-PTXX-K6D4", "MWTTPTXXK6D4"),
        ("mwtt ptxx k6d4", "MWTTPTXXK6D4"),
        ("MWTTPTXXKGDZ", "MWTTPTXXK6D2"),  # G and Z are read 6 and 2
        ("MWTT-PTXX", ""),
        ("MWTT-PTXX-K6DO", ""),  # no O in the alphabet
        ("", ""),
    ],
)
def test_a_code_is_read_as_people_write_it(text: str, code: str) -> None:
    assert commitments.typed(text) == code


def test_a_salt_has_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        commitments.commitment(b"short", "lab-3", "1")
