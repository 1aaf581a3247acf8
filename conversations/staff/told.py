"""How what she sent went, two hours later. No conversation of its own."""

from __future__ import annotations

from typing import Any

from bot.actions.staff import invite as act
from bot.i18n import Count, _, n_
from bot.kinds import YesNo
from bot.talk import Talk
from conversations.staff import team

LEADS = {
    "invitation": _(
        "Invitación de {lab}, {audience}: {sent}, {failed}, {skipped}, {unknown} sin saber, {pending} por salir."
    ),
    "correction": _(
        "Corrección de {lab}, {audience}: {sent}, {failed}, {skipped}, {unknown} sin saber, {pending} por salir."
    ),
}


def back(talk: Talk, went: dict[str, Any], what: str) -> None:
    """Its ledger, what arrived, what was answered. What nobody knows goes again if she says so.

    went: of bot.actions.staff.report; what: of LEADS
    """
    lines = "\n".join([_ledger(talk, went, what), _arrived(talk, went), *_answered(talk, went)])
    unknown = went["ledger"][4]
    if not unknown:
        return team.say(talk, lines)
    one = _("¿Repito el que está sin saber?")
    asked = one if unknown == 1 else _("¿Repito los que están sin saber? Son {count}.")
    if not talk.ask("again", asked, YesNo(), before=lines, count=unknown):
        return talk.say(_("Está bien. No repito ninguno."))
    done = talk.once("sent again", lambda: _again(talk, went["broadcast"], went["lab_id"]))
    if "refused" in done:
        return team.say(talk, done["refused"])
    if not done["count"]:  # its community stopped the lab, or they were told meanwhile
        return talk.say(_("No va ninguno otra vez."))
    return talk.say(_("Van otra vez: {count}."), count=done["count"])


def _again(talk: Talk, broadcast: int, lab_id: int) -> team.Result:
    return team.tried(talk, "invite", lab_id, lambda w, me: {"count": act.again(talk.db, broadcast, by=me.by)})


def _ledger(talk: Talk, went: dict[str, Any], what: str) -> str:
    audience, sent, failed, skipped, unknown, pending = went["ledger"]
    return talk.text(
        LEADS[what],
        lab=went["lab"],
        unknown=unknown,
        pending=pending,
        audience=Count(*n_("{n} persona", "{n} personas"), audience),
        sent=Count(*n_("{n} enviado", "{n} enviados"), sent),
        failed=Count(*n_("{n} fallido", "{n} fallidos"), failed),
        skipped=Count(*n_("{n} no recibe", "{n} no reciben"), skipped),
    )


def _arrived(talk: Talk, went: dict[str, Any]) -> str:
    told = _("Entregados: {arrived} de {told} por WhatsApp y SMS. Telegram no lo dice ({telegram}).")
    arrived, count = went["arrived"]
    return talk.text(told, arrived=arrived, told=count, telegram=went["telegram"])


def _answered(talk: Talk, went: dict[str, Any]) -> list[str]:
    """One line, where somebody was asked who comes."""
    answers, free = went["answers"], went["free"]
    if answers is None:
        return []
    going = sum(answers.get(state, 0) for state in ("registered", "waiting", "offered", "attended"))
    no = sum(answers.get(state, 0) for state in ("declined", "cancelled"))
    text = _("{answers}: {going}, {no}, {unsure}.") if free is None else _("{answers}: {going}, {no}, {unsure}. {free}")
    told = talk.text(
        text,
        answers=Count(*n_("{n} respuesta", "{n} respuestas"), sum(answers.values())),
        going=Count(*n_("{n} va", "{n} van"), going),
        no=Count(*n_("{n} no va", "{n} no van"), no),
        unsure=Count(*n_("{n} no sabe", "{n} no saben"), answers.get("unsure", 0)),
        free=Count(*n_("Falta {n} lugar.", "Faltan {n} lugares."), free or 0),
    )
    return [told]
