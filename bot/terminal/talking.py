"""`convoca talk`: a citizen in a terminal, on a scratch database that is gone afterwards. Nothing is sent."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot import planfile
from bot.actions import load
from bot.app import App
from bot.message import on_buttons
from bot.player import Phone, Shown
from bot.settings import Settings
from storage import keys, migrate, people, senders
from storage.store import Store, Unit

NUMBER = {"sms": "+50760000001", "whatsapp": "+50760000001", "telegram": "70000001"}
PROFILE = {"sms": "", "whatsapp": "Maria", "telegram": "Maria"}


@contextmanager
def scratch(settings: Settings, plan: Path) -> Iterator[App]:
    """A database of its own, with its own key and the plan in it."""
    with tempfile.TemporaryDirectory(prefix="convoca-talk-", ignore_cleanup_errors=True) as folder:
        url = f"sqlite:///{Path(folder) / 'talk.db'}"
        migrate.upgrade(url)
        with Store(url, keys.new_secret()) as store:
            app = App.on(store)
            parsed = planfile.read(plan)
            store.do(_senders)
            store.do(lambda unit: load.load(unit, parsed, app.parts, timezone=settings.timezone))
            yield app


def _senders(unit: Unit) -> None:
    for channel in NUMBER:
        senders.ensure(unit, f"simulator:{channel}", channel, "simulator", 100.0)


def talk(app: App, channel: str, lang: str) -> None:
    """Read what a citizen says, line by line, and print what comes back."""
    phone = Phone(app, channel, NUMBER[channel], PROFILE[channel])
    app.store.do(lambda unit: _speaks(unit, phone, lang))
    for line in _lines():
        label = _button(line, phone.screen)
        _print(phone.tap(label) if label else phone.say(line), channel)


def _speaks(unit: Unit, phone: Phone, lang: str) -> None:
    at = people.lock_address(unit, phone.channel, phone.number)
    people.set_address(unit, at.id, lang=lang)


def _lines() -> Iterator[str]:
    """Typed after 'C: ' on a screen; echoed so where they are piped in."""
    if sys.stdin.isatty():
        sys.stdout.write("Write as a citizen would: SANMARTIN, for instance. Ctrl-D ends.\n")
        while (line := _typed()) is not None:
            yield line
        return
    for raw in sys.stdin:
        line = raw.rstrip("\n").removeprefix("C: ")
        sys.stdout.write(f"C: {line}\n")
        yield line


def _typed() -> str | None:
    try:
        return input("C: ")
    except EOFError:
        sys.stdout.write("\n")
        return None


def _button(line: str, screen: Sequence[Shown]) -> str:
    """'[1 Sí]' or '[Sí]' taps that button of the newest message that has it; its label, or '' for other lines."""
    named = line[1:-1] if line.startswith("[") and line.endswith("]") else ""
    for shown in reversed(screen):
        able = [option for option in shown.options if option.data]
        for option, face in zip(able, on_buttons(able), strict=True):
            if named in (option.label, face):
                return option.label
    return ""


def _print(messages: Iterable[Shown], channel: str) -> None:
    for shown in messages:
        first, *rest = shown.text.splitlines() or [""]
        sys.stdout.write("# the same message is edited\n" if shown.edited else "")
        sys.stdout.write("\n   ".join([f"B: {first}", *rest]) + "\n")
        buttons = on_buttons(o for o in shown.options if o.data)
        if buttons and channel != "sms":
            sys.stdout.write("   " + " ".join(f"[{label}]" for label in buttons) + "\n")
    sys.stdout.flush()
