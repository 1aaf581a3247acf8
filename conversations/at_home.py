"""Whether who does not come chooses from home. No conversation of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.errors import Cannot
from bot.i18n import _
from bot.kinds import YesNo
from bot.ladder import Shown
from bot.talk import Talk
from bot.words import More, not_coming
from storage import from_home as choosing
from storage.labs import Lab


@dataclass(frozen=True)
class AtHome(YesNo):
    """Yes or no. NO VOY said again is neither: what it says was heard, and she may still want to choose.

    more: commands in the other languages, `Catalogues.words`
    """

    more: More = field(default_factory=dict)

    def parse(self, reply: str, shown: Shown) -> bool:
        """Raises Cannot: NO VOY; Invalid and Unsure as YesNo does."""
        if not_coming(reply, self.more):
            raise Cannot(_("Ya lo anoté: no vas."))
        return super().parse(reply, shown)


def from_home(talk: Talk, lab: Lab, stays: str = _("Está bien. Gracias por avisar.")) -> None:
    """Who does not come may choose all the same, where there is something to choose and she has not done it yet.

    stays: the answer to a no; who was thanked already is not thanked twice.
    """
    if talk.look("from home", lambda: _now(talk, lab)) not in ("open", "ahead"):
        return None
    if not talk.ask("from home", _("¿Quieres elegir desde tu casa?"), AtHome(more=talk.scene.catalogues.words)):
        return talk.say(stays)
    now = talk.look("from home now", lambda: _now(talk, lab))  # the question may have waited for weeks
    if now == "ahead":
        return talk.say(_("Listo. Te escribo cuando empiece la elección."))
    return talk.go({"open": "vote", "chosen": "my_choice", "over": "result"}[now], lab=lab.slug)


def _now(talk: Talk, lab: Lab) -> str:
    return choosing.state(talk.db, lab.id, talk.person_id) if talk.person_id is not None else "over"
