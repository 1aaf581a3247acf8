"""What CORREGIR changes, at once: the name, the community, the age band. No conversation of its own."""

from __future__ import annotations

from bot.i18n import _
from bot.kinds import Place
from bot.state import State
from bot.talk import Talk
from conversations.hello import listed, which
from conversations.permission import AGES, a_name, free_name, guardian, guardian_agreed
from conversations.places import the_lab
from storage import labs, people, talks
from storage.labs import Lab


def name(talk: Talk, person_id: int) -> None:
    """Another name; two people of one phone need two."""
    called = free_name(talk, talk.ask("name", _("¿Cómo te llamas?"), a_name(talk)))
    talk.once("corrected", lambda: _rename(talk, person_id, called))
    return talk.say(_("Listo, {name}. Ya lo cambié."), name=called)


def _rename(talk: Talk, person_id: int, called: str) -> None:
    """Questions of hers that wait have looked her name up before: they look again."""
    people.set_person(talk.db, person_id, name=called)
    for one in talks.open_talks(talk.db, talk.address_id):
        state = State.load(one.state)
        if one.person_id == person_id and state.looks.pop("called", None) is not None:
            talks.restate(talk.db, one.id, state.dump())


def community(talk: Talk, person_id: int) -> None:
    """Where she lives; the lab there still asks for a permission of its own."""
    found = talk.look("labs", lambda: listed(talk))
    names = {one["slug"]: (one["name"], one["keyword"]) for one in found}
    slugs = talk.ask("community", _("¿Cuál es tu comunidad?"), Place(names))
    slug = slugs[0] if len(slugs) == 1 else which(talk, slugs, found)
    talk.once("corrected", lambda: _move(talk, person_id, slug))
    lab = next(one for one in found if one["slug"] == slug)
    listo = _("Listo. Tu comunidad es {lab}. Para sus reuniones, escribe {keyword}.")
    return talk.say(listo, lab=lab["name"], keyword=lab["keyword"])


def _move(talk: Talk, person_id: int, slug: str) -> bool:
    lab = labs.lab(talk.db, slug)
    if lab is not None:
        people.set_person(talk.db, person_id, territory_id=lab.territory_id)
    return lab is not None


def age(talk: Talk, person_id: int) -> None:
    """A band; from 14 to 17 an adult agrees where the country says so, and of a child nothing is kept."""
    lab = the_lab(talk)
    band = talk.ask("age", _("¿Cuántos años tienes?"), AGES)
    if band == "child":
        return talk.go("erase")
    if band == "teen":
        guardian(talk, lab)
    talk.once("corrected", lambda: _set_age(talk, lab, person_id, band))
    return talk.say(_("Listo. Ya lo cambié."))


def _set_age(talk: Talk, lab: Lab, person_id: int, band: str) -> bool:
    people.set_person(talk.db, person_id, age_band=band)
    guardian_agreed(talk, lab, person_id)
    return True
