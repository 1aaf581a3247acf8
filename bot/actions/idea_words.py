"""What became of an idea, in words: one message to its author for each change (conversations.md 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot import broadcast, promised
from bot.broadcast import Variant
from bot.i18n import Catalogues, Count, Voice, When, _, n_
from bot.kinds import Choice
from bot.message import Reply
from bot.promised import DONE, DONE_QUESTION, NEUTRAL_NEWS, on
from bot.results import NAME, SEE, parts
from bot.spoken import Said
from bot.spoken import said as written
from storage import idea_states, ideas, labs
from storage.idea_states import JOINED
from storage.labs import Lab
from storage.promise_rules import working_day_after
from storage.store import Unit

READ_ANYWAY = 2  # working days in which an idea is read that was not read in time

SAME = Choice({"yes": _("Sí"), "no": _("No es lo mismo")}, {"no": ("no", "es distinta", "es diferente")})
FINE = Choice({"yes": _("Sí"), "no": _("No")})
WHAT_DO_YOU_THINK = _("¿Qué te parece?")
OPINION = Choice({"yes": _("Bien"), "no": _("No estoy de acuerdo")}, {"no": ("no", "mal"), "yes": ("si",)})
WISH = Choice(
    {
        "change": _("Cambiarla"),
        "other": _("Que la lea otra persona del equipo"),
        "nothing": _("Nada más"),
    },
    {"nothing": ("no", "nada")},
)
OPINION_SHORT = Choice({"yes": _("Bien"), "no": _("No")}, {"yes": ("si",)})
WISH_SHORT = Choice({key: label for key, label in WISH.labels.items() if key != "change"}, {"nothing": ("no", "nada")})
ASKS: dict[str, tuple[str, str, Choice]] = {  # kind of news -> (name, question, kind of answer)
    "joined": ("same", _("¿Es lo mismo que tú dijiste?"), SAME),
    "own": ("fine", _("¿Así está bien?"), FINE),
    "other_office": ("opinion", WHAT_DO_YOU_THINK, OPINION),
    "already_done": ("opinion", WHAT_DO_YOU_THINK, OPINION),
    "out_of_scope": ("wish", _("¿Qué quieres?"), WISH),
    "done": ("done", DONE_QUESTION, DONE),  # asked by conversations/done.py
}


_UNSAID = Said("", {})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One change of an idea, before it has words."""

    kind: str  # of ASKS, or 'undone' 'kept' 'late' 'late told' 'shown', which ask nothing
    idea_id: int
    number: int
    lab: Lab
    at: datetime
    title: Said = _UNSAID  # of the option it is with
    short_title: Said = _UNSAID
    others: int = 0  # ideas that say the same
    spoken_at: datetime | None = None  # when it is spoken of
    option: int | None = None  # its number on the list
    next_time: bool = False  # the choice of now is open already
    because: Said = _UNSAID
    office: str = ""
    reference: str = ""
    until: date | None = None
    joined: bool = False  # of 'kept': it stays with others
    again: bool = False  # a second person read it


def retold(unit: Unit, number: int, subject: str) -> News:
    """The change that a subject names: 'link 12', 'outcome 7', 'done 7', 'undone 12', 'kept 3', 'late', 'late told',
    'shown ...'."""
    idea = ideas.by_number(unit, number)
    if idea is None:
        raise LookupError(f"there is no idea {number}")
    kind, _space, which = subject.partition(" ")
    lab = labs.lab_by_id(unit, idea.lab_id)
    plain = News(kind=kind, idea_id=idea.id, number=number, lab=lab, at=unit.now)
    if kind in ("link", "undone"):
        return _of_link(unit, plain, int(which))
    if kind in ("outcome", "done"):
        return _of_outcome(unit, plain, int(which))
    if kind == "kept":
        return _of_appeal(unit, plain, int(which))
    return _of_clock(unit, _with(plain, kind=subject if kind == "late" else kind))


def _of_link(unit: Unit, plain: News, link_id: int) -> News:
    link = idea_states.link_by_id(unit, link_id)
    idea, standing = ideas.by_number(unit, plain.number), idea_states.of(unit, plain.number)
    kind = "undone" if plain.kind == "undone" else "joined" if link.relation == JOINED else "own"
    return _with(
        plain,
        kind=kind,
        at=link.at,
        title=written(link, "title"),
        short_title=written(link, "short_title"),
        others=idea_states.others(unit, link.problem_id, plain.idea_id),
        spoken_at=idea_states.spoken_at(unit, idea) if idea else None,
        option=idea_states.option_of(unit, link.problem_id),
        again=idea_states.appealed_before(unit, plain.idea_id, link.at),
        next_time=standing is not None and idea_states.next_time(unit, standing),
    )


def _of_outcome(unit: Unit, plain: News, outcome_id: int) -> News:
    found = idea_states.outcome_by_id(unit, outcome_id)
    return _with(
        plain,
        kind="done" if plain.kind == "done" else found.outcome,
        at=found.at,
        because=written(found, "reason"),
        office=found.office,
        reference=found.reference,
        until=found.next_on,
        again=idea_states.appealed_before(unit, plain.idea_id, found.at),
    )


def _of_appeal(unit: Unit, plain: News, appeal_id: int) -> News:
    found = idea_states.appeal_by_id(unit, appeal_id)
    return _with(
        plain,
        at=found.answered_at or unit.now,
        because=written(found, "answer_text"),
        joined=found.about == "joined",
        again=True,
    )


def _of_clock(unit: Unit, plain: News) -> News:
    today = promised.local_day(unit.now, plain.lab.tz)
    return _with(plain, until=working_day_after(today, READ_ANYWAY))


def _with(plain: News, **known: object) -> News:
    same = {name: getattr(plain, name) for name in News.__slots__}
    return News(**(same | known))


# --- in words -----------------------------------------------------------------------------------------------------


def said(catalogues: Catalogues, voice: Voice, news: News, person: str) -> str:
    """What happened, without its question."""
    title = news.short_title if voice.short else news.title
    args: dict[str, object] = {
        "person": person,
        "number": news.number,
        "title": title,
        "option": news.option,
        "others": Count(*n_("Otra persona dijo lo mismo.", "Otras {n} personas dijeron lo mismo."), news.others),
        "because": news.because.each(_inside if news.kind == "kept" else _bare),
        "office": news.office,
        "reference": news.reference,
        "day": When(news.at, news.lab.tz, "day"),
        **dict.fromkeys(("ask_on", "until"), on(news.until, news.lab.tz) if news.until else ""),
    }
    texts = [catalogues.text(voice, text, **args).replace(" a el ", " al ") for text in _texts(news)]  # as it is said
    if news.spoken_at is not None and news.kind == "joined" and not voice.short:
        spoken = When(news.spoken_at, news.lab.tz, "day")
        texts.append(catalogues.text(voice, _("Se habla el {day}."), day=spoken))
    return " ".join(texts)


def _bare(reason: str) -> str:
    return reason.rstrip(".")


def _inside(reason: str) -> str:
    """A reason behind 'porque'."""
    return reason[:1].lower() + _bare(reason[1:])


def _texts(news: News) -> Sequence[str]:
    lead = [_("La leyó otra persona.")] if news.again and news.kind not in ("own", "kept") else []
    return [*lead, _text(news)]


def _text(news: News) -> str:
    match news.kind:
        case "joined":
            return _JOINED if news.others else _("{person}, leímos tu idea {number}. La pusimos en «{title}».")
        case "own":
            return _OWN[news.again, "" if news.next_time else news.option is not None]
        case "other_office":
            return _OFFICE[bool(news.reference), news.until is not None]
        case "kept":
            return _KEPT[news.joined]
        case kind:
            return _TOLD[kind]


_JOINED = _("{person}, leímos tu idea {number}. {others} Las unimos en «{title}».")
_OWN = {  # (after an appeal, on a list already; "": too late for the list of now)
    (False, ""): _("{person}, leímos tu idea {number}. Va sola. La elección de ahora ya se abrió: va para otra."),
    (True, ""): _("Tienes razón. La idea {number} va sola. La elección de ahora ya se abrió: va para otra."),
    (False, True): _("{person}, leímos tu idea {number}. Va sola, como opción {option}."),
    (False, False): _("{person}, leímos tu idea {number}. Va sola, como una opción más."),
    (True, True): _("Tienes razón. La idea {number} va sola, como opción {option}."),
    (True, False): _("Tienes razón. La idea {number} va sola, como una opción más."),
}
_OFFICE = {  # (has a number there, is asked about again)
    (True, True): _(
        "{person}, tu idea {number} le toca a {office}. La entregamos el {day}, con número {reference}."
        " Si no responden antes del {ask_on}, preguntamos otra vez y te cuento."
    ),
    (True, False): _("{person}, tu idea {number} le toca a {office}. La entregamos el {day}, con número {reference}."),
    (False, True): _(
        "{person}, tu idea {number} le toca a {office}. La entregamos el {day}."
        " Si no responden antes del {ask_on}, preguntamos otra vez y te cuento."
    ),
    (False, False): _("{person}, tu idea {number} le toca a {office}. La entregamos el {day}."),
}
_KEPT = {
    True: _(
        "La leyó otra persona. La idea {number} queda unida, porque {because}. Tu texto se lee aparte en la reunión."
    ),
    False: _("La leyó otra persona. La idea {number} queda igual, porque {because}."),
}
_TOLD = {
    "out_of_scope": _("{person}, tu idea {number} no entra esta vez. Razón: {because}."),
    "already_done": _("{person}, sobre tu idea {number}: {because}."),
    "done": _("{person}, sobre tu idea {number}: {because}."),
    "undone": _("{person}, tu idea {number} ya no está unida a «{title}». Una persona la lee otra vez y te cuenta."),
    "late": _("{person}, todavía no leímos tu idea {number}. Perdón. La leemos antes del {until}."),
    "late told": _(
        "{person}, todavía no leímos tu idea {number}. Perdón. La leemos antes del {until}. Avisé a la encargada."
    ),
    "shown": _("{person}, quitamos nombres de otras personas de tu idea {number}. Para verla, escribe MI IDEA."),
}


# --- messages -----------------------------------------------------------------------------------------------------


def asks(news: News, voice: Voice) -> tuple[str, str, Choice] | None:
    """(name, question, kind of answer) of a change; None: it asks nothing."""
    found = ASKS.get(news.kind)
    return (found[0], found[1], shorter(found[2], voice)) if found else None


def shorter(kind: Choice, voice: Voice) -> Choice:
    """The same for this channel: an SMS has no room for a third way, nor for long words."""
    return {"wish": WISH_SHORT, "opinion": OPINION_SHORT}.get(_named(kind), kind) if voice.short else kind


def _named(kind: Choice) -> str:
    return next((name for name, _question, one in ASKS.values() if one is kind), "")


def told(catalogues: Catalogues, variant: Variant, news: News) -> Reply:
    """The message of a change. A shared phone is asked first, and reads nothing of the idea before."""
    if variant.shared:
        return broadcast.worded(
            catalogues, variant, NEUTRAL_NEWS, name="see", options=SEE.options(), listed=0, lab=news.lab.name
        )
    text = said(catalogues, variant.voice, news, NAME)
    name, question, kind = asks(news, variant.voice) or ("", "", None)
    options = kind.options() if kind else ()
    news_in_short = text.removeprefix(f"{NAME}, ").removeprefix(f"{NAME}: ").rstrip(".")
    template = broadcast.approved(catalogues, variant, "idea_novedad", news.number, news_in_short)
    return broadcast.worded(
        catalogues, variant, "{told}", question=question, name=name, options=options, template=template, told=text
    )


def letters_over(catalogues: Catalogues, news: News) -> tuple[int, str]:
    """(how many letters too long its longest SMS is, in which language); 0 = it fits one."""
    variants = [f"sms/{lang}/{form}/own/all" for lang, form in (("es", "tu"), ("es", "usted"), ("en", "tu"))]
    texts = [(v, told(catalogues, v, news).text) for v in map(broadcast.variant_of, variants)]
    return max((_over(text, v.voice.lang), v.voice.lang) for v, text in texts)


def _over(text: str, lang: str) -> int:
    cut = next((n for n in range(len(text)) if parts(text[: len(text) - n], lang) <= 1), 0)
    return cut
