"""A fake Twilio: SMS and WhatsApp over its REST API, its webhooks and its status callbacks.

    with Twilio(spec=SPEC, contents=[...], webhook="https://bot.example/webhooks/twilio") as twilio:
        twilio.public["https://bot.example"] = "http://127.0.0.1:8000"      # where the product really listens
        twilio.write("+50760000001", "INFO", channel="whatsapp", profile="Ana")
        twilio.tap("+50760000001", "Sí")
        assert twilio.phone("whatsapp:+50760000001").texts == ["Hola", ...]
        assert twilio.faults == []

An address is that of the wire: '+50760000001' is the SMS phone, 'whatsapp:+50760000001' and 'whatsapp:US.1234' are
others. So in `phone`, `plan`, `block`, `fate`; `write` takes it without prefix too, with `channel`; `tap` and `read` do
so always: they are WhatsApp's.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from fakes import _twilio_hooks as hooks
from fakes import _twilio_records as records
from fakes._twilio_account import ACCOUNT, Empty, TwilioDeliver, error, unauthorised
from fakes._twilio_content import LIST, Content, Filled, breaches, fill, variables
from fakes._twilio_people import People, wire
from fakes._twilio_records import Fate, Record
from fakes._twilio_send import Form, Wrong, is_whatsapp, wrong
from fakes._twilio_spec import FORM
from fakes.provider import Shown

__all__ = ["Content", "Empty", "Fate", "Twilio", "TwilioDeliver"]

SEND = f"{ACCOUNT}/Messages.json"
WINDOW = 24 * 3600.0  # seconds in which a business may answer freely


class Twilio(People):
    """One account with an SMS number, a WhatsApp sender and, if named, a messaging service that holds both.

    account  its sid
    token    the primary auth token: signs webhooks, opens the API; `second` opens the API only
    sms      '+1...', and `whatsapp` likewise; `service` 'MG...'
    webhook  public URL of inbound messages, as it stands in Twilio's console; '' = none
    fallback the URL tried when that one failed; '' = none
    contents the templates of the account
    spec     Twilio's OpenAPI document (reduced: tests/data/channels); None: only the limits known here
    extra    form fields that nobody announced, in every inbound webhook
    """

    def routes(self) -> Sequence[BaseRoute]:
        """What Messages, Balance, Accounts, Media and Content answer; the rest is a fault."""
        message = f"{ACCOUNT}/Messages/{{MessageSid}}/Media"
        return [
            Route(SEND, self._send, methods=["POST"]),
            self._get("ListMessage", SEND, self._list),
            self._get("FetchMessage", f"{ACCOUNT}/Messages/{{Sid}}.json", self._fetch),
            self._get("ListMedia", f"{message}.json", self._list_media),
            self._get("FetchMedia", f"{message}/{{Sid}}.json", self._fetch_media),
            self._get("Media", f"{message}/{{Sid}}", self._media),
            Route("/kept/{MessageSid}/{Sid}", self._kept, methods=["GET"]),
            self._get("FetchBalance", f"{ACCOUNT}/Balance.json", self._balance),
            self._get("FetchAccount", f"/{hooks.VERSION}/Accounts/{{Sid}}.json", self._account),
            self._get("ListContent", "/v1/Content", self._list_contents),
            self._get("FetchContent", "/v1/Content/{Sid}", self._fetch_content),
            self._get("FetchApproval", "/v1/Content/{Sid}/ApprovalRequests", self._fetch_approval),
            self._get("ListContentAndApprovals", "/v1/ContentAndApprovals", self._list_approvals),
            self._get("ListContentV2", "/v2/Content", self._list_contents),
            self._get("ListContentAndApprovalsV2", "/v2/ContentAndApprovals", self._list_approvals),
            Route("/{rest:path}", self._unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    async def _send(self, request: Request) -> ASGIApp:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        form, to = Form(pairs), Form(pairs)["To"]
        if not self._authorised(request):
            return await self.perform("CreateMessage", dict(pairs), unauthorised, address=to, kind="asks")
        refusal = self._check(request, form)
        answer = await self.perform("CreateMessage", dict(pairs), lambda: self._accept(form, refusal), address=to)
        if self.deliver.receipts == "before the answer":
            await run_in_threadpool(self.settle)
        return answer

    def _check(self, request: Request, form: Form) -> Wrong | None:
        """Why it is refused; what the product should have known is a fault."""
        refusal = wrong(form, self.sender, self.contents)
        told = self.spec.form(SEND, form.pairs)
        if request.headers.get("content-type", "").partition(";")[0] != FORM:
            told.insert(0, "not a form")
        if refusal is None and told:
            refusal = Wrong(20001, told[0])
        if refusal is not None and refusal.fault:
            self.fault(f"CreateMessage: {refusal.text}")
        return refusal

    def _accept(self, form: Form, refusal: Wrong | None) -> Response:
        if refusal is not None:
            return error(400, refusal.code, refusal.text)
        if form["To"] in self.opted_out:
            return error(400, 21610, "Attempt to send to unsubscribed recipient")
        if form["To"].startswith(tuple(self.closed)):
            return error(400, 21408, "Permission to send an SMS has not been enabled for the region")
        content = self.contents.get(form["ContentSid"])
        record, filled = self._record(form, content)
        fate = self._decide(record, form, content)
        record.error, first = fate.code, record.status
        if fate.arrives and form["To"] not in self.blocked:
            self.phone(record.to).show(
                Shown(id=record.sid, text=filled.body, buttons=filled.buttons, media=filled.media, at=record.at)
            )
        answer = JSONResponse(
            records.message_json(record, self.account) | {"error_code": None, "error_message": None}, 201
        )
        record.status = (first, *fate.statuses)[-1]
        self._tell(record, *fate.statuses)
        return answer

    def _record(self, form: Form, content: Content | None) -> tuple[Record, Filled]:
        to, asked = form["To"], len(form.every("MediaUrl"))
        kind = ("twilio/text" if not is_whatsapp(to) else content.kind) if content else ""
        filled = Filled(form["Body"], (), "media" if asked else "")
        if content:
            filled = fill(content, variables(form["ContentVariables"]), kind)
        record = Record(
            sid=self._sid("MM" if asked else "SM"),
            sender=form["From"] or (self.sender.whatsapp if is_whatsapp(to) else self.sender.sms),
            to=to,
            body=filled.body,
            direction="outbound-api",
            status="accepted" if form["MessagingServiceSid"] else "queued",
            at=self.clock(),
            service=form["MessagingServiceSid"],
            kind=kind,
            asked=asked,
            callback=form["StatusCallback"],
        )
        self.records[record.sid] = record
        return record, filled

    def _decide(self, record: Record, form: Form, content: Content | None) -> Fate:
        """WhatsApp's rules come before what a test wrote."""
        if is_whatsapp(record.to):
            heard = self._heard.get((record.sender, record.to))
            free = heard is not None and self.clock() - heard < WINDOW
            if not free and (content is None or content.approval != "approved" or content.kind == LIST):
                return Fate(statuses=("failed",), code=63016)
            breach = next(breaches(content, variables(form["ContentVariables"])), None) if content else None
            if breach is not None:
                self.fault(f"CreateMessage: {breach[1]}")
                return Fate(statuses=("failed",), code=breach[0])
            if record.to in self.blocked:  # who blocks on WhatsApp gives no sign at all
                return Fate(statuses=("sent",))
        elif record.to in self.blocked:
            return Fate(statuses=("sent", "undelivered"), code=30004)
        for key in (record.to, ""):
            if self._fates.get(key):
                return self._fates[key].pop(0)
        return Fate()

    def fate(self, *statuses: str, code: int = 0, address: str = "") -> None:
        """What becomes of the next message to this address ('': any): its callbacks, with ErrorCode where it failed."""
        with self.changed:
            self._fates.setdefault(address, []).append(Fate(statuses=statuses, code=code))

    def read(self, address: str) -> None:
        """The person opens the chat: what was delivered and not read is read."""
        to = wire(address, "whatsapp")
        with self.changed:
            unread = [one for one in self.records.values() if one.to == to and one.status == "delivered"]
            for record in unread:
                record.status = "read"
                self._tell(record, "read")

    def tell(self, sid: str, status: str, code: int = 0) -> None:
        """One more callback about a message. Raises KeyError."""
        with self.changed:
            record = self.records[sid]
            record.status, record.error = status, code
            self._tell(record, status)

    def _tell(self, record: Record, *statuses: str) -> None:
        if record.callback:
            fields = [(status, hooks.callback(record, self.account, status)) for status in statuses]
            self.receipts(*(self._post_of(record.callback, one, f"{record.sid} {s}", "receipt") for s, one in fields))
