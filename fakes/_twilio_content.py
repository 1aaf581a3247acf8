"""Content templates: the registry, their variables, and what WhatsApp lets a filled one be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Approval = Literal["unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"]
Button = tuple[str, str]  # label, data
MADE = "2026-01-15T12:00:00Z"
_VARIABLE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
_SPOILT = re.compile(r"[\n\t]| {5}")  # WhatsApp refuses such values in a template
BODY, TEXT = 1024, 1600
QUICK, LIST = "twilio/quick-reply", "twilio/list-picker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A template as the account has it. `types` has wire names: {'twilio/text': {'body': 'Hola {{1}}'}}."""

    sid: str
    name: str
    language: str
    types: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str] = field(default_factory=dict)  # samples
    approval: Approval = "unsubmitted"
    category: str = "UTILITY"

    @property
    def needed(self) -> set[str]:
        """The variables that stand in its texts."""
        return set(_VARIABLE.findall(json.dumps(self.types, ensure_ascii=False)))

    @property
    def kind(self) -> str:
        """The type WhatsApp gets: the richest."""
        return next((kind for kind in (QUICK, LIST) if kind in self.types), next(iter(self.types)))


@dataclass(frozen=True, slots=True)
class Filled:
    """What the person sees of a template."""

    body: str
    buttons: tuple[Button, ...] = ()
    media: str = ""


def fill(content: Content, values: Mapping[str, str], kind: str) -> Filled:
    """The template's form of this kind with its values. Raises KeyError: a variable has none."""
    form = _filled(content.types[kind], values)
    buttons: Sequence[Button] = ()
    if kind == QUICK:
        buttons = [(action["title"], action.get("id") or action["title"]) for action in form["actions"]]
    elif kind == LIST:
        buttons = [(item["item"], item["id"]) for item in form["items"]]
    return Filled(form.get("body", ""), tuple(buttons), "media" if kind == "twilio/media" else "")


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: values[found[1]], value)
    if isinstance(value, Mapping):
        return {key: _filled(one, values) for key, one in value.items()}
    return [_filled(one, values) for one in value] if isinstance(value, list | tuple) else value


def variables(text: str) -> dict[str, str]:
    """ContentVariables. Raises ValueError: not a JSON object of strings."""
    values = json.loads(text or "{}")
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise ValueError("not an object of strings")
    return values


def breaches(content: Content, values: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """(error code, words) of what WhatsApp does not carry; Twilio takes it, and tells later."""
    approved = content.approval == "approved"
    filled = fill(content, values, content.kind)
    if approved and any(_SPOILT.search(value) for value in values.values()):
        yield 63013, "a variable of a template has a line break, a tab or more than 4 spaces"
    if len(filled.body) > (TEXT if content.kind == "twilio/text" and not approved else BODY):
        yield 63021, "the body is too long once filled"
    if content.kind == QUICK:
        yield from ((63021, told) for told in _quick(filled.buttons, 10 if approved else 3))
    elif content.kind == LIST:
        yield from ((63021, told) for told in _list(filled.buttons, content, values))


def _quick(buttons: Sequence[Button], most: int) -> Iterator[str]:
    if not 1 <= len(buttons) <= most:
        yield f"{len(buttons)} quick replies; 1 to {most} are carried here"
    if any(not 1 <= len(title) <= 20 or len(data) > 256 for title, data in buttons):
        yield "a quick reply's title has 1 to 20 characters, its id at most 256"
    if len({title for title, _ in buttons}) < len(buttons):
        yield "two quick replies have one title"


def _list(buttons: Sequence[Button], content: Content, values: Mapping[str, str]) -> Iterator[str]:
    form = _filled(content.types[LIST], values)
    if not 1 <= len(buttons) <= 10:
        yield f"{len(buttons)} items; a list has 1 to 10"
    if any(not 1 <= len(item) <= 24 or not 1 <= len(data) <= 200 for item, data in buttons):
        yield "an item has 1 to 24 characters, its id 1 to 200"
    if any(len(item.get("description", "")) > 72 for item in form["items"]):
        yield "an item's description has at most 72 characters"
    if len({data for _, data in buttons}) < len(buttons):
        yield "two items have one id"


# --- as the API tells it --------------------------------------------------------------------------------------------


def content_json(content: Content, account: str, url: str) -> dict[str, Any]:
    """`content.v1.content`."""
    own = f"{url}/v1/Content/{content.sid}"
    links = {"approval_create": f"{own}/ApprovalRequests/whatsapp", "approval_fetch": f"{own}/ApprovalRequests"}
    return {**_common(content, account), "url": own, "links": links}


def with_approval_json(content: Content, account: str) -> dict[str, Any]:
    """`content.v1.content_and_approvals`."""
    return {**_common(content, account), "approval_requests": _approval(content)}


def approval_json(content: Content, account: str, url: str) -> dict[str, Any]:
    """`content.v1.content.approval_fetch`."""
    whatsapp = {"type": "whatsapp", **_approval(content)}
    own = f"{url}/v1/Content/{content.sid}/ApprovalRequests"
    return {"sid": content.sid, "account_sid": account, "whatsapp": whatsapp, "url": own}


def _common(content: Content, account: str) -> dict[str, Any]:
    return {
        "sid": content.sid,
        "account_sid": account,
        "friendly_name": content.name,
        "language": content.language,
        "variables": dict(content.variables),
        "types": {kind: dict(form) for kind, form in content.types.items()},
        "date_created": MADE,
        "date_updated": MADE,
    }


def _approval(content: Content) -> dict[str, Any]:
    asked = content.approval != "unsubmitted"
    return {
        "name": content.name if asked else "",
        "category": content.category if asked else "",
        "content_type": content.kind if asked else "",
        "status": content.approval,
        "rejection_reason": "INVALID_FORMAT" if content.approval == "rejected" else "",
        "allow_category_change": True,
    }
