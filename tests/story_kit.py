"""The people of the whole story: their phones, what each said last, and what came to whom by which event."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from string import ascii_uppercase

from bot.player import Phone
from storage.store import Store
from tests.kit import CHANNELS, PANAMA, Town
from tests.script import ACTS

REASONS = {
    "agua": "El agua llega dos horas al día.",
    "camino": "El puente cuesta más que el dinero de este año.",
    "salud": "El centro de salud depende del ministerio.",
    "senal": "La empresa de celular no contestó.",
    "basura": "Falta el permiso del municipio.",
}
PERMISSION = ("SANMARTIN", "1", "{name}", "1")
ANOTHER = ("OTRA", "1", "{name}", "1")  # on a phone that somebody has already
ANSWERS = {"yes": "1", "partly": "2", "no": "3", "unknown": "4"}
FAMILY = ("Luis", "Pedro", "Rita", "Saul", "Noe")  # on María's phone, with her
CROWD = 9  # neighbours more on each channel: so many that the page may say how many came by which


@dataclass(slots=True)
class Neighbour:
    """Somebody with a phone, or with a part in one. `picks`: what has to count; () is blank, None nothing."""

    name: str
    phone: Phone
    shared: bool = False
    picks: tuple[int, ...] | None = None
    answer: str = ""  # to "was it done?", as it has to count

    def says(self, words: str) -> None:
        """Write this; on a shared phone with the name before it."""
        self.phone.say(f"{self.name} {words}" if self.shared else words)

    def taps(self, number: int) -> None:
        """Tap the button of this number in the newest question that has buttons."""
        asked = next(shown for shown in reversed(self.phone.screen) if shown.options)
        self.phone.tap(asked.options[number - 1].label)

    def chooses(self, *picks: int, words: str = "") -> None:
        """Choose these, in these words; it is what has to count until something else is said."""
        self.says(words or "ELEGIR " + " ".join(map(str, picks)))
        self.picks = picks

    def confirms(self, answer: str) -> None:
        """Answer "was it done?"."""
        self.says(ANSWERS[answer])
        self.answer = answer


@dataclass(slots=True)
class Lab:
    """San Martín as its neighbours live it."""

    town: Town
    people: dict[str, Neighbour] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)  # phone's number -> messages before the last event

    @property
    def store(self) -> Store:
        """The database."""
        return self.town.store

    def __getitem__(self, name: str) -> Neighbour:
        return self.people[name]

    @property
    def phones(self) -> list[Phone]:
        """Each once."""
        return list({one.phone.number: one.phone for one in self.people.values()}.values())

    def others(self, *named: str) -> list[Neighbour]:
        """Everybody but these."""
        return [one for one in self.people.values() if one.name not in named]

    @property
    def crowd(self) -> list[Neighbour]:
        """Those who are only many."""
        return [one for one in self.people.values() if one.name.startswith("Vecino")]

    # --- what happens -------------------------------------------------------------------------------------------------

    def joins(self, name: str, channel: str, on: str = "") -> Neighbour:
        """Somebody gives permission, on a phone of her own or on that of another."""
        phone = self.town.phone(channel, on or name)
        for said in ANOTHER if on else PERMISSION:
            phone.say(said.format(name=name))
        made = self.people[name] = Neighbour(name, phone, shared=bool(on))
        if on:
            self.people[on].shared = True
        return made

    def many_join(self) -> None:
        """Nine more on each channel."""
        for letter, channel in zip(ascii_uppercase, CHANNELS * CROWD, strict=False):
            self.joins(f"Vecino{letter}", channel)

    def read(self) -> None:
        """Everybody reads what has come."""
        for phone in self.phones:
            phone.read()

    def at(self, moment: str) -> None:
        """It is this moment in Panama, the clock has ticked, and everybody has read."""
        self._remember()
        self.town.at(datetime.fromisoformat(moment).replace(tzinfo=PANAMA))
        self.read()

    def act(self, name: str, *words: str) -> None:
        """An act of the house, as the transcripts have it, and everybody has read."""
        self._remember()
        ACTS[name](self.town, *words)
        self.read()

    def _remember(self) -> None:
        self.before = {phone.number: len(phone.screen) for phone in self.phones}

    # --- what was heard -----------------------------------------------------------------------------------------------

    def heard(self, phone: Phone) -> list[str]:
        """What came to this phone by the last event."""
        return [shown.text for shown in phone.screen[self.before[phone.number] :]]

    def told_once(self, what: str, *, but: tuple[str, ...] = ()) -> list[str]:
        """Every phone has got one message by the last event, but those of `but`, which have got none.

        The texts that say it openly: a shared phone is told to ask. what: words of each, as a regular expression.
        """
        silent = {self[name].phone.number for name in but}
        others = {p.number: heard for p in self.phones if len(heard := self.heard(p)) != (p.number not in silent)}
        assert others == {}, f"not told once: {others}"
        alone = [one.phone for one in self.people.values() if not one.shared and one.name not in but]
        texts = [self.heard(phone)[0] for phone in alone]
        assert [text for text in texts if not re.search(what, text)] == []
        return texts

    # --- what has to come out -----------------------------------------------------------------------------------------

    def votes(self) -> dict[int, int]:
        """Option -> people who named it last, as they said it."""
        said = Counter(n for one in self.people.values() for n in one.picks or ())
        return {number: said[number] for number in range(1, 6)}

    def chose(self) -> int:
        """People whose choice names something."""
        return sum(bool(one.picks) for one in self.people.values())

    def took_part(self) -> int:
        """The blank ones too."""
        return sum(one.picks is not None for one in self.people.values())

    def answers(self) -> dict[str, int]:
        """What the neighbours answered to "was it done?"."""
        said = Counter(one.answer for one in self.people.values() if one.answer)
        return {name: said[name] for name in ANSWERS}
