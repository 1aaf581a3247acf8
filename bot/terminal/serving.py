"""`convoca run` and `convoca demo`: which processes, on which settings."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from bot import logs, run
from bot.actions import status
from bot.app import App
from bot.channels import Channel, open_all
from bot.errors import ConvocaError
from bot.listening import Listening
from bot.outbox import ensure_senders
from bot.settings import FILE, Settings, load, variable
from bot.terminal.opening import database
from bot.web.security import HERE
from storage import keys, migrate, resuming, site
from storage.machine import Machine
from storage.store import Store

DATA = Path("data")  # of the demonstration, where the command is given
CHANNELS = ("telegram_", "twilio_", "android_", "sms_by_country", "alert_to")  # how their settings begin
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what one may ask for
BANNER = "Ejemplo. Ninguna institución usa ni respalda esta demostración."

log = structlog.stdlib.get_logger("convoca.run")


def serve(settings: Settings, role: str, *, demo: bool = False) -> int:
    """Be one of the processes, or with 'all' the one that keeps the two others alive; the exit status."""
    if role == "all":
        with database(settings) as store:
            store.read(resuming.require_resumed)
            free(settings.host, settings.port)
            open_all(settings, demo=demo)  # wrong settings end here: the children could only fail, again and again
        logs.configure(settings.log_format, settings.log_level)
        return run.supervise([_child(settings, name, demo=demo) for name in ("web", "sender")])
    with database(settings) as store:
        store.read(resuming.require_resumed)
        logs.configure(settings.log_format, settings.log_level)
        if role == "web":
            _web(settings, store, demo=demo)
        else:
            _sender(settings, store, demo=demo)
    return 0


def _child(settings: Settings, role: str, *, demo: bool) -> run.Child:
    where = ("--host", settings.host, "--port", str(settings.port))
    return run.Child(role, [sys.executable, "-m", "bot", "run", "--role", role, *where, *(["--demo"] if demo else [])])


def _web(settings: Settings, store: Store, *, demo: bool) -> None:
    from bot.web import make_app

    app, channels = App.on(store, prices=settings.price_table), _channels(settings, store, demo=demo)
    listening = Listening(store, app.hear, channels)
    url = address(settings, demo=demo)
    store.do(lambda unit: site.remember(unit, url))
    known = names(settings, demo=demo)
    pages = make_app(app, demo=demo, channels=channels, lifespan=listening.running, names=known)
    run.web(pages, settings.host, settings.port)


def address(settings: Settings, *, demo: bool) -> str:
    """Where people reach our pages: as set; the demonstration, whose people sit at this machine, names itself."""
    if settings.public_url or not demo:
        return settings.public_url
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def names(settings: Settings, *, demo: bool) -> list[str]:
    """Which hosts are ours; []: any will do, where no public address is set or a demonstration listens everywhere."""
    public = [name] if (name := urlsplit(settings.public_url).hostname) else []
    if not demo:
        return public
    return [] if settings.host in EVERYWHERE else [*HERE, settings.host, *public]


def _sender(settings: Settings, store: Store, *, demo: bool) -> None:
    channels = _channels(settings, store, demo=demo)
    run.sender(store, channels, App.on(store, settings.alert_to, settings.price_table).ticks())


def _channels(settings: Settings, store: Store, *, demo: bool) -> dict[str, Channel]:
    """Every channel that is on, with a row for each of our identities before anything comes in or goes out."""
    channels = open_all(settings, demo=demo)
    if not channels:
        log.warning("no channel is on: nothing can be sent; `convoca check` says why")
    ensure_senders(store, channels, settings.sms_by_country)
    return channels


def free(host: str, port: int) -> None:
    """Raises ConvocaError when another program has the port: the children could only fail, again and again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise ConvocaError(
                f"Nothing can listen on {host}:{port} ({taken.strerror}). Choose another --port"
            ) from None


# --- the demonstration --------------------------------------------------------------------------------------------


def demo_settings(host: str, port: int) -> Settings:
    """The demonstration's own file and key, and no provider, whatever the environment says."""
    forget_channels()
    own_ground("demo.db")
    return load({"host": host, "port": str(port)})


def own_ground(database: str) -> None:
    """This process and its children work on this file of ours; made with its key when they are not there."""
    key = DATA / "demo.key"
    keys.key_file(key)
    for name in ("CONVOCA_SECRET_KEY", "CONVOCA_DATABASE_URL_FILE"):
        os.environ.pop(name, None)
    os.environ.setdefault("CONVOCA_LOG_LEVEL", "warning")  # the screen is for the newcomer
    os.environ |= {"CONVOCA_DATABASE_URL": f"sqlite:///{DATA / database}", "CONVOCA_SECRET_KEY_FILE": str(key)}


def forget_channels() -> None:
    """A demonstration writes to nobody: neither this process nor its children see a provider's settings."""
    for field in Settings.model_fields:
        if field.startswith(CHANNELS):
            for end in ("", FILE):
                os.environ.pop(variable(field) + end, None)


def demo(host: str, port: int, *, fresh: bool) -> int:
    """Make it, fill it, serve it."""
    settings = demo_settings(host, port)
    free(host, port)
    if fresh:
        start_over("demo.db")
    migrate.upgrade(settings.database_url, secrets=settings.secret)
    with database(settings) as store:
        over = _fill(store)
    if over:
        sys.stdout.write("The meetings of this example are over. To start over: convoca demo --fresh\n\n")
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(
        f"{BANNER}\n\nThe simulator: http://{shown}:{port}/simulador\n\n"
        "The same from another terminal, here:\n"
        f"  export CONVOCA_DATABASE_URL={settings.database_url} CONVOCA_SECRET_KEY_FILE={DATA / 'demo.key'}\n"
        "  convoca status\n\nCtrl-C ends it.\n"
    )
    sys.stdout.flush()
    return serve(settings, "all", demo=True)


def start_over(database: str) -> None:
    """Away with this file of ours. Raises ConvocaError while a process works on it: what it stores would be lost."""
    machine = Machine(DATA / database)
    try:
        if not machine.alone():
            raise ConvocaError(f"another demonstration works on {DATA / database}: end it first (Ctrl-C)")
        for left in DATA.glob(f"{database}*"):
            left.unlink()
    finally:
        machine.leave()


def _fill(store: Store) -> bool:
    """Put the example in, if it is not; whether its last meeting has passed."""
    from bot.web.simulator import seed

    seed(App.on(store))
    found = store.read(status.read)
    return not any(s.state == "published" and s.starts_at > found.now for lab in found.labs for s in lab.sessions)
