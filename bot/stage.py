"""Where a turn is played: the people of the address, how they are addressed, a talk and its reply.

The reply is a row of the outbox, in the transaction of its effects; nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import apart, buttons, router, stale, twice, way_out, wordless
from bot.i18n import Catalogues, Voice, _
from bot.kinds import numbered
from bot.message import LIMITS, Closing, Media, Message, Option, Reply, Shortcut, listed
from bot.prices import NONE, Prices
from bot.state import State
from bot.talk import Conversation, Heard, Outcome, Scene, play
from storage import audit, forgetting, labs, people, spoken, staff, talks
from storage import outbox as queue
from storage.people import Address, Person
from storage.store import Unit
from storage.talks import OpenTalk

WHOSE_ANSWER = _(
    "Hay una pregunta para otra persona de este teléfono. Escribe tu nombre y la respuesta. Ejemplo: Ana 1"
)
MAX_TEXT = 1600  # letters of one message that are read; a longer one is asked to be said in fewer words


@dataclass(frozen=True, slots=True)
class Parts:
    """What every turn needs, joined by app.py."""

    catalogues: Catalogues
    registry: router.Registry
    prices: Prices = NONE  # what sending costs


class Stage:
    """One message at one address, or a talk that we take up again ourselves."""

    named = False  # the message began with a name: LUIS 1
    acted = False  # a conversation has done something since the address and its people were read
    fleeting = False  # the reply is not kept once it has left
    enclosed: Media | None = None  # what goes along with the reply
    shortcuts: tuple[Shortcut, ...] = ()  # below the reply, where it asks nothing
    gone: dict[str, str]  # an answer to what is not asked any more, its meeting called off -> what is said of that
    closing: Closing | None = None  # the question that this message answers, where its message can be changed
    keeps = False  # the reply says more than the question in it
    often: frozenset[str] = frozenset()  # said so often lately that only a machine would ask for it again (ADR 9)

    def __init__(
        self, unit: Unit, parts: Parts, message: Message, at: Address, sender_id: int, inbound_id: int | None
    ) -> None:
        self.unit, self.parts, self.message, self.at = unit, parts, message, at
        self.sender_id, self.inbound_id = sender_id, inbound_id
        self.limits = LIMITS[at.channel]
        self.gone = {}
        self.people = people.people_of(unit, at.id)
        self.speaker = self._speaker()

    def _speaker(self) -> Person | None:
        """The person of this address who writes: the only one, or who said SOY."""
        if len(self.people) == 1:
            return self.people[0]
        return next((p for p in self.people if p.id == self.at.speaker_id), None)

    def resume(self, talk: OpenTalk, state: State, heard: Heard | None, lead: str = "") -> None:
        outcome = self.play(talk, state, heard)
        if lead and outcome.open:
            asked = numbered(state.asked, listed(outcome.options), outcome.rows)
            outcome.text, outcome.wordings = f"{lead} {asked}", (asked,)
        elif heard is None and state.pending in state.evidence:  # all of it is shown (again), in her words of now
            state.evidence[state.pending] |= {"text": outcome.text, "lang": self.voice(talk.args, talk.person_id).lang}
        self.settle(talk, state, outcome, heard)

    def open_talks(self) -> list[OpenTalk]:
        """Questions that wait here, the newest sent first; one of a conversation that an upgrade took away is over,
        and an erasure that waited a day for its confirmation."""
        waiting: list[OpenTalk] = []
        for talk in talks.open_talks(self.unit, self.at.id):
            if talk.conversation in self.parts.registry.by_name and not forgetting.unconfirmed(self.unit, talk):
                waiting.append(talk)
            else:
                talks.end(self.unit, talk.id)
        return waiting

    def _end_passing(self) -> None:
        """Questions like "which community?" or the menu's do not wait behind another conversation."""
        for talk in self.open_talks():
            if self._conversation(talk.conversation).passing:
                talks.end(self.unit, talk.id)

    def begin(self, begin: router.Begin, person: Person | None = None, state: State | None = None) -> None:
        """Start a conversation and say its first words. state: fresh, of one that goes on from another."""
        who = None if begin.args.get("companion") else person or self.speaker  # a newcomer is not who brings her along
        args, person_id = dict(begin.args), who.id if who else None
        self._end_passing()
        talk_id = talks.begin(self.unit, self.at.id, begin.conversation, args, person_id)
        talk = OpenTalk(talk_id, self.at.id, person_id, begin.conversation, args, None, "", self.unit.now, False)
        self.resume(talk, state or State(messages=self._this_message()), None)

    def _this_message(self) -> list[int]:
        return [self.inbound_id] if self.inbound_id is not None else []

    # --- playing and settling --------------------------------------------------------------------------------------

    def play(self, talk: OpenTalk, state: State, heard: Heard | None) -> Outcome:
        scene = self.scene(talk.id, talk.conversation, talk.args, talk.person_id)
        done = len(state.done)
        outcome = play(self._conversation(talk.conversation), scene, state, heard)
        self.acted = self.acted or len(state.done) > done
        return outcome

    def _conversation(self, name: str) -> Conversation:
        return self.parts.registry.by_name[name]

    def scene(self, talk_id: int, name: str, args: Mapping[str, Any], person_id: int | None) -> Scene:
        return Scene(
            db=self.unit,
            catalogues=self.parts.catalogues,
            voice=self.voice(args, person_id),
            limits=self.limits,
            channel=self.at.channel,
            address_id=self.at.id,
            talk_id=talk_id,
            person_id=person_id,
            named=self.named,
            profile=self.message.profile,
            provider=(self.message.sender, self.message.provider_id),
            sent_at=self.message.sent_at,
            ref=_photo(self.message),
            args=args,
            prices=self.parts.prices,
        )

    def voice(self, args: Mapping[str, Any], person_id: int | None) -> Voice:
        """How this person is addressed: her own choice, else the address's, else the lab's."""
        person = next((p for p in self.people if p.id == person_id), None)
        lab = labs.lab(self.unit, str(args["lab"])) if args.get("lab") else None
        form = (person.form if person else "") or self.at.form or (lab.form if lab else "tu")
        lang = person.lang if person else self.at.lang
        return Voice(lang=lang, form=form, context=self.limits.context)

    def keep(self, talk_id: int, conversation: str, state: State, person_id: int | None) -> None:
        """It waits for an answer; what nobody needs to answer holds no other question up."""
        kind = self._conversation(conversation)
        offer = kind.passing or state.pending in kind.offers
        stands = state.dump()
        talks.keep(self.unit, talk_id, state=stands, pending=state.pending, person_id=person_id, offer=offer)

    def settle(self, talk: OpenTalk, state: State, outcome: Outcome, heard: Heard | None) -> None:
        """Write down where the talk stands and put its reply into the outbox."""
        self._reread(talk)
        if heard is not None:
            state.messages += self._this_message()
        if self._conversation(talk.conversation).unseen:
            spoken.keep_from_team(self.unit, state.messages if heard is None else self._this_message())
        if outcome.missed:
            self._missed(talk, state, outcome)
        if outcome.open and (heard is None or outcome.missed) and stale.met(self.unit, talk):
            talks.end(self.unit, talk.id)
            return self.begin(router.Begin("menu", {"lost": True}))
        if outcome.next:
            talks.end(self.unit, talk.id)
            return self.begin(router.Begin(*outcome.next), self._person(outcome.person_id), _onward(state, talk.id))
        if outcome.person_id is not None and len(self.people) > 1:
            spoken.belongs(self.unit, state.messages, outcome.person_id)
        if outcome.words:
            talks.end(self.unit, talk.id)
            self.speaker = self._person(talk.person_id) or (self.people[0] if len(self.people) == 1 else None)
            return self.write(*outcome.words, _onward(state, talk.id))
        if outcome.open:
            person_id = outcome.person_id
            self.keep(talk.id, talk.conversation, state, person_id)
            if heard is not None and state.pending in self._conversation(talk.conversation).offers:
                self._answered(talk, outcome, state, heard)
            self.enclosed = outcome.media
            options = self.buttons(talk.id, state.pending, outcome.options)
            return self.put_asked(outcome.text, outcome.wordings, options, talk.id, person_id)
        return self._ended(talk, state, outcome, heard)

    def _answered(self, talk: OpenTalk, outcome: Outcome, state: State, heard: Heard) -> None:
        """What it was about is over, and only what nobody needs to answer is left of it."""
        if not outcome.missed:
            self._remember(talk, outcome, state, heard)
        self._still_open(talk)

    def write(self, talk_id: int, words: str, onward: State) -> None:
        """These words come to this talk as if they were written now: a voice note that a human heard. Else an idea.

        onward: of the talk that they come from.
        """
        talk = next((t for t in self.open_talks() if t.id == talk_id), None)
        state = State.load(talk.state if talk else None)
        heard = Heard(text=words, inbound_id=self.inbound_id, agreed=True)
        outcome = self.play(talk, state, heard) if talk else None
        if talk is None or outcome is None or outcome.missed:
            return self.begin(router.Begin(self.parts.registry.by_command["idea"], {"heard": words}), state=onward)
        state.messages, state.before = state.messages + onward.messages, state.before + onward.before
        return self.settle(talk, state, outcome, heard)

    def _reread(self, talk: OpenTalk) -> None:
        """A conversation that did something may have admitted, renamed or erased people of this address."""
        if self.acted:
            self.people = people.people_of(self.unit, self.at.id)
            self.at = people.address_by_id(self.unit, self.at.id)
            self.acted = False
        self.speaker = self._person(talk.person_id) or self._speaker()

    def _person(self, person_id: int | None) -> Person | None:
        return next((p for p in self.people if p.id == person_id), None)

    def _ended(self, talk: OpenTalk, state: State, outcome: Outcome, heard: Heard | None) -> None:
        talks.end(self.unit, talk.id)
        if outcome.forget and not self.people:
            people.close_talks(self.unit, self.at.id)
            people.wipe_after_reply(self.unit, self.at.id)
            self.fleeting = True
            return self.put(outcome.text)
        if outcome.forget:
            self.closing = None  # it would show, and keep, what is to be forgotten
            self.fleeting = True
            spoken.forget(self.unit, self.at.id, state.messages, [*state.before, talk.id])
        elif heard is not None:
            self._remember(talk, outcome, state, heard)
        self.enclosed, self.shortcuts = outcome.media, outcome.shortcuts
        waiting = [] if self._conversation(talk.conversation).alone else self._still_open(talk)
        return self.say_then_next(outcome.text, waiting, outcome.person_id)

    def _remember(self, talk: OpenTalk, outcome: Outcome, state: State, heard: Heard) -> None:
        kept = twice.kept(talk, outcome.person_id, heard, state.answers.get(talk.pending))
        people.keep_last_reply(self.unit, self.at.id, kept)

    def _still_open(self, ended: OpenTalk) -> list[OpenTalk]:
        """Other open questions; those about the session or the contest just answered need no answer any more."""
        rest: list[OpenTalk] = []
        for talk in self.open_talks():
            if talk.pending in self._conversation(talk.conversation).offers or stale.of_another(ended, talk):
                continue  # it may be answered as long as it stands, and is not asked again
            if stale.same_matter(ended, talk) or self.over(talk):
                talks.end(self.unit, talk.id)
            else:
                rest.append(talk)
        return rest

    def for_another(self) -> bool:
        """The newest question here asks another person than who said SOY: a reply without a name may be to either."""
        newest = self.open_talks()[:1] if self.at.speaker_id and not self.named else []
        return any(talk.person_id not in (None, self.at.speaker_id) for talk in newest)

    def to_be_heard(self, asked: OpenTalk | None) -> None:
        """A human hears it as an answer to the question that is open, by whom that asks: on a phone of several people
        nobody is taken for another."""
        who = asked.person_id if asked else self.speaker.id if self.speaker else None
        people.hand_over(self.unit, self.at.id, who, "voice", talk_id=asked.id if asked else 0)
        if who is not None and len(self.people) > 1 and self.inbound_id is not None:
            spoken.belongs(self.unit, [self.inbound_id], who)

    def about_media(self, waiting: list[OpenTalk]) -> str:
        """What is said to a message that is no words."""
        kind = self.message.media.kind if self.message.media else "place" if self.message.location else ""
        if self.message.text.strip():
            return self.text(wordless.TOO_LONG)
        if kind == "voice" and self.people:
            self.to_be_heard(waiting[0] if waiting else None)
            return self.text(wordless.HEARD)
        if kind == "voice" and self.limits.breaks:  # before a yes nothing of it is kept, nor where it could be fetched
            talks.wipe(self.unit, self.message.sender, self.message.provider_id)
            return self.text(wordless.not_kept(waiting, staff.member(self.unit, self.at.id)))
        told = wordless.CHAT.get(kind, wordless.OTHER) if self.limits.breaks else wordless.LETTERS
        return self.text(told, phone=self.phone({}))

    def over(self, talk: OpenTalk) -> bool:
        """It asks for what nobody can answer any more: a late answer is heard, but it is not asked again."""
        return stale.over(self.unit, talk)

    def say_then_next(self, text: str, waiting: list[OpenTalk], person_id: int | None = None) -> None:
        """Say it, and repeat the next question that is still open, once: in one message where it fits."""
        waiting = [talk for talk in waiting if not self.over(talk)]
        if not waiting or self.at.opted_out_at:
            return self.put(text, person_id=person_id)
        talk, state = waiting[0], State.load(waiting[0].state)
        outcome = self.play(talk, state, None)
        if not outcome.open:  # nothing is left to ask
            talks.end(self.unit, talk.id)
            return self.put(text, person_id=person_id)
        self.keep(talk.id, talk.conversation, state, talk.person_id)
        asked = numbered(state.asked, listed(outcome.options), outcome.rows)
        again = self.text(_("Antes te pregunté: {question}"), question=asked)
        both = f"{text}\n{again}" if self.limits.breaks else f"{text} {again}"
        self.keeps = bool(text)
        options = self.buttons(talk.id, state.pending, outcome.options)
        return self.put_asked(both.strip(), (again, asked), options, talk.id, person_id)

    def _missed(self, talk: OpenTalk, state: State, outcome: Outcome) -> None:
        """Not understood: first in other words, then a human; what she wrote is kept for the team, after a yes."""
        if self._conversation(talk.conversation).act:  # of the team: there is nobody to hand over to
            return way_out.told(outcome, state, self.text(way_out.LEAVE))
        if self.people and not self._conversation(talk.conversation).unseen:
            said = self.message.text[:MAX_TEXT]
            people.pile(self.unit, self.at.id, talk.conversation, state.pending, said)
        if state.misses < 2:
            return
        people.hand_over(self.unit, self.at.id, talk.person_id, "not_understood")
        if state.misses == 2:
            told = _("Te escribe una persona del equipo hoy o mañana. También puedes llamar al {phone}.")
            if talk.conversation == "vote" and self.limits.breaks:  # a chat carries voice notes
                told = _("Te escribe una persona del equipo hoy o mañana. También puedes decirlo en un audio.")
            outcome.text, outcome.wordings = self.text(told, phone=self.phone(talk.args)), ()
        else:
            asked = numbered(state.asked, listed(outcome.options), outcome.rows)
            told = self.text(_("El equipo ya tiene tu mensaje."))
            again = self.text(_("Si quieres seguir: {question}"), question=asked)
            outcome.text, outcome.wordings = f"{told} {again}", (again, asked)

    def flooded(self) -> bool:
        """A machine seems to answer ours, too fast; what it hears again and again is not said once more."""
        loop = talks.in_a_loop(self.unit, self.at.id)
        self.often = loop.said
        if loop.flood:
            audit.record(self.unit, "loop_guard", subject=self.at.channel)
        return loop.flood

    # --- words out ---------------------------------------------------------------------------------------------------

    def phone(self, args: Mapping[str, Any]) -> str:
        """The organiser's telephone: of the lab talked about, else of the first lab there is."""
        lab = labs.lab(self.unit, str(args["lab"])) if args.get("lab") else None
        known = lab or next(iter(labs.spoken_of(self.unit)), None)
        return known.phone if known else ""

    def text(self, msgid: str, **args: object) -> str:
        """Words for this address, outside of a talk."""
        voice = self.voice({}, self.speaker.id if self.speaker else None)
        return self.parts.catalogues.text(voice, msgid, **args)

    def say(self, msgid: str, **args: object) -> None:
        """Reply with these words."""
        self.put(self.text(msgid, **args))

    def buttons(self, talk_id: int, question: str, options: tuple[Option, ...]) -> tuple[Option, ...]:
        """The options as buttons that know their question."""
        return tuple(replace(o, data=buttons.for_talk(talk_id, question, o.data)) for o in options)

    def put_asked(
        self,
        text: str,
        wordings: tuple[str, ...],
        options: tuple[Option, ...],
        talk_id: int,
        person_id: int | None,
        kind: queue.Kind = "reply",
    ) -> None:
        """Words and the question they end with, in one message; by SMS in two where that is the same price."""
        sms = wordings and self.limits.context == "sms"
        *before, last = apart.by_sms(text.removesuffix(wordings[0]).strip(), wordings) if sms else (text,)
        for one in before:
            self.put(one, person_id=person_id, kind=kind)
        self.put(last, options, talk_id, person_id, kind)

    def put(
        self,
        text: str,
        options: tuple[Option, ...] = (),
        talk_id: int | None = None,
        person_id: int | None = None,
        kind: queue.Kind = "reply",
    ) -> None:
        """One message into the outbox; no words, no message."""
        if not text:
            return
        closes, self.closing = self.closing, None
        media, self.enclosed = self.enclosed, None
        keeps, self.keeps = self.keeps, False
        below, self.shortcuts = () if options else self.shortcuts, ()
        if text in self.often:
            return audit.record(self.unit, "loop_guard", subject=self.at.channel)
        queue.put_reply(
            self.unit,
            sender_id=self.sender_id,
            address_id=self.at.id,
            person_id=person_id,
            reply=Reply(text=text, options=options, media=media, closes=closes, shortcuts=below, keeps=keeps).to_json(),
            talk_id=talk_id,
            kind=kind,
            forget=self.fleeting,
        )


def _photo(message: Message) -> str:
    return message.media.ref if message.media and message.media.kind == "photo" else ""


def _onward(state: State, talk_id: int) -> State:
    """A fresh state for what goes on from this talk."""
    return State(messages=list(state.messages), before=[*state.before, talk_id])
