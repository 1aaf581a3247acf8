"""Has anything been written since the last look? On SQLite that is one cheap question; elsewhere: perhaps."""

from __future__ import annotations

import sqlite3

from storage import sqlite
from storage.store import Store


class Watch:
    """SQLite counts the commits of all other connections, of this process and of others; asking reads no table."""

    def __init__(self, store: Store) -> None:
        self._raw: sqlite3.Connection | None = None
        self._seen = -1
        if store.dialect == "sqlite":
            where = sqlite.file_of(store.url).absolute().as_uri()
            self._raw = sqlite3.connect(f"{where}?mode=ro", uri=True, isolation_level=None)

    def news(self) -> bool:
        """False: nothing was committed since the last call."""
        if self._raw is None:
            return True
        seen, (self._seen,) = self._seen, self._raw.execute("PRAGMA data_version").fetchone()
        return seen != self._seen

    def close(self) -> None:
        """Let go of the file."""
        if self._raw is not None:
            self._raw.close()
