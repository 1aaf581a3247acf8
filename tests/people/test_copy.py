"""COPIA: a link for one person, for 72 hours, to everything we hold of her and nothing of anybody else."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from bot.actions import ideas
from bot.player import Phone
from bot.web import copytable, make_app
from storage import copies, own_copy, own_ideas, people, site
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS, Town
from tests.script import ACTS

SITE = "https://convoca.example.org"
NAME, COMPANION, NUMBER = "Yolotzin", "Quetzalli", "+50769241573"
JOINED = ["SANMARTIN", "1", NAME, "1", "1"]
WITH_COMPANION = [*JOINED, "mi esposo tambien", "1", COMPANION, "1", "1", f"SOY {NAME}"]


def town_with_site(store: Store, url: str = SITE) -> Town:
    town = Town.on(store)
    store.do(lambda unit: site.remember(unit, url))
    return town


def told(town: Town, replies: list[str], channel: str = "sms") -> Phone:
    phone = Phone(town.app, channel, NUMBER)
    for reply in replies:
        phone.say(reply)
    return phone


def browser(town: Town) -> TestClient:
    return TestClient(make_app(town.app, demo=False), base_url=SITE, follow_redirects=False)


def path_in(text: str) -> str:
    found = re.search(rf"{SITE}(/copia/\w+)", text)
    assert found, text
    return found[1]


def asked(phone: Phone, *replies: str) -> str:
    """The path of the link that COPIA brings."""
    phone.say("COPIA")
    for reply in replies:
        phone.say(reply)
    return path_in(phone.screen[-1].text)


def data(town: Town, path: str) -> Mapping[str, Any]:
    answer = browser(town).get(f"{path}/datos.json")
    assert answer.status_code == 200
    held: Mapping[str, Any] = json.loads(answer.text)
    return held


# --- what is in it ------------------------------------------------------------------------------------------------


def test_the_copy_holds_what_the_person_gave_and_what_came_of_it(store: Store) -> None:
    town = town_with_site(store)
    phone = told(town, [*JOINED, "me duele la muela"])
    shown = phone.screen[0].text
    held = data(town, asked(phone))
    assert held["person"]["name"] == NAME
    assert held["person"]["community"] == "San Martín"
    assert [(a["channel"], a["address"], a["shared"]) for a in held["addresses"]] == [("sms", NUMBER, False)]
    assert [(p["purpose"], p["answer"], p["text"]) for p in held["permissions"]] == [("lab", True, shown)]
    (place,) = held["meetings"]
    assert (place["place"], place["state"], len(place["code"])) == ("Casa Comunal", "registered", 4)
    assert [change["to_state"] for change in place["log"]] == ["registered"]
    assert {"me duele la muela", NAME, "COPIA"} <= {message.get("text") for message in held["received"]}
    assert shown in {message["text"] for message in held["sent"]} or len(held["sent"]) > 1
    assert len(held["copies"]) == 1


def test_it_says_for_how_many_a_place_is(store: Store) -> None:
    town = town_with_site(store)
    phone = told(town, [*JOINED, "CON 2"])
    assert [place["places"] for place in data(town, asked(phone))["meetings"]] == [3]


def test_a_choice_is_in_it_while_it_is_linked_and_not_afterwards(store: Store) -> None:
    town = town_with_site(store)
    phone = told(town, JOINED)
    ACTS["open"](town, "sm")
    phone.read()
    for reply in ("ELEGIR", "2 5"):
        phone.say(reply)
    (choice,) = data(town, asked(phone))["choices"]
    assert [title[:2] for title in choice["chosen"]] == ["2 ", "5 "]
    assert (choice["as_given"], choice["status"]) == ("2 5", "current")
    (closes,) = (row.closes_at for row in town.rows(t.contest, "closes_at"))
    town.at(closes + timedelta(minutes=1))
    town.at(closes + timedelta(days=31))
    phone.read()
    held = data(town, asked(phone))
    assert held["choices"] == []
    assert [row["took_part"] for row in held["took_part"]] == [True]


def test_nothing_of_the_others_of_a_shared_phone_is_in_it(store: Store) -> None:
    town = town_with_site(store)
    phone = told(town, WITH_COMPANION)
    codes = {row.person_id: row.code for row in town.rows(t.registration, "person_id", "code")}
    mine, other = (row.id for row in town.rows(t.person, "id"))
    path = asked(phone, codes[mine])
    whole = json.dumps(data(town, path), ensure_ascii=False)
    assert NAME in whole
    assert COMPANION not in whole
    assert codes[other] not in whole
    assert data(town, path)["addresses"][0]["shared"] is True
    assert data(town, path)["received"] == []
    text = browser(town).get(f"{path}/datos.txt").text
    assert COMPANION not in text
    assert "pueden ser de otra persona" in text


def test_on_a_shared_phone_another_ones_code_gives_no_link(store: Store) -> None:
    town = town_with_site(store)
    phone = told(town, WITH_COMPANION)
    mine, other = (row.code for row in town.rows(t.registration, "code"))
    phone.say("COPIA")
    for reply in (other, "2222", "3333", "4444", "6666"):
        assert "/copia/" not in phone.say(reply)[0].text
    assert phone.screen[-1].text.startswith("Te escribe una persona del equipo")
    assert town.count(t.copy_link) == 0
    assert mine != other


def test_every_table_that_names_a_person_is_in_the_copy() -> None:
    """A table that is added later must be told to her, too."""
    pointing = {
        table.name
        for table in t.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table is t.person
    }
    assert pointing >= {"ballot", "consent", "registration", "followup", "talk"}
    assert [name for name in sorted(pointing) if not any(hasattr(m, name) for m in (own_copy, own_ideas))] == []


def test_the_text_says_it_in_words_and_in_local_time(store: Store) -> None:
    town = town_with_site(store)
    path = asked(told(town, JOINED))
    answer = browser(town).get(f"{path}/datos.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.text
    for said in (
        "QUIÉN ERES",
        f"Nombre: {NAME}",
        "Edad: 18 o más",
        "Comunidad: San Martín",
        "Cuándo: sábado 21 nov, 3:30 pm",
        "Ahora: con lugar",
        "Por: SMS",
    ):
        assert said in text
    assert not re.search(r"registered|adult|None|True|\d{4}-\d{2}-\d{2}T", text)
    english = browser(town).get(f"{path}/datos.txt?lang=en").text
    assert f"Name: {NAME}" in english
    assert "Nombre" not in english


def in_english(town: Town) -> None:
    """What the plan and the team say in another language besides."""
    topic = {"title": "Our topic", "short_title": "Topic"}

    def work(unit: Any) -> None:
        unit.db.execute(update(t.session).values(texts={"en": {"title": "First meeting", "place": "Town Hall"}}))
        unit.db.execute(update(t.contest).values(texts={"en": {"title": "What comes first?"}}))
        for table in (t.option, t.problem):
            unit.db.execute(update(table).values(texts={"en": topic}))

    town.store.do(work)


def test_who_reads_another_language_reads_the_plan_s_words_in_it(store: Store) -> None:
    town = town_with_site(store)
    phone = told(town, [*JOINED, "IDEA", "El puente se inunda cuando llueve", "3"])
    ACTS["open"](town, "sm")
    phone.read()
    for reply in ("ELEGIR 2 5", "1", "1"):
        phone.say(reply)
    path = asked(phone)
    town.store.do(lambda unit: ideas.join(unit, town.app.catalogues, 1, "camino", by="staff:F-1"))
    in_english(town)
    english, spanish = (browser(town).get(f"{path}/datos.txt?lang={lang}").text for lang in ("en", "es"))
    for said in (
        "Meeting: First meeting",
        "Place: Town Hall",
        "Question: What comes first?",
        "2 Our topic, 5 Our topic",
        "Topic: Our topic",
    ):
        assert said in english, said
        assert said.split(": ")[-1] not in spanish
    assert "Place: Casa Comunal" not in english
    assert "Lugar: Casa Comunal" in spanish
    assert "Tema: Camino a la escuela" in spanish
    held = data(town, path)
    assert held["meetings"][0]["texts"] == {"en": {"title": "First meeting", "place": "Town Hall"}}
    assert held["choices"][0]["texts"]["en"]["chosen"] == ["2 Our topic", "5 Our topic"]


def test_the_table_holds_the_same_as_the_text_and_opens_in_a_spreadsheet(store: Store) -> None:
    town = town_with_site(store)
    path = asked(told(town, [*JOINED, "=1+1", "@SUM(A1)", '-2+3|"x"']))
    answer = browser(town).get(f"{path}/datos.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff".encode())
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert head == ["Sección", "Número", "Dato", "Valor"]
    assert ["Quién eres", "1", "Nombre", NAME] in rows
    assert ["Cómo te escribimos", "1", "Número o usuario", f"'{NUMBER}"] in rows
    written = {value for section, _n, _label, value in rows if section == "Lo que escribiste"}
    assert {"'=1+1", "'@SUM(A1)", '\'-2+3|"x"'} <= written
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    text = browser(town).get(f"{path}/datos.txt").text
    assert not [row for row in rows if f"{row[2]}: {row[3].removeprefix(chr(39))}" not in text]
    english = browser(town).get(f"{path}/datos.csv?lang=en").text
    assert english.startswith("\ufeffSection,Number,What,Value")
    assert "Nombre" not in english


@pytest.mark.parametrize("cell", ["=1+1", " =1+1", "+507", "-1", "@x", "\t=1", "\r=1", "＝1", "\u00a0=1"])
def test_no_cell_begins_as_a_formula(cell: str) -> None:
    assert copytable.safe(cell) == f"'{cell}"
    assert copytable.safe("Agua = vida") == "Agua = vida"


# --- the link -----------------------------------------------------------------------------------------------------


def test_the_link_is_kept_nowhere_and_its_page_shows_nothing_of_anybody(store: Store) -> None:
    town = town_with_site(store)
    path = asked(told(town, JOINED))
    token = path.rpartition("/")[2]
    assert len(token) >= 30  # of 21 letters: over 128 bits
    (row,) = town.rows(t.copy_link, "mark", "made_at", "expires_at")
    assert token not in row.mark
    assert row.expires_at - row.made_at == timedelta(hours=72)
    page = browser(town).get(path)
    assert page.status_code == 200
    assert f"{path}/datos.txt" in page.text
    assert NAME not in page.text
    assert NUMBER not in page.text


@pytest.mark.parametrize("file", ["", "/datos.txt", "/datos.json", "/datos.csv"])
def test_no_answer_is_kept_or_found_by_anybody(store: Store, file: str) -> None:
    town = town_with_site(store)
    path = asked(told(town, JOINED))
    headers = browser(town).get(path + file).headers
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


def dead(town: Town, path: str) -> bool:
    """The page, the text and the JSON are not there, and the page says what to do."""
    answers = [browser(town).get(path + file) for file in ("", "/datos.txt", "/datos.json", "/datos.csv")]
    assert all("escribe COPIA al bot" in answer.text for answer in answers)
    assert not [answer for answer in answers if NAME in answer.text]
    return {answer.status_code for answer in answers} == {404}


def test_it_ends_after_72_hours(store: Store) -> None:
    town = town_with_site(store)
    path = asked(told(town, JOINED))
    town.at(BEGINS + timedelta(hours=71, minutes=59))
    assert not dead_now(town, path)
    town.at(BEGINS + timedelta(hours=72, minutes=1))
    assert dead(town, path)
    store.do(copies.purge)
    assert town.count(t.copy_link) == 0


def dead_now(town: Town, path: str) -> bool:
    return browser(town).get(path).status_code != 200


def test_it_dies_with_borrar(store: Store) -> None:
    town = town_with_site(store)
    phone = told(town, JOINED)
    path = asked(phone)
    assert not dead_now(town, path)
    for reply in ("BORRAR", "BORRAR"):
        phone.say(reply)
    assert "omprobante" in phone.screen[-1].text
    assert dead(town, path)
    assert town.count(t.copy_link) == 0


def test_a_new_one_ends_the_one_before_and_a_day_gives_three(store: Store) -> None:
    town = town_with_site(store)
    phone = told(town, JOINED)
    paths = [asked(phone) for _ in range(copies.A_DAY)]
    assert [dead_now(town, path) for path in paths] == [True, True, False]
    assert "3 enlaces hoy" in phone.say("COPIA")[0].text
    assert not dead_now(town, paths[-1])
    town.at(BEGINS + timedelta(days=1, minutes=1))
    assert not dead_now(town, asked(phone))


@pytest.mark.parametrize(
    "path", ["/copia/x", "/copia/2346789CDFHJKMPQRTWXY234678923", "/copia/%00", "/copia/" + "A" * 500]
)
def test_an_unknown_link_says_so_in_plain_words(store: Store, path: str) -> None:
    town = town_with_site(store)
    told(town, JOINED)
    assert dead(town, path)
    assert browser(town).get(f"{path}/otro").status_code == 404


def test_a_copy_is_downloaded_so_many_times_an_hour_by_whatever_link(store: Store) -> None:
    town = town_with_site(store)
    path = asked(told(town, JOINED))
    client = browser(town)
    answers = [client.get(f"{path}/datos.json") for _ in range(copies.AN_HOUR + 1)]
    assert [answer.status_code for answer in answers] == [200] * copies.AN_HOUR + [429]
    assert "Prueba otra vez en una hora." in answers[-1].text
    assert answers[-1].headers["retry-after"] == "3600"
    town.at(BEGINS + timedelta(hours=1, minutes=1))
    assert client.get(f"{path}/datos.txt").status_code == 200


def test_it_may_be_typed_by_hand(store: Store) -> None:
    town = town_with_site(store)
    path = asked(told(town, JOINED))
    assert browser(town).get(path.lower()).status_code == 200


# --- where there is no site ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "http://convoca.example.org"])
def test_without_a_safe_site_a_person_of_the_team_sends_it(store: Store, url: str) -> None:
    town = town_with_site(store, url)
    phone = told(town, JOINED)
    assert phone.say("COPIA")[0].text.startswith("Anotado. Te mandamos la copia")
    assert town.rows(t.handover, "reason")[0].reason == "copy"
    assert town.count(t.copy_link) == 0


def test_who_gave_no_permission_has_no_copy(store: Store) -> None:
    town = town_with_site(store)
    assert told(town, ["COPIA"]).screen[-1].text == "No tengo datos tuyos."
    assert town.count(t.handover) == 0


def test_a_link_of_an_erased_person_serves_nobody(store: Store) -> None:
    """Even if its row were left behind."""
    town = town_with_site(store)
    path = asked(told(town, JOINED))
    (person,) = town.rows(t.person, "id")
    store.do(lambda unit: unit.db.execute(update(t.person).values(name=None, erased_at=unit.now)))
    assert dead(town, path)
    assert store.read(lambda unit: people.person_by_id(unit, person.id)) is None
