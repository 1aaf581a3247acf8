"""Who the bot is and where it listens: told to Telegram at the start, and looked at by `convoca check`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from telegram import Bot, BotCommand, WebhookInfo

from bot.channels import Finding
from bot.channels._telegram_errors import tidy
from bot.channels._telegram_texts import PAGES, Page
from bot.channels._telegram_updates import KINDS

PATH = "/webhooks/telegram"
CONNECTIONS = 40  # webhooks Telegram may call at once
WAITING_LONG = 100  # updates that wait at Telegram: more means that we do not keep up
FRESH = 86_400.0  # seconds for which an error of the past is worth a look


async def listen(bot: Bot, url: str, secret: str) -> None:
    """Have updates posted to this address; '' = they will be asked for. Raises TelegramError."""
    if url:
        await bot.set_webhook(url, secret_token=secret, allowed_updates=KINDS, max_connections=CONNECTIONS)
    else:
        await bot.delete_webhook()


async def show_pages(bot: Bot) -> None:
    """Commands and descriptions, in each language. Raises TelegramError.

    Only what differs is sent, as Telegram lets them be changed a few times a day; and a description that somebody
    has written with @BotFather stays.
    """
    for lang, page in PAGES.items():
        await _commands(bot, lang, page)
        await _description(bot, lang, page)
        await _about(bot, lang, page)


async def _commands(bot: Bot, lang: str, page: Page) -> None:
    now = await bot.get_my_commands(language_code=lang or None)
    if [(one.command, one.description) for one in now] != list(page.commands):
        await bot.set_my_commands([BotCommand(*one) for one in page.commands], language_code=lang or None)


async def _description(bot: Bot, lang: str, page: Page) -> None:
    now = (await bot.get_my_description(language_code=lang or None)).description
    if _ours(now, page.description, PAGES[""].description):
        await bot.set_my_description(page.description, language_code=lang or None)


async def _about(bot: Bot, lang: str, page: Page) -> None:
    now = (await bot.get_my_short_description(language_code=lang or None)).short_description
    if _ours(now, page.about, PAGES[""].about):
        await bot.set_my_short_description(page.about, language_code=lang or None)


def _ours(now: str, wanted: str, fallback: str) -> bool:
    """Whether to write it: there is none yet, or Telegram shows our text of the other language in its place."""
    return now != wanted and now in ("", fallback)


# --- convoca check ----------------------------------------------------------------------------------------------------


def findings(info: WebhookInfo, wanted: str, now: datetime) -> Sequence[Finding]:
    """How updates reach us. `wanted`: the address they should be posted to, '' = they are asked for."""
    found = [_place(info.url or "", wanted)]
    if info.pending_update_count > WAITING_LONG:
        found.append(_not(f"{info.pending_update_count} updates wait at Telegram: is `convoca run` running?"))
    elif info.pending_update_count:
        found.append(_ok(f"{info.pending_update_count} updates wait at Telegram"))
    if wanted and info.last_error_date:
        found.append(_error(info, now))
    return found


def _place(url: str, wanted: str) -> Finding:
    """Said without the address' path: a webhook of somebody else may hold a secret."""
    host = urlsplit(url).hostname or "nowhere"
    if url == wanted:
        return _ok(f"updates are posted to {host}" if wanted else "updates are asked for (no CONVOCA_PUBLIC_URL)")
    if not wanted:
        return _not(f"updates are posted to {host}. `convoca run` asks for them instead, and ends that")
    if not url:
        return _not("no webhook is set yet. `convoca run` sets it at its start")
    return _not(f"updates are posted to {host}, not to our address. `convoca run` changes that at its start")


def _error(info: WebhookInfo, now: datetime) -> Finding:
    """The last webhook that failed: old ones are only mentioned."""
    seconds = (now - info.last_error_date).total_seconds() if info.last_error_date else 0.0
    text = f"the last webhook failed {age(seconds)} ago: {tidy(info.last_error_message or 'no reason given')}"
    if seconds > FRESH and not info.pending_update_count:
        return _ok(text)
    return _not(
        f"{text}. CONVOCA_PUBLIC_URL must lead to `convoca run` from the Internet, by https on port 443, 80, 88 or "
        "8443, with a certificate that is valid"
    )


def age(seconds: float) -> str:
    """'40 s', '12 min', '5 h', '3 days'."""
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(int(seconds), 0)} s"


def _ok(text: str) -> Finding:
    return Finding(ok=True, text=f"Telegram: {text}")


def _not(text: str) -> Finding:
    return Finding(ok=False, text=f"Telegram: {text}")
