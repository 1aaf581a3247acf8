"""What a button sends back: who asked, which question, which value. At most 64 bytes (Telegram's callback_data)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_BYTES = 64


@dataclass(frozen=True, slots=True)
class Button:
    """`asker`: a talk ('t') or a broadcast ('b') by its id. Values are our own keys, never a person's words."""

    asker: Literal["t", "b"]
    id: int
    question: str
    value: str


def pack(asker: Literal["t", "b"], id: int, question: str, value: str) -> str:
    """'t12|going|yes'. Empty when it would not fit: the numbers in the text always work."""
    data = f"{asker}{id}|{question}|{value}"
    return data if len(data.encode()) <= MAX_BYTES else ""


def for_talk(talk_id: int, question: str, value: str) -> str:
    """Data of a button under a talk's question."""
    return pack("t", talk_id, question, value)


def for_broadcast(broadcast_id: int, question: str, value: str) -> str:
    """Data of a button under a broadcast: the person who taps is found by the address that sends it."""
    return pack("b", broadcast_id, question, value)


def unpack(data: str) -> Button | None:
    """The button again; None when it is not one of ours (data comes from outside)."""
    head, _, rest = data.partition("|")
    question, mark, value = rest.partition("|")
    if not mark or head[:1] not in ("t", "b") or not head[1:].isdecimal() or len(head) > 19:
        return None
    return Button("t" if head[0] == "t" else "b", int(head[1:]), question, value)
