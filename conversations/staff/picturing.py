"""The photo of a story: sent in the chat, said in words, with the permission of those shown. No conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.actions import story as stories
from bot.actions.story import Told
from bot.errors import Invalid
from bot.i18n import _
from bot.kinds import NO_WORDS, YES_WORDS, YesNo
from bot.ladder import Shown
from bot.talk import Talk
from bot.words import plain
from conversations.staff import team
from conversations.staff.answers import NOTHING, Phrase, PhraseOrNothing
from storage import pictures
from storage.tables.promises import WORDS

ASKS = "photo"  # the question below that a photo answers
CONSENT = 200  # letters of where it is kept


@dataclass(frozen=True)
class Photo:
    """A photo, or '' for NADA."""

    def options(self) -> list[tuple[str, str]]:
        """It is sent."""
        return []

    def parse(self, reply: str, shown: Shown) -> str:
        """Words are no photo."""
        if plain(reply) in (*NOTHING, *NO_WORDS):
            return ""
        raise Invalid(_("Aquí va una foto, no letras."))

    def seen(self, media: str, words: str) -> str:
        """What came. Raises Invalid: a voice note, a place."""
        if media != "photo":
            raise Invalid(_("Eso no es una foto."))
        return media

    def holds(self, value: object) -> bool:
        """What `parse` and `seen` give."""
        return value in ("", "photo")


@dataclass(frozen=True)
class Permission(PhraseOrNothing):
    """Where it is kept, or '' for NADA and for no; a bare yes does not say where."""

    def parse(self, reply: str, shown: Shown) -> str:
        """Words that say where, or none."""
        if plain(reply) in NO_WORDS:
            return ""
        if plain(reply) in YES_WORDS:
            raise Invalid(_("Falta dónde está guardado: por ejemplo, en una carpeta de la junta."))
        return super().parse(reply, shown)


def asked(talk: Talk, told: Told) -> Told:
    """The story with its photo, where one is sent and those shown agreed; on an SMS phone nobody sends any."""
    if talk.voice.short or not talk.ask("photo", _("¿Tienes una foto? Mándala aquí. Si no, escribe NADA."), Photo()):
        return told
    name = talk.once("photo kept", lambda: _wanted(talk))
    shows = _("¿Qué se ve en la foto? En una frase, para quien no la puede ver.")
    alt = talk.ask("alt", shows, Phrase(max=WORDS))
    agreed = _("¿Quienes salen dieron permiso? Escribe dónde está guardado. Si falta el permiso, escribe NADA.")
    consent = talk.ask("consent", agreed, Permission(max=CONSENT))
    if not consent:
        talk.once("photo dropped", lambda: pictures.drop(talk.db, name))
        return told
    return replace(told, picture=name, alt=alt, consent=consent)


def _wanted(talk: Talk) -> str:
    who = team.me(talk)
    return pictures.want(talk.db, talk.provider[0], talk.scene.ref, who.by if who else "")


def arrived(talk: Talk, told: Told) -> Told:
    """The story without its photo where that could not be opened, as far as it is known before the lock."""
    lost = told.picture and talk.look("photo state", lambda: pictures.state(talk.db, told.picture)) in ("", "failed")
    return replace(told, picture="", alt="") if lost else told


def told_of(talk: Talk, told: Told, going: Told) -> str:
    """What the preview says of the photo. told: as it was asked; going: as it will be told."""
    if going.picture:
        return talk.text(_("Con la foto: «{alt}»."), alt=going.alt)
    if told.picture:
        return talk.text(_("No pude abrir esa foto: va sin foto. Para mandarla otra vez, escribe NO y HISTORIA."))
    if "photo dropped" in talk.state.done:
        return talk.text(_("Sin permiso de quienes salen va sin foto."))
    return ""


# --- of a story that was told -----------------------------------------------------------------------------------------


_STAYS, _GONE = _("Está bien. Sigue como está."), _("Listo. Ya no está en la página y no se manda más.")
TAKING = {  # what it shows: the question, what a no hears, what a yes hears
    "photo": (
        _("¿Quito su foto?"),
        _("Está bien. La foto sigue."),
        _("Listo. La foto ya no está en la página y no se manda más."),
    ),
    "video": (_("¿Quito su video?"), _STAYS, _GONE),
    "both": (_("¿Quito su foto y su video?"), _STAYS, _GONE),
}


def take_down(talk: Talk, about: Mapping[str, Any]) -> None:
    """It is told once; its photo and its video can be taken away at any time."""
    before = talk.text(_("Esa historia ya se contó. Se cuenta una vez."))
    shown = about.get("shows") or ("photo" if about.get("picture") else "")  # as an older version began the talk
    if not shown:
        return team.say(talk, before)
    asked, stays, gone = TAKING[shown]
    if not talk.ask("take down", asked, YesNo(), before=before):
        return talk.say(stays)
    done = talk.once("taken down", lambda: _taken_down(talk, about))
    if "refused" in done:
        return team.say(talk, done["refused"])
    return talk.say(gone)


def shows(talk: Talk, commitment_id: int) -> str:
    """What of a story shows somebody, as TAKING has it; '' = nothing."""
    photo, video = pictures.of_story(talk.db, commitment_id), pictures.of_video(talk.db, commitment_id)
    if photo and video:
        return "both"
    return "photo" if photo else "video" if video else ""


def _taken_down(talk: Talk, about: Mapping[str, Any]) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        stories.take_picture_down(talk.db, words, about["key"], by=me.by)
        return {}

    return team.tried(talk, "decide", about["lab_id"], work)
