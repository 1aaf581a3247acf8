"""How often people are written to unasked: at most two broadcasts a week (accountability.md 3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from storage.tables import broadcast, recipient

# What nobody asked for. Replies, reminders, offers, changes, results and promises are of something one takes part in.
UNSOLICITED = ("invitation", "story")
MOST, WEEK = 2, timedelta(days=7)


def capped(audience: Select[Any], at: datetime) -> Select[Any]:
    """The audience of something unsolicited that is due then, with a column `capped`: who has had enough.

    What is planned for the days after counts as well. On a phone of several people it has come to each of them.
    """
    given = audience.subquery("asked")
    came = or_(recipient.c.state.in_(("pending", "sent", "unknown")), recipient.c.reason == "shared")
    near = broadcast.c.due_at > at - WEEK, broadcast.c.due_at < at + WEEK
    enough = (
        select(recipient.c.person_id)
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
        .where(broadcast.c.kind.in_(UNSOLICITED), *near, came, recipient.c.person_id.is_not(None))
        .group_by(recipient.c.person_id)
        .having(func.count() >= MOST)
    )
    return select(given.c.person_id, given.c.grp, given.c.person_id.in_(enough).label("capped"))
