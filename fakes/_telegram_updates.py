"""How updates reach the bot: the queue, and the settings of its webhook."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from fakes._post import LOCAL
from fakes._telegram_chats import Json
from fakes._telegram_methods import Method
from fakes._telegram_wire import Call, bad, breach, conflict

PORTS = (443, 80, 88, 8443)
QUIET = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # only who asks for them gets them


class Updates:
    """Waiting updates by id, and where they go. Who calls holds the lock."""

    def __init__(self, clock: Callable[[], float], first: int) -> None:
        self._clock = clock
        self._next = first
        self.pending: dict[int, Json] = {}
        self.made: list[Json] = []  # all that were ever made, in order
        self.url = ""
        self.secret = ""
        self.poller: object = None  # whose getUpdates is the newest
        self._info: Json = {}
        self._allowed: list[str] = []
        self.methods: Mapping[str, Method] = {
            "setWebhook": self._set,
            "deleteWebhook": self._delete,
            "getWebhookInfo": self._tell,
        }

    def make(self, kind: str, content: Mapping[str, Any]) -> Json | None:
        """A new update, waiting; None: the bot does not want this kind."""
        id = self._next
        update = {"update_id": id, kind: copy.deepcopy(dict(content))}
        self._next += 1
        self.made.append(update)
        if not (kind in self._allowed if self._allowed else kind not in QUIET):
            return None
        self.pending[id] = update
        return update

    def add(self, update: Mapping[str, Any]) -> Json:
        """Any update, as it is; it gets an id when it has none."""
        whole = {"update_id": self._next, **copy.deepcopy(dict(update))}
        self._next += 1
        self.pending[whole["update_id"]] = whole
        return whole

    def done(self, id: int) -> None:
        """The webhook took it."""
        self.pending.pop(id, None)

    def failed(self, why: str) -> None:
        """The webhook did not."""
        self._info |= {"last_error_date": int(self._clock()), "last_error_message": why}

    # webhook

    def _set(self, call: Call) -> bool:
        url = call.text("url")
        if not url:
            return self._delete(call)
        _check_url(url)
        if call.text("secret_token") and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", call.text("secret_token")):
            raise breach("secret token contains unallowed characters")
        most = call.number("max_connections", 40)
        if not 1 <= most <= 100:
            raise breach("max_connections must be between 1 and 100")
        self.url, self.secret = url, call.text("secret_token")
        self._info = {"max_connections": most, "ip_address": "127.0.0.1"}
        self._take_allowed(call)
        self._drop(call)
        return True

    def _delete(self, call: Call) -> bool:
        self.url, self.secret, self._info = "", "", {}
        self._drop(call)
        return True

    def _tell(self, _: Call) -> Json:
        allowed = {"allowed_updates": self._allowed} if self._allowed else {}
        fixed = {"url": self.url, "has_custom_certificate": False, "pending_update_count": len(self.pending)}
        return {**fixed, **self._info, **allowed}

    def _drop(self, call: Call) -> None:
        if call.true("drop_pending_updates"):
            self.pending.clear()

    def _take_allowed(self, call: Call) -> None:
        """Not given: what was set before stays."""
        allowed = call.json("allowed_updates")
        if allowed is not None:
            self._allowed = [str(kind) for kind in allowed]

    # getUpdates

    def begin(self, call: Call) -> object:
        """A poll begins: its ticket. What is below the offset is confirmed. Raises TelegramError."""
        self._refuse_with_webhook()
        self._take_allowed(call)
        offset = call.number("offset")
        if offset < 0:
            offset = min(sorted(self.pending)[offset:], default=0)
        self.pending = {id: update for id, update in self.pending.items() if id >= offset}
        self.poller = ticket = object()
        return ticket

    def ready(self, ticket: object, call: Call) -> list[Json]:
        """What waits for this poll. Raises TelegramError: another one, or a webhook, took its place."""
        self._refuse_with_webhook()
        if self.poller is not ticket:
            raise conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        return [self.pending[id] for id in sorted(self.pending)][: max(1, min(100, call.number("limit", 100)))]

    def _refuse_with_webhook(self) -> None:
        if self.url:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )


def _check_url(url: str) -> None:
    """https on Telegram's ports; this machine by http too, as a Bot API server of one's own takes it."""
    to = urlsplit(url)
    if to.scheme == "http" and to.hostname in LOCAL:
        return
    if to.scheme != "https" or not to.hostname:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if (to.port or 443) not in PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
