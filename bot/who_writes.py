"""On a phone of several people: who it is that writes, and which of the open questions are hers to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import ladder, router, words
from bot.broadcast import answers, asked, shown
from bot.kinds import DONT_KNOW, NO_WORDS, YES_WORDS, sign
from bot.router import Begin, Registry
from bot.stage import Stage
from bot.state import State
from bot.talk import play
from storage import broadcasts, reach, talks
from storage.broadcasts import Opened
from storage.people import Person
from storage.store import Unit
from storage.talks import OpenTalk

WHO = ("who writes", "who writes.again", "who gives back", "who gives back.again")  # of conversations/household.py
_GIVES_BACK = "not_coming"  # the conversation that takes nothing but a name, before it does what no number undoes
_NEWCOMER = ("consent", "offered", "name", "name.other", "age", "guardian")  # questions to who is signing up
_ANSWERS = frozenset((*YES_WORDS, *NO_WORDS, *DONT_KNOW))


def head(people: Sequence[Person], text: str) -> tuple[Person, str] | None:
    """'LUIS 1': Luis, and what he says. None: no name stands there, or nothing else does ("who writes?")."""
    said = words.plain(text)
    for person in sorted(people, key=lambda p: -len(words.plain(p.name))):
        name = words.plain(person.name)
        if said == name:
            return None
        if said.startswith(f"{name} "):
            return person, _after(text, name)
    return None


def _after(text: str, name: str) -> str:
    """What stands behind the name, as it was typed: 'Ana-Maria 1' has two words for four."""
    typed = text.split()
    count = next((n for n in range(1, len(typed)) if words.plain(" ".join(typed[:n])) == name), len(name.split()))
    return " ".join(typed[count:])


def stands_alone(unit: Unit, registry: Registry, more: words.More, said: str) -> bool:
    """An answer, or a word that begins something: 'LUIS 1', 'LUIS DATOS'; not 'Luis Carlos', 'Luis no tiene agua'."""
    plain = words.plain(said)
    if not plain or sign(said) or plain in _ANSWERS or all(ladder.number(word) is not None for word in plain.split()):
        return True
    command = words.command(said, more)
    if command is not None and not command.guess:
        return True
    return router.by_word(registry, said, None) is not None or router.direct(unit, said) is not None


def may_answer(unit: Unit, talk: OpenTalk, person_id: int) -> bool:
    """Hers; or nobody's yet, and not of who is signing up; or as a message put it to all the people of the phone."""
    if talk.person_id == person_id:
        return True
    if talk.person_id is None:
        return not (talk.args.get("companion") or talk.pending in _NEWCOMER)
    stands = "broadcast" in talk.args and talk.pending == talk.args.get("asked")
    return stands and reach.asked_too(unit, talk.args["broadcast"], person_id)


def put_to(unit: Unit, opened: Opened, person_id: int) -> bool:
    """That message asked her: it is her own, or one to all the people of the phone."""
    return opened.person_id in (person_id, None) or reach.asked_too(unit, opened.broadcast_id, person_id)


def taken(talk: OpenTalk, person_id: int, other: Begin | None) -> OpenTalk:
    """It is this person's from now on; where it asks who writes, and hears of something else, it waits on."""
    gives_back = talk.conversation == _GIVES_BACK and talk.person_id is None
    if gives_back or (talk.pending in WHO and other is not None):
        return talk
    return replace(talk, person_id=person_id)


def asked_of(waiting: Sequence[OpenTalk], begin: Begin) -> OpenTalk | None:
    """What this word has begun, where it asks who writes: 'LUIS NO VOY' after 'NO VOY'."""
    return next((t for t in waiting if t.pending in WHO and t.conversation == begin.conversation), None)


def takes_words(waiting: Sequence[OpenTalk]) -> bool:
    """The newest question takes a name or free words, where a name of this phone may stand at the head."""
    state = State.load(waiting[0].state) if waiting else State()
    return state.free and state.unsure is None


class Phone(Stage):
    """One message on a phone of one person or of several: who says it, and what waits there for an answer of hers."""

    def _addressed(self, text: str) -> str:
        """On a shared phone 'LUIS 1' is Luis who answers 1: the name is taken off and he is the speaker."""
        found = head(self.people, text) if len(self.people) > 1 else None
        if found is None or (takes_words(self._waiting()) and not self._stands_alone(found[1])):
            return text
        (self.speaker, said), self.named = found, True
        return said

    def _stands_alone(self, said: str) -> bool:
        return stands_alone(self.unit, self.parts.registry, self.parts.catalogues.words, said)

    def _waiting(self) -> list[OpenTalk]:
        """Open questions of this address, the newest sent first; those of broadcasts become talks now."""
        for opened in reversed(broadcasts.unanswered(self.unit, self.at.id)):
            self._adopt(opened)
        waiting = self.open_talks()
        if self.speaker is None:
            return waiting
        if self.named:
            return self._of_named(self.speaker.id, waiting)
        mine = [t for t in waiting if t.person_id in (self.speaker.id, None)]
        return mine or waiting if len(self.people) < 2 or self.at.speaker_id is None else mine

    def _of_named(self, person_id: int, waiting: list[OpenTalk]) -> list[OpenTalk]:
        """Who says her name answers nothing that another was asked; one message to the phone asks all its people."""
        mine = [t for t in waiting if may_answer(self.unit, t, person_id)]
        last = None if mine else broadcasts.asked_last(self.unit, self.at.id)
        if last is None or not put_to(self.unit, last, person_id):
            return mine
        self._adopt(replace(last, person_id=person_id))
        return [t for t in self.open_talks() if t.person_id == person_id]

    def _in_reach(self) -> list[OpenTalk]:
        """Open questions here; of who says her name those that she may answer."""
        return self._waiting() if self.named else self.open_talks()

    def _taken(self, talk: OpenTalk, other: Begin | None = None) -> OpenTalk:
        """The same, as that of who says her name: the phone was asked, and this one of its people answers."""
        return taken(talk, self.speaker.id, other) if self.named and self.speaker else talk

    def _adopt(self, opened: broadcasts.Opened) -> None:
        """A message of a broadcast asked a question: make it a talk that stands where the message stands."""
        if opened.conversation not in self.parts.registry.by_name:
            return
        args = dict(opened.args) | {"broadcast": opened.broadcast_id, "asked": asked(opened)}
        talk_id = talks.begin(self.unit, self.at.id, opened.conversation, args, opened.person_id)
        broadcasts.adopt(self.unit, opened.outbox_id, talk_id)
        state = State()
        scene = self.scene(talk_id, opened.conversation, args, opened.person_id)
        outcome = play(self.parts.registry.by_name[opened.conversation], scene, state)
        self.acted = self.acted or bool(state.done)
        if not outcome.open:
            self.gone |= dict.fromkeys(answers(opened), outcome.text)
            return talks.end(self.unit, talk_id)
        state.shown = shown(opened) or state.shown
        if state.pending in state.evidence:  # the words that were sent, should those of the plan have changed since
            state.evidence[state.pending]["text"] = str(opened.reply["text"]) or state.evidence[state.pending]["text"]
        self.keep(talk_id, opened.conversation, state, opened.person_id)
