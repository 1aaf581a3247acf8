"""What a kind makes of a reply, in one line: for the tables of cases."""

from collections.abc import Sequence
from typing import Any

from bot.errors import Invalid, Unsure
from bot.kinds import Kind


def meant(kind: Kind[Any], reply: str, shown: Sequence[tuple[str, str]] | None = None) -> Any:
    """What the kind makes of a reply: its value, '! text' or '? value'."""
    try:
        value = kind.parse(reply, kind.options() if shown is None else shown)
    except Invalid as e:
        return f"! {e.text.format(**e.fill)}"
    except Unsure as e:
        return f"? {e.value}"
    assert kind.holds(value)
    return value
