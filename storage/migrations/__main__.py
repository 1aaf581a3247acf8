"""`python -m storage.migrations "what changes"`: write the next revision from the difference to the tables.

Read it before you keep it: Alembic does not see a renamed column, nor what becomes of the rows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from storage.migrate import MIGRATIONS, config_of, upgrade


def make(words: str) -> None:
    """The difference between the revisions so far and `storage.tables`, as a new file in versions/."""
    config = config_of(MIGRATIONS)
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'scratch.db'}"
        upgrade(url)
        engine = create_engine(url)
        with engine.connect() as db:
            config.attributes["connection"] = db
            command.revision(config, words, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('Say what changes: python -m storage.migrations "a person may have a nickname"')
    make(sys.argv[1])
