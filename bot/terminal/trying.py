"""`convoca check --send-to`: one message to oneself, straight to the provider, before anybody else gets one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.markup import escape

from bot import channels, settings
from bot.channels import Channel, Closed
from bot.errors import ConvocaError, SendError
from bot.message import Parcel, Reply

TEXT = "Convoca: mensaje de prueba. / Test message."


def send(out: Console, to: str) -> None:
    """Send it and say what the provider said. Raises ConvocaError: nothing can carry it; typer.Exit(1): refused."""
    on = channels.open_all(settings.load())
    every = [(name, via, one.name) for via, one in channels.identities(on) for name in (one.name, one.channel, via)]
    ways = [way for way in every if to.removeprefix(f"{way[0]}:") not in (to, "")]
    if not ways:
        names = ", ".join(sorted({one.channel for _via, one in channels.identities(on)})) or "none is on"
        raise ConvocaError(f"Write CHANNEL:ADDRESS, with one of these channels: {names}")
    name, via, sender = max(ways, key=lambda way: len(way[0]))  # of two, 'twilio:sms' says more than 'twilio'
    address = to.removeprefix(f"{name}:")
    try:
        given = asyncio.run(_sent(on, via, sender, address))
    except SendError as error:
        out.print(f"[red]Not sent[/] by {sender}: {escape(error.told)}")
        raise typer.Exit(1) from None
    out.print(f"[green]Taken[/] by {sender} as {escape(given)}. Look at that phone.")


async def _sent(on: Mapping[str, Channel], via: str, sender: str, address: str) -> str:
    now = datetime.now(UTC)
    parcel = Parcel(
        ref=str(10**15 + secrets.randbelow(10**15)),  # far beyond the ids of rows
        attempt=1,
        sender=sender,
        address=address,
        reply=Reply(text=TEXT),
        now=now,
        heard_at=now,
        expires_in=600.0,
    )
    try:
        return await on[via].send(parcel)
    finally:
        for channel in on.values():
            if isinstance(channel, Closed):
                await channel.close()
