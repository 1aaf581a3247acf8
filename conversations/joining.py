"""VINCULAR: a second phone or channel of one person, by a code sent through the first; NO FUI YO takes it back
(voting.md 5, people.md 13)."""

from __future__ import annotations

from typing import Any

from bot.actions import joined
from bot.i18n import _
from bot.kinds import Choice, Text, YesNo
from bot.talk import Talk, conversation
from bot.words import plain
from conversations.household import speaker
from conversations.own_choice import own_code
from storage import codes, joining, own_codes, people

WHAT = _("Vas a unir este teléfono con el que te dio el código. En los dos se verá lo tuyo.")
MINE = _("¿Los usas tú?")
WHO = Choice(
    {"same": _("Sí, ya escribí aquí"), "other": _("Sí, con otra persona"), "no": _("No")},
    {"other": ("compartido", "somos varios", "somos varias", "shared")},
)
NAMELESS = _("No conozco ese nombre en este teléfono. Si eres otra persona, escribe OTRA.")
_NOT_IT = {
    "wrong": _("Ese código no es, o ya pasó su tiempo. Para otro, escribe VINCULAR en tu otro teléfono."),
    "used up": _("Hoy ya van 5 códigos que no son. Prueba mañana, o escribe PERSONA y te ayudamos."),
    "here": _("Ese código es para tu otro teléfono. Escríbelo allá."),
}
_DONE = {
    "joined": _("Listo. Ya los uní. Te escribo al que uses por último. Si no fuiste tú, escribe NO FUI YO."),
    "over": _NOT_IT["wrong"],
    "full": _("En este número ya hay {count} personas. Escribe PERSONA y te ayudamos."),
    "unsafe": _("Para no mezclar los datos de dos personas, esto lo mira alguien del equipo. Te escribe hoy o mañana."),
}


@conversation(command="link", unseen=True, passing=True)
def link(talk: Talk) -> None:
    """VINCULAR gives a code on the phone that is known; VINCULAR and the code joins the phone it is typed on."""
    typed = str(talk.args.get("word", ""))
    return _use(talk, typed) if typed else _give(talk)


def _give(talk: Talk) -> None:
    here = talk.look("here", lambda: len(people.people_of(talk.db, talk.address_id)))
    if not here:
        return talk.say(
            _("Para unir este teléfono con otro, escribe VINCULAR en el otro. Te da un código, que escribes aquí.")
        )
    person_id = speaker(talk)
    if person_id is None:
        return talk.say(NAMELESS)
    # Whoever holds a phone of several people could say that she is another, and read what is hers from her own phone.
    if here > 1 and not own_code(talk, person_id, _("Para unir otro teléfono, escribe tu código.")):
        return None
    code = talk.once("code", lambda: joining.give(talk.db, person_id, talk.address_id))
    minutes = int(joining.LASTS.total_seconds() // 60)
    return talk.say(
        _("Desde tu otro teléfono o canal escribe: VINCULAR {joining}. Vale {minutes} minutos. No se lo des a nadie."),
        joining=code,
        minutes=minutes,
    )


def _use(talk: Talk, typed: str) -> None:
    """The code shows who she is; no name is said. She confirms it, for somebody may have had her type it."""
    tried = talk.once("tried", lambda: _tried(talk, typed))
    if tried["state"] != "right":
        return talk.say(_NOT_IT[tried["state"]])
    mark = str(tried.get("mark", ""))  # a talk of an older version kept a number that another code may have by now
    here = talk.look("here", lambda: len(people.people_of(talk.db, talk.address_id)))
    what = talk.text(WHAT)
    who = talk.ask("mine", MINE, WHO, before=what) if here else _alone(talk, what)
    if who == "no":
        talk.once("burnt", lambda: joining.burn(talk.db, mark))
        return talk.say(_("Está bien. No uní nada.")) if here else talk.forget(_("Está bien. No uní nada."))
    gone = speaker(talk) if who == "same" else None
    if who == "same" and gone is None:
        return talk.say(NAMELESS)
    if not _reads_here(talk, gone, here):
        return None
    done = talk.once("joined", lambda: _join(talk, mark, gone))
    talk.person_id = done["person"] or gone
    talk.say(_DONE[done["state"]], **({"count": people.MAX_PEOPLE} if done["state"] == "full" else {}))
    return talk.say(_("Tenías 2 elecciones: vale la última. Para verla: MI ELECCION.")) if done["twice"] else None


def _reads_here(talk: Talk, gone: int | None, here: int) -> bool:
    """What is said and held here is about to be read elsewhere: she has her own code, or reads what this phone gets.
    The sender of an SMS can be forged, but who forges it does not see the answer."""
    if here > 1 and gone is not None:
        return own_code(talk, gone, _("Para unirlo, escribe tu código de aquí."))
    if talk.channel != "sms":
        return True
    told = talk.once("proof", lambda: codes.draw(talk.db.rng, own_codes.LENGTH))
    if codes.clean(talk.ask("proof", _("Para unirlos, escribe {proof}."), Text(max=40), proof=told)) == told:
        return True
    talk.say(_("Está bien. No uní nada."))
    return False


def _tried(talk: Talk, typed: str) -> dict[str, Any]:
    state, mark = joining.tried(talk.db, talk.address_id, typed)
    return {"state": state, "mark": mark}


def _alone(talk: Talk, what: str) -> str:
    """Nobody is known on this phone yet."""
    return "other" if talk.ask("sure", MINE, YesNo(), before=what) else "no"


def _join(talk: Talk, mark: str, gone: int | None) -> dict[str, Any]:
    """Join them and tell the first phone; where they may be two people, a human looks at it and nothing changes."""
    if gone is not None and not _alike(talk, mark, gone):
        joining.burn(talk.db, mark)
        done = joining.Joined(state="unsafe")
    else:
        done = joining.join(talk.db, mark, talk.address_id, gone, talk.scene.talk_id)
    if done.state == "unsafe":
        people.hand_over(talk.db, talk.address_id, gone, "joining")
    if done.state == "joined" and done.told_id is not None:
        joined.tell(talk.db, talk.scene.catalogues, done.told_id, done.person_id, talk.channel)
    person_id = done.person_id if done.state == "joined" else None
    return {"state": done.state, "person": person_id, "twice": done.chose_twice}


def _alike(talk: Talk, mark: str, gone: int) -> bool:
    """No word of the one name is another than that of the other: 'Rosa' may be 'Rosa Paz', who is not 'Rosa Gil'.

    Many are called Rosa: what else is held of both must not differ either (`merging.safe`).
    """
    owner = joining.owner(talk.db, mark)
    known = [people.person_by_id(talk.db, one) for one in (owner, gone) if one is not None]
    names = [plain(one.name).split() for one in known if one is not None]
    return all(len(set(words)) == 1 for words in zip(*names, strict=False))


@conversation(command="not_me")
def not_me(talk: Talk) -> None:
    """NO FUI YO: the two phones are parted at once, and a human writes."""
    parted = talk.once("parted", lambda: _part(talk))
    talk.person_id = parted["person"]
    if not parted["parted"]:
        return talk.say(_("Gracias por avisar. Te escribe una persona del equipo, hoy o mañana."))
    return talk.say(
        _(
            "Listo. Separé los teléfonos: el otro ya no lee lo tuyo. Revisa DATOS y MI ELECCION."
            " Te escribe una persona hoy o mañana."
        )
    )


def _part(talk: Talk) -> dict[str, Any]:
    parted = joining.undo(talk.db, talk.address_id)
    here = [one.id for one in people.people_of(talk.db, talk.address_id)]
    person_id = parted if parted in here else here[0] if len(here) == 1 else None
    people.hand_over(talk.db, talk.address_id, person_id, "not_me")
    return {"parted": parted is not None, "person": person_id}
