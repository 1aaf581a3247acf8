"""What the clock tells whoever reads ideas: some were not read by the day that their authors were told."""

from __future__ import annotations

from datetime import date

from bot.i18n import _
from bot.promised import on
from bot.talk import Talk, conversation
from conversations.places import the_lab

MOST = 10  # numbers in one message
ONE = _(
    "Sin leer a tiempo en {lab}: idea {numbers}. A su autor le dije que se lee antes del {until}."
    " Para leer, escribe IDEAS."
)
SEVERAL = _(
    "Sin leer a tiempo en {lab}: ideas {numbers}. A sus autores les dije que se leen antes del {until}."
    " Para leer, escribe IDEAS."
)


@conversation(act="ideas")
def unread(talk: Talk) -> None:
    """Which ideas, until when their authors were told now, and the word that reads them."""
    lab, numbers = the_lab(talk), [str(number) for number in talk.args["numbers"]]
    said = ", ".join(numbers[:MOST]) + (" ..." if len(numbers) > MOST else "")
    until = on(date.fromisoformat(str(talk.args["until"])), lab.tz)
    return talk.say(ONE if len(numbers) == 1 else SEVERAL, lab=lab.name, numbers=said, until=until)
