"""What should come first? A choice counts when it is given and can be replaced until the close (conversations.md 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.choosing import Ballot
from bot.errors import Invalid, Unsure
from bot.i18n import And, _
from bot.kinds import YesNo
from bot.picks import YOU_CHOSE, Picked, Picks
from bot.talk import Talk, conversation
from conversations import casting
from conversations.following import ask_to_follow
from conversations.household import speaker
from conversations.own_choice import own_code
from conversations.permission import permitted
from conversations.places import the_lab
from conversations.taps import by_taps
from conversations.to_idea import missing


def again(talk: Talk) -> None:
    """The same answer twice within ten minutes: it counted already."""
    if talk.args.get("answered") == "follow":
        return talk.say(_("Ya recibí esa respuesta. No hace falta escribir otra vez."))
    found = casting.the_contest(talk)
    held = casting.held_by(talk, found, talk.person_id)
    if held is None:
        return talk.say(_("Ya recibí esa respuesta. No hace falta escribir otra vez."))
    return casting.say_same(talk, held["picks"], shared=casting.is_shared(talk))


@conversation(command="choose", again=again, offers=("follow", "missing", "as idea"), unseen=True)
def vote(talk: Talk) -> None:
    """Permission first where it is missing; then up to k of the options, by one text or by buttons."""
    found = casting.the_contest(talk)
    if found is None:
        return casting.nothing(talk)
    # Asked while it was open, or a whole choice in one message: it is kept as late. Anybody else only hears the end.
    given = "broadcast" in talk.args or "word" in talk.args
    if not found["open"] and not (given and talk.person_id is not None):
        return casting.ended(talk, found)
    ballot = Ballot.from_json(found["ballot"], talk.lang)
    shared = talk.look("on shared phone", lambda: casting.is_shared(talk))
    # The phone was asked, not one of its people: what is answered comes first, as it stands on the screen, then who.
    first = _ask(talk, ballot) if shared and "broadcast" in talk.args else None
    if first and not talk.look("said who", lambda: casting.said_who(talk)):
        talk.person_id = None
    speaker(talk)
    person_id = permitted(talk, the_lab(talk, found["lab"]))
    if person_id is None:
        return None
    held = talk.look("standing", lambda: casting.standing(talk, ballot, person_id))
    if held and shared and not own_code(talk, person_id):
        return None  # nor may another person of this phone change it
    picked = first or _in_one_message(talk, ballot)
    if picked is None and ballot.by_taps(talk.scene.limits):
        problem = talk.look("typed", lambda: _typed(talk, ballot)).get("problem", "")
        return by_taps(talk, ballot, person_id, held["picks"] if held and not shared else (), problem)
    return _take(talk, ballot, person_id, picked or _ask(talk, ballot))


def _ask(talk: Talk, ballot: Ballot) -> Picked:
    limits = talk.scene.limits
    _same_name, question = ballot.question(limits)
    return talk.ask(
        "pick.1" if ballot.by_taps(limits) else "picks",
        question,
        _kind(talk, ballot),
        before=talk.look("typed", lambda: _typed(talk, ballot)).get("problem") or casting.lead(talk, ballot),
        other=_("Escribe el número de lo que más falta: {options}. También puedes mandar un audio."),
        options=ballot.listed(),
        **ballot.args(),
    )


def _in_one_message(talk: Talk, ballot: Ballot) -> Mapping[str, Any] | None:
    """'ELEGIR 2 5 1'; a choice in words is asked first."""
    typed = talk.look("typed", lambda: _typed(talk, ballot))
    if typed.get("words") and not talk.ask("sure", YOU_CHOSE, YesNo(), label=And(typed["words"])):
        return None
    return typed.get("picked")


def _kind(talk: Talk, ballot: Ballot) -> Picks:
    limits = talk.scene.limits
    return Picks(ballot.labels(limits), ballot.k, ballot.titles(), ballot.rows(limits), ballot.closed)


def _typed(talk: Talk, ballot: Ballot) -> dict[str, Any]:
    """'ELEGIR 2 5 1': the choice stands in the message that began this; or what is wrong with it."""
    word = str(talk.args.get("word", ""))
    if not word:
        return {}
    kind = _kind(talk, ballot)
    try:
        return {"picked": kind.parse(word, kind.options())}
    except Unsure as near:
        words = list(near.label) if isinstance(near.label, And) else [near.label]
        return {"picked": near.value, "words": words}
    except Invalid as wrong:
        return {"problem": talk.text(wrong.text, **wrong.fill)}


def _take(talk: Talk, ballot: Ballot, person_id: int, picked: Picked | Mapping[str, Any]) -> None:
    done = talk.once("cast", lambda: casting.cast(talk, ballot, person_id, picked["chosen"]))
    casting.echo(talk, ballot, dict(picked), done)
    casting.beside(talk, done)
    if picked["blank"] == "none" and done["state"] == "new":
        return missing(talk, done)
    return ask_to_follow(talk, ballot, person_id, done)


@conversation(command="blank")
def blank(talk: Talk) -> None:
    """BLANCO: none of these, which is not the same as not choosing."""
    return talk.go("vote", word="BLANCO")
