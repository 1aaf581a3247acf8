"""Permission first, then what to call the person, then the age band: the same order on every channel.

Before the yes nothing of a person is kept; the person's row is made after the last of these questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.countries import profile
from bot.errors import Invalid
from bot.i18n import _
from bot.kinds import Choice, Text, YesNo
from bot.spoken import said
from bot.state import State
from bot.talk import Talk
from bot.words import plain
from storage import lists, people, talks
from storage.labs import Lab

NAME_MAX = 20


def band(age: int) -> str | None:
    """The band of an age that was typed instead of chosen: '38'. 1, 2, 3 are the options themselves."""
    if not 4 <= age <= 120:
        return None
    return "adult" if age >= 18 else "teen" if age >= 14 else "child"


AGES = Choice({"adult": _("18 o más"), "teen": _("de 14 a 17"), "child": _("menos de 14")}, number=band)
_AGREES = re.compile(r"(?:acepto|i agree|i accept)\s+(?P<name>\S.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Agreement:
    """'ACEPTO Rosa': an adult of the house agrees for a young person."""

    def options(self) -> list[tuple[str, str]]:
        """No list to choose from."""
        return []

    def parse(self, reply: str, shown: object) -> str:
        """The adult's name. Raises Invalid: it is not ACEPTO and a name."""
        match = _AGREES.fullmatch(reply.strip())
        if not match or not any(c.isalpha() for c in match["name"]):
            raise Invalid("")  # what it is asked with again says how
        return match["name"].strip()[:NAME_MAX]

    def holds(self, value: Any) -> bool:
        """Whether a kept answer is still one."""
        return isinstance(value, str) and bool(value)


def permitted(talk: Talk, lab: Lab, asked: str = "") -> int | None:
    """The person who writes, with permission for this lab; None when she said no (and it was said).

    asked: what stood before the question where we wrote first, instead of the notice
    """
    companion = bool(talk.args.get("companion"))
    known = None if companion else talk.look("who", lambda: known_here(talk, lab))
    if known and known["permitted"]:
        talk.person_id = known["id"]
        return talk.person_id
    if not _accepts(talk, lab, companion, asked):
        talk.forget(_KNOWN_HERE if known else refused(talk, companion), keyword=lab.keyword)
        return None
    if known:
        talk.person_id = known["id"]
        talk.once("consented", lambda: agreed(talk, lab, int(known["id"])))
        return talk.person_id
    return newcomer(talk, lab, companion)


def known_here(talk: Talk, lab: Lab) -> dict[str, Any] | None:
    """Who writes, {id, permitted}: whether she gave permission for this lab. None: nobody we know."""
    if talk.person_id is None:
        return None
    return {"id": talk.person_id, "permitted": people.permitted(talk.db, talk.person_id, lab.id)}


def _accepts(talk: Talk, lab: Lab, companion: bool, asked: str) -> bool:
    if companion:
        question, before = _called(talk, _("¿Acepta?"), _("¿Acepta tu {who}?")), _companions_notice(talk)
    else:
        question, before = _("¿Aceptas?"), notice(talk)
    return talk.ask(
        "consent",
        question,
        YesNo(),
        before=asked or talk.text(before, organiser=said(lab, "organiser_short")),
        again=_("¿Acepta tu {who}?") if talk.args.get("who") else "",
        explain=_(
            "Es una reunión de vecinos para elegir qué arreglar primero. Es gratis. Para hablar con alguien,"
            " escribe PERSONA."
        ),
        evidence=True,
        who=talk.args.get("who", ""),
    )


def notice(talk: Talk) -> str:
    """The first words a stranger reads: who, what is kept, for what, where to read more."""
    if talk.channel == "telegram":
        return _(
            "Hola. Soy Convoca, el bot de {organiser}. Guardamos tu nombre y tu usuario de Telegram para invitarte y"
            " contarte resultados. Más: PRIVACIDAD."
        )
    return _(
        "Hola. Soy Convoca, el bot de {organiser}. Guardamos tu nombre y tu número para invitarte y contarte"
        " resultados. Más: PRIVACIDAD."
    )


def _companions_notice(talk: Talk) -> str:
    """What another person of the phone reads."""
    if talk.channel == "telegram":
        return _(
            "Que conteste esa persona. Convoca guarda su nombre y este usuario de Telegram para invitarle y contarle"
            " resultados. Más: PRIVACIDAD."
        )
    return _(
        "Que conteste esa persona. Convoca guarda su nombre y este número para invitarle y contarle resultados."
        " Más: PRIVACIDAD."
    )


_KNOWN_HERE = _("Está bien. Si cambias de idea, escribe {keyword}.")  # another lab has her number, with her yes


def refused(talk: Talk, companion: bool) -> str:
    """The answer to a no, before anything of whoever says it is kept."""
    if companion:  # the number stays, for who was here before
        return _("Está bien. No guardamos nada de esa persona. Si cambia de idea, escribe OTRA.")
    if talk.channel == "telegram":
        return _("Está bien. No guardamos tu usuario. Si cambias de idea, escribe /start.")
    return _("Está bien. No guardamos tu número. Si cambias de idea, escribe {keyword}.")


CHILD = _(
    "Gracias. Para ir, tu mamá, papá o cuidador debe escribir por ti. Muéstrale este mensaje. No guardamos tu nombre."
)


def newcomer(talk: Talk, lab: Lab, companion: bool, child: str = CHILD) -> int | None:
    """After the yes: what to call her, the age band; the new person. None: under 14, and `child` was said."""
    name = _name(talk, companion)
    talk.say(_("Hola, {name}."), name=name)
    again = _("¿Cuántos años tienes, {name}?") if companion else ""
    age = talk.ask("age", _("¿Cuántos años tienes?"), AGES, again=again, name=name)
    if age == "child":
        _take_back(talk)
        talk.forget(child)
        return None
    if age == "teen":
        guardian(talk, lab)
    talk.person_id = talk.anew("admitted", lambda: _admit(talk, lab, name, age), after="age")
    return talk.person_id


def _take_back(talk: Talk) -> None:
    """She had said another age, and came back to it with ATRAS: nothing of who was admitted stays."""
    admitted = talk.state.done.get("admitted")
    if admitted is not None:
        talk.once("taken back", lambda: people.part_with(talk.db, [admitted], keep_talk=talk.scene.talk_id))
        talk.person_id = None


def guardian(talk: Talk, lab: Lab) -> None:
    """From 14 to 17 an adult of the house agrees, where the country's profile says so."""
    if profile(lab.country).teen_needs_adult:
        talk.ask(
            "guardian",
            _("Gracias. Una persona adulta de tu casa debe aceptar. Pídele que escriba aquí ACEPTO y su nombre."),
            Agreement(),
            again=_("La persona adulta escribe ACEPTO y su nombre. Ejemplo: ACEPTO Rosa"),
            evidence=True,
        )


def guardian_agreed(talk: Talk, lab: Lab, person_id: int) -> None:
    """Keep the adult's yes, where there was one; inside `once`."""
    if "guardian" in talk.state.answers:
        _record(talk, lab, person_id, "guardian")


def _name(talk: Talk, companion: bool) -> str:
    talk.say(_("Gracias."))
    offered = "" if companion else talk.look("profile", lambda: first_name(talk.profile))
    if offered:
        name = talk.ask("offered", _("¿Te llamo {name}?"), a_name(talk, offered), name=offered)
        if name:
            return free_name(talk, name)
    talk.say(_("Con tu primer nombre basta."))
    who = str(talk.args.get("who", ""))
    question, again = _("¿Cómo te llamas?"), _("¿Cómo se llama tu {who}?")
    asked = _called(talk, question, again)
    return free_name(talk, talk.ask("name", asked, a_name(talk), again=again if who else "", who=who))


def _called(talk: Talk, question: str, of_whom: str) -> str:
    """Where two newcomers are being asked, the question says whom it is about ('mi hija'), as far as we know."""
    if not talk.args.get("who"):
        return question
    return of_whom if talk.look("others", lambda: _others(talk)) else question


def _others(talk: Talk) -> bool:
    waiting = [one for one in talks.open_talks(talk.db, talk.address_id) if one.id != talk.scene.talk_id]
    return any(one.args.get("companion") and one.person_id is None for one in waiting)


def a_name(talk: Talk, offer: str = "") -> Text:
    """What a name is: no word that begins something, in any language."""
    return Text(max=NAME_MAX, name=True, offer=offer, more=talk.scene.catalogues.words)


def free_name(talk: Talk, name: str) -> str:
    """Two people of one phone need two names: the prefix 'LUIS 1' must tell them apart."""
    taken = talk.look(f"taken.{plain(name)}", lambda: people.name_taken(talk.db, talk.address_id, name))
    if not taken:
        return name
    talk.say(_("Ya hay una persona con ese nombre en este teléfono. Escribe tu nombre y una letra más."))
    return talk.ask("name.other", _("¿Cómo te llamas?"), a_name(talk))


def first_name(profile_name: str) -> str:
    """The name a profile offers, if it can be one: its first word, letters only, at most 20."""
    word = profile_name.split()[0] if profile_name.split() else ""
    return word[:NAME_MAX] if len(word) > 1 and word.replace("-", "").isalpha() else ""


def _admit(talk: Talk, lab: Lab, name: str, age: str) -> int:
    """The new person; of who was admitted before she went back to the age (ATRAS), only the age."""
    admitted = talk.state.done.get("admitted")
    if admitted is not None:
        people.set_person(talk.db, admitted, age_band=age)
        guardian_agreed(talk, lab, admitted)
        return int(admitted)
    person_id = people.admit(
        talk.db,
        talk.address_id,
        name=name,
        age_band=age,
        lang=talk.lang,
        territory_id=lab.territory_id,
    )
    agreed(talk, lab, person_id)
    guardian_agreed(talk, lab, person_id)
    _known_everywhere(talk, person_id)
    return person_id


def _known_everywhere(talk: Talk, person_id: int) -> None:
    """Alone on her phone, she is who every other question here waits for: none may take her for somebody new."""
    nobodys = [one for one in talks.open_talks(talk.db, talk.address_id) if one.person_id is None]
    others = [one for one in nobodys if one.id != talk.scene.talk_id and not one.args.get("companion")]
    if not others or len(people.people_of(talk.db, talk.address_id)) > 1:
        return
    for one in others:
        state = State.load(one.state)
        state.looks.pop("who", None)
        talks.belongs(talk.db, one.id, person_id, state.dump())


def agreed(talk: Talk, lab: Lab, person_id: int) -> bool:
    """Keep the permission that question 'consent' was answered with. For use inside `once`."""
    _record(talk, lab, person_id, "consent")
    lists.answered(talk.db, talk.address_id, talk.scene.talk_id)
    return True


def _record(talk: Talk, lab: Lab, person_id: int, question: str) -> None:
    shown = talk.answered(question)
    people.consented(
        talk.db,
        person_id,
        talk.address_id,
        purpose="lab",
        lab_id=lab.id,
        text=shown["text"],
        lang=shown.get("lang", talk.lang),
        inbound_id=shown["inbound_id"],
        at=shown["at"],
    )
