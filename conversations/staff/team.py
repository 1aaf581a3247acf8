"""Who of the team writes, where she may act, and what an act that is refused says. No conversation of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import Meanwhile, Refused
from bot.i18n import Catalogues, _
from bot.kinds import Choice
from bot.roles import MAY
from bot.talk import Talk
from bot.words import plain
from storage import labs, sessions, staff
from storage.labs import Session
from storage.staff import Member

HELP = {  # act -> its words, as AYUDA says them to who may
    "pending": _("Equipo: PENDIENTES dice lo que espera."),
    "session": _("Reuniones: NUEVA, PUBLICAR, EDITAR, SUSPENDER, QUIEN VIENE, LLEGO, TERMINAR."),
    "invite": _("Invitar: INVITAR, ALTO ENVIO, SEGUIR, CORREGIR ENVIO."),
    "decide": _("Elegir y contar: ABRIR, CERRAR, DECIDIR, PROMESA, NOVEDAD, SALEN, HISTORIA."),
    "answer": _("Vecinos: RESPONDER, LEER, IDEAS."),
}
HELD = _("Del equipo tengo tu nombre, {name}, tu usuario o número y tu rol. Los quita quien cuida el sistema.")
LEFT = _("Listo. No te escribo más. Para volver, escribe ALTA.")
LASTS = timedelta(hours=12)  # a meeting, with all that is typed afterwards
Result = dict[str, Any]  # JSON; {'refused': text} when the act was not allowed
AGAIN = 5  # times that she is shown what another of the team changed meanwhile


def reach(talk: Talk, act: str) -> list[int]:
    """The labs in which she may do this now; only inside look and once."""
    return staff.labs_of(talk.db, talk.address_id, MAY[act])


def helped(talk: Talk) -> list[str]:
    """The acts of HELP that she may do somewhere; none for who is not of the team. Only inside look."""
    return [act for act in HELP if reach(talk, act)] if me(talk) else []


def me(talk: Talk) -> Member | None:
    """Who of the team writes; only inside look and once."""
    return staff.member(talk.db, talk.address_id)


def held(talk: Talk) -> bool:
    """Who is of the team and no neighbour: what is kept of her is said; True when it was."""
    name = talk.look("of team", lambda: who.name or who.token if (who := me(talk)) else "")
    if name:
        talk.say(HELD, name=name)
    return bool(name)


def tried(talk: Talk, act: str, lab_id: int, work: Callable[[Catalogues, Member], Result]) -> Result:
    """Do an act of hers: the permission is looked up again, and a refusal undoes the act alone.

    Another of the team acted since she was shown it: {'meanwhile': text}.
    """
    who = me(talk)
    if who is None or lab_id not in reach(talk, act):
        return {"refused": talk.text(_("Para eso te falta el permiso."))}
    try:
        with talk.db.part():
            return work(_words(talk), who)
    except Meanwhile as no:
        return {"meanwhile": str(no)}
    except Refused as no:
        return {"refused": str(no)}


def read(talk: Talk, work: Callable[[Catalogues], Result]) -> Result:
    """Look at something that may be refused."""
    try:
        return work(_words(talk))
    except Refused as no:
        return {"refused": str(no)}


def _words(talk: Talk) -> Catalogues:
    return talk.scene.catalogues.heard_by(talk.scene.voice)


def say(talk: Talk, text: str) -> None:
    """Say what was worded already."""
    talk.out.append(text)


def nonce(talk: Talk) -> str:
    """What makes a message of hers one act."""
    return ":".join(talk.provider)[-80:]


def moment(kept: str) -> datetime:
    """A moment that was kept as text; aware."""
    return datetime.fromisoformat(kept)


# --- which session ---------------------------------------------------------------------------------------------------


def the_session(talk: Talk, act: str, states: Sequence[str] = sessions.AHEAD) -> Session | None:
    """The session she names by code, keyword or community, else the only one, else the one she chooses."""
    found = talk.look("sessions", lambda: _named(talk, act, str(talk.args.get("word", "")), states))
    if not found:
        talk.say(_("No encontré esa reunión. Escribe la palabra del cartel o el código."))
        return None
    code = found[0]["code"]
    if len(found) > 1:
        labels = {one["code"]: one["label"] for one in found}
        code = talk.ask("session", _("¿De cuál reunión?"), Choice(labels))
    return session_of(talk, code)


def session_of(talk: Talk, code: str, round: str = "") -> Session | None:
    """The session of this code as it is in this round of the talk."""
    kept = talk.look(f"of.{code}.{round}", lambda: _kept(labs.session_by_code(talk.db, code)))
    return Session(**{**kept, "starts_at": datetime.fromisoformat(kept["starts_at"])}) if kept else None


def _kept(found: Session | None) -> dict[str, Any] | None:
    if found is None:
        return None
    values = {name: getattr(found, name) for name in Session.__slots__}
    return values | {"starts_at": found.starts_at.isoformat()}


def _named(talk: Talk, act: str, word: str, states: Sequence[str]) -> list[dict[str, str]]:
    mine = reach(talk, act)
    code = labs.session_by_code(talk.db, word) if word and " " not in word else None
    if code is not None and code.lab_id in mine:
        return [{"code": code.code, "label": code.code}]
    on = _on_now(talk, mine) if act == "coming" else []
    ahead = [one for one in (*on, *sessions.ahead(talk.db, mine, states)) if not word or _is(talk, one, word)]
    if on and not word:
        ahead = on
    if word:  # the next one of the lab that was named
        ahead = list({one.lab_id: one for one in reversed(ahead)}.values())
    return [{"code": one.code, "label": _label(talk, one)} for one in ahead[:6]]


def _on_now(talk: Talk, lab_ids: list[int]) -> list[Session]:
    """What has begun and was not ended: who stands at the door asks for that list."""
    since = talk.db.now - LASTS
    return [one for one in sessions.unclosed(talk.db, lab_ids, talk.db.now) if one.starts_at > since]


def _is(talk: Talk, one: Session, word: str) -> bool:
    lab = labs.lab_by_id(talk.db, one.lab_id)
    return plain(word).replace(" ", "") in (plain(lab.keyword), plain(lab.name).replace(" ", ""))


def _label(talk: Talk, one: Session) -> str:
    lab, local = labs.lab_by_id(talk.db, one.lab_id), one.starts_at.astimezone(ZoneInfo(one.tz))
    return f"{lab.name} ({lab.area}), {local:%d/%m}, {one.code}"
