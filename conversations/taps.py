"""Choosing by buttons: each tap counts at once, the last button only ends the question. No conversation of its own.

The numbers stay where they are from tap to tap, so that typing works beside tapping: one number adds or takes away,
several are the whole choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.choosing import BY_TAPS, Ballot
from bot.errors import Invalid, Unsure
from bot.i18n import _
from bot.ladder import Shown, number
from bot.picks import Picked, Picks, commanded
from bot.talk import Talk
from bot.words import plain
from conversations.casting import APART, beside, cast, counted_apart, echo, lead, standing
from conversations.following import ask_to_follow
from conversations.to_idea import missing
from storage import commitments

MAX_TAPS = 30
END, AWAY = "end", "-"  # AWAY + number: the button that takes an option away
_ENDS = frozenset({"terminar", "termine", "listo", "fin", "ya", "done", "finish"})


@dataclass(frozen=True)
class Taps(Picks):
    """One more option, or one less, beside those already `chosen`; or a whole choice by text; or the end.

    The value is the whole choice after this answer. `ends`: no further question is asked.
    """

    chosen: tuple[str, ...] = ()
    away: str = "Quitar {title}"  # in her words
    finish: str = "Terminar"

    def options(self) -> list[tuple[str, str]]:
        """Every option at its number; those chosen can be taken away again while another one stays."""
        rows = [self._row(n, label) for n, label in self.labels.items()]
        return [*rows, (END, self.finish)] if self.chosen else rows

    def _row(self, n: str, label: str) -> tuple[str, str]:
        return (AWAY + n, self.away.replace("{title}", label)) if n in self.chosen else (n, label)

    def parse(self, reply: str, shown: Shown) -> Picked:
        """Raises Invalid or Unsure as Picks does, and for one option too many."""
        n = number(reply)
        last = n is not None and 1 <= n <= len(shown) and shown[n - 1][0] == END
        if self.chosen and (last or plain(reply) in _ENDS):
            return Picked(chosen=list(self.chosen), blank=END, twice=[])
        taken = self._whole if commanded(reply) else self._together
        try:
            return taken(super().parse(reply, [row for row in shown if row[0] != END]))
        except Unsure as near:
            raise Unsure(taken(near.value), near.label, near.question) from None

    def _whole(self, picked: Any) -> Picked:
        """All that is chosen, and the end of the question."""
        keys = list(dict.fromkeys(key.removeprefix(AWAY) for key in picked["chosen"]))
        return Picked(chosen=keys, blank=picked["blank"] or END, twice=[])

    def _together(self, picked: Any) -> Picked:
        """What is chosen after this: several numbers are a whole choice, one is a step."""
        keys: list[str] = picked["chosen"]
        if len(keys) != 1:
            return self._whole(picked)
        key = keys[0]
        if key.startswith(AWAY):
            return Picked(chosen=self._without(key.removeprefix(AWAY)), blank="", twice=[])
        if key in self.chosen or len(self.chosen) < self.most:
            return Picked(chosen=list(dict.fromkeys((*self.chosen, key))), blank="", twice=[])
        full = _("Ya elegiste {k}. Para poner {title}, quita una primero.")
        raise Invalid(full, k=self.most, title=self.labels[key])

    def _without(self, key: str) -> list[str]:
        left = [n for n in self.chosen if n != key]
        if not left:
            raise Invalid(_("Tiene que quedar una. Si no quieres ninguna, escribe BLANCO."))
        return left

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
    """The taps, and the echo of what stands after the last; what became of the first of them."""
    limits = talk.scene.limits
    first: dict[str, Any] = {}
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
        picked = _ask(talk, ballot, kind, n, problem if n == 1 else "")
        if picked["blank"] == END and tuple(picked["chosen"]) == chosen:
            break
        done = talk.once(f"cast.{n}", partial(cast, talk, ballot, person_id, picked["chosen"]))
        chosen, first = tuple(picked["chosen"]), first or done
        if done["state"] in ("late", "older", "gone", "stopped", "erased") or picked["blank"]:
            echo(talk, ballot, {**picked, "blank": picked["blank"].removeprefix(END)}, done)
            if picked["blank"] == "none" and done["state"] == "new":
                missing(talk, done)
            return first
    _finished(talk, ballot, person_id, chosen, first)
    return first


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
        _("Anotado: {picks}. Tu recibo es {code}. Puedes cambiarlo hasta el {day}: escribe ELEGIR."),
        picks=ballot.named([int(n) for n in chosen], talk.scene.limits),
        code=commitments.shown(held["code"]) if held else "",
        **ballot.args(),
    )
    if first.get("own code"):
        talk.say(_("Tu código para cambiarla es {code}."), code=first["own code"])
    if apart:
        talk.say(APART)
