"""The fake gateway's webhooks over HTTP, to where the product really listens."""

from __future__ import annotations

import hashlib
import hmac

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fakes._server import Served
from fakes.android import Android
from tests.fakes.test_android_fake import ANA, HOOK, KEY, call


def test_over_http_to_where_the_product_really_listens() -> None:
    heard: list[bool] = []

    async def hook(asked: Request) -> Response:
        body, stamp = await asked.body(), asked.headers["x-timestamp"]
        signed = hmac.new(KEY.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
        heard.append(asked.headers["x-signature"] == signed)
        return Response()

    served = Served(Starlette(routes=[Route("/webhooks/android", hook, methods=["POST"])]))
    served.start()
    try:
        with Android(key=KEY) as fake:
            fake.public["https://bot.example"] = f"http://127.0.0.1:{served.port}"
            call(fake, "POST", "/webhooks", json={"id": "in", "url": HOOK, "event": "sms:received"})
            assert fake.write(ANA, "¿Ñandú?").status == 200
    finally:
        served.stop()
    assert heard == [True]
