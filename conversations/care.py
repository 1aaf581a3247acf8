"""Words of danger, of fear, of anger: what somebody reads who needs no question now (conversations.md 6).

Danger and fear are wiped in the same turn: no preview, no pile, no idea holds them. Who is accused by name stands on no
list, and what is said of her or him is read by one person of the team; of who was hurt nothing else is asked.
"""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import YesNo
from bot.state import State
from bot.talk import Talk, conversation
from storage import handovers, people, talks
from storage.spoken import forget as forget_words


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
        forget_words(talk.db, talk.address_id, State.load(asked.state).messages, [asked.id])
        talks.end(talk.db, asked.id)


@conversation(alone=True)
def angry(talk: Talk) -> None:
    """No argument, and nothing held against anybody: a person reads it."""
    talk.once("read", lambda: people.hand_over(talk.db, talk.address_id, talk.person_id, "angry"))
    return talk.say(_("Entiendo que estás molesto. Lo lee una persona del equipo."))


@conversation(passing=True)
def accused(talk: Talk) -> None:
    """Somebody seems to be accused. A yes: on no list, one person reads it. A no: her words go on as she meant them."""
    before = talk.text(_("Una queja sobre una persona no sale en ninguna lista."))
    if not talk.ask("complaint", _("¿Es una queja?"), YesNo(no=_("No, es una idea")), before=before):
        asked, said = int(talk.args["talk"]), str(talk.args["said"])
        return talk.write(asked, said) if asked else talk.go("idea", word=said)
    talk.once("apart", lambda: _apart(talk))
    talk.once("one reads it", lambda: _one_reads_it(talk))
    talk.say(_("Eso no va en la lista pública. Lo lee una sola persona del equipo y te escribe."))
    return _in_danger(talk)


@conversation(passing=True, alone=True)
def hurt(talk: Talk) -> None:
    """Blows, threats, abuse: nobody asks what sort of message it is. A yes: one person reads it. A no: it is gone."""
    talk.once("apart", lambda: _apart(talk))
    before = talk.text(_("Gracias por decirlo."))
    if not talk.ask("write", _("¿Quieres que te escriba una persona del equipo?"), YesNo(), before=before):
        talk.forget(_("Está bien. No guardamos ese mensaje. Para hablar con una persona, escribe PERSONA."))
        return _in_danger(talk)
    talk.once("one reads it", lambda: _one_reads_it(talk))
    talk.say(_("Lo lee una sola persona del equipo y te escribe, hoy o mañana."))
    return _in_danger(talk)


def _in_danger(talk: Talk) -> None:
    if talk.args["line"]:
        talk.say(_("Si hay peligro, llama al {line}."), line=str(talk.args["line"]))


def _one_reads_it(talk: Talk) -> None:
    people.hand_over(talk.db, talk.address_id, talk.person_id, "complaint")


def _apart(talk: Talk) -> None:
    """Her words are shown to nobody in passing, and the idea that they would have been is over."""
    handovers.put_apart(talk.db, talk.state.messages[:1])
    asked = talks.talk_by_id(talk.db, int(talk.args["talk"]), talk.address_id)
    if asked is not None and asked.conversation == "idea":
        talks.end(talk.db, asked.id)
