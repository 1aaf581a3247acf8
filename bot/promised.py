"""A promise in words: why this person is told, what happened, what comes next (conversations.md 4 and 8).

It says "prometió", "dijo", "dice que cumplió" with the day, and never speaks for the office.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot import broadcast, buttons
from bot.broadcast import Variant
from bot.i18n import And, Catalogues, Label, Voice, When, _
from bot.kinds import DONT_KNOW, Choice, numbered
from bot.message import Option, Reply, Template
from bot.results import NAME, SEE, WHAT, WHAT_QUESTION, capital, given, parts, sentence
from bot.spoken import said
from storage import contests, followups, promise_rules, promises, turnout
from storage.promise_rules import Counts
from storage.promises import CAME, CHOSE, MINE, OTHER, WROTE, Promise
from storage.store import Unit
from storage.texts import Texts

SMS_PARTS = 2
DONE = Choice(
    {"yes": _("Sí"), "partly": _("En parte"), "no": _("No"), "unknown": _("No sé")},
    {
        "yes": ("si se cumplio", "ya esta"),
        "partly": ("mas o menos", "a medias", "half", "partly"),
        "no": ("todavia no", "not yet"),
        "unknown": DONT_KNOW,
    },
)
DONE_QUESTION = _("¿Se cumplió?")
NEUTRAL_NEWS = _("Hay una novedad del laboratorio de {lab}. Responde 1 para leerla.")
NEUTRAL_QUESTION = _("Tengo una pregunta corta sobre {lab}. Responde 1 para leerla.")
READ = Choice({"see": _("Leer")})
STATUS = {
    "linked": _("ya tiene quien responda"),
    "promised": _("prometido"),
    "in_progress": _("en camino"),
    "done_office": _("cumplido según la oficina"),
    "done_neighbours": _("cumplido según los vecinos"),
    "partly_neighbours": _("en parte según los vecinos"),
    "disputed": _("en duda según los vecinos"),
    "not_done": _("no se hará"),
}
SILENT = ("counted", "done_office", "unknown")  # they ask nothing: the question comes on its day
STALE = promise_rules.STALE


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is told of a promise, before it has words. `promise` as it stands afterwards."""

    promise: Promise
    kind: str  # of a commitment_update; 'asked' for the question itself
    at: datetime
    text: str = ""  # the reason, or the piece of news
    texts: Texts = field(default_factory=dict)  # text in other languages
    ask_on: date | None = None  # when the neighbours are asked
    until: date | None = None  # when we tell more, or the office has to answer
    won: bool = False  # this topic was chosen
    others: int | None = None  # people who chose besides; None: too few to be said
    counts: Counts | None = None
    update_id: int = 0  # of what is told again; 0: it is told now


def news(
    unit: Unit,
    promise: Promise,
    kind: str,
    text: str,
    at: datetime,
    *,
    ask_on: date | None = None,
    texts: Texts | None = None,
) -> News:
    """Everything that is said of a change, from one place: the act, its preview and the conversation agree."""
    today = promise.day(at)
    won, others = _choice(unit, promise)
    answer = promise_rules.working_day_after(today, promise_rules.ANSWER_IN)
    one = followups.newest(unit, promise.id)
    return News(
        promise=promise,
        kind=kind,
        at=at,
        text=text,
        texts=texts or {},
        ask_on=ask_on,
        until=answer if kind in ("overdue", "counted", "reopened", "unknown") else None,
        won=won,
        others=others,
        counts=followups.counts(unit, one) if one and kind == "counted" else None,
    )


def asked(unit: Unit, promise: Promise) -> News:
    """What is known when the neighbours are asked: done, says the office; or a new date; or that it says nothing."""
    history = promises.updates(unit, promise.id)
    done = [one.at for one in history if one.kind == "done_office"]
    spoke = max((promise.day(one.at) for one in history if one.by_role == "office"), default=None)
    passed = promise.due_to is not None and promise.due_to < promise.day(unit.now)
    if promise.status == "done_office" or (done and not promise.new_dates):
        known = "done"
    elif promise.new_dates:
        known = "moved"
    elif passed and promise.due_to and (spoke is None or spoke <= promise.due_to):
        known = "silent"
    else:
        known = "due" if promise.due_text else ""
    return news(unit, promise, "asked", known, max(done, default=unit.now))


def retold(unit: Unit, promise: Promise, subject: str) -> News:
    """What a telling was about, read again: 'made', 'update 7', 'overdue 2027-03-31', 'count 1'."""
    kind, _space, which = subject.partition(" ")
    history = promises.updates(unit, promise.id)
    kinds = {"made": "promised", "overdue": "overdue", "count": "counted"}
    wanted = [one for one in history if one.kind == kinds.get(kind, "") or (kind == "update" and str(one.id) == which)]
    one = (wanted or history)[-1]
    moved = one.kind == "new_date" and one.due_to != promise.due_to
    asked = promises.next_question(unit, promise) if one.kind in ("done_office", "new_date") else None
    told_as = "third_date" if moved and promise.new_dates >= promise_rules.NEW_DATES else one.kind
    found = news(unit, promise, told_as, one.text, one.at, ask_on=asked[0] if asked else None, texts=one.texts)
    return replace(found, update_id=one.id)


def _choice(unit: Unit, promise: Promise) -> tuple[bool, int | None]:
    """Whether the topic was chosen, and how many chose besides the reader: of those whose result was told."""
    if promise.contest is None:
        return False, None
    facts = contests.facts(unit, promise.contest)
    won = any(share.problem == promise.problem for share in facts.chosen)
    return won, facts.among - 1 if facts.among >= turnout.FEW else None


def noon(day: date, tz: str) -> datetime:
    """That day at noon where it is read: a day as a moment."""
    return datetime.combine(day, time(12), ZoneInfo(tz)).astimezone(UTC)


def local_day(at: datetime, tz: str) -> date:
    """That moment's day in a zone."""
    return at.astimezone(ZoneInfo(tz)).date()


def on(day: date, tz: str) -> When:
    """A day as an argument."""
    return When(noon(day, tz), tz, "day")


def due_of(promise: Promise) -> object:
    """The promised date as an argument: a day in the reader's words, anything vaguer as it was said."""
    if promise.precision == "day" and promise.due_to is not None:
        return on(promise.due_to, promise.tz)
    return said(promise, "due_text")


def office(say: Callable[..., str], name: str) -> str:
    """Who promised, as the subject of a sentence in the singular: 'Municipios' is 'la oficina de Municipios'.

    say: a msgid and its arguments in the words of one voice
    """
    first = name.split()[0] if name else ""
    several = first.endswith("s") and not first.isupper()  # 'las juntas', 'Municipios'; 'AAS' is one
    return say(_("la oficina de {entity}"), entity=name) if several else name


@dataclass(frozen=True, slots=True)
class Telling:
    """A piece of news in the words of one voice."""

    catalogues: Catalogues
    voice: Voice
    news: News

    def text(self, msgid: str, **args: object) -> str:
        """The words of this voice, with what every text about a promise may name."""
        promise, say = self.news.promise, partial(self.catalogues.text, self.voice)
        known: dict[str, object] = {
            "entity": capital(office(say, promise.called(self.voice.lang))),
            "promise": given(said(promise, "text"), self.voice),
            "due": due_of(promise),
            "day": When(self.news.at, promise.tz, "day"),
            "lab": promise.place,
            "title": self.title,
            "name": NAME,
        }
        return self.catalogues.text(self.voice, msgid, **(known | args))

    @property
    def title(self) -> str:
        """The topic as this channel calls it."""
        return said(self.news.promise, "short_title" if self.voice.short else "title").in_(self.voice.lang)

    # --- why this person is told ---------------------------------------------------------------------------------

    def leads(self, group: str, titles: Sequence[str] = ()) -> list[str]:
        """Why it goes to these people, the fullest first; empty where nothing is known of it."""
        if group.startswith(WROTE):
            number = int(group.removeprefix(WROTE))
            return [self.text(_("{name}: tu idea {number} está en «{title}»."), number=number)]
        if group == MINE:
            return [self.text(_("{name}: pediste {titles}."), titles=And([self.title]))]
        if group.startswith(OTHER) and titles:
            return self._other(And(titles))
        if group == CHOSE:
            return [*self._chose()]
        if group == CAME:
            return [self.text(_("{name}: te anotaste en el laboratorio de {lab}."))]
        return []

    def _other(self, titles: And) -> list[str]:
        asked = self.text(_("{name}: pediste {titles}."), titles=titles)
        if not self.news.won:
            return [asked]
        return [
            _joined(asked, self.text(_("Esta vez ganó {winner}."), winner=self.title)),
            self.text(_("{name}: pediste {titles}. Ganó {winner}."), titles=titles, winner=self.title),
        ]

    def _chose(self) -> Iterator[str]:
        if self.news.won and self.news.others is not None:
            with_others = _("{name}: elegiste con {all} vecinos. Ganó {winner}.")
            yield self.text(with_others, all=self.news.others, winner=self.title)
        yield self.text(_("{name}: elegiste en {lab}."))

    # --- what happened -------------------------------------------------------------------------------------------

    def fact(self) -> str:
        """What happened, and what comes next."""
        return _joined(*self._said())

    def _said(self) -> Iterator[str]:
        kind, text = self.news.kind, said(self.news, "text")
        if kind in _FACTS:
            yield self.text(_FACTS[kind] if self.news.promise.due_text else _NO_DATE.get(kind, _FACTS[kind]))
        if kind in ("in_progress", "done_office", "news", "visit") and text.plain:
            yield given(text.each(sentence), self.voice)
        if kind in ("not_done", "new_date") and text.plain:
            yield self.text(_("Razón: {because}."), because=given(text.each(_open), self.voice))
        if kind == "counted" and self.news.counts:
            yield from self._count(self.news.counts)
        yield from self._next()

    def _next(self) -> Iterator[str]:
        tz = self.news.promise.tz
        if self.news.kind == "overdue" and self.news.until:
            yield self.text(
                _("No lo hizo. Preguntamos por qué. Te contamos antes del {day}."), day=on(self.news.until, tz)
            )
        if self.news.kind == "reopened" and self.news.until:
            yield self.text(_("Razón: {because}."), because=Label(_("varias personas dicen que no se cumple")))
            yield self.text(_("La oficina debe responder antes del {day}."), day=on(self.news.until, tz))
        if self.news.kind == "unknown" and self.news.until:
            yield self.text(
                _("Todavía no sabemos {matter}. Preguntamos el {day}. Te contamos el {tell_on}."),
                matter=said(self.news, "text").each(_open),
                tell_on=on(self.news.until, tz),
            )
        if self.news.kind == "done_office" and self.news.ask_on:
            asks = _("El {day} te pregunto si es así. Si quieres contestar antes: SE CUMPLIO")
            yield self.text(asks, day=on(self.news.ask_on, tz))
        if self.news.kind == "new_date" and self.news.ask_on:
            yield self.text(_("El {day} te pregunto si se cumplió."), day=on(self.news.ask_on, tz))

    def _count(self, counts: Counts) -> Iterator[str]:
        until = on(self.news.until, self.news.promise.tz) if self.news.until else ""
        if counts.few:
            few = _(
                "Contestaron menos de 5 personas. Así no contamos. Una persona del equipo lo va a ver antes del {day}."
            )
            yield self.text(few, day=until)
            return
        yield self.text(
            _(
                "Preguntamos a {all} y contestaron {votes}."
                " Sí: {yes}. En parte: {partly}. No: {no}. No saben: {unknown}."
            ),
            all=counts.asked,
            votes=counts.answered,
            yes=counts.yes,
            partly=counts.partly,
            no=counts.no,
            unknown=counts.unknown,
        )
        yield self.text(_VERDICTS[promise_rules.verdict(counts) or "partly_neighbours"], day=until)

    # --- the question --------------------------------------------------------------------------------------------

    def known(self) -> str:
        """What is known when the neighbours are asked: what the office says, or that it says nothing."""
        return self.text(_KNOWN[self.news.text])

    def fitting(self, variant: Variant, leads: Sequence[str], said: str, asked: str) -> str:
        """The fullest message in a chat; in an SMS the fullest that is one, else the fullest that is two.

        Why it comes to her goes only where two do not hold it, and in a comarca where one does not (ADR 21).
        """
        ways = [_joined(lead, said) for lead in leads] + [said]
        whole = [broadcast.whole(self.catalogues, variant, way, asked) for way in ways]
        if not self.voice.short:
            return whole[0]
        ones = whole if variant.comarca else whole[:-1]
        sized = [*((1, text) for text in ones), *((SMS_PARTS, text) for text in whole[:-1])]
        return next((text for most, text in sized if parts(text, self.voice.lang) <= most), whole[-1])


_FACTS = {
    "promised": _("{entity} prometió el {day}: {promise}. Plazo: {due}."),
    "in_progress": _("{entity} dijo el {day} que ya empezó: {promise}."),
    "done_office": _("{entity} dice que cumplió el {day}: {promise}."),
    "not_done": _("{entity} dijo el {day} que no lo hará: {promise}."),
    "new_date": _("{entity} respondió el {day}. Nueva fecha: {due}."),
    "overdue": _("{entity} prometió: {promise}. Plazo: {due}."),
    "third_date": _(
        "{entity} pidió otra fecha más. No la contamos como respuesta. Hoy lo pasamos a quien vigila el plan."
    ),
    "reopened": _("El tema {title} de {lab} se abrió otra vez el {day}."),
}
_KNOWN = {  # when it is asked
    "done": _("{entity} dice que cumplió el {day}: {promise}."),
    "silent": _("{entity} prometió: {promise}. Plazo: {due}. No dice nada."),
    "moved": _("{entity} prometió: {promise}. Nueva fecha: {due}."),
    "due": _("{entity} prometió: {promise}. Plazo: {due}."),
    "": _("{entity} prometió: {promise}."),
}
_NO_DATE = {"promised": _("{entity} prometió el {day}: {promise}. No dijo la fecha.")}
_VERDICTS = {
    "done_neighbours": _("El tema se cierra: cumplido según los vecinos. Gracias."),
    "partly_neighbours": _("El tema sigue abierto. La oficina debe responder antes del {day}."),
    "disputed": _("El tema queda en duda. La oficina debe responder antes del {day}."),
}


# --- messages ----------------------------------------------------------------------------------------------------


def told(catalogues: Catalogues, variant: Variant, about: News, titles: Sequence[str] = ()) -> Reply:
    """A change for the people of one variant. A shared phone is asked first, and reads no topic before."""
    telling = Telling(catalogues, variant.voice, about)
    if variant.shared and about.kind != "counted":
        return _neutral(telling, variant, NEUTRAL_NEWS, SEE)
    said = telling.fact()
    silent = about.kind in SILENT
    options = [] if silent else [(key, telling.text(label)) for key, label in WHAT.options()]
    asked = "" if silent else numbered(telling.text(WHAT_QUESTION), [label for _key, label in options])
    leads = [] if about.kind == "counted" else telling.leads(variant.group, titles)
    text = telling.fitting(variant, leads, said, asked)
    template = None if variant.shared else _news_template(telling, variant, said)
    return Reply(text=text, options=_options(variant, "what", options), template=template)


def asks(catalogues: Catalogues, variant: Variant, about: News, titles: Sequence[str] = ()) -> Reply:
    """ "Was it done?" for the people of one variant."""
    telling = Telling(catalogues, variant.voice, about)
    if variant.shared:
        return _neutral(telling, variant, NEUTRAL_QUESTION, READ)
    said = telling.known()
    options = [(key, telling.text(label)) for key, label in DONE.options()]
    asked = numbered(telling.text(DONE_QUESTION), [label for _key, label in options])
    text = telling.fitting(variant, telling.leads(variant.group, titles), said, asked)
    topic = telling.text(_("{title} en {lab}"))
    template = broadcast.approved(catalogues, variant, "se_cumplio", topic, said.rstrip("."))
    return Reply(text=text, options=_options(variant, "done", options), template=template)


def _neutral(telling: Telling, variant: Variant, text: str, kind: Choice) -> Reply:
    labels = [(key, telling.text(label)) for key, label in kind.options()]
    asked = broadcast.whole(telling.catalogues, variant, "", telling.text(text))
    return Reply(text=asked, options=_options(variant, "see", labels))


def _options(variant: Variant, question: str, labels: Sequence[tuple[str, str]]) -> tuple[Option, ...]:
    data = [buttons.for_broadcast(variant.broadcast_id, question, key) for key, _label in labels]
    return tuple(Option(n, label, data[n - 1]) for n, (_key, label) in enumerate(labels, 1))


def _news_template(telling: Telling, variant: Variant, said: str) -> Template | None:
    about = telling.news
    more = about.ask_on or about.until or about.promise.due_to or about.promise.day(about.at + STALE)
    topic = telling.text(_("{title} en {lab}"))
    until = on(max(more, about.promise.day(about.at) + timedelta(days=1)), about.promise.tz)
    return broadcast.approved(telling.catalogues, variant, "compromiso_novedad", topic, said.rstrip("."), until)


def _open(text: str) -> str:
    """Without its full stop, inside a sentence of ours."""
    return text.rstrip(".")


def _joined(*said: str) -> str:
    return " ".join(part for part in said if part)
