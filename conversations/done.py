""" "Was it done?": one tap is the answer, saved at once; then words, if one wants (conversations.md 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.errors import Invalid
from bot.i18n import Label, When, _
from bot.kinds import NOT_UNDERSTOOD, Choice, YesNo
from bot.ladder import Shown, number
from bot.promised import DONE, DONE_QUESTION, NEUTRAL_QUESTION, READ, Telling, asked, noon
from bot.results import capital
from bot.spoken import said
from bot.talk import Talk, conversation
from bot.words import command, plain
from conversations.attend import name_of
from conversations.casting import is_shared, said_who
from conversations.fear import FEAR, Careful, afraid, let_be
from conversations.household import speaker
from conversations.objection import Words, hand_over
from conversations.permission import permitted
from conversations.places import halted, the_lab
from conversations.promise_news import about_topic
from storage import followups, people, promise_rules, promises, talks

AGAIN = timedelta(days=28)
WORDS = 500
ASKING = ("was_it_done", "unasked")  # conversations
CHANGES = 9  # answers that one talk takes, each in place of the one before
NOTED = {
    "yes": _("Anotado: sí. Ya cuenta."),
    "partly": _("Anotado: en parte. Ya cuenta."),
    "no": _("Anotado: no. Ya cuenta."),
}
LATE = {"yes": _("sí"), "partly": _("en parte"), "no": _("no"), "unknown": _("no sabes")}
OTHER_OFFICE = re.compile(r"\b(?:no (?:lo|la|le|les) (?:hace|toca)|le toca a otr[ao]|no es de (?:esa|la) oficina)\b")
COMING = re.compile(  # about a meeting (people.md 13), whatever is asked
    r"(?:si )?voy|(?:ya )?no (?:voy|puedo|podre)\b.*|anular"
    r"|(?:i am |i m )?not going\b.*|(?:i )?(?:can not|can t|cannot)(?: go)?"
)
WHICH = re.compile(r"(?:de )?(?:cual|que cosa|what|which)\b.*")
_BESIDE = {str(n): answer for n, answer in enumerate(DONE.labels, 1) if n > len(YesNo().options())}


def _nth(n: int) -> str:
    """How the name of a question, or of what is kept once, ends after the nth answer."""
    return "" if n == 1 else f".{n}"


# Asked after an answer that counts already: nobody needs to say more.
MORE = tuple(question + _nth(n) for question in ("first", "words", "again") for n in range(1, CHANGES + 1))


@dataclass(frozen=True)
class First:
    """A yes or a no; a number that is none here, and was one of the question before: another answer to that."""

    def options(self) -> list[tuple[str, str]]:
        """1 yes, 2 no."""
        return YesNo().options()

    def parse(self, reply: str, shown: Shown) -> bool | str:
        """true, false, or '3' and '4'. Raises Invalid and Unsure as YesNo does."""
        typed = str(number(reply))
        return typed if typed in _BESIDE else YesNo().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """true or false, or one of those numbers."""
        return isinstance(value, bool) or (isinstance(value, str) and value in _BESIDE)


@dataclass(frozen=True)
class Answer(Careful):
    """Yes, in part, no, don't know; or words that need something else: FEAR, 'office'. which: what this is about."""

    which: str = ""

    def parse(self, reply: str, shown: Shown) -> str:
        """Raises Invalid: two answers, or 'which one is this?'; Unsure for words that are near one."""
        said = plain(reply)
        if afraid(said):
            return FEAR
        if OTHER_OFFICE.search(said):
            return "office"
        if COMING.fullmatch(said):
            raise Invalid(NOT_UNDERSTOOD)
        if WHICH.fullmatch(said):
            raise Invalid("{which}", which=self.which)
        numbers = {n for n in map(number, said.split()) if n is not None}
        if len(numbers) > 1:
            raise Invalid(_("Solo una."))
        return super().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """One of the answers, or what needs something else."""
        return value == "office" or super().holds(value)


@conversation(offers=MORE)
def was_it_done(talk: Talk) -> None:
    """The question that was sent; on a shared phone it is asked for first, and then who answers."""
    about = talk.look(f"about.{talk.lang}", lambda: _about(talk, int(talk.args["commitment"])))
    if halted(talk, _lab_of(talk, about)):
        return None
    shared = talk.look("on shared phone", lambda: is_shared(talk))
    if shared and "broadcast" in talk.args:
        talk.ask("see", NEUTRAL_QUESTION, READ, lab=about["lab"])
    said = _asked(talk, about, about["known"])
    if shared and not talk.look("said who", lambda: said_who(talk)):
        talk.person_id = None
    return _answered(talk, about, said)


@conversation(command="done", offers=MORE)
def unasked(talk: Talk) -> None:
    """SE CUMPLIO: anybody of the community says how it stands, and changes it; 'SE CUMPLIO AGUA no, se dañó'."""
    lab = the_lab(talk)
    if halted(talk, lab.id):
        return None
    person_id = permitted(talk, lab)
    if person_id is None:
        return None
    if talk.args.get("answer"):
        return _tapped(talk, person_id)
    # Of another shape than "promises", which a question still has that an older version asked.
    known = talk.look(f"promises.{talk.lang}", lambda: _promises(talk, lab.id))
    if not known:
        return talk.say(_("Todavía no hay un compromiso en {lab}. Te aviso cuando lo haya."), lab=lab.name)
    typed = _typed(str(talk.args.get("word", "")), known)
    about_id = typed["id"] or _which(talk, known)
    if about_id is None:
        return talk.go("person")
    about = talk.look(f"about.{talk.lang}", lambda: _about(talk, about_id))
    before = talk.look("said before", lambda: followups.standing(talk.db, about_id, person_id))
    if typed["answer"]:
        return _answered(talk, about, typed["answer"], typed["words"])
    if before:
        change = talk.ask("change", _("¿Lo cambias?"), _kind(about), before=_said_before(talk, before))
        return _answered(talk, about, change)
    return _answered(talk, about, _asked(talk, about, about["known"]))


def _tapped(talk: Talk, person_id: int) -> None:
    """A button below the question that was answered before: what it says stands from now on."""
    about = talk.look(f"about.{talk.lang}", lambda: _about(talk, int(talk.args["commitment"])))
    said = str(talk.args["answer"])
    if talk.look("said before", lambda: followups.standing(talk.db, about["id"], person_id)) == said:
        return talk.say(_("Ya recibí esa respuesta. No hace falta escribir otra vez."))
    # The reply before this one counts no more: to say it again is another answer.
    talk.once("replaced", lambda: people.keep_last_reply(talk.db, talk.address_id, None))
    return _answered(talk, about, said)


def _kind(about: dict[str, Any]) -> Answer:
    return Answer(DONE.labels, DONE.synonyms, which=about["which"])


def _asked(talk: Talk, about: dict[str, Any], before: str) -> str:
    return talk.ask(
        "done",
        DONE_QUESTION,
        _kind(about),
        before=before,
        again=_("¿Se cumplió lo de {title}?"),
        explain=_("Gracias."),
        title=about["title"],
    )


def _said_before(talk: Talk, before: str) -> str:
    return talk.text(_("Dijiste: {fate}."), fate=Label(LATE[before]))


def _about(talk: Talk, commitment_id: int) -> dict[str, Any]:
    """What is asked about, in the words of this person, as JSON."""
    promise = promises.the(talk.db, commitment_id)
    telling = Telling(talk.scene.catalogues, talk.voice, asked(talk.db, promise))
    closed = promise.status == "done_neighbours"
    which = _("{entity} prometió: {promise}. Es en {lab}.")
    return {
        "id": promise.id,
        "lab": promise.place,
        "title": said(promise, "short_title").in_(talk.lang),
        "problem": promise.problem_id,
        "known": telling.known(),
        "which": telling.text(which),
        "closed": promise.status_at.isoformat() if closed else "",
        "tz": promise.tz,
    }


def _lab_of(talk: Talk, about: dict[str, Any]) -> int:
    return talk.look("lab of it", lambda: promises.the(talk.db, about["id"]).lab_id)


# --- the answer ---------------------------------------------------------------------------------------------------


def _answered(talk: Talk, about: dict[str, Any], said: str, words: str = "", n: int = 1) -> None:
    """Keep it at once; then ask for words, or whatever the answer needs. n: her nth answer in this talk."""
    if let_be(talk, said) or let_be(talk, words):
        return None
    if halted(talk, _lab_of(talk, about), f" at {n}"):
        return None
    if said == "office":
        return _other_office(talk, about)
    person_id = talk.person_id if talk.person_id is not None else speaker(talk)
    if person_id is None:
        return talk.go("hello")
    kept = talk.once(f"answered{_nth(n)}", lambda: _keep(talk, about, person_id, said, words)) | {"n": n}
    if said == "unknown":
        return talk.say(_("Anotado: no sabes. Gracias, {name}. No te pregunto más de este tema."), name=kept["name"])
    if about["closed"] and said == "no":
        return _reopens(talk, about)
    if kept["counted_at"] and not words:
        late = When(datetime.fromisoformat(kept["counted_at"]), about["tz"], "day")
        return talk.say(
            _("Anotado: {fate}. Llegó después de contar el {day}. Lo sumamos y actualizamos la página."),
            fate=Label(LATE[said]),
            day=late,
        )
    if words:
        return talk.say(_("{noted} Gracias. Lo lee el equipo, sin tu nombre."), noted=Label(NOTED[said]))
    return _first_time(talk, about, kept) if said == "yes" else _more(talk, about, kept, said)


def _instead(talk: Talk, about: dict[str, Any], said: str, n: int) -> None:
    """Another answer, where something else was asked after the nth."""
    return _answered(talk, about, said, n=n + 1) if n < CHANGES else talk.go("unasked")


def _keep(talk: Talk, about: dict[str, Any], person_id: int, said: str, words: str) -> dict[str, Any]:
    _ask_no_more(talk, person_id)
    kept = followups.answer(talk.db, about["id"], person_id, said)
    if words:
        followups.add(talk.db, kept.id, text=words)
    if said == "unknown":
        promises.mute(talk.db, person_id, about["problem"], "questions")
    late = kept.counted_at is not None and kept.asked
    return {
        "id": kept.id,
        "counted_at": kept.counted_at.isoformat() if late and kept.counted_at else "",
        "name": name_of(talk, person_id),
        "knows": followups.knows_if_first(talk.db, person_id),
    }


def _ask_no_more(talk: Talk, person_id: int) -> None:
    """What still waits after an earlier answer of hers is over: it would take what she says after this one."""
    for one in talks.open_talks(talk.db, talk.address_id):
        hers = one.person_id == person_id and one.id != talk.scene.talk_id
        if hers and one.conversation in ASKING and one.pending in (*MORE, "office"):
            talks.end(talk.db, one.id)


def _reopens(talk: Talk, about: dict[str, Any]) -> None:
    closed = When(datetime.fromisoformat(about["closed"]), about["tz"], "day")
    return talk.say(
        _(
            "Anotado: no. El tema estaba cerrado desde el {day}."
            " Si {number} personas dicen lo mismo, o lo ve el comité, se abre otra vez. Te aviso."
        ),
        day=closed,
        number=promise_rules.REOPENERS,
    )


def _first_time(talk: Talk, about: dict[str, Any], kept: dict[str, Any]) -> None:
    """Asked once a person."""
    n = kept["n"]
    if kept["knows"]:
        return talk.say(_("{noted} Gracias."), noted=Label(NOTED["yes"]))
    asked = _("¿Es la primera vez que participas en algo así?")
    first = talk.ask(f"first{_nth(n)}", asked, First(), before=talk.text(NOTED["yes"]))
    if isinstance(first, str):
        return _instead(talk, about, _BESIDE[first], n)
    talk.once(f"first kept{_nth(n)}", lambda: followups.add(talk.db, kept["id"], first_time=first))
    return talk.say(_("Gracias. Así sabemos a quién le llega esto."))


def _more(talk: Talk, about: dict[str, Any], kept: dict[str, Any], said: str) -> None:
    """Words, if one wants; and whether to ask again."""
    question = _("¿Qué falta? Escríbelo, o 0 para terminar") if said == "partly" else _NO
    n, kind = kept["n"], Words(max=WORDS, answers=tuple(DONE.labels), given=said)
    words = talk.ask(f"words{_nth(n)}", question, kind, before=talk.text(NOTED[said]))
    if not words:
        return talk.say(_("Listo. Gracias."))
    if let_be(talk, words):
        return None
    if other := kind.instead(words):
        return _instead(talk, about, other, n)
    if meant := _begins(talk, words):
        return talk.go(meant)
    talk.once(f"words kept{_nth(n)}", lambda: followups.add(talk.db, kept["id"], text=words))
    return _once_more(talk, about, kept)


def _begins(talk: Talk, words: str) -> str:
    """The conversation that SE CUMPLIO or NO VOY alone means, in any language; '' for words about what is promised."""
    said = command(words, talk.scene.catalogues.words)
    return "" if said is None or said.arg else {"done": "unasked", "not_coming": "not_coming"}.get(said.name, "")


def _once_more(talk: Talk, about: dict[str, Any], kept: dict[str, Any]) -> None:
    again = talk.ask(
        f"again{_nth(kept['n'])}",
        _("¿Te pregunto otra vez en 4 semanas?"),
        YesNo(),
        before=talk.text(READ_BY),
    )
    if not again:
        return talk.say(_("Está bien. Gracias."))
    at = talk.once(f"again kept{_nth(kept['n'])}", lambda: _again(talk, about, kept))
    return talk.say(_("Listo. Te pregunto el {day}."), day=When(datetime.fromisoformat(at), about["tz"], "day"))


# Nothing is published unread: what is said about an office may name somebody (accountability.md 2.3).
READ_BY = _("Gracias. Lo lee el equipo, sin tu nombre.")
_NO = _("¿Qué ves? Escríbelo, o 0 para terminar")


def _again(talk: Talk, about: dict[str, Any], kept: dict[str, Any]) -> str:
    """The day, in ISO: noon four weeks from now."""
    promise = promises.the(talk.db, about["id"])
    at = noon(promise.day(talk.db.now + AGAIN), promise.tz)
    followups.add(talk.db, kept["id"], again_at=at)
    return at.isoformat()


def _other_office(talk: Talk, about: dict[str, Any]) -> None:
    """'eso no lo hace la oficina del agua': a human looks into it."""
    kind = Words(max=WORDS, answers=tuple(DONE.labels))
    asked = _("Gracias. ¿A quién le toca? Escríbelo, o 0 si no sabes. Una persona lo revisa.")
    words = talk.ask("office", asked, kind)
    if let_be(talk, words):
        return None
    if other := kind.instead(words):
        return _answered(talk, about, other)
    if meant := _begins(talk, words):
        return talk.go(meant)
    talk.once("office kept", lambda: hand_over(talk, "commitment", "office", words))
    return talk.say(_("Anotado. Una persona del equipo lo revisa en 5 días hábiles y te contesta."))


# --- which promise -----------------------------------------------------------------------------------------------


def _promises(talk: Talk, lab_id: int) -> list[list[Any]]:
    """[commitment, problem id, slug, title, short title, text, name in her language] of a community, newest first."""
    return [
        [p.id, p.problem_id, p.problem, p.title, p.short_title, p.text, said(p, "short_title").in_(talk.lang)]
        for p in reversed(promises.of_lab(talk.db, lab_id))
    ]


def _which(talk: Talk, known: list[list[Any]]) -> int | None:
    """The only one there is, else the one that is chosen; None: another one."""
    if len(known) == 1:
        return int(known[0][0])
    titles = [one[6] for one in known]
    labels = {
        f"commitment {one[0]}": str(one[6] if titles.count(one[6]) == 1 else capital(one[5])) for one in known[:4]
    }
    picked = talk.ask("which", _("¿De cuál hablas?"), Choice(labels | {"other": _("Otro")}))
    return int(picked.partition(" ")[2]) if picked != "other" else None


def _typed(word: str, known: list[list[Any]]) -> dict[str, Any]:
    """'AGUA no, se daño otra vez': the topic, the answer and the words, as far as they are there."""
    about, rest = _topic(word.split(), known)
    said = _UNKNOWN.fullmatch(rest) or _SAID.match(rest)
    if said is None or about is None:
        return {"id": about, "answer": "", "words": ""}
    answer = next(name for name, words in said.groupdict().items() if words)
    return {"id": about, "answer": answer, "words": rest[said.end() :].strip(" ,.-")}


def _topic(tokens: list[str], known: list[list[Any]]) -> tuple[int | None, str]:
    """The promise that the first words name, or the only one; and the rest of the words."""
    only = int(known[0][0]) if len(known) == 1 else None
    for count in range(min(4, len(tokens)), 0, -1):
        named = plain(" ".join(tokens[:count]))
        of = [one for one in known if about_topic(named, [*one[2:5], one[6]])]
        if of:
            return int(of[0][0]) if len(of) == 1 else None, " ".join(tokens[count:])
    return only, " ".join(tokens)


_UNKNOWN = re.compile(r"(?i)(?P<unknown>no s[eé]|4|don'?t know)\W*")  # nothing follows it: "no, se dañó" is a no
_SAID = re.compile(r"(?i)(?:(?P<yes>s[ií]|1|yes)|(?P<partly>en parte|2|partly|in part)|(?P<no>no|3))\b")
