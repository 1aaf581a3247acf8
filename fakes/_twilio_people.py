"""People who write to the account's numbers, and how Twilio tells the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakes import _twilio_hooks as hooks
from fakes._twilio_account import Account
from fakes._twilio_records import Media, Record
from fakes._twilio_send import WHATSAPP, is_whatsapp
from fakes.provider import Delivered, Outgoing, Shown

REPLIES = 7 * 24 * 3600.0  # seconds in which Twilio says which message was answered
SAID = {  # what the provider answers itself, by the words it takes for its own
    "STOP": ("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT", "You are unsubscribed. Reply START to return."),
    "START": ("START UNSTOP YES", "You are subscribed again. Reply STOP to leave."),
    "HELP": ("HELP INFO", "Reply STOP to leave. Message and data rates may apply."),
}


class People(Account):
    """Writing, tapping, and the words that Twilio takes for its own."""

    def write(
        self,
        address: str,
        text: str = "",
        *,
        channel: str = "sms",
        profile: str = "",
        media: Sequence[tuple[str, bytes]] = (),
        document: str = "",
        location: tuple[float, float, *tuple[str, ...]] | None = None,
        replies_to: str = "",
        external: str = "",
        fields: Mapping[str, str] | None = None,
        **_: Any,
    ) -> Delivered:
        """The person writes; returns when the product has answered.

        media       (type, bytes) of each file
        document    the file's name, when it is sent as a document: a photo too; it is the text where there is none
        location    (latitude, longitude), maybe a label and an address behind
        replies_to  sid of the message it quotes
        external    the business-scoped id that comes with the phone: 'US.1234'
        fields      more form fields
        """
        sender, sid = wire(address, channel), self._sid("MM" if media else "SM")
        ours = self.sender.whatsapp if is_whatsapp(sender) else self.sender.sms
        kept = self._hear(sid, sender, ours, text, media)
        if external:  # one person: an answer to either address is free now
            self._heard[ours, wire(external, "whatsapp")] = self.clock()
        form = hooks.inbound(sid, self.account, self.sender.service, sender, ours, text)
        shown = self._profile(sender, profile)
        form |= hooks.of_whatsapp(sender, shown, external) if is_whatsapp(sender) else hooks.of_sms()
        form |= hooks.of_place(location) if location else {}
        form |= hooks.of_media([(self._media_url(sid, one), one.type) for one in kept]) if kept else {}
        form |= {"MessageType": "document", "Body": text or document} if document else {}
        form |= hooks.of_reply(replies_to, ours) if replies_to else {}
        form |= self._keyword(sender, text) | self.extra | dict(fields or {})
        return self._webhook(sid, form)

    def tap(self, address: str, label_or_data: str) -> Delivered:
        """Presses a quick reply or picks an item, of the newest message that has it. Raises LookupError."""
        person = wire(address, "whatsapp")
        shown, (label, data) = self.phone(person).button(label_or_data)
        kind = self.records[shown.id].kind
        recent = self.clock() - shown.at < REPLIES
        pressed = hooks.of_button(kind, label, data)
        return self.write(person, label, channel="whatsapp", replies_to=shown.id if recent else "", fields=pressed)

    def _profile(self, sender: str, given: str) -> str:
        """The name the person's WhatsApp shows: it comes with each message, with a tap too."""
        with self.changed:
            self._profiles[sender] = given or self._profiles.get(sender, "")
            return self._profiles[sender]

    def _hear(self, sid: str, sender: str, ours: str, text: str, media: Sequence[tuple[str, bytes]]) -> Sequence[Media]:
        with self.changed:
            kept = [Media(sid=self._sid("ME"), type=kind, data=data) for kind, data in media]
            at = self._heard[ours, sender] = self.clock()
            self.records[sid] = Record(
                sid=sid, sender=sender, to=ours, body=text, direction="inbound", status="received", at=at,
                service=self.sender.service, media=kept,
            )  # fmt: skip
        return kept

    def _keyword(self, sender: str, text: str) -> dict[str, str]:
        """Twilio's own words on SMS: it answers, and says so in OptOutType."""
        word = text.strip().upper()
        kind = next((kind for kind, (words, _) in SAID.items() if word in words.split()), "")
        with self.changed:
            out = sender in self.opted_out
            if is_whatsapp(sender) or not kind or (word == "YES" and not out):
                return {}
            if kind == "STOP":
                self.opted_out.add(sender)
            elif kind == "START":
                self.opted_out.discard(sender)
            if not (kind == "STOP" and out):  # the second STOP is met with silence
                self._say(sender, SAID[kind][1])
        return {"OptOutType": kind}

    def _say(self, to: str, text: str) -> None:
        sid, at = self._sid("SM"), self.clock()
        self.records[sid] = Record(
            sid=sid, sender=self.sender.sms, to=to, body=text, direction="outbound-reply", status="delivered", at=at
        )
        self.phone(to).show(Shown(id=sid, text=text, at=at))

    def _webhook(self, sid: str, form: Mapping[str, str]) -> Delivered:
        if not self.webhook:
            return Delivered(0, "no webhook is set", sid)
        delivered = self.dispatch(self._post_of(self.webhook, form, sid))
        if not self.fallback or delivered.body == "held" or 200 <= delivered.status < 400:
            return delivered
        why = {"ErrorCode": "11200", "ErrorUrl": self.webhook.partition("#")[0]}
        return self.dispatch(self._post_of(self.fallback, {**form, **why}, sid))

    def answered(self, out: Outgoing, status: int, body: str) -> None:
        """We answer by REST, never in TwiML: else a reply would go past the outbox."""
        if out.kind == "message" and status == 200 and body and "<Response" not in body:
            self.fault("the answer to a webhook is not TwiML")
        if "<Message" in body:
            self.fault("a reply stands in the answer to a webhook")


def wire(address: str, channel: str) -> str:
    """The address as it travels: WhatsApp has a prefix."""
    return address if channel == "sms" or is_whatsapp(address) else WHATSAPP + address
