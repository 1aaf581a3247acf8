"""Open questions that ask for what nobody can answer any more."""

from __future__ import annotations

from bot.state import State
from storage import contests, forgetting, labs, my_places, talks
from storage.store import Unit
from storage.talks import OpenTalk

_MEETINGS = ("register", "invitation", "reminder", "party", "offer")  # conversations that ask about one session
_QUESTIONS = ("going", "coming", "wait", "fewer", "apart", "read", "more", "takes")  # of theirs; others outlive it
_RESERVED = "reserve."  # how the names of further ones begin


def over(unit: Unit, talk: OpenTalk) -> bool:
    """Its choice or its meeting is over, its erasure forgotten: a late answer is heard, but it is not asked again."""
    if talk.conversation == "vote":
        return _closed(unit, talk)
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
    """The meeting has begun or is not to be; of an offer also that the place went on."""
    code = meeting(talk)
    found = labs.session_by_code(unit, code) if code else None
    if found is None or talk.person_id is None:
        return False
    gone = talk.conversation == "offer" and my_places.held_until(unit, found.id, talk.person_id) is None
    return gone or found.state != "published" or found.starts_at <= unit.now


def same_matter(ended: OpenTalk, talk: OpenTalk) -> bool:
    """Both ask this person about one session, or for one choice: a ballot, its reminder, ELEGIR."""
    if ended.conversation == talk.conversation == "register":  # "¿Vas?", and meanwhile CON 2
        return ended.person_id == talk.person_id and ended.args.get("lab") == talk.args.get("lab")
    if ended.args.get("session"):
        return bool(talk.args.get("session") == ended.args["session"])
    if not ended.conversation == talk.conversation == "vote" or ended.person_id != talk.person_id:
        return False
    named = {args["contest"] for args in (ended.args, talk.args) if args.get("contest")}
    return len(named) < 2


def _closed(unit: Unit, talk: OpenTalk) -> bool:
    """Nobody can choose there any more."""
    seen = State.load(talk.state).looks.get("contest") or {}  # ELEGIR alone does not name it
    slug = str(talk.args.get("contest", "") or seen.get("slug", ""))
    contest = contests.by_slug(unit, slug) if slug else None
    if contest is None:
        return False
    return not contest.takes(unit.now) or not labs.lab_by_id(unit, contest.lab_id).authorised
