"""The simulator's addresses. Everything works by POST and redirect too; with htmx only what changed is sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic
from urllib.parse import urlencode
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels.simulator import PHOTO
from bot.errors import Refused
from bot.message import Media, Message
from bot.web.engine import Engine
from bot.web.pages import page
from bot.web.simulator import acts, board, live, moments, neighbours, screens, seeding
from bot.web.simulator.board import View
from bot.web.simulator.memory import Memory
from bot.web.simulator.model import Page
from bot.web.simulator.personas import PLACES, Persona, chosen
from storage import simulator
from storage.store import Unit

PATIENCE, LOOK = 1.5, 0.05  # seconds: how long a sent message waits for its reply, how often it looks
MEDIA = {"voice": Media(kind="voice", seconds=14), "photo": Media(kind="photo", ref=PHOTO)}  # what a phone can send
NOTICES = {
    "again": "Llegó otra vez con el mismo número. No cambió nada.",
    "lose": "Lo próximo que Convoca manda a este teléfono se pierde. Escribe algo, y después escribe otra vez.",
    "nothing": "Todavía no hay un mensaje que repetir.",
    "fresh": "La prueba empezó de nuevo.",
    "clock": "El reloj se adelantó.",
    "done": "Hecho. Mira los teléfonos.",
    "neighbours": "Los vecinos escribieron. Mira qué se guardó.",
}


class Simulator:
    """The routes on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.memory = engine, Memory()

    def routes(self) -> list[Route]:
        """All of them, to be mounted in the demo alone."""
        return [
            Route("/simulador", self.show, methods=["GET"]),
            Route("/simulador/vivo", self.live, methods=["GET"]),
            Route("/simulador/reloj", self.forward, methods=["POST"]),
            Route("/simulador/empezar", self.restart, methods=["POST"]),
            Route("/simulador/acto/{key}", self.act, methods=["POST"]),
            Route("/simulador/codigo", self.code, methods=["POST"]),
            Route("/simulador/vecinos/{turn}", self.neighbours, methods=["POST"]),
            Route("/simulador/{place}", self.write, methods=["POST"]),
        ]

    # --- looking ------------------------------------------------------------------------------------------------------

    def show(self, request: Request) -> Response:
        """The whole page."""
        view = _view(request, notice=NOTICES.get(request.query_params.get("aviso", ""), ""))
        return self._page(view)

    def live(self, request: Request) -> Response:
        """What changed since the version the browser has; nothing at all when nothing did."""
        seen = request.query_params.get("v", "")
        if live.pulse_of(seen) == self.engine.store.read(simulator.pulse):
            return Response(status_code=204)
        found = self._board(_view(request))
        if found is None:
            return Response(status_code=204)
        parts = live.parts(found)
        return _html(live.fragment(live.changed(parts, seen), live.version(parts, found.pulse)))

    def _page(self, view: View, status: int = 200) -> Response:
        found = self._board(view)
        if found is None:
            return page("simulator/empty.html", status=status)
        version = live.version(live.parts(found), found.pulse)
        return page("simulator/page.html", status=status, page=found, version=version, **live.WORDS)

    def _board(self, view: View) -> Page | None:
        return self.engine.store.read(lambda unit: board.page(unit, self.engine.parts, view, self.memory))

    def _twice(self, unit: Unit, view: View) -> tuple[Page | None, Page | None]:
        """The page with what was typed and refused, and without: from one snapshot, so that nothing falls between."""
        found = board.page(unit, self.engine.parts, view, self.memory)
        if not view.form.key:
            return found, found
        return found, board.page(unit, self.engine.parts, replace(view, form=acts.Form()), self.memory)

    def _answer(self, request: Request, seen: str, notice: str = "", form: acts.Form | None = None) -> Response:
        """After a POST: what changed since `seen`, or for a browser without script the page again."""
        view = _view(request, notice=NOTICES.get(notice, notice), form=form)
        if request.headers.get("hx-request") != "true":
            if form is not None:
                return self._page(view, status=422)
            return RedirectResponse(f"/simulador?{view.query}{_suffix(notice)}", status_code=303)
        found, plain = self.engine.store.read(lambda unit: self._twice(unit, view))
        if found is None or plain is None:
            return Response(status_code=204, headers={"HX-Refresh": "true"})
        # The version is that of the page without the fault, or the next look would take the fault away.
        afresh, version = "guide" if form is not None else "", live.version(live.parts(plain), plain.pulse)
        news = live.changed(live.parts(found), seen)
        return _html(live.fragment(news, version, view.notice, afresh))

    # --- a phone ------------------------------------------------------------------------------------------------------

    async def write(self, request: Request) -> Response:
        """Something is written on a phone: one message into the real turn."""
        place = request.path_params["place"]
        if place not in PLACES:
            raise HTTPException(404)
        form = await request.form()
        persona = chosen(request.query_params)[place]
        if form.get("lose"):
            self.memory.lose(persona.key)
            return await run_in_threadpool(self._answer, request, _seen(form), "lose")
        message = await self._message(persona, form)
        if message is None:
            return await run_in_threadpool(self._answer, request, _seen(form), "nothing")
        new = await asyncio.wrap_future(self.engine.receive(message))
        await self._replied(persona)
        return await run_in_threadpool(self._answer, request, _seen(form), "" if new else "again")

    async def _message(self, persona: Persona, form: FormData) -> Message | None:
        """The message that the form describes; None: there is nothing to deliver again."""
        if form.get("again"):
            return await run_in_threadpool(self.engine.store.read, lambda unit: _last(unit, persona))
        button = str(form.get("button") or "")
        media = next((sent for name, sent in MEDIA.items() if form.get(name)), None)
        return _message(
            persona,
            str(form.get("message_id") or "")[:100] or uuid4().hex,
            text="" if button or media else str(form.get("text") or ""),
            button=button,
            media=media,
        )

    async def _replied(self, persona: Persona) -> None:
        """Wait a moment until the sender has sent the reply; the page asks again anyway."""
        until = monotonic() + PATIENCE
        while await run_in_threadpool(self.engine.store.read, lambda unit: self._looked(unit, persona)):
            if monotonic() >= until:
                return
            await asyncio.sleep(LOOK)

    def _looked(self, unit: Unit, persona: Persona) -> bool:
        """Whether a reply is on its way. The phone keeps what it sees, should the database wipe it."""
        address_id = simulator.address_of(unit, persona.channel, persona.number)
        if address_id is None:
            return False
        screens.remember(unit, address_id, persona, self.memory)
        return simulator.waits(unit, address_id)

    # --- the facilitator, the clock -----------------------------------------------------------------------------------

    async def act(self, request: Request) -> Response:
        """One of the facilitator's acts."""
        key = request.path_params["key"]
        if key not in acts.KEYS:
            raise HTTPException(404)
        posted = await request.form()
        form = acts.Form.read(key, posted)
        try:
            await run_in_threadpool(acts.do, self.engine, form)
        except Refused as refused:
            return await run_in_threadpool(self._answer, request, _seen(posted), "", form.with_fault(str(refused)))
        return await run_in_threadpool(self._answer, request, _seen(posted), "done")

    async def forward(self, request: Request) -> Response:
        """Put the clock of this database forward."""
        posted = await request.form()
        await run_in_threadpool(moments.forward, self.engine, str(posted.get("to") or ""))
        return await run_in_threadpool(self._answer, request, _seen(posted), "clock")

    async def neighbours(self, request: Request) -> Response:
        """Neighbours who have no phone on the page write what is asked for."""
        turn = request.path_params["turn"]
        if turn not in neighbours.TURNS:
            raise HTTPException(404)
        posted = await request.form()
        await run_in_threadpool(neighbours.play, self.engine, turn)
        return await run_in_threadpool(self._answer, request, _seen(posted), "neighbours")

    async def code(self, request: Request) -> Response:
        """The code that the facilitator's phone is asked for after a silence, as `convoca staff code` shows it."""
        posted = await request.form()
        digits = await run_in_threadpool(self.engine.store.do, seeding.code)
        notice = f"El código de Yaneth es {digits}. Vale 15 minutos."
        if request.headers.get("hx-request") != "true":  # no redirect: a code is not for an address
            return await run_in_threadpool(self._page, _view(request, notice=notice))
        return await run_in_threadpool(self._answer, request, _seen(posted), notice)

    async def restart(self, request: Request) -> Response:
        """Start over."""
        self.memory.clear()
        await run_in_threadpool(seeding.again, self.engine)
        return RedirectResponse("/simulador?aviso=fresh", status_code=303)


def _view(request: Request, notice: str = "", form: acts.Form | None = None) -> View:
    holders = chosen(request.query_params)
    example = request.query_params.get("ejemplo") == "1"
    return View(holders=holders, notice=notice, form=form or acts.Form(example=example))


def _seen(posted: FormData) -> str:
    """The version that the browser has."""
    return str(posted.get("v") or "")


def _suffix(notice: str) -> str:
    return "&" + urlencode({"aviso": notice}) if notice else ""


def _html(body: str) -> Response:
    return Response(body, media_type="text/html")


def _message(
    persona: Persona, message_id: str, *, text: str = "", button: str = "", media: Media | None = None
) -> Message:
    return Message(
        channel=persona.channel,
        sender=f"simulator:{persona.channel}",
        provider_id=message_id,
        address=persona.number,
        text=text,
        button=button,
        media=media,
        profile=persona.profile,
    )


def _last(unit: Unit, persona: Persona) -> Message | None:
    """The newest message of this phone, as its provider would deliver it again."""
    address_id = simulator.address_of(unit, persona.channel, persona.number)
    last = simulator.last_received(unit, address_id) if address_id is not None else None
    if last is None:
        return None
    provider_id, payload = last
    media = MEDIA.get(payload.get("media", ""))
    return _message(persona, provider_id, text=payload.get("text", ""), button=payload.get("button", ""), media=media)
