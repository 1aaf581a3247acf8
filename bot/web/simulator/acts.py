"""The facilitator's acts as forms: whom each reaches, the number to type; and the same acts done."""

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
from bot.web.simulator import deciding, promising, words
from bot.web.simulator.model import Act, Blank, Choice
from bot.web.simulator.seeding import LAB
from storage import accountability, contests
from storage.store import Unit

BY = "facilitadora"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What was typed into an act, and why it was refused."""

    key: str = ""
    count: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)  # problem -> outcome
    reasons: Mapping[str, str] = field(default_factory=dict)
    blanks: Mapping[str, str] = field(default_factory=dict)  # name -> what was typed
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
            blanks={n: texts[n][:400] for n in ("seed", "text", "due") if n in texts},
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
    """What the acts look at."""

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
    blanks: tuple[Blank, ...] = ()


def act(panel: Panel, form: Form, key: str) -> Act:
    """The form of an act as it would be done now, or why it can not be."""
    try:
        reach = _LOOKS[key](panel, form)
    except Refused as refused:
        reach = Reach(told=str(refused), button="", people=0)
    return Act(
        key=key,
        told=reach.told,
        reach=reach.people,
        reach_told=words.listed(
            [f"{reach.by_channel[c]} por {name}" for c, name in words.NAMES.items() if c in reach.by_channel]
        ),
        left_out=words.listed([f"{n} {words.reason(why)}" for why, n in reach.skipped.items()]),
        button=reach.button,
        fault=form.fault if form.key == key else "",
        choices=reach.choices,
        blanks=tuple(replace(blank, value=form.blanks.get(blank.name, blank.value)) for blank in reach.blanks)
        if form.key == key
        else reach.blanks,
    )


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
    tied = waiting(panel.unit, contest) if contest.state != "open" else []
    if tied:
        told = f"Empataron {words.listed(tied)}. Lo decide un sorteo público. Aquí sirve cualquier número."
        draw = (Blank(name="seed", label="Números del sorteo"),)
        return Reach(told=told, button="Aplicar el sorteo", people=contest.ballots, blanks=draw)
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


def _promised(panel: Panel, key: str, told: str) -> Reach:
    seen = promising.preview(panel.unit, panel.parts.catalogues, key, panel.zone)
    return Reach(
        told=told,
        button=f"Contar a {words.people(seen.told.people)}",
        people=seen.told.people,
        by_channel=seen.told.by_channel,
        skipped=seen.told.skipped,
        blanks=seen.blanks,
    )


def _promise(panel: Panel, form: Form) -> Reach:
    told = "Quién responde, qué hace y para cuándo, en sus palabras. Aquí, la Junta Comunal de Ejemplo."
    return _promised(panel, "promise", told)


def _done(panel: Panel, form: Form) -> Reach:
    told = "Lo dice la oficina. No cierra nada: a los 28 días se pregunta a los vecinos."
    return _promised(panel, "done", told)


def _again(panel: Panel, form: Form) -> Reach:
    told = "La oficina da otra fecha, con su razón. Al día siguiente se pregunta otra vez."
    return _promised(panel, "again", told)


def waiting(unit: Unit, contest: Choosing) -> list[str]:
    """Options that wait for the public draw."""
    facts = contests.facts(unit, contest.slug)
    return [o.title for o in facts.waiting] if facts.contest.tie_mode == "seed" else []


def _moment(panel: Panel, contest: Choosing) -> str:
    if contest.closes_at is None:
        return "día que ponga el equipo"
    at = contest.closes_at.astimezone(panel.zone)
    return f"{day(at)}, {hour(at)}"


def _contest(panel: Panel) -> Choosing:
    if panel.contest is None:
        raise Refused("Esta reunión no tiene una elección en el plan.")
    return panel.contest


_LOOKS = {
    "announce": _announce,
    "open": _open,
    "close": _close,
    "decide": _decide,
    "promise": _promise,
    "done": _done,
    "again": _again,
}
KEYS = tuple(_LOOKS)


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
    facts = choose.close_(unit, parts.catalogues, _here(unit)[1], BY, form.blanks.get("seed") or None)
    if facts.took_part != form.expect:
        raise Refused(f"El número no coincide. Son {facts.took_part}.")


def _do_decide(unit: Unit, parts: Parts, form: Form) -> None:
    """Every option in one transaction: one without a reason, and nothing is decided."""
    for share in contests.facts(unit, _here(unit)[1]).options:
        typed, problem = form.typed(share.problem), f"{LAB}/{share.problem}"
        decide.decide(unit, parts.catalogues, problem, typed.reason, typed.outcome, by=BY, expect=form.expect)


def _do_promised(unit: Unit, parts: Parts, form: Form) -> None:
    promising.do(unit, parts.catalogues, form.key, form.blanks, by=BY, expect=form.expect)


def _here(unit: Unit) -> tuple[str, str]:
    """The session and the contest of the demonstration, by name."""
    found = next((lab for lab in status.read(unit).labs if lab.slug == LAB), None)
    if found is None or not found.sessions or not found.contests:
        raise Refused("Todavía no hay ejemplo. Empieza de nuevo.")
    return found.sessions[0].code, found.contests[0].slug


_ACTS = {
    "announce": _do_announce,
    "open": _do_open,
    "close": _do_close,
    "decide": _do_decide,
    "promise": _do_promised,
    "done": _do_promised,
    "again": _do_promised,
}
