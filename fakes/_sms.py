"""How many parts a text message has: what an operator bills, and how many reports come back."""

from __future__ import annotations

_ONE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_UNITS = {**dict.fromkeys(_ONE, 1), **dict.fromkeys("^{}\\[~]|€\f", 2)}  # of GSM-7


def parts(text: str) -> int:
    """Parts of this text, at least 1: 160 or 153 units of GSM-7, else 70 or 67 of UCS-2; no character is cut."""
    gsm = all(char in _UNITS for char in text)
    costs = [_UNITS[c] if gsm else 1 + (ord(c) > 0xFFFF) for c in text]
    whole, part = (160, 153) if gsm else (70, 67)
    if sum(costs) <= whole:
        return 1
    count, filled = 1, 0
    for cost in costs:
        if filled + cost > part:
            count, filled = count + 1, 0
        filled += cost
    return count
