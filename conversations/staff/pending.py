"""PENDIENTES: what waits for the team. RESPONDER n: the words go to a neighbour who asked for a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bot.actions import answer as answering
from bot.actions import heard as hearing
from bot.actions.staff import lines
from bot.actions.staff import pending as act
from bot.i18n import Catalogues, Label, When, _
from bot.kinds import Choice, Text
from bot.message import Media
from bot.talk import Talk, conversation
from bot.words import plain
from conversations.staff import team
from storage import handovers, labs
from storage.staff import Member

MOST = 10
LINES = {
    "handover": _("{about} espera a una persona, hasta el {day}."),
    "unread": _("Mensajes de vecinos sin leer: {count}."),
    "undecided": _("{about}, en {lab}: falta la decisión con su razón."),
    "draw": _("La elección {about} empató: faltan los números del sorteo."),
    "result": _("La elección {about} debió cerrar."),
    "unclosed": _("La sesión {about} no está terminada."),
    "promise": _("Compromiso sin novedad en {lab}: {about}."),
    "unpromised": _("{about}, en {lab}: nadie se comprometió todavía."),
    "shown": _(
        "Historia de {about}, en {lab}: {count} sin decir si pueden salir en la foto. Pregúntales. Sin su sí:"
        " NO SALEN {about}."
    ),
    "failed": _("{about}: {count} sin llegar o sin saber."),
    "idea_unread": _("Ideas sin leer en {lab}: {count}. La {about}, antes del {day}."),
    "idea_open": _("Ideas sin respuesta en {lab}: {count}. La {about}, antes del {day}."),
    "idea_appeal": _("Ideas que lee otra persona en {lab}: {count}. La {about}, antes del {day}."),
    "idea_office": _("La idea {about}, en {lab}: preguntar otra vez a la oficina el {day}."),
}
SENT = {  # kind of a broadcast
    "first_contact": _("Primera pregunta {code}"),
    "invitation": _("Invitación {code}"),
    "reminder": _("Recordatorio {code}"),
    "offer": _("Aviso de un lugar libre {code}"),
    "welcome": _("Bienvenida {code}"),
    "change": _("Aviso de un cambio {code}"),
    "suspension": _("Aviso de suspensión {code}"),
    "ballot": _("Elección {code}"),
    "ballot_reminder": _("Recordatorio de la elección {code}"),
    "ballot_changed": _("Aviso de una opción retirada {code}"),
    "closing": _("Aviso del cierre {code}"),
    "result": _("Resultado {code}"),
    "commitment": _("Novedad de un compromiso {code}"),
    "asking": _("Pregunta si se cumplió {code}"),
    "story": _("Historia {code}"),
    "shown": _("Permiso para una foto {code}"),
    "idea": _("Aviso de una idea {code}"),
    "correction": _("Corrección {code}"),
}
REASONS = {
    "asked": _("Pidió hablar con una persona."),
    "idea": _("Agregó palabras a una idea que ya se leyó."),
    "voice": _("Mandó un audio."),
    "call": _("Pidió que la llamen."),
    "danger": _("Escribió palabras de peligro. No se guardaron."),
    "angry": _("Escribió con enojo."),
    "complaint": _("Se queja de una persona. Solo tú lo lees."),
    "record": _("Quiere ayudar a grabar en su idioma."),
    "help": _("Quiere ayudar."),
    "read": _("Leíste lo que escribió."),
    "choice": _("Dice que eligió y que no se contó."),
    "code": _("No tiene su código, o escribió otro."),
    "copy": _("Pide la copia de sus datos."),
    "joining": _("Quiere unir dos teléfonos. Puede que sean dos personas."),
    "not_me": _("Dice que no unió los teléfonos. Ya están separados."),
    "result": _("Dice que algo del resultado no es así."),
    "commitment": _("Dice algo de un compromiso."),
    "not_understood": _("No la entendí dos veces."),
}
SHORT = {  # the reasons, where one who waits is chosen among several
    "asked": _("pidió hablar"),
    "idea": _("idea"),
    "voice": _("audio"),
    "call": _("llamada"),
    "danger": _("peligro"),
    "angry": _("enojo"),
    "complaint": _("queja"),
    "record": _("grabar"),
    "help": _("quiere ayudar"),
    "read": _("mensaje leído"),
    "choice": _("elección"),
    "code": _("código"),
    "copy": _("copia de datos"),
    "joining": _("unir teléfonos"),
    "not_me": _("no unió teléfonos"),
    "result": _("resultado"),
    "commitment": _("compromiso"),
    "not_understood": _("no la entendí"),
}
HOW = Choice({"write": _("Escribirle"), "heard": _("Decir lo que entendí")})
HEARD = _("¿Qué entendiste? Escríbelo con sus palabras: lo lee y dice si es así. Para dejarlo, escribe NADA.")
HERE = _("El audio viene aquí. Si no llega, pide el audio {number} a quien cuida el sistema.")
NEWEST = _(
    "El último audio viene aquí. Son {count} audios. Para oír todos, pide el audio {number} a quien cuida el sistema."
)
THERE = _("Para oírlo, pide el audio {number} a quien cuida el sistema.")
NOWHERE = _("El audio no llegó hasta aquí.")
LEFT = {"nobody": ("nada", "nothing")}
ANSWER = _("¿Qué le digo? Se envía así, con la firma del equipo. Para dejarlo, escribe NADA.")


@conversation("pendientes", "pending", act="pending", passing=True)
def pending(talk: Talk) -> None:
    """The list, what is late first, each with the words that do something about it."""
    items = talk.look("items", lambda: _items(talk))
    greeted = talk.look("greeted", lambda: _greeted(talk)) if talk.args.get("greeted") else None
    if not items:
        return _nothing(talk, greeted)
    lines = [talk.text(_("Hola, {name}. Lo que espera:"), name=greeted["name"])] if greeted else []
    lines += [_line(talk, item) for item in items[:MOST]]
    if len(items) > MOST:
        lines.append(talk.text(_("Y {count} más."), count=len(items) - MOST))
    return team.say(talk, "\n".join(lines))


def _greeted(talk: Talk) -> dict[str, Any]:
    """Who of the team says "hola", and whether she may call people together."""
    who = team.me(talk)
    return {"name": (who.name or who.token) if who else "", "calls": bool(team.reach(talk, "session"))}


def _nothing(talk: Talk, greeted: dict[str, Any] | None) -> None:
    if greeted:
        talk.say(_("Hola, {name}."), name=greeted["name"])
    talk.say(_("No hay nada pendiente."))
    if greeted and greeted["calls"]:
        talk.say(_("Para crear una reunión, escribe NUEVA."))


def _items(talk: Talk) -> list[dict[str, Any]]:
    names = team.reach(talk, "answer")
    found = act.read(talk.db, team.reach(talk, "pending"))
    return [
        {
            "kind": one.kind,
            "about": one.about if one.kind != "handover" or names else "",
            "due": one.due.isoformat() if one.due else "",
            "late": one.late,
            "lab": one.lab,
            "tz": one.tz,
            "say": one.say,
            "count": one.count,
            "sent": one.sent,
        }
        for one in found
    ]


def _line(talk: Talk, item: dict[str, Any]) -> str:
    day = When(team.moment(item["due"]), item["tz"], "day") if item["due"] else ""
    about = item["about"] or Label(_("Alguien"))
    if item["kind"] == "failed":
        about = Label(SENT.get(item["sent"], _("Envío {code}")), {"code": item["about"]})
    text = talk.text(LINES[item["kind"]], about=about, lab=item["lab"], day=day, count=item["count"])
    return " ".join(part for part in ("(!)" if item["late"] else "", text, item["say"]) if part)


@conversation("responder", "answer", act="answer", numbers=True)
def answer(talk: Talk) -> None:
    """Who waits, what she wrote, and what is said to her."""
    found = talk.look("waiting", lambda: _waiting(talk, str(talk.args.get("word", ""))))
    if not found:
        return talk.say(lines.NOBODY_WAITS)
    one = found[0]
    if len(found) > 1:
        which = talk.ask("who", _("¿A quién respondes?"), Choice(_labels(talk, found[:6]), LEFT))
        if which == "nobody":
            return talk.say(_("No envié nada."))
        one = next(w for w in found if str(w["id"]) == which)
    if one["reason"] == "complaint":
        said = talk.once(f"taken.{one['id']}", lambda: _taken(talk, one))
        if said is None:
            return talk.say(lines.TAKEN)
        one = one | {"said": said}
    before = _about(talk, one)
    if one["reason"] == "voice" and talk.ask("how", _("¿Qué hago?"), HOW, before=before) == "heard":
        words = talk.ask("heard", HEARD, Text(max=hearing.LONGEST if one["channel"] == "sms" else 400))
        work = _heard
    else:
        most = answering.LONGEST if one["channel"] == "sms" else 500
        words = talk.ask("words", ANSWER, Text(max=most), before="" if one["reason"] == "voice" else before)
        work = _answer
    if plain(words) in LEFT["nobody"]:
        return talk.say(_("No envié nada."))
    done = talk.once("answered", lambda: work(talk, one, words))
    if "refused" in done:
        return team.say(talk, done["refused"])
    return talk.say(_("Enviado: «{text}»") if work is _answer else _("Le pregunté: {text}"), text=done["text"])


def _labels(talk: Talk, found: list[dict[str, Any]]) -> dict[str, str]:
    """Who waits and why: 'Kevin: audio'; and nobody."""
    labels = {str(one["id"]): f"{_person(talk, one)}: {talk.text(_short(one))}" for one in found}
    twice = {label for label in labels.values() if list(labels.values()).count(label) > 1}
    return {id: f"{label} ({id})" if label in twice else label for id, label in labels.items()} | {
        "nobody": _("A nadie")
    }


def _short(one: dict[str, Any]) -> str:
    return SHORT.get(one["reason"], SHORT["asked"])


def _person(talk: Talk, one: dict[str, Any]) -> str:
    return str(one["name"] or talk.text(_("Alguien")))


def _waiting(talk: Talk, word: str) -> list[dict[str, Any]]:
    open_ = handovers.open_in(talk.db, team.reach(talk, "answer"))
    named = [one for one in open_ if str(one.id) == word] if word else open_
    return [
        {
            "id": one.id,
            "name": one.name,
            "reason": one.reason,
            "said": "" if one.reason == "complaint" else handovers.last_words(talk.db, one.address_id, one.person_id),
            "channel": handovers.channel_of(talk.db, one.address_id),
            "notes": [asdict(note) for note in handovers.recordings(talk.db, one)] if one.reason == "voice" else [],
            "lab_id": home.id if (home := labs.home(talk.db, one.address_id)) else 0,
        }
        for one in named
    ]


def _taken(talk: Talk, one: dict[str, Any]) -> str | None:
    """What a complaint says, which she reads alone; None: another one does."""
    me, waits = team.me(talk), handovers.hold(talk.db, int(one["id"]))
    return handovers.take(talk.db, waits, me.by) if me and waits else None


def _to_hear(talk: Talk, one: dict[str, Any]) -> str:
    """Where she hears a voice note: here, where it came to the same bot; else on the computer. '' for no voice note."""
    if one["reason"] != "voice":
        return ""
    found = [note for note in one.get("notes", ()) if note["ref"]]
    if not found:
        return talk.text(NOWHERE)
    newest = found[0]
    if newest["sender"] != talk.provider[0] or talk.channel != "telegram":  # a file id is good for its own bot alone
        return talk.text(THERE, number=one["id"])
    talk.enclosed = Media(kind="voice", ref=newest["ref"], seconds=newest["seconds"])
    return talk.text(HERE if len(found) == 1 else NEWEST, number=one["id"], count=len(found))


def _about(talk: Talk, one: dict[str, Any]) -> str:
    person = _person(talk, one)
    if one["reason"] == "read" and one["said"]:
        return talk.text(_("{person} escribió: «{said}»."), person=person, said=one["said"])
    why = Label(REASONS.get(one["reason"], REASONS["asked"]))
    parts = [talk.text(_("{person}. {why}"), person=person, why=why), _to_hear(talk, one)]
    parts += [talk.text(_("Escribió: «{said}»."), said=one["said"])] if one["said"] else []
    return " ".join(part for part in parts if part)


def _answer(talk: Talk, one: dict[str, Any], said: str) -> team.Result:
    def work(words: Catalogues, me: Member) -> team.Result:
        text = answering.worded(talk.db, words, one["id"], said)
        answering.answer(talk.db, words, one["id"], said, by=me.by)
        return {"text": text}

    return _as_team(talk, one, work)


def _heard(talk: Talk, one: dict[str, Any], said: str) -> team.Result:
    return _as_team(talk, one, lambda words, me: {"text": hearing.tell(talk.db, words, one["id"], said, by=me.by)})


def _as_team(talk: Talk, one: dict[str, Any], work: Callable[[Catalogues, Member], team.Result]) -> team.Result:
    mine = one["lab_id"] or next(iter(talk_labs(talk)), 0)
    return team.tried(talk, "answer", mine, work)


def talk_labs(talk: Talk) -> list[int]:
    """Where she may answer; who belongs to no lab yet is everybody's."""
    return team.reach(talk, "answer")
