"""What a command works on: the settings, the database at this program's schema, the joined parts."""

from __future__ import annotations

import errno
import getpass
import sqlite3
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


def _troubles() -> tuple[type[BaseException], ...]:
    """Errors that a person can mend: told in a sentence, without a traceback."""
    from sqlalchemy.exc import DatabaseError

    from bot.errors import ConvocaError
    from storage.backups import BadBackup
    from storage.lock import BadLock
    from storage.machine import OtherMachine
    from storage.migrate import MigrationError, OtherSchema
    from storage.moving import CannotMove
    from storage.restoring import NotEmpty
    from storage.resuming import NotResumed
    from storage.sealed import BadKey
    from storage.trouble import TROUBLE

    kept = (BadBackup, BadLock, CannotMove, NotEmpty, NotResumed)
    known = (ConvocaError, BadKey, MigrationError, OtherMachine, OtherSchema)
    return (*known, *kept, *TROUBLE, DatabaseError, sqlite3.DatabaseError, OSError)


def can_be_told(error: BaseException) -> bool:
    """Whether a sentence is enough. A fault of this program is shown whole, or nobody could mend it."""
    from sqlalchemy import exc

    ours = (exc.IntegrityError, exc.DataError, exc.InternalError, exc.NotSupportedError, exc.ProgrammingError)
    return isinstance(error, _troubles()) and not isinstance(error, ours)


def told(error: BaseException) -> str:
    """The sentence of an error. The database's own words are cut to the first line: the rest is SQL."""
    from sqlalchemy.exc import DBAPIError

    from bot.errors import BadPlan

    if isinstance(error, BadPlan):
        many = f"{len(error.faults)} faults" if len(error.faults) > 1 else "a fault"
        return f"The plan has {many}, and nothing was changed.\n{error}"
    if isinstance(error, OSError):
        return _refused(error)
    if isinstance(error, (DBAPIError, sqlite3.Error)):
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        return f"The database does not answer as it should: {said.splitlines()[0]}"
    return str(error)


_ADVICE = {
    errno.ENOSPC: "Make room on the disk",
    errno.EDQUOT: "Make room on the disk",
    errno.EACCES: "The file and its folder must belong to the account that Convoca runs as",
    errno.EPERM: "The file and its folder must belong to the account that Convoca runs as",
    errno.EROFS: "The file and its folder must belong to the account that Convoca runs as",
    errno.EEXIST: "Something else stands there: move it away, or work in another folder",
    errno.ENOTDIR: "Something else stands there: move it away, or work in another folder",
}


def _refused(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    advice = _ADVICE.get(error.errno or 0, "Look at the disk and the network, mend that")
    return f"The system refuses: {error.strerror or error}{where}. {advice}; then try again."


def complain(text: str) -> None:
    """One line a fault, on stderr."""
    sys.stderr.write(text.rstrip() + "\n")
