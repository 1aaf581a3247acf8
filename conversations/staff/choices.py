"""ABRIR and CERRAR a choice, DECIDIR with its reason. Who chose what is shown to nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from bot import ties
from bot.actions import contest as act
from bot.actions import decide as deciding
from bot.actions.staff import codes
from bot.i18n import And, Label, When, _
from bot.kinds import Choice, Text, YesNo
from bot.results import NO_NEXT_STEP, OUTCOMES, stopped
from bot.talk import Talk, conversation
from conversations.staff import price, team, translating
from conversations.staff.answers import Drawn, Lock, Minute, Why
from conversations.staff.sending import fits
from conversations.staff.sure import sure
from storage import contests, labs, overview
from storage.texts import Texts

MOST = 6
TIED = "tied"  # closed, and its tie waits for the public draw
OTHERS = ("draft", "open", "closed", "published")


def _contest(talk: Talk, *states: str) -> dict[str, Any] | None:
    """The choice she names, the only one, or the one she takes from the list."""
    found = talk.look("contests", lambda: _found(talk, str(talk.args.get("word", "")), states))
    if not found:
        word = str(talk.args.get("word", ""))
        named = talk.look("other", lambda: _found(talk, word, OTHERS))
        told = _("La elección {slug} ya se abrió.") if "draft" in states else _("La elección {slug} no está abierta.")
        talk.say(told if named else _("No hay una elección así en tus comunidades."), **(named[-1] if named else {}))
        return None
    which = found[0]["slug"]
    if len(found) > 1:
        which = talk.ask("which", _("¿Cuál elección?"), Choice({one["slug"]: one["title"] for one in found}))
    return next(one for one in found if one["slug"] == which)


def _found(talk: Talk, word: str, states: tuple[str, ...]) -> list[dict[str, Any]]:
    mine = team.reach(talk, "contest")
    rows = [row for row in overview.contests(talk.db) if row.lab_id in mine and _is(talk, row, states)]
    named = [row for row in rows if fits(word, row.slug)] if word else rows
    told = ("slug", "title", "lab_id", "state")
    closes = {row.id: row.closes_at.isoformat() if row.closes_at else "" for row in named}
    return [{name: getattr(row, name) for name in told} | {"closes_at": closes[row.id]} for row in named[-MOST:]]


def _is(talk: Talk, row: Any, states: tuple[str, ...]) -> bool:
    return row.state in states or (TIED in states and ties.for_draw(contests.facts(talk.db, row.slug)))


@conversation("abrir", "open", act="contest")
def open_choice(talk: Talk) -> None:
    """Whom it asks and in which words; the typed number opens it and freezes its options."""
    about = _contest(talk, "draft")
    if about is None:
        return None
    slug = about["slug"]
    if not sure(talk):
        return None
    seen = talk.look("seen", lambda: team.read(talk, lambda words: _seen(talk, words, slug)))
    if "refused" in seen:
        return team.say(talk, seen["refused"])
    go = talk.ask(
        "go",
        _("Para abrir, escribe: ABRIR {people}"),
        Lock("ABRIR", seen["people"]),
        before=talk.text(
            _("{title} {options}. Son {people} personas. Opciones y reglas ya no cambian. «{text}»"),
            title=about["title"], options=And(seen["options"]), people=seen["people"], text=seen["sample"],
        )
        + " "
        + price.told(talk, seen["cost"], team.moment(seen["now"]), seen["tz"]),
        again=_("Escribe ABRIR {people} o NO."),
        people=seen["people"],
    )  # fmt: skip
    if not go:
        return talk.say(_("No abrí nada."))
    done = talk.once("opened", lambda: _open(talk, about, seen["people"]))
    if "refused" in done:
        return team.say(talk, done["refused"])
    return talk.say(_("Abierta. La pregunta está en camino: {people}."), people=done["people"])


def _seen(talk: Talk, words: Any, slug: str) -> dict[str, Any]:
    seen = act.preview(talk.db, words, slug)
    told = {"people": seen.people, "options": list(seen.options), "sample": price.words(seen.samples)}
    return told | {"cost": price.cost(talk, seen.mailings), "now": talk.db.now.isoformat(), "tz": seen.lab.tz}


def _open(talk: Talk, about: dict[str, Any], people: int) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        codes.still(talk.db, words, me)
        return {"people": act.open_(talk.db, words, about["slug"], me.by, people).pending}

    return team.tried(talk, "contest", about["lab_id"], work)


@conversation("cerrar", "close", act="contest")
def close_choice(talk: Talk) -> None:
    """Close it now and count; later choices do not count. Of a closed one whose tie waits: what was drawn."""
    about = _contest(talk, "open", TIED)
    if about is None:
        return None
    if about.get("state") == "closed":
        return _drawn(talk, about)
    early, before = talk.look("early", lambda: _early(talk, about["closes_at"], about["lab_id"])), ""
    if early:
        closes = When(datetime.fromisoformat(early["at"]), early["tz"])
        before = talk.text(_("Se dijo que se puede elegir hasta el {closes}."), closes=closes)
    if not talk.ask("sure", _("¿Cierro ahora {title}?"), YesNo(), before=before, title=f"«{about['title']}»"):
        return talk.say(_("Sigue abierta."))
    done = talk.once("closed", lambda: _close(talk, about))
    if "refused" in done:
        return team.say(talk, done["refused"])
    if tie := talk.look(f"tie.{talk.lang}", lambda: _tie(talk, about["slug"])):
        waits = _("Cerrada. Participaron {count}. {tie} Cuando salga, escribe CERRAR {slug}.")
        return talk.say(waits, count=done["took_part"], tie=tie, slug=about["slug"])
    told = _("Cerrada. Participaron {count}. Falta decidir con su razón: {titles}. Escribe DECIDIR y el tema.")
    return talk.say(told, count=done["took_part"], titles=And(done["options"]))


def _early(talk: Talk, closes_at: str, lab_id: int) -> dict[str, str] | None:
    """Until when people were told that they can choose, where that is still ahead."""
    ahead = datetime.fromisoformat(closes_at) > talk.db.now
    return {"at": closes_at, "tz": labs.lab_by_id(talk.db, lab_id).tz} if ahead else None


def _close(talk: Talk, about: dict[str, Any], numbers: str | None = None) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        facts = act.close_(talk.db, words, about["slug"], me.by, numbers)
        told = {"took_part": facts.took_part, "options": [o.short_title for o in facts.options]}
        return told | {"won": [o.short_title for o in facts.chosen], "numbers": ties.numbers(facts.seed or "")}

    return team.tried(talk, "contest", about["lab_id"], work)


def _tie(talk: Talk, slug: str) -> str:
    """Who are equal and which draw decides; '' where none does."""
    facts = contests.facts(talk.db, slug)
    if not ties.for_draw(facts):
        return ""
    titles = And(o.title for o in facts.waiting)
    return talk.text(
        _("Empataron {titles}. Decide el sorteo: {source}."), titles=titles, source=ties.draw(facts.contest)
    )


def _drawn(talk: Talk, about: dict[str, Any]) -> None:
    """The numbers of the draw, once it has spoken: given once, they stay."""
    before = talk.look(f"tie.{talk.lang}", lambda: _tie(talk, about["slug"]))
    asks = _("¿Qué números salieron? Si todavía no salen, escribe NADA.")
    numbers = talk.ask("numbers", asks, Drawn(), before=before)
    if not numbers or not talk.ask(
        "drawn", _("Sorteo: {numbers}. Después ya no cambia. ¿Es así?"), YesNo(), numbers=numbers
    ):
        return talk.say(_("El empate espera su sorteo."))
    done = talk.once("settled", lambda: _close(talk, about, numbers))
    if "refused" in done:
        return team.say(talk, done["refused"])
    told = _("Anotado: {numbers}. Se eligió {won}. Falta decidir con su razón: {titles}. Escribe DECIDIR y el tema.")
    return talk.say(told, numbers=done["numbers"], won=And(done["won"]), titles=And(done["options"]))


@conversation("decidir", "decide", act="decide")
def decide(talk: Talk) -> None:
    """What becomes of a problem, and why; with the last one the result is told, by the typed number."""
    named = _named(talk)
    if not named:
        return talk.say(_("No hay un tema así por decidir. Escribe DECIDIR y el tema. Ejemplo: DECIDIR agua"))
    asked_by = team.nonce(talk)  # at each message anew: others may have decided since it was asked
    if told := talk.look(f"told.{asked_by}", lambda: _told(talk, named)) if asked_by.strip(":") else {}:
        return _over(talk, told)
    about = _problem(talk, named)
    if tie := talk.look(f"tie.{talk.lang}", lambda: _tie(talk, about["contest"])):
        return talk.say(_("{tie} Cuando salga, escribe CERRAR {slug}."), tie=tie, slug=about["contest"])
    if about.get("outcome") and not _changes(talk, about):
        return talk.say(_("Está bien. Sigue igual."))
    outcomes = dict(OUTCOMES)
    outcome = talk.ask("outcome", _("¿Qué se decidió de {problem}?"), Choice(outcomes), problem=about["problem"])
    reason = Why(max=deciding.MAX_REASON, lacks=deciding.NO_REASON, about={"title": about["title"]})
    why = talk.ask("why", _("¿Por qué? Escríbelo en una frase. La gente lo va a leer."), reason)
    step = ""
    if outcome == "not_now":
        step = talk.ask("step", _("¿Qué sigue y cuándo? Si no hay nada, escribe NADA."), Text(max=deciding.MAX_STEP))
        step = "" if step.strip().lower() in ("nada", "nothing") else step
    minute = _minute(talk, about)
    said = _said(talk, about["lab_id"], (about["key"], why, outcome, step), minute)
    lead = ""
    for n in range(team.AGAIN):
        seen = talk.look(f"seen{n or ''}", lambda: team.read(talk, lambda words: _judged(talk, words, said)))
        done = _once(talk, about, said, seen, lead, str(n or ""))
        if done is None:
            return None
        if "meanwhile" not in done:
            return _written(talk, seen, done)
        lead = done["meanwhile"]
    return talk.say(_("No guardé la decisión."))


First = tuple[str, str, str, str]  # problem, reason, outcome, next step
Said = tuple[str, str, str, str, Texts, str]  # the same; reason and next step in other languages; an assembly's minute


def _minute(talk: Talk, about: dict[str, Any]) -> str:
    """Who decided a tie in the assembly, when, and what was written down; '' where it is not asked for."""
    if not talk.look("assembly", lambda: _by_assembly(talk, about)):
        return ""
    asks = _("Empató y decidió la asamblea. ¿Quién decidió, cuándo y qué dice el acta? La gente lo va a leer.")
    return talk.ask("minute", asks, Minute(max=ties.MAX_MINUTE))


def _by_assembly(talk: Talk, about: dict[str, Any]) -> bool:
    facts = contests.facts(talk.db, about["contest"])
    option = next(one for one in facts.options if one.problem == about["slug"])
    return ties.by_assembly(facts, option) and not facts.minute


def _said(talk: Talk, lab_id: int, first: First, minute: str) -> Said:
    """With its words in the other languages that somebody reads."""
    _key, why, _outcome, step = first
    heard = talk.look("readers", lambda: team.read(talk, lambda words: _readers(talk, words, lab_id, first, minute)))
    fields = {"reason": (why, deciding.MAX_REASON), "next_step": (step, deciding.MAX_STEP)}
    return (*first, translating.asked(talk, heard.get("readers", {}), fields), minute)


def _readers(talk: Talk, words: Any, lab_id: int, first: First, minute: str) -> dict[str, Any]:
    seen = deciding.preview(talk.db, words, *first, minute=minute)
    return {"readers": translating.readers(talk, lab_id, seen.langs)}


def _once(
    talk: Talk, about: dict[str, Any], said: Said, seen: dict[str, Any], lead: str, round: str
) -> team.Result | None:
    """One try; None: it was refused, or she does not want it."""
    if "refused" in seen:
        team.say(talk, seen["refused"])
        return None
    if seen["publishes"] and not sure(talk):
        return None
    if seen["publishes"] and not _last(talk, seen, lead, round):
        talk.say(_("No guardé la decisión."))
        return None
    return talk.once(f"decided{round}", lambda: _decide(talk, about, said, seen))


def _written(talk: Talk, seen: dict[str, Any], done: team.Result) -> None:
    if "refused" in done:
        return team.say(talk, done["refused"])
    if seen["publishes"]:
        return talk.say(_("Publicado. El resultado está en camino: {people}."), people=done["people"])
    return talk.say(_("Anotado. Falta decidir: {titles}."), titles=And(done["left"]))


def _named(talk: Talk) -> list[dict[str, Any]]:
    found = talk.look("problems", lambda: _undecided(talk))
    word = str(talk.args.get("word", ""))
    if not word:
        return found
    named = [one for one in found if fits(word, one["slug"], one["problem"], one["title"])]
    return named or talk.look("decided", lambda: _decided(talk, word))


def _told(talk: Talk, named: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The choice whose result was told, where nothing of what she named is left to decide; {} while something is."""
    closed = {row.slug for row in overview.contests(talk.db) if row.state == "closed"}
    slugs = [str(one["contest"]) for one in named]
    if closed & set(slugs):
        return {}
    at = deciding.told_at(talk.db, slugs[0])
    tz = labs.lab_by_id(talk.db, named[0]["lab_id"]).tz
    return {"slug": slugs[0], "at": at.isoformat() if at else "", "tz": tz, "waits": bool(at and at > talk.db.now)}


def _over(talk: Talk, told: dict[str, Any]) -> None:
    """When it was told, and how what was told is put right."""
    if not told["at"]:
        over = _("El resultado de {slug} ya se publicó y se contó a la gente. Ya no cambia.")
        return talk.say(over, slug=told["slug"])
    at = team.moment(told["at"])
    if told["waits"]:
        waits = _(
            "El resultado de {slug} ya se publicó y sale el {when}. Ya no cambia. Para detenerlo, escribe ALTO ENVIO."
            " Cuando salga, se corrige con CORREGIR ENVIO."
        )
        return talk.say(waits, slug=told["slug"], when=When(at, told["tz"]))
    over = _(
        "El resultado de {slug} se contó a la gente el {day}. Ya no cambia. Para corregir lo que se contó, escribe"
        " CORREGIR ENVIO."
    )
    return talk.say(over, slug=told["slug"], day=When(at, told["tz"], "day"))


def _changes(talk: Talk, about: dict[str, Any]) -> bool:
    """What was decided of it, as it stands; whether she wants it otherwise."""
    stands = _("De {problem} ya dice: {outcome}. Razón: {reason}")
    told = [talk.text(stands, problem=about["problem"], outcome=Label(OUTCOMES[about["outcome"]]), reason=about["why"])]
    if about["step"]:
        told.append(talk.text(_("Próximo paso: {step}"), step=about["step"]))
    return talk.ask("changes", _("¿Lo cambias?"), YesNo(), before=" ".join(told))


def _problem(talk: Talk, named: list[dict[str, Any]]) -> dict[str, Any]:
    if len(named) == 1:
        return named[0]
    several = len({one["lab"] for one in named}) > 1
    labels = {one["key"]: f"{one['title']} ({one['lab']})" if several else one["title"] for one in named[:MOST]}
    key = talk.ask("problem", _("¿Cuál tema?"), Choice(labels))
    return next(one for one in named if one["key"] == key)


def _undecided(talk: Talk) -> list[dict[str, Any]]:
    mine, waiting = team.reach(talk, "decide"), overview.undecided(talk.db)
    rows = [row for row in overview.contests(talk.db) if row.lab_id in mine and row.state == "closed"]
    return [one for row in rows for one in _of_contest(talk, row, waiting.get(row.id, ()))]


def _of_contest(talk: Talk, row: Any, slugs: Sequence[str]) -> Iterator[dict[str, Any]]:
    names, lab = overview.names_of(talk.db, row.id), labs.lab_by_id(talk.db, row.lab_id)
    for slug in slugs:
        short, title = names[slug]
        told = {"slug": slug, "problem": short, "title": title, "lab": lab.name, "lab_id": row.lab_id}
        told |= {"contest": row.slug}
        yield {"key": f"{row.lab}/{slug}", **told}


def _decided(talk: Talk, word: str) -> list[dict[str, Any]]:
    """What was decided of the topic she names: where it can still change, else in the choices that were told."""
    mine = team.reach(talk, "decide")
    rows = [row for row in overview.contests(talk.db) if row.lab_id in mine and row.state in ("closed", "published")]
    by_state: dict[str, list[dict[str, Any]]] = {"closed": [], "published": []}
    for row in reversed(rows):  # the newest first
        by_state[row.state] += [
            one for one in _answered(talk, row) if fits(word, one["slug"], one["problem"], one["title"])
        ]
    return by_state["closed"] or by_state["published"]


def _answered(talk: Talk, row: Any) -> Iterator[dict[str, Any]]:
    shares = {one.problem: one for one in contests.facts(talk.db, row.slug).options if one.outcome}
    for one in _of_contest(talk, row, list(shares)):
        share = shares[one["slug"]]
        step = "" if share.next_step == NO_NEXT_STEP else stopped(share.next_step)
        yield one | {"outcome": share.outcome, "reason": share.reason, "why": stopped(share.reason), "step": step}


def _judged(talk: Talk, words: Any, said: Said) -> dict[str, Any]:
    seen = deciding.preview(talk.db, words, *said)
    told = {"publishes": seen.publishes, "people": seen.people, "tz": seen.verdict.lab.tz}
    told["sample"] = price.words(seen.samples)
    return told | {"cost": price.cost(talk, seen.mailings), "now": talk.db.now.isoformat()}


def _last(talk: Talk, seen: dict[str, Any], lead: str, round: str) -> bool:
    return talk.ask(
        f"go{round}",
        _("Para publicar, escribe: PUBLICAR {people}"),
        Lock("PUBLICAR", seen["people"]),
        before=f"{lead} ".lstrip()
        + talk.text(
            _("Es la última: el resultado se cuenta a {people} personas. «{text}»"),
            people=seen["people"], text=seen["sample"],
        )
        + " "
        + price.told(talk, seen["cost"], team.moment(seen["now"]), seen["tz"]),
        again=_("Escribe PUBLICAR {people} o NO."),
        people=seen["people"],
    )  # fmt: skip


def _decide(talk: Talk, about: dict[str, Any], said: Said, seen: dict[str, Any]) -> team.Result:
    people = seen["people"]
    shown = (about.get("outcome", ""), about.get("reason", ""), bool(seen["publishes"]))  # '': nothing was decided

    def work(words: Any, me: Any) -> team.Result:
        if people:
            codes.still(talk.db, words, me)
        done = deciding.decide(talk.db, words, *said, by=me.by, expect=people or None, shown=shown)
        return {"people": done.told.pending if done.told else 0, "left": list(done.verdict.left)}

    return team.tried(talk, "decide", about["lab_id"], work)
