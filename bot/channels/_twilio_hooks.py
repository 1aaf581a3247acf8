"""Twilio's webhooks read: messages that come in, and what became of ours. Pure; the signature is checked first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl

from twilio.request_validator import RequestValidator, get_signature_algorithm

from bot.channels import Answer, News, Request
from bot.channels._twilio_errors import reported
from bot.errors import SendError, Unwelcome
from bot.message import Media, MediaKind, Message, Receipt, Unread

WHATSAPP = "whatsapp:"
HEARD = Answer(body="<Response/>", type="text/xml")  # we reply by REST, from the outbox
NOTED = Answer(status=204)
FIELDS = 500  # of one request; Twilio sends about 30
PAYLOAD = 20_000  # characters kept of what was not understood

RANKS: Mapping[str, int] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), 2),
    "sent": 3,
    **dict.fromkeys(("failed", "undelivered", "canceled", "partially_delivered"), 4),
    "delivered": 5,
    "read": 6,
}
FAILED = 4
TOLD = ("MessageSid", "MessageStatus", "ErrorCode", "RawDlrDoneDate")  # kept of a callback: nothing of the person

_PERSON = re.compile(r"\+[1-9][0-9]{6,14}")  # short codes and senders with letters are no persons
_SCOPED = re.compile(r"[A-Z]{2}\.[0-9A-Za-z]{1,128}")  # a person on WhatsApp who shows no number
_OPAQUE = re.compile(r"[!-~]{1,140}")
_STAMP = re.compile("[0-9a-f]{1,16}")
_FORM = "application/x-www-form-urlencoded"
_OPT_OUT = ("STOP", "START", "HELP")
AS_FILE = "document"  # MessageType of what was sent as a file, a photo too
_NAMED = re.compile(r"[^\n]{1,200}\.[A-Za-z0-9]{2,5}")
_MEDIA: Sequence[tuple[str, MediaKind]] = (
    ("image/webp", "sticker"),
    ("image/", "photo"),
    ("audio/", "voice"),
    ("video/", "video"),
    ("text/vcard", "contact"),
    ("text/x-vcard", "contact"),
)


class Form:
    """Posted fields, in the shape that the library's validator asks for. A name may come more than once."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getall(self, name: str) -> list[str]:
        """Every value."""
        return self._values[name]

    def get(self, name: str) -> str:
        """The first value without blanks around it; '' for none."""
        return self._values.get(name, [""])[0].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads for these identities.

    tokens   any of them may have signed: there are two while one is being replaced
    senders  {'sms': 'twilio:sms'}: channel -> our identity, of those that are on; at least one
    ours     our own numbers, without prefix
    """

    public_url: str
    tokens: Sequence[str]
    senders: Mapping[str, str]
    ours: frozenset[str]

    def inbound(self, request: Request) -> News:
        """A message of a person. Raises Unwelcome."""
        form = self._form(request)
        if form.get("MessageStatus") and form.get("SmsStatus") != "received":
            return self._status(request, form)  # the same address was given for both
        channel = "whatsapp" if _either(form).startswith(WHATSAPP) else "sms"
        why = self._unread(form, channel)
        if why:
            return News(unread=[self._kept(request, form, channel, why)], answer=HEARD)
        address = _address(form, channel)
        if address in self.ours or (channel == "sms" and not _PERSON.fullmatch(address)):
            return News(answer=HEARD)
        return News(messages=[_message(form, channel, self.senders[channel], address)], answer=HEARD)

    def listed(self, form: Form) -> Message | None:
        """A message of Twilio's own list; None: of nobody whom we would answer."""
        channel = "whatsapp" if _either(form).startswith(WHATSAPP) else "sms"
        address = _address(form, channel)
        if self._unread(form, channel) or address in self.ours or (channel == "sms" and not _PERSON.fullmatch(address)):
            return None
        return _message(form, channel, self.senders[channel], address)

    def status(self, request: Request) -> News:
        """What became of a message of ours. Raises Unwelcome."""
        return self._status(request, self._form(request))

    def _status(self, request: Request, form: Form) -> News:
        channel = "whatsapp" if _either(form).startswith(WHATSAPP) else "sms"
        rank = RANKS.get(form.get("MessageStatus").lower())
        if rank is None or not _sid(form) or channel not in self.senders:
            why = "a status callback that we do not understand"
            return News(unread=[self._kept(request, form, channel, why)], answer=NOTED)
        code = _number(form.get("ErrorCode"))
        policy = reported(code, attempt=_attempt(request.query), now=request.now) if rank == FAILED else None
        receipt = Receipt(
            sender=self.senders[channel],
            provider_id=_sid(form),
            rank=rank,
            outbox_id=_number(request.params.get("id", "")) or None,
            stamp=_made(request.query),
            error=policy.told if isinstance(policy, SendError) else "",
            policy=policy,
            raw={name: form.get(name) for name in TOLD if form.get(name)},
        )
        return News(receipts=[receipt], answer=NOTED)

    def _unread(self, form: Form, channel: str) -> str:
        """Why this message can not be read; '' when it can."""
        if not _sid(form):
            return "a message without MessageSid"
        if ":" in _either(form).removeprefix(WHATSAPP):
            return "a message of a channel that we do not speak"
        if channel not in self.senders:
            return f"a message for {channel}, which is off"
        return "" if _address(form, channel) else "a message without a sender"

    def _kept(self, request: Request, form: Form, channel: str, why: str) -> Unread:
        sender = self.senders.get(channel) or next(iter(self.senders.values()))
        known = _sid(form) + form.get("MessageStatus")[:32]
        given = known or f"body:{hashlib.sha256(request.body).hexdigest()[:32]}"
        return Unread(sender=sender, provider_id=given, payload=request.body.decode()[:PAYLOAD], why=why)

    def _form(self, request: Request) -> Form:
        """The signed fields. Raises Unwelcome: not signed by Twilio for this URL and body, or not a form."""
        signature = request.headers.get("x-twilio-signature", "")
        if not self.public_url:
            raise Unwelcome(403, "CONVOCA_PUBLIC_URL is not set, so no signature of Twilio can be checked")
        if not signature:
            raise Unwelcome(403, "no X-Twilio-Signature")
        is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
        signed: Form | str = fields(request.body) if is_form else request.body.decode(errors="replace")
        if not self._signed(request, signed, signature):
            raise Unwelcome(403, "the signature is not Twilio's for this URL and body")
        if isinstance(signed, str):
            raise Unwelcome(415, "not a posted form")
        return signed

    def _signed(self, request: Request, what: Form | str, signature: str) -> bool:
        url = self.public_url + request.path + (f"?{request.query}" if request.query else "")
        algorithm = get_signature_algorithm(request.headers.get("x-twilio-webhooks-signature-settings"))
        return any(valid(token, url, what, signature, algorithm) for token in self.tokens)


def fields(body: bytes) -> Form:
    """A posted form, blank values too. Raises Unwelcome(400)."""
    try:
        return Form(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"))
    except ValueError:  # UnicodeDecodeError is one
        raise Unwelcome(400, "not a form in UTF-8") from None


def valid(token: str, url: str, what: Form | str, signature: str, algorithm: str) -> bool:
    """Whether this token signed it, in the library's judgement."""
    try:
        return bool(RequestValidator(token).validate(url, what, signature, algorithm))
    except (ValueError, TypeError):  # a URL that is none, letters without bytes; no form, and no bodySHA256 in the URL
        return False


def _sid(form: Form) -> str:
    return (form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid"))[:64]


def _either(form: Form) -> str:
    """One of the two addresses: both have the channel's prefix. Someone without a visible number has no From."""
    return next((form.get(n) for n in ("From", "ExternalUserId", "To") if form.get(n)), "")


def _address(form: Form, channel: str) -> str:
    """A phone number where there is one; on WhatsApp else the id that stands for the person."""
    given = form.get("From").removeprefix(WHATSAPP)
    if channel == "sms" or _PERSON.fullmatch(given):
        return given
    scoped = form.get("ExternalUserId").removeprefix(WHATSAPP)
    found = [a for a in (given, scoped) if _SCOPED.fullmatch(a)] + [a for a in (scoped, given) if _OPAQUE.fullmatch(a)]
    return next(iter(found), "")


def _scoped_id(form: Form) -> str:
    """The id that stands for a person on WhatsApp, where it has come; '' for none."""
    scoped = form.get("ExternalUserId").removeprefix(WHATSAPP)
    return scoped if _SCOPED.fullmatch(scoped) else ""


def _message(form: Form, channel: str, sender: str, address: str) -> Message:
    button = form.get("ButtonPayload") or form.get("ListId")
    text = _body(form) or form.get("ButtonText") or form.get("ListTitle")
    if button.isdecimal():  # an option without data sends its number back, as if it had been typed
        text, button = button, ""
    answered = form.get("OptOutType").upper()
    return Message(
        channel=channel,
        sender=sender,
        provider_id=_sid(form),
        address=address,
        also=_scoped_id(form) if channel == "whatsapp" and _scoped_id(form) != address else "",
        text=text.replace("\x00", ""),
        button=button.replace("\x00", ""),
        media=_media(form),
        location=_location(form),
        profile=form.get("ProfileName").replace("\x00", "")[:100],
        provider_answered=answered if answered in _OPT_OUT else "",
    )


def _body(form: Form) -> str:
    """Her words: not a file's name, which stands there when she wrote none beside it."""
    body = form.get("Body")
    return "" if form.get("MessageType") == AS_FILE and form.get("MediaUrl0") and _NAMED.fullmatch(body) else body


def _media(form: Form) -> Media | None:
    """The first of them: one message of ours has one."""
    if not form.get("MediaUrl0"):
        return None
    told = form.get("MediaContentType0").lower()
    if told.startswith("image/") and form.get("MessageType") == AS_FILE:
        return Media(kind="photo", ref=form.get("MediaUrl0"))  # a sticker never comes like this
    kind: MediaKind = next((kind for start, kind in _MEDIA if told.startswith(start)), "document")
    return Media(kind=kind, ref=form.get("MediaUrl0"))


def _location(form: Form) -> tuple[float, float] | None:
    try:
        latitude, longitude = float(form.get("Latitude")), float(form.get("Longitude"))
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _number(text: str) -> int:
    """A plain number of at most 18 digits; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0


def _made(query: str) -> str:
    """When the message was made, as our own URL says: its number may have been another's in an earlier database."""
    told = parse_qs(query).get("made", [""])[0]
    return told if _STAMP.fullmatch(told) else ""


def _attempt(query: str) -> int:
    """Which try of the message it was: we wrote it into the callback's URL, and the signature covers it."""
    return max(_number(parse_qs(query).get("attempt", ["1"])[0]), 1)
