"""Telegram's limits on sending."""

from __future__ import annotations

import math
from collections import deque

PRIVATE = ((1, 1.0),)  # (messages, in so many seconds)
GROUP = ((1, 1.0), (20, 60.0))
EVERYBODY = ((30, 1.0),)


class Rate:
    """Counts what was sent in sliding windows. Telegram lets short bursts pass; this does not."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, float], deque[float]] = {}

    def wait(self, chat: str, now: float) -> int:
        """Seconds to wait before the next message to this chat; 0: go on, it is counted now."""
        limits = [(chat, *limit) for limit in (GROUP if chat.startswith("-") else PRIVATE)]
        limits += [("", *limit) for limit in EVERYBODY]
        windows = [(self._window(who, span, now), most, span) for who, most, span in limits]
        waits = [sent[0] + span - now for sent, most, span in windows if len(sent) >= most]
        if waits:
            return max(1, math.ceil(max(waits)))
        for sent, _, _ in windows:
            sent.append(now)
        return 0

    def _window(self, who: str, span: float, now: float) -> deque[float]:
        sent = self._sent.setdefault((who, span), deque())
        while sent and sent[0] <= now - span:
            sent.popleft()
        return sent
