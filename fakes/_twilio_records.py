"""What the account remembers: messages both ways, with their media, as the API tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import urlencode

from fakes._sms import parts
from fakes._twilio_hooks import VERSION
from fakes._twilio_send import is_whatsapp

Direction = Literal["inbound", "outbound-api", "outbound-reply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file that a person sent."""

    sid: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a message that was accepted: its statuses, in order, each told by a callback."""

    statuses: tuple[str, ...] = ("sent", "delivered")
    code: int = 0

    @property
    def arrives(self) -> bool:
        """Whether the person sees it."""
        return not {"failed", "undelivered", "canceled"} & set(self.statuses) or "delivered" in self.statuses


@dataclass(slots=True, kw_only=True)
class Record:
    """One message; `sender` and `to` as on the wire."""

    sid: str
    sender: str
    to: str
    body: str
    direction: Direction
    status: str
    at: float
    service: str = ""
    kind: str = ""  # of the content it was made of
    asked: int = 0  # MediaUrl given
    callback: str = ""
    error: int = 0
    media: Sequence[Media] = field(default_factory=tuple)


def message_json(record: Record, account: str) -> dict[str, Any]:
    """`api.v2010.account.message`."""
    own = f"/{VERSION}/Accounts/{account}/Messages/{record.sid}"
    when = rfc(record.at)
    return {
        "account_sid": account,
        "api_version": VERSION,
        "body": record.body,
        "date_created": when,
        "date_sent": when,
        "date_updated": when,
        "direction": record.direction,
        "error_code": record.error or None,
        "error_message": "told by the fake" if record.error else None,
        "from": record.sender,
        "messaging_service_sid": record.service or None,
        "num_media": str(record.asked or len(record.media)),
        "num_segments": str(1 if is_whatsapp(record.to) else parts(record.body)),
        "price": None,
        "price_unit": None,
        "sid": record.sid,
        "status": record.status,
        "subresource_uris": {"media": f"{own}/Media.json"},
        "to": record.to,
        "uri": f"{own}.json",
    }


def media_json(media: Media, record: Record, account: str) -> dict[str, Any]:
    """`api.v2010.account.message.media`."""
    when = rfc(record.at)
    return {
        "account_sid": account,
        "content_type": media.type,
        "date_created": when,
        "date_updated": when,
        "parent_sid": record.sid,
        "sid": media.sid,
        "uri": f"/{VERSION}/Accounts/{account}/Messages/{record.sid}/Media/{media.sid}.json",
    }


def rfc(at: float) -> str:
    """'Sat, 21 Nov 2026 15:00:00 +0000'."""
    return format_datetime(datetime.fromtimestamp(int(at), UTC))


# --- lists ----------------------------------------------------------------------------------------------------------


def wanted(records: Iterable[Record], query: Mapping[str, str]) -> list[Record]:
    """The newest first: To, From, DateSent, `DateSent<` and `DateSent>` (both with the moment itself)."""
    tests: dict[str, Callable[[Record, str], bool]] = {
        "To": lambda one, value: one.to == value,
        "From": lambda one, value: one.sender == value,
        "DateSent": lambda one, value: _day(one.at) == _moment(value).date(),
        "DateSent<": lambda one, value: int(one.at) <= _moment(value).timestamp(),
        "DateSent>": lambda one, value: int(one.at) >= _moment(value).timestamp(),
    }
    asked = [(tests[name], value) for name, value in query.items() if name in tests]
    return [one for one in reversed(list(records)) if all(test(one, value) for test, value in asked)]


def _day(at: float) -> Any:
    return datetime.fromtimestamp(at, UTC).date()


def _moment(value: str) -> datetime:
    told = datetime.fromisoformat(value)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def page(rows: Sequence[Any], query: Mapping[str, str]) -> tuple[Sequence[Any], int, int, int | None]:
    """(the rows of the page asked for, its number, its size, the next page's number or None)."""
    size, number = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
    start = size * number
    return rows[start : start + size], number, size, number + 1 if start + size < len(rows) else None


def listed(key: str, rows: Sequence[Any], query: Mapping[str, str], path: str) -> dict[str, Any]:
    """A list as the API of 2010 pages it; `rows` in JSON's form."""
    here, number, size, following = page(rows, query)

    def uri(n: int | None) -> str | None:
        return None if n is None else f"{path}?{urlencode({**query, 'PageSize': size, 'Page': n})}"

    return {
        key: here,
        "page": number,
        "page_size": size,
        "start": size * number,
        "end": size * number + max(len(here) - 1, 0),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "next_page_uri": uri(following),
        "previous_page_uri": uri(number - 1 if number else None),
    }


def metered(rows: Sequence[Any], query: Mapping[str, str], url: str) -> dict[str, Any]:
    """A list of contents, as the newer APIs page it."""
    here, number, size, following = page(rows, query)

    def address(n: int | None) -> str | None:
        return None if n is None else f"{url}?{urlencode({**query, 'PageSize': size, 'Page': n})}"

    meta = {
        "page": number,
        "page_size": size,
        "key": "contents",
        "url": address(number),
        "first_page_url": address(0),
        "next_page_url": address(following),
        "previous_page_url": address(number - 1 if number else None),
    }
    return {"contents": here, "meta": meta}
