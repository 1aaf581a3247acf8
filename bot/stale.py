"""Open questions that ask for what nobody can answer any more."""

from __future__ import annotations

from bot.state import State
from storage import contests, forgetting, from_home, labs, my_places, promises, talks
from storage.store import Unit
from storage.talks import OpenTalk

_MEETINGS = ("register", "invitation", "reminder", "party", "offer")  # conversations that ask about one session
_QUESTIONS = ("going", "coming", "wait", "fewer", "apart", "read", "more", "takes")  # of theirs; others outlive it
FROM_HOME = "from home"  # the question whether she chooses without coming
_RESERVED = "reserve."  # how the names of further ones begin


def over(unit: Unit, talk: OpenTalk) -> bool:
    """Its choice or its meeting is over, its erasure forgotten: a late answer is heard, but it is not asked again."""
    if talk.conversation == "vote":
        return _closed(unit, talk)
    if talk.pending == FROM_HOME:
        return _chosen(unit, talk)
    if stopped(unit, talk):
        return True
    return forgetting.unconfirmed(unit, talk) or met(unit, talk)


def meeting(talk: OpenTalk) -> str:
    """The code of the session that it asks this person about; '' for none."""
    asks = talk.pending in _QUESTIONS or talk.pending.startswith(_RESERVED)
    if not asks or talk.conversation not in _MEETINGS or talk.person_id is None:
        return ""
    seen = (look for name, look in State.load(talk.state).looks.items() if name.startswith("session.") and look)
    return str(next(seen, talk.args).get("code", "") or talk.args.get("session", ""))


def signing_up(unit: Unit, code: str) -> set[int]:
    """Who has read of this session because she wants to come, and has not answered yet."""
    open_now = talks.of_conversation(unit, "register")
    return {talk.person_id for talk in open_now if talk.person_id is not None and meeting(talk) == code}


def met(unit: Unit, talk: OpenTalk) -> bool:
    """The meeting has begun or is not to be; of an offer also that the place went on; or she has said it elsewhere."""
    code = meeting(talk)
    found = labs.session_by_code(unit, code) if code else None
    if found is None or talk.person_id is None:
        return False
    gone = talk.conversation == "offer" and my_places.held_until(unit, found.id, talk.person_id) is None
    asks = talk.conversation == "register" and talk.pending == "going"
    said = asks and my_places.answered_since(unit, found.id, talk.person_id, talk.asked_at)
    return gone or said or found.state != "published" or found.starts_at <= unit.now


def same_matter(ended: OpenTalk, talk: OpenTalk) -> bool:
    """Both ask this person about one session, or for one choice: a ballot, its reminder, ELEGIR."""
    if ended.conversation == talk.conversation == "register":  # "¿Vas?", and meanwhile CON 2
        newcomer = talk.person_id is None and bool(talk.args.get("companion"))  # she answers for herself alone
        return not newcomer and ended.person_id == talk.person_id and ended.args.get("lab") == talk.args.get("lab")
    code = ended.args.get("session") or meeting(ended)
    if code and talk.conversation in _MEETINGS and talk.person_id == ended.person_id and meeting(talk) == code:
        return True  # it was found by the lab's word, and so is not named
    if ended.args.get("session"):
        return bool(talk.args.get("session") == code and talk.person_id == ended.person_id)
    if not ended.conversation == talk.conversation == "vote" or ended.person_id != talk.person_id:
        return False
    named = {args["contest"] for args in (ended.args, talk.args) if args.get("contest")}
    return len(named) < 2


def stopped(unit: Unit, talk: OpenTalk) -> bool:
    """The community of its promise, result or story has taken its authorisation back."""
    commitment, contest = talk.args.get("commitment"), talk.args.get("contest")
    found = contests.by_slug(unit, str(contest)) if contest else None
    lab_id = promises.the(unit, int(commitment)).lab_id if commitment else found.lab_id if found else None
    return lab_id is not None and not labs.lab_by_id(unit, lab_id).authorised


def _chosen(unit: Unit, talk: OpenTalk) -> bool:
    """Whether she chooses from home: she has, there is nothing to choose any more, or a newer talk asks the same."""
    lab_id = State.load(talk.state).looks.get("lab", {}).get("id")
    if lab_id is None or talk.person_id is None:
        return False
    same = [one for one in talks.open_talks(unit, talk.address_id) if one.pending == FROM_HOME]
    newest = next((one.id for one in same if one.person_id == talk.person_id), talk.id)
    return newest != talk.id or from_home.state(unit, int(lab_id), talk.person_id) in ("chosen", "over")


def of_another(ended: OpenTalk, talk: OpenTalk) -> bool:
    """Both ask about one session, another person of the phone each: she has her own message, and nobody answers it."""
    session = ended.args.get("session")
    apart = None not in (ended.person_id, talk.person_id) and ended.person_id != talk.person_id
    return bool(session and apart and talk.args.get("session") == session)


def _closed(unit: Unit, talk: OpenTalk) -> bool:
    """Nobody can choose there any more."""
    seen = State.load(talk.state).looks.get("contest") or {}  # ELEGIR alone does not name it
    slug = str(talk.args.get("contest", "") or seen.get("slug", ""))
    contest = contests.by_slug(unit, slug) if slug else None
    if contest is None:
        return False
    return not contest.takes(unit.now) or not labs.lab_by_id(unit, contest.lab_id).authorised
