"""Which of a person's addresses is written to: a table of rules; the first that tells two of them apart decides.

The same table places a whole audience, in SQL (storage/reach.py), and finds one person's next channel
(storage/onward.py); a test holds its two forms together. Which of our SMS lines writes to a number is decided before,
when the number comes to be known: the line it wrote to, else the one that CONVOCA_SMS_BY_COUNTRY names
(bot/sending_rules.py). SMS is one way to a person, whichever line carries it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, literal, or_, select

from storage import closures
from storage.store import Unit
from storage.tables import address, sender

COST = ("telegram", "whatsapp", "sms")  # what it costs the organiser, the cheapest first
ELSE = "es"  # the language of an approved text where there is none in the person's own

# Kind of broadcast -> the approved texts of docs/templates.md that its words may ride in; what is not here has none.
APPROVED: Mapping[str, tuple[str, ...]] = {
    "invitation": ("invitacion_laboratorio",),
    "reminder": ("recordatorio",),
    "offer": ("lugar_disponible", "lista_de_espera"),
    "change": ("sesion_cambiada",),
    "suspension": ("sesion_suspendida",),
    "correction": ("correccion", "correccion_vas"),
    "ballot": ("elegir",),
    "ballot_reminder": ("elegir",),
    "closing": ("eleccion_contada",),
    "result": ("resultado_de_tu_eleccion",),
    "idea": ("idea_novedad",),
    "commitment": ("compromiso_novedad",),
    "asking": ("se_cumplio",),
    "story": ("historia",),
    "shown": ("permiso_foto",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A sender that may write freely for some hours after the person wrote, and then in approved texts alone."""

    opens: datetime  # who has not written since gets an approved text
    langs: frozenset[str]  # languages that this kind of message has one in; '*': any


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How our senders stand when a message of one kind is to be sent."""

    halted: frozenset[int] = frozenset()
    closed: frozenset[tuple[int, str]] = frozenset()  # (sender, country)
    windows: Mapping[int, Window] = field(default_factory=dict)  # of the senders that have one


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One address of a person."""

    id: int
    channel: str
    sender_id: int | None
    usable: bool  # it is known, can be reached and has not been left
    country: str | None = None
    lang: str = "es"  # the person's
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in its two forms. What gives the smaller value is taken."""

    name: str
    of: Callable[[Way, Standing], float]
    sql: Callable[[ColumnElement[bool], ColumnElement[Any], Standing], ColumnElement[Any]]  # of (usable, lang, ...)


def first(ways: list[Way], standing: Standing) -> list[Way]:
    """The ways in the order in which they are tried."""
    return sorted(ways, key=lambda way: [rule.of(way, standing) for rule in RULES])


def order(usable: ColumnElement[bool], lang: ColumnElement[Any], standing: Standing) -> list[ColumnElement[Any]]:
    """The same order, of rows of `address`.  usable, lang: what `Way` says of the same name"""
    return [rule.sql(usable, lang, standing) for rule in RULES]


def standing(unit: Unit, kind: str, at: datetime) -> Standing:
    """As it is now, for a broadcast of this kind that is due at `at`."""
    rows = unit.db.execute(select(sender.c.id, sender.c.halted_at, sender.c.window, sender.c.templates)).all()
    late = {row.id: timedelta(seconds=row.window) for row in rows if row.window is not None}
    known = {row.id: row.templates or {} for row in rows}
    return Standing(
        halted=frozenset(row.id for row in rows if row.halted_at is not None),
        closed=closures.pairs(unit),
        windows={id: Window(opens=at - late[id], langs=_langs(known[id], kind)) for id in late},
    )


def _langs(templates: Mapping[str, list[str]], kind: str) -> frozenset[str]:
    """Languages in which every text that this kind may need is there."""
    texts = [frozenset(templates.get(name, ())) for name in APPROVED.get(kind, ())]
    return frozenset.intersection(*texts) if texts else frozenset()


# --- the rules --------------------------------------------------------------------------------------------------------


def _failure(way: Way, now: Standing) -> float:
    waits = way.sender_id in now.halted or (way.sender_id, way.country) in now.closed
    return 2 if not way.usable else 1 if waits else 0


def _failure_sql(usable: ColumnElement[bool], lang: ColumnElement[Any], now: Standing) -> ColumnElement[Any]:
    shut = [and_(address.c.sender_id == id, address.c.country == country) for id, country in sorted(now.closed)]
    waits = or_(address.c.sender_id.in_(sorted(now.halted)), *shut)
    return case((~usable, 2), (waits, 1), else_=0)


def _window(way: Way, now: Standing) -> float:
    late = _late(way, now)
    return 1 if late is not None and ELSE not in late and not _speaks(way.lang, late) else 0


def _window_sql(usable: ColumnElement[bool], lang: ColumnElement[Any], now: Standing) -> ColumnElement[Any]:
    mute = [
        and_(_late_sql(id, window), ~_speaks_sql(lang, window.langs))
        for id, window in sorted(now.windows.items())
        if ELSE not in window.langs
    ]
    return case((or_(false(), *mute), 1), else_=0)


def _language(way: Way, now: Standing) -> float:
    late = _late(way, now)
    return 1 if late is not None and not _speaks(way.lang, late) else 0


def _language_sql(usable: ColumnElement[bool], lang: ColumnElement[Any], now: Standing) -> ColumnElement[Any]:
    other = [
        and_(_late_sql(id, window), ~_speaks_sql(lang, window.langs)) for id, window in sorted(now.windows.items())
    ]
    return case((or_(false(), *other), 1), else_=0)


def _seen(way: Way, now: Standing) -> float:
    return -way.heard_at.timestamp() if way.heard_at else float("inf")


def _seen_sql(usable: ColumnElement[bool], lang: ColumnElement[Any], now: Standing) -> ColumnElement[Any]:
    return address.c.last_inbound_at.desc().nulls_last()


def _cost(way: Way, now: Standing) -> float:
    return COST.index(way.channel) if way.channel in COST else len(COST)


def _cost_sql(usable: ColumnElement[bool], lang: ColumnElement[Any], now: Standing) -> ColumnElement[Any]:
    return case({name: number for number, name in enumerate(COST)}, value=address.c.channel, else_=len(COST))


def _known(way: Way, now: Standing) -> float:
    return way.id


def _known_sql(usable: ColumnElement[bool], lang: ColumnElement[Any], now: Standing) -> ColumnElement[Any]:
    return address.c.id


RULES = (
    # Gone, left or not known comes last; before it what would wait: its sender has stopped, or its country is closed.
    Rule("failure", _failure, _failure_sql),
    # Outside of WhatsApp's 24 hours with no approved text of this kind: behind what can carry it now.
    Rule("window", _window, _window_sql),
    # Every text that we word ourselves stands in every language on every channel, so a language alone never tells two
    # channels apart. An approved text may be there in Spanish only: behind what says it in the person's language.
    Rule("language", _language, _language_sql),
    Rule("last seen", _seen, _seen_sql),
    Rule("cost", _cost, _cost_sql),
    Rule("known longest", _known, _known_sql),
)


def _late(way: Way, now: Standing) -> frozenset[str] | None:
    """Languages of the approved texts that are all it can carry now; None: free text may go."""
    window = now.windows.get(way.sender_id) if way.sender_id is not None else None
    return window.langs if window and (way.heard_at is None or way.heard_at <= window.opens) else None


def _late_sql(sender_id: int, window: Window) -> ColumnElement[bool]:
    unheard = or_(address.c.last_inbound_at.is_(None), address.c.last_inbound_at <= window.opens)
    return and_(address.c.sender_id == sender_id, unheard)


def _speaks(lang: str, langs: frozenset[str]) -> bool:
    """'es-PA' and 'es_PA' are served by 'es' too."""
    return "*" in langs or any(lang == one or lang.startswith((f"{one}-", f"{one}_")) for one in langs)


def _speaks_sql(lang: ColumnElement[Any], langs: frozenset[str]) -> ColumnElement[bool]:
    if "*" in langs:
        return literal(True)
    regional = [lang.startswith(f"{one}{mark}", autoescape=True) for one in sorted(langs) for mark in "-_"]
    return or_(false(), lang.in_(sorted(langs)), *regional)
