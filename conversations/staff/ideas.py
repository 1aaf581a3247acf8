"""IDEAS: what people propose is read, the oldest first, and answered; IDEAS 27: that one (conversations.md 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.actions import ideas as act
from bot.actions.ideas import Done, Office
from bot.actions.staff import lines, meanwhile
from bot.i18n import Catalogues, Count, Label, When, _, n_
from bot.kinds import NO_WORDS, Choice, Date, Text
from bot.ladder import Shown
from bot.promised import local_day
from bot.talk import Talk, conversation
from bot.words import plain
from conversations.staff import team, translating
from conversations.staff.answers import Why
from storage import idea_states, labs, promises
from storage.idea_states import Standing
from storage.staff import Member
from storage.tables.ideas import IDEA

AT_ONCE = 12  # ideas of one talk
MOST = 4  # options to join it with; the others by their name
WHAT = {
    "join": _("Unir"),
    "own": _("Sola, como opción"),
    "office": _("Es de otra oficina"),
    "out": _("No entra"),
    "done": _("Ya se hizo"),
    "keep": _("Queda igual"),
    "undo": _("Separarla"),
    "hide": _("Tapar nombres"),
    "next": _("Leer otra"),
}
UNREAD = ("join", "own", "office", "out", "next")
APPEALED = ("join", "own", "office", "out", "keep", "next")
ANY = ("join", "own", "office", "out", "done", "hide")
ANY_LINKED = ("undo", "office", "out", "done", "hide")


@dataclass(frozen=True)
class DayOrNone(Date):
    """A day, kept as '2026-12-10', or 0 for none, kept as ''."""

    def parse(self, reply: str, shown: Shown) -> str:
        """Raises Invalid as Date does."""
        return "" if plain(reply) in ("0", "cero", *NO_WORDS) else super().parse(reply, shown)

    def holds(self, value: object) -> bool:
        """A day, or none."""
        return value == "" or super().holds(value)


@conversation("ideas", "leer ideas", "read ideas", act="ideas", numbers=True)
def ideas(talk: Talk) -> None:
    """What waits in her communities, one after another; or the one she names."""
    word = str(talk.args.get("word", ""))
    found = talk.look("waiting", lambda: _waiting(talk, word))
    if not found:
        told = _("No hay una idea {number} en tus comunidades.") if word else _("No hay ideas por leer.")
        return talk.say(told, number=word)
    said, last = "", ""
    for number in found[:AT_ONCE]:
        one = _one(talk, number)
        if one is None:
            continue
        if one["decided"]:
            return talk.say(lines.ANOTHER_READER, number=number)
        header = _header(talk, one) if one["lab"] != last and not word else ""
        last = one["lab"]
        said = _answered(talk, one, " ".join(part for part in (said, header) if part), alone=bool(word))
    team.say(talk, said)
    if not word:
        talk.say(_("Para seguir, escribe IDEAS.") if len(found) > AT_ONCE else _("No hay más ideas por leer."))
    return None


def _one(talk: Talk, number: int) -> dict[str, Any] | None:
    return talk.look(f"idea.{number}", lambda: _read(talk, number))


# --- which ideas --------------------------------------------------------------------------------------------------


def _waiting(talk: Talk, word: str) -> list[int]:
    """Numbers of what waits, one community after another; what she decided herself is another person's to read."""
    mine, me = team.reach(talk, "ideas"), team.me(talk)
    if word:
        named = idea_states.of(talk.db, int(word)) if word.isdecimal() and len(word) < 10 else None
        return [named.idea.number] if named and named.idea.lab_id in mine else []
    found = [one for one in act.listed(talk.db, mine) if one.appeal is None or not me or one.appeal.first_by != me.by]
    order = list(dict.fromkeys(one.idea.lab_id for one in found))
    return [one.idea.number for one in sorted(found, key=lambda one: order.index(one.idea.lab_id))]


def _read(talk: Talk, number: int) -> dict[str, Any] | None:
    """An idea as she reads it, as JSON; None: there is nothing left to do about it."""
    held = idea_states.of(talk.db, number)
    if held is None or held.idea.withdrawn_at is not None:
        return None
    lab = labs.lab_by_id(talk.db, held.idea.lab_id)
    unread = idea_states.unread(talk.db, [lab.id])
    waits = [one for one in idea_states.to_answer(talk.db, [lab.id]) if one.waits]
    oldest = min((one.idea.at for one in unread or waits), default=held.idea.at)
    age = (local_day(talk.db.now, lab.tz) - local_day(oldest, lab.tz)).days
    known = [[slug, title, count] for _id, slug, title, count in idea_states.problems(talk.db, lab.id)]
    kept = [[p.problem, p.title, p.text] for p in promises.of_lab(talk.db, lab.id)]
    return {
        "number": number,
        "text": held.idea.shown or held.idea.text or "",
        "lab": lab.name,
        "lab_id": lab.id,
        "tz": lab.tz,
        "today": local_day(talk.db.now, lab.tz).isoformat(),
        "unread": len(unread),
        "waits": len(waits),
        "oldest": oldest.isoformat(),
        "age": age,
        "problems": known,
        "promises": kept,
        **_stands(talk, held),
    }


def _stands(talk: Talk, held: Standing) -> dict[str, Any]:
    """decided: she did, and the author does not agree."""
    me = team.me(talk)
    return {
        "decided": held.appeal is not None and me is not None and held.appeal.first_by == me.by,
        "stands": held.stands,
        "linked": held.link.title if held.link else "",
        "appeal": (held.appeal.text or "") if held.appeal else None,
        "readers": translating.readers(talk, held.idea.lab_id, act.langs(talk.db, held)),
    }


def _header(talk: Talk, one: dict[str, Any]) -> str:
    """'San Martín: 4 ideas sin leer, la más vieja de ayer.'"""
    count = Count(*n_("{n} idea sin leer", "{n} ideas sin leer"), one["unread"])
    if not one["unread"]:
        count = Count(*n_("{n} idea sin respuesta", "{n} ideas sin respuesta"), one["waits"])
    day = Label(_("del {day}"), {"day": When(team.moment(one["oldest"]), one["tz"], "day")})
    when = {0: Label(_("de hoy")), 1: Label(_("de ayer"))}.get(one["age"], day)
    if (one["unread"] or one["waits"]) < 2:
        return talk.text(_("{lab}: {count}, {when}."), lab=one["lab"], count=count, when=when)
    return talk.text(_("{lab}: {count}, la más vieja {when}."), lab=one["lab"], count=count, when=when)


# --- what is done with one ----------------------------------------------------------------------------------------


def _answered(talk: Talk, one: dict[str, Any], lead: str, *, alone: bool) -> str:
    """Ask what to do, and do it; what is said of it before the next one."""
    number = one["number"]
    labels = {key: WHAT[key] for key in _ways(one, alone)}
    before = " ".join(part for part in (lead, _shown(talk, one)) if part)
    what = talk.ask(f"what.{number}", _("¿Qué hago?"), Choice(labels), before=before)
    match what:
        case "join":
            return _join(talk, one)
        case "office":
            return _office(talk, one)
        case "done":
            return _done(talk, one)
        case "undo":
            return _do(talk, one, what)
        case "next":
            return ""
    return _with_words(talk, one, what)


def _ways(one: dict[str, Any], alone: bool) -> tuple[str, ...]:
    if not alone:
        return UNREAD if one["appeal"] is None else APPEALED
    ways = ANY_LINKED if one["linked"] else ANY
    return ways if one["appeal"] is None else (*ways[:-1], "keep")


def _shown(talk: Talk, one: dict[str, Any]) -> str:
    """The words, where it stands, and why its author does not agree."""
    told = _("Idea {number}: «{text}».") if one["text"] else _("Idea {number}: un audio que nadie ha escrito todavía.")
    parts = [talk.text(told, number=one["number"], text=one["text"])]
    if one["linked"]:
        parts.append(talk.text(_("Está en «{title}»."), title=one["linked"]))
    if one["appeal"] is not None:
        against = _("Quien la escribió no está de acuerdo: «{said}».") if one["appeal"] else _OBJECTS
        parts.append(talk.text(against, said=one["appeal"]))
    return " ".join(parts)


NEXT_TIME = _("La elección ya se abrió: va para otra.")
_OBJECTS = _("Quien la escribió pide que la lea otra persona.")


def _join(talk: Talk, one: dict[str, Any]) -> str:
    number = one["number"]
    labels = {slug: _counted(talk, title, count) for slug, title, count in one["problems"][:MOST]}
    problem = talk.ask(f"with.{number}", _("¿Con cuál?"), Choice(labels | {"-": _("Otra")}))
    if problem == "-":
        rest = {slug: str(title) for slug, title, _count in one["problems"][MOST : MOST + 6]}
        if not rest:
            return talk.text(_("No hay otro tema. Para ponerla sola, escribe IDEAS {number}."), number=number)
        problem = talk.ask(f"other.{number}", _("¿Con cuál?"), Choice(rest))
    joined = _("Unida. Le aviso a la persona y le pregunto si es lo mismo.")
    return _do(talk, one, "join", problem, done=joined)


def _counted(talk: Talk, title: str, count: int) -> str:
    if not count:
        return str(title)
    ideas_ = Count(*n_("{n} idea", "{n} ideas"), count)
    return talk.text(_("{title} ({count})"), title=title, count=ideas_)


def _office(talk: Talk, one: dict[str, Any]) -> str:
    number = one["number"]
    name = talk.ask(
        f"office.{number}", _("¿A qué oficina le toca? Ejemplo: el municipio, oficina de obras"), Text(max=act.OFFICE)
    )
    reference = talk.ask(
        f"reference.{number}", _("¿Con qué número la recibieron? Si no hay, escribe 0."), Text(max=act.REFERENCE)
    )
    ask_on = talk.ask(
        f"again.{number}",
        _("¿Cuándo preguntamos otra vez? Ejemplo: jueves 10 dic. Si no hace falta, escribe 0."),
        DayOrNone(date.fromisoformat(one["today"])),
    )
    given = Office(
        name=name,
        reference="" if reference == "0" else reference,
        ask_on=date.fromisoformat(ask_on) if ask_on else None,
    )
    return _do(talk, one, "office", given)


def _done(talk: Talk, one: dict[str, Any]) -> str:
    number, problem = one["number"], ""
    if one["promises"]:
        labels = {f"{slug}": f"{title}: {text}" for slug, title, text in one["promises"][:5]}
        problem = talk.ask(f"promise.{number}", _("¿Es un compromiso?"), Choice(labels | {"-": _("No")}))
    why = talk.ask(
        f"done.{number}",
        _("La persona lo va a leer. En una frase: ¿quién lo hizo y cuándo?"),
        Text(max=act.SHORT_REASON),
    )
    named = "" if problem == "-" else problem
    return _do(talk, one, "done", why, named, _in_each(talk, one, why))


def _with_words(talk: Talk, one: dict[str, Any], what: str) -> str:
    """What needs one sentence of hers."""
    number = one["number"]
    question, most = _SENTENCE[what]
    if what not in ("out", "keep"):
        return _do(talk, one, what, talk.ask(f"says.{what}.{number}", question, Text(max=most)))
    said = talk.ask(f"says.{what}.{number}", question, Why(max=most))
    return _do(talk, one, what, said, _in_each(talk, one, said))


def _in_each(talk: Talk, one: dict[str, Any], why: str) -> dict[str, dict[str, str]]:
    """The reason in the language of the author too. A talk that was begun by an earlier version asks nothing."""
    field = f"reason.{one['number']}"  # one talk asks about many ideas
    told = translating.asked(talk, one.get("readers", {}), {field: (why, act.SHORT_REASON)})
    return {lang: {"reason": said[field]} for lang, said in told.items()}


_SENTENCE = {
    "own": (_("¿Cómo se llama en la lista? Caben 30 letras."), act.TITLE),
    "out": (_("La persona lo va a leer. En una frase y sin nombres: ¿por qué no entra?"), act.SHORT_REASON),
    "keep": (_("La persona lo va a leer. En una frase y sin nombres: ¿por qué queda igual?"), act.SHORT_REASON),
    "hide": (_("Escribe la idea sin los nombres. Así sale en la lista. Su texto se guarda."), IDEA),
}
_ACTS: Mapping[str, Callable[..., Done]] = {
    "join": act.join,
    "own": act.own,
    "office": act.other_office,
    "out": act.out_of_scope,
    "done": act.already_done,
    "keep": act.keep,
    "undo": act.undo,
    "hide": act.hide_names,
}


def _do(talk: Talk, one: dict[str, Any], what: str, *said: object, done: str = "") -> str:
    """Do it in this turn, the first time only; what is said of it."""
    kept = talk.once(f"did.{one['number']}", lambda: _acted(talk, one, what, said))
    if no := kept.get("refused") or kept.get("meanwhile"):
        return str(no)
    told = done or _("Listo. Le aviso a la persona.")
    text = talk.text(told if kept["told"] else _("Listo. No hay a quién avisar."))
    return f"{text} {talk.text(NEXT_TIME)}" if kept.get("next_time") else text


def _acted(talk: Talk, one: dict[str, Any], what: str, said: Sequence[object]) -> team.Result:
    def work(words: Catalogues, me: Member) -> team.Result:
        if what != "hide":  # which says nothing of how it stands
            meanwhile.idea(talk.db, words, idea_states.hold(talk.db, one["number"]), one.get("stands"))
        acted = _ACTS[what](talk.db, words, one["number"], *said, by=me.by)
        return {"told": acted.told, "next_time": what == "own" and idea_states.next_time(talk.db, acted.standing)}

    return team.tried(talk, "ideas", one["lab_id"], work)
