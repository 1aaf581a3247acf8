"""What Twilio asks of a request to send, beyond the names and types of its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fakes._twilio_content import Content, variables
from fakes._twilio_spec import Pairs, is_url

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_BUSINESS_SCOPED = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
WHATSAPP = "whatsapp:"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A refusal: Twilio's code and the fake's words. `fault`: the product should have known."""

    code: int
    text: str
    fault: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the account may send as."""

    sms: str
    whatsapp: str
    service: str


class Form:
    """The parameters of one request."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self._first: Mapping[str, str] = dict(reversed(pairs))

    def __getitem__(self, name: str) -> str:
        return self._first.get(name, "")

    def has(self, name: str) -> bool:
        """Whether it is given, even as nothing."""
        return name in self._first

    def every(self, name: str) -> list[str]:
        """All values of a parameter."""
        return [value for key, value in self.pairs if key == name]


def is_whatsapp(address: str) -> bool:
    """Whether a wire address is one of WhatsApp."""
    return address.startswith(WHATSAPP)


def wrong(form: Form, sender: Sender, contents: Mapping[str, Content]) -> Wrong | None:
    """The first reason to refuse it."""
    checks: tuple[Callable[[], Wrong | None], ...] = (
        lambda: _to(form["To"]),
        lambda: _from(form, sender),
        lambda: _what(form),
        lambda: _body(form),
        lambda: _media(form),
        lambda: _content(form, contents),
        lambda: _rest(form),
    )
    return next((found for check in checks if (found := check())), None)


def _to(to: str) -> Wrong | None:
    if not to:
        return Wrong(21604, "To is required")
    bare = to.removeprefix(WHATSAPP)
    if _PHONE.fullmatch(bare) or (is_whatsapp(to) and _BUSINESS_SCOPED.fullmatch(bare)):
        return None
    return Wrong(21211, "To is not a valid address")


def _from(form: Form, sender: Sender) -> Wrong | None:
    """A number of ours, on the channel of the recipient. A wrong setting is not the product's fault."""
    given, service = form["From"], form["MessagingServiceSid"]
    if not given and not service:
        return Wrong(21603, "From or MessagingServiceSid is required")
    if service and service != sender.service:
        return Wrong(21703, "the account has no such messaging service", fault=False)
    if given and is_whatsapp(given) != is_whatsapp(form["To"]):
        return Wrong(21910, "From and To are not of one channel")
    if given and given not in (sender.sms, sender.whatsapp):
        code = 63007 if is_whatsapp(given) else 21606
        return Wrong(code, "From is no sender of the account", fault=False)
    return None


def _what(form: Form) -> Wrong | None:
    """A text, files (with a text as their caption), or a content alone."""
    given = [name for name in ("Body", "MediaUrl", "ContentSid") if form.has(name)]
    if not given:
        return Wrong(21619, "one of Body, MediaUrl and ContentSid is needed")
    if "ContentSid" in given and len(given) > 1:
        return Wrong(21619, "with ContentSid neither Body nor MediaUrl is taken")
    return next((Wrong(21619, f"{name} is empty") for name in given if not form[name].strip()), None)


def _body(form: Form) -> Wrong | None:
    return Wrong(21617, "Body has more than 1600 characters") if len(form["Body"]) > 1600 else None


def _media(form: Form) -> Wrong | None:
    urls = form.every("MediaUrl")
    if len(urls) > 10:
        return Wrong(21623, "more than 10 MediaUrl")
    return None if all(is_url(url) for url in urls) else Wrong(21620, "MediaUrl is not a URL")


def _content(form: Form, contents: Mapping[str, Content]) -> Wrong | None:
    if not form.has("ContentSid"):
        return Wrong(21654, "ContentVariables without ContentSid") if form.has("ContentVariables") else None
    content = contents.get(form["ContentSid"])
    if content is None:
        return Wrong(21655, "the account has no such content", fault=False)
    if not is_whatsapp(form["To"]) and "twilio/text" not in content.types:
        return Wrong(21655, "this content has no form for SMS")
    try:
        given = set(variables(form["ContentVariables"]))
    except ValueError:
        return Wrong(21656, "ContentVariables is not a JSON object of strings")
    if given != content.needed:
        return Wrong(21656, f"ContentVariables has {_list(given)}, the template {_list(content.needed)}")
    return None


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _rest(form: Form) -> Wrong | None:
    validity = form["ValidityPeriod"]
    if form.has("ValidityPeriod") and not (validity.isdecimal() and 1 <= int(validity) <= 36000):
        return Wrong(20001, "ValidityPeriod is not 1 to 36000")
    if form.has("StatusCallback"):
        url = form["StatusCallback"]
        if not is_url(url) or "_" in (urlsplit(url).hostname or ""):
            return Wrong(21609, "StatusCallback is not a URL, or its host has an underscore")
    return None
