"""MI IDEA, IDEA 28, QUITAR IDEA 27: how an idea stands, step by step, and taking it back (conversations.md 7)."""

from __future__ import annotations

from typing import Any

from bot import idea_steps
from bot import ideas as rules
from bot.i18n import _
from bot.kinds import Choice
from bot.results import WHAT_QUESTION
from bot.talk import Talk, conversation
from conversations.casting import is_shared
from conversations.household import speaker
from conversations.idea import TAKEN_BEFORE
from conversations.idea_news import why
from storage import idea_options, idea_states, idea_trail, ideas, labs, public_ideas, site, talks

TAKEN = _("Quitada. Ya no sale en la lista. El número de ideas sigue igual.")
NONE = _("Todavía no tengo una idea tuya. Para mandar una, escribe IDEA.")
MOST = 4  # ideas that are asked from by number


@conversation(command="my_idea", offers=("wish",))
def my_idea(talk: Talk) -> None:
    """MI IDEA: the newest of the person's ideas, or the one she names; 'MI IDEA no hay luz' proposes."""
    word = str(talk.args.get("word", ""))
    number = rules.number_in(word)
    if word and number is None:
        return talk.go("idea", word=word)
    person_id = speaker(talk)
    mine = talk.look("mine", lambda: _mine(talk, person_id))
    if not mine:
        return talk.say(NONE)
    if number is not None and number not in mine:
        return talk.say(_("No tengo una idea tuya con el número {number}."), number=number)
    standing = talk.look("standing", lambda: [n for n in mine if _stands(talk, n)])
    shown = number if number is not None else (standing or mine)[0]
    others = [n for n in standing if n != shown] if number is None else []
    about = talk.look(f"about.{talk.lang}", lambda: _about(talk, shown, others))
    return _wishes(talk, about)


def _mine(talk: Talk, person_id: int | None) -> list[int]:
    """Numbers, the newest first; on who is not known, none."""
    return [one.number for one in ideas.of_person(talk.db, person_id)] if person_id is not None else []


def _about(talk: Talk, number: int, others: list[int]) -> dict[str, Any]:
    """What is said of it and what she may do, as JSON. On a shared phone her words are not repeated."""
    held = idea_states.of(talk.db, number)
    if held is None:
        raise LookupError(f"there is no idea {number}")
    lab = labs.lab_by_id(talk.db, held.idea.lab_id)
    words = "" if is_shared(talk) else held.idea.text or ""
    steps = idea_trail.of(talk.db, held.idea)
    scene = talk.scene
    return {
        "number": number,
        "subject": held.subject,
        "tz": lab.tz,
        "lab": lab.slug,
        "answer_by": rules.appeal_by(talk.db.now, lab.tz).isoformat(),
        "text": idea_steps.told(scene.catalogues, talk.voice, number, words, steps, lab.tz, others[:MOST]),
        "wishes": _may(talk, held),
        "page": f"{site.address(talk.db)}/l/{lab.slug}",
    }


def _may(talk: Talk, held: idea_states.Standing) -> list[str]:
    """Only what there is: a page where something can be seen, an appeal where something was decided."""
    if held.idea.withdrawn_at is not None:
        return []
    decided = held.link is not None or held.outcome is not None
    shown = decided and bool(site.address(talk.db))
    return [name for name, there in (("page", shown), ("appeal", decided and held.appeal is None)) if there] + ["take"]


def _wishes(talk: Talk, about: dict[str, Any]) -> None:
    """What happened, and what may be done about it."""
    if not about["wishes"]:
        return talk.say("{told}", told=about["text"])
    kind = Choice({name: idea_steps.WISHES[name] for name in about["wishes"]})
    wish = talk.ask("wish", WHAT_QUESTION, kind, before=about["text"])
    if wish == "take":
        return _take(talk, about["number"])
    if wish == "appeal":
        return why(talk, about)
    return talk.say(_("Aquí se ve qué pasó: {link}"), link=about["page"])


# --- of anybody ---------------------------------------------------------------------------------------------------


@conversation()
def idea_by_number(talk: Talk) -> None:
    """IDEA 28: what anybody may see. Nobody leaves anything behind by asking: it may be one sent without a number."""
    number = rules.number_in(str(talk.args.get("word", ""))) or 0
    found = talk.look(f"about.{talk.lang}", lambda: _seen_by_anybody(talk, number))
    if found["own"]:
        return talk.go("my_idea", word=str(number))
    if not found["text"]:
        return talk.forget(UNKNOWN, number=number)
    return talk.forget("{told}", told=found["text"])


UNKNOWN = _("No conozco la idea {number}. Revisa el número.")


def _seen_by_anybody(talk: Talk, number: int) -> dict[str, Any]:
    """{'text', 'own'}: no name, no reason that only she was told; her words only where she lets them be shown."""
    idea = ideas.by_number(talk.db, number)
    if idea is None:
        return {"text": "", "own": False}
    lab = labs.lab_by_id(talk.db, idea.lab_id)
    public = labs.authorised(talk.db, lab.id, lab.setting, "publish")  # of a comarca: whether its community allows it
    steps = [step for step in idea_trail.of(talk.db, idea) if public or step.kind in idea_trail.ITS_OWN]
    words = public_ideas.words_of(talk.db, lab, idea.id)
    if idea.publish == "no":  # what was answered is hers, too
        steps = [step for step in steps if step.kind != "outcome"]
    text = idea_steps.told(talk.scene.catalogues, talk.voice, number, words, steps, lab.tz)
    return {"text": text, "own": idea.person_id is not None and idea.person_id == talk.person_id}


# --- taking it back -----------------------------------------------------------------------------------------------


@conversation(command="take_back")
def take_back(talk: Talk) -> None:
    """QUITAR IDEA 27: only one's own; without a number where there is one."""
    number = rules.number_in(str(talk.args.get("word", "")))
    person_id = speaker(talk)
    mine = talk.look("mine", lambda: _mine(talk, person_id))
    if not mine:
        return talk.say(NONE)
    if number is not None and number not in mine:
        return talk.say(_("No tengo una idea tuya con el número {number}."), number=number)
    return _take(talk, number if number is not None else _which(talk, mine))


def _which(talk: Talk, mine: list[int]) -> int:
    there = talk.look("there", lambda: [n for n in mine if _stands(talk, n)]) or mine[:1]
    if len(there) == 1:
        return there[0]
    labels = {f"idea {n}": talk.text(_("Idea {number}"), number=n) for n in there[:MOST]}
    return int(talk.ask("which", _("¿Cuál quito?"), Choice(labels)).removeprefix("idea "))


def _stands(talk: Talk, number: int) -> bool:
    idea = ideas.by_number(talk.db, number)
    return idea is not None and idea.withdrawn_at is None


def _take(talk: Talk, number: int) -> None:
    done = talk.once("taken", lambda: _withdrawn(talk, number))
    return talk.say(TAKEN if done else TAKEN_BEFORE, number=number)


def _withdrawn(talk: Talk, number: int) -> bool:
    idea = ideas.by_number(talk.db, number)
    if idea is None or not ideas.withdraw(talk.db, idea.id, talks.message(talk.db, talk.provider)):
        return False
    idea_options.taken_back(talk.db, idea)
    return True
