"""Numbers of people that may be shown beside each other, when their sum is known too."""

from __future__ import annotations

from collections.abc import Mapping

from storage.turnout import FEW


def few_hidden(cells: Mapping[str, int]) -> dict[str, int | None]:
    """The cells, with None for 1 to 4 people and for what would give them away. Zero names nobody and is shown.

    Beside the small ones the smallest of the others goes too: from the sum and the rest nobody can work them out. When
    there is no other, all go, zeros too.
    """
    small = {name for name, n in cells.items() if 0 < n < FEW}
    if not small:
        return dict(cells)
    others = sorted((n, name) for name, n in cells.items() if n >= FEW)
    if not others:
        return dict.fromkeys(cells)
    hidden = small | {others[0][1]}
    return {name: None if name in hidden else n for name, n in cells.items()}
