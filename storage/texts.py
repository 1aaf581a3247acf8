"""What stands in several languages: language -> field -> text, as people wrote it in a plan or at an act. Pure."""

from __future__ import annotations

from collections.abc import Mapping

Texts = Mapping[str, Mapping[str, str]]  # {'en': {'reason': 'The tank leaks'}}


def together(*given: Texts) -> dict[str, dict[str, str]]:
    """The fields of all of them; of a field that stands twice the later text."""
    found: dict[str, dict[str, str]] = {}
    for texts in given:
        for lang, told in texts.items():
            found.setdefault(lang, {}).update(told)
    return found


def only(texts: Texts, *names: str) -> dict[str, dict[str, str]]:
    """These fields; a language without any of them is left out."""
    found = {lang: {name: told[name] for name in names if told.get(name)} for lang, told in texts.items()}
    return {lang: told for lang, told in found.items() if told}


def redated(texts: Texts, said: Texts) -> dict[str, dict[str, str]]:
    """What a promise says in other languages once it has a new date: the earlier one is said in none of them."""
    kept = {lang: {name: text for name, text in told.items() if name != "due_text"} for lang, told in texts.items()}
    return together(kept, only(said, "due_text"))


def renamed(texts: Texts, names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The fields that these names name, each under its new one: {'title': 'topic'}."""
    found = only(texts, *names)
    return {lang: {names[name]: text for name, text in told.items()} for lang, told in found.items()}
