"""Languages and catalogues: a Spanish msgid becomes the words one person reads, on one channel.

A msgid is plain Spanish (tú) as a chat shows it. Its SMS and telephone wordings hang on it as msgctxt "sms" and
"voice"; `es@usted` holds only what differs. Whatever is missing falls to Spanish, the whole message, never a key.
"""

from __future__ import annotations

import gettext
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polib
from babel import numbers

from bot import dates
from bot.errors import ConvocaError
from bot.sms import fold_acute
from bot.spoken import Said
from bot.words import plain

LOCALES = Path(__file__).parent.parent / "locales"
BASE = "es"
_FIELD = re.compile(r"\{(\w+)\}")
_ENDED = re.compile(r"(?:^|[.!?]\s|\n)\s*[¿¡]?$")


def _(msgid: str) -> str:
    """Marks a Spanish text for the catalogues; it is translated when it is shown."""
    return msgid


N_ = _


def n_(one: str, many: str) -> tuple[str, str]:
    """Marks a text with two forms by number, for `Count`."""
    return one, many


class BadCatalogue(ConvocaError):
    """The languages' registry or a catalogue can not be used; the text names the file."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How one reply is worded: BCP 47 language tag of the person, 'tu' or 'usted', and the channel's context."""

    lang: str = BASE
    form: str = "tu"
    context: str = ""  # '' chat | 'sms' | 'voice'

    @property
    def short(self) -> bool:
        """An SMS has no room: abbreviated weekdays, no ':00'."""
        return self.context == "sms"


@dataclass(frozen=True, slots=True)
class When:
    """A moment inside a text: aware, told in the zone `tz`."""

    at: datetime
    tz: str
    style: dates.Style = "day_hour"


@dataclass(frozen=True, slots=True)
class Label:
    """A marked text inside another one."""

    msgid: str
    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Count:
    """A text by number inside another one: Count(*n_("{n} lugar", "{n} lugares"), n)."""

    one: str
    many: str
    n: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A number inside a text, with the separators of the language."""

    value: int


class And(tuple[object, ...]):
    """A list inside a text: "2 Camino, 5 Basura y 1 Agua". Its items are texts, Labels, anything an argument may be."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One row of locales/languages.toml."""

    tag: str
    name_es: str
    autonym: str = ""  # empty until the community gives it
    mode: str = "off"  # off | voice | text
    format_locale: str = "es_PA"  # all that Babel ever sees
    regions: tuple[str, ...] = ()  # 'PE': numbers and dates of es_PE for the tag es-PE
    fallback: tuple[str, ...] = ()
    list_and: str = "y"
    noon: str = "12 mediodía"
    midnight: str = "12 medianoche"
    reviewers: tuple[str, ...] = ()  # names, with their permission


class Catalogues:
    """Every language that we speak, read once at start. Nothing here raises for a tag that a person brings."""

    def __init__(self, languages: Mapping[str, Language], files: Mapping[str, polib.POFile]) -> None:
        self.languages = languages
        self.actor = Voice()  # who acts: reads why an act is refused
        self.faults: list[str] = []  # entries left out: their placeholders differ from the Spanish
        self._texts: dict[tuple[str, str, str], str | Mapping[int, str]] = {}
        self._plural: dict[str, Callable[[int], int]] = {BASE: lambda n: int(n != 1)}
        self._commands: dict[str, tuple[str, str]] = {}
        for tag, catalogue in files.items():
            self._take(tag, catalogue)

    @classmethod
    def load(cls, root: Path | str = LOCALES) -> Catalogues:
        """Reads languages.toml and every <tag>/messages.po under `root`. Raises BadCatalogue."""
        root = Path(root)
        languages = _registry(root / "languages.toml")
        files = {path.parent.name: _read(path) for path in sorted(root.glob("*/messages.po"))}
        for tag in files:
            if _base(tag) not in languages:
                raise BadCatalogue(f"{root / tag}: add [{_base(tag)}] to {root / 'languages.toml'}")
        return cls(languages, files)

    # ---- what a person reads

    def text(self, voice: Voice, msgid: str, **args: object) -> str:
        """The text in the person's words. A missing translation is the whole message in Spanish."""
        tag, template = self._find(voice, msgid)
        if isinstance(template, Mapping):
            template = template[0]
        return self._filled(_in(voice, tag), template, args)

    def heard_by(self, actor: Voice) -> Catalogues:
        """The same, for acts of this person: `told` speaks to her."""
        mine = copy(self)
        mine.actor = actor
        return mine

    def told(self, msgid: str, **args: object) -> str:
        """The text in the words of who acts: why an act is refused."""
        return self.text(self.actor, msgid, **args)

    def count(self, voice: Voice, count: Count) -> str:
        """A text by number that stands alone."""
        return self._counted(voice, count)

    def listed(self) -> dict[str, str]:
        """Languages a person may choose in writing: {'es': 'español', 'en': 'English'}."""
        return {tag: entry.autonym or entry.name_es for tag, entry in self.languages.items() if entry.mode == "text"}

    def language(self, tag: str) -> str:
        """The registered language in which texts for this tag are written: 'en' for 'en-PA', 'es' for 'xx'."""
        entry = self.languages.get(_base(tag))
        return entry.tag if entry and entry.mode == "text" else BASE

    def chain(self, tag: str) -> tuple[str, ...]:
        """Catalogues to try for a tag, best first; ends in Spanish, never empty, never raises."""
        entry = self.languages.get(_base(tag))
        if entry is None or entry.mode != "text":
            return (BASE,)
        return tuple(dict.fromkeys([_clean(tag), entry.tag, *entry.fallback, BASE]))

    def named(self, typed: str) -> str:
        """The tag of the language a person names ("english", "en ngäbere por favor"); '' when it is none."""
        said = plain(typed)
        said = said.removeprefix("en ").removeprefix("in ").removesuffix(" por favor").removesuffix(" please")
        return next((tag for tag, names in self._names.items() if said in names), "")

    @cached_property
    def words(self) -> Mapping[str, tuple[str, str]]:
        """Words of every language, for `words.command`: {"leave": ("SALIR", ""), "english": ("IDIOMA", "en")}."""
        named = {
            phrase: ("IDIOMA", tag)
            for tag, names in self._names.items()
            for name in names
            for phrase in (name, f"en {name}", f"en {name} por favor", f"in {name}", f"in {name} please")
        }
        return named | self._commands

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        return {
            tag: frozenset(plain(name) for name in (entry.name_es, entry.autonym) if name)
            for tag, entry in self.languages.items()
        }

    # ---- finding

    def _find(self, voice: Voice, msgid: str) -> tuple[str, str | Mapping[int, str]]:
        contexts = dict.fromkeys((voice.context, ""))
        for tag in self.chain(voice.lang):
            for catalogue in (f"{tag}@{voice.form}", tag):
                for context in contexts:
                    if found := self._texts.get((catalogue, context, msgid)):
                        return tag, found
        return BASE, msgid

    def _filled(self, voice: Voice, template: str, args: Mapping[str, object]) -> str:
        def shown(match: re.Match[str]) -> str:
            value = args[match[1]]
            text = self._shown(voice, value)
            begins = isinstance(value, When) and _ENDED.search(template[: match.start()])
            return text[:1].upper() + text[1:] if begins else text

        filled = _FIELD.sub(shown, template) if args else template
        return fold_acute(filled) if voice.short and _base(voice.lang) == BASE else filled

    def _shown(self, voice: Voice, value: object) -> str:
        if isinstance(value, When):
            return self._moment(voice, value)
        if isinstance(value, Said):
            return value.in_(_base(voice.lang))
        if isinstance(value, Label):
            return self.text(voice, value.msgid, **value.args)
        if isinstance(value, And):
            return self._joined(voice, [self._shown(voice, item) for item in value])
        if isinstance(value, Count):
            return self._counted(voice, value)
        if isinstance(value, Amount):
            return _one_space(numbers.format_decimal(value.value, locale=self._locale(voice.lang)))
        return str(value)

    def _moment(self, voice: Voice, when: When) -> str:
        entry = self.languages[_base(voice.lang)]
        way = dates.Way(self._locale(voice.lang), entry.noon, entry.midnight, voice.short)
        return dates.written(when.at, when.tz, when.style, way)

    def _joined(self, voice: Voice, items: Sequence[str]) -> str:
        word = self.languages[_base(voice.lang)].list_and
        if word == "y" and items and re.match(r"h?i(?![ae])", plain(items[-1])):
            word = "e"  # "Luis e Inés", but "agua y hielo"
        return f" {word} ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)

    def _counted(self, voice: Voice, count: Count) -> str:
        tag, forms = self._find(voice, count.one)
        forms = forms if isinstance(forms, Mapping) else {0: count.one, 1: count.many}
        rule = self._plural.get(tag) or self._plural[_base(tag)]
        return self._filled(_in(voice, tag), forms[rule(count.n)], {"n": count.n})

    def _locale(self, tag: str) -> str:
        entry = self.languages[_base(tag)]
        region = _clean(tag).partition("_")[2].upper()
        return f"{entry.tag}_{region}" if region in entry.regions else entry.format_locale

    # ---- reading a catalogue

    def _take(self, tag: str, catalogue: polib.POFile) -> None:
        if rule := re.search(r"plural=([^;]+)", catalogue.metadata.get("Plural-Forms", "")):
            self._plural[tag] = gettext.c2py(rule[1])
        for entry in catalogue:
            if not entry.translated() or entry.obsolete:
                continue
            if entry.msgctxt == "words":
                self._commands |= {plain(w): (entry.msgid, "") for w in entry.msgstr.split(",")}
            elif problem := fault(entry):
                self.faults.append(f"{tag}: {problem}")
            else:
                text = dict(entry.msgstr_plural) if entry.msgid_plural else entry.msgstr
                self._texts[tag, entry.msgctxt or "", entry.msgid] = text


def fault(entry: polib.POEntry) -> str:
    """What is wrong with the placeholders of a translation; '' when nothing is."""
    wanted = set(_FIELD.findall(entry.msgid)) | set(_FIELD.findall(entry.msgid_plural or ""))
    for text in entry.msgstr_plural.values() if entry.msgid_plural else (entry.msgstr,):
        got = set(_FIELD.findall(text))
        if got - wanted or (wanted - got and not entry.msgid_plural and not entry.msgctxt):
            return f"{entry.msgid!r}: placeholders {sorted(got)}, the Spanish has {sorted(wanted)}"
    return ""


def placeholders(msgid: str) -> frozenset[str]:
    """Names of the arguments of a text."""
    return frozenset(_FIELD.findall(msgid))


def _in(voice: Voice, tag: str) -> Voice:
    """The voice in the language in which a text was found; a region of the same language is kept for its numbers."""
    return voice if _base(voice.lang) == _base(tag) else replace(voice, lang=tag)


def _one_space(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def _clean(tag: str) -> str:
    return re.sub(r"[^A-Za-z0-9_@]", "", (tag or BASE).replace("-", "_"))


def _base(tag: str) -> str:
    return re.split("[_@]", _clean(tag))[0].lower() or BASE


def _read(path: Path) -> polib.POFile:
    try:
        return polib.pofile(str(path), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise BadCatalogue(f"{path}: {e}") from e


def _registry(path: Path) -> dict[str, Language]:
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        languages = {tag: Language(tag=tag, **dict(_frozen(row))) for tag, row in rows.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, AttributeError) as e:
        raise BadCatalogue(f"{path}: {e}") from e
    if BASE not in languages or any(entry.mode not in ("off", "voice", "text") for entry in languages.values()):
        raise BadCatalogue(f"{path}: needs [{BASE}], and each mode is off, voice or text")
    return languages


def _frozen(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        yield key, tuple(value) if isinstance(value, list) else value
