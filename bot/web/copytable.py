"""A person's copy as a table for a spreadsheet: a line for each thing that is said, in the reader's words.

UTF-8 with its mark, so that a spreadsheet reads the accents. What somebody wrote is never run as a formula.
"""

from __future__ import annotations

import csv
import io

from bot.i18n import _
from bot.web import copytext
from bot.web.copytext import Held
from bot.web.reader import Reader

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # how a spreadsheet's formula begins
_HEAD = (_("Sección"), _("Número"), _("Dato"), _("Valor"))


def written(reader: Reader, held: Held) -> str:
    """The whole table: section, which thing of it (from 1), what is said of it, and how."""
    made = io.StringIO()
    table = csv.writer(made)
    table.writerow([reader.say(one) for one in _HEAD])
    for title, things in copytext.sections(reader, held):
        for n, thing in enumerate(things, 1):
            table.writerows([safe(title), n, safe(label), safe(text)] for label, text in thing)
    return "\ufeff" + made.getvalue()


def safe(cell: str) -> str:
    """The text of a cell; where it could be taken for a formula an apostrophe stands before it."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) else cell
