"""One lab from the invitation to a solution that its neighbours confirm, on three channels; every number agrees.

Read the chapters of the test below: what happens in each is a few lines further on. The last one compares what was told
by phone, page, open data, file and command line with what the neighbours said and with the rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.cli import main
from bot.recount import unpack
from bot.sms import segments
from bot.web import make_app
from storage import tables as t
from storage.store import Store
from storage.which_way import APPROVED
from tests import story_rows as counted
from tests.kit import CHANNELS, Town
from tests.story_kit import FAMILY, REASONS, Lab

Say = Callable[..., str]
TITLES = {1: "Agua potable", 2: "Camino a la escuela", 3: "Centro de salud", 4: "Señal de celular", 5: "Basura"}
IN_ENGLISH = {1: "Drinking water", 2: "Road to school", 3: "Health centre", 4: "Mobile signal", 5: "Rubbish"}
WAYS = {"sms": "Por SMS", "whatsapp": "Por WhatsApp", "telegram": "Por Telegram"}
SITE = "https://convoca.example"


@pytest.fixture
def convoca(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str, secret: str) -> Say:
    """The command line on the same database: what it prints."""

    def say(*words: str) -> str:
        monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
        monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
        assert main(words) == 0
        return capsys.readouterr().out

    return say


def test_from_an_invitation_to_a_solution_that_the_neighbours_confirm(
    store: Store, convoca: Say, tmp_path: Path
) -> None:
    lab = Lab(Town.on(store))
    neighbours_give_permission(lab)
    they_are_invited_and_answer(lab)
    they_are_reminded_and_come(lab)
    they_choose(lab)
    it_closes_and_one_is_late(lab)
    each_option_gets_a_reason_and_all_are_told(lab)
    an_office_promises_and_says_it_is_done(lab)
    the_neighbours_say_whether_it_is_so(lab)
    the_story_is_told(lab)

    every_number_agrees(lab, convoca, tmp_path)
    nobody_was_told_twice_and_nobody_else(lab)
    each_approved_text_is_of_its_kind(lab)


# --- the chapters -------------------------------------------------------------------------------------------------


def neighbours_give_permission(lab: Lab) -> None:
    """Before there is a date. One phone is of six people, one reads English, one says no."""
    lab.act("draft")
    for name, channel in (("Ana", "sms"), ("Maria", "sms"), ("Tito", "sms"), ("Elena", "whatsapp")):
        lab.joins(name, channel)
    for name, channel in (("Rosa", "whatsapp"), ("Kevin", "telegram"), ("Ines", "telegram")):
        lab.joins(name, channel)
    for name in FAMILY:
        lab.joins(name, "sms", on="Maria")
    lab.many_join()
    lab["Kevin"].says("english")
    olga = lab.town.phone("sms", "Olga")
    olga.say("SANMARTIN")
    olga.say("2")
    assert lab.town.count(t.person) == len(lab.people)


def they_are_invited_and_answer(lab: Lab) -> None:
    """Kevin is not sure, Tito does not come; who comes has a code."""
    lab.act("announce", "sm1")
    told = lab.told_once("21 [Nn]ov")
    assert [text for text in told if "Are you going?" in text] == [lab.heard(lab["Kevin"].phone)[0]]
    assert segments(lab.heard(lab["Ana"].phone)[0]).parts == 1
    lab["Kevin"].taps(3)
    lab["Tito"].says("2")
    for one in lab.others("Kevin", "Tito"):
        one.says("1")
    states = [row.state for row in lab.town.rows(t.registration, "state")]
    assert {state: states.count(state) for state in set(states)} == {
        "unsure": 1, "declined": 1, "registered": len(lab.people) - 2,
    }  # fmt: skip


def they_are_reminded_and_come(lab: Lab) -> None:
    """Yaneth notes at the door, by chat, who is there; María's son stays at home."""
    lab.at("2026-11-19T17:00")
    lab["Kevin"].taps(1)
    lab.at("2026-11-20T17:00")
    yaneth = lab.town.phone("telegram", "Yaneth")
    lab.act("staff", "Yaneth", "facilitator san-martin new")
    lab.at("2026-11-21T15:20")
    codes = [row.code for row in lab.town.rows(t.registration, "code", "state") if row.state == "registered"]
    assert all(any(code in text for phone in lab.phones for text in (s.text for s in phone.screen)) for code in codes)
    for code in codes[:-1]:
        yaneth.say(f"LLEGO {code}")
    lab.at("2026-11-21T18:00")
    yaneth.say("TERMINAR")
    yaneth.say(str(len(codes) - 1))
    assert lab.town.count(t.registration, state="attended") == len(codes) - 1
    assert lab.town.count(t.registration, state="no_show") == 1


def they_choose(lab: Lab) -> None:
    """By text, by buttons, one blank, one anew, one twice; the family one after the other on one phone."""
    lab.at("2026-11-22T09:00")
    lab.act("open", "sm")
    lab.told_once("1 (Agua|Water)")
    lab["Ana"].chooses(2, 1)
    lab["Ana"].chooses(1, 3)
    lab["Elena"].chooses(1, words="1")
    lab["Kevin"].taps(3)
    lab["Kevin"].taps(1)
    lab["Kevin"].picks = (3, 1)
    lab["Ines"].chooses(words="BLANCO")
    lab["Maria"].chooses(1)
    for number, name in enumerate(FAMILY, 1):
        lab[name].chooses(number)
    for number, one in enumerate(lab.crowd):
        one.chooses(*((1,), (1, 2), (3,), (1, 4), (2, 5))[number % 5])
    lab.crowd[0].chooses(1)


def it_closes_and_one_is_late(lab: Lab) -> None:
    """From its hour on nothing is counted; in the morning everybody hears whether a choice was."""
    lab.at("2026-11-30T18:00")
    lab["Rosa"].says("ELEGIR 5")
    lab.at("2026-12-01T08:00")
    lab.told_once("San Mart[ií]n")
    assert counted.votes(lab.store) == lab.votes()
    assert lab.town.count(t.ballot, status="late") == 1


def each_option_gets_a_reason_and_all_are_told(lab: Lab) -> None:
    """Nothing is told before the last one has a reason. Tito neither came nor chose, and hears what came out."""
    *first, last = REASONS
    for problem in first:
        lab.act("decide", problem, REASONS[problem])
        assert not any(map(lab.heard, lab.phones))
    lab.act("decide", last, REASONS[last])
    votes, chose = lab.votes(), lab.took_part()  # that Ines alone was blank is not told
    for said in lab.told_once(r"\d+ (de|of) \d+"):
        assert re.findall(r"(\d+) (?:de|of) (\d+)", said)[0] == (str(votes[1]), str(chose))
        assert set(re.findall(r"(\d+) (?:de cada|of every) 100", said)) <= {str(round(100 * votes[1] / chose))}
        named = re.findall(r"(\S+) (?:tuvo|had) (\d+)", said)
        assert [(name, n) for name, n in named if int(n) != votes[number_of(name)]] == []


def an_office_promises_and_says_it_is_done(lab: Lab) -> None:
    """Each of it is told once, with how many chose."""
    lab.at("2027-01-15T16:00")
    lab.act("promise", "agua", "repara el tanque / miércoles 31 mar")
    promised = lab.told_once("repara el tanque", but=("Tito",))
    lab.at("2027-03-29T10:00")
    lab.act("update", "agua", "done_office")
    done = lab.told_once("repara el tanque", but=("Tito",))
    with_others = [int(n) for said in promised + done for n in re.findall(r"(?:con|with) (\d+) (?:vec|neigh)", said)]
    assert with_others
    assert set(with_others) == {lab.took_part() - 1}


def the_neighbours_say_whether_it_is_so(lab: Lab) -> None:
    """28 days later, and counted after a week: two thirds of those who know say yes."""
    lab.at("2027-04-25T12:00")
    assert not any(map(lab.heard, lab.phones))
    lab.at("2027-04-26T08:05")  # their talks are a week old only after the count: else it would remind them as well
    lab.told_once("repara el tanque", but=("Tito",))
    said = ("yes", "yes", "yes", "partly", "yes", "no", "unknown")
    for number, one in enumerate(lab.crowd):
        one.confirms(said[number % len(said)])
    lab["Ana"].confirms("no")
    for words in ("0", "SE CUMPLIO"):  # nothing to add; another day she sees the tank
        lab["Ana"].says(words)
    lab["Ana"].confirms("yes")


def the_story_is_told(lab: Lab) -> None:
    """First the count to all who were asked, then the story to all who took part, the day after to the others."""
    lab.at("2027-05-03T08:00")
    asked, answers = len(lab.people) - 1, lab.answers()
    for text in lab.told_once(r"\d+", but=("Tito",)):
        assert [int(n) for n in re.findall(r"\d+", text)] == [asked, sum(answers.values()), *answers.values()]
    assert counted.one(lab.store, "SELECT status FROM commitment") == "done_neighbours"
    lab.act("story", "agua", "Agua dos horas al día / Hay agua todos los días / La oficina puso la bomba")
    for text in lab.told_once("Hay agua", but=("Tito",)):
        assert re.findall(r"\d+", text)[:1] == [str(lab.took_part())]
    lab.at("2027-05-04T09:00")
    assert len([text for text in lab.heard(lab["Tito"].phone) if "Hay agua" in text]) == 1


def number_of(title: str) -> int:
    """The option in whose name this word stands: 'Agua', 'escuela'."""
    both = [*TITLES.items(), *IN_ENGLISH.items()]
    return next(n for n, full in both if title.lower() in full.lower().split())


# --- every number -------------------------------------------------------------------------------------------------


def every_number_agrees(lab: Lab, convoca: Say, folder: Path) -> None:
    """The script, the rows, the file, the open data, the page, the command line: of each number one value."""
    the_rows_say_what_they_said(lab)
    client = TestClient(make_app(lab.town.app, demo=False), base_url=SITE)
    told = client.get("/api/v1/contests/sm").json()
    the_open_data_agree(lab, told)
    the_ledgers_agree(lab, client, told)
    the_page_agrees(lab, client.get("/l/san-martin").text)
    the_file_agrees(lab, client, convoca, folder)
    the_status_agrees(lab, json.loads(convoca("status", "--json")))


def the_rows_say_what_they_said(lab: Lab) -> None:
    store, answers = lab.store, lab.answers()
    assert counted.votes(store) == lab.votes()
    assert (counted.turnout(store), counted.turnout(store, "choice")) == (lab.took_part(), lab.chose())
    assert counted.answers(store) == {"asked": len(lab.people) - 1, **answers}
    for sums in counted.ledgers(store).values():
        assert sums["failed"] == sums["unknown"] == sums["pending"] == 0


def the_open_data_agree(lab: Lab, told: dict[str, Any]) -> None:
    votes, whole = counted.votes(lab.store), counted.turnout(lab.store)
    assert {o["number"]: o["votes"] for o in told["options"]} == votes
    assert {o["number"]: o["percent"] for o in told["options"]} == {n: round(100 * v / whole) for n, v in votes.items()}
    turnout = told["turnout"]
    assert (turnout["took_part"], turnout["chose"], turnout["blank"]) == (whole, None, None)  # one was blank
    assert turnout["by_channel"] == {way: counted.turnout(lab.store, channel=way) for way in sorted(CHANNELS)}
    assert told["receipts"]["ballots"] == turnout["took_part"]
    assert told["result"]["chosen"] == [1]
    (promised,) = told["commitments"]
    assert promised["neighbours"] == counted.answers(lab.store)
    assert promised["status"] == "done_neighbours"


def the_ledgers_agree(lab: Lab, client: TestClient, told: dict[str, Any]) -> None:
    """Numbers of few people are left out; the others are those of the rows."""
    kept = counted.ledgers(lab.store)
    codes = [*told["broadcasts"], *client.get("/api/v1/sessions/sm1").json()["broadcasts"]]
    assert set(codes) <= set(kept)
    shown = 0
    for ledger in (client.get(f"/api/v1/broadcasts/{code}").json() for code in codes):
        sums = kept[ledger["code"]]
        assert ledger["audience"] in (None, sum(sums.values()))
        assert {state: n for state, n in sums.items() if ledger[state] not in (None, n)} == {}
        shown += ledger["sent"] is not None
    assert shown >= 5  # invitation, ballot, result, promise, done, question ...


def the_page_agrees(lab: Lab, page: str) -> None:
    said, votes, answers = counted.read(page), counted.votes(lab.store), counted.answers(lab.store)
    whole = counted.turnout(lab.store)
    assert counted.bars(page) == {TITLES[n]: v for n, v in votes.items()}
    assert f"con {votes[1]} de {whole} elecciones: {round(100 * votes[1] / whole)} de cada 100" in said
    assert f"Participaron {whole} personas" in said
    for channel, words in WAYS.items():
        assert f"{words}: {counted.turnout(lab.store, channel=channel)}." in said
    assert f"{counted.turnout(lab.store)} recibos" in said
    told = counted.ledgers(lab.store)[counted.one(lab.store, "SELECT code FROM broadcast WHERE kind = 'result'")]
    assert f"Se contó a {told['sent']} personas" in said
    asked, *each = answers.values()
    counts = said[said.index("Preguntamos a") :]
    assert [int(n) for n in re.findall(r"\d+", counts)][:6] == [asked, sum(each), *each]


def the_file_agrees(lab: Lab, client: TestClient, convoca: Say, folder: Path) -> None:
    file = folder / "sm.zip"
    convoca("export", "sm", "--out", str(file))
    assert "equal" in convoca("recount", str(file))
    assert client.get("/l/san-martin/sm.zip").content == file.read_bytes()
    lines = [line.split("\t") for line in unpack(file.read_bytes())["totals.tsv"].decode().splitlines()]
    totals = {what: number for roll, what, number in lines if roll == "open"}
    assert {n: totals[f"option {n}"] for n in TITLES} == {n: str(v) for n, v in counted.votes(lab.store).items()}
    assert totals["took_part"] == str(counted.turnout(lab.store))
    assert (totals["choice"], totals["blank"]) == ("-", "-")  # of one person: not shown, nor what gives her away
    by_channel = {what: number for roll, what, number in lines if what.startswith("channel ")}
    assert by_channel == {f"channel {way}": str(counted.turnout(lab.store, channel=way)) for way in CHANNELS}


def the_status_agrees(lab: Lab, status: dict[str, Any]) -> None:
    """What `convoca status` says to who runs it."""
    here = next(one for one in status["labs"] if one["slug"] == "san-martin")
    (choice,) = here["contests"]
    assert (choice["state"], choice["ballots"]) == ("published", counted.turnout(lab.store))
    first = next(one for one in here["sessions"] if one["code"] == "sm1")
    assert first["attended"] == counted.one(lab.store, "SELECT count(*) FROM registration WHERE state = 'attended'")
    (promised,) = status["commitments"]
    assert (promised["status"], promised["counts"]) == ("done_neighbours", counted.answers(lab.store))
    for sent in status["broadcasts"]:
        sums = counted.ledgers(lab.store)[sent["code"]]
        assert {state: sent[state] for state in sums} == sums
        assert sent["audience"] == sum(sums.values())


def nobody_was_told_twice_and_nobody_else(lab: Lab) -> None:
    """No person stands twice in one ledger; who said no is in none, and has read nothing more."""
    assert counted.rows(lab.store, counted.TOLD_TWICE) == []
    told = counted.one(lab.store, "SELECT count(DISTINCT person_id) FROM recipient")
    assert told == len(lab.people)
    assert lab.town.phones["Olga"].read() == []
    assert len(lab.town.phones["Olga"].screen) == 2


def each_approved_text_is_of_its_kind(lab: Lab) -> None:
    """What decides whether WhatsApp can carry a message knows the approved text that the message has."""
    kinds = {row.id: row.kind for row in lab.town.rows(t.broadcast, "id", "kind")}
    words = lab.town.rows(t.broadcast_text, "broadcast_id", "body")
    texts = [(kinds[row.broadcast_id], row.body.get("template")) for row in words]
    named = {(kind, template["name"]) for kind, template in texts if template}
    assert len(named) >= 8
    assert {(kind, name) for kind, name in named if name not in APPROVED.get(kind, ())} == set()
