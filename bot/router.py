"""Which conversation a keyword, a deep link, a word or a near miss begins."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from rapidfuzz.distance import OSA

from bot import otherwise
from bot.buttons import Button
from bot.errors import ConvocaError
from bot.picks import digits
from bot.talk import Conversation
from bot.words import ALSO_NO, Command, plain
from storage import contests, labs, my_places
from storage.people import Person
from storage.store import Unit
from storage.talks import OpenTalk

PACKAGES = ("conversations", "conversations.staff")
NEAR_FROM = 5  # letters a keyword needs before one wrong letter is forgiven
STAFF_WORDS, STAFF_AFTER = 3, 2  # words of a command of the team; words behind it
ABOUT_COMING = ("going", "coming", "takes", "wait", "fewer", "apart", "stays")  # questions
HELLO = "hola"  # payload of the link that leads from a group to the private chat
_LINK = re.compile(r"/start(?:\s+(?P<payload>[A-Za-z0-9_-]{1,64}))?\s*$")


@dataclass(frozen=True, slots=True)
class Begin:
    """Start this conversation."""

    conversation: str
    args: Mapping[str, Any] = field(default_factory=dict)


class Registry:
    """Every conversation that was found, by name, by word and by command."""

    def __init__(self, found: Iterable[Conversation]) -> None:
        self.by_name: dict[str, Conversation] = {}
        self.by_word: dict[str, str] = {}
        self.by_command: dict[str, str] = {}
        self.by_staff_word: dict[str, str] = {}  # heard only from who has the role
        for c in found:
            self._claim(self.by_name, c.name, c, "conversations are both called")
            for word in c.words:
                index = self.by_staff_word if c.act else self.by_word
                self._claim(index, plain(word), c.name, "conversations both begin with the word")
            if c.command:
                self._claim(self.by_command, c.command, c.name, "conversations both answer the command")

    @staticmethod
    def _claim(index: dict[str, Any], key: str, value: object, complaint: str) -> None:
        if key in index:
            raise ConvocaError(f"two {complaint} {key!r}: rename one")
        index[key] = value


def discover(packages: Iterable[str] = PACKAGES) -> Registry:
    """Look through the packages and take every Conversation. A module that does not import stops the start."""
    return Registry(c for name in packages for module in _modules(name) for c in _declared(module))


def _modules(package: str) -> Iterable[ModuleType]:
    try:
        parent = importlib.import_module(package)
    except ModuleNotFoundError as missing:
        if missing.name == package:
            return  # a package nobody has filled yet
        raise
    for info in sorted(pkgutil.iter_modules(parent.__path__), key=lambda m: m.name):
        if not info.ispkg:
            yield importlib.import_module(f"{package}.{info.name}")


def _declared(module: ModuleType) -> Iterable[Conversation]:
    for value in vars(module).values():
        if isinstance(value, Conversation) and value.function.__module__ == module.__name__:
            yield value


def direct(unit: Unit, text: str) -> Begin | None:
    """A deep link or a lab's keyword as the whole message: understood in the middle of anything."""
    link = _LINK.fullmatch(text.strip())
    if link:
        return _linked(unit, link["payload"] or "")
    word = plain(text).upper()  # 'san martin', in two words, is a community's name: there may be several
    lab = labs.lab_by_keyword(unit, word) if 3 <= len(word) <= 20 and " " not in word else None
    return Begin("register", {"lab": lab.slug}) if lab else None


def _linked(unit: Unit, payload: str) -> Begin:
    kind, _dash, slug = payload.partition("-")
    if kind == "lab":
        lab = labs.lab(unit, slug)
        if lab and lab.state != "draft" and lab.authorised:
            return Begin("register", {"lab": lab.slug})
    if kind == "s":
        session = labs.session_by_code(unit, slug)
        lab = labs.lab_by_id(unit, session.lab_id) if session and session.state in ("published", "closed") else None
        if session and lab and lab.authorised:
            return Begin("register", {"lab": lab.slug, "session": session.code})
    if kind == "v" and slug:
        return Begin("vote", {"contest": slug})
    return Begin("hello", {"unknown_link": True} if payload not in ("", HELLO) else {})


def by_word(registry: Registry, text: str, command: Command | None) -> Begin | None:
    """A word that begins a conversation: its own, or a command in any language."""
    name = registry.by_word.get(plain(text)) or (registry.by_command.get(command.name) if command else None)
    return Begin(name, {"word": command.arg} if command and command.arg else {}) if name else None


def staff_word(registry: Registry, text: str) -> Begin | None:
    """A word of the team, with at most two words after it: 'LLEGO 7KTQ'. Who may say it is the caller's to know.

    'centro-de-salud', as the plan names it, is one word.
    """
    typed, spaced = plain(text).split(), len(text.split())
    for count in range(min(len(typed), STAFF_WORDS), 0, -1):
        name = registry.by_staff_word.get(" ".join(typed[:count]))
        after = typed[count:]
        if name is None or min(len(after), spaced - count) > STAFF_AFTER:
            continue
        only_number = len(after) == 1 and after[0].isdecimal()
        if only_number and not registry.by_name[name].numbers:
            return None  # 'SUSPENDER 49' answers a question
        return Begin(name, {"word": " ".join(after)} if after else {})
    return None


def gives_back(
    unit: Unit, text: str, command: Command | None, waiting: Sequence[OpenTalk], here: Iterable[Person]
) -> bool:
    """NO VOY of who has a place is no "no" to a question about something else: every confirmation teaches the word."""
    if command is None or command.name != "not_coming" or plain(text) in ALSO_NO:
        return False
    if waiting and (waiting[0].conversation == "register" or waiting[0].pending in ABOUT_COMING):
        return False
    return any(my_places.ahead(unit, person.id) for person in here)


def choice(unit: Unit, address_id: int, text: str, least: int = 2) -> Begin | None:
    """'2 5 1' with no question asked: several numbers are a choice where this phone's lab chooses (voting.md 5)."""
    lab = labs.home(unit, address_id) if len(text) <= 40 and _numbers(text) >= least else None
    slug = contests.newest_slug(unit, lab.id) if lab else None
    found = contests.by_slug(unit, slug) if slug else None
    if found is None or found.state == "published":
        return None
    count = len(contests.options(unit, found.id))
    picks = [n for word in plain(text).split() if word not in ("y", "e", "and") for n in digits(word, count) or [0]]
    several = len(picks) >= least and all(1 <= n <= count for n in picks)
    return Begin("vote", {"contest": found.slug, "word": text}) if several else None


def _numbers(text: str) -> int:
    """How many numbers this may be at most: '251' is three, a word may be one; 0 without any digit."""
    if not any(c.isdigit() for c in text):
        return 0
    return sum(max(1, sum(c.isdigit() for c in word)) for word in text.split())


def over(unit: Unit, address_id: int, button: Button) -> Begin | None:
    """A button of a ballot after its close, or of a "was it done?" that was answered already; None: any other."""
    if said := otherwise.answer(unit, address_id, button):
        return Begin("unasked", said)
    if not button.question.startswith("pick"):
        return None
    slug = contests.of_broadcast(unit, button.id) if button.asker == "b" else None
    home = labs.home(unit, address_id)
    slug = slug or (contests.newest_slug(unit, home.id) if home else None)
    found = contests.by_slug(unit, slug) if slug else None
    if found is None or found.state == "draft" or found.takes(unit.now):
        return None
    return Begin("over", {"contest": found.slug, "option": button.value})


def near(unit: Unit, text: str) -> Begin | None:
    """A keyword with one letter wrong, missing, or two changed round: asked back, never assumed."""
    word = plain(text).upper()
    if " " in word or not NEAR_FROM - 1 <= len(word) <= 21:
        return None
    close = [
        lab for lab in labs.spoken_of(unit) if len(lab.keyword) >= NEAR_FROM and OSA.distance(word, lab.keyword) == 1
    ]
    return Begin("nearly", {"typed": word, "lab": close[0].slug}) if len(close) == 1 else None
