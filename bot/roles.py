"""Who of the team may do what. Pure: one table, read by chat, command line and console alike.

A facilitator works in named labs; an auditor reads everywhere and sees no names; an administrator keeps the team and
may stop what is going out. A verifier and an entity work on commitments alone (console.md 8).
"""

from __future__ import annotations

from collections.abc import Mapping

MAY: Mapping[str, frozenset[str]] = {
    "session": frozenset({"facilitator"}),  # make, publish, change, call off, close
    "invite": frozenset({"facilitator"}),
    "approve": frozenset({"facilitator", "admin"}),  # another person's invitation
    "stop": frozenset({"facilitator", "admin"}),  # a broadcast that is going out
    "coming": frozenset({"facilitator", "auditor"}),  # numbers and codes
    "names": frozenset({"facilitator"}),  # first names beside the codes
    "checkin": frozenset({"facilitator"}),
    "contest": frozenset({"facilitator"}),
    "decide": frozenset({"facilitator"}),
    "pending": frozenset({"facilitator", "admin", "auditor"}),
    "answer": frozenset({"facilitator"}),  # a neighbour who asked for a person
    "ideas": frozenset({"facilitator"}),  # read them, join them, answer them with a reason
}
