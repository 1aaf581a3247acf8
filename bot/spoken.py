"""What an organiser says in a plan, or with a decision, in each language in which it was written there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class Spoken(Protocol):
    """A lab, a session, a promise: its fields, and `texts`, language -> field -> text."""

    @property
    def texts(self) -> Mapping[str, Mapping[str, str]]: ...


@dataclass(frozen=True, slots=True)
class Said:
    """One text. An argument of a message: it is filled in as the language of the message says it."""

    plain: str  # as it is written first, in the lab's own language
    others: Mapping[str, str]  # language -> the same there

    def in_(self, lang: str) -> str:
        """The text in this language, else the plain one."""
        return self.others.get(lang) or self.plain

    def knows(self, lang: str) -> bool:
        """Whether the plan says it in this language apart."""
        return bool(self.others.get(lang))

    def each(self, change: Callable[[str], str]) -> Said:
        """The same change in every language."""
        return Said(change(self.plain), {lang: change(text) for lang, text in self.others.items()})


def said(of: Spoken, name: str) -> Said:
    """A field of a lab, a session, a promise ... in all its languages."""
    return Said(str(getattr(of, name)), others(of.texts, name))


def others(texts: Mapping[str, Mapping[str, str]], name: str) -> dict[str, str]:
    """Language -> what it says of this field."""
    return {lang: told[name] for lang, told in texts.items() if told.get(name)}
