"""The house rules that a machine can hold: sizes, directions of imports, the lint of conversations, finished words."""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.lint import Fault, Function, lint

ROOT = Path(__file__).parents[1]
CODE = ("bot", "conversations", "storage", "fakes")
PYTHON = (*CODE, "tests", "bench")
TEXTS = (*PYTHON, "locales", "examples", "docs", ".ci")
ENDINGS = {".py", ".toml", ".md", ".html", ".css", ".js", ".yml", ".yaml", ".typ", ".txt", ".sh", ".cfg", ".ini"}
LINES, FUNCTION_LINES = 400, 40


@cache
def trees() -> dict[Path, ast.Module]:
    """Every Python file of ours, by its path in the repository."""
    files = [path for folder in PYTHON for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def of(*folders: str) -> dict[Path, ast.Module]:
    return {path: tree for path, tree in trees().items() if path.parts[0] in folders}


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


# --- sizes --------------------------------------------------------------------------------------------------------


def is_migration(path: Path) -> bool:
    return path.parts[:3] == ("storage", "migrations", "versions")


def test_no_file_is_over_400_lines() -> None:
    counted = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in trees()}
    assert counted
    assert not {str(path): n for path, n in counted.items() if n > LINES and not is_migration(path)}


def lengths() -> Iterator[tuple[str, int]]:
    for path, tree in of(*CODE).items():
        if not is_migration(path):
            yield from ((f"{path}:{f.lineno} {f.name}", length(f)) for f in functions(tree))


def test_functions_are_short() -> None:
    sizes = dict(lengths())
    assert not {name: n for name, n in sizes.items() if n > FUNCTION_LINES}
    assert statistics.median(sizes.values()) <= 8
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= 35


# --- who imports whom ---------------------------------------------------------------------------------------------
# A layer holds modules (with all below them) and may import itself and the layers named. Channels, conversations,
# actions, ballots and pages are whole packages: a file more needs no line here. A new module of bot/ does: say where
# it stands. What the code needed beyond DESIGN 2 has its reason beside it.

LAYERS: dict[str, tuple[str, str]] = {
    # pure: words in and out, no database
    "words": ("bot.message bot.errors bot.words bot.dates bot.sms bot.ladder bot.i18n bot.i18n_extract bot.kinds"
              " bot.due bot.picks bot.countries bot.upset bot.buttons bot.logs bot.listfile bot.workbook"
              " bot.listcolumn bot.listrow bot.listtext"
              " bot.sending_rules bot.roles bot.prices bot.spoken bot.picture bot.wordless bot.apart bot.locks", ""),
    "talk": ("bot.talk bot.state", "words, storage"),  # storage: the type Unit alone; see the test below
    # how a contest and its result are worded, for a conversation and for a broadcast alike
    "wording": ("bot.broadcast bot.choosing bot.closing bot.costs bot.results bot.promised bot.quiet bot.ties bot.ideas"
                " bot.idea_steps", "words, talk, storage"),
    "ballots": ("conversations.ballots", ""),  # counting is pure
    "recount": ("bot.recount", ""),  # runs alone, with the standard library, for whoever doubts us
    "conversations": ("conversations", "words, talk, wording, actions, ballots, storage"),
    "channels": ("bot.channels", ""),  # and NARROW
    "storage": ("storage", ""),
    "plan file": ("bot.planfile", "words, storage"),
    "turn": ("bot.caring bot.failing bot.in_place bot.otherwise bot.payload bot.router bot.stage bot.stale bot.turn"
             " bot.provider bot.twice bot.way_out bot.who_writes",
             "words, talk, wording, storage"),
    # turn: a nudge takes a talk up again on a Stage, and `load` is given the Parts; ballots: a contest is counted
    "actions": ("bot.actions", "words, talk, wording, turn, ballots, storage, plan file, recount"),
    "sending": ("bot.outbox bot.envelope bot.clock bot.metrics bot.run bot.news bot.listening bot.entrances bot.doubts"
                " bot.fetching",
                "words, channels, storage"),
    "settings": ("bot.settings bot.values", "words, storage"),
    "app": ("bot.app", "words, talk, wording, turn, actions, conversations, channels, sending, settings, storage"),
    "player": ("bot.player", "words, app, storage"),  # a phone for transcripts, `convoca talk` and the demonstration
    "web": ("bot.web", "words, talk, wording, turn, actions, channels, sending, settings, app, player, storage,"
            " plan file, recount"),
    "terminal": ("bot.terminal", "words, talk, wording, turn, actions, ballots, channels, sending, settings, app,"
                 " player, web, storage, plan file, recount, fakes"),  # `convoca demo --providers` serves them
    "fakes": ("fakes", ""),  # providers for tests and the demonstration: they know the wire, and nothing of ours
    "command line": ("bot.cli bot.cli_ideas bot.cli_keep bot.cli_staff bot.cli_told",
                     "words, actions, settings, app, terminal, storage, plan file"),
    "start": ("bot.__main__", "command line"),
}  # fmt: skip
NARROW = ("bot.message", "bot.errors", "bot.sms")  # all that a channel sees of us
LIBRARIES = {
    "storage": "starlette jinja2 uvicorn typer rich apscheduler telegram twilio httpx aiohttp phonenumbers",
    "conversations": "sqlalchemy starlette structlog apscheduler telegram twilio httpx aiohttp random time threading",
    "channels": "sqlalchemy starlette apscheduler",
    "words": "sqlalchemy starlette typer apscheduler httpx aiohttp",
    "web": "sqlalchemy psycopg sqlite3",
}
FOR_FAKES = ("starlette", "uvicorn", "jinja2")  # and the standard library: what checks us shares no library with us


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def layer(module: str) -> str:
    """The layer whose module or package is the longest that holds this one; '' for none."""
    held = {prefix: name for name, (prefixes, _) in LAYERS.items() for prefix in prefixes.split()}
    return held.get(max((p for p in held if inside(module, p)), key=len, default=""), "")


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, module or module.name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def allowed(here: str, there: str) -> bool:
    if layer(here) == "channels" and any(inside(there, name) for name in NARROW):
        return True
    return bool(layer(there)) and layer(there) in (layer(here), *LAYERS[layer(here)][1].split(", "))


def wrong_imports(module: str, tree: ast.AST) -> Iterator[str]:
    libraries = LIBRARIES.get(layer(module), "").split()
    for line, name in imports(tree):
        ours = name.split(".")[0] in (*CODE, "tests")
        if (ours and not allowed(module, name)) or name.split(".")[0] in libraries:
            yield f"{module}:{line} must not import {name}"


def test_every_module_stands_in_a_layer() -> None:
    homeless = [m for m in map(module_of, of(*CODE)) if not layer(m) and m != "bot"]
    assert not homeless, "give it a place in LAYERS of tests/test_rules.py"


def test_imports_run_one_way() -> None:
    ours = {module_of(path): tree for path, tree in of(*CODE).items()}
    wrong = [told for module, tree in ours.items() if layer(module) for told in wrong_imports(module, tree)]
    assert not wrong


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("bot.channels.sms", "from storage import outbox"),
        ("bot.channels.sms", "from bot import turn"),
        ("bot.channels.sms", "from bot.i18n import Catalogues"),
        ("storage.people", "from bot.message import Reply"),
        ("storage.people", "import starlette.routing"),
        ("bot.kinds", "from storage.store import Unit"),
        ("bot.talk", "from bot.turn import receive"),
        ("bot.talk", "import conversations.register"),
        ("conversations.register", "from bot.app import App"),
        ("conversations.register", "from bot import outbox, turn"),
        ("conversations.register", "import sqlalchemy"),
        ("conversations.ballots.points", "from storage import contests"),
        ("bot.turn", "from bot.app import App"),
        ("bot.turn", "from bot.actions import close"),
        ("bot.outbox", "from bot.turn import receive"),
        ("bot.actions.close", "from bot.app import App"),
        ("bot.app", "from bot.cli import main"),
        ("bot.web.public", "import bot.terminal.show"),
        ("bot.web.public", "from sqlalchemy import select"),
        ("bot.web.public", "from bot import cli"),
        ("bot.player", "from bot.terminal import show"),
        ("storage.people", "from tests import kit"),
        ("fakes.telegram", "from bot.message import Message"),
        ("bot.channels.sms", "from fakes.provider import Provider"),
    ],
)
def test_an_import_against_the_direction_is_found(module: str, line: str) -> None:
    assert list(wrong_imports(module, ast.parse(line)))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("bot.channels.sms", "from bot.errors import SendError"),
        ("conversations.register", "from storage import registrations"),
        ("conversations.register", "from bot.actions import close"),
        ("bot.actions.close", "from conversations.ballots import methods"),
        ("bot.web.public", "from bot.app import App"),
        ("bot.terminal.acting", "from bot.web import make_app"),
    ],
)
def test_an_import_in_the_direction_is_not(module: str, line: str) -> None:
    assert not list(wrong_imports(module, ast.parse(line)))


def test_a_fake_shares_no_library_with_what_it_checks() -> None:
    known = {*sys.stdlib_module_names, *FOR_FAKES, "fakes"}
    used = {name.split(".")[0] for tree in of("fakes").values() for _line, name in imports(tree)}
    assert "starlette" in used
    assert used <= known


def test_a_talk_knows_of_storage_only_the_type_of_a_unit() -> None:
    tree = trees()[Path("bot/talk.py")]
    typed = [n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    for_types = [name for branch in typed for _line, name in imports(branch)]
    assert for_types == ["storage.store.Unit"]
    assert [name for _line, name in imports(tree) if name.startswith("storage")] == for_types


# --- conversations ------------------------------------------------------------------------------------------------


def test_conversations_take_the_same_course_at_every_replay() -> None:
    sources = {module_of(path): (ROOT / path).read_text(encoding="utf-8") for path in of("conversations")}
    assert "conversations.register" in sources
    assert not lint(sources)


HELPERS = """
def reads_the_world(talk):
    return len(labs.labs(talk.db))

def asks_inside(talk, book):
    return talk.ask("inside", _("¿Cuál?"), book)
"""


def test_the_lint_finds_each_fault_of_a_bad_conversation_and_no_other() -> None:
    source = (ROOT / "tests" / "data" / "bad_conversation.txt").read_text(encoding="utf-8")
    marked: list[Fault] = []
    for n, line in enumerate(source.splitlines(), 1):
        _code, mark, told = line.partition("  # fault: ")
        marked += [("bad", n, told)] if mark else []
    assert len({told for _, _, told in marked}) == 13
    assert lint({"bad": source, "conversations.helpers": HELPERS}) == marked


# --- finished work ------------------------------------------------------------------------------------------------

# Put together here, so that this file is not found itself.
LATER = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "st" + "ub"])
UNFINISHED = re.compile(rf"\b(?:{LATER})\b")
ONE_MACHINE = re.compile(r"(?<![\w.])/(?:work|farm|tmp|root|home|Users)/\w")
SKIP, SLEEP = "ski" + "p|xfa" + "il", "sle" + "ep"
SKIPPED = re.compile(rf"\b(?:mark|pytest)\.(?:{SKIP})|\b(?:time|asyncio)\.{SLEEP}\((?!0\))")


def texts() -> Iterator[tuple[Path, str]]:
    files = [path for folder in TEXTS for path in (ROOT / folder).rglob("*") if path.suffix in ENDINGS]
    for path in [*files, ROOT / ".ci" / "run", *(p for p in ROOT.iterdir() if p.is_file())]:
        if path.suffix in {*ENDINGS, ""} and not {"vendor", "node_modules", "__pycache__"} & set(path.parts):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def found(pattern: re.Pattern[str]) -> list[str]:
    lines = ((path, n, line) for path, text in texts() for n, line in enumerate(text.splitlines(), 1))
    return [f"{path}:{n} {line.strip()[:80]}" for path, n, line in lines if pattern.search(line)]


def test_nothing_is_left_to_be_done_later() -> None:
    assert not found(UNFINISHED)


def test_no_path_of_one_machine_is_named() -> None:
    assert not found(ONE_MACHINE)


def test_these_patterns_find_what_they_are_for() -> None:
    assert all(map(UNFINISHED.search, ("# TO" + "DO: later", "a st" + "ub of it")))
    assert all(map(ONE_MACHINE.search, ("open('/ho" + "me/ana/x')", "cd /wo" + "rk/main", "= /tm" + "p/x")))
    assert not any(map(ONE_MACHINE.search, ("https://example.org/home/x", "/webhooks/telegram", "bot/work/x")))
    assert all(map(SKIPPED.search, ("@pytest.mark." + "skipif(x)", "pytest." + "skip()", "time." + "sleep(1)")))
    assert not UNFINISHED.search("Todo importa, borrar todo")
    assert not SKIPPED.search("await asyncio.sleep(0)")


# --- tests --------------------------------------------------------------------------------------------------------


def checks(function: Function) -> bool:
    """An assert that can fail, or an error that is expected."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.raises", "pytest.warns", "pytest.fail"):
            return True
    return False


def called(function: Function) -> set[str]:
    calls = [n.func for n in ast.walk(function) if isinstance(n, ast.Call)]
    return {f.id if isinstance(f, ast.Name) else f.attr for f in calls if isinstance(f, ast.Name | ast.Attribute)}


def unasserting(files: dict[Path, ast.Module]) -> list[str]:
    """Tests that check nothing, neither themselves nor through a helper."""
    every = [(path, f) for path, tree in files.items() for f in functions(tree)]
    checking = {f.name for _path, f in every if checks(f)} | {"expect"}
    while more := {f.name for _path, f in every if called(f) & checking} - checking:
        checking |= more
    idle = [(p, f) for p, f in every if f.name.startswith("test_") and not checks(f) and not called(f) & checking]
    return [f"{path}:{f.lineno} {f.name}" for path, f in idle]


def test_every_test_checks_something() -> None:
    assert not unasserting(of("tests"))


def test_a_test_that_checks_nothing_is_found() -> None:
    source = """
def helper(): assert 1 + 1 == 2
def through(): helper()
def test_a(): through()
def test_b():
    with pytest.raises(ValueError): int("x")
def test_nothing(): print(1)
def test_true(): assert True
"""
    assert unasserting({Path("t"): ast.parse(source)}) == ["t:7 test_nothing", "t:8 test_true"]


def test_no_test_is_skipped_and_none_sleeps() -> None:
    assert not [line for line in found(SKIPPED) if line.startswith("tests")]
