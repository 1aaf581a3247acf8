"""A SQLite file belongs to one machine: a lock file beside it holds its name, its id and its boot (DESIGN 9).

SQLite's locks hold between the processes of one machine, and quietly fail over a network folder. So a second machine
is refused. The last process to leave takes the file away; after a crash it stays, and serves the same machine again:
of the same boot, or of the same name and id while nobody holds it. A name alone proves nothing, cloned images share it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_ID = Path("/etc/machine-id")


class OtherMachine(Exception):
    """Another machine uses this database file."""


def this_machine() -> dict[str, str]:
    """Host name, boot id and a digest of the machine's id ('' where it has none, as in most containers).

    A container made anew has another name, but the boot of its machine.
    """
    boot, id = (path.read_text().strip() if path.exists() else "" for path in (_BOOT, _ID))
    digest = hashlib.sha256(f"convoca {id}".encode()).hexdigest() if id else ""  # the id itself is not to be shown
    return {"host": socket.gethostname(), "boot": boot, "id": digest}


class Machine:
    """This process's share in a database file. Raises OtherMachine."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".machine")
        self._file = self._enter()
        self._queue = os.open(database.with_name(database.name + ".queue"), os.O_RDWR | os.O_CREAT, 0o600)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Held while waiting for the database's own lock, and let go when it is got: nobody overtakes who waits."""
        fcntl.flock(self._queue, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._queue, fcntl.LOCK_UN)

    def alone(self) -> bool:
        """Whether no other process has a share now. One may come the next moment."""
        alone = _got_alone(self._file)
        fcntl.flock(self._file, fcntl.LOCK_SH)
        return alone

    def leave(self) -> None:
        """Let go; the last one takes the file away, so that the database may move."""
        with suppress(BlockingIOError, PermissionError):  # another process is still here; a folder one may not change
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        os.close(self._queue)

    def _enter(self) -> int:
        while True:
            with ExitStack() as undo:
                file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
                undo.callback(os.close, file)
                alone = _got_alone(file)
                if not alone:
                    fcntl.flock(file, fcntl.LOCK_SH)
                if self._is_still(file):
                    self._claim(file, alone)
                    fcntl.flock(file, fcntl.LOCK_SH)
                    undo.pop_all()
                    return file

    def _is_still(self, file: int) -> bool:
        """Whoever left last may have taken the file away while we waited for it."""
        return self._path.exists() and os.path.samestat(os.fstat(file), self._path.stat())

    def _claim(self, file: int, alone: bool) -> None:
        mine, text = this_machine(), os.pread(file, 4096, 0).decode()
        theirs: dict[str, str] = json.loads(text) if text else mine
        if not (_same_boot(mine, theirs) or (alone and _same_machine(mine, theirs))):
            raise OtherMachine(
                f"The database beside {self._path} is in use by the machine {theirs['host']!r}, and this is "
                f"{mine['host']!r}. SQLite serves one machine: stop the other one, then delete {self._path.name}; "
                "or move to PostgreSQL."
            )
        # Padded to the old length, so that no remains stand behind; JSON does not mind the spaces.
        os.pwrite(file, json.dumps(mine).encode().ljust(len(text.encode())), 0)


def _got_alone(file: int) -> bool:
    """Whether no other process has a share; then none gets one before this one says who it is."""
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _same_boot(mine: dict[str, str], theirs: dict[str, str]) -> bool:
    """Where a system tells no boot, its name and id must do."""
    return mine["boot"] == theirs["boot"] if mine["boot"] else _same_machine(mine, theirs)


def _same_machine(mine: dict[str, str], theirs: dict[str, str]) -> bool:
    """It was started again."""
    return (mine["host"], mine.get("id")) == (theirs["host"], theirs.get("id"))
