"""What came out, what became of what one asked for, and why (conversations.md 4)."""

from __future__ import annotations

from typing import Any

from bot.closing import HERE
from bot.i18n import _
from bot.kinds import Choice
from bot.results import COMES, NEUTRAL, SEE, WHAT, WHAT_QUESTION, Wording
from bot.talk import Talk, conversation
from conversations import attend, tied
from conversations.casting import end_of, is_shared, result_day, the_contest
from conversations.helping import HOW
from conversations.meeting import comes
from conversations.objection import objection
from conversations.places import halted, result_page, the_lab, the_session
from storage import accountability, contests, labs, people


@conversation(
    "resultado",
    "resultados",
    "result",
    "ver resultado",
    "ver el resultado",
    "que gano",
    "quien gano",
    "quien va ganando",
    "que va ganando",
    offers=("see", "what", "coming"),
)
def result(talk: Talk) -> None:
    """Before the end nothing is told; afterwards what was chosen, one's own part of it, and the reasons."""
    found = the_contest(talk)
    if found is None:
        return talk.say(_("Todavía no hay resultado."))
    lab_id = talk.look("lab of it", lambda: contests.by_id(talk.db, found["ballot"]["contest"]).lab_id)
    if halted(talk, lab_id):
        return None
    if found["state"] != "published":
        return _not_yet(talk, found)
    told = talk.look(f"told.{talk.lang}", lambda: _told(talk, found))
    if talk.args.get("asked") == "coming":
        return _meeting(talk, str(talk.args.get("meeting", "")), told["text"])
    if told["neutral"] and "broadcast" in talk.args:
        talk.ask("see", NEUTRAL, SEE, lab=told["lab"])
    wish = talk.ask("what", WHAT_QUESTION, WHAT, before=told["text"])
    if halted(talk, lab_id, " at what"):
        return None
    return _detail(talk, told, found["slug"]) if wish == "detail" else objection(talk, "result")


def _meeting(talk: Talk, code: str, told: str) -> None:
    """The message asked for the next meeting; what became of each option is under RESULTADO."""
    lab = the_lab(talk)
    session, person_id = the_session(talk, lab, code), talk.person_id
    if session is None or session.code != code or person_id is None:
        return attend.not_open(talk, code)
    stays = _("Está bien. Gracias por avisar.")
    return comes(talk, lab, session, person_id, COMES, before=told, again=_("¿Vas el {day}?"), stays=stays)


def _not_yet(talk: Talk, found: dict[str, Any]) -> None:
    if found["open"]:
        if day := result_day(talk, found["ballot"]["contest"]):
            return talk.say(
                _("No lo digo antes de terminar, para no influir en nadie. El {day} te cuento todo."), day=day
            )
        hush = _("No lo digo antes de terminar, para no influir en nadie. Termina el {closes}. Después te cuento.")
        return talk.say(hush, closes=end_of(found))
    lab = the_lab(talk, found["lab"])
    meeting = the_session(talk, lab)
    seen = talk.look(f"tie.{talk.lang}", lambda: tied.standing(talk, found["slug"], meeting))
    if seen["tie"]:
        return talk.say("{tie}", tie=seen["tie"])
    if seen["instead"]:  # too few people: nothing will be chosen
        talk.say(_("La elección terminó el {closes}."), closes=end_of(found))
        return talk.say(seen["instead"])
    return talk.say(_("La elección terminó el {closes}. Te cuento cuando haya resultado."), closes=end_of(found))


def _told(talk: Talk, found: dict[str, Any]) -> dict[str, Any]:
    """The words for this person, as JSON. On a shared phone nobody's choice is named."""
    facts = contests.facts(talk.db, found["slug"])
    lab = labs.lab_by_id(talk.db, facts.contest.lab_id)
    wording = Wording(talk.scene.catalogues, talk.voice, facts, lab.name)
    person = people.person_by_id(talk.db, talk.person_id) if talk.person_id else None
    group = accountability.group_of(talk.db, facts.contest.id, lab.id, person.id) if person else None
    neutral = is_shared(talk)
    text = wording.to_anybody() if group is None or neutral else wording.told(group, room=2 if talk.voice.short else 0)
    return {
        "neutral": neutral,
        "lab": lab.name,
        "text": text.replace("{name}", person.name if person else ""),
        "options": [[f"option {o.number}", wording.title(o), wording.fate(o)] for o in facts.ranked],
    }


def _detail(talk: Talk, told: dict[str, Any], slug: str) -> None:
    """Every option in a chat, and where the count and its proof are; in an SMS, which holds one, the one asked for."""
    if not talk.voice.short:
        link = talk.look("page", lambda: result_page(talk, slug))
        where = [talk.text(HERE, link=link)] if link else []
        fates = [fate for _key, _title, fate in told["options"]]
        return talk.say("{fates}", fates="\n".join([*fates, *where, talk.text(HOW)]))
    about = talk.ask("about", _("¿De cuál?"), Choice({key: title for key, title, _fate in told["options"]}))
    return talk.say("{fate}", fate=next(fate for key, _title, fate in told["options"] if key == about))
