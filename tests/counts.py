"""What a script may check by counting rows."""

from __future__ import annotations

from collections.abc import Callable

from storage import tables as t
from tests.kit import Town


def _unasked(town: Town, count: str) -> None:
    """So many were not written to, since they had answered before."""
    assert town.count(t.recipient, state="skipped", reason="answered") == int(count)


def _listed(town: Town, count: str) -> None:
    assert town.count(t.listed) == int(count)


def _people(town: Town, count: str) -> None:
    alive = [row for row in town.rows(t.person, "erased_at") if row.erased_at is None]
    assert len(alive) == int(count)


def _registered(town: Town, count: str) -> None:
    assert town.count(t.registration, state="registered") == int(count)


def _state(town: Town, state: str, count: str) -> None:
    assert town.count(t.registration, state=state) == int(count)


def _consents(town: Town, count: str) -> None:
    assert town.count(t.consent) == int(count)


def _ballots(town: Town, count: str) -> None:
    assert town.count(t.ballot, status="current") == int(count)


def _commitments(town: Town, count: str) -> None:
    assert town.count(t.commitment) == int(count)


def _handovers(town: Town, count: str) -> None:
    assert town.count(t.handover) == int(count)


def _sessions(town: Town, state: str, count: str) -> None:
    assert town.count(t.session, state=state) == int(count)


def _invited(town: Town, count: str) -> None:
    """So many people are in the ledger of an invitation."""
    assert town.count(t.recipient) == int(count)


def _ideas(town: Town, count: str) -> None:
    """So many that were not taken back."""
    assert town.count(t.contribution, withdrawn_at=None) == int(count)


def _published(town: Town, count: str) -> None:
    """So many that may be shown to anybody."""
    shown = [row for row in town.rows(t.contribution, "publish") if row.publish != "no"]
    assert len(shown) == int(count)


def _nobodys(town: Town, count: str) -> None:
    """So many that lead to no person and to no message."""
    alone = town.rows(t.contribution, "person_id", "inbound_id", "consent_id")
    assert len([row for row in alone if row.person_id is row.inbound_id is row.consent_id is None]) == int(count)


CHECKS: dict[str, Callable[..., None]] = {
    "commitments": _commitments,
    "sessions": _sessions,
    "invited": _invited,
    "people": _people,
    "registered": _registered,
    "registrations": _state,
    "consents": _consents,
    "ballots": _ballots,
    "handovers": _handovers,
    "listed": _listed,
    "unasked": _unasked,
    "ideas": _ideas,
    "published": _published,
    "nobodys": _nobodys,
}
