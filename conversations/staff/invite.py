"""INVITAR: whom, how many, in which words, when, at what cost; sent by the typed number (conversations.md 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot import quiet
from bot.actions.staff import codes
from bot.actions.staff import invite as act
from bot.i18n import And, Count, Label, When, _, n_
from bot.kinds import Choice, YesNo
from bot.talk import Talk, conversation
from conversations.staff import price, team
from conversations.staff.answers import Lock
from conversations.staff.nueva import ask_when
from conversations.staff.sure import sure
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
    return ask_when(talk, meeting.tz, 90)


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
    return act.preview(talk.db, words, code, whom) | {"now": talk.db.now.isoformat(), "cost": cost}


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
    if due is not None:
        return talk.text(_("Salen el {when}."), when=When(due, meeting.tz))
    weekday, hour = When(now, meeting.tz, "weekday"), When(now, meeting.tz, "hour")
    return talk.text(_("Salen hoy {weekday}, {hour}."), weekday=weekday, hour=hour)


def _told(talk: Talk, meeting: Session, done: team.Result) -> None:
    hour = When(datetime.fromisoformat(done["at"]), meeting.tz, "hour")
    if done["state"] == "sent":
        today = _("Hoy a las {hour}") if done["today"] else _("El {when}")
        when = Label(today, {"hour": hour, "when": When(team.moment(done["at"]), meeting.tz)})
        told = _("En camino. {when} te cuento entregados y respuestas. Para detener, escribe ALTO ENVIO.")
        return talk.say(told, when=when)
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
    lines = _report(talk, told)
    unknown = told["ledger"][4]
    if not unknown:
        return team.say(talk, lines)
    one = _("¿Repito el que está sin saber?")
    asked = one if unknown == 1 else _("¿Repito los que están sin saber? Son {count}.")
    if not talk.ask("again", asked, YesNo(), before=lines, count=unknown):
        return talk.say(_("Está bien. No repito ninguno."))
    done = talk.once("sent again", lambda: _again(talk, told["broadcast"], told["lab_id"]))
    if "refused" in done:
        return team.say(talk, done["refused"])
    if not done["count"]:  # its community stopped the lab, or they were told meanwhile
        return talk.say(_("No va ninguno otra vez."))
    return talk.say(_("Van otra vez: {count}."), count=done["count"])


def _again(talk: Talk, broadcast: int, lab_id: int) -> team.Result:
    return team.tried(talk, "invite", lab_id, lambda w, me: {"count": act.again(talk.db, broadcast, by=me.by)})


def _report(talk: Talk, told: dict[str, Any]) -> str:
    audience, sent, failed, skipped, unknown, pending = told["ledger"]
    answers = told["answers"]
    going = sum(answers.get(state, 0) for state in ("registered", "waiting", "offered", "attended"))
    no = sum(answers.get(state, 0) for state in ("declined", "cancelled"))
    lines = [
        talk.text(
            _(
                "Invitación de {lab}, {audience}: {sent}, {failed}, {skipped},"
                " {unknown} sin saber, {pending} por salir."
            ),
            lab=told["lab"], unknown=unknown, pending=pending,
            audience=Count(*n_("{n} persona", "{n} personas"), audience),
            sent=Count(*n_("{n} enviado", "{n} enviados"), sent),
            failed=Count(*n_("{n} fallido", "{n} fallidos"), failed),
            skipped=Count(*n_("{n} no recibe", "{n} no reciben"), skipped),
        ),
        talk.text(
            _("Entregados: {arrived} de {told} por WhatsApp y SMS. Telegram no lo dice ({telegram})."),
            arrived=told["arrived"][0], told=told["arrived"][1], telegram=told["telegram"],
        ),
        talk.text(
            _("{answers}: {going}, {no}, {unsure}. {free}") if told["free"] is not None
            else _("{answers}: {going}, {no}, {unsure}."),
            answers=Count(*n_("{n} respuesta", "{n} respuestas"), sum(answers.values())),
            going=Count(*n_("{n} va", "{n} van"), going), no=Count(*n_("{n} no va", "{n} no van"), no),
            unsure=Count(*n_("{n} no sabe", "{n} no saben"), answers.get("unsure", 0)),
            free=Count(*n_("Falta {n} lugar.", "Faltan {n} lugares."), told["free"] or 0),
        ),
    ]  # fmt: skip
    return "\n".join(lines)
