"""A story: before, after, who did what. It comes first to those who took part (conversations.md 4)."""

from __future__ import annotations

from typing import Any

from bot.actions.story import SEE_QUESTION
from bot.i18n import _
from bot.kinds import YesNo
from bot.results import sentence
from bot.talk import Talk, conversation
from storage import promises


@conversation(offers=("see",))
def story(talk: Talk) -> None:
    """Whoever wants reads it; a picture is told in words, a video is a link."""
    told = talk.look("story", lambda: _told(talk))
    if told is None:
        return talk.say(_("Esa historia ya no está."))
    if not talk.ask("see", SEE_QUESTION, YesNo(), before=told["after"]):
        return talk.say(_("Está bien. Gracias por haber sido parte."))
    talk.say(_("Antes: {news}"), news=told["before"])
    talk.say(_("Ahora: {news}"), news=told["after"])
    if told["text"]:
        talk.say("{text}", text=told["text"])
    if talk.voice.short:
        return None  # that was two SMS
    if told["picture"]:
        talk.say(_("En la foto: {news}"), news=told["alt"])
    if told["video"]:
        talk.say(_("El video: {link}"), link=told["video"])
    return None


def _told(talk: Talk) -> dict[str, Any] | None:
    found = promises.story_of(talk.db, int(talk.args["commitment"]))
    if found is None:
        return None
    texts = {name: sentence(str(found[name])) for name in ("before", "after", "text", "alt")}
    return texts | {"picture": found["picture"], "video": found["video"]}
