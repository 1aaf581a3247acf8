"""A voice note that a person of the team heard: is this what you said? A yes makes it words of hers."""

from __future__ import annotations

from bot.actions.heard import ASKS_SHARED, asks
from bot.i18n import And, _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from storage import talks


@conversation(offers=("read", "so"))
def heard(talk: Talk) -> None:
    """Yes: the question that was open hears the words, as if she had written them. No: she says it again."""
    said, picks = str(talk.args["said"]), list(talk.args["picks"])
    if talk.args["shared"] and not talk.ask("read", ASKS_SHARED, YesNo()):
        return talk.say(_("Está bien. Gracias por tu audio."))
    question, no = asks(talk.args)
    if not talk.ask("so", question, YesNo(no=no), said=said, picks=And(picks)):
        return talk.say(_("Perdón. Escríbelo con tus palabras o manda otro audio."))
    asked = int(talk.args["talk"])
    waits = talk.look("waits", lambda: talks.talk_by_id(talk.db, asked, talk.address_id) is not None)
    if talk.args["contest"] and not waits:
        return talk.go("vote", contest=talk.args["contest"], word=talk.args["words"])
    return talk.write(asked if waits else 0, str(talk.args["words"]))
