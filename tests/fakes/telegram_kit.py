"""How the tests of the fake Telegram talk to it: with python-telegram-bot, and with bare requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
from telegram import Bot
from telegram.request import HTTPXRequest

from fakes.telegram import Telegram

T = TypeVar("T")
TOKEN = "7000001:AA-an-invented-token-of-nobody"
SPEC = Path(__file__).parents[1] / "data" / "channels" / "telegram_bot_api.json"
ANA, LUIS = "1001", "1002"


def bot(fake: Telegram, token: str, seconds: float) -> Bot:
    http: dict[str, Any] = {"trust_env": False}
    made = [HTTPXRequest(read_timeout=seconds, httpx_kwargs=http) for _ in range(2)]
    return Bot(token, base_url=f"{fake.url}/bot", base_file_url=f"{fake.url}/file/bot",
               request=made[0], get_updates_request=made[1])  # fmt: skip


def asked(fake: Telegram, ask: Callable[[Bot], Coroutine[Any, Any, T]], seconds: float = 5.0, token: str = TOKEN) -> T:
    """What python-telegram-bot makes of it."""

    async def run() -> T:
        client = bot(fake, token, seconds)
        try:
            return await ask(client)
        finally:
            for request in client._request:
                await request.shutdown()

    return asyncio.run(run())


def call(fake: Telegram, method: str, token: str = TOKEN, **params: Any) -> tuple[int, dict[str, Any]]:
    """A bare request with a JSON body."""
    with httpx.Client(trust_env=False) as http:
        answer = http.post(f"{fake.url}/bot{token}/{method}", json=params)
    return answer.status_code, answer.json()


def refusal(fake: Telegram, method: str, **params: Any) -> tuple[int, str]:
    status, body = call(fake, method, **params)
    assert body["ok"] is False
    assert body["error_code"] == status
    return status, body["description"]
