"""SMS and WhatsApp by Twilio: two identities of one account."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import structlog
from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from bot.channels import Doubt, Finding, Hook, Identity, News
from bot.channels import _twilio_check as check
from bot.channels import _twilio_doubts as doubts
from bot.channels._twilio_draft import WINDOW, Draft, Templates, for_sms, for_whatsapp
from bot.channels._twilio_errors import DEAD_TEMPLATE, Pauses, codes, refused, reported, rule_of
from bot.channels._twilio_hooks import FAILED, RANKS, WHATSAPP, Reader
from bot.channels._twilio_http import client
from bot.channels._twilio_inbox import inbox
from bot.channels._wire import Ambiguous, NotSent, TooLarge, WireError
from bot.errors import SendError
from bot.message import Parcel, Receipt

log = structlog.get_logger("channels.twilio")

_NOT_YET = (404, 408, 429)  # it keeps a file some moments after it has told of it
_RECORDING = "Messages/(?:MM|SM)[0-9a-f]{32}/Media/ME[0-9a-f]{32}"
VALID = (1, 36_000)  # seconds that Twilio may keep a message waiting
REST = timedelta(hours=1)  # a template that was refused is not tried for so long
AGAIN = 60.0  # seconds, when there was no connection
# Twilio calls once unless told otherwise, and a lost call is lost: three more tries, whatever went wrong (not signed).
INSIST = "#rc=3&rp=all"


@dataclass(frozen=True, slots=True, kw_only=True)
class _No:
    """A call that was not taken: Twilio's code (0: none) and what to do."""

    code: int
    error: SendError


class Twilio:
    """An account with a number for SMS, one for WhatsApp, or both."""

    name = "twilio"

    def __init__(
        self,
        *,
        account_sid: str,
        tokens: Sequence[str],
        identities: Sequence[Identity],
        senders: Mapping[str, str],
        templates: Templates,
        public_url: str = "",
        api_url: str = "https://api.twilio.com",
        content_url: str = "https://content.twilio.com",
    ) -> None:
        """tokens: the first is used, any may have signed a webhook; senders: identity -> '+1...' or 'MG...'."""
        self._account = account_sid
        self._client, self._http = client(account_sid, tokens[0], api_url, content_url)
        self._tokens, self._identities, self._senders = tuple(tokens), tuple(identities), dict(senders)
        self._templates, self._public_url = templates, public_url.rstrip("/")
        self._reader = Reader(
            public_url=self._public_url,
            tokens=self._tokens,
            senders={identity.channel: identity.name for identity in self._identities},
            ours=frozenset(self._senders.values()),
        )
        self._inbox = inbox(self._client, self._reader, self._identities, self._senders)
        self.polls = "twilio:inbox" if self._inbox.numbers else ""
        self._pauses = Pauses()
        self._resting: dict[str, datetime] = {}  # ContentSid -> until when it is not used

    @classmethod
    def open(cls, settings: Any, *, demo: bool) -> Self | None:
        """Off while the account, its token or both numbers are missing."""
        tokens = [t.strip() for t in settings.twilio_auth_token.get_secret_value().split(",") if t.strip()]
        every = (
            ("twilio:sms", "sms", settings.twilio_sms_from, settings.twilio_sms_rate),
            ("twilio:whatsapp", "whatsapp", settings.twilio_whatsapp_from, settings.twilio_whatsapp_rate),
        )
        on = [one for one in every if one[2].strip()]
        if not (settings.twilio_account_sid and tokens and on):
            return None
        return cls(
            account_sid=settings.twilio_account_sid,
            tokens=tokens,
            identities=[_identity(name, channel, rate, settings.templates) for name, channel, _, rate in on],
            senders={name: number.strip().removeprefix(WHATSAPP) for name, _, number, _ in on},
            templates=settings.templates,
            public_url=settings.public_url,
            api_url=settings.twilio_api_url,
            content_url=settings.twilio_content_url,
        )

    def identities(self) -> Sequence[Identity]:
        """'twilio:sms' and 'twilio:whatsapp', those that have a number."""
        return self._identities

    # --- out ----------------------------------------------------------------------------------------------------

    async def send(self, parcel: Parcel) -> str:
        """Twilio's id of the message. Raises SendError."""
        error = SendError("the template was refused a short while ago", fallback=True, alert=True)
        for draft in self._drafts(parcel):
            given = await self._create(parcel, draft)
            if isinstance(given, str):
                self._pauses.over(parcel.sender)
                return given
            self._rest(draft, given.code, parcel.now)
            error = given.error
            if given.code not in draft.else_next:
                break
        raise error

    def _drafts(self, parcel: Parcel) -> list[Draft]:
        if parcel.sender == "twilio:sms":
            return for_sms(parcel)
        drafts = for_whatsapp(parcel, self._templates)
        return [d for d in drafts if self._resting.get(d.content, parcel.now) <= parcel.now]

    def _rest(self, draft: Draft, code: int, now: datetime) -> None:
        if draft.content and code in codes(DEAD_TEMPLATE):
            log.warning("a template was refused and rests", content=draft.content, code=code)
            self._resting[draft.content] = now + REST

    async def _create(self, parcel: Parcel, draft: Draft) -> str | _No:
        """The id, or why not. Errors are turned into values here: the library's quote addresses."""
        try:
            given = await self._client.messages.create_async(**self._envelope(parcel), **draft.fields())
        except NotSent as wrong:
            return _No(code=0, error=SendError(wrong.told, retry_after=AGAIN))
        except Ambiguous as wrong:
            return _No(code=0, error=SendError(wrong.told, uncertain=True))
        except (TwilioRestException, TwilioServiceException) as wrong:
            return self._refusal(parcel, _int(wrong.status), _int(wrong.code))
        except (ValueError, TypeError, AttributeError) as wrong:  # taken, but the answer is not Twilio's JSON
            return _No(code=0, error=SendError(f"an unreadable answer ({type(wrong).__name__})", uncertain=True))
        return self._taken(parcel, given)

    def _taken(self, parcel: Parcel, given: Any) -> str | _No:
        if not given.sid or not isinstance(given.sid, str):
            return _No(code=0, error=SendError("an answer without the message's id", uncertain=True))
        if RANKS.get(str(given.status)) == FAILED:
            code = _int(given.error_code)
            return _No(code=code, error=reported(code, attempt=parcel.attempt, now=parcel.now))
        return given.sid

    def _refusal(self, parcel: Parcel, status: int, code: int) -> _No:
        error, rule = refused(status, code, attempt=parcel.attempt, now=parcel.now), rule_of(status, code)
        if rule.most:
            error.retry_after = self._pauses.next(parcel.sender, rule, parcel.now)
        return _No(code=code, error=error)

    def _envelope(self, parcel: Parcel) -> dict[str, object]:
        """Everything but what is said."""
        prefix = WHATSAPP if parcel.sender == "twilio:whatsapp" else ""
        ours = self._senders[parcel.sender]
        fields: dict[str, object] = {"to": prefix + parcel.address}
        fields |= {"messaging_service_sid": ours} if ours.startswith("MG") else {"from_": prefix + ours}
        if parcel.expires_in is not None:
            fields["validity_period"] = min(max(int(parcel.expires_in), VALID[0]), VALID[1])
        if self._public_url:
            back = f"/webhooks/twilio/status/{parcel.ref}{_asked(parcel)}"
            fields["status_callback"] = f"{self._public_url}{back}{INSIST}"
        return fields

    async def reconcile(self, doubt: Doubt) -> Receipt | None:
        """What Twilio's list says of it. A WhatsApp content is kept there in words that we do not know."""
        parcel = doubt.parcel
        body = for_sms(parcel)[0].body if parcel.sender == "twilio:sms" else ""
        return await doubts.look(self._client, doubt, self._envelope(parcel), body)

    # --- in -----------------------------------------------------------------------------------------------------

    def hooks(self) -> Sequence[Hook]:
        """Messages that come in, and what became of ours, with and without our id in the path."""
        reader = self._reader
        return [
            Hook(path="/webhooks/twilio", read=reader.inbound),
            Hook(path="/webhooks/twilio/status/{id}", read=reader.status),
            Hook(path="/webhooks/twilio/status", read=reader.status),
        ]

    async def poll(self, since: str) -> tuple[News, str]:
        """What no webhook brought, every ten minutes. Raises SendError."""
        return await self._inbox.poll(since)

    async def fetch(self, ref: str, most: int) -> bytes:
        """A recording of a message to us; nothing of another account, from no other place. Raises SendError."""
        path = urlsplit(ref).path
        if not re.fullmatch(f"/2010-04-01/Accounts/{self._account}/{_RECORDING}", path):
            raise SendError("no recording of this account")
        try:
            answer = await self._http.recording(path, most)
        except TooLarge as wrong:
            raise SendError(f"Twilio: {wrong.told}") from None
        except WireError as wrong:
            raise SendError(f"Twilio: {wrong.told}", retry_after=0.0) from None
        if answer.status != 200:
            soon = answer.status in _NOT_YET or answer.status >= 500
            raise SendError(f"Twilio answers {answer.status}", retry_after=0.0 if soon else None)
        return answer.body

    # --- the account --------------------------------------------------------------------------------------------

    def entrances(self) -> Mapping[str, str]:
        """Our numbers; a messaging service is none."""
        numbers = {i.channel: self._senders[i.name] for i in self._identities}
        return {kind: number for kind, number in numbers.items() if number.startswith("+")}

    async def prepare(self) -> None:
        """Tells the log which templates of the settings are not there or not approved. Nothing is changed at Twilio."""
        if "twilio:whatsapp" not in self._senders:
            return
        for finding in await check.contents(self._client, self._templates):
            if not finding.ok:
                log.warning("a WhatsApp template is not ready", why=finding.text)

    async def examine(self) -> Sequence[Finding]:
        """The account, its balance, where it must call us, every template."""
        account = await check.account(self._client)
        findings = [*check.address(self._public_url), *account]
        if "twilio:whatsapp" in self._senders and all(finding.ok for finding in account[:1]):
            findings += await check.contents(self._client, self._templates)
        return findings

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.close()


def _asked(parcel: Parcel) -> str:
    """What the callback brings back besides our number: which database gave it, and which try it was."""
    given = {"made": parcel.stamp, "attempt": parcel.attempt if parcel.attempt > 1 else ""}
    told = urlencode({name: value for name, value in given.items() if value})
    return f"?{told}" if told else ""


def _identity(name: str, channel: str, rate: float, templates: Templates) -> Identity:
    if channel != "whatsapp":
        return Identity(name=name, channel=channel, rate=rate)
    approved = {text: list(by_lang) for text, by_lang in templates.items() if text in check.APPROVED}
    return Identity(name=name, channel=channel, rate=rate, window=WINDOW, templates=approved)


def _int(told: object) -> int:
    """A code or a status as a number; 0 for anything else."""
    return int(told) if isinstance(told, int | str) and str(told).isdecimal() and len(str(told)) <= 9 else 0
