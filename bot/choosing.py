"""A contest as it is put to people: the ballot's words, the same in a broadcast and in a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot import buttons
from bot.broadcast import Variant, approved, whole
from bot.i18n import And, Catalogues, Count, When, _, n_
from bot.kinds import numbered
from bot.message import LIMITS, Limits, Option, Reply, Template
from bot.sms import segments, sms_text
from bot.spoken import said
from storage import labs, rolls
from storage.contests import Contest
from storage.contests import Option as Listed
from storage.labs import Lab
from storage.store import Unit
from storage.turnout import FEW

LEAD = _("Ahora toca elegir en {lab}, hasta {k}. Termina el {closes}. Es confidencial, no secreto: PRIVACIDAD.")
MET = _("Hola, {name}. El {day} tú y {neighbours} dijeron qué les preocupa.")  # to those who came, in a chat
NEIGHBOURS = n_("{n} vecino", "{n} vecinos")
REMINDER = _("Todavía puedes elegir en {lab}, hasta {k}. Termina el {closes}. Es confidencial, no secreto.")
BY_TEXT = _("¿Qué debe ir primero? Escribe hasta {numbers} o manda un audio. Ejemplo: {example}")
BY_TAPS = _("¿Qué debe ir primero en {lab}?")
PLAIN = ""  # of `texts`: as the plan says it first
WITHDRAWN = _("retirada")  # stands for an option that was; a msgid, of 10 letters at the most in each language
NUMBERS = n_("{n} número", "{n} números")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """All that wording a ballot needs; JSON but for the moment, so that a talk can remember it."""

    contest: int
    slug: str
    lab: str  # name of the community
    k: int
    closes_at: datetime
    tz: str
    options: tuple[tuple[int, str, str], ...]  # number, title, short title
    gone: tuple[int, ...] = ()  # withdrawn: they keep their place, so that no number moves, and can not be chosen
    texts: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)  # language -> number -> titles

    @classmethod
    def of(cls, contest: Contest, lab: Lab, listed: Iterable[Listed]) -> Ballot:
        """The ballot of an open contest."""
        if contest.closes_at is None:
            raise ValueError(f"{contest.slug} has no close")
        known = list(listed)
        gone = tuple(o.number for o in known if o.withdrawn)
        no_titles = (WITHDRAWN, WITHDRAWN)
        rows = tuple((o.number, *(no_titles if o.withdrawn else (o.title, o.short_title))) for o in known)
        return cls(
            contest=contest.id,
            slug=contest.slug,
            lab=lab.name,
            k=min(contest.params["k"], len(rows) - len(gone)),
            closes_at=contest.closes_at,
            tz=contest.tz,
            options=rows,
            gone=gone,
            texts=_translated([o for o in known if not o.withdrawn]),
        )

    def to_json(self) -> dict[str, Any]:
        """What a talk remembers."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        return kept | {"closes_at": self.closes_at.isoformat(), "options": [list(o) for o in self.options]}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], lang: str = "") -> Ballot:
        """The ballot that `to_json` kept, with the titles of this language."""
        rows = tuple((int(n), str(title), str(short)) for n, title, short in kept["options"])
        closes, gone = datetime.fromisoformat(kept["closes_at"]), tuple(kept.get("gone", ()))
        return cls(**{**kept, "closes_at": closes, "options": rows, "gone": gone}).spoken(lang)

    def spoken(self, lang: str) -> Ballot:
        """The same with the titles of this language, where the plan has them."""
        told = self.texts.get(lang) or self.texts.get(PLAIN, {})
        rows = ((n, *told.get(str(n), (title, short))) for n, title, short in self.options)
        return replace(self, options=tuple((n, title, short) for n, title, short in rows))

    def by_taps(self, limits: Limits) -> bool:
        """Every option has a button, and there is one left to end with."""
        return limits.buttons > len(self.options)

    def rows(self, limits: Limits) -> bool:
        """A chat without such buttons shows one option a line, by its full title."""
        return limits.breaks and not self.by_taps(limits)

    def labels(self, limits: Limits) -> dict[str, str]:
        """number -> what it is called on this channel."""
        full = self.rows(limits)
        return {str(number): title if full else short for number, title, short in self.options}

    def titles(self) -> dict[str, tuple[str, ...]]:
        """number -> every name of it, in every language."""
        kept = [(str(number), title, short) for number, title, short in self.options if number not in self.gone]
        more = {n: [name for told in self.texts.values() for name in told.get(n, ())] for n, _title, _short in kept}
        return {n: tuple(dict.fromkeys((title, short, *more[n]))) for n, title, short in kept}

    @property
    def closed(self) -> frozenset[str]:
        """The numbers that can not be chosen any more."""
        return frozenset(str(number) for number in self.gone)

    def listed(self) -> str:
        """'1 Agua, 2 Camino': those that can still be chosen."""
        return ", ".join(f"{number} {short}" for number, _title, short in self.options if number not in self.gone)

    def standing(self, picks: Iterable[int]) -> list[int]:
        """Of these numbers those that can still be chosen."""
        return [number for number in picks if number not in self.gone]

    def named(self, picks: Iterable[int], limits: Limits) -> And:
        """'2 Camino, 5 Basura y 1 Agua', as an argument of a text."""
        labels = self.labels(limits)
        return And(f"{n} {labels[str(n)]}" for n in self.standing(picks))

    def args(self) -> dict[str, Any]:
        """The arguments of LEAD, BY_TEXT and BY_TAPS, and of the echoes: {closes} {day}."""
        return {
            "lab": self.lab,
            "k": self.k,
            "numbers": Count(*NUMBERS, self.k),
            "example": self._example(),
            "closes": When(self.closes_at, self.tz),
            "day": When(self.closes_at, self.tz, "day"),
        }

    def _example(self) -> str:
        """Two numbers out of order, so that nobody takes them for a ranking."""
        left = self.standing(number for number, _title, _short in self.options)
        if self.k == 1 or len(left) == 1:
            return str(left[min(1, len(left) - 1)])
        return f"{left[min(2, len(left) - 1)]} {left[0]}"

    def question(self, limits: Limits) -> tuple[str, str]:
        """The name of the question in the conversation, and its msgid."""
        return ("pick.1", BY_TAPS) if self.by_taps(limits) else ("picks", BY_TEXT)


@dataclass(frozen=True, slots=True)
class Met:
    """The meeting that those who came said it at: when, and with how many others."""

    day: When
    neighbours: Count


def met(unit: Unit, contest: Contest) -> Met | None:
    """The contest's own meeting, where problems were told by enough people for a number; None: nobody is greeted."""
    if contest.session_id is None:
        return None
    meeting, came = labs.session_by_id(unit, contest.session_id), rolls.attendance(unit, contest)
    if meeting.kind != "problems" or came <= FEW:
        return None
    return Met(When(meeting.starts_at, meeting.tz, "day"), Count(*NEIGHBOURS, came - 1))


def words(
    catalogues: Catalogues, variant: Variant, ballot: Ballot, lead: str = LEAD, met: Met | None = None, **more: object
) -> Reply:
    """The ballot as a broadcast sends it: what the conversation `vote` asks first, to the letter.

    lead: msgid of what stands before the question; more: what it says besides the ballot's own; met: of `met`
    """
    limits, ballot = LIMITS[variant.channel], ballot.spoken(variant.voice.lang)
    name, question = ballot.question(limits)
    labels = ballot.labels(limits) | dict.fromkeys(ballot.closed, catalogues.text(variant.voice, WITHDRAWN))
    before = catalogues.text(variant.voice, lead, **ballot.args(), **more)
    if met and variant.group == rolls.AT_MEETING and limits.breaks and not variant.shared:
        greeting = catalogues.text(variant.voice, MET, name="{name}", day=met.day, neighbours=met.neighbours)
        before = f"{greeting} {before}"
    asked = numbered(
        catalogues.text(variant.voice, question, **ballot.args()), list(labels.values()), ballot.rows(limits)
    )
    data = {key: buttons.for_broadcast(variant.broadcast_id, name, key) for key in labels}
    shown = tuple(Option(n, label, data[key]) for n, (key, label) in enumerate(labels.items(), 1))
    text = whole(catalogues, variant, before, asked)
    return Reply(text=text, options=shown, template=_template(catalogues, variant, ballot))


def _translated(listed: Sequence[Listed]) -> dict[str, dict[str, tuple[str, str]]]:
    langs = {lang for o in listed for lang in o.texts}
    told: dict[str, dict[str, tuple[str, str]]] = {}
    for o in listed:
        for lang in (*sorted(langs), *([PLAIN] if langs else [])):
            told.setdefault(lang, {})[str(o.number)] = (said(o, "title").in_(lang), said(o, "short_title").in_(lang))
    return told


def _template(catalogues: Catalogues, variant: Variant, ballot: Ballot) -> Template | None:
    """The ballot as one approved text: there the options are numbers to type."""
    args = ballot.args()
    many = catalogues.text(variant.voice, _("hasta {numbers}"), **args)
    return approved(catalogues, variant, "elegir", ballot.lab, args["closes"], ballot.listed(), many)


def sms_parts(reply: Reply) -> int:
    """How many SMS a ballot takes."""
    return segments(sms_text(reply.text)).parts
