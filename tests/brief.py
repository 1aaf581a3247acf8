"""By SMS a question fits one segment, whatever stands in it and whatever was said before it."""

from __future__ import annotations

from dataclasses import replace

from bot import apart
from bot.i18n import Catalogues, Voice
from bot.sms import segments, sms_text
from bot.stage import Stage
from bot.state import State
from bot.talk import STAFF, play
from storage.store import Unit
from storage.talks import OpenTalk
from tests.words.longest import LONGEST

# What may take two (ADR 10): a ballot, what we hold of a person, and what became of what she asked for.
LONG = ("vote", "data", "result", "promise_news")
LEADS = (
    "No entendí.",
    "No entendí {reply}.",
    "Volvemos.",
    "El equipo ya tiene tu mensaje.",
    "Esa pregunta ya cerró.",
    "Listo, {name}. Vas el {when}, {place}. Tu código es {code}. Si cambia, escribe NO VOY.",
)
AROUND = ("Antes te pregunté: {question}", "Si quieres seguir: {question}", "Nos quedamos en: {question}")


class Longest(Catalogues):
    """Texts with the longest value of everything that they are filled with."""

    def text(self, voice: Voice, msgid: str, **args: object) -> str:
        return super().text(voice, msgid, **{name: LONGEST.get(name, value) for name, value in args.items()})


CATALOGUES = Longest.load()


def brief(unit: Unit, stage: Stage, talk: OpenTalk) -> None:
    """Fails where this open question needs more than one segment, alone or behind a lead."""
    if stage.at.channel != "sms" or talk.conversation.startswith(STAFF):
        return
    scene = replace(stage.scene(talk.id, talk.conversation, talk.args, talk.person_id), catalogues=CATALOGUES)
    outcome = play(stage.parts.registry.by_name[talk.conversation], scene, State.load(talk.state))
    asked = outcome.wordings[0] if outcome.wordings else outcome.text
    if talk.conversation not in LONG:
        _fits(talk, apart.by_sms(outcome.text.removesuffix(asked).strip(), (asked,)))
    for lead in LEADS:
        said = scene.catalogues.text(scene.voice, lead, **dict.fromkeys(LONGEST))
        for around in AROUND:
            again = Catalogues.text(scene.catalogues, scene.voice, around, question=asked)
            _fits(talk, apart.by_sms(said, (again, asked)))


def _fits(talk: OpenTalk, texts: tuple[str, ...]) -> None:
    long = [(segments(sms_text(one)).units, one) for one in texts if segments(sms_text(one)).parts > 1]
    assert not long, f"{talk.conversation} {talk.pending}: {long}"
