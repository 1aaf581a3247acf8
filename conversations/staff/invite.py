"""INVITAR: whom, how many, in which words, when, at what cost; sent by the typed number (conversations.md 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot import quiet
from bot.actions import announce
from bot.actions.staff import codes
from bot.actions.staff import invite as act
from bot.i18n import And, Count, Label, When, _, n_
from bot.kinds import Choice, YesNo
from bot.talk import Talk, conversation
from conversations.staff import price, team
from conversations.staff.answers import Lock
from conversations.staff.nueva import ask_when
from conversations.staff.sure import sure
from conversations.staff.told import back
from storage.labs import Session

WHOM = {
    "first": _("Asistentes del primer laboratorio ({count})"),
    "community": _("Gente de la comunidad con permiso ({count})"),
    "both": _("Los dos, sin repetir ({count})"),
}
WAYS = {"whatsapp": _("{count} por WhatsApp"), "sms": _("{count} por SMS"), "telegram": _("{count} por Telegram")}
WHY = {
    "opted_out": _("Otras {count} salieron y no reciben."),
    "no_consent": _("{count} no dieron permiso."),
    "no_address": _("De {count} no hay número."),
    "unreachable": _("A {count} no se llega."),
    "cap": _("{count} ya recibieron dos avisos esta semana."),
    "shared": _("{count} leen el mensaje en el celular de otra."),
}
NAMES = {"whatsapp": "WhatsApp", "sms": "SMS", "telegram": "Telegram"}
EVENING = 17  # local hour that is proposed when it is too late to write
ROUNDS = 6


@conversation("invitar", "invite", act="invite")
def invite(talk: Talk) -> None:
    """Whom; then the number of people is the lock."""
    if talk.args.get("keyword"):
        _published(talk, str(talk.args["keyword"]), str(talk.args.get("poster", "")))
    named = str(talk.args.get("session", ""))
    meeting = team.session_of(talk, named) if named else team.the_session(talk, "invite")
    if meeting is None:
        return None
    options = talk.look("options", lambda: _options(talk, meeting.code))
    if "refused" in options:
        return team.say(talk, options["refused"])
    labels = {who: talk.text(WHOM[who], count=n) for who, n in options.items()}
    whom = talk.ask("whom", _("¿A quién invito?"), Choice({**labels, "later": _("Ahora no")}))
    if whom == "later":
        return talk.say(_("Está bien. Para invitar, escribe INVITAR {code}."), code=meeting.code)
    due = _when(talk, meeting)
    return _lock(talk, meeting, whom, due) if sure(talk) else None


def _published(talk: Talk, keyword: str, poster: str) -> None:
    talk.say(_("Publicado. La palabra es {keyword}."), keyword=keyword)
    if poster:
        talk.say(_("Cartel con QR y guion de radio: {link}"), link=poster)


def _options(talk: Talk, code: str) -> dict[str, Any]:
    return team.read(talk, lambda words: {w: act.preview(talk.db, words, code, w)["people"] for w in act.WHO})


def _when(talk: Talk, meeting: Session) -> datetime | None:
    """When it goes out: now, or another hour when people sleep."""
    seen = talk.look("hour", lambda: _proposed(talk, meeting))
    if not seen["proposed"]:
        return None
    later = datetime.fromisoformat(seen["proposed"])
    text = _("Es tarde para escribir a la gente. ¿Lo programo para {day}, {hour}?")
    day = Label(_("mañana {weekday}") if seen["tomorrow"] else _("hoy {weekday}"), {"weekday": _at(meeting, later, 1)})
    if talk.ask("late", text, YesNo(no=_("Otra hora")), day=day, hour=_at(meeting, later, 0)):
        return later
    for n in range(ROUNDS):
        at = ask_when(talk, meeting.tz, 90 + n)
        goes = talk.look(f"goes.{n}", partial(team.read, talk, partial(_goes_at, talk, meeting, at)))
        if "refused" not in goes:
            return at
        team.say(talk, goes["refused"])
    return later


def _goes_at(talk: Talk, meeting: Session, at: datetime, words: Any) -> dict[str, Any]:
    return {"at": announce.goes_at(talk.db, words, meeting, at).isoformat()}


def _at(meeting: Session, at: datetime, day: int) -> When:
    return When(at, meeting.tz, "weekday" if day else "hour")


def _proposed(talk: Talk, meeting: Session) -> dict[str, Any]:
    now = talk.db.now.astimezone(ZoneInfo(meeting.tz))
    if not quiet.quiet(talk.db.now, meeting.tz):
        return {"proposed": ""}
    morning = quiet.held(talk.db.now, meeting.tz).astimezone(ZoneInfo(meeting.tz))
    evening = morning.replace(hour=EVENING)
    at = evening if evening < meeting.starts_at - timedelta(hours=1) else morning
    return {"proposed": at.isoformat(), "tomorrow": at.date() != now.date()}


def _lock(talk: Talk, meeting: Session, whom: str, due: datetime | None) -> None:
    for n in range(ROUNDS):
        seen = talk.look(f"seen.{n}", lambda: team.read(talk, lambda w: _seen(talk, w, meeting.code, whom, due)))
        if "refused" in seen:
            return team.say(talk, seen["refused"])
        if not seen["people"]:
            return talk.say(_("No queda nadie por invitar."))
        go = talk.ask(
            f"lock.{n}",
            _("Para enviar, escribe: ENVIAR {people}"),
            Lock("ENVIAR", seen["people"]),
            before=_summary(talk, meeting, seen, due),
            again=_("Escribe ENVIAR {people} o NO."),
            people=seen["people"],
        )
        if not go:
            return talk.say(_("No envié nada."))
        people = seen["people"]
        done = talk.once(f"sent.{n}", partial(_send, talk, meeting, whom, people, due))
        if "refused" not in done:
            return _told(talk, meeting, done)
        team.say(talk, done["refused"])
    return None


def _seen(talk: Talk, words: Any, code: str, whom: Any, due: datetime | None) -> dict[str, Any]:
    cost = price.cost(talk, act.mailings(talk.db, words, code, whom, due))
    return act.preview(talk.db, words, code, whom, due) | {"now": talk.db.now.isoformat(), "cost": cost}


def _send(talk: Talk, meeting: Session, whom: Any, people: int, due: datetime | None) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        codes.still(talk.db, words, me)
        asked = act.request(talk.db, words, meeting.code, whom, people, me=me, due_at=due)
        days = {at.astimezone(ZoneInfo(meeting.tz)).date() for at in (asked.at, talk.db.now)}
        told = {"state": asked.state, "at": asked.at.isoformat(), "approver": asked.approver}
        return {**told, "today": len(days) == 1, "soon": asked.at <= talk.db.now + act.WAIT}

    return team.tried(talk, "invite", meeting.lab_id, work)


def _summary(talk: Talk, meeting: Session, seen: dict[str, Any], due: datetime | None) -> str:
    ways = And(Label(WAYS[way], {"count": n}) for way, n in seen["by_channel"].items())
    lines = [
        talk.text(
            _("{people}: {ways}."), people=Count(*n_("Es {n} persona", "Son {n} personas"), seen["people"]), ways=ways
        ),
        talk.text(
            _("{came} vinieron antes, {shared} comparten celular, sin comunidad {nowhere}."),
            **{name: seen[name] for name in ("came", "shared", "nowhere")},
        ),
        *(talk.text(WHY[why], count=n) for why, n in seen["skipped"].items() if why in WHY),
    ]
    cost = price.told(talk, seen["cost"], datetime.fromisoformat(seen["now"]), meeting.tz)
    goes = f"{_goes(talk, meeting, seen, due)} {cost}"
    return "\n".join([" ".join(lines), goes, price.sample(talk, seen["samples"])])


def _goes(talk: Talk, meeting: Session, seen: dict[str, Any], due: datetime | None) -> str:
    now = datetime.fromisoformat(seen["now"])
    at = team.moment(seen["when"]) if "when" in seen else due or now  # a talk of an earlier version did not keep it
    if at > now:
        return talk.text(_("Salen el {when}."), when=When(at, meeting.tz))
    weekday, hour = When(now, meeting.tz, "weekday"), When(now, meeting.tz, "hour")
    return talk.text(_("Salen hoy {weekday}, {hour}."), weekday=weekday, hour=hour)


def _told(talk: Talk, meeting: Session, done: team.Result) -> None:
    hour = When(datetime.fromisoformat(done["at"]), meeting.tz, "hour")
    if done["state"] == "sent":
        told = _("En camino. {when} te cuento entregados y respuestas. Para detener, escribe ALTO ENVIO.")
        return talk.say(told, when=when_told(done, meeting.tz))
    if done["state"] == "asked":
        told = _("Otra persona del equipo debe aprobar. Le pedí a {person}. Te aviso.")
        return talk.say(told, person=done["approver"] or Label(_("una persona del equipo")))
    if done["state"] == "waiting" and not done["soon"]:
        told = _("No hay otra persona que apruebe. Sale el {when}. Para detener, escribe ALTO ENVIO.")
        return talk.say(told, when=When(team.moment(done["at"]), meeting.tz))
    if done["state"] == "waiting":
        return talk.say(
            _("No hay otra persona que apruebe. Sale en 10 minutos, a las {hour}. Para detener, escribe ALTO ENVIO."),
            hour=hour,
        )
    if done["state"] == "held":
        return talk.say(_("Esa invitación ya se pidió y espera. Para dejarla, escribe ALTO ENVIO."))
    return talk.say(_("Esa invitación ya está en camino. No se envía dos veces."))


def when_told(done: team.Result, tz: str) -> Label:
    """When she hears how it went: 'Hoy a las 7:00 pm', 'El ...'. done: {at, today}"""
    today = _("Hoy a las {hour}") if done["today"] else _("El {when}")
    at = team.moment(done["at"])
    return Label(today, {"hour": When(at, tz, "hour"), "when": When(at, tz)})


@conversation(act="approve")
def approve(talk: Talk) -> None:
    """Another person of the team agrees to an invitation, or does not."""
    sending = int(talk.args["sending"])
    about = talk.look("about", lambda: _about(talk, sending))
    if about is None:
        return talk.say(_("Ese envío ya se decidió o se detuvo."))
    agreed = talk.ask(
        "agreed",
        _("¿Apruebas el envío?"),
        YesNo(),
        before=talk.text(
            _("{person} quiere invitar a {people} personas a {lab}, {when}. «{text}»"),
            person=about["who"] or Label(_("Una persona del equipo")),
            people=about["people"],
            lab=about["lab"],
            text=about["text"],
            when=When(datetime.fromisoformat(about["at"]), about["tz"]),
        ),
    )
    done = talk.once("decided", lambda: _decide(talk, sending, about["lab_id"], agreed))
    if "refused" in done:
        return team.say(talk, done["refused"])
    said = {
        "sent": _("Aprobado. Está en camino."),
        "refused": _("Anotado: no se envía."),
        "changed": _("Ya no llega a las mismas personas. No salió: hay que pedirla otra vez."),
    }
    return talk.say(said.get(done["state"], _("Ese envío ya se decidió o se detuvo.")))


def _about(talk: Talk, sending: int) -> dict[str, Any] | None:
    return act.about(talk.db, talk.scene.catalogues, sending)


def _decide(talk: Talk, sending: int, lab_id: int, agreed: bool) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        return {"state": act.approve(talk.db, words, sending, me=me, agreed=agreed)}

    return team.tried(talk, "approve", lab_id, work)


@conversation(act="invite")
def decided(talk: Talk) -> None:
    """What the other person said."""
    who = str(talk.args["who"]) or Label(_("La otra persona"))
    if talk.args["agreed"]:
        return talk.say(_("{person} aprobó. Está en camino. Para detener, escribe ALTO ENVIO."), person=who)
    return talk.say(_("{person} no aprobó. No se envía."), person=who)


@conversation(act="invite")
def refused(talk: Talk) -> None:
    """A provider did not take messages of her invitation: which, how many, why, and what left all the same."""
    why = _("la plantilla no está aprobada") if talk.args["template"] else _("el proveedor dice que no")
    channel, count = NAMES[str(talk.args["channel"])], Count(*n_("{n} mensaje", "{n} mensajes"), talk.args["count"])
    talk.say(_("{channel} rechazó {messages}: {why}."), channel=channel, messages=count, why=Label(why))
    if went := [NAMES[name] for name in talk.args["went"]]:
        said = _("{channels} salieron.") if len(went) > 1 else _("{channels} salió.")
        talk.say(said, channels=And(went))
    return talk.say(_("Mira qué falta: convoca check."))


@conversation(act="invite")
def told_back(talk: Talk) -> None:
    """Two hours later: the ledger, what arrived, what was answered. What nobody knows goes again if she says so."""
    told = talk.look("told", lambda: act.report(talk.db, int(talk.args["sending"])))
    if told is None:
        return None
    if told["sent"] is None:
        return talk.say(_("La invitación de {lab} no salió. Para ver por qué, escribe INVITAR."), lab=told["lab"])
    return back(talk, told, "invitation")
