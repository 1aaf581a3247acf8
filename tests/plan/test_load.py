"""Loading a plan: everything or nothing, harmless twice, and never taking back what people have been told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select, update

from bot.actions import changed
from bot.actions import load as loading
from bot.errors import BadPlan
from bot.planfile import read
from bot.stage import Parts
from storage import audit, keepers, labs
from storage import tables as t
from storage.store import Store, Unit
from tests.conftest import Clock
from tests.plan.plans import AUTHORISED, BASE, NOW, Loader, everything, place_taken, row

EXAMPLE = Path(__file__).parents[2] / "examples" / "panama.toml"


# --- what is stored


def test_a_plan_is_stored_with_what_it_inherits(store: Store, load: Loader) -> None:
    report = load(BASE)
    assert report.changed == ()
    assert report.warnings == ()
    assert "session p1" in report.created
    lab = store.read(lambda unit: labs.lab(unit, "pueblo"))
    assert lab is not None
    assert (lab.keyword, lab.country, lab.tz, lab.area) == ("PUEBLONUEVO", "PA", "America/Panama", "Panamá")
    assert (lab.organiser_short, lab.langs, lab.state) == ("Junta de Ejemplo", ["es"], "published")
    session = row(store, t.session, code="p1")
    assert session["starts_at"] == datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
    assert (session["capacity"], session["state"], session["revision"]) == (2, "published", 1)
    contest = row(store, t.contest, slug="p")
    assert contest["params"] == {"k": 1, "seats": 1}
    assert contest["closes_at"] == datetime(2026, 11, 25, 23, 0, tzinfo=UTC)
    titles = select(t.option.c.title).order_by(t.option.c.number)
    assert store.read(lambda unit: list(unit.db.execute(titles).scalars())) == ["Luz", "Agua"]


def test_a_published_session_has_its_reminders(store: Store, load: Loader) -> None:
    load(BASE)
    due = store.read(lambda unit: list(unit.db.execute(select(t.reminder.c.due_at, t.reminder.c.state)).all()))
    assert (datetime(2026, 11, 19, 22, 0, tzinfo=UTC), "pending") in [tuple(r) for r in due]


def test_the_example_is_stored_as_the_documents_say(store: Store, clock: Clock, parts: Parts) -> None:
    clock.set(NOW)
    report = store.do(lambda unit: loading.load(unit, read(EXAMPLE), parts, timezone="America/Panama"))
    assert len(report.created) == 54
    plan = row(store, t.plan, slug="compromiso-4")
    assert (plan["starts_on"], plan["ends_on"]) == (date(2023, 9, 1), date(2025, 8, 31))
    third = row(store, t.milestone, number="3")
    assert (third["due_text"], third["due_to"]) == ("Junio 2023", date(2023, 6, 30))
    parties = select(t.organisation.c.slug).join(t.plan_party).where(t.plan_party.c.role == "responsible")
    assert store.read(lambda unit: list(unit.db.execute(parties).scalars())) == ["antai"]
    published = store.read(lambda unit: [lab.slug for lab in labs.labs(unit)])
    drafts = store.read(lambda unit: [lab.slug for lab in labs.labs(unit, "draft")])
    assert published == ["san-martin"]
    assert len(drafts) == 7
    assert row(store, t.session, code="com1")["state"] == "draft"


def test_the_example_warns_of_its_milestone_and_its_comarca_alone(store: Store, clock: Clock, parts: Parts) -> None:
    clock.set(NOW)
    report = store.do(lambda unit: loading.load(unit, read(EXAMPLE), parts, timezone="America/Panama"))
    milestone, comarca = report.warnings
    assert "milestone 3 is due 'Junio 2023'" in milestone
    assert "comarca-ejemplo stays a draft: a lab in a comarca needs an authorisation" in comarca


def test_a_load_stands_in_the_audit_log(store: Store, load: Loader) -> None:
    load(BASE)
    event = row(store, t.audit_event, kind="plan.loaded")
    assert "session p1" in event["payload"]["created"]
    assert store.read(audit.verify) == []


# --- twice


def test_loading_twice_changes_nothing(store: Store, load: Loader, clock: Clock) -> None:
    first = load(BASE)
    before = everything(store)
    clock.forward(days=3)
    second = load(BASE)
    assert (second.created, second.changed) == ((), ())
    assert second.unchanged == len(first.created)
    after = everything(store)
    del before["setting"], after["setting"]  # the clock itself
    assert before == after


def test_a_relative_date_moves_only_when_it_is_written_anew(store: Store, load: Loader, clock: Clock) -> None:
    load(BASE)
    clock.forward(days=3)
    assert load(BASE).changed == ()
    report = load(BASE.replace("+10d 15:30", "+11d 16:00"))
    assert report.changed == ("session p1",)
    assert row(store, t.session, code="p1")["starts_at"] == datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


def test_a_date_that_becomes_absolute_and_relative_again_is_followed(store: Store, load: Loader, clock: Clock) -> None:
    load(BASE)
    load(BASE.replace("+10d 15:30", "2026-12-01 10:00"))
    assert row(store, t.session, code="p1")["starts_at"] == datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
    clock.forward(days=1)
    load(BASE)
    assert row(store, t.session, code="p1")["starts_at"] == datetime(2026, 11, 21, 20, 30, tzinfo=UTC)


def test_a_second_file_may_name_what_the_first_brought(store: Store, load: Loader) -> None:
    load(BASE)
    more = BASE[BASE.index("[[session]]") : BASE.index("[[problem]]")].replace("p1", "p2").replace("+10d", "+20d")
    report = load(more + '[[contest]]\nslug = "q"\nlab = "pueblo"\nsession = "p2"\ntitle = "¿Y ahora?"\n')
    assert report.created == ("session p2", "contest q")


def test_what_changed_is_named(store: Store, load: Loader) -> None:
    load(BASE)
    report = load(
        BASE.replace('\ntitle = "Luz"', '\ntitle = "Luz pública"').replace('place = "Escuela"', 'place = "Iglesia"')
    )
    assert report.changed == ("session p1", "problem pueblo/luz")


# --- a published session


def test_moving_a_published_session_raises_its_revision(store: Store, load: Loader) -> None:
    load(BASE)
    load(BASE.replace('place = "Escuela"', 'place = "Iglesia"'))
    assert row(store, t.session, code="p1")["revision"] == 2
    load(BASE.replace('title = "Primera"', 'title = "Otra"').replace('place = "Escuela"', 'place = "Iglesia"'))
    assert row(store, t.session, code="p1")["revision"] == 2
    states = select(t.reminder.c.session_revision, t.reminder.c.state).where(t.reminder.c.rule == "day_before")
    assert dict(store.read(lambda unit: [tuple(r) for r in unit.db.execute(states)])) == {1: "stale", 2: "pending"}


def test_moving_a_draft_raises_nothing(store: Store, load: Loader) -> None:
    draft = BASE.replace('use = "va a la junta"\nstate = "published"', 'use = "va a la junta"')
    load(draft)
    load(draft.replace("Escuela", "Iglesia"))
    assert row(store, t.session, code="p1")["revision"] == 1


def test_a_file_moves_no_session_to_which_people_are_coming(store: Store, load: Loader) -> None:
    load(BASE)
    place_taken(store, "p1")
    moved = BASE.replace("Escuela", "Iglesia").replace("+10d 15:30", "2026-12-01 10:00")
    report = load(moved.replace('title = "Primera"', 'title = "Otra"'))
    now = row(store, t.session, code="p1")
    assert (now["place"], now["revision"], now["title"]) == ("Escuela", 1, "Otra")
    assert now["starts_at"] == datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
    (told,) = report.warnings
    assert "p1 stays on 2026-11-20 15:30, Escuela: 1 person was invited or is coming, and no file tells them" in told
    assert told.endswith("convoca session edit p1 --when '2026-12-01 10:00' --place Iglesia")
    assert load(moved).changed == ("session p1",)  # its title, as it was
    told = load(BASE.replace("Escuela", "Casa de Ana")).warnings[0]
    assert told.endswith("convoca session edit p1 --place 'Casa de Ana'")


@pytest.mark.parametrize("state", ["sent", "unknown", "pending"])
def test_nor_one_to_which_people_were_invited(store: Store, load: Loader, parts: Parts, state: str) -> None:
    load(BASE)
    place_taken(store, "p1")

    def invited(unit: Unit) -> None:
        unit.db.execute(delete(t.registration_log))
        unit.db.execute(delete(t.registration))
        invite = {"code": "ABC", "idem": "announce:p1:1", "kind": "invitation", "state": "done", "by": "t"}
        meeting = unit.db.execute(select(t.session.c.id).where(t.session.c.code == "p1")).scalar_one()
        at = {"session_id": meeting, "created_at": unit.now, "due_at": unit.now}
        made = unit.db.execute(insert(t.broadcast).values(**invite, **at).returning(t.broadcast.c.id)).scalar_one()
        who = unit.db.execute(select(t.person.c.id)).scalars().first()
        unit.db.execute(insert(t.recipient).values(broadcast_id=made, person_id=who, state=state, at=unit.now))

    store.do(invited)
    assert "1 person was invited or is coming" in load(BASE.replace("Escuela", "Iglesia")).warnings[0]
    assert row(store, t.session, code="p1")["place"] == "Escuela"


def test_once_the_people_are_told_the_file_agrees(store: Store, load: Loader, parts: Parts) -> None:
    load(BASE)
    place_taken(store, "p1")
    what = changed.Change(place="Iglesia")
    store.do(lambda unit: changed.change(unit, parts.catalogues, "p1", what, by="t"))
    assert load(BASE.replace("Escuela", "Iglesia")).warnings == ()
    assert "p1 stays on 2026-11-20 15:30, Iglesia" in load(BASE).warnings[0]  # an old file moves nobody back


def test_a_published_session_is_not_taken_back(store: Store, load: Loader) -> None:
    load(BASE)
    report = load(BASE.replace('use = "va a la junta"\nstate = "published"', 'use = "va a la junta"'))
    assert row(store, t.session, code="p1")["state"] == "published"
    assert "p1 is published and stays so" in report.warnings[0]


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_what_has_ended_is_not_opened_again(store: Store, load: Loader, state: str) -> None:
    load(BASE)
    store.do(lambda unit: unit.db.execute(update(t.session).values(state=state, reason="lluvia")))
    assert load(BASE).changed == ()
    assert row(store, t.session, code="p1")["state"] == state


def test_more_places_are_offered_to_those_who_wait(store: Store, load: Loader) -> None:
    load(BASE)
    place_taken(store, "p1", count=4)
    load(BASE.replace("capacity = 2", "capacity = 3"))
    query = select(t.registration.c.state, func.count()).group_by(t.registration.c.state)
    states = dict(store.read(lambda unit: [tuple(r) for r in unit.db.execute(query)]))
    assert states == {"registered": 2, "offered": 1, "waiting": 1}


def test_fewer_places_take_nobody_s_away(store: Store, load: Loader) -> None:
    load(BASE)
    place_taken(store, "p1", count=2)
    report = load(BASE.replace("capacity = 2", "capacity = 1"))
    assert "p1: more places are held already, 2; nobody loses one" in report.warnings[0]


# --- a comarca

COMARCA = BASE.replace('setting = "rural"', 'setting = "comarca"')


def test_a_comarca_without_authorisation_stays_a_draft_with_its_sessions(store: Store, load: Loader) -> None:
    report = load(COMARCA)
    assert row(store, t.lab, slug="pueblo")["state"] == "draft"
    assert row(store, t.session, code="p1")["state"] == "draft"
    assert store.read(lambda unit: unit.db.execute(select(t.reminder.c.id)).all()) == []
    [warning] = report.warnings
    assert "plan.toml, line 23: pueblo stays a draft" in warning
    assert "[[authorisation]]" in warning


def test_once_authorised_the_same_file_publishes_it(store: Store, load: Loader) -> None:
    load(COMARCA)
    report = load(COMARCA + AUTHORISED)
    assert report.warnings == ()
    assert row(store, t.lab, slug="pueblo")["state"] == "published"
    assert row(store, t.session, code="p1")["state"] == "published"


@pytest.mark.parametrize(
    "not_live",
    [
        AUTHORISED.replace('["convene", "collect"]', '["collect", "publish"]'),
        AUTHORISED + "expires_on = 2026-11-01\n",
        AUTHORISED + "withdrawn_on = 2026-11-05\n",
    ],
)
def test_an_authorisation_that_is_not_live_publishes_nothing(store: Store, load: Loader, not_live: str) -> None:
    load(COMARCA + not_live)
    assert row(store, t.lab, slug="pueblo")["state"] == "draft"


def test_an_authorisation_withdrawn_hides_the_lab_at_once(store: Store, load: Loader) -> None:
    load(COMARCA + AUTHORISED)
    report = load(COMARCA + AUTHORISED + "withdrawn_on = 2026-11-09\n")
    assert row(store, t.lab, slug="pueblo")["state"] == "draft"
    assert row(store, t.session, code="p1")["state"] == "draft"
    assert "pueblo stays a draft" in report.warnings[0]
    states = select(t.reminder.c.state).distinct()
    assert store.read(lambda unit: list(unit.db.execute(states).scalars())) == ["stale"]


def test_a_session_of_a_draft_lab_stays_a_draft(store: Store, load: Loader) -> None:
    report = load(BASE.replace('setting = "rural"\nstate = "published"', 'setting = "rural"'))
    assert row(store, t.session, code="p1")["state"] == "draft"
    assert "p1 stays a draft, for its lab is one. Publish pueblo too" in report.warnings[0]


# --- a contest


def set_contest(store: Store, state: str) -> None:
    store.do(lambda unit: unit.db.execute(update(t.contest).values(state=state)))


def test_a_draft_contest_follows_the_file(store: Store, load: Loader) -> None:
    load(BASE)
    report = load(BASE.replace('["luz", "agua"]', '["agua", "luz"]').replace("k = 1", "k = 2"))
    assert report.changed == ("contest p",)
    numbers = select(t.problem.c.slug).join(t.option).order_by(t.option.c.number)
    assert store.read(lambda unit: list(unit.db.execute(numbers).scalars())) == ["agua", "luz"]


FROZEN = [
    ("k = 1", "k = 2", "params"),
    ('["luz", "agua"]', '["agua", "luz"]', "options"),
    ("+15d 18:00", "+16d 18:00", "closes_at"),
    ("¿Qué va primero?", "¿Qué va después?", "title"),
]


@pytest.mark.parametrize("state", ["open", "closed", "published"])
def test_a_contest_that_has_begun_is_frozen(store: Store, load: Loader, state: str) -> None:
    load(BASE)
    set_contest(store, state)
    before = everything(store)
    for old, new, named in FROZEN:
        with pytest.raises(BadPlan) as bad:
            load(BASE.replace(old, new).replace("Escuela", "Iglesia"))
        [fault] = bad.value.faults
        assert fault.startswith(f"plan.toml, line 43: p is {state} and frozen; the file changes {named}.")
    assert everything(store) == before


def test_a_contest_that_has_begun_is_left_alone_by_the_same_file(store: Store, load: Loader) -> None:
    load(BASE)
    set_contest(store, "open")
    before = everything(store)
    load(BASE)
    drawn = BASE.replace('options = ["luz", "agua"]\n', "")
    assert load(drawn).changed == ()
    assert everything(store) == before


# --- warnings and hours


def test_a_long_invitation_is_told(load: Loader) -> None:
    report = load(BASE.replace('"va a la junta"', f'"{"va a la junta " * 4}"'))
    assert any("the invitation to p1 takes 2 SMS instead of one" in warning for warning in report.warnings)


def test_hours_from_now_are_fixed_once(store: Store, load: Loader, clock: Clock) -> None:
    text = BASE.replace("+10d 15:30", "+26h")
    load(text)
    first = row(store, t.session, code="p1")["starts_at"]
    assert abs(first - (NOW + timedelta(hours=26))) < timedelta(minutes=1)
    clock.forward(hours=5)
    load(text)
    assert row(store, t.session, code="p1")["starts_at"] == first


# --- who keeps the system

PLAN = '\n[plan]\nslug = "c4"\ntitle = "Compromiso"\ncountry = "PA"\n'


def test_who_keeps_the_system_is_remembered_by_name(store: Store, load: Loader) -> None:
    load(BASE + PLAN + 'keepers = ["Ana Ríos", "Luis Gil"]\n')
    assert store.read(keepers.names) == ["Ana Ríos", "Luis Gil"]
    load(BASE + PLAN)
    assert store.read(keepers.names) == []


def test_one_person_alone_does_not_keep_the_system(load: Loader) -> None:
    with pytest.raises(BadPlan, match="two or three people"):
        load(BASE + PLAN + 'keepers = ["Ana Ríos"]\n')
