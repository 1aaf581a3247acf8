"""One message in is one transaction: seen before? whose is it? which question does it answer? what is the reply?

Nothing is sent here: replies are rows of the outbox, in the same transaction as their effects.
"""

from __future__ import annotations

from dataclasses import replace

from bot import buttons, caring, failing, in_place, locks, payload, provider, router, twice, who_writes, words
from bot.countries import land_of
from bot.i18n import _
from bot.message import Message
from bot.roles import MAY
from bot.stage import MAX_TEXT, WHOSE_ANSWER, Parts
from bot.state import State
from bot.talk import Heard, play
from bot.upset import upset
from bot.who_writes import Phone
from storage import aliases, forgetting, people, spoken, staff, talks
from storage.store import Unit
from storage.talks import OpenTalk

__all__ = ["Parts", "apologise", "receive"]

# conversations and their commands
RIGHTS = ("erase", "data", "copy", "correct", "privacy", "wrong_number", "person", "danger")
COMMUNITY = "community"  # the question "which community?"
AFTER_LEAVING = ("again_in", "not_me", *RIGHTS)  # who left may come back, and keeps every right over what is stored
IN_A_LOOP = ("exit", *AFTER_LEAVING)  # a right is heard also where a machine seems to answer ours


def receive(unit: Unit, message: Message, parts: Parts) -> bool:
    """One message, in this transaction. False when it came before: then nothing happens at all."""
    message = payload.readable(message)
    sender_id = talks.sender_id(unit, message.sender)
    if sender_id is None:
        raise LookupError(f"no sender is called {message.sender!r}")
    inbound_id = talks.take(unit, sender_id, message.provider_id)
    if inbound_id is None:
        return False
    at = people.lock_address(unit, message.channel, message.address)
    people.heard_from(unit, at, message.address, sender_id, land_of(message.channel, message.address, at.country))
    if message.also:
        aliases.same_phone(unit, at, message.also, sender_id)
        at = people.address_by_id(unit, at.id)
    talks.fill_inbound(unit, inbound_id, at.id, payload.kept(message))
    Turn(unit, parts, message, at, sender_id, inbound_id).run()
    people.begun_anew(unit, at)
    return True


def apologise(unit: Unit, message: Message, parts: Parts, error_id: str) -> None:
    """A turn failed and was undone: note the message as failed and say sorry, once. The talk is kept."""
    message = payload.readable(message)
    sender_id = talks.sender_id(unit, message.sender)
    inbound_id = talks.take(unit, sender_id, message.provider_id) if sender_id is not None else None
    if sender_id is None or inbound_id is None:
        return
    at = people.lock_address(unit, message.channel, message.address)
    people.heard_from(unit, at, message.address, sender_id, land_of(message.channel, message.address, at.country))
    failing.note(unit, message, inbound_id, at.id, error_id)
    turn = Turn(unit, parts, message, at, sender_id, inbound_id)
    if not turn.flooded():
        turn.say(_("Perdón. Algo falló de nuestro lado y no se guardó tu mensaje. Escríbelo otra vez en un rato."))


class Turn(Phone):
    """The turn of one message at one address."""

    # --- which way it goes ---------------------------------------------------------------------------------------

    def run(self) -> None:
        """Read the message in the order of people.md 13."""
        if self.message.provider_answered:
            return provider.answered(self.unit, self.at.id, self.message.provider_answered, self.inbound_id)
        if self.message.private:
            return self._in_group()
        text = self._addressed(self.message.text.strip())
        command = words.command(text, self.parts.catalogues.words)
        if not (command and command.name in IN_A_LOOP) and self.flooded():
            return None
        if self._in_danger(text):
            return None
        if self.at.opted_out_at and not (command and command.name in AFTER_LEAVING):
            return self._left(text)
        if self.message.button:
            return self._tapped(self.message.button)
        if not text or len(text) > MAX_TEXT:
            return self._not_words()
        return self._words(text, command)

    def _in_danger(self, text: str) -> bool:
        """Words of danger, where specialists have given a list: before everything else, and not kept."""
        begin = caring.danger(self.unit, self.at.id, text)
        if begin is None:
            return False
        talks.wipe(self.unit, self.message.sender, self.message.provider_id)
        self.often = frozenset()  # it is said as often as she writes so
        self.begin(begin)
        return True

    def _angry(self, text: str, waiting: list[OpenTalk]) -> bool:
        """An insult where no words are asked for: in an idea or a name it is what she wants to say."""
        asked = State.load(waiting[0].state) if waiting else None
        if (asked and not asked.shown) or not upset(text):
            return False
        if waiting and self._conversation(waiting[0].conversation).unseen:
            spoken.keep_from_team(self.unit, self._this_message())
        self.begin(router.Begin("angry"))
        return True

    def _in_group(self) -> None:
        """Everybody reads along there: no answer but the way to the private chat."""
        if self.flooded():
            return None
        if self.message.private == "-":
            return self.say(_("Aquí nos lee todo el grupo. Escríbeme en privado."))
        brought = _("Aquí no guardo nada. Escríbeme en privado: {link}")
        asked = _("Aquí nos lee todo el grupo. Escríbeme en privado: {link}")
        return self.say(asked if self.message.text else brought, link=self.message.private)

    def _left(self, text: str) -> None:
        """Who has left hears how to come back, and nothing else; only a right that was begun goes on to its end."""
        begun = [talk for talk in self._in_reach() if talk.conversation in RIGHTS]
        if not begun and self.at.channel == "telegram":
            return self.say(_("Este usuario salió y no recibe mensajes. Para volver, escribe ALTA."))
        if not begun:
            return self.say(_("Este número salió y no recibe mensajes. Para volver, escribe ALTA."))
        if self.message.button:
            return self._tapped(self.message.button)
        self._answer(begun[0], Heard(text=text, inbound_id=self.inbound_id))
        return None

    def _words(self, text: str, command: words.Command | None) -> None:
        direct = router.direct(self.unit, text)
        if command and command.before_answer and not (direct and text.startswith("/")):
            return self._command(command, text)  # "/start" is a deep link, "start" comes back after leaving
        if direct:
            return None if self._names_community(text, direct) else self._begin_or_repeat(direct)
        if of_team := self._of_team(text):
            return self._begin_or_repeat(of_team)
        if (lock := locks.word(text)) and staff.member(self.unit, self.at.id):
            return self._unlock(lock, text)
        least = 1 if self.named else 2  # "LUIS 2" is Luis's choice where he has no question of his own
        waiting = self._waiting()
        if command and command.guess and waiting and self._takes_numbers(waiting[0]):
            command = None  # "voy con agua" is a choice there
        other = router.by_word(self.parts.registry, text, command)
        if other is None and not (waiting and self._takes_numbers(waiting[0])):
            other = router.choice(self.unit, self.at.id, text, least)
        if other and self._says_who(other, waiting, text):
            return None
        if waiting and self._older_than(waiting[0]):
            return self.say_then_next(self.text(_("Cambiaste un mensaje de antes. Para cambiar: ATRAS.")), waiting)
        heard = Heard(text=text, media=self._media(), inbound_id=self.inbound_id)
        if other is None and self.for_another():
            return self.say(WHOSE_ANSWER)
        if complaint := caring.accusation(self.unit, self.parts.registry, self.at.id, text, waiting, other):
            return self.begin(complaint)
        if other is None and self._angry(text, waiting):
            return None
        if other and router.gives_back(self.unit, text, command, waiting, self.people):
            return self.begin(other)
        if waiting and self._answer(waiting[0], heard, other=other):
            return None
        if other:
            return self.begin(other)
        return self._nothing_waits(text)

    def _unlock(self, word: str, text: str) -> None:
        """ENVIAR 5 goes to the question that asked for that word, or to none."""
        waiting, heard = self._waiting(), Heard(text=text, inbound_id=self.inbound_id)
        asked = next((talk for talk in waiting if State.load(talk.state).lock == word), None)
        if asked:
            self._answer(asked, heard)
        elif not self._said_again(heard):
            told = locks.NOTHING if waiting else locks.NOTHING_WAITS
            self.say_then_next(self.text(told, typed=" ".join(text.upper().split())), waiting)

    def _takes_numbers(self, talk: OpenTalk) -> bool:
        """It asks for a choice; what it offers afterwards ("shall I tell you?") takes one number, not several."""
        return talk.conversation == "vote" and talk.pending not in who_writes.WHO and not self._offered(talk)

    def _of_team(self, text: str) -> router.Begin | None:
        """A word of the team, from who has the role; from everybody else it is a word like any other."""
        begin = router.staff_word(self.parts.registry, text)
        greets = self.parts.registry.by_word.get(words.plain(text)) == "hello"
        if begin is None and greets and not self.open_talks():  # "Hola." may be her answer
            begin = router.Begin("staff.pending", {"greeted": True})
        if begin is None:
            return None
        may = MAY[self.parts.registry.by_name[begin.conversation].act]
        return begin if staff.labs_of(self.unit, self.at.id, may) else None

    def _names_community(self, text: str, direct: router.Begin) -> bool:
        """A lab's keyword may answer the question "which community?", of the team or of an idea."""
        waiting = [] if text.startswith("/") else self._in_reach()
        asked = waiting and (waiting[0].pending == COMMUNITY or self._conversation(waiting[0].conversation).act)
        if not asked:
            return False
        return self._answer(waiting[0], Heard(text=text, inbound_id=self.inbound_id), other=direct)

    def _older_than(self, talk: OpenTalk) -> bool:
        """An earlier message was changed, from before this question: it is no answer to it."""
        if not self.message.corrects:
            return False
        said_at = talks.received_at(self.unit, self.sender_id, self.message.corrects)
        return said_at is not None and said_at < talk.asked_at

    def _nothing_waits(self, text: str) -> None:
        """No question is open and no word was known."""
        if self._said_again(Heard(text=text)):
            return None
        if told := self.gone.get(words.plain(text)):
            return self.put(told)
        near = router.near(self.unit, text)
        if near:
            return self.begin(near)
        if not self.people and staff.labs_of(self.unit, self.at.id, MAY["pending"]):
            return self.say(_("No tengo una pregunta pendiente. Lo que espera: PENDIENTES."))
        if not self.people:
            return self.begin(router.Begin("hello", {"typed": text[:60]}))
        if len(text.split()) > 1:  # it may say something that a human should read
            people.pile(self.unit, self.at.id, "", "", text)
        return self.begin(router.Begin("menu", {"lost": True}))

    # --- words in any state ----------------------------------------------------------------------------------------

    def _command(self, command: words.Command, text: str) -> None:
        waiting = self._waiting()
        if command.name == "back":
            return self._back(waiting)
        if command.name == "repeat":
            return self._repeat(waiting)
        name = self.parts.registry.by_command.get(command.name)
        if name is None:
            raise LookupError(f"no conversation answers the command {command.name!r}")
        begin = router.Begin(name, {"word": command.arg} if command.arg else {})
        if self._says_who(begin, waiting, text):
            return None
        if waiting and waiting[0].conversation == name and not command.arg:
            # BORRAR confirms the erasure that BORRAR began: the word is an answer to its own question. One that is none
            # (MENU, MENU) is no mistake either: the question is simply said again.
            heard = Heard(text=text, inbound_id=self.inbound_id)
            return None if self._answer(waiting[0], heard, other=begin) else self._repeat(waiting)
        return self.begin(begin)

    def _back(self, waiting: list[OpenTalk]) -> None:
        if not waiting:
            return self._nothing_waits("")
        state = State.load(waiting[0].state)
        went = state.back()
        state.unsure, state.misses = None, 0
        lead = _("Volvemos.") if went else _("Estás en la primera pregunta.")
        return self.resume(waiting[0], state, None, lead=self.text(lead))

    def _repeat(self, waiting: list[OpenTalk]) -> None:
        if not waiting:
            return self._nothing_waits("")
        return self.resume(waiting[0], State.load(waiting[0].state), None)

    # --- open questions ---------------------------------------------------------------------------------------------

    def _says_who(self, begin: router.Begin, waiting: list[OpenTalk], text: str) -> bool:
        """'LUIS DATOS' answers the "who writes?" of DATOS; with other words behind it that question is over."""
        talk = who_writes.asked_of(waiting, begin) if self.named else None
        if talk is None or self.speaker is None:
            return False
        if begin.args.items() <= talk.args.items():
            heard = Heard(text=text, inbound_id=self.inbound_id)
            return self._answer(replace(talk, person_id=self.speaker.id), heard)
        talks.end(self.unit, talk.id)
        return False

    def _tapped(self, data: str) -> None:
        """A button goes to its own talk; an old one never answers a new question."""
        button = buttons.unpack(data)
        waiting = self._waiting()
        mine = next((t for t in waiting if button and self._asked_by(t, button)), None)
        if mine is not None and button is not None and in_place.answers(mine.pending, button.question):
            heard = Heard(question=mine.pending, value=button.value, inbound_id=self.inbound_id)
            self._answer(mine, heard)
        elif button is not None and self._tapped_again(button):
            return None
        elif told := self.gone.get(data):
            self.put(told)
        elif button is not None and (over := router.over(self.unit, self.at.id, button)):
            self.begin(over)
        else:
            self.say_then_next(self.text(_("Esa pregunta ya cerró.")), waiting)

    @staticmethod
    def _asked_by(talk: OpenTalk, button: buttons.Button) -> bool:
        return talk.id == button.id if button.asker == "t" else talk.args.get("broadcast") == button.id

    def _answer(self, talk: OpenTalk, heard: Heard, other: router.Begin | None = None) -> bool:
        """Give the reply to this talk. False when it was no sure answer, and a word that begins something else."""
        talk = self._taken(talk, other)
        state = State.load(talk.state)
        outcome = self.play(talk, state, heard)
        if other is not None and (outcome.missed or state.unsure is not None):
            return False  # "ELEGIR 4" is no near miss of the menu's "Elegir"
        if outcome.missed and self._offered(talk) and self._said_again(heard):
            return True
        if self.limits.edits:
            self.closing = in_place.closing(self.unit, talk, state, outcome, heard)
        self.settle(talk, state, outcome, heard)
        return True

    def _offered(self, talk: OpenTalk) -> bool:
        """Nobody needs to answer this question."""
        return talk.pending in self._conversation(talk.conversation).offers

    def _begin_or_repeat(self, begin: router.Begin) -> None:
        """A keyword typed again in the middle of its own conversation only repeats the question; a word of the team
        about something else leaves no older question of its own behind."""
        same = [t for t in self._in_reach() if t.conversation == begin.conversation]
        for talk in same:
            passing = self._conversation(talk.conversation).passing  # it says what began it: an unknown poster
            if begin.args == talk.args or (not passing and begin.args.items() <= talk.args.items()):
                return self.resume(self._taken(talk), State.load(talk.state), None)
        for talk in same if self._conversation(begin.conversation).act else ():
            talks.end(self.unit, talk.id)
        return self.begin(begin)

    def _tapped_again(self, button: buttons.Button) -> bool:
        last = self.at.last_reply
        heard = Heard(question=button.question, value=button.value)
        return last is not None and twice.asked_by(last, button) and self._said_again(heard)

    def _said_again(self, heard: Heard) -> bool:
        """A reply that means what was answered within ten minutes hears that it counted, and changes nothing."""
        last, when = self.at.last_reply, self.at.last_reply_at
        if not (heard.text or heard.question) or not last or not when or not forgetting.just_now(self.unit, when):
            return False
        found = self.parts.registry.by_name.get(last["conversation"])
        if self.speaker and last["person"] not in (None, self.speaker.id):  # MARIA 1 is not what LUIS 1 was
            return False
        if found is None or not twice.same(found, self.scene(0, found.name, last["args"], last["person"]), last, heard):
            return False
        if found.unseen:
            spoken.keep_from_team(self.unit, self._this_message())
        if found.again is None:
            self.say(_("Ya recibí esa respuesta. No hace falta escribir otra vez."))
            return True
        args = {**last["args"], "answered": last.get("question", "")}
        scene = self.scene(0, found.name, args, last["person"])
        outcome = play(found.again, scene, State())
        self.put(outcome.text, person_id=last["person"])
        return True

    def _not_words(self) -> None:
        """A voice note, a picture, a place, an empty or an endless message: each gets a humane answer."""
        waiting = self._waiting()
        if waiting and self._media() and waiting[0].pending in self._conversation(waiting[0].conversation).sees:
            self._answer(waiting[0], Heard(media=self._media(), inbound_id=self.inbound_id))
            return None
        return self.say_then_next(self.about_media(waiting), waiting)

    def _media(self) -> str:
        """What came besides words, as far as a question may take it."""
        if self.message.location:
            return "place"
        kind = self.message.media.kind if self.message.media else ""
        return kind if kind in ("voice", "photo") else ""
