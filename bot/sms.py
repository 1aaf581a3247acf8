"""What an SMS may hold and what it costs: the GSM-7 alphabet, our folding, the count of parts (people.md 11)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")  # an escape stands before each: 2 units
GSM7 = BASIC | EXTENDED
FOLDED = frozenset({"es", "en"})  # an indigenous orthography is never stripped: its letters are its sense

_TYPOGRAPHY = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "´": "'", "`": "'",
        "–": "-", "—": "-", "‒": "-", "―": "-", "−": "-", "‑": "-", "…": "...", "•": "-", "·": "-", "×": "x",
        "ª": "a", "º": "o", "°": "o", "\t": " ", "\u2028": "\n", "\u2029": "\n",
    }
)  # fmt: skip
_ACUTE = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU")
_SPACES = re.compile(r"[^\S\n\r\f]+")


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text travels: `units` of its encoding, in `parts` of at most `per_part` units."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int
    per_part: int


@dataclass(frozen=True, slots=True)
class Dearer:
    """Letters that force UCS-2, in order of appearance, and the parts that folding would save."""

    letters: tuple[str, ...]
    saving: int


def fold_acute(text: str) -> str:
    """A Spanish SMS of ours, with what is filled in: no acute accents at all; ñ and ü stay ("año", never "ano").

    `sms_text` alone would leave é, which costs nothing, where í and ó go: "Café y jardin".
    """
    return unicodedata.normalize("NFC", text).translate(_ACUTE)


def sms_text(text: str, lang: str = "es") -> str:
    """The last step before any SMS provider. Spanish and English are folded to GSM-7, other languages only cleaned.

    á í ó ú ï ë ç and the like lose their mark; ñ ü é ä à è ì ò ù ¿ ¡ are free and stay; emoji go. A letter of another
    script stays too, though it costs: a name is not ours to destroy.
    """
    text = unicodedata.normalize("NFC", text)
    if lang.split("-")[0].split("_")[0].lower() in FOLDED:
        text = "".join(_folded(c) for c in text.translate(_TYPOGRAPHY))
    lines = _SPACES.sub(" ", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.strip() for line in lines).strip()


def _folded(char: str) -> str:
    if char in GSM7:
        return char
    if unicodedata.category(char)[0] in "ZC":
        return " " if char.isspace() else ""
    bare = "".join(c for c in unicodedata.normalize("NFKD", char).replace("⁄", "/") if c in GSM7)  # ½ is 1/2
    return bare if bare or not char.isalnum() else char


def segments(text: str) -> Segments:
    """The count a carrier makes: parts are filled greedily and a character of two units is never cut."""
    costs = [_septets(c) for c in text]
    gsm = all(costs)
    if not gsm:
        costs = [2 if ord(c) > 0xFFFF else 1 for c in text]
    single, several = (160, 153) if gsm else (70, 67)
    units = sum(costs)
    if units <= single:
        return Segments("GSM-7" if gsm else "UCS-2", units, 1, single)
    return Segments("GSM-7" if gsm else "UCS-2", units, _packed(costs, several), several)


def _septets(char: str) -> int:
    return 1 if char in BASIC else 2 if char in EXTENDED else 0


def _packed(costs: list[int], room: int) -> int:
    parts, used = 1, 0
    for cost in costs:
        if used + cost > room:
            parts, used = parts + 1, 0
        used += cost
    return parts


def dearer(text: str) -> Dearer:
    """What makes a text dear: the letters outside GSM-7 and the parts saved by `sms_text`."""
    letters = tuple(dict.fromkeys(c for c in text if c not in GSM7))
    return Dearer(letters, segments(text).parts - segments(sms_text(text)).parts if letters else 0)
