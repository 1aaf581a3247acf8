"""Whoever is shown in a story says whether she may be, and can take that back at any time (conversations.md 4)."""

from __future__ import annotations

from bot.actions.shown import LEAD, MAY, QUESTION
from bot.i18n import _
from bot.kinds import numbered
from bot.talk import Talk, conversation
from conversations.attend import name_of
from conversations.household import speaker
from storage import audit, people, promises, talks
from storage import shown as rows

SAID = {
    "yes": _("Gracias. Para quitarla después, escribe QUITAR FOTO."),
    "unnamed": _("Gracias. Va sin tu nombre. Para quitarla después, escribe QUITAR FOTO."),
    "no": _("Está bien. No usamos tu foto."),
}


@conversation(offers=("may",))
def shown(talk: Talk) -> None:
    """Asked only to who was named as shown; the evidence is the question as it stood."""
    about = talk.look("about", lambda: _about(talk))
    may = talk.ask("may", QUESTION, MAY, before=talk.text(LEAD, **about), evidence=True)
    stands = talk.once("said", lambda: _said(talk, may, about))
    return talk.say(SAID[may] if stands else _("Ya no hace falta. Gracias."))


def _about(talk: Talk) -> dict[str, str]:
    promise = promises.the(talk.db, int(talk.args["commitment"]))
    return {"name": name_of(talk, talk.person_id) if talk.person_id else "", "lab": promise.place}


def _said(talk: Talk, may: str, about: dict[str, str]) -> bool:
    """False: she was named by mistake, and nothing of hers is used."""
    person_id, commitment_id = talk.person_id, int(talk.args["commitment"])
    if person_id is None or not rows.is_named(talk.db, commitment_id, person_id):
        return False
    answered = talk.answered("may")
    asked = numbered(talk.text(QUESTION), [talk.text(label) for label in MAY.labels.values()])
    consent_id = people.consented(
        talk.db,
        person_id,
        talk.address_id,
        purpose="publish",
        lab_id=promises.the(talk.db, commitment_id).lab_id,
        text=f"{talk.text(LEAD, **about)} {asked}",
        lang=talk.lang,
        inbound_id=answered["inbound_id"],
        at=answered["at"],
        answer=may != "no",
    )
    rows.answer(talk.db, commitment_id, person_id, may, consent_id)
    return True


@conversation(command="hide_me")
def hide_me(talk: Talk) -> None:
    """QUITAR FOTO: from this moment no page shows it."""
    person_id = speaker(talk)
    done = talk.once("taken back", lambda: _taken_back(talk, person_id) if person_id else False)
    if not done:
        return talk.say(_("No tenemos una foto tuya en una historia. Para hablar con una persona, escribe PERSONA."))
    return talk.say(_("Listo. Tu foto ya no está en la página ni se envía más."))


def _taken_back(talk: Talk, person_id: int) -> bool:
    stories = rows.take_back(talk.db, person_id, talks.message(talk.db, talk.provider))
    for commitment_id in stories:
        promise = promises.the(talk.db, commitment_id)
        facts = {"commitment": commitment_id}
        audit.record(talk.db, "commitment.picture_down", f"{promise.lab}/{promise.problem}", facts, actor="shown")
    return bool(stories)
