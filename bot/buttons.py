"""What a button sends back: who asked, which question, which value. At most 64 bytes (Telegram's callback_data)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.i18n import _
from bot.message import Shortcut

MAX_BYTES = 64
WORD = "w|"  # data of a button that is a word, understood in any state
SHORTCUTS: Mapping[str, tuple[str, str]] = {  # (label, the word)
    "choose": (_("Elegir"), "ELEGIR"),
    "change": (_("Cambiar"), "ELEGIR"),
    "language": (_("Idioma"), "IDIOMA"),
    "data": (_("Mis datos"), "MIS DATOS"),
}


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


def shortcut(name: str, text: Callable[[str], str]) -> Shortcut:
    """One of SHORTCUTS as a button. text: words a label for who reads it."""
    label, word = SHORTCUTS[name]
    return Shortcut(text(label), f"{WORD}{word}")


def word_of(data: str) -> str:
    """The word that a button is; '' for any other button (data comes from outside)."""
    known = {f"{WORD}{word}": word for _label, word in SHORTCUTS.values()}
    return known.get(data, "")


def unpack(data: str) -> Button | None:
    """The button again; None when it is not one of ours (data comes from outside)."""
    head, _, rest = data.partition("|")
    question, mark, value = rest.partition("|")
    if not mark or head[:1] not in ("t", "b") or not head[1:].isdecimal() or len(head) > 19:
        return None
    return Button("t" if head[0] == "t" else "b", int(head[1:]), question, value)
