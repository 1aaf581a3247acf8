"""ALTO ENVIO and SEGUIR: what is going out stops within one lot, and goes on when she says so."""

from __future__ import annotations

from typing import Any

from bot.actions.staff import correcting
from bot.actions.staff import stop as act
from bot.i18n import Label, _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from conversations.staff import team
from conversations.staff.pending import SENT
from storage import sendings


@conversation("alto envio", "stop sending", act="stop")
def stop(talk: Talk) -> None:
    """The newest broadcast of her labs that somebody sent, else the invitation that waits its ten minutes or an
    approval. What the clock sends, which nobody may have meant, is named and asked about first."""
    found = talk.look("code", lambda: sendings.going(talk.db, team.reach(talk, "stop"), "sending"))
    alone = talk.look("by itself", lambda: sendings.by_itself(talk.db, found or ""))
    if (alone or not found) and talk.once("waiting", lambda: _stop_waiting(talk)):
        return talk.say(_("Detenido. No salió ninguno."))
    if not found:
        return talk.say(_("No hay un envío en camino."))
    if alone and not talk.ask("stop", _("¿Lo detengo?"), YesNo(), before=_by_itself(talk, found)):
        return talk.say(_("Está bien. Sigue."))
    done = talk.once("stopped", lambda: _turn(talk, found, act.stop))
    if "refused" in done:
        return team.say(talk, done["refused"])
    told = _("Detenido. Salieron {sent}, no salieron {pending}. Para seguir, escribe SEGUIR.")
    talk.say(told, sent=done["sent"], pending=done["pending"])
    return _named(talk, found)


def _stop_waiting(talk: Talk) -> bool:
    me, mine = team.me(talk), team.reach(talk, "stop")
    if me is None:
        return False
    return act.stop_waiting(talk.db, mine, by=me.by) or correcting.take_back(talk.db, mine, by=me.by)


@conversation("seguir", "go on", act="stop")
def go_on(talk: Talk) -> None:
    """The rest of what was stopped last goes."""
    found = talk.look("code", lambda: sendings.going(talk.db, team.reach(talk, "stop"), "stopped"))
    if not found:
        return talk.say(_("No hay un envío detenido."))
    done = talk.once("resumed", lambda: _turn(talk, found, act.resume))
    if "refused" in done:
        return team.say(talk, done["refused"])
    if done["pending"]:
        talk.say(_("Sigue. Faltan {pending} por salir."), pending=done["pending"])
    else:
        talk.say(_("Ya pasó su hora. No sale ninguno más."))
    return _named(talk, found)


def _named(talk: Talk, code: str) -> None:
    """Which one it was."""
    talk.say(_("Envío: {what}."), what=_what(talk, code))


def _by_itself(talk: Talk, code: str) -> str:
    return talk.text(_("Nadie del equipo envía ahora. Sale solo: {what}."), what=_what(talk, code))


def _what(talk: Talk, code: str) -> Label:
    kind = talk.look("kind", lambda: sendings.kind_of(talk.db, code))
    return Label(SENT.get(kind, _("Envío {code}")), {"code": code})


def _turn(talk: Talk, code: str, turn: Any) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        now = turn(talk.db, words, code, by=me.by)
        return {"sent": now.sent, "pending": now.pending}

    return team.tried(talk, "stop", sendings.lab_of(talk.db, code) or 0, work)
