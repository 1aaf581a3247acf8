"""Scripts of transcripts: how they are read and played. The notation is that of the reference conversations.

channels: sms whatsapp        only there (default: all three)
# a comment, kept in the transcript
C: SANMARTIN                  a citizen writes; C2: another phone
C: [1]                        taps this button where there are buttons, else types its number; [ELEGIR]: a word
C: VINCULAR {code}            the code for a second phone that was told last
C: (vacio) (voz) (foto)       an empty message, a voice note, a picture; (lugar): a place, (archivo): a document
@ 2026-11-20 17:00            it is this moment in Panama; the clock ticks; what came is shown
! capacity sm1 2              an act of the house: see ACTS
= people 2                    so many rows; other checks: see CHECKS
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from bot import listfile, prices
from bot.actions import announce, contest, decide, import_people, suspend, withdraw
from bot.actions.staff import team
from bot.clock import OWN
from bot.message import LIMITS, Media, on_buttons
from bot.player import Phone, Shown
from bot.sms import segments
from storage import ballots, keepers, labs, lists, people, registrations, site, staff_codes
from storage import staff as members
from storage import tables as t
from storage.store import Store, Unit
from tests import coming, counts, trail
from tests.ideas import acts as ideas
from tests.kit import CHANNELS, PANAMA, Town
from tests.steady import left_open, steady

STAFF = "test"
STAFF_NAMES = {"C": "Yaneth", "C2": "Delia", "C3": "Omar"}
VOICE = Media(kind="voice", ref="AwACAgEAAxkBAAIBY2V0-made_up", seconds=14)
PHOTO = Media(kind="photo", ref="simulated-photo")
MEDIA = {"(voz)": VOICE, "(foto)": PHOTO, "(sticker)": Media(kind="sticker"), "(archivo)": Media(kind="document")}


@dataclass(frozen=True, slots=True)
class Script:
    """One script: on which channels, and its lines."""

    channels: tuple[str, ...]
    lines: tuple[str, ...]
    name: str = ""  # of its file

    @classmethod
    def read(cls, path: Path) -> Script:
        """The script of a file."""
        lines = path.read_text(encoding="utf-8").splitlines()
        channels: tuple[str, ...] = CHANNELS
        if lines and lines[0].startswith("channels:"):
            channels = tuple(lines.pop(0).removeprefix("channels:").split())
        return cls(channels, tuple(line for line in lines if line.strip()), path.stem)


def played(script: Script, store: Store, channel: str, lang: str) -> str:
    """The whole transcript of a script on one channel in one language."""
    return transcript(script, Town.on(store), channel, lang)


def transcript(script: Script, town: Town, channel: str, lang: str) -> str:
    """The same with the phones of this town, wherever they are. Where the log ends hangs on the moment: left out."""
    stage = _Stage(town, channel, lang)
    for line in script.lines:
        stage.line(line)
    left_open(script.name, stage.asked)
    return re.sub(r"(registro|the log): [2-9A-Z]{4}(-\w{4}){2}", r"\1: XXXX-XXXX-XXXX", "\n".join(stage.out) + "\n")


class _Stage:
    def __init__(self, town: Town, channel: str, lang: str) -> None:
        self.town, self.channel, self.lang = town, channel, lang
        town.lang = lang
        self.out: list[str] = []
        self.asked: set[str] = set()  # conversations that were left open, and asked again

    def line(self, line: str) -> None:
        head, _space, rest = line.partition(" ")
        self.out.append(line)
        if head.startswith("C") and head.endswith(":"):
            self.show(head[:-1], self.said(self.phone(head[:-1]), rest.strip()))
        elif head == "@":
            self.town.at(datetime.strptime(rest, "%Y-%m-%d %H:%M").replace(tzinfo=PANAMA))
            self.arrived()
        elif head == "!":
            name, *args = rest.split(" ", 2)
            if name == "staff":
                self.phone(args[0])
            ACTS[name](self.town, *args)
            self.arrived()
        elif head == "=":
            name, *values = rest.split()
            CHECKS[name](self.town, *values)
        self.asked |= steady(self.town)

    def phone(self, name: str) -> Phone:
        if name in self.town.phones:
            return self.town.phones[name]
        profile = {"C": "María Pérez", "C2": "Kevin", "C3": "Rosa"}[name] if self.channel != "sms" else ""
        phone = self.town.phone(self.channel, name, profile)
        if self.lang == "en":
            phone.say("english")
        return phone

    def said(self, phone: Phone, words: str) -> list[Shown]:
        words = words.replace("{code}", self.told_code()).replace("{proof}", self.proof(phone))
        if words in MEDIA:
            return phone.say(media=MEDIA[words])
        if words == "(lugar)":
            return phone.point(8.98, -79.52)
        if words == "(vacio)":
            return phone.say("")
        if words.startswith("[") and words.endswith("]"):
            return self.tapped(phone, int(words[1:-1])) if words[1:-1].isdecimal() else self.word(phone, words[1:-1])
        return phone.say(words)

    def told_code(self) -> str:
        """The code for a second phone that was told last, on any of them."""
        said = (shown.text for phone in self.town.phones.values() for shown in phone.screen)
        found: list[str] = re.findall(r"(?:VINCULAR|LINK) ([0-9A-Z]{6})\b", " ".join(said))
        return found[-1] if found else ""

    def proof(self, phone: Phone) -> str:
        """What an SMS phone is asked to type, to show that it reads what it gets."""
        found = re.findall(r"(?:escribe|type) ([0-9A-Z]{4})\.$", phone.screen[-1].text if phone.screen else "")
        return str(found[-1]) if found else "OK"

    def tapped(self, phone: Phone, number: int) -> list[Shown]:
        """The button of that number; on a phone without buttons the number is typed."""
        newest = next((s for s in reversed(phone.screen) if s.options), None)
        if newest is None or not LIMITS[self.channel].buttons or phone.offers_numbers():
            return phone.say(str(number))
        return phone.tap(newest.options[number - 1].label)

    def word(self, phone: Phone, word: str) -> list[Shown]:
        """The button that is this word; on a phone without such buttons it is typed."""
        found = (one for shown in reversed(phone.screen) for one in shown.shortcuts if one.data.endswith(f"|{word}"))
        return phone.tap(next(found).label) if LIMITS[self.channel].shortcuts else phone.say(word)

    def arrived(self) -> None:
        """What came to every phone by itself."""
        for name, phone in self.town.phones.items():
            self.show(name, phone.read())

    def show(self, name: str, shown: list[Shown]) -> None:
        who = "B" if name == "C" else f"B{name[1:]}"
        for message in shown:
            first, *more = message.text.split("\n")
            parts = segments(message.text).parts
            mark = f" ({parts} seg)" if self.channel == "sms" and parts > 1 else ""
            self.out += ["# the same message is edited"] if message.edited else []
            self.out += [f"{who}: {first}", *(f"   {line}" for line in more)]
            self.out[-1] += mark
            self.out += ["   (foto)"] if message.picture else []
            labels = on_buttons(o for o in message.options if o.data)
            if labels and LIMITS[self.channel].buttons:
                self.out.append("   " + " ".join(f"[{label}]" for label in labels))
            if message.shortcuts:
                self.out.append("   " + " ".join(f"[{one.label}]" for one in message.shortcuts))


# --- what a script may do and check ----------------------------------------------------------------------------


def _announce(town: Town, code: str) -> None:
    def work(unit: Unit) -> None:
        seen = announce.preview(unit, town.app.catalogues, code)
        announce.announce(unit, town.app.catalogues, code, STAFF, seen.people)

    town.store.do(work)


def _import(town: Town, lab: str, names: str) -> None:
    """A list of an earlier lab holds these phones; those who may be asked are asked, in the lab's first language."""
    lines = [f"Vecina {name};{town.phone('sms', name).number}" for name in names.split()]
    table = listfile.read("\n".join(["nombre;celular", *lines]).encode())
    read = listfile.numbers(table.rows, "PA")
    given = import_people.List(read=read, lab=lab, source="la lista del primer laboratorio")
    first = update(t.lab).where(t.lab.c.slug == lab).values(langs=[town.lang])

    def work(unit: Unit) -> None:
        unit.db.execute(first)
        seen = import_people.preview(unit, town.app.catalogues, given)
        if seen.people:
            import_people.import_people(unit, town.app.catalogues, given, STAFF, seen.people)

    town.store.do(work)


def _suspend(town: Town, code: str, because: str) -> None:
    def work(unit: Unit) -> None:
        seen = suspend.preview(unit, town.app.catalogues, code, because)
        suspend.suspend(unit, town.app.catalogues, code, because, by=STAFF, expect=seen.people)

    town.store.do(work)


def _open(town: Town, slug: str) -> None:
    def work(unit: Unit) -> None:
        seen = contest.preview(unit, town.app.catalogues, slug)
        contest.open_(unit, town.app.catalogues, slug, STAFF, seen.people)

    town.store.do(work)


def _close(town: Town, slug: str, seed: str = "") -> None:
    town.store.do(lambda unit: contest.close_(unit, town.app.catalogues, slug, STAFF, seed or None))


def _decide(town: Town, problem: str, because: str, outcome: str | None = None, minute: str = "") -> None:
    why, texts = trail.in_english(because, "reason")  # decide agua <the reason> ~ <the same in English>

    def work(unit: Unit) -> None:
        said = (unit, town.app.catalogues, problem, why, outcome, "", texts, minute)
        decide.decide(*said, by=STAFF, expect=decide.preview(*said).people)

    town.store.do(work)


def _decided(town: Town, problem: str, words: str) -> None:
    """decided agua adopted <the reason> ~ <the minute>: what the assembly decided of a tie"""
    outcome, _space, told = words.partition(" ")
    _decide(town, problem, told.partition(" ~ ")[0], outcome, told.partition(" ~ ")[2])


def _withdraw(town: Town, slug: str, words: str) -> None:
    """withdraw sm 3 <the reason>"""
    option, _space, because = words.partition(" ")
    town.store.do(lambda unit: withdraw.withdraw(unit, town.app.catalogues, slug, option, because, by=STAFF))


def _tie_mode(town: Town, slug: str, mode: str) -> None:
    """Before it is opened: what breaks a tie."""
    town.store.do(lambda unit: unit.db.execute(update(t.contest).where(t.contest.c.slug == slug).values(tie_mode=mode)))


def _nothing_stored(town: Town) -> None:
    """After a no: no person, no consent, no talk, no number, no payload; only the ids that guard against replay."""
    for tick in OWN:
        town.store.do(tick.work)
    assert town.count(t.person) == 0
    assert town.count(t.talk) == 0
    assert [row.value for row in town.rows(t.address, "value")] == [None]
    assert all(row.payload is None for row in town.rows(t.inbound, "payload"))
    assert all(row.body is None for row in town.rows(t.outbox, "body"))
    assert town.count(t.inbound) > 0


def _value(town: Town, name: str) -> str | None:
    """The number we still hold of this phone, once what is due to be forgotten is."""
    for tick in OWN:
        town.store.do(tick.work)

    def work(unit: Unit) -> str | None:
        return people.address_by_id(unit, people.lock_address(unit, "sms", town.phones[name].number).id).value

    return town.store.do(work)


def _forgotten(town: Town, name: str) -> None:
    """No number any more, and no import brings it back."""
    assert _value(town, name) is None
    number = town.phones[name].number
    assert town.store.read(lambda unit: lists.standing(unit, [number])) == {number: "left"}


def _waiting(town: Town, name: str) -> None:
    assert _value(town, name) == town.phones[name].number


def _freed(town: Town, code: str) -> None:
    """Somebody looks after the waiting list, as every path that frees a place does."""

    def work(unit: Unit) -> None:
        meeting = labs.session_by_code(unit, code)
        if meeting:
            registrations.fill_places(unit, meeting.id)

    town.store.do(work)


def _draft(town: Town) -> None:
    """No session has been published yet."""
    drafts = update(t.session).values(state="draft")
    town.store.do(lambda unit: unit.db.execute(drafts))


def _neighbours(town: Town, count: str, channel: str = "sms") -> None:
    for n in range(int(count)):
        town.neighbour(f"Vecino {n}", channel)


def _ballots_cast(town: Town, slug: str, payloads: str) -> None:
    """The neighbours choose, the newest first."""

    def work(unit: Unit) -> None:
        contest_id = unit.db.execute(select(t.contest.c.id).where(t.contest.c.slug == slug)).scalar_one()
        people = unit.db.execute(select(t.person.c.id).order_by(t.person.c.id.desc())).scalars().all()
        for person, payload in zip(people, payloads.split(), strict=False):
            voter = ballots.Voter(
                person_id=person, channel="sms", shared=False, provider="test", provider_msg_id=f"v{person}"
            )
            ballots.cast(unit, contest_id, voter, [int(n) for n in payload.split(",")])

    town.store.do(work)


def _staff(town: Town, name: str, given: str) -> None:
    """This phone gets a role, in a lab or in all; its first broadcast lies behind it, unless 'new' follows."""
    role, lab, new = (*given.split(), "", "")[:3]
    phone = town.phones[name]
    to = f"{phone.channel}:{phone.number}"

    def work(unit: Unit) -> None:
        token = team.add(unit, to, role, lab=lab, name=STAFF_NAMES.get(name, name), by="test")
        if not new:
            earlier = {"code": f"EARL{name}", "idem": f"earlier:{name}", "kind": "invitation", "state": "done"}
            at = {"created_at": unit.now, "due_at": unit.now}
            unit.db.execute(t.broadcast.insert().values(**earlier, **at, by=f"staff:{token}"))

    town.store.do(work)


def _came(town: Town, code: str, count: str) -> None:
    """So many of the list were at this session."""

    def work(unit: Unit) -> None:
        meeting = unit.db.execute(select(t.session.c.id).where(t.session.c.code == code)).scalar_one()
        query = select(t.registration.c.id).where(t.registration.c.session_id == meeting).limit(int(count))
        ids = unit.db.execute(query).scalars().all()
        unit.db.execute(update(t.registration).where(t.registration.c.id.in_(ids)).values(state="attended"))

    town.store.do(work)


def _prices(town: Town, day: str) -> None:
    """The operator has written a table of prices; these are nobody's."""
    table = f'date = {day}\ncurrency = "US$"\n[whatsapp.PA]\nservice = 0.005\n[sms.PA]\nsegment = 0.25\n'
    town.app.parts = replace(town.app.parts, prices=prices.read(table))


def _sure(town: Town, name: str) -> None:
    """This phone of the team has given the code that it is asked for after a silence."""
    phone = town.phones[name]

    def work(unit: Unit) -> None:
        me = members.member(unit, people.lock_address(unit, phone.channel, phone.number).id)
        assert me is not None
        assert staff_codes.tried(unit, me.token, me.address_id, staff_codes.code(unit, me.token))

    town.store.do(work)


ACTS: dict[str, Callable[..., None]] = {
    "sure": _sure,
    "prices": _prices,
    "staff": _staff,
    "came": _came,
    "keepers": lambda town, *names: town.store.do(lambda unit: keepers.remember(unit, " ".join(names).split(" / "))),
    "site": lambda town, url: town.store.do(lambda unit: site.remember(unit, url)),
    "capacity": lambda town, code, places: town.capacity(code, int(places)),
    "fill": lambda town, code, count: town.fill(code, int(count)),
    "neighbours": _neighbours,
    "ballots": _ballots_cast,
    "tick": lambda town: town.tick(),
    "draft": _draft,
    "freed": _freed,
    "announce": _announce,
    "suspend": _suspend,
    "import": _import,
    "open": _open,
    "close": _close,
    "decide": _decide,
    "decided": _decided,
    "tie": _tie_mode,
    "withdraw": _withdraw,
    **coming.ACTS,
    **trail.ACTS,
    **ideas.ACTS,
}


CHECKS: dict[str, Callable[..., None]] = {
    "nothing": _nothing_stored,
    "waiting": _waiting,
    "forgotten": _forgotten,
    **counts.CHECKS,
    **coming.CHECKS,
    **trail.CHECKS,
    **ideas.CHECKS,
}
