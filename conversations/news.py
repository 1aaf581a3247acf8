"""News of other laboratories: a permission of its own, asked when she wants more, never to sign up (people.md 4.1).

No to it blocks nothing; what was agreed to is taken back by one word, and what waits because of it is not sent.
"""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from conversations.hello import stranger
from conversations.household import speaker
from conversations.places import the_lab
from storage import allowed, people, permissions, talks
from storage.labs import Lab

QUESTION = _("¿Te aviso de otros laboratorios en {lab}?")


@conversation(command="news")
def news(talk: Talk) -> None:
    """NOTICIAS: she asks for it herself."""
    person_id = speaker(talk)
    lab = the_lab(talk)
    if person_id is None or not lab.id:
        return stranger(talk)
    if talk.look("news", lambda: permissions.said_of_news(talk.db, person_id, lab.id)):
        again = _("Ya te aviso de otros laboratorios en {lab}. Para dejarlo, escribe SIN NOTICIAS.")
        return talk.say(again, lab=lab.name)
    return _ask(talk, lab, person_id)


def ask_once(talk: Talk, lab: Lab, person_id: int) -> None:
    """The question, for who has never answered it; what was said before stands before it."""
    if talk.look("news", lambda: permissions.said_of_news(talk.db, person_id, lab.id)) is None:
        _ask(talk, lab, person_id)


def _ask(talk: Talk, lab: Lab, person_id: int) -> None:
    wanted = talk.ask("wants news", QUESTION, YesNo(), evidence=True, lab=lab.name)
    talk.once("said of news", lambda: _keep(talk, lab, person_id, wanted))
    if wanted:
        told = _("Listo. Te aviso de otros laboratorios en {lab}. Para dejarlo, escribe SIN NOTICIAS.")
        return talk.say(told, lab=lab.name)
    return talk.say(_("Está bien. Solo te escribo de este laboratorio."))


def _keep(talk: Talk, lab: Lab, person_id: int, wanted: bool) -> bool:
    """Evidence of her answer, a no as well: she is not asked again."""
    shown, here = talk.answered("wants news"), talk.address_id
    shown.setdefault("lang", talk.lang)  # a question that was asked before an upgrade does not say it
    people.consented(talk.db, person_id, here, purpose="news", lab_id=lab.id, answer=wanted, **shown)
    return True


@conversation(command="no_news")
def no_news(talk: Talk) -> None:
    """SIN NOTICIAS: taken back for every place, at once; the invitations of her own laboratories stay."""
    person_id = speaker(talk)
    if person_id is None:
        return stranger(talk)
    talk.once("taken back", lambda: _take_back(talk, person_id))
    return talk.say(
        _("Listo. No te aviso de otros laboratorios. Sigues en las invitaciones. Para dejar todo, escribe SALIR.")
    )


def _take_back(talk: Talk, person_id: int) -> int:
    said = talks.message(talk.db, talk.provider)
    if permissions.said_of_news(talk.db, person_id) is None:
        _refuse(talk, person_id, said)
    permissions.withdraw(talk.db, [person_id], "asked", "news", said=said)
    return allowed.stop_unwanted(talk.db, person_id)


def _refuse(talk: Talk, person_id: int, said: int | None) -> None:
    """Who was never asked says no by herself, for every place: nothing was shown to her but the word she wrote."""
    people.consented(
        talk.db,
        person_id,
        talk.address_id,
        purpose="news",
        lab_id=None,
        text="SIN NOTICIAS",
        lang=talk.lang,
        inbound_id=said,
        at=talk.db.now.isoformat(),
        answer=False,
    )
