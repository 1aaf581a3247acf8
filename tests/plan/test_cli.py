"""The command line: what it says, what it asks, how it ends."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import settings
from bot.app import App
from bot.cli import main
from bot.web.simulator import seed
from storage.store import Store

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "panama.toml"
SECRET = "a-secret-key-of-the-tests-long-enough-for-anybody"


class Shell:
    """A terminal in an empty folder: says a command, keeps what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._patch = capsys, monkeypatch
        self.out = self.err = ""

    def say(self, *words: str, typed: str = "") -> int:
        """The exit status of `convoca <words>`, with these lines typed."""
        self._patch.setattr("sys.stdin", io.StringIO(typed))
        code = main(words)
        self.out, self.err = self._capsys.readouterr()
        return code

    def set(self, **values: str) -> None:
        """Set CONVOCA_*."""
        for name, value in values.items():
            self._patch.setenv(f"CONVOCA_{name}", value)


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """A terminal where nothing is set."""
    for field in settings.Settings.model_fields:
        monkeypatch.delenv(settings.variable(field), raising=False)
        monkeypatch.delenv(settings.variable(field) + "_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    return Shell(capsys, monkeypatch)


@pytest.fixture
def shell(bare: Shell) -> Shell:
    """A terminal with a key."""
    bare.set(SECRET_KEY=SECRET)
    return bare


def seeded(shell: Shell, url: str) -> Shell:
    """The demonstration's example, at 9:41 in the morning; nobody sends."""
    shell.set(DATABASE_URL=url)
    assert shell.say("migrate") == 0
    with Store(settings.load().database_url, SECRET) as store:
        seed(App.on(store))
    return shell


@pytest.fixture
def town(shell: Shell, bare_url: str) -> Shell:
    """The example on both databases."""
    return seeded(shell, bare_url)


@pytest.fixture
def village(shell: Shell) -> Shell:
    """The example on SQLite alone, for what does not depend on the database."""
    return seeded(shell, "sqlite:///village.db")


# --- help, faults, exit codes


def test_help_names_every_command(bare: Shell) -> None:
    assert bare.say("--help") == 0
    commands = ("demo", "run", "migrate", "check", "load", "announce", "contest", "decide", "status", "talk", "rekey")
    assert all(command in bare.out for command in commands)


@pytest.mark.parametrize(
    "words", [("nonsense",), ("load",), ("talk", "--channel", "fax"), ("decide", "agua"), ("--x",)]
)
def test_what_is_not_understood_ends_with_2(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.say(*words) == 2
    assert "Usage: convoca" in shell.err
    assert "Traceback" not in shell.err


NEEDS_KEY = [("migrate",), ("run",), ("status",), ("load", str(EXAMPLE)), ("announce", "sm1"), ("rekey",)]


@pytest.mark.parametrize("words", NEEDS_KEY)
def test_without_a_key_it_says_how_to_make_one(bare: Shell, words: tuple[str, ...]) -> None:
    assert bare.say(*words) == 1
    assert bare.err.startswith("Error: CONVOCA_SECRET_KEY: it is missing")
    assert "secrets.token_urlsafe(32)" in bare.err
    assert not list(Path.cwd().iterdir())


def test_all_wrong_settings_are_told_at_once(bare: Shell) -> None:
    bare.set(PORT="0", TIMEZONE="Panama", SECRET_KEY="short")
    bare.set(TIMEZONE="Panamá")
    assert bare.say("status") == 1
    assert all(f"CONVOCA_{name}:" in bare.err for name in ("PORT", "TIMEZONE", "SECRET_KEY"))
    assert "short" not in bare.err.replace("shorter", "")


def test_a_database_without_tables_says_what_to_do(shell: Shell) -> None:
    assert shell.say("status") == 1
    assert "convoca migrate" in shell.err


def test_a_database_that_does_not_answer_is_one_sentence(shell: Shell) -> None:
    with socket.socket() as taken:  # bound and not listening: refused
        taken.bind(("127.0.0.1", 0))
        shell.set(DATABASE_URL=f"postgresql://nobody:hidden@127.0.0.1:{taken.getsockname()[1]}/x?connect_timeout=2")
        assert shell.say("status") == 1
    assert shell.err.startswith("Error: The database does not answer")
    assert shell.err.count("\n") == 1
    assert "hidden" not in shell.err


def test_a_wrong_key_is_a_clear_error(shell: Shell) -> None:
    shell.say("migrate")
    assert shell.say("status") == 0
    shell.set(SECRET_KEY="another-key-that-is-long-enough-for-anybody")
    assert shell.say("status") == 1
    assert "CONVOCA_SECRET_KEY does not contain" in shell.err


# --- migrate, load, check, rekey, status


def test_migrate_load_status_on_an_empty_machine(shell: Shell, bare_url: str) -> None:
    shell.set(DATABASE_URL=bare_url)
    assert shell.say("migrate") == 0
    assert shell.out.startswith("Schema (none) -> ")
    assert shell.say("migrate") == 0
    assert "nothing to do" in shell.out
    assert shell.say("status") == 0
    assert "No plan is loaded yet" in shell.out
    assert shell.say("load", str(EXAMPLE)) == 0
    assert "+ session sm1" in shell.out
    assert "54 made, 0 changed, 0 as they were." in shell.out
    assert "Note" in shell.out
    assert "line 35: milestone 3 is due 'Junio 2023'" in shell.out
    assert shell.say("load", str(EXAMPLE)) == 0
    assert "0 made, 0 changed, 54 as they were." in shell.out
    assert shell.say("status", "--json") == 0
    assert len(json.loads(shell.out)["labs"]) == 8


def test_the_status_is_plain_lines_where_it_is_piped(shell: Shell) -> None:
    shell.say("migrate")
    shell.say("load", str(EXAMPLE))
    assert shell.say("status") == 0
    assert not set(shell.out) & set("─│┌\x1b")
    lines = shell.out.splitlines()
    assert lines[0] == "Laboratorios de innovación social (continuación)"
    [town] = [line.split() for line in lines if line.startswith("san-martin")]
    assert (town[1], town[2], town[5], town[6:8]) == ("published", "sm1", "0/40", ["sm", "draft"])
    assert any("comarca-ejemplo: no authorisation of its community" in line for line in lines)
    assert any("convoca announce sm1" in line for line in lines)


def test_a_plan_with_faults_changes_nothing(shell: Shell, tmp_path: Path) -> None:
    shell.say("migrate")
    text = EXAMPLE.read_text(encoding="utf-8").replace('place = "Casa Comunal"', 'plase = "Casa Comunal"')
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    assert shell.say("load", "plan.toml") == 1
    assert shell.err.count("plase is not known in [[session]]. Did you mean place?") == 2
    assert shell.err.startswith(
        "Error: The plan has 4 faults, and nothing was changed.\nplan.toml, line 166: this [[session]]"
    )
    shell.say("status")
    assert "No plan is loaded yet" in shell.out


def test_a_plan_that_is_not_there_is_told(shell: Shell) -> None:
    assert shell.say("load", "absent.toml") == 1
    assert "absent.toml: the file can not be read" in shell.err


def test_check_shows_everything_and_no_secret(shell: Shell) -> None:
    shell.say("migrate")
    shell.set(DATABSE_URL="x")
    assert shell.say("check") == 0
    found = ("CONVOCA_DATABASE_URL", "approval", "register", "español", "simulator", "schema", "No faults.")
    assert all(word in shell.out for word in found)
    assert "did you mean CONVOCA_DATABASE_URL?" in shell.out
    assert SECRET not in shell.out


def test_check_tells_faults_with_what_to_do(bare: Shell) -> None:
    bare.set(PORT="x")
    assert bare.say("check") == 1
    assert "Fault: CONVOCA_PORT:" in bare.err
    assert "approval" in bare.out  # what can be looked at is looked at
    bare.set(PORT="1", SECRET_KEY=SECRET)
    assert bare.say("check") == 1
    assert "convoca migrate" in bare.err


def test_check_hides_the_password_of_the_database(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        shell.set(DATABASE_URL=f"postgresql://me:hidden@127.0.0.1:{taken.getsockname()[1]}/x?connect_timeout=2")
        assert shell.say("check") == 1
    assert "hidden" not in shell.out + shell.err
    assert "postgresql+psycopg://me:***@" in shell.out


def test_rekey_seals_with_the_new_key(village: Shell) -> None:
    new = "a-new-key-that-is-quite-long-enough-for-anybody"
    village.set(SECRET_KEY=f"{new},{SECRET}")
    assert village.say("rekey") == 0
    assert int(village.out.split()[0]) > 10
    village.set(SECRET_KEY=new)
    assert village.say("status") == 0


# --- acts that reach people


def told(shell: Shell) -> dict[str, Any]:
    """The status as JSON."""
    assert shell.say("status", "--json") == 0
    found: dict[str, Any] = json.loads(shell.out)
    return found


def test_an_announcement_shows_whom_asks_for_the_number_and_is_made_once(town: Shell) -> None:
    assert town.say("announce", "sm1", typed="99\n") == 1
    assert "It goes to 4 people: 2 by sms, 1 by telegram, 1 by whatsapp." in town.out
    assert "Left out: 1 shared." in town.out
    assert "Casa Comunal" in town.out
    assert "Nothing was done." in town.err
    assert told(town)["broadcasts"] == []
    assert town.say("announce", "sm1", typed="4\n") == 0
    assert "5 people concerned: 4 pending, 1 left out." in town.out
    assert town.say("announce", "sm1", "--yes") == 0
    assert "sm1 was announced already." in town.out
    assert len(told(town)["broadcasts"]) == 1


def test_nothing_typed_is_a_no(village: Shell) -> None:
    assert village.say("announce", "sm1") == 1
    assert told(village)["broadcasts"] == []


def test_what_can_not_be_done_is_one_sentence(village: Shell) -> None:
    assert village.say("announce", "com1", "--yes") == 1
    assert "The community's authorisation is missing" in village.err
    for words in (("announce", "x9"), ("contest", "open", "x9"), ("contest", "close", "x9"), ("decide", "x9")):
        because = ("--because", "x") if words[0] == "decide" else ()
        assert village.say(*words, *because, "--yes") == 1
        assert village.err.startswith("Error: ")
        assert "x9" in village.err
        assert village.err.count("\n") == 1


def test_a_refusal_speaks_the_language_of_the_commands_or_the_one_that_is_set(village: Shell) -> None:
    unknown = (("announce", "nada"), ("ideas", "--lab", "nada"), ("idea", "show", "99"), ("idea", "undo", "99"))
    for lang, no in (({}, ("There is no", "I do not know")), ({"LANG": "es"}, ("No hay", "No conozco"))):
        village.set(**lang)
        for words in unknown:
            assert village.say(*words) == 1
            assert village.err.removeprefix("Error: ").startswith(no), village.err


def test_a_choice_is_opened_closed_and_decided(town: Shell) -> None:
    assert town.say("contest", "open", "sm", typed="4\n") == 0
    assert "1 Agua potable" in town.out
    assert "frozen from then on" in town.out
    assert town.say("contest", "open", "sm", "--yes") == 0
    assert "sm was opened already." in town.out
    assert town.say("contest", "close", "sm", typed="n\n") == 1
    assert told(town)["labs"][0]["contests"][0]["state"] == "open"
    assert town.say("contest", "close", "sm", typed="y\n") == 0
    assert "sm is closed. Took part: 0 people." in town.out
    assert town.say("decide", "agua", "--because", " ") == 1
    assert "The reason for Agua potable is missing" in town.err
    for problem in ("agua", "camino", "san-martin/salud", "senal"):
        assert town.say("decide", problem, "--because", "Este año no alcanza") == 0
        assert "Kept. Still to decide:" in town.out
    assert told(town)["labs"][0]["contests"][0]["undecided"] == ["basura"]
    assert town.say("decide", "basura", "--because", "El camión ya sube", "--outcome", "already_done", "--yes") == 0
    assert "everybody concerned is told, once" in town.out
    found = told(town)
    assert found["labs"][0]["contests"][0]["state"] == "published"
    assert found["late"] == []


# --- talk


TALK = """\
C: SANMARTIN
B: Convoca, de la Junta Comunal de Ejemplo. Guardamos tu nombre y numero para invitarte y contarte resultados. Mas: \
PRIVACIDAD. ¿Aceptas? 1 Si 2 No
C: 1
B: Gracias. Con tu primer nombre basta. ¿Como te llamas?
C: Maria
B: Hola, Maria. ¿Cuantos años tienes? 1: 18 o mas 2: de 14 a 17 3: menos de 14
"""


def test_a_citizen_is_played_in_the_terminal(bare: Shell) -> None:
    assert bare.say("talk", "--channel", "sms", typed="SANMARTIN\n1\nMaria\n") == 0
    assert bare.out == TALK
    assert not list(Path.cwd().iterdir())


def test_a_transcript_can_be_piped_in(bare: Shell) -> None:
    said = "".join(line + "\n" for line in TALK.splitlines() if line.startswith("C: "))
    assert bare.say("talk", typed=said) == 0
    assert bare.out == TALK


def test_buttons_are_tapped_by_their_label(bare: Shell) -> None:
    assert bare.say("talk", "--channel", "telegram", typed="/start lab-san-martin\n[1 Sí]\n[Sí]\n") == 0
    assert "   [1 Sí] [2 No]\n" in bare.out
    assert "B: Hola, Maria." in bare.out


def test_a_citizen_may_speak_english(bare: Shell) -> None:
    assert bare.say("talk", "--lang", "en", typed="SANMARTIN\n") == 0
    assert "Do you accept? 1 Yes 2 No" in bare.out


def test_an_unknown_language_names_the_known_ones(bare: Shell) -> None:
    assert bare.say("talk", "--lang", "xx") == 2
    assert "known languages: en, es" in bare.err


# --- the demonstration, as a process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_port_that_is_taken_is_told(shell: Shell) -> None:
    shell.say("migrate")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for words in (("run", "--port", port), ("demo", "--port", port)):
            assert shell.say(*words) == 1
            assert f"Nothing can listen on 127.0.0.1:{port}" in shell.err


def test_the_demonstration_answers_in_the_browser(bare: Shell, tmp_path: Path) -> None:
    port = free_port()
    env = {**os.environ, "CONVOCA_LOG_LEVEL": "info", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", "demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=-1, stderr=-1, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        try:
            head = "".join(iter(demo.stdout.readline, "Ctrl-C ends it.\n"))
            assert "Ninguna institución usa ni respalda esta demostración." in head
            assert f"http://127.0.0.1:{port}/simulador" in head
            assert any("Uvicorn running on" in line for line in demo.stderr)
            assert get(port, "/simulador") == 200
            assert get(port, "/readyz") == 200
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.communicate()
    assert demo.returncode == 0
    assert stat.S_IMODE((tmp_path / "data" / "demo.key").stat().st_mode) == 0o600


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status
