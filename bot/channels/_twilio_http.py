"""The HTTP client that Twilio's library is given: two Wires, no retries of its own, the host from the settings.

The library's own asynchronous client (9.13) ignores its time-out, sends JSON bodies as forms, posts again after a 5xx
when told to retry (the person reads the SMS twice) and lets errors out that hold the address of the call.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels._wire import Answer, Wire

TIMEOUT = 10.0  # seconds without an answer
CONTENT_HOST = "content.twilio.com"
REDIRECTS = (301, 302, 303, 307, 308)
_JSON = "application/json"
_NOT_OF_THE_MACHINE = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}  # an empty mapping would make the library look around


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Carries the library's calls.

    Raises  NotSent, Ambiguous of `_wire`; whatever the status, an answer is an answer
    """

    def __init__(self, api: Wire, content: Wire, scheme: str = "https") -> None:
        super().__init__(logging.getLogger("channels.twilio"), True)
        self._api, self._content, self._scheme = api, content, scheme

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,  # credentials and time-out are the Wire's; redirects would carry the credentials elsewhere
    ) -> Response:
        """One call; its host is replaced by ours."""
        to = urlsplit(uri)
        wire = self._content if to.hostname == CONTENT_HOST else self._api
        answer = await wire.call(
            method,
            to.path + (f"?{to.query}" if to.query else ""),
            params={name: str(value) for name, value in (params or {}).items()},
            headers=headers,
            **_body(data, headers or {}),
        )
        return Response(answer.status, answer.body.decode(errors="replace"), answer.headers)

    async def recording(self, path: str, most: int) -> Answer:
        """What stands under this path, of at most so many bytes. Twilio keeps it elsewhere and says where: to there
        our credentials do not go.

        Raises  NotSent, Ambiguous, TooLarge of `_wire`
        """
        answer = await self._api.call("GET", path, most=most)
        to = urlsplit(answer.headers.get("location", ""))
        if answer.status not in REDIRECTS or to.scheme != self._scheme or not to.netloc:
            return answer
        store = Wire(f"{to.scheme}://{to.netloc}", timeout=TIMEOUT)
        try:
            return await store.call("GET", to.path + (f"?{to.query}" if to.query else ""), most=most)
        finally:
            await store.close()

    async def close(self) -> None:
        """Release the connections."""
        await self._api.close()
        await self._content.close()


def _body(data: Mapping[str, object] | None, headers: Mapping[str, str]) -> dict[str, Any]:
    """What the Wire is given as the body: JSON where the library says so, else a form, lists as repeated fields."""
    if data is None or (not data and headers.get("Content-Type") != _JSON):
        return {}
    if headers.get("Content-Type") == _JSON:
        return {"json": data}
    return {"data": urlencode(data, doseq=True).encode()}


def client(sid: str, token: str, api_url: str, content_url: str) -> tuple[Client, TwilioHttp]:
    """The library's client on our HTTP client, both made without touching the network."""
    auth = (sid, token)
    api, content = (Wire(url, timeout=TIMEOUT, auth=auth) for url in (api_url, content_url))
    http = TwilioHttp(api, content, urlsplit(api_url).scheme)
    return Client(sid, token, http_client=http, environment=_NOT_OF_THE_MACHINE), http
