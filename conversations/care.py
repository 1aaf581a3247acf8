"""Words of danger, of fear, of anger: what somebody reads who needs no question now (conversations.md 6).

Danger and fear are wiped in the same turn: no preview, no pile, no idea holds them.
"""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from storage import people, talks


@conversation(passing=True, offers=("write",), alone=True)
def danger(talk: Talk) -> None:
    """The official line of the country, and a person of the team if she wants one. What she wrote is not kept."""
    called = talk.text(
        _("Si estás en peligro, llama al {line}. Es gratis. Una persona del equipo te puede escribir."),
        line=str(talk.args["line"]),
    )
    if not talk.ask("write", _("¿Quieres?"), YesNo(), before=called):
        return talk.say(_("Está bien. Para hablar con una persona, escribe PERSONA."))
    talk.once("asked", lambda: people.hand_over(talk.db, talk.address_id, talk.person_id, "danger"))
    return talk.say(_("Te escribe una persona del equipo, hoy o mañana."))


@conversation(command="afraid", alone=True)
def afraid(talk: Talk) -> None:
    """'me da miedo decirlo': nobody has to. The words are gone, and so is the question they answered."""
    talk.once("let be", lambda: _let_be(talk))
    return talk.forget(
        _("No tienes que decirlo. No guardamos ese mensaje. Para hablar con una persona, escribe PERSONA.")
    )


def _let_be(talk: Talk) -> None:
    talks.wipe(talk.db, *talk.provider)
    waiting = talks.open_talks(talk.db, talk.address_id)
    for asked in [one for one in waiting if one.person_id in (talk.person_id, None)][:1]:
        talks.end(talk.db, asked.id)


@conversation(alone=True)
def angry(talk: Talk) -> None:
    """No argument, and nothing held against anybody: a person reads it."""
    talk.once("read", lambda: people.hand_over(talk.db, talk.address_id, talk.person_id, "angry"))
    return talk.say(_("Entiendo que estás molesto. Lo lee una persona del equipo."))
