"""The official help line of each country, and the words by which danger is known; both reviewed by specialists.

Empty until a plan brings them: a list that nobody has checked would do harm.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from storage.store import Unit
from storage.tables import help_line


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    """Whom to call there, and the words that say so."""

    line: str
    words: tuple[str, ...]


_ALL = select(help_line)


def by_country(unit: Unit) -> dict[str, HelpLine]:
    """Those that plans have brought."""
    return {row.country: HelpLine(line=row.line, words=tuple(row.words)) for row in unit.db.execute(_ALL)}


def of_country(unit: Unit, country: str) -> HelpLine | None:
    """That of this country, if a plan has brought one."""
    row = unit.db.execute(select(help_line).where(help_line.c.country == country)).first()
    return HelpLine(line=row.line, words=tuple(row.words)) if row else None
