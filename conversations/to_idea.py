"""What a choice can not hold goes on as an idea: one that came late, what is missing on the list (conversations.md 2).

No conversation of its own: the idea is told in `idea`, with its number and until when it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.choosing import Ballot
from bot.closing import CLOSED, HERE
from bot.errors import Invalid
from bot.i18n import When, _
from bot.kinds import Text, YesNo
from bot.ladder import Shown
from bot.talk import Talk
from bot.words import More, command, plain
from conversations.places import collects, result_page, the_lab, the_session

NOTHING = frozenset({"no", "nada", "ninguno", "ninguna", "no se", "nothing", "none", "no gracias"})


@dataclass(frozen=True)
class Missing(Text):
    """What is missing, in words; '' for nothing. Numbers alone are a choice and go another way, as words of command do.

    more: the words of command in other languages (`Catalogues.words`)
    """

    more: More = field(default_factory=dict)

    def parse(self, reply: str, shown: Shown) -> str:
        """Raises Invalid: only numbers, or a word that begins something else."""
        said = plain(reply)
        if said in NOTHING:
            return ""
        if (said and not any(c.isalpha() for c in said)) or command(reply, self.more):
            raise Invalid(_("Para elegir, escribe ELEGIR y los números."))
        return super().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """Words, or nothing."""
        return value == "" or super().holds(value)


def late(talk: Talk, ballot: Ballot, end: When, picks: Sequence[int], *, shared: bool) -> None:
    """It came after the close and is not counted; at the next meeting it can be read as an idea.

    Where the result can be read, that is said instead. Not offered on a shared phone, where the idea would name what
    was chosen, nor where no meeting is ahead.
    """
    if link := talk.look("page", lambda: result_page(talk, ballot.slug)):
        talk.say(CLOSED)
        return talk.say(HERE, link=link)
    lab = the_lab(talk)
    meeting = the_session(talk, lab)
    if not picks or shared or meeting is None or not talk.look("collects", lambda: collects(talk, lab)):
        return talk.say(_("La elección terminó el {closes}. Tu elección llegó después y no se cuenta."), closes=end)
    told = _(
        "La elección terminó el {closes}, y esta no se cuenta. Tu opinión puede ir como idea a la reunión del {day}."
    )
    before = talk.text(told, closes=end, day=When(meeting.starts_at, meeting.tz, "day"))
    if not talk.ask("as idea", _("¿La mando?"), YesNo(), before=before):
        return talk.say(_("Está bien. No la mando."))
    titles = {number: title for number, title, _short in ballot.options}
    return talk.go("idea", lab=lab.slug, word=", ".join(titles[n] for n in picks))


def missing(talk: Talk, first: dict[str, Any]) -> None:
    """After NINGUNO: what is missing goes as an idea. first: what became of that choice; its echo was said."""
    lab = the_lab(talk)
    if first["shared"] or not first["decides"] or not talk.look("collects", lambda: collects(talk, lab)):
        return None
    talk.say(_("Lo que digas ahora va como idea."))
    words = talk.ask("missing", _("¿Qué falta en la lista?"), Missing(max=500, more=talk.scene.catalogues.words))
    if not words:
        return talk.say(_("Está bien. Gracias por contestar."))
    return talk.go("idea", lab=lab.slug, word=words)
