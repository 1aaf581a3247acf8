"""Erase people of one address: by chat (BORRAR), or from the command line for who can not write any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import Refused
from storage import audit, forgetting, joining, my_places, own_ideas, people, permissions, registrations, staff
from storage.people import Person
from storage.store import Unit
from storage.tables.staff import CHANNELS as BY_CHAT

CHANNELS = ("sms", *BY_CHAT)
HOW = f"Write CHANNEL:ADDRESS, with {', '.join(CHANNELS)}; a number with its country: sms:+50760000001."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who is known at an address. Nobody: only the address is, from a list or a first message."""

    address_id: int
    channel: str
    people: Sequence[Person]


def erase(
    unit: Unit,
    address_id: int,
    person_ids: Sequence[int],
    *,
    channel: str,
    silent: Sequence[int] = (),
    keep_talk: int | None = None,
    said: int | None = None,
) -> str:
    """Give their places back, take them out of every table; the code of the proof.

    What was joined to this phone within a week is parted first: of two phones this one's goes (`joining.who_goes`).

    silent     those whose ideas nobody is to read any more: on the public list the others' stay, without a name
    keep_talk  the talk that is being played; it ends by itself
    said       the message (`inbound`) that asks for it; it ends each permission of theirs, and the evidence says so
    """
    people.lock_phones(unit, person_ids)
    going = joining.who_goes(unit, address_id, person_ids)
    own_ideas.unpublish(unit, [one for one in going if silent and (one in silent or one not in person_ids)])
    for person_id in going:
        for session_id in my_places.ahead(unit, person_id):
            registrations.cancel(unit, session_id, person_id, channel, "erased")
    permissions.withdraw(unit, going, "erased", *permissions.ALL, said=said)
    return people.erase(unit, address_id, going, keep_talk=keep_talk)


def find(unit: Unit, to: str) -> Found:
    """Who is known at 'sms:+507...', locked. Refused: what is no address, nobody's, or the team's alone.

    No text of it repeats the address: a screen, a log and a history keep what is written on them.
    """
    channel, _colon, value = to.strip().partition(":")
    value = _plain(value)
    if channel not in CHANNELS or not value:
        raise Refused(HOW)
    at = people.known_address(unit, channel, value)
    here = people.people_of(unit, at.id) if at else []
    if at is None or (at.value is None and not here):
        raise Refused(f"Nothing is held about that address, and nothing was done. {HOW}")
    if not here and staff.member(unit, at.id):
        raise Refused("That address is of somebody of the team: `convoca staff remove` first. Nothing was done.")
    return Found(address_id=at.id, channel=channel, people=here)


def _plain(value: str) -> str:
    """A number without what people write between its digits."""
    value = value.strip()
    return "+" + "".join(c for c in value if c.isdecimal()) if value.startswith("+") else value


def for_somebody(unit: Unit, found: Found, person_ids: Sequence[int], silent: Sequence[int], *, by: str) -> str:
    """The same on her behalf, and the address is wiped at once if nobody is left on it; logged without saying who."""
    code = erase(unit, found.address_id, person_ids, channel=found.channel, silent=silent)
    forgetting.wipe_answered(unit, [found.address_id])
    audit.record(unit, "people.erased", code, {"people": len(person_ids)}, actor=by)
    return code
