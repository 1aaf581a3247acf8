"""What a command works on: the settings, the database at this program's schema, the joined parts."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bot import settings as settings_module
from bot.i18n import Catalogues, Voice
from bot.settings import Settings
from storage import keys, migrate, moving
from storage.store import Store


@contextmanager
def database(settings: Settings | None = None) -> Iterator[Store]:
    """The store of the settings. Raises BadSettings, OtherSchema, BadKey: each says what to do."""
    settings = settings or settings_module.load()
    migrate.require_current(settings.database_url)
    moving.require_whole(settings.database_url)
    with Store(settings.database_url, settings.secret) as store:
        keys.check(store)
        yield store


def wordings() -> Catalogues:
    """Every language, for acts from here: a refusal comes in that of CONVOCA_LANG."""
    return Catalogues.load().heard_by(Voice(lang=settings_module.load(need_key=False).lang))


def operator() -> str:
    """Who is at the keyboard, for the audit log: the account's name, never a person's."""
    with suppress(OSError, KeyError):
        return f"cli:{getpass.getuser()}"[:80]
    return "cli"


def troubles() -> tuple[type[BaseException], ...]:
    """Errors that a person can mend: told in a sentence, without a traceback."""
    from sqlalchemy.exc import OperationalError

    from bot.errors import ConvocaError
    from storage.backups import BadBackup
    from storage.lock import BadLock
    from storage.machine import OtherMachine
    from storage.migrate import MigrationError, OtherSchema
    from storage.moving import CannotMove
    from storage.restoring import NotEmpty
    from storage.resuming import NotResumed
    from storage.sealed import BadKey

    kept = (BadBackup, BadLock, CannotMove, NotEmpty, NotResumed)
    return (ConvocaError, BadKey, MigrationError, OtherMachine, OtherSchema, OperationalError, *kept)


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
