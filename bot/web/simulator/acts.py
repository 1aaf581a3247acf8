"""The facilitator's four acts as buttons: whom each reaches, the number to type, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from bot import broadcast
from bot.actions import announce, decide, status
from bot.actions import contest as choose
from bot.actions.status import Choosing, Meeting
from bot.errors import Refused
from bot.turn import Parts
from bot.web.engine import Engine
from bot.web.pages import day, hour
from bot.web.simulator import deciding, words
from bot.web.simulator.model import Act, Choice
from bot.web.simulator.seeding import LAB
from storage import accountability, contests
from storage.store import Unit

KEYS = ("announce", "open", "close", "decide")
BY = "facilitadora"
_TITLES = {"announce": "Convocar", "open": "Abrir elección", "close": "Cerrar elección", "decide": "Decidir y contar"}
_BEFORE = {"open": "Primero convoca.", "close": "Primero abre la elección.", "decide": "Primero cierra la elección."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What was typed into an act, and why it was refused."""

    key: str = ""
    count: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)  # problem -> outcome
    reasons: Mapping[str, str] = field(default_factory=dict)
    seed: str = ""  # public numbers that break a tie
    fault: str = ""
    example: bool = False  # reasons filled with an example

    @classmethod
    def read(cls, key: str, posted: FormData) -> Form:
        """The form of an act."""
        texts = {name: str(value).strip() for name, value in posted.items()}
        return cls(
            key=key,
            count=texts.get("count", ""),
            outcomes={n.partition(".")[2]: v for n, v in texts.items() if n.startswith("outcome.")},
            reasons={n.partition(".")[2]: v for n, v in texts.items() if n.startswith("reason.")},
            seed=texts.get("seed", "")[:60],
        )

    @property
    def expect(self) -> int:
        """The number that was typed; -1 when it is none."""
        return int(self.count) if self.count.isdecimal() and len(self.count) < 10 else -1

    def typed(self, problem: str) -> deciding.Typed:
        """Outcome and reason of one option, as they were typed; None when this was not sent."""
        return deciding.Typed(self.outcomes.get(problem), self.reasons.get(problem, ""), sent=self.key == "decide")

    def with_fault(self, fault: str) -> Form:
        """The same, refused."""
        return replace(self, fault=fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What the four acts look at."""

    unit: Unit
    parts: Parts
    meeting: Meeting
    contest: Choosing | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom an act reaches."""

    told: str
    button: str
    people: int
    by_channel: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    asks_seed: bool = False


def acts(panel: Panel, form: Form) -> tuple[Act, ...]:
    """The four acts in order: what is done, the one that is next, what has to wait."""
    done = _done(panel)
    following = next((key for key in KEYS if key not in done), "")
    return tuple(_act(panel, form, key, number, done, following) for number, key in enumerate(KEYS, 1))


def _act(panel: Panel, form: Form, key: str, number: int, done: Mapping[str, str], following: str) -> Act:
    if key != following:
        told = done.get(key) or _BEFORE[key]
        return Act(key=key, number=number, title=_TITLES[key], state="done" if key in done else "later", told=told)
    try:
        reach = _LOOKS[key](panel, form)
    except Refused as refused:
        reach = Reach(told=str(refused), button="", people=0)
    return Act(
        key=key,
        number=number,
        title=_TITLES[key],
        state="next",
        told=reach.told,
        reach=reach.people,
        reach_told=words.listed(
            [f"{reach.by_channel[c]} por {name}" for c, name in words.NAMES.items() if c in reach.by_channel]
        ),
        left_out=words.listed([f"{n} {words.reason(why)}" for why, n in reach.skipped.items()]),
        button=reach.button,
        fault=form.fault if form.key == key else "",
        choices=reach.choices,
        asks_seed=reach.asks_seed,
        seed=form.seed,
    )


def _done(panel: Panel) -> dict[str, str]:
    """What is done already -> what came of it."""
    told: dict[str, str] = {}
    if panel.meeting.invited:
        told["announce"] = f"Lugares tomados: {panel.meeting.registered} de {panel.meeting.capacity or 'muchos'}."
    contest = panel.contest
    if contest is None or contest.state == "draft":
        return told
    told["open"] = f"Hasta el {_moment(panel, contest)}. Eligieron {contest.ballots}."
    if contest.state != "open" and not _tied(panel, contest):
        told["close"] = f"Se contó la elección de {words.people(contest.ballots)}."
    if contest.state == "published":
        told["decide"] = "Se le contó a cada persona qué pasó y por qué."
    return told


def _tied(panel: Panel, contest: Choosing) -> list[str]:
    """Options that wait for the public draw."""
    facts = contests.facts(panel.unit, contest.slug)
    return [o.title for o in facts.waiting] if facts.contest.tie_mode == "seed" else []


def _moment(panel: Panel, contest: Choosing) -> str:
    if contest.closes_at is None:
        return "cierre que ponga el equipo"
    at = contest.closes_at.astimezone(panel.zone)
    return f"{day(at)}, {hour(at)}"


# --- looking at an act ----------------------------------------------------------------------------------------------


def _announce(panel: Panel, form: Form) -> Reach:
    seen = announce.preview(panel.unit, panel.parts.catalogues, panel.meeting.code)
    return Reach(
        told="Invita a la reunión a quienes dieron permiso y no han contestado.",
        button=f"Avisar a {words.people(seen.people)}",
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
    )


def _open(panel: Panel, form: Form) -> Reach:
    contest = _contest(panel)
    seen = choose.preview(panel.unit, panel.parts.catalogues, contest.slug)
    return Reach(
        told=f"Pregunta qué arreglar primero, entre {len(seen.options)} opciones. Cierra el {_moment(panel, contest)}.",
        button=f"Preguntar a {words.people(seen.people)}",
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
    )


def _close(panel: Panel, form: Form) -> Reach:
    contest = _contest(panel)
    tied = _tied(panel, contest) if contest.state != "open" else []
    if tied:
        told = f"Empataron {words.listed(tied)}. Lo decide un sorteo público. Aquí sirve cualquier número."
        return Reach(told=told, button="Aplicar el sorteo", people=contest.ballots, asks_seed=True)
    told = "Desde ahora no entra otra elección. Se cuenta y nadie la cambia. No se escribe a nadie."
    return Reach(told=told, button=f"Cerrar con {contest.ballots}", people=contest.ballots)


def _decide(panel: Panel, form: Form) -> Reach:
    contest = _contest(panel)
    facts = contests.facts(panel.unit, contest.slug)
    audience = accountability.to_tell(facts.contest.id, facts.contest.lab_id)
    seen = broadcast.look(panel.unit, audience, lab_id=facts.contest.lab_id)
    return Reach(
        told="Una decisión y una razón para cada opción. Se le cuenta una vez a quienes eligieron o se inscribieron.",
        button=f"Contar a {words.people(seen.people)}",
        people=seen.people,
        by_channel=seen.by_channel,
        skipped=seen.skipped,
        choices=tuple(deciding.choice(share, form.typed(share.problem), form.example) for share in facts.options),
    )


def _contest(panel: Panel) -> Choosing:
    if panel.contest is None:
        raise Refused("Esta reunión no tiene una elección en el plan.")
    return panel.contest


_LOOKS = {"announce": _announce, "open": _open, "close": _close, "decide": _decide}


# --- doing it -------------------------------------------------------------------------------------------------------


def do(engine: Engine, form: Form) -> None:
    """Do the act that was confirmed with its number. Raises Refused: it is another number now, or it may not be."""
    engine.store.do(lambda unit: _ACTS[form.key](unit, engine.parts, form))


def _do_announce(unit: Unit, parts: Parts, form: Form) -> None:
    meeting, _contest_slug = _here(unit)
    announce.announce(unit, parts.catalogues, meeting, BY, form.expect)


def _do_open(unit: Unit, parts: Parts, form: Form) -> None:
    choose.open_(unit, parts.catalogues, _here(unit)[1], BY, form.expect)


def _do_close(unit: Unit, parts: Parts, form: Form) -> None:
    facts = choose.close_(unit, parts.catalogues, _here(unit)[1], BY, form.seed or None)
    if facts.took_part != form.expect:
        raise Refused(f"El número no coincide. Son {facts.took_part}.")


def _do_decide(unit: Unit, parts: Parts, form: Form) -> None:
    """Every option in one transaction: one without a reason, and nothing is decided."""
    for share in contests.facts(unit, _here(unit)[1]).options:
        typed, problem = form.typed(share.problem), f"{LAB}/{share.problem}"
        decide.decide(unit, parts.catalogues, problem, typed.reason, typed.outcome, by=BY, expect=form.expect)


def _here(unit: Unit) -> tuple[str, str]:
    """The session and the contest of the demonstration, by name."""
    found = next((lab for lab in status.read(unit).labs if lab.slug == LAB), None)
    if found is None or not found.sessions or not found.contests:
        raise Refused("Todavía no hay ejemplo. Empieza de nuevo.")
    return found.sessions[0].code, found.contests[0].slug


_ACTS = {"announce": _do_announce, "open": _do_open, "close": _do_close, "decide": _do_decide}
