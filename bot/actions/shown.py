"""Whoever is shown in a story is asked, once; the story shows nobody who said no or nothing (conversations.md 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import broadcast, buttons, quiet
from bot.actions import telling
from bot.actions.staff import lines
from bot.broadcast import Act, Variant
from bot.errors import Refused
from bot.i18n import And, Catalogues, _
from bot.kinds import Choice, numbered
from bot.message import Option, Reply
from bot.words import plain
from storage import audiences, audit, promises, shown
from storage.promises import Promise
from storage.shown import Shown
from storage.store import Unit

STALE = timedelta(days=14)
LEAD = _("{name}, queremos contar lo que logró {lab}. Puedes quitarla después.")
QUESTION = _("¿Podemos usar tu foto de la reunión?")
UNKNOWN = _("No sé de quién es {words}.")
MAY = Choice({"yes": _("Sí"), "unnamed": _("Sí, sin mi nombre"), "no": _("No")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Whom the question would reach. paper: how many can not be asked by chat, on a shared phone or on none."""

    promise: Promise
    people: int
    paper: int
    samples: dict[str, str]  # channel -> its words
    when: datetime


def preview(unit: Unit, catalogues: Catalogues, name: str, typed: Sequence[str]) -> Seen:
    """Look at it; nothing is sent. typed: codes of places. Refused: a code of nobody there, or of two people."""
    promise = telling.promise_named(unit, catalogues, name)
    done = {one.person_id for one in shown.of(unit, promise.id) if one.state != "paper"}
    new = [one for one in _people(unit, catalogues, promise, typed) if one not in done]
    audience = audiences.listed(unit, dict.fromkeys(new, audiences.ALL))
    seen = broadcast.look(unit, audience, lab_id=promise.lab_id, kind="shown", priority=1)
    worded = {one: words(catalogues, seen.variant(one), promise) for one in seen.variants}
    people = sum(many for one, many in seen.variants.items() if worded[one] is not None)
    samples = {one.split("/")[0]: reply.text for one, reply in worded.items() if reply is not None}
    at = quiet.held(unit.now, promise.tz)
    return Seen(promise=promise, people=people, paper=len(new) - people, samples=samples, when=at)


def name_them(unit: Unit, catalogues: Catalogues, name: str, typed: Sequence[str], *, by: str) -> Sequence[Shown]:
    """Name who is shown, and ask those who were not asked yet. All who are named, and how each stands. Refused."""
    promise = promises.hold(unit, telling.promise_named(unit, catalogues, name).id)
    shown.name(unit, promise.id, _people(unit, catalogues, promise, typed), by)
    at = quiet.held(unit.now, promise.tz)
    today = promise.day(unit.now)  # who can not be asked by chat may be on another day
    act = Act(
        kind="shown",
        idem=f"shown:{promise.id}:{shown.newest(unit, promise.id)}:{today}",
        by=by,
        audience=shown.unasked(promise.id),
        due_at=at,
        expires_at=at + STALE,
        lab_id=promise.lab_id,
        opens={"conversation": "shown", "args": telling.opened(promise)},
        shared="each",
        priority=1,
    )
    ledger = broadcast.send(unit, act, lambda variant: words(catalogues, variant, promise))
    people = shown.asked(unit, promise.id, ledger.broadcast_id)
    facts = {"commitment": promise.id, "people": people, "broadcast": ledger.code}
    audit.record(unit, "story.asked", f"{promise.lab}/{promise.problem}", facts, actor=by)
    return shown.of(unit, promise.id)


def take_off(unit: Unit, catalogues: Catalogues, name: str, typed: Sequence[str], *, by: str) -> Sequence[Shown]:
    """They are not shown, after all. All who are still named. Refused: a code of nobody."""
    promise = promises.hold(unit, telling.promise_named(unit, catalogues, name).id)
    gone = shown.unname(unit, promise.id, _people(unit, catalogues, promise, typed))
    facts = {"commitment": promise.id, "people": gone}
    audit.record(unit, "story.unnamed", f"{promise.lab}/{promise.problem}", facts, actor=by)
    return shown.of(unit, promise.id)


def _people(unit: Unit, catalogues: Catalogues, promise: Promise, typed: Sequence[str]) -> list[int]:
    if nobodys := unknown(unit, promise.lab_id, typed):
        raise Refused(catalogues.told(UNKNOWN, words=And(lines.as_typed(code) for code in nobodys)))
    found = (shown.person_of(unit, promise.lab_id, code) for code in typed)
    return list(dict.fromkeys(one for one in found if one is not None))


def unknown(unit: Unit, lab_id: int, typed: Sequence[str]) -> list[str]:
    """Those of these codes that are nobody's in a lab, or of two people."""
    return [code for code in typed if shown.person_of(unit, lab_id, code) is None]


def words(catalogues: Catalogues, variant: Variant, promise: Promise) -> Reply | None:
    """The question; None on a shared phone, where somebody else could say yes for her."""
    if variant.shared:
        return None

    def say(msgid: str, **args: object) -> str:
        return catalogues.text(variant.voice, msgid, **args)

    labels = [(key, say(label)) for key, label in MAY.options()]
    asked = numbered(say(QUESTION), [label for _key, label in labels])
    data = [buttons.for_broadcast(variant.broadcast_id, "may", key) for key, _label in labels]
    options = tuple(Option(n, label, data[n - 1]) for n, (_key, label) in enumerate(labels, 1))
    lead = say(LEAD, name="{name}", lab=promise.place)
    template = broadcast.approved(catalogues, variant, "permiso_foto", promise.place)
    return Reply(text=broadcast.whole(catalogues, variant, lead, asked), options=options, template=template)


# --- what it means for the story ----------------------------------------------------------------------------------


def why_not(unit: Unit, promise: Promise, *said: str) -> tuple[str, str]:
    """Why a story with a picture can not be told so: (msgid, codes of those for whom); ('', '') = it can."""
    named = shown.of(unit, promise.id)
    against = [one.code for one in named if one.state in ("no", "waiting")]
    if against:
        return _("No todos los que salen dijeron que sí: {words}."), ", ".join(against)
    called = [one.code for one in named if one.state == "unnamed" and _is_called(one.name, said)]
    return (_("Pidió que no salga su nombre: {words}."), ", ".join(called)) if called else ("", "")


def _is_called(name: str, said: Sequence[str]) -> bool:
    return any(f" {plain(name)} " in f" {plain(text)} " for text in said) if name else False
