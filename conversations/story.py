"""A story: before, after, who did what. It comes first to those who took part (conversations.md 4)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.actions.story import SEE_QUESTION
from bot.i18n import _
from bot.kinds import YesNo
from bot.message import Media
from bot.results import parts, sentence
from bot.spoken import Said, others, said
from bot.talk import Talk, conversation
from conversations.places import halted
from storage import pictures, promises, site, stories

SMS = 2  # segments of a story


@conversation(offers=("see",))
def story(talk: Talk) -> None:
    """Whoever wants reads it. Its picture comes with the yes: WhatsApp takes one then, and nobody pays unasked."""
    told = talk.look(f"story.{talk.lang}", lambda: _told(talk))
    if told is None:
        return talk.say(_("Esa historia ya no está."))
    lab_id = talk.look("lab of it", lambda: promises.the(talk.db, int(talk.args["commitment"])).lab_id)
    if halted(talk, lab_id):
        return None
    if not talk.ask("see", SEE_QUESTION, YesNo(), before=told["after"]):
        return talk.say(_("Está bien. Gracias por haber sido parte."))
    if halted(talk, lab_id, " at see"):
        return None
    _tell(talk, told)
    picture = talk.look("picture", lambda: _picture(talk))  # only now: it may have been taken down meanwhile
    if talk.voice.short:
        return _link(talk, picture)
    if picture:
        talk.say(_("En la foto: {news}"), news=picture["alt"])
        talk.enclosed = Media(kind="photo", ref=picture["link"]) if picture["link"] else None
    if video := talk.look("video", lambda: pictures.of_video(talk.db, int(talk.args["commitment"]))):
        talk.say(_("El video: {link}"), link=video)
    return None


def _tell(talk: Talk, told: Mapping[str, str]) -> None:
    talk.say(_("Antes: {news}"), news=told["before"])
    talk.say(_("Ahora: {news}"), news=told["after"])
    if told["text"]:
        talk.say("{text}", text=told["text"])


def _link(talk: Talk, picture: Mapping[str, str] | None) -> None:
    """On a phone without pictures its address, where the story has room for it in two SMS."""
    link = talk.text(_("Foto: {link}"), link=picture["link"]) if picture and picture["link"] else ""
    if link and parts(" ".join([*talk.out, link]), talk.lang) <= SMS:
        talk.out.append(link)


def _picture(talk: Talk) -> dict[str, str] | None:
    """What it shows in words, and where it is; '' while our pages have no address."""
    found = pictures.of_story(talk.db, int(talk.args["commitment"]))
    if found is None:
        return None
    place = site.address(talk.db)
    return {"alt": said(found, "alt").each(sentence).in_(talk.lang), "link": place + found.path if place else ""}


def _told(talk: Talk) -> dict[str, str] | None:
    found = stories.of(talk.db, int(talk.args["commitment"]))
    if found is None:
        return None
    told = {name: Said(found[name], others(found["texts"], name)) for name in ("before", "after", "text")}
    return {name: text.each(sentence).in_(talk.lang) for name, text in told.items()}
