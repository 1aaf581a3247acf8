"""What a command works on: the settings, the database at this program's schema, the joined parts."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bot import settings as settings_module
from bot.settings import Settings
from storage import keys, migrate
from storage.store import Store


@contextmanager
def database(settings: Settings | None = None) -> Iterator[Store]:
    """The store of the settings. Raises BadSettings, OtherSchema, BadKey: each says what to do."""
    settings = settings or settings_module.load()
    migrate.require_current(settings.database_url)
    with Store(settings.database_url, settings.secret) as store:
        keys.check(store)
        yield store


def operator() -> str:
    """Who is at the keyboard, for the audit log: the account's name, never a person's."""
    with suppress(OSError, KeyError):
        return f"cli:{getpass.getuser()}"[:80]
    return "cli"


def troubles() -> tuple[type[BaseException], ...]:
    """Errors that a person can mend: told in a sentence, without a traceback."""
    from sqlalchemy.exc import OperationalError

    from bot.errors import ConvocaError
    from storage.machine import OtherMachine
    from storage.migrate import MigrationError, OtherSchema
    from storage.sealed import BadKey

    return (ConvocaError, BadKey, MigrationError, OtherMachine, OtherSchema, OperationalError)


def told(error: BaseException) -> str:
    """The sentence of an error. The database's own words are cut to the first line: the rest is SQL."""
    from sqlalchemy.exc import OperationalError

    from bot.errors import BadPlan

    if isinstance(error, BadPlan):
        many = f"{len(error.faults)} faults" if len(error.faults) > 1 else "a fault"
        return f"The plan has {many}, and nothing was changed.\n{error}"
    if isinstance(error, OperationalError):
        return f"The database does not answer as it should: {str(error.orig).splitlines()[0]}"
    return str(error)


def complain(text: str) -> None:
    """One line a fault, on stderr."""
    sys.stderr.write(text.rstrip() + "\n")
