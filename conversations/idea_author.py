"""Who proposes: somebody we know, a newcomer, another person of this phone, or nobody's name at all
(conversations.md 7). No conversation of its own.
"""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import Choice, Place, YesNo
from bot.spoken import said
from bot.talk import Talk
from conversations.casting import is_shared
from conversations.hello import listed, which
from conversations.household import speaker
from conversations.permission import agreed, known_here, newcomer
from storage import labs, people
from storage.labs import Lab

WITHOUT = 0  # of no person: sent without a number
WHO = Choice({"before": _("Ya escribí antes"), "other": _("Soy otra persona")})
CHILD = _("Gracias. Tu mamá, papá o cuidador puede mandar tu idea. Muéstrale este mensaje. No guardamos tu nombre.")


def community(talk: Talk) -> str:
    """The slug of the lab that takes the idea, '' when there is none; who is new is asked where there are several."""
    home = talk.look("home", lambda: _home(talk))
    found = [] if home else talk.look("labs", lambda: listed(talk))
    if len(found) < 2:
        return home or (found[0]["slug"] if found else "")
    slugs = talk.ask(
        "community",
        _("¿De qué comunidad es tu idea?"),
        Place({lab["slug"]: (lab["name"], lab["keyword"]) for lab in found}),
        other=_("No encontré esa comunidad. Escribe el nombre como sale en el cartel, o PERSONA para hablar."),
    )
    return slugs[0] if len(slugs) == 1 else which(talk, slugs, found)


def _home(talk: Talk) -> str:
    named = labs.lab(talk.db, str(talk.args.get("lab", "")))
    home = named or labs.home(talk.db, talk.address_id)
    return home.slug if home else ""


def author(talk: Talk, lab: Lab) -> int | None:
    """The person with permission for this lab, WITHOUT for nobody's name; None: it ends here, and was said."""
    if talk.look("who proposes", lambda: talk.person_id is None and is_shared(talk)):
        if talk.ask("proposes", _("¿Quién la propone?"), WHO) == "other":
            return _another(talk, lab)
        if speaker(talk) is None:
            talk.say(_("No conozco ese nombre en este teléfono. Si eres otra persona, escribe OTRA."))
            return None
    known = talk.look("who", lambda: known_here(talk, lab))
    if known and known["permitted"]:
        talk.person_id = known["id"]
        return int(known["id"])
    if not _accepts(talk, lab, _("¿Aceptas?"), notice(talk)):
        return WITHOUT
    if known:
        talk.person_id = known["id"]
        talk.once("consented", lambda: agreed(talk, lab, int(known["id"])))
        return talk.person_id
    return newcomer(talk, lab, False, CHILD)


def _another(talk: Talk, lab: Lab) -> int | None:
    """A second person of this phone gives her or his own permission."""
    here = talk.look("here", lambda: len(people.people_of(talk.db, talk.address_id)))
    if here >= people.MAX_PEOPLE:
        full = _("En este número ya hay {count} personas. Escribe PERSONA y te ayudamos.")
        talk.say(full, count=people.MAX_PEOPLE)
        return None
    told = _(
        "Que conteste esa persona. Guardamos su nombre y este número para contarle qué pasa con su idea."
        " Más: PRIVACIDAD."
    )
    if talk.channel == "telegram":
        told = _(
            "Que conteste esa persona. Guardamos su nombre y este usuario de Telegram para contarle qué pasa con su"
            " idea. Más: PRIVACIDAD."
        )
    return newcomer(talk, lab, True, CHILD) if _accepts(talk, lab, _("¿Acepta?"), told) else WITHOUT


def _accepts(talk: Talk, lab: Lab, question: str, told: str) -> bool:
    no = _("No, mándala sin mis datos") if talk.channel == "telegram" else _("No, mándala sin mi número")
    return talk.ask(
        "consent",
        question,
        YesNo(no=no),
        before=talk.text(told),
        explain=_("Soy Convoca, el bot de {organiser}. Es gratis. Para hablar con alguien, escribe PERSONA."),
        evidence=True,
        organiser=said(lab, "organiser_short"),
    )


def notice(talk: Talk) -> str:
    """What a stranger reads who sends an idea: what is kept, and for what."""
    if talk.channel == "telegram":
        return _(
            "Gracias. Para contarte qué pasa con tu idea, guardamos tu nombre y tu usuario de Telegram."
            " Más: PRIVACIDAD."
        )
    return _("Gracias. Para contarte qué pasa con tu idea, guardamos tu nombre y tu número. Más: PRIVACIDAD.")
