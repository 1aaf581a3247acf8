"""One's own choice and its receipt: MI ELECCION, RECIBO, and who can see it (voting.md 5 to 7)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from bot.choosing import Ballot
from bot.i18n import And, When, _
from bot.kinds import Text
from bot.results import Wording
from bot.talk import Talk, conversation
from conversations import casting
from conversations.household import chooses_in, speaker
from storage import ballots, commitments, contest_states, contests, keepers, labs, own_codes, people, site

FOR_CHOICE = _("Ya hay una elección. Para verla o cambiarla, escribe tu código.")


def own_code(talk: Talk, person_id: int, question: str = FOR_CHOICE) -> bool:
    """On a shared phone what is one person's is shown or changed with her code; 5 tries a day, then a human."""
    if talk.look("has code", lambda: own_codes.knows(talk.db, person_id, "") is not None) is False:
        talk.once("helped", lambda: people.hand_over(talk.db, talk.address_id, person_id, "code"))
        talk.say(_("Aquí hace falta tu código, y no tienes uno. Te escribe una persona del equipo, hoy o mañana."))
        return False
    if talk.look("used up", lambda: own_codes.used_up(talk.db, talk.address_id)):
        talk.say(_("Hoy ya van 5 códigos que no son. Prueba mañana, o escribe PERSONA y te ayudamos."))
        return False
    for n in range(1, own_codes.TRIES + 1):
        typed = talk.ask(f"code.{n}", question, Text(max=40))
        heard = talk.once(f"code.{n}", partial(_tried, talk, person_id, typed))
        if heard == "right":
            return True
        if heard == "used up":
            break
        question = _("Ese código no es. Escríbelo otra vez, o escribe PERSONA.")
    talk.once("helped", lambda: people.hand_over(talk.db, talk.address_id, person_id, "code"))
    talk.say(_("Te escribe una persona del equipo, hoy o mañana."))
    return False


def _tried(talk: Talk, person_id: int, typed: str) -> str:
    return own_codes.tried(talk.db, talk.address_id, person_id, typed)


@conversation(command="my_choice", unseen=True)
def my_choice(talk: Talk) -> None:
    """MI ELECCION: one's own choice, in one's own chat, until the close."""
    found = casting.also_stopped(talk)
    if found is None:
        return casting.nothing(talk)
    if not found["open"]:
        over = _("La elección terminó el {closes}. Lo que eligió cada quien ya no se muestra.")
        return talk.say(over, closes=casting.end_of(found))
    person_id = speaker(talk)
    held = talk.look("standing", lambda: casting.held_by(talk, found, person_id))
    stopped = bool(found.get("stopped"))
    if person_id is None or held is None:
        none = _("Todavía no tengo una elección tuya. Para elegir, escribe ELEGIR.")
        return casting.nothing(talk) if stopped else talk.say(none)
    if talk.look("on shared phone", lambda: casting.is_shared(talk)):
        if talk.look("no code", lambda: own_codes.knows(talk.db, person_id, "") is None):
            return talk.say(_("En este teléfono escriben varias personas. Por eso aquí no se muestra tu elección."))
        if not own_code(talk, person_id):
            return None
    return _shown(talk, Ballot.from_json(found["ballot"], talk.lang), held["picks"], stopped=stopped)


def _shown(talk: Talk, ballot: Ballot, chosen: list[int], *, stopped: bool) -> None:
    picks = ballot.named(chosen, talk.scene.limits) if chosen else talk.text(_("en blanco"))
    if stopped:
        told = _("Elegiste {picks}. La comunidad detuvo este laboratorio: ahora no se puede cambiar.")
    elif chosen:
        told = _("Elegiste {picks}. Puedes cambiarla hasta el {day}: escribe ELEGIR.")
    else:
        told = _("Elegiste en blanco. Puedes cambiarlo hasta el {day}: escribe ELEGIR.")
    return talk.say(told, picks=picks, **ballot.args())


@conversation(command="receipt")
def receipt(talk: Talk) -> None:
    """RECIBO: one's own code; RECIBO and a code: whether it is kept or was counted, never what was chosen."""
    word = str(talk.args.get("word", ""))
    if word:
        state = talk.look("state", lambda: ballots.receipt(talk.db, commitments.typed(word)))
        talk.say(_RECEIPTS[state])
        if state == "counted":
            _fingerprint(talk, talk.look("of", lambda: ballots.proved_in(talk.db, commitments.typed(word))[1]))
        link = talk.look("proof", lambda: _proof(talk, word)) if state == "counted" else ""
        return talk.say(_("La prueba está en la página: {link}"), link=link) if link else None
    found = casting.also_stopped(talk)
    person_id = speaker(talk)
    held = talk.look("standing", lambda: casting.held_by(talk, found, person_id))
    if held is None:
        return talk.say(_("No tengo una elección tuya."))
    code = commitments.shown(held["code"])
    talk.say(_("Tu recibo es {code}. Dice si tu elección se contó, no lo que elegiste."), code=code)
    return _fingerprint(talk, found["slug"]) if found and not found["open"] else None


def _fingerprint(talk: Talk, slug: str) -> None:
    """What the page of the count shows, for whom the SMS of its close had no room (voting.md 6)."""
    if mark := talk.look(f"mark.{talk.lang}", lambda: _mark(talk, slug)):
        talk.say("{mark}", mark=mark)


def _mark(talk: Talk, slug: str) -> str:
    return Wording(talk.scene.catalogues, talk.voice, contests.facts(talk.db, slug), "").fingerprint()


def _proof(talk: Talk, typed: str) -> str:
    """Where anybody looks up this receipt and its proof; '' before the close, or without a site.

    Its code is not in the address: messengers open a link to show what is behind it.
    """
    place, (lab, _contest) = site.address(talk.db), ballots.proved_in(talk.db, commitments.typed(typed))
    return f"{place}/l/{lab}/recibo" if place and lab else ""


_RECEIPTS = {
    "kept": _("Ese recibo está guardado. Se cuenta al terminar la elección."),
    "counted": _("Ese recibo se contó."),
    "replaced": _("Ese recibo se cambió por otro, más nuevo. Vale el más nuevo."),
    "unknown": _("No conozco ese recibo. Revisa las letras o escribe PERSONA."),
}


@conversation("quien ve mi eleccion", "quien ve mi voto", "quien sabe lo que elegi", "quien puede ver mi eleccion")
def who_sees(talk: Talk) -> None:
    """Who can see a choice, by name where the plan says it, and until when: said plainly (voting.md 7)."""
    seen = talk.look("seen", lambda: _seen_by(talk))
    who = talk.text(_("Quienes cuidan el sistema"))
    if seen["keepers"]:
        who = talk.text(_("{names} cuidan el sistema y"), names=And(seen["keepers"]))
    until = talk.text(_("hasta 30 días después del cierre"))
    if seen["until"]:
        until = talk.text(_("hasta el {day}"), day=When(datetime.fromisoformat(seen["until"]), seen["tz"], "day"))
    talk.say(
        _(
            "Lo que elijas es confidencial, no secreto. {who} pueden verlo {until}. Nadie más lo ve en pantalla. Con"
            " tu recibo compruebas que se contó. No puedo protegerte de quien te obligue a mostrar tu celular."
        ),
        who=who,
        until=until,
    )


def _seen_by(talk: Talk) -> dict[str, Any]:
    """{keepers, until: the day on which a choice loses its person, ISO or '', tz}."""
    lab = labs.home(talk.db, talk.address_id)
    slug = contests.newest_slug(talk.db, lab.id) if lab else contests.newest_open(talk.db)
    found = contests.by_slug(talk.db, slug) if slug else None
    ends = (found.closed_at or found.closes_at) if found else None
    until = (ends + contest_states.LINKED_FOR).isoformat() if ends else ""
    return {"keepers": keepers.names(talk.db), "until": until, "tz": found.tz if found else ""}


def choosing(talk: Talk) -> bool:
    """Whether the question that waits on this phone is one of choosing, and permission was given before."""
    return chooses_in(talk) is not None
