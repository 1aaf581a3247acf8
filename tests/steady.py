"""Asked again, a question is the same: a conversation decides on nothing that a replay would find changed."""

from __future__ import annotations

from sqlalchemy import select

from bot.message import Message
from bot.stage import Stage
from bot.state import State
from bot.talk import Outcome
from storage import people
from storage import tables as t
from storage.store import Unit
from storage.talks import OpenTalk, talk_by_id
from tests.brief import brief
from tests.kit import Town

# What a replay without a reply may not touch; `asked`, `shown` and `unsure` follow how the question was put last.
KEPT = ("answers", "done", "looks", "trail", "fence", "pending", "misses")

# Every conversation that asks, by the script that leaves one of its questions open on each phone, in each language.
ASKED = {
    "03_near_keyword": "nearly",
    "100_second_phone": "link",
    "113_how_a_correction_went": "staff.corrected",
    "11_words_in_any_state": "cancel language menu not_coming",
    "120_left_open": "enough_asking hide_me hurt invitation no_news no_reminders promise_news receipt register"
    " reminders result shown story",
    "121_left_open_by_team": "staff.arrived staff.coming staff.not_arrived staff.publish staff.read staff.told_back",
    "15_offer_expires": "offer reminder",
    "23_ended": "ended hear_of_next news",
    "25_first_contact": "first_contact",
    "34_told": "was_counted",
    "35_shared_phone_votes": "companion my_choice vote",
    "38_promised_by_chat": "staff.promise staff.update",
    "39_story_by_chat": "staff.in_photo staff.not_in_photo staff.story",
    "41_was_it_done": "was_it_done",
    "43_other_words": "enough unasked",
    "60_new_session": "staff.new",
    "61_invite_by_chat": "staff.invite",
    "62_another_person_agrees": "staff.approve staff.approve_correction staff.correct",
    "63_alone_and_late": "staff.stop",
    "64_edit_and_suspend": "staff.edit staff.suspend",
    "67_choose_and_decide_by_chat": "staff.close_choice staff.decide staff.open_choice",
    "69_agreements": "staff.agreement staff.finish",
    "70_copy": "copy",
    "72_needs": "needs",
    "74_danger_fear_anger": "danger",
    "75_corrections": "correct",
    "80_idea": "idea_news my_idea take_back",
    "84_idea_with_media_and_rights": "data erase heard idea staff.answer",
    "85_ideas_read_by_chat": "accused hello staff.ideas",
    "96_together": "party",
}


def steady(town: Town) -> set[str]:
    """Ask every open question twice: each time the same words, and nothing kept has changed. Whose they were."""
    return town.store.do(lambda unit: {_steady(unit, town, talk) for talk in _open(unit)})


def _open(unit: Unit) -> list[OpenTalk]:
    rows = unit.db.execute(select(t.talk.c.id, t.talk.c.address_id).where(t.talk.c.pending.is_not(None))).all()
    return [talk for row in rows if (talk := talk_by_id(unit, row.id, row.address_id))]


def _steady(unit: Unit, town: Town, talk: OpenTalk) -> str:
    kept, state = State.load(talk.state), State.load(talk.state)
    first = _asked(unit, town, talk, state)
    assert first.open, f"{talk.conversation} asks no more after {kept.pending!r}"
    for name in KEPT:
        assert getattr(state, name) == getattr(kept, name), f"{talk.conversation}: {name} changed by asking again"
    once = state.dump()
    again = _asked(unit, town, talk, state)
    told = f"{talk.conversation}: other words when asked again"
    assert (again.text, again.options, state.dump()) == (first.text, first.options, once), told
    brief(unit, _stage(unit, town, talk), talk)
    return talk.conversation


def _asked(unit: Unit, town: Town, talk: OpenTalk, state: State) -> Outcome:
    return _stage(unit, town, talk).play(talk, state, None)


def _stage(unit: Unit, town: Town, talk: OpenTalk) -> Stage:
    at = people.address_by_id(unit, talk.address_id)
    nothing = Message(channel=at.channel, sender="", provider_id="", address="")
    return Stage(unit, town.app.parts, nothing, at, at.sender_id or 0, None)


def left_open(script: str, asked: set[str]) -> None:
    """Fails when a script no longer leaves a conversation open that ASKED counts on it for."""
    missing = set(ASKED.get(script, "").split()) - asked
    assert not missing, f"{script} does not leave open {sorted(missing)}: mend it, or ASKED in tests/steady.py"
