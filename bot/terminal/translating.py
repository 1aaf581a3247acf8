"""`--in en.because=...`: what an act says in another language of the lab, as a plan writes it (`en.title = ...`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer

Texts = dict[str, dict[str, str]]


def read(given: Sequence[str] | None, fields: Mapping[str, str]) -> Texts:
    """['en.because=The tank leaks'] -> {'en': {'reason': 'The tank leaks'}}. Raises typer.BadParameter.

    fields  option -> what the act calls it; the languages are the act's to judge
    """
    found: Texts = {}
    for one in given or ():
        name, equals, text = one.partition("=")
        lang, _dot, option = name.strip().partition(".")
        if not equals or option not in fields:
            known = ", ".join(f"en.{name}" for name in fields)
            raise typer.BadParameter(f"write LANG.OPTION=TEXT with one of {known}", param_hint="--in")
        found.setdefault(lang.lower(), {})[fields[option]] = text
    return found
