"""Messages that ask for care before they are an answer to anything: which conversation each of them begins."""

from __future__ import annotations

from collections.abc import Sequence

from bot.router import Begin, Registry
from bot.upset import accuses, contains
from storage import help_lines, labs
from storage.store import Unit
from storage.talks import OpenTalk


def danger(unit: Unit, address_id: int, text: str) -> Begin | None:
    """Words of danger, where specialists have given a list."""
    known = help_lines.by_country(unit)
    told = {country: found.line for country, found in known.items() if contains(text, found.words)}
    if not told:  # nearly every turn ends here
        return None
    home = labs.home(unit, address_id) or next(iter(labs.spoken_of(unit)), None)
    return Begin("danger", {"line": told[home.country]}) if home and home.country in told else None


def accusation(
    unit: Unit, registry: Registry, address_id: int, text: str, waiting: Sequence[OpenTalk], other: Begin | None
) -> Begin | None:
    """Somebody is accused, by name or office, in an idea or in answer to whatever was asked; the team may.

    other: what the text begins by itself.
    """
    if other and other.conversation != registry.by_command["idea"]:
        return None
    asked = waiting[0] if waiting and not other else None
    said = str(other.args.get("word", "")) if other else text
    of = "" if asked and registry.by_name[asked.conversation].act else accuses(said)
    if not of:
        return None
    home = labs.home(unit, address_id)
    found = help_lines.of_country(unit, home.country) if home else None
    args = {"talk": asked.id if asked else 0, "line": found.line if found else ""}
    return Begin("hurt", args) if of == "hurt" else Begin("accused", args | {"said": said})
