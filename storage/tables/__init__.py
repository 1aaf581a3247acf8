"""Every table, a module a cluster. Importing this package declares them all on `metadata`."""

from storage.tables.accountability import decision, event
from storage.tables.base import metadata
from storage.tables.contests import ballot, contest, enrolment, follow, option, participation, result
from storage.tables.messages import (
    broadcast,
    broadcast_text,
    inbound,
    outbox,
    receipt,
    recipient,
    sender,
    talk,
)
from storage.tables.people import (
    address,
    consent,
    contact,
    erasure,
    handover,
    listed,
    not_understood,
    organisation,
    person,
    suppression,
    territory,
)
from storage.tables.plan import community_authorisation, lab, milestone, plan, plan_party, problem, session
from storage.tables.sessions import offer, registration, registration_log, reminder
from storage.tables.system import audit_event, key, lease, setting

__all__ = [
    "address",
    "audit_event",
    "ballot",
    "broadcast",
    "broadcast_text",
    "community_authorisation",
    "consent",
    "contact",
    "contest",
    "decision",
    "enrolment",
    "erasure",
    "event",
    "follow",
    "handover",
    "inbound",
    "key",
    "lab",
    "lease",
    "listed",
    "metadata",
    "milestone",
    "not_understood",
    "offer",
    "option",
    "organisation",
    "outbox",
    "participation",
    "person",
    "plan",
    "plan_party",
    "problem",
    "receipt",
    "recipient",
    "registration",
    "registration_log",
    "reminder",
    "result",
    "sender",
    "session",
    "setting",
    "suppression",
    "talk",
    "territory",
]
