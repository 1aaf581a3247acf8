"""Choosing by buttons: each tap counts at once, the last button only ends the question. No conversation of its own.

The numbers stay where they are from tap to tap, so that typing works beside tapping: one number adds, several are the
whole choice. What is chosen is listed no more, and a button of its own (or QUITAR 1) takes it away: whoever types a
number again, means it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.choosing import BY_TAPS, Ballot
from bot.errors import Cannot, Invalid, Unsure
from bot.i18n import _
from bot.kinds import NOT_UNDERSTOOD
from bot.ladder import Shown, bare, number
from bot.picks import Picked, Picks, all_of, commanded
from bot.talk import Talk
from bot.words import plain
from conversations.casting import APART, COUNTS, beside, cast, counted_apart, echo, lead, result_day, standing
from conversations.following import ask_to_follow
from conversations.to_idea import missing
from storage import commitments

MAX_TAPS = 30
END, AWAY = "end", "-"  # AWAY + number: the button that takes an option away
MUST_STAY = _("Tiene que quedar una. Si no quieres ninguna, escribe BLANCO.")
_TAKES_AWAY = frozenset({"quitar", "quita", "quito", "saca", "sacar", "take", "remove"})
_ENDS = frozenset({"terminar", "termine", "listo", "fin", "ya", "done", "finish"})


@dataclass(frozen=True)
class Taps(Picks):
    """One more option, or one less, beside those already `chosen`; or a whole choice by text; or the end.

    The value is the whole choice after this answer. `ends`: no further question is asked.
    """

    chosen: tuple[str, ...] = ()
    away: str = "Quitar {title}"  # in her words
    finish: str = "Terminar"

    @property
    def unlisted(self) -> frozenset[str]:
        """The buttons that take away: the text has no number for them."""
        return frozenset(AWAY + n for n in self.chosen)

    def options(self) -> list[tuple[str, str]]:
        """Every option at its number; those chosen can be taken away again while another one stays."""
        rows = [self._row(n, label) for n, label in self.labels.items()]
        return [*rows, (END, self.finish)] if self.chosen else rows

    def _row(self, n: str, label: str) -> tuple[str, str]:
        return (AWAY + n, self.away.replace("{title}", f"{n} {label}")) if n in self.chosen else (n, label)

    def tapped(self, value: str) -> Picked:
        """A step from what is chosen now, whichever step the button comes from. Raises Invalid."""
        if value == END and self.chosen:
            return Picked(chosen=list(self.chosen), blank=END, twice=[])
        key = value.removeprefix(AWAY)
        if key not in self.labels:
            raise Invalid(NOT_UNDERSTOOD)
        if key != value:
            return self._without([key])
        return self._with(self._picked([[*self.labels].index(key) + 1], [*self.labels.items()]))

    def parse(self, reply: str, shown: Shown) -> Picked:
        """Raises Invalid or Unsure as Picks does, and for one option too many."""
        n = number(reply)
        last = n is not None and 1 <= n <= len(shown) and shown[n - 1][0] == END
        if self.chosen and (last or plain(reply) in _ENDS):
            return Picked(chosen=list(self.chosen), blank=END, twice=[])
        verb, _space, rest = bare(reply).partition(" ")
        if self.chosen and verb in _TAKES_AWAY:
            return self._taken_away(rest)
        taken = self._whole if commanded(reply) else self._together
        try:
            return taken(super().parse(reply, [*self.labels.items()]))
        except Unsure as near:
            raise Unsure(taken(near.value), near.label, near.question) from None

    def _whole(self, picked: Any) -> Picked:
        """All that is chosen, and the end of the question."""
        return Picked(chosen=picked["chosen"], blank=picked["blank"] or END, twice=[])

    def _together(self, picked: Any) -> Picked:
        """What is chosen after this: several numbers are a whole choice, one is a step."""
        if len(picked["chosen"]) != 1:
            return self._whole(picked)
        said = [*picked["twice"], *(key for key in picked["chosen"] if key in self.chosen)]
        return self._with(Picked(chosen=picked["chosen"], blank="", twice=said[:1]))

    def _with(self, picked: Picked) -> Picked:
        """One more beside those that are chosen; the same one again is there already."""
        [key] = picked["chosen"]
        if key not in self.chosen and len(self.chosen) >= self.most:
            full = _("Ya elegiste {k}. Para poner {title}, quita una primero.")
            raise Cannot(full, k=self.most, title=self.labels[key])
        return Picked(chosen=list(dict.fromkeys((*self.chosen, key))), blank="", twice=picked["twice"])

    def _taken_away(self, rest: str) -> Picked:
        """'quitar 1', 'quitar agua': said with its verb it needs no "is it so?", a tap brings it back."""
        if all_of(rest):
            raise Cannot(MUST_STAY)
        try:
            return self._without(super().parse(rest, [*self.labels.items()])["chosen"])
        except Unsure as near:
            return self._without(near.value["chosen"])  # type: ignore[index]

    def _without(self, keys: Sequence[str]) -> Picked:
        left = [n for n in self.chosen if n not in keys]
        if not left:
            raise Cannot(MUST_STAY)
        return Picked(chosen=left, blank="", twice=[])

    def holds(self, value: object) -> bool:
        """Options that are on the ballot, no more than count."""
        if not isinstance(value, dict) or set(value) != {"chosen", "blank", "twice"}:
            return False
        return len(value["chosen"]) <= self.most and all(v in self.labels for v in value["chosen"])


def by_taps(talk: Talk, ballot: Ballot, person_id: int, already: Sequence[int], problem: str = "") -> None:
    """Ask until she ends it; what is chosen stands after every answer.

    problem: what was wrong with a choice typed with ELEGIR; said before the first question
    """
    first = _until_the_end(talk, ballot, person_id, tuple(str(n) for n in already), problem)
    beside(talk, first or {"state": "same", "shared": False})
    return ask_to_follow(talk, ballot, person_id, first) if first else None


def _until_the_end(talk: Talk, ballot: Ballot, person_id: int, chosen: tuple[str, ...], problem: str) -> dict[str, Any]:
    """The taps, and the echo of what stands after the last; what became of the first of them, or why it ended."""
    limits = talk.scene.limits
    first: dict[str, Any] = {}
    twice: Sequence[str] = ()
    for n in range(1, MAX_TAPS + 1):
        kind = Taps(
            ballot.labels(limits),
            ballot.k,
            ballot.titles(),
            closed=ballot.closed,
            chosen=chosen,
            away=talk.text(_("Quitar {title}"), title="{title}"),
            finish=talk.text(_("Terminar")),
        )
        picked = _ask(talk, ballot, kind, n, _said_twice(talk, twice) or (problem if n == 1 else ""))
        if picked["blank"] == END and tuple(picked["chosen"]) == chosen:
            break
        done = talk.once(f"cast.{n}", partial(cast, talk, ballot, person_id, picked["chosen"]))
        chosen, first, twice = tuple(picked["chosen"]), first or done, picked["twice"]
        if done["state"] in ("late", "older", "gone", "stopped", "erased") or picked["blank"]:
            echo(talk, ballot, {**picked, "blank": picked["blank"].removeprefix(END)}, done)
            if picked["blank"] == "none" and done["state"] == "new":
                missing(talk, done)
            return first if done["state"] in COUNTS else done
    _finished(talk, ballot, person_id, chosen, first)
    return first


def _said_twice(talk: Talk, twice: Sequence[str]) -> str:
    return talk.text(_("El {number} cuenta una vez."), number=twice[0]) if twice else ""


def _ask(talk: Talk, ballot: Ballot, kind: Taps, n: int, problem: str = "") -> Picked:
    args = ballot.args()
    if not kind.chosen:
        return talk.ask(f"pick.{n}", BY_TAPS, kind, before=problem or lead(talk, ballot), **args)
    if problem:
        talk.say("{problem}", problem=problem)
    picks = ballot.named([int(c) for c in kind.chosen], talk.scene.limits)
    talk.say(_("Elegiste: {picks}."), picks=picks)
    full = len(kind.chosen) >= kind.most
    return talk.ask(f"pick.{n}", _("¿Quieres cambiar algo?") if full else _("¿Quieres agregar otro?"), kind, **args)


def _finished(talk: Talk, ballot: Ballot, person_id: int, chosen: Sequence[str], first: Mapping[str, Any]) -> None:
    held = talk.look("held", lambda: standing(talk, ballot, person_id))
    apart = talk.look("apart", lambda: counted_apart(talk, ballot, person_id))
    talk.say(
        _("Anotado: {picks}. Tu recibo es {code}."),
        picks=ballot.named([int(n) for n in chosen], talk.scene.limits),
        code=commitments.shown(held["code"]) if held else "",
    )
    if day := result_day(talk, ballot.contest):
        talk.say(_("El resultado sale el {day}."), day=day)
    talk.say(_("Puedes cambiarlo hasta el {closes}: escribe ELEGIR."), **ballot.args())
    if first.get("own code"):
        talk.say(_("Tu código para cambiarla es {code}."), code=first["own code"])
    if apart:
        talk.say(APART)
