"""A house to be killed: hears messages from its standard input, one in JSON a line, and says the number of each one
that is stored."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from bot.app import App
from bot.message import Message
from storage.store import Store

_writing = Lock()


def stored(number: int, done: Future[Any]) -> None:
    """It is acknowledged: a provider does not bring it again."""
    done.result()
    with _writing:
        os.write(1, f"{number}\n".encode())


def main() -> None:
    """Hear everything, and end when nobody writes any more."""
    with Store(os.environ["BOOTH_URL"], os.environ["BOOTH_SECRET"]) as store:
        app = App.on(store)
        under_way = []
        for line in sys.stdin:
            number, given = json.loads(line)
            message = Message(**{**given, "sent_at": datetime.fromisoformat(given["sent_at"])})
            heard = app.receive(message)
            heard.add_done_callback(partial(stored, number))
            under_way.append(heard)
        for heard in under_way:
            heard.result()


if __name__ == "__main__":
    main()
