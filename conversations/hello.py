"""The first words to a stranger: who we are, and which community she looks for; a keyword with one slip."""

from __future__ import annotations

from typing import Any

from bot.i18n import _
from bot.kinds import Choice, Place, YesNo
from bot.spoken import Said, said
from bot.talk import Talk, conversation
from bot.words import plain
from storage import labs, people, talks


@conversation("hola", "buenas", "buenos dias", "buenas tardes", "hello", "hi", passing=True)
def hello(talk: Talk) -> None:
    """'hola', or words that mean nothing to us: find the community by its name. Who is known is greeted by hers."""
    if not talk.args.get("unknown_link") and (known := talk.look("known", lambda: _known(talk))):
        if not known["waits"]:
            return talk.go("menu", greets=known["name"])
        return talk.say(_("Hola, {name}. Para ver qué puedes hacer, escribe MENU."), name=known["name"])
    found = talk.look("labs", lambda: listed(talk))
    if not found:
        return talk.say(_("Hola. Soy Convoca. Ahora no hay reuniones abiertas. Escribe otro día."))
    if talk.args.get("unknown_link"):
        before = talk.text(_("No conozco ese cartel."))
    else:
        organiser = Said(found[0]["organiser"], found[0].get("organisers", {}))
        before = talk.text(_("Hola. Soy Convoca, de {organiser}. Aviso de reuniones de vecinos."), organiser=organiser)
    named = talk.look("typed", lambda: _named(str(talk.args.get("typed", "")), found))
    slugs = named or talk.ask(
        "community",
        _("¿Qué comunidad buscas?"),
        Place({lab["slug"]: (lab["name"], lab["keyword"]) for lab in found}),
        before=before,
        other=_("No encontré esa comunidad. Escribe el nombre como sale en el cartel, o PERSONA para hablar."),
    )
    return talk.go("register", lab=slugs[0] if len(slugs) == 1 else which(talk, slugs, found))


def _known(talk: Talk) -> dict[str, Any] | None:
    """Who greets, where that is plain, and whether a question of ours waits for her."""
    person = people.person_by_id(talk.db, talk.person_id) if talk.person_id else None
    waits = bool(talks.open_talks(talk.db, talk.address_id))
    return {"name": person.name, "waits": waits} if person else None


def stranger(talk: Talk) -> None:
    """A word for who is known, from somebody who is not: a question that waits here is put again; else our greeting."""
    mine = talk.scene.talk_id
    if not talk.look("waits", lambda: any(one.id != mine for one in talks.open_talks(talk.db, talk.address_id))):
        talk.go("hello")


def which(talk: Talk, slugs: list[str], found: list[dict[str, Any]]) -> str:
    """Of several communities of one name, the one that is meant: its slug."""
    labels = {lab["slug"]: f"{lab['name']}, {lab['area']}" for lab in found if lab["slug"] in slugs}
    talk.say(_("Hay {count} comunidades con ese nombre."), count=len(labels))
    return talk.ask("which", _("¿Cuál es?"), Choice(labels))


def listed(talk: Talk) -> list[dict[str, Any]]:
    """The communities that one can ask for: slug, name, area, keyword, organiser. For use inside `look`."""
    return [
        {"slug": lab.slug, "name": lab.name, "area": lab.area, "keyword": lab.keyword}
        | {"organiser": lab.organiser_short, "organisers": said(lab, "organiser_short").others}
        for lab in labs.spoken_of(talk.db)
    ]


def _named(typed: str, found: list[dict[str, Any]]) -> list[str]:
    """A community that was named right away: 'san martin' as the very first message."""
    return [lab["slug"] for lab in found if typed and plain(lab["name"]) == plain(typed)]


@conversation(passing=True)
def nearly(talk: Talk) -> None:
    """SANMARTN: one letter is missing; asked back, never assumed."""
    slug = str(talk.args["lab"])
    keyword = talk.look("keyword", lambda: _keyword(talk, slug))
    talk.say(_("No conozco {typed}."), typed=str(talk.args["typed"]))
    if talk.ask("meant", _("¿Querías decir {keyword}?"), YesNo(), keyword=keyword):
        return talk.go("register", lab=slug)
    return talk.go("hello")


def _keyword(talk: Talk, slug: str) -> str:
    lab = labs.lab(talk.db, slug)
    return lab.keyword if lab else ""
