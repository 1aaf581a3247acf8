"""The next meeting is asked inside an SMS that tells the result, where both are one (conversations.md 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.actions import contest, decide, suspend
from bot.i18n import Catalogues
from bot.player import Phone
from bot.results import parts
from storage import clock, registrations
from storage import tables as t
from tests.choose.polls import PROBLEMS, Neighbours, Polls, fingerprint, last
from tests.convoke.town import STARTS, Town, add

WORDS = Catalogues.load()
ASKS = "Reunion: sab 12 dic, 3:30 pm, Casa Comunal. ¿Vas? 1 Si 2 No"


def result_told(town: Town, *phones: Phone, reason: str = "Ya se vio.", others: Sequence[tuple[int, ...]] = ()) -> None:
    """It closes, every option is decided, and it stands on these screens."""
    Polls(town).crowd(*(others or ((1,), (1, 2), (1,), (1,), (3,))))
    town.store.do(lambda unit: contest.close_(unit, WORDS, "sm", "yaneth"))
    for slug, _title, _short in PROBLEMS:
        town.store.do(lambda unit, slug=slug: decide.decide(unit, WORDS, slug, reason, by="yaneth"))  # type: ignore[misc]
    for phone in phones:
        phone.read()


@pytest.fixture
def rosa(town: Town) -> Phone:
    """She chose the water; the next meeting is on 12 December."""
    phone = Neighbours(town.store).signed_up("Rosa")
    second = {"kind": "report_back", "tz": "America/Panama", "place": "Casa Comunal", "use": "x", "title": "Segunda"}
    later = {"starts_at": STARTS + timedelta(days=21), "state": "published", "capacity": 40}
    town.store.do(lambda unit: add(unit, t.session, lab_id=town.lab, code="sm2", **second, **later))
    Polls.opened(town)
    phone.say("ELEGIR 1")
    phone.say("2")
    town.store.do(lambda unit: clock.to(unit, STARTS + timedelta(days=2)))
    return phone


def states(town: Town) -> list[str]:
    """Of her in the second session."""
    [second] = town.rows(t.session, t.session.c.code == "sm2")
    return [row.state for row in town.rows(t.registration, t.registration.c.session_id == second.id)]


def test_one_sms_tells_the_result_and_asks_for_the_meeting(town: Town, rosa: Phone) -> None:
    result_told(town, rosa)
    assert last(rosa.screen) == f"Rosa: pediste Agua. Gano Agua: 5 de 6. Ya se vio. {fingerprint(town)} {ASKS}"
    assert last(rosa.say("5")) == "No entendi 5. ¿Vas el sab 12 dic? 1 Si 2 No"
    assert last(rosa.say("1")).startswith("Listo, Rosa. Vas el sab 12 dic, 3:30 pm, Casa Comunal.")
    assert states(town) == ["registered"]


def test_a_reason_that_is_not_owed_gives_way_to_the_meeting(town: Town, rosa: Phone) -> None:
    result_told(town, rosa, reason="El tanque se repara primero porque el agua llega dos horas al día.")
    assert last(rosa.screen) == f"Rosa: pediste Agua. Gano Agua: 5 de 6. {fingerprint(town)} {ASKS}"
    rosa.say("2")
    assert "El tanque se repara primero" in rosa.say("RESULTADO")[0].text
    assert states(town) == ["declined"]


def test_a_reason_that_is_owed_does_not(town: Town, rosa: Phone) -> None:
    ana = Neighbours(town.store)
    ana.count = 1
    phone = ana.signed_up("Ana", going="2")
    phone.say("2")
    phone.say("ELEGIR 3")
    result_told(town, phone, reason="El centro de salud depende del ministerio y no de la junta.")
    said = last(phone.screen)
    assert said.endswith("¿Que quieres? 1 Detalle 2 No es asi")
    assert "¿Vas?" not in said
    assert "depende del ministerio" in said


def test_no_message_asks_two_numbered_questions_and_each_that_asks_both_is_one_sms(town: Town, rosa: Phone) -> None:
    for lang, form in (("es", "usted"), ("en", "tu")):
        Polls(town).cast(town.neighbour(lang=lang, form=form), 1)
    result_told(town, rosa)
    [told] = town.rows(t.broadcast, t.broadcast.c.kind == "result")
    texts = [row.body["text"] for row in town.rows(t.broadcast_text, t.broadcast_text.c.broadcast_id == told.id)]
    assert len(texts) > 3
    for text in texts:
        assert text.count("?") == 1, text
        assert parts(text, "es") == 1 or "2 No es" in text, text


def test_in_a_chat_and_without_a_meeting_it_is_as_it_was(town: Town, rosa: Phone) -> None:
    town.store.do(lambda unit: clock.to(unit, STARTS + timedelta(days=30)))
    result_told(town, rosa)
    assert last(rosa.screen).endswith("¿Que quieres? 1 Detalle 2 No es asi")
    [told] = town.rows(t.broadcast, t.broadcast.c.kind == "result")
    assert "meeting" not in told.opens["args"]


@pytest.mark.parametrize("going", ["1", "2"])
def test_who_has_a_place_is_not_asked_again_and_reads_when_it_is(town: Town, rosa: Phone, going: str) -> None:
    for said in ("SANMARTIN", going):
        rosa.say(said)
    result_told(town, rosa)
    asked = "¿Que quieres? 1 Detalle 2 No es asi" if going == "1" else ASKS
    told = f"Rosa: pediste Agua. Gano Agua: 5 de 6. Ya se vio. {fingerprint(town)}"
    assert last(rosa.screen) == f"{told} {asked}", "the day stands where it costs no SMS more"
    rosa.say("1")
    assert states(town) == ["registered"]


def test_a_place_taken_meanwhile_is_kept_or_given_back(town: Town, rosa: Phone) -> None:
    result_told(town, rosa)
    [second] = town.rows(t.session, t.session.c.code == "sm2")
    me = min(town.rows(t.person), key=lambda row: row.id)
    town.store.do(lambda unit: registrations.sign_up(unit, second.id, me.id, "whatsapp").state)
    assert last(rosa.say("2")) == "Esta bien. Gracias por avisar. Tu lugar pasa a otra persona."
    assert states(town) == ["cancelled"]


def test_in_the_last_hours_a_place_given_back_goes_to_nobody(town: Town, rosa: Phone) -> None:
    result_told(town, rosa)
    [second] = town.rows(t.session, t.session.c.code == "sm2")
    me = min(town.rows(t.person), key=lambda row: row.id)
    town.store.do(lambda unit: registrations.sign_up(unit, second.id, me.id, "whatsapp").state)
    town.store.do(lambda unit: clock.to(unit, second.starts_at - timedelta(hours=1)))
    assert last(rosa.say("2")) == "Esta bien. Gracias por avisar."
    assert states(town) == ["cancelled"]


def test_a_meeting_that_was_called_off_meanwhile_takes_nobody(town: Town, rosa: Phone) -> None:
    result_told(town, rosa)
    where: Any = t.session.c.code == "sm2"
    off = t.session.update().where(where).values(state="cancelled", reason="lluvia")
    town.store.do(lambda unit: unit.db.execute(off).rowcount)
    assert "Listo" not in last(rosa.say("1"))
    assert states(town) == []


def test_who_answers_for_a_meeting_that_was_called_off_hears_so(town: Town, rosa: Phone) -> None:
    result_told(town, rosa)
    seen = town.store.read(lambda unit: suspend.preview(unit, WORDS, "sm2", "llueve mucho"))
    town.store.do(
        lambda unit: suspend.suspend(unit, WORDS, "sm2", "llueve mucho", by="yaneth", expect=seen.people).pending
    )
    rosa.read()
    assert last(rosa.say("1")).startswith("El laboratorio del sab 12 dic se suspendio. Razon: llueve mucho. Perdon.")
