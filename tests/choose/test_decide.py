"""Decisions: no option without a reason; then everybody concerned is told once, in numbers that agree with the rows."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bot.actions import contest as acts
from bot.actions import decide as decisions
from bot.actions import status
from bot.actions.decide import Decided
from bot.broadcast import Ledger
from bot.errors import Refused
from bot.i18n import Catalogues
from bot.results import parts
from bot.sms import sms_text
from storage import contests
from storage import tables as t
from storage.store import Store
from tests.choose.polls import PROBLEMS, Polls, fingerprint
from tests.convoke.town import NOON, Town, add

WORDS = Catalogues.load()
REASONS = {
    "agua": "La oficina del agua ya visitó la toma.",
    "camino": "El camino se arregla con la obra de la escuela.",
    "salud": "La junta la lleva al municipio el mié 10 feb.",
    "senal": "Es asunto de la empresa de telefonía.",
    "basura": "El camión pasa desde enero.",
}


def decide(town: Town, problem: str, because: str = "", **how: Any) -> Decided:
    why = because or REASONS[problem]
    return town.store.do(lambda unit: decisions.decide(unit, WORDS, problem, why, by="yaneth", **how))


def decide_all(town: Town, **last: Any) -> Ledger:
    for slug, _title, _short in PROBLEMS[:-1]:
        assert decide(town, slug).told is None
    told = decide(town, "basura", **last).told
    assert told
    return told


def closed(town: Town, *choices: tuple[int, ...], **values: Any) -> Polls:
    polls = Polls.opened(town, **values)
    polls.crowd(*choices)
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    return polls


def texts(town: Town) -> dict[str, str]:
    """What each variant says, as an SMS shows it."""
    return {r.variant: sms_text(r.body["text"]) for r in town.rows(t.broadcast_text)}


STORY = [(1, 3)] * 4 + [(1,)] * 3 + [(2,)] * 2 + [(), (5,)]  # water 7, health 4, road 2, rubbish 1 of 10


# --- deciding -----------------------------------------------------------------------------------------------------


def test_an_option_that_won_goes_ahead_and_another_not_now(town: Town) -> None:
    closed(town, *STORY)
    won, lost = decide(town, "agua").verdict, decide(town, "salud", next_step="Cabildo del 10 feb").verdict
    assert (won.option.outcome, won.option.next_step) == ("adopted", "")
    assert (lost.option.outcome, lost.option.next_step) == ("not_now", "Cabildo del 10 feb")
    assert lost.left == ("Camino a la escuela", "Señal de celular", "Basura")
    assert decide(town, "camino").verdict.option.next_step == "sin próximo paso"
    assert [r.outcome for r in town.rows(t.decision)] == ["adopted", "not_now", "not_now"]


def test_an_outcome_can_be_said(town: Town) -> None:
    closed(town, *STORY)
    assert decide(town, "senal", outcome="other_office").verdict.option.outcome == "other_office"


@pytest.mark.parametrize(
    ("problem", "how", "why"),
    [
        ("agua", {"because": "  "}, "Falta la razón de Agua potable"),
        ("agua", {"because": "\x01\x02 😀"}, "Falta la razón de Agua potable"),
        ("agua", {"because": "x" * 141}, "La razón de Agua potable es muy larga. Caben 140"),
        ("agua", {"next_step": "x" * 61}, "El próximo paso de Agua potable es muy largo"),
        ("agua", {"outcome": "quizás"}, "No conozco esa decisión"),
        ("luz", {"because": "Así es."}, "No hay un problema luz"),
    ],
)
def test_what_can_not_be_decided_is_refused(town: Town, problem: str, how: dict[str, Any], why: str) -> None:
    closed(town, *STORY)
    with pytest.raises(Refused, match=why):
        decide(town, problem, **how)
    assert town.rows(t.decision) == []


def test_nothing_that_turns_the_text_round_is_published(town: Town) -> None:
    closed(town, *STORY)
    decided = decide(town, "salud", "Falta\x01 \u202e dinero", next_step="\u202eCabildo").verdict.option
    assert (decided.reason, decided.next_step) == ("Falta dinero", "Cabildo")


def test_nothing_is_decided_before_the_close(town: Town) -> None:
    Polls.opened(town)
    with pytest.raises(Refused, match="no ha cerrado"):
        decide(town, "agua")


def test_the_database_itself_refuses_a_decision_without_a_reason(town: Town) -> None:
    polls = closed(town, *STORY)
    row = {"problem_id": 1, "contest_id": polls.contest.id, "outcome": "not_now", "reason": " ", "by": "x", "at": NOON}
    with pytest.raises(IntegrityError):
        town.store.do(lambda unit: unit.db.execute(insert(t.decision).values(**row)).rowcount)


def test_deciding_again_replaces_until_it_is_published(town: Town) -> None:
    closed(town, *STORY)
    decide(town, "agua", "Una razón.")
    assert decide(town, "agua", "Otra razón.").verdict.replaces
    assert [r.reason for r in town.rows(t.decision)] == ["Otra razón."]
    assert len(town.rows(t.audit_event, t.audit_event.c.kind == "decision.made")) == 2
    decide_all(town)
    with pytest.raises(Refused, match="ya se publicó"):
        decide(town, "agua", "Tarde.")


def test_two_labs_with_one_problem_must_be_told_apart(town: Town) -> None:
    closed(town, *STORY)

    def other_lab(unit: Any) -> None:
        lab = dict(town.rows(t.lab)[0]._mapping) | {"slug": "otro", "keyword": "OTRO"}
        lab.pop("id")
        lab_id = add(unit, t.lab, **lab)
        problem = add(unit, t.problem, lab_id=lab_id, slug="agua", title="Agua", short_title="Agua")
        contest = add(
            unit,
            t.contest,
            lab_id=lab_id,
            slug="otro",
            title="?",
            state="draft",
            method="approval",
            params={},
            quorum={},
        )
        add(unit, t.option, contest_id=contest, problem_id=problem, number=1, title="Agua", short_title="Agua")

    town.store.do(other_lab)
    with pytest.raises(Refused, match="Varios laboratorios tienen un problema agua"):
        decide(town, "agua")
    assert decide(town, "san-martin/agua", REASONS["agua"]).verdict.contest.slug == "sm"


def test_a_tie_must_be_settled_first(town: Town) -> None:
    closed(town, (1,), (1,), (3,), (3,), (5,))
    with pytest.raises(Refused, match="Empataron Agua potable y Centro de salud"):
        decide(town, "agua")
    commands = [one.command for one in town.store.read(status.read).late]
    assert "convoca contest close sm --seed NUMBERS" in commands
    assert not any("convoca decide" in one for one in commands)
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth", "48213"))
    decide_all(town)
    assert "Empataron " in next(iter(texts(town).values()))


def test_an_assembly_says_itself_what_becomes_of_a_tie(town: Town) -> None:
    closed(town, (1,), (1,), (3,), (3,), (5,), tie_mode="assembly")
    with pytest.raises(Refused, match="Centro de salud empató y decide la asamblea"):
        decide(town, "salud")
    decide(town, "salud", outcome="adopted", minute="Asamblea del 12 dic, acta 4")
    decide(town, "agua", outcome="not_now")
    for slug in ("camino", "senal"):
        decide(town, slug)
    decide(town, "basura")
    said = texts(town)["sms/es/tu/own/1:3"]
    assert "Gano Salud: 2 de 5." in said
    assert "Empataron Agua y Salud y decidio la asamblea." in said


# --- telling ------------------------------------------------------------------------------------------------------


def test_the_last_decision_publishes_and_tells_everybody_once(town: Town) -> None:
    polls = closed(town, *STORY)
    came = town.neighbour()
    town.registers(came, "attended")
    voter = town.rows(t.ballot)[0].person_id
    town.registers(voter)
    town.registers(town.neighbour(), "declined")
    ledger = decide_all(town, expect=len(STORY) + 1)
    assert polls.contest.state == "published"
    assert (ledger.audience, ledger.pending, ledger.skipped) == (12, 12, 0)
    people = [r.person_id for r in town.rows(t.recipient)]
    assert len(set(people)) == 12
    assert came in people
    (noted,) = town.rows(t.event)
    assert (noted.kind, noted.subject, noted.broadcast_id) == ("result", "sm", ledger.broadcast_id)


def test_each_hears_what_became_of_what_they_asked_for(town: Town) -> None:
    closed(town, *STORY)
    town.registers(town.neighbour())
    decide_all(town)
    said = texts(town)
    won = "Gano Agua: 7 de 11."  # of 10 who chose, one more in blank
    comes = "Reunion: sab 21 nov, 3:30 pm, Casa Comunal. ¿Vas? 1 Si 2 No"
    assert said["sms/es/tu/own/1:1"] == f"{{name}}: pediste Agua. {won} {fingerprint(town)} {comes}"
    assert said["sms/es/tu/own/1:1,3"].startswith(
        f"{{name}}: pediste Agua y Salud. {won} La oficina del agua ya visito la toma. Salud tuvo 4: por ahora no."
    )
    assert said["sms/es/tu/own/1:2"].startswith(
        f"{{name}}: pediste Camino. {won} La oficina del agua ya visito la toma. Camino tuvo 2: por ahora no. El camino"
    )
    assert said["sms/es/tu/own/3:blank"].startswith("{name}: contamos tu eleccion en blanco. Gano Agua")
    assert said["sms/es/tu/own/6:none@"].startswith(
        "Ya hay resultado en San Martin. No tenemos eleccion tuya. Gano Agua"
    )


def test_every_number_told_agrees_with_the_rows(town: Town) -> None:
    closed(town, *STORY)
    decide_all(town)
    seen = town.store.read(lambda unit: contests.facts(unit, "sm"))
    ballots = [set(r.payload.split(",")) for r in town.rows(t.ballot, t.ballot.c.kind == "choice")]
    for share in seen.options:
        assert share.votes == sum(str(share.number) in ballot for ballot in ballots)
    said = texts(town)["sms/es/tu/own/1:1,3"]
    first = seen.chosen[0]
    took_part = len(town.rows(t.ballot))  # one was blank, which nobody can work out
    assert (took_part, f"{first.short_title}: {first.votes} de {took_part}." in said) == (len(ballots) + 1, True)


def test_a_message_stays_within_two_sms_whatever_the_reasons(town: Town) -> None:
    long = "Así lo acordaron la junta y la oficina del agua. " * 2 + "Se ve otra vez en la próxima reunión."
    assert decisions.MAX_REASON - 10 < len(long) <= decisions.MAX_REASON
    closed(town, *STORY, (2, 3, 5), (1, 2, 3))
    for slug, _title, _short in PROBLEMS:
        decide(town, slug, long, next_step="Se ve de nuevo en la reunión del 12 dic")
    for variant, text in texts(town).items():
        assert parts(text, "es") <= 2, variant


def test_under_five_ballots_only_what_was_chosen_and_why_is_told(town: Town) -> None:
    closed(town, (1,), (1, 3), (3, 1))
    decide_all(town)
    said = texts(town)["sms/es/tu/own/1:1,3"]
    assert (
        said.startswith("{name}: pediste Agua y Salud. Gano Agua. La oficina del agua ya visito la toma.")
        or "sorteo" in said
    )
    assert "Contestaron menos de 5 personas. Asi no contamos por tema." in said
    assert "tuvo" not in said


def test_a_shared_phone_reads_no_option(town: Town) -> None:
    polls = Polls.opened(town)
    phone = town.address()
    ana, luis = town.person(phone, name="Ana"), town.person(phone, name="Luis")
    polls.cast(ana, 1, shared=True)
    polls.cast(luis, 2, shared=True)
    polls.crowd((1,), (1,), (2, 1))
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    ledger = decide_all(town)
    assert ledger.reasons == {"shared": 1}
    said = texts(town)["sms/es/tu/shared/1:1"]
    assert said == "Ya hay resultado del laboratorio de San Martin. Responde 1 para verlo."


def test_who_was_late_hears_that_it_did_not_count(town: Town) -> None:
    polls = closed(town, *STORY)
    polls.cast(town.neighbour(), 1)
    decide_all(town)
    assert texts(town)["sms/es/tu/own/5:late"].startswith(
        "{name}: tu eleccion llego despues del cierre y no se conto. Gano"
    )


def test_who_gave_no_permission_is_skipped_with_the_reason(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd(*STORY)
    polls.cast(town.neighbour(consent="lab", withdrawn=True), 1)
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    ledger = decide_all(town)
    assert (ledger.audience, ledger.pending, ledger.reasons) == (12, 11, {"no_consent": 1})


def test_another_number_than_the_one_shown_publishes_nothing(town: Town) -> None:
    polls = closed(town, *STORY)
    for slug, _title, _short in PROBLEMS[:-1]:
        decide(town, slug)
    with pytest.raises(Refused, match="Son 11"):
        decide(town, "basura", expect=10)
    assert polls.contest.state == "closed"
    assert len(town.rows(t.decision)) == 4


def test_quiet_hours_hold_the_telling(town: Town, clock: Any) -> None:
    closed(town, *STORY)
    clock.forward(hours=9)  # nine in the evening
    ledger = decide_all(town)
    assert (ledger.due_at - NOON).total_seconds() // 3600 == 20  # eight in the morning


def test_the_preview_shows_whom_and_how_much_before_the_last_decision(town: Town) -> None:
    closed(town, *STORY)
    first = town.store.read(lambda unit: decisions.preview(unit, WORDS, "agua", REASONS["agua"]))
    assert (first.publishes, first.people) == (False, 0)
    for slug, _title, _short in PROBLEMS[:-1]:
        decide(town, slug)
    seen = town.store.read(lambda unit: decisions.preview(unit, WORDS, "basura", REASONS["basura"]))
    assert (seen.publishes, seen.people, seen.by_channel) == (True, 11, {"sms": 11})
    assert 11 <= seen.segments <= 22
    assert seen.verdict.option.reason == REASONS["basura"]
    assert town.rows(t.broadcast) == []
    decide(town, "basura", expect=seen.people)
    assert sorted(texts(town)) == sorted({r.variant for r in town.rows(t.recipient)})


def test_who_chose_is_told_even_when_the_link_is_gone(town: Town, clock: Any, store: Store) -> None:
    from storage.contest_states import unlink_due

    closed(town, *STORY)
    clock.forward(days=31)
    store.do(unlink_due)
    ledger = decide_all(town)
    assert ledger.pending == len(STORY)
    assert set(texts(town)) == {"sms/es/tu/own/4:took"}


def test_who_follows_is_told_of_it_when_the_link_is_gone(town: Town, clock: Any, store: Store) -> None:
    """After 30 days what somebody follows is all that is said of her; another's choice is nobody's any more."""
    from storage import follows
    from storage.contest_states import unlink_due

    polls = closed(town, *STORY)
    rosa = min(row.person_id for row in town.rows(t.participation))
    store.do(lambda unit: follows.set_(unit, polls.contest.id, rosa, [3, 1]))
    clock.forward(days=31)
    store.do(unlink_due)
    ledger = decide_all(town)
    assert ledger.pending == len(STORY)
    assert set(texts(town)) == {"sms/es/tu/own/4:took", "sms/es/tu/own/2:1,3"}
    assert texts(town)["sms/es/tu/own/2:1,3"].startswith("{name}: pediste Agua y Salud.")


def test_who_follows_hears_the_result_once_with_her_choice(town: Town, store: Store) -> None:
    """Somebody who follows and neither chose nor came is told too; who chose reads of her choice, once."""
    from storage import follows

    polls = closed(town, *STORY)
    rosa, other = min(row.person_id for row in town.rows(t.participation)), town.neighbour()
    store.do(lambda unit: follows.set_(unit, polls.contest.id, rosa, [5]))
    store.do(lambda unit: follows.set_(unit, polls.contest.id, other, [5]))
    ledger = decide_all(town)
    assert ledger.pending == len(STORY) + 1
    variants = {row.person_id: row.variant for row in town.rows(t.recipient)}
    assert variants[other].endswith("/2:5")
    assert "/1:" in variants[rosa]
