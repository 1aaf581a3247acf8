"""QR codes as the path of an SVG: dark squares on white, whatever the colours of the page, or no camera reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import segno

BORDER = 4  # white squares around it, as the standard wants


@dataclass(frozen=True, slots=True)
class Code:
    """`size` squares each way, the border included; `path` draws each run of dark squares."""

    size: int
    path: str


@lru_cache(maxsize=256)
def code(text: str) -> Code:
    """The QR code of a link, level M (channels.md 8)."""
    made = segno.make_qr(text, error="m", boost_error=False)
    rows = [bytes(row) for row in made.matrix_iter(border=BORDER)]
    runs = [run for y, row in enumerate(rows) for run in _runs(row, y)]
    return Code(len(rows), "".join(runs))


def _runs(row: bytes, y: int) -> list[str]:
    drawn, x = [], 0
    while (start := row.find(1, x)) >= 0:
        end = row.find(0, start)  # the border ends every run
        drawn.append(f"M{start} {y}h{end - start}v1h-{end - start}z")
        x = end
    return drawn
