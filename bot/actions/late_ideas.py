"""The tick of ideas that nobody read in time: their authors hear so once, and so does whoever reads ideas there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot import promised, quiet
from bot.actions import ideas
from bot.actions.idea_words import READ_ANYWAY
from bot.actions.staff.invite import begin
from bot.roles import MAY
from bot.stage import Parts
from storage import accountability, idea_states, labs, staff
from storage.labs import Lab
from storage.promise_rules import working_day_after
from storage.store import Unit


def due(unit: Unit, parts: Parts) -> int:
    """Look at them, in waking hours; how many ideas it were. Any number of processes may call it."""
    late: dict[int, list[int]] = defaultdict(list)
    for one in idea_states.late(unit, unit.now):
        if one.what == "unread":
            late[one.lab_id].append(one.number)
    return sum(_of_lab(unit, parts, labs.lab_by_id(unit, lab_id), numbers) for lab_id, numbers in late.items())


def _of_lab(unit: Unit, parts: Parts, lab: Lab, numbers: Sequence[int]) -> int:
    """At night it waits: the message says that the team was told, and so both are told at once."""
    if not lab.authorised or quiet.quiet(unit.now, lab.tz):
        return 0
    fresh = [number for number in numbers if _note(unit, number)]
    subject = "late told" if fresh and _tell_team(unit, parts, lab, fresh) else "late"
    for number in fresh:
        ideas.tell(unit, parts.catalogues, number, subject, "clock")
    return len(fresh)


def _note(unit: Unit, number: int) -> bool:
    """Whether this process is the first to see that it is late."""
    held = idea_states.of(unit, number)
    if held is None or accountability.noted(unit, "idea", f"{held.idea.id}:late"):
        return False
    held = idea_states.hold(unit, number)
    if held is None or held.idea.read_at is not None:
        return False
    return accountability.note_event(unit, "idea", f"{held.idea.id}:late", None)


def _tell_team(unit: Unit, parts: Parts, lab: Lab, numbers: Sequence[int]) -> bool:
    """One message to each who reads ideas there and can be written to; whether there is anybody."""
    until = working_day_after(promised.local_day(unit.now, lab.tz), READ_ANYWAY).isoformat()
    told = staff.others(unit, lab.id, MAY["ideas"], but=0)
    for one in told:
        args = {"lab": lab.slug, "numbers": list(numbers), "until": until}
        begin(unit, parts, one.address_id, "staff.unread", **args)
    return bool(told)
