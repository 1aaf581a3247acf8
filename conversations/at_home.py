"""A kind of answer, to whether who does not come chooses from home. No conversation of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.errors import Cannot
from bot.i18n import _
from bot.kinds import YesNo
from bot.ladder import Shown
from bot.words import More, not_coming


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
