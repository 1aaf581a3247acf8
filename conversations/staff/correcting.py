"""CORREGIR ENVIO: what a broadcast said wrong is put right, to those who received it, by the typed number."""

from __future__ import annotations

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions import correct as act
from bot.actions.staff import codes as sign
from bot.actions.staff import correcting as asking
from bot.i18n import Count, Label, When, _, n_
from bot.kinds import Choice, YesNo
from bot.talk import Talk, conversation
from conversations.staff import price, team, told, translating
from conversations.staff.answers import Lock, Phrase
from conversations.staff.invite import WHY, when_told
from conversations.staff.pending import SENT
from conversations.staff.sure import sure
from storage import corrections, labs
from storage.corrections import First
from storage.texts import Texts

MOST = 6  # broadcasts of a list


@conversation("corregir envio", "correct sending", act="invite", numbers=True)
def correct(talk: Talk) -> None:
    """Which, what is right, in each language that is read; whom it reaches; then the number is the lock."""
    about = _which(talk)
    if about is None:
        return None
    stopped = talk.once("stopped", lambda: _stop(talk, about)) if about["running"] else {}
    if "refused" in stopped:
        return team.say(talk, stopped["refused"])
    lead = talk.text(_("Personas que lo recibieron: {count}."), count=about["received"])
    if stopped:
        told = _("Lo detuve: salieron {sent}, no salieron {pending}. Con la corrección, esos ya no salen.")
        lead = talk.text(told, sent=stopped["sent"], pending=stopped["pending"])
    asks = _("¿Qué es lo correcto? Escríbelo en una frase. La gente lo va a leer.")
    text = talk.ask("text", asks, Phrase(max=act.MOST), before=lead)
    return _lock(talk, about, text) if sure(talk) else None


def _lock(talk: Talk, about: dict[str, Any], text: str) -> None:
    """Asked again when another number of people received it meanwhile: what a sender had in hand was still leaving."""
    code = about["code"]
    seen = talk.look("seen", lambda: team.read(talk, lambda words: _seen(talk, words, code, text, {})))
    texts = translating.asked(talk, seen.get("readers", {}), {"text": (text, act.MOST)})
    for n in range(team.AGAIN):
        seen = talk.look(f"seen.{n}", lambda: team.read(talk, lambda words: _seen(talk, words, code, text, texts)))
        if why := seen.get("refused") or _pointless(talk, seen):
            return team.say(talk, why)
        if not _agreed(talk, seen, n):
            resume = _("No envié nada. El primer envío sigue detenido: SEGUIR.")
            return talk.say(resume if about["running"] else _("No envié nada."))
        done = talk.once(f"sent.{n}", partial(_send, talk, about, text, texts, seen["people"]))
        if "refused" not in done:
            return _told(talk, about, done)
        team.say(talk, done["refused"])
    return None


def _pointless(talk: Talk, seen: dict[str, Any]) -> str:
    """Why nothing can be sent; '' when it can."""
    if seen["again"]:
        return talk.text(_("Esa corrección ya se envió. No se envía dos veces."))
    nobody = _("De quienes lo recibieron, nadie recibe mensajes ahora. No hay a quién corregir.")
    return "" if seen["people"] else talk.text(nobody)


def _agreed(talk: Talk, seen: dict[str, Any], n: int) -> bool:
    """True once she typed the number."""
    people = Count(*n_("{n} persona", "{n} personas"), seen["people"])
    told = talk.text(_("La corrección va a {people}."), people=people)
    left_out = [talk.text(WHY[why], count=n) for why, n in seen["skipped"].items() if why in WHY]
    later = talk.text(_("Salen el {when}."), when=_when(seen)) if seen["later"] else ""
    cost = price.told(talk, seen["cost"], team.moment(seen["now"]), seen["tz"])
    first = " ".join(part for part in (told, *left_out, later, cost) if part)
    return talk.ask(
        f"go.{n}",
        _("Para enviar, escribe: ENVIAR {people}"),
        Lock("ENVIAR", seen["people"]),
        before=f"{first}\n{price.sample(talk, seen['samples'])}",
        again=_("Escribe ENVIAR {people} o NO."),
        people=seen["people"],
    )


def _told(talk: Talk, about: dict[str, Any], done: team.Result) -> None:
    if done["state"] == "asked":
        told = _("Otra persona del equipo debe aprobar. Le pedí a {person}. Te aviso.")
        return talk.say(told, person=done["approver"] or Label(_("una persona del equipo")))
    if done["state"] == "waiting":
        told = _("No hay otra persona que apruebe. Sale el {when}. Para detener, escribe ALTO ENVIO.")
        return talk.say(told, when=When(team.moment(done["at"]), about["tz"]))
    if done["state"] == "sent":
        told = _("Corrección en camino. {when} te cuento cómo llegó. Para detener, escribe ALTO ENVIO.")
        return talk.say(told, when=when_told(done, about["tz"]))
    if done["state"] == "held":
        return talk.say(_("Ese envío ya espera otra corrección. Para dejarla, escribe ALTO ENVIO."))
    return talk.say(_("Esa corrección ya se envió. No se envía dos veces."))


def _when(seen: dict[str, Any]) -> When:
    return When(team.moment(seen["later"]), seen["tz"])


# --- which broadcast -------------------------------------------------------------------------------------------------


def _which(talk: Talk) -> dict[str, Any] | None:
    """The one whose code she typed, the only one, or the one she takes from the list; None: there is none."""
    found = talk.look("found", lambda: _recent(talk, str(talk.args.get("word", ""))))
    if not found:
        talk.say(_("No hay un envío así que alguien haya recibido en tus comunidades."))
        return None
    code = found[0]["code"]
    if len(found) > 1:
        labels = {one["code"]: _label(talk, one) for one in found}
        code = talk.ask("which", _("¿Cuál envío?"), Choice(labels))
    return next(one for one in found if one["code"] == code)


def _label(talk: Talk, one: dict[str, Any]) -> str:
    what = Label(SENT[one["kind"]], {"code": one["code"]})
    return talk.text(_("{what}, {day}"), what=what, day=When(team.moment(one["at"]), one["tz"], "day"))


def _recent(talk: Talk, code: str) -> list[dict[str, Any]]:
    mine = team.reach(talk, "invite")
    if code:
        first = corrections.first(talk.db, code)
        return [_kept(talk, first)] if first and first.received and first.lab_id in mine else []
    return [_kept(talk, one) for one in corrections.recent(talk.db, mine, MOST)]


def _kept(talk: Talk, one: First) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("code", "kind", "lab_id", "received")}
    tz = labs.lab_by_id(talk.db, one.lab_id).tz
    return told | {"running": one.state == "sending" and one.waiting > 0, "at": one.due_at.isoformat(), "tz": tz}


# --- what is done ----------------------------------------------------------------------------------------------------


def _stop(talk: Talk, about: dict[str, Any]) -> team.Result:
    code = about["code"]
    return team.tried(talk, "stop", about["lab_id"], lambda words, me: asking.stopped(talk.db, words, code, by=me.by))


def _seen(talk: Talk, words: Any, code: str, text: str, texts: Texts) -> dict[str, Any]:
    seen = act.preview(talk.db, words, code, text, texts)
    readers = {} if seen.done_before else translating.readers(talk, seen.lab.id, seen.langs)
    return {
        "people": seen.people,
        "skipped": seen.skipped,
        "samples": seen.samples,
        "cost": price.cost(talk, seen.mailings),
        "now": talk.db.now.isoformat(),
        "later": seen.when.isoformat() if seen.when > talk.db.now else "",
        "tz": seen.lab.tz,
        "readers": readers,
        "again": seen.done_before is not None,
    }


def _send(talk: Talk, about: dict[str, Any], text: str, texts: Texts, people: int) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        sign.still(talk.db, words, me)
        asked = asking.request(talk.db, words, about["code"], text, texts, people, me=me)
        at = asked.at.astimezone(ZoneInfo(about["tz"]))
        today = at.date() == talk.db.now.astimezone(at.tzinfo).date()
        return {"state": asked.state, "at": asked.at.isoformat(), "today": today, "approver": asked.approver}

    return team.tried(talk, "invite", about["lab_id"], work)


# --- another person --------------------------------------------------------------------------------------------------


@conversation(act="approve")
def approve_correction(talk: Talk) -> None:
    """Another person of the team agrees to a correction, or does not."""
    code = str(talk.args["code"])
    about = talk.look("about", lambda: asking.about(talk.db, talk.scene.catalogues, code))
    if about is None:
        return talk.say(_("Ese envío ya se decidió o se detuvo."))
    told = talk.text(
        _("{person} quiere corregir un mensaje que recibieron {people} personas de {lab}. «{text}»"),
        person=about["who"] or Label(_("Una persona del equipo")),
        people=about["people"],
        lab=about["lab"],
        text=about["text"],
    )
    agreed = talk.ask("agreed", _("¿Apruebas el envío?"), YesNo(), before=told)
    done = talk.once("decided", lambda: _decide(talk, code, about["lab_id"], agreed))
    if "refused" in done:
        return team.say(talk, done["refused"])
    said = {
        "sent": _("Aprobado. Está en camino."),
        "refused": _("Anotado: no se envía."),
        "changed": _("Ya no llega a las mismas personas. No salió: hay que pedirla otra vez."),
    }
    return talk.say(said.get(done["state"], _("Ese envío ya se decidió o se detuvo.")))


def _decide(talk: Talk, code: str, lab_id: int, agreed: bool) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        return {"state": asking.approve(talk.db, words, code, me=me, agreed=agreed)}

    return team.tried(talk, "approve", lab_id, work)


@conversation(act="invite")
def not_corrected(talk: Talk) -> None:
    """It was not approved in time, or reaches others by now."""
    return talk.say(_("La corrección no salió. Para pedirla otra vez, escribe CORREGIR ENVIO."))


@conversation(act="invite")
def corrected(talk: Talk) -> None:
    """Two hours later: how the correction went, as of an invitation."""
    about = talk.look("told", lambda: asking.report(talk.db, int(talk.args["broadcast"])))
    return told.back(talk, about, "correction")
