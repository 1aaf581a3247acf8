"""`convoca phones`: two phones of one person are joined, or parted again, by somebody who has spoken with her."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions import erase as acts
from bot.actions import joined
from bot.actions.erase import Found
from bot.errors import Refused
from bot.terminal import asking, show
from bot.terminal.opening import operator, wordings
from storage import joining
from storage.people import Person
from storage.store import Store, Unit


def join(store: Store, first: str, second: str, wanted: Sequence[str], *, yes: bool) -> None:
    """Show by tokens who becomes one, ask, do it.

    wanted  tokens that say who of a phone of several is meant
    """
    words, out, by = wordings(), show.console(), operator()
    keep, gone = store.do(lambda unit: _who(unit, first, second, wanted)[2:])
    out.print(f"{keep.token} will write from the second phone too.")
    if gone is not None:
        out.print(f"What is of {gone.token} becomes {keep.token}'s. Of two choices the later counts.")
    out.print("Each phone is told. NO FUI YO, or `convoca phones part`, parts them within 7 days.")
    asking.agreed("Join them?", yes=yes)

    def work(unit: Unit) -> None:
        here, there, stays, goes = _who(unit, first, second, wanted)
        joined.by_team(unit, words, stays.id, here, there, goes.id if goes else None, by=by)

    store.do(work)
    out.print("Joined.")


def part(store: Store, address: str, *, yes: bool) -> None:
    """Ask, and part what was joined with this phone within a week."""
    words, out, by = wordings(), show.console(), operator()
    found = store.do(lambda unit: acts.find(unit, address))
    if not store.read(lambda unit: joining.lately(unit, found.address_id, [one.id for one in found.people])):
        raise Refused(joined.NOT_LATELY)
    asking.agreed("Part what was joined with that phone within 7 days?", yes=yes)
    store.do(lambda unit: joined.parted(unit, words, acts.find(unit, address), by=by))
    out.print("Parted. What was done meanwhile stands where it was done.")


def _who(unit: Unit, first: str, second: str, wanted: Sequence[str]) -> tuple[Found, Found, Person, Person | None]:
    """Both phones, who stays, and who is she on the second. Refused where that is not clear."""
    here, there = acts.find(unit, first), acts.find(unit, second)
    keep, gone = _one(here, wanted, "first"), _one(there, wanted, "second")
    if keep is None:
        raise Refused("Nobody has given permission on the first phone. Name hers first.")
    if keep.id in {one.id for one in there.people}:
        raise Refused("They are one person already. Nothing was done.")
    return here, there, keep, gone


def _one(found: Found, wanted: Sequence[str], which: str) -> Person | None:
    """Who of a phone is meant; None: nobody has given permission there."""
    if len(found.people) < 2:
        return next(iter(found.people), None)
    tokens = {token.strip().upper() for token in wanted}
    meant = [one for one in found.people if one.token in tokens]
    if len(meant) != 1:
        known = ", ".join(one.token for one in found.people)
        raise Refused(f"Nobody, or not one alone, is meant of the {which} phone: say --person with one of {known}.")
    return meant[0]
