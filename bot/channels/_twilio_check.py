"""How the account is doing, for `convoca check`: in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from bot.channels import Finding
from bot.channels._twilio_draft import BUTTONS, ITEMS, Templates
from bot.channels._wire import WireError

# Sent outside the 24 hours, so Meta must approve them; their texts are in docs/templates.md.
APPROVED = (
    "invitacion_laboratorio", "recordatorio", "lugar_disponible", "lista_de_espera", "sesion_cambiada",
    "sesion_suspendida", "elegir", "eleccion_contada", "resultado_de_tu_eleccion", "idea_novedad",
    "compromiso_novedad", "se_cumplio", "historia", "permiso_foto", "correccion", "correccion_vas",
)  # fmt: skip
GENERIC = (*(f"botones_{n}" for n in range(1, BUTTONS + 1)), *(f"lista_{n}" for n in range(2, ITEMS + 1)))
PAGE = "docs/templates.md"


class NoAnswer(Exception):
    """A question to Twilio came to nothing. The text says why: a status, a code or names of exceptions, no address."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.why, self.status = why, status


async def ask(call: Any) -> Any:
    """The answer to one of the library's calls. Raises NoAnswer."""
    try:
        return await call
    except (TwilioRestException, TwilioServiceException) as wrong:
        why = NoAnswer(f"Twilio {wrong.code} (HTTP {wrong.status})", wrong.status)
    except TwilioException:  # of a page of a list; its arguments hold the answer
        why = NoAnswer("Twilio gave no list")
    except WireError as wrong:
        why = NoAnswer(wrong.told)
    except (ValueError, AttributeError, TypeError) as wrong:
        why = NoAnswer(f"an answer that can not be read ({type(wrong).__name__})")
    raise why  # outside of `except`: the library's errors quote addresses


async def account(client: Client) -> list[Finding]:
    """Whether the account works and is paid. When it does not answer, nothing else is asked."""
    try:
        found = await ask(client.api.v2010.accounts(client.account_sid).fetch_async())
    except NoAnswer as no:
        todo = "check CONVOCA_TWILIO_ACCOUNT_SID and CONVOCA_TWILIO_AUTH_TOKEN" if no.status == 401 else "try again"
        return [Finding(ok=False, text=f"Twilio does not let us in: {no.why}; {todo}")]
    if found.status != "active":
        return [Finding(ok=False, text=f"the Twilio account is {found.status}; mend it in Twilio's console")]
    return [Finding(ok=True, text="the Twilio account is active"), await _balance(client)]


async def _balance(client: Client) -> Finding:
    try:
        found = await ask(client.api.v2010.accounts(client.account_sid).balance.fetch_async())
        left = float(found.balance)
    except NoAnswer as no:
        return Finding(ok=True, text=f"the balance is not told ({no.why}); a subaccount uses its parent's")
    except (TypeError, ValueError):
        return Finding(ok=True, text="the balance is not told")
    told = f"Twilio balance: {left:.2f} {found.currency}"
    return Finding(ok=left > 0, text=told if left > 0 else f"{told}; nothing is sent until it is topped up")


async def contents(client: Client, templates: Templates) -> list[Finding]:
    """Each content of the settings: whether it exists and, where it must be, is approved; and what is missing."""
    findings = [
        await _content(client, name, lang, sid)
        for name, by_lang in sorted(templates.items())
        for lang, sid in sorted(by_lang.items())
    ]
    missing = [name for name in APPROVED if not templates.get(name)]
    if missing:
        told = "no WhatsApp template for these, so they reach nobody who last wrote more than 24 hours ago: "
        findings.append(Finding(ok=False, text=f"{told}{', '.join(missing)}; {PAGE} says how to make them"))
    plain = [name for name in GENERIC if not templates.get(name)]
    if plain:
        told = "shown on WhatsApp as numbers in the text, for want of a content: "
        findings.append(Finding(ok=True, text=f"{told}{', '.join(plain)}; {PAGE} says how to make them"))
    return findings


async def _content(client: Client, name: str, lang: str, sid: str) -> Finding:
    what = f"WhatsApp template {name} ({lang})"
    if name not in (*APPROVED, *GENERIC):
        return Finding(ok=False, text=f"{what}: nothing uses this name; {PAGE} lists those that are")
    try:
        if name in GENERIC:
            await ask(client.content.v1.contents(sid).fetch_async())
            return Finding(ok=True, text=f"{what} is there")
        found = await ask(client.content.v1.contents(sid).approval_fetch().fetch_async())
    except NoAnswer as no:
        todo = "its ContentSid is not of this account; correct it in CONVOCA_TWILIO_CONTENT"
        return Finding(ok=False, text=f"{what}: {todo if no.status == 404 else f'not known, {no.why}'}")
    return _approval(what, found.whatsapp if isinstance(found.whatsapp, Mapping) else {})


def _approval(what: str, told: Mapping[str, object]) -> Finding:
    status = str(told.get("status") or "unsubmitted")
    if status == "approved":
        return Finding(ok=True, text=f"{what} is approved ({str(told.get('category') or 'no category').lower()})")
    todo = {
        "unsubmitted": "submit it for approval in Twilio's console",
        "rejected": "change its text and submit it under a new name: this one is burnt",
        "paused": "people answered it badly; Meta lets it go on after a while",
        "disabled": "make another one, with another text",
    }.get(status, "Meta takes up to two days")
    return Finding(ok=False, text=f"{what} is {status}: {todo}")


def address(public_url: str) -> Sequence[Finding]:
    """Whether Twilio can call us, and the address to give it."""
    if not public_url:
        told = "Twilio can not call us without CONVOCA_PUBLIC_URL: nothing comes in, and no failure is heard of"
        return [Finding(ok=False, text=told)]
    if "_" in (urlsplit(public_url).hostname or ""):
        return [Finding(ok=False, text="Twilio calls no host with an underscore; give CONVOCA_PUBLIC_URL another")]
    told = f"incoming messages: in Twilio's console let our numbers call {public_url}/webhooks/twilio#rc=3&rp=all"
    return [Finding(ok=True, text=told)]
