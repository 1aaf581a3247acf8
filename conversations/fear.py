"""Words of fear where an office is spoken about: nobody has to say it, and nothing of that talk is kept.

conversations.md 8. No conversation of its own: ME DA MIEDO by itself is in care.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.i18n import _
from bot.kinds import Choice
from bot.ladder import Shown
from bot.talk import Talk
from bot.words import plain
from storage import talks

FEAR = "fear"
_SAID = re.compile(
    r"\b(?:miedo|temo|temor|amenaz\w*|afraid|scared|fear|threat\w*"
    r"|(?:estoy|estamos|esta|estan|me pongo|corro|corremos|es un|hay|i am|i m|we are|in) (?:\w+ )?(?:peligro|danger)"
    r"|(?:peligros[oa]|peligro|dangerous) (?:para mi|decir\w*|hablar|contar\w*|to (?:say|tell|talk)))\b"
)


def afraid(said: str) -> bool:
    """Whether these words speak of fear or of a threat."""
    return bool(_SAID.search(plain(said)))


@dataclass(frozen=True)
class Careful(Choice):
    """One of a list; words of fear are FEAR, and on no pile of what was not understood."""

    def parse(self, reply: str, shown: Shown) -> str:
        """Raises Invalid and Unsure as Choice does."""
        return FEAR if afraid(reply) else super().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """One of the list, or FEAR."""
        return value == FEAR or super().holds(value)


def let_be(talk: Talk, said: str) -> bool:
    """Whether it was said in fear (FEAR, or her own words): then all that was said in this talk is forgotten."""
    if said != FEAR and not afraid(said):
        return False
    talk.once("wiped", lambda: talks.wipe(talk.db, *talk.provider))
    talk.forget(_("No tienes que decirlo. No guardamos ese mensaje. Para hablar con una persona, escribe PERSONA."))
    return True
