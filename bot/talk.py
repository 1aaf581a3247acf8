"""A conversation is a plain function, run again from the top at every message with the answers kept by name.

The whole rule: answering a question clears what was said before it; what is left when the function stops is the
reply. No position is stored, so a deploy in mid-conversation is harmless: an answer that no longer holds is
forgotten and asked again, a new question is simply asked next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from bot import buttons, kinds
from bot.errors import Cannot, ConvocaError, Invalid, Unsure
from bot.i18n import Catalogues, Voice
from bot.kinds import NOT_UNDERSTOOD, READ_AS_YES, READ_OTHERWISE, Hearing, Kind, Seeing, Tapping, YesNo
from bot.message import Limits, Media, Option, Shortcut, listed
from bot.prices import NONE, Prices
from bot.state import State

if TYPE_CHECKING:
    from storage.store import Unit

T = TypeVar("T")
MAX_ASKS = 60  # a loop without end would grow the row for ever (style.md 6)
STAFF = "staff."  # how the names of the team's conversations begin
AGAIN = "again"  # beside a near miss: the question itself was put again, and read so twice it is the answer
LONG = 110  # letters before a question from which it stands on a line of its own in a chat


class Waiting(BaseException):
    """A question has no answer yet: the turn ends here. Not an Exception, so that `except Exception` lets it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a person answered with: words, or a button with its question and value."""

    text: str = ""
    question: str = ""  # of a button
    value: str = ""  # of a button
    media: str = ""  # 'voice', 'photo', 'place': what came, with or without words
    inbound_id: int | None = None
    agreed: bool = False  # words that a human heard in a voice note, and she has said that they are hers


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a talk takes place: whose address, which channel, how to word it, who speaks."""

    db: Unit
    catalogues: Catalogues
    voice: Voice
    limits: Limits
    channel: str
    address_id: int
    talk_id: int
    person_id: int | None = None
    named: bool = False  # on a shared phone: the message itself says who writes (LUIS 1)
    profile: str = ""
    provider: tuple[str, str] = ("", "")  # (sender name, provider id) of the message being answered
    sent_at: datetime | None = None  # the provider's date of that message, aware
    ref: str = ""  # the provider's handle of the photo in it
    args: Mapping[str, Any] = field(default_factory=dict)
    prices: Prices = NONE  # what sending costs


@dataclass(slots=True)
class Outcome:
    """What one turn of a talk came to."""

    text: str
    options: tuple[Option, ...]
    open: bool  # a question waits
    missed: bool = False  # the reply did not answer
    forget: bool = False  # she said no: wipe
    person_id: int | None = None
    next: tuple[str, Mapping[str, Any]] | None = None  # another conversation goes on from here
    words: tuple[int, str] | None = None  # a talk, and the words that it now hears as if she had written them
    rows: bool = False  # the options stand one under the other
    media: Media | None = None  # what goes along with it
    shortcuts: tuple[Shortcut, ...] = ()  # words as buttons below it, where nothing is asked
    wordings: tuple[str, ...] = ()  # the question that `text` ends with, in the ways an SMS may put it


class Talk:
    """One turn of a conversation: what the function may ask, say, do and look up."""

    def __init__(self, scene: Scene, state: State, heard: Heard | None) -> None:
        self.scene, self.state = scene, state
        self.args, self.channel, self.profile = scene.args, scene.channel, scene.profile
        self.address_id, self.person_id = scene.address_id, scene.person_id
        self.provider, self.sent_at = scene.provider, scene.sent_at
        self.voice = scene.voice
        self.out: list[str] = []
        self.enclosed: Media | None = None  # goes along with what is said or asked next
        self.missed = self.forgotten = False
        self.wordings: tuple[str, ...] = ()
        self._heard = heard
        self._inbound_id = heard.inbound_id if heard else None
        self._next: tuple[str, Mapping[str, Any]] | None = None
        self._words: tuple[int, str] | None = None
        self._names: set[str] = set()
        self._rows = False
        self._unlisted: frozenset[str] = frozenset()  # values that are a button alone
        self._below: tuple[str, ...] = ()

    @property
    def db(self) -> Unit:
        """This turn's transaction; only for use inside `once` and `look`."""
        return self.scene.db

    @property
    def lang(self) -> str:
        """The language this person reads."""
        return self.voice.lang

    def text(self, msgid: str, /, **args: object) -> str:
        """The words for this person and channel."""
        return self.scene.catalogues.text(self.voice, msgid, **args)

    def say(self, msgid: str, /, **args: object) -> None:
        """Add a line to the reply."""
        self.out.append(self.text(msgid, **args))

    def ask(
        self,
        name: str,
        question: str,
        kind: Kind[T],
        /,
        *,
        before: str = "",
        again: str = "",
        explain: str = "",
        other: str = "",
        evidence: bool = False,
        **args: object,
    ) -> T:
        """The answer to this question: the kept one if it still holds, else ask and wait.

        question, again, explain, other: msgids, filled by args. `again` replaces the question after a wrong number,
        `explain` stands before it after words that were not understood, `other` replaces the whole message then.
        before: text that stands before the question. evidence: keep what was shown and who answered (consents).
        """
        self._first(name)
        state = self.state
        heard, problem = self._heard, None
        if heard is not None and state.pending == name:
            self._heard = None
            problem = self._read(name, kind, heard)
        if name in state.answers and kind.holds(state.answers[name]):
            self.out.clear()
            self.enclosed = None
            return state.answers[name]  # type: ignore[no-any-return]
        state.answers.pop(name, None)
        asked = self.text(question, **args)
        later = self.text(again, **args) if again else asked
        if problem is None:
            self._put(name, kind, asked, before, later)
        else:
            self._put_again(name, kind, asked, problem, later=later, explain=explain, other=other, args=args)
        if evidence and name not in state.evidence:  # asked again, what was read first stands
            state.evidence[name] = {"text": " ".join(self.out), "lang": self.lang}
        raise Waiting

    def fill(self, fields: Mapping[str, tuple[str, Kind[Any]]]) -> dict[str, Any]:
        """A form: each question in order, the answers by name."""
        return {name: self.ask(name, question, kind) for name, (question, kind) in fields.items()}

    def once(self, name: str, work: Callable[[], T]) -> T:
        """Do it in this turn's transaction, the first time only; afterwards give back what it gave (JSON)."""
        if name not in self.state.done:
            self.state.done[name] = work()
            self.state.fence = len(self.state.trail)
        return self.state.done[name]  # type: ignore[no-any-return]

    def anew(self, name: str, work: Callable[[], T], after: str) -> T:
        """As `once`, but ATRAS still reaches the question `after`; answered again, the work is done again.

        It finds in `state.done[name]` what it gave before, and changes that.
        """
        state, mark = self.state, f"d:{name}"
        if mark not in state.trail:
            state.done[name] = work()
            state.trail.append(mark)
            state.fence = state.trail.index(f"a:{after}")
        return state.done[name]  # type: ignore[no-any-return]

    def look(self, name: str, work: Callable[[], T]) -> T:
        """Read something from the world and remember it (JSON), so that the replay takes the same course."""
        if name not in self.state.looks:
            self.state.looks[name] = work()
            self.state.trail.append(f"l:{name}")
        return self.state.looks[name]  # type: ignore[no-any-return]

    def below(self, *words: str) -> None:
        """These of `buttons.SHORTCUTS` stand as buttons below what is said at the end, where the channel has them."""
        self._below = words if self.scene.limits.shortcuts else ()

    def forget(self, msgid: str, /, **args: object) -> None:
        """Say it, and have everything of this talk and its address wiped once it has left."""
        self.out.clear()
        self.say(msgid, **args)
        self.forgotten = True

    def go(self, conversation: str, **args: Any) -> None:
        """Go on in another conversation: this one is over, its words are not said."""
        self._next = (conversation, args)

    def write(self, talk_id: int, words: str) -> None:
        """Have this talk hear these words as if the person wrote them now; if it is over, they are an idea."""
        self._words = (talk_id, words)

    def answered(self, name: str) -> dict[str, Any]:
        """Evidence of an answer: the text that was shown, the message that answered, its time."""
        return dict(self.state.evidence[name])

    # --- how a question is read and put -------------------------------------------------------------------------

    def _first(self, name: str) -> None:
        if name in self._names:
            raise ValueError(f"question {name!r} is asked twice in one conversation")
        if len(self._names) >= MAX_ASKS:
            raise ConvocaError(f"more than {MAX_ASKS} questions in one talk")
        self._names.add(name)

    def _read(self, name: str, kind: Kind[Any], heard: Heard) -> Invalid | Unsure | None:
        try:
            value = self._value(kind, heard)
        except (Invalid, Unsure) as problem:
            self.missed = isinstance(problem, Invalid) and not isinstance(problem, Cannot)
            self.state.misses += self.missed
            return problem
        self._keep(name, value, heard)
        return None

    def _value(self, kind: Kind[Any], heard: Heard) -> Any:
        """What the reply means, where words that were only near have been asked back."""
        near, self.state.unsure = self.state.unsure, None
        if near is None or (isinstance(kind, Tapping) and heard.question and heard.value not in dict(self.state.shown)):
            return self._meant(kind, heard)  # words, or a button of the message above "is it so?"
        if AGAIN in near[1:]:
            try:
                return self._meant(kind, heard)
            except Unsure as problem:
                if problem.value != near[0]:
                    raise
        elif self._meant(YesNo(), heard) is not True:
            raise Invalid("")  # not what she meant: the question is simply asked again
        return near[0]

    def _meant(self, reader: Kind[Any], heard: Heard) -> Any:
        """What the reply means to this kind. A button is read like the number it repeats."""
        shown = self.state.shown
        if heard.media and isinstance(reader, Seeing):
            return reader.seen(heard.media, heard.text)
        if heard.agreed and isinstance(reader, Hearing):
            return reader.agreed(heard.text)
        return kinds.by_button(reader, heard.value, shown) if heard.question else reader.parse(heard.text, shown)

    def _keep(self, name: str, value: Any, heard: Heard) -> None:
        state = self.state
        state.answers[name] = value
        state.trail.append(f"a:{name}")
        state.pending, state.misses, state.unsure = "", 0, None
        if name in state.evidence:
            state.evidence[name] |= {"inbound_id": heard.inbound_id, "at": self.scene.db.now.isoformat()}

    def _put(self, name: str, kind: Kind[Any], asked: str, before: str = "", later: str = "") -> None:
        state = self.state
        state.pending, state.asked, state.unsure, state.free = name, later or asked, None, kinds.free(kind)
        state.shown, state.lock = [(key, self.text(label)) for key, label in kind.options()], getattr(kind, "lock", "")
        self._rows, self._unlisted = getattr(kind, "rows", False), getattr(kind, "unlisted", frozenset())
        self.wordings = (self._question(asked),)
        self.out = [self._join([*self.out, before, *self.wordings])]

    def _put_again(
        self,
        name: str,
        kind: Kind[Any],
        asked: str,
        problem: Invalid | Unsure,
        *,
        later: str,
        explain: str,
        other: str,
        args: Mapping[str, object],
    ) -> None:
        """The same question after a reply that did not answer it; what stood before it is not said twice."""
        self.out.clear()
        if isinstance(problem, Unsure):
            return self._put_unsure(name, kind, problem, later)
        lead = self.text(problem.text, **problem.fill) if problem.text else ""
        words = problem.text in ("", NOT_UNDERSTOOD)
        if "?" in lead or (words and other):  # it asks by itself
            self._put(name, kind, later)
            self.out, self.wordings = [self.text(other, **args) if words else lead], ()
        elif words and explain:
            self._put(name, kind, asked, self.text(explain, **args), later)
        else:
            self._put(name, kind, later, before=lead)
        return None

    def _put_unsure(self, name: str, kind: Kind[Any], problem: Unsure, later: str) -> None:
        state = self.state
        if not problem.question:
            lead = READ_AS_YES if problem.value in (True, "yes") else READ_OTHERWISE
            self._put(name, kind, later, before=self.text(lead))
            state.unsure = [problem.value, AGAIN]
            return
        state.pending, state.unsure = name, [problem.value]
        state.asked = self.text(problem.question, label=problem.label)
        state.shown = [(key, self.text(label)) for key, label in YesNo().options()]
        self.out = [self._question(state.asked)]

    def _question(self, asked: str) -> str:
        return kinds.numbered(asked, listed(self.options()), self._rows and self.scene.limits.breaks)

    def options(self) -> tuple[Option, ...]:
        """Those of the open question, by the numbers of the text."""
        rows = enumerate(self.state.shown, 1)
        return tuple(Option(0 if key in self._unlisted else n, label, key) for n, (key, label) in rows)

    def _join(self, parts: Sequence[str]) -> str:
        """What was said, then the question: on a line of its own in a chat when much was said, or in several lines."""
        *said, question = [p for p in parts if p]
        before = " ".join(said)
        if not before:
            return question
        apart = self.scene.limits.breaks and (len(before) > LONG or "\n" in before)
        return before + ("\n" if apart else " ") + question


def play(function: Callable[[Talk], None], scene: Scene, state: State, heard: Heard | None = None) -> Outcome:
    """Run the conversation with this reply (None: only say again what waits). Changes `state`."""
    talk = Talk(scene, state, heard)
    try:
        function(talk)
    except Waiting:
        said, rows = " ".join(talk.out), talk._rows and scene.limits.breaks
        put: dict[str, Any] = {"rows": rows, "media": talk.enclosed, "wordings": talk.wordings}
        return Outcome(said, talk.options(), True, talk.missed, person_id=talk.person_id, **put)
    state.pending = ""
    said, who = " ".join(talk.out), talk.person_id
    below = tuple(buttons.shortcut(word, talk.text) for word in talk._below)
    more: dict[str, Any] = {"next": talk._next, "words": talk._words, "media": talk.enclosed, "shortcuts": below}
    return Outcome(said, (), False, forget=talk.forgotten, person_id=who, **more)


# --- what a conversation is called by ----------------------------------------------------------------------------

Function = Callable[[Talk], None]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One ability: its name, the words that begin it, and what is said when the last answer comes twice."""

    name: str
    words: tuple[str, ...]
    function: Function
    command: str = ""  # of bot/words.py, in any language: 'help', 'exit', 'choose'
    passing: bool = False  # its open question does not outlive the beginning of another conversation
    again: Function | None = None
    offers: tuple[str, ...] = ()  # questions that nobody needs to answer: not repeated after another one
    act: str = ""  # of bot/roles.py: only who may do this reaches it; for everybody else its words mean nothing
    numbers: bool = False  # what its word is followed by may be a number alone
    sees: tuple[str, ...] = ()  # questions that a voice note, a picture or a place answers
    alone: bool = False  # nothing else is asked behind its end
    unseen: bool = False  # what is said in it is read by nobody of the team: a choice, a personal code

    def __call__(self, talk: Talk) -> None:
        self.function(talk)


def conversation(
    *words: str,
    command: str = "",
    again: Function | None = None,
    passing: bool = False,
    offers: tuple[str, ...] = (),
    act: str = "",
    numbers: bool = False,
    sees: tuple[str, ...] = (),
    alone: bool = False,
    unseen: bool = False,
) -> Callable[[Function], Conversation]:
    """Declare a conversation: its file registers it under the function's name; with an `act`, 'staff.<name>'."""

    def declared(function: Function) -> Conversation:
        name = STAFF + function.__name__ if act else function.__name__
        return Conversation(name, words, function, command, passing, again, offers, act, numbers, sees, alone, unseen)

    return declared
