"""Tell the story of a promise: first those who took part, the day after the rest of the community that wants news."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from bot import broadcast, buttons, quiet
from bot.actions import shown, telling, translated
from bot.broadcast import Act, Ledger, Variant
from bot.costs import Mailing
from bot.errors import Refused
from bot.i18n import Catalogues, Label, _
from bot.kinds import YesNo, numbered, written
from bot.message import Option, Reply
from bot.results import sentence
from bot.sms import sms_text
from bot.spoken import said as in_words
from storage import audiences, audit, broadcasts, cadence, labs, pictures, promises, stories, turnout
from storage.promises import Promise
from storage.store import Unit
from storage.tables.promises import WORDS
from storage.texts import Texts

LATER = timedelta(days=1)  # those who took part hear it a day before the others
STALE = timedelta(days=14)
SEE_QUESTION = _("¿Quieres ver la historia?")
REACHED = ("done_office", "done_neighbours", "partly_neighbours")  # somebody says that there is something to tell
BEFORE, AFTER, TEXT = 70, 80, 110  # letters: with them a story is two SMS
LINK = 200  # letters of the address of a video


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as it is given. picture: its name; video: a link; consent: of those shown, and where it is kept."""

    before: str
    after: str
    text: str = ""  # who did what
    picture: str = ""
    alt: str = ""
    consent: str = ""
    video: str = ""
    texts: Texts = field(default_factory=dict)  # before, after, text and alt in other languages of the lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Whom a story would reach: those who took part, and later the others."""

    promise: Promise
    people: int  # all of them: to be typed
    first: int
    later: int
    by_channel: dict[str, int]
    skipped: dict[str, int]
    segments: int
    samples: dict[str, str]
    langs: dict[str, int]  # language -> people who read it there
    when: datetime
    done_before: Ledger | None
    mailings: tuple[Mailing, ...]  # what costs.of prices


def preview(unit: Unit, catalogues: Catalogues, name: str, told: Told) -> Seen:
    """Look at it; nothing is sent. Refused when it can not be told."""
    promise = telling.promise_named(unit, catalogues, name)
    before = broadcasts.found(unit, _idem(promise, "first"))
    story = _judged(unit, catalogues, promise, told) if before is None else told
    both = _whom(promise, quiet.held(unit.now, promise.tz))
    first, others = (broadcast.look(unit, who, lab_id=promise.lab_id, kind="story") for who, _at in both)
    merged = broadcast.Audience(
        people=first.people + others.people,
        by_channel=_sum(first.by_channel, others.by_channel),
        skipped=_sum(first.skipped, others.skipped),
        variants=_sum(first.variants, others.variants),
        comarca=first.comarca,
    )
    chose = promises.chose(unit, promise)
    replies = {v: words(catalogues, merged.variant(v), promise, story, chose) for v in merged.variants}
    return Seen(
        promise=promise,
        first=first.people,
        later=others.people,
        when=both[0][1],
        done_before=broadcasts.ledger(unit, before) if before is not None else None,
        mailings=tuple(Mailing(audience=who, lab_id=promise.lab_id, replies=replies, at=due) for who, due in both),
        **telling.counted(merged, replies),
    )


def tell(
    unit: Unit, catalogues: Catalogues, name: str, told: Told, *, by: str, expect: int | None = None
) -> tuple[Ledger, Ledger]:
    """Tell it, once: the ledgers of those who took part and of the others."""
    promise = promises.hold(unit, telling.promise_named(unit, catalogues, name).id)
    before = broadcasts.found(unit, _idem(promise, "first"))
    if before is not None:
        after = broadcasts.known(unit, _idem(promise, "others"))
        return broadcasts.ledger(unit, before), broadcasts.ledger(unit, after)
    story = _judged(unit, catalogues, promise, told)
    stories.tell(unit, promise.id, asdict(story) | {"by": by})
    chose = promises.chose(unit, promise)
    both = zip(("first", "others"), _whom(promise, quiet.held(unit.now, promise.tz)), strict=True)
    acts = [_act(promise, part, who, at, by) for part, (who, at) in both]
    first, others = (
        broadcast.send(unit, act, lambda variant: words(catalogues, variant, promise, story, chose)) for act in acts
    )
    people = first.pending + others.pending
    if expect is not None and people != expect:
        raise Refused(catalogues.told(_("El número no coincide. Son {people}."), people=people))
    promises.note(unit, promise.id, "story", first.broadcast_id)
    facts = {"commitment": promise.id, "people": people, "broadcast": first.code}
    audit.record(unit, "commitment.story", f"{promise.lab}/{promise.problem}", facts, actor=by)
    return first, others


def take_picture_down(unit: Unit, catalogues: Catalogues, name: str, *, by: str) -> None:
    """Somebody shown takes the permission back: from now on nobody is shown picture or video. Raises Refused."""
    promise = promises.hold(unit, telling.promise_named(unit, catalogues, name).id)
    if not pictures.take_down(unit, promise.id):
        raise Refused(catalogues.told(_("Esa historia no tiene foto ni video.")))
    facts = {"commitment": promise.id}
    audit.record(unit, "commitment.picture_down", f"{promise.lab}/{promise.problem}", facts, actor=by)


def words(catalogues: Catalogues, variant: Variant, promise: Promise, told: Told, chose: int) -> Reply:
    """What was reached, with how it began; a shared phone reads nothing but the place."""
    after = in_words(told, "after")
    part = variant.group != audiences.ALL

    def say(msgid: str, **args: object) -> str:
        return catalogues.text(variant.voice, msgid, **args)

    if variant.shared:
        said = say(_("Hay una buena noticia de {lab}."), lab=promise.place)
    else:
        hello = say(_("Hola, {name}."), name="{name}")
        began = say(_("Empezó con {all} vecinos que eligieron."), all=chose) if chose >= turnout.FEW else ""
        yours = say(_("Tú fuiste parte.")) if part else ""
        said = " ".join(one for one in (hello, after.each(sentence).in_(variant.voice.lang), began, yours) if one)
    labels = [(key, say(label)) for key, label in YesNo().options()]
    asked = numbered(say(SEE_QUESTION), [label for _key, label in labels])
    data = [buttons.for_broadcast(variant.broadcast_id, "see", key) for key, _label in labels]
    shown = tuple(Option(n, label, data[n - 1]) for n, (_key, label) in enumerate(labels, 1))
    many = chose if chose >= turnout.FEW else Label(_("menos de 5"))  # the approved text has room for a number
    about = (promise.place, after.each(lambda text: text.rstrip(".")), many)
    # The approved text thanks the reader for having taken part: only those who did get it.
    template = broadcast.approved(catalogues, variant, "historia", *about) if part and not variant.shared else None
    return Reply(text=broadcast.whole(catalogues, variant, said, asked), options=shown, template=template)


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def _whom(promise: Promise, at: datetime) -> tuple[tuple[Select[Any], datetime], ...]:
    """(audience, when it is due): those who took part, and a day later the others."""
    later = quiet.held(at + LATER, promise.tz)
    return (
        (cadence.capped(promises.concerned(promise), at), at),
        (cadence.capped(_others(promise), later), later),
    )


def _others(promise: Promise) -> Select[Any]:
    """Those of the community who want news, of this topic too, and are not concerned already."""
    community, took_part = audiences.permitting(promise.lab_id).subquery(), promises.concerned(promise).subquery()
    rest = community.c.person_id.not_in(select(took_part.c.person_id))
    willing = community.c.person_id.not_in(promises.had_enough(promise))
    return select(community.c.person_id, community.c.grp).where(rest, willing)


def _act(promise: Promise, part: str, audience: Select[Any], at: datetime, by: str) -> Act:
    return Act(
        kind="story",
        idem=_idem(promise, part),
        by=by,
        audience=audience,
        due_at=at,
        expires_at=at + STALE,
        lab_id=promise.lab_id,
        contest_id=promise.contest_id,
        opens={"conversation": "story", "args": telling.opened(promise)},
    )


def _idem(promise: Promise, part: str) -> str:
    return f"story:{promise.id}:{part}"


_LINES = ("before", "after", "text", "picture", "alt", "consent", "video")
_READ = ("before", "after", "text", "alt", "consent")
_ROOM = {"before": BEFORE, "after": AFTER, "text": TEXT, "alt": WORDS}  # letters


def _judged(unit: Unit, catalogues: Catalogues, promise: Promise, told: Told) -> Told:
    """The story in single lines. Raises Refused with what it lacks."""
    given = {name: " ".join(getattr(told, name).split()) for name in _LINES}
    story = Told(**given | {name: written(given[name]) for name in _READ}, texts=told.texts)
    why, langs = _why_not(promise, story), labs.lab_by_id(unit, promise.lab_id).langs
    if why:
        raise Refused(catalogues.told(why, words=f"{BEFORE}, {AFTER}, {TEXT}"))
    of = {name: getattr(story, name) for name in _ROOM}
    whole = replace(story, texts=translated.judged(catalogues, langs, of, story.texts, _ROOM))
    said = *of.values(), *(text for told in whole.texts.values() for text in told.values())
    why, who = shown.why_not(unit, promise, *said) if story.picture or story.video else ("", "")
    if why:
        raise Refused(catalogues.told(why, words=who))
    return whole


def _why_not(promise: Promise, story: Told) -> str:
    if promise.status not in REACHED:
        return _("Todavía no hay qué contar: nadie dice que el compromiso se cumplió (--status done_office).")
    if not story.before or not story.after:
        return _("Falta cómo era antes (--before) o cómo es ahora (--after).")
    if any(len(sms_text(getattr(story, name))) > most for name, most in _ROOM.items()):
        return _("Es muy largo. Caben {words} letras en --before, --after y --text.")
    if story.picture and not story.alt:
        return _("Falta qué se ve en la foto (--alt): hay quien no la puede ver.")
    if story.video and (pictures.link_of(story.video) != story.video or len(story.video) > LINK):
        return _("El video va con su dirección, que empieza con https:// (--video).")
    if (story.picture or story.video) and not story.consent:
        return _("Falta el permiso de quienes salen y dónde está guardado (--consent).")
    return ""
