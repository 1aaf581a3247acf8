"""LLEGO 7KTQ: somebody is at the door. By code, by first name, or without a place; NO LLEGO takes it back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.actions.staff import door as act
from bot.actions.staff import lines
from bot.i18n import When, _
from bot.kinds import Choice, Number, YesNo
from bot.talk import Talk, conversation
from conversations import attend
from conversations.staff import team
from storage import idea_states, labs, minutes
from storage.labs import Session


@conversation("llego", "arrived", act="checkin", passing=True, numbers=True)
def arrived(talk: Talk) -> None:
    """The code or the first name of who is here."""
    meeting = _today(talk)
    if meeting is None:
        return talk.say(_("Hoy no hay sesión en tus comunidades."))
    typed = str(talk.args.get("word", ""))
    if not typed:
        return talk.say(_("Escribe LLEGO y el código, o LLEGO y el nombre. Ejemplo: LLEGO 7KTQ"))
    named = talk.look("named", lambda: _by_name(talk, meeting, typed))
    if named:
        return _guest(talk, meeting, named)
    done = talk.once("in", lambda: _enter(talk, meeting, typed, force=False))
    if "refused" in done or done["result"] == "in":
        return _said(talk, meeting, done)
    if done["reason"] == "cancelled":
        return _gave_back(talk, meeting, typed, done)
    if done["reason"] in lines.DOOR:
        return _refused(talk, meeting, typed, done)
    return _unknown(talk, meeting, typed)


def _today(talk: Talk) -> Session | None:
    code = talk.look("today", lambda: _code_of_today(talk))
    return team.session_of(talk, code) if code else None


def _code_of_today(talk: Talk) -> str:
    mine = team.reach(talk, "checkin")
    found = act.session_of_today(talk.db, mine)
    ahead = found or next((s for id in mine if (s := labs.next_session(talk.db, id))), None)
    return ahead.code if ahead else ""


def _by_name(talk: Talk, meeting: Session, typed: str) -> list[list[Any]]:
    """Those of the list whose first name it is, those who are outside if any is; [] when it is a code of the list."""
    return [[g.id, g.name, g.code] for g in act.outside(talk.db, meeting.id, typed)]


def _inside(talk: Talk, meeting: Session, typed: str) -> dict[str, str]:
    """Code -> 'Kevin 7KTQ' of those with this first name who came in."""
    return {g.code: f"{g.name} {g.code}" for g in act.inside(talk.db, meeting.id, typed)}


def _guest(talk: Talk, meeting: Session, named: list[list[Any]]) -> None:
    which = str(named[0][0])
    labels = {str(id): f"{name} {code}".strip() for id, name, code in named[:5]}
    if len(named) > 1:
        which = talk.ask("which", _("¿Quién es?"), Choice({**labels, "nobody": _("Otra persona")}))
    if which == "nobody":
        return _without(talk, meeting)
    done = talk.once("guest", lambda: _enter_guest(talk, meeting, int(which)))
    return _said(talk, meeting, done)


def _gave_back(talk: Talk, meeting: Session, typed: str, done: team.Result) -> None:
    asked = _("{code} dio su lugar. ¿Entra igual?")
    if not talk.ask("anyway", asked, YesNo(), code=done["code"]):
        return talk.say(_("No entró."))
    return _said(talk, meeting, talk.once("forced", lambda: _enter(talk, meeting, typed, force=True)))


def _refused(talk: Talk, meeting: Session, typed: str, done: team.Result) -> None:
    at = team.moment(done["at"]) if done["at"] else None
    return talk.say(lines.DOOR[done["reason"]], **act.why(meeting, typed, done["code"], at))


def _unknown(talk: Talk, meeting: Session, typed: str) -> None:
    asked = _("No conozco {typed}. ¿Llegó alguien sin lugar?")
    if talk.ask("walk in", asked, YesNo(), typed=lines.as_typed(typed)):
        return _without(talk, meeting)
    return talk.say(_("Está bien. Prueba otra vez con LLEGO y el código."))


def _without(talk: Talk, meeting: Session) -> None:
    done = talk.once("walked in", lambda: _walk_in(talk, meeting))
    if "refused" in done:
        return team.say(talk, done["refused"])
    told = _("Anotado en la puerta. Su código es {code}. Van {count}. Para saber el resultado, que escriba {keyword}.")
    keyword = talk.look("keyword", lambda: labs.lab_by_id(talk.db, meeting.lab_id).keyword)
    return talk.say(told, code=done["code"], count=done["inside"], keyword=keyword)


def _said(talk: Talk, meeting: Session, done: team.Result) -> None:
    if "refused" in done:
        return team.say(talk, done["refused"])
    if done["result"] == "refused":
        return _refused(talk, meeting, done["code"], done)
    code = attend.coded(done)
    if done["name"]:
        return talk.say(_("Entró: {person}, {code}. Van {count}."), person=done["name"], code=code,
                        count=done["inside"])  # fmt: skip
    return talk.say(_("Entró: {code}. Van {count}."), code=code, count=done["inside"])


def _enter(talk: Talk, meeting: Session, typed: str, *, force: bool) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        nonce = team.nonce(talk)
        return _kept(act.enter(talk.db, words, meeting.code, typed, by=me.by, nonce=nonce, force=force))

    return team.tried(talk, "checkin", meeting.lab_id, work)


def _enter_guest(talk: Talk, meeting: Session, registration_id: int) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        nonce = team.nonce(talk)
        return _kept(act.enter_guest(talk.db, words, meeting.code, registration_id, by=me.by, nonce=nonce))

    return team.tried(talk, "checkin", meeting.lab_id, work)


def _walk_in(talk: Talk, meeting: Session) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        return _kept(act.walk_in(talk.db, words, meeting.code, by=me.by, nonce=team.nonce(talk)))

    return team.tried(talk, "checkin", meeting.lab_id, work)


def _kept(told: act.Told) -> team.Result:
    return asdict(told) | {"at": told.at.isoformat() if told.at else ""}


@conversation("no llego", "not arrived", act="checkin", passing=True, numbers=True)
def not_arrived(talk: Talk) -> None:
    """A mistake at the door: the state from before."""
    meeting, typed = _today(talk), str(talk.args.get("word", ""))
    if meeting is None or not typed:
        return talk.say(_("Escribe NO LLEGO y el código. Ejemplo: NO LLEGO 7KTQ"))
    inside = talk.look("inside", lambda: _inside(talk, meeting, typed))
    code = next(iter(inside), typed)
    if len(inside) > 1:
        code = talk.ask("which", _("¿Quién es?"), Choice(dict(list(inside.items())[:6])))
    done = talk.once("undone", lambda: _undo(talk, meeting, code))
    if "refused" in done:
        return team.say(talk, done["refused"])
    if done["result"] != "undone":
        return talk.say(lines.NOT_IN, typed=typed.upper())
    return talk.say(_("Quité la entrada de {code}. Van {count}."), code=done["code"], count=done["inside"])


def _undo(talk: Talk, meeting: Session, typed: str) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        return _kept(act.undo(talk.db, words, meeting.code, typed, by=me.by, nonce=team.nonce(talk)))

    return team.tried(talk, "checkin", meeting.lab_id, work)


@conversation("terminar", "finish", act="checkin")
def finish(talk: Talk) -> None:
    """The session is over: who came is who was checked in; the head count stands beside it."""
    meeting = _over(talk)
    if meeting is None:
        return talk.say(_("No hay una sesión por terminar."))
    if talk.look("early", lambda: meeting.starts_at > talk.db.now):
        return talk.say(lines.DOOR["too_early"], session=meeting.code, day=When(meeting.starts_at, meeting.tz, "day"))
    if _unanswered(talk, meeting):
        return None
    counted = talk.ask("counted", _("¿Cuántas personas contaste en la sala?"), Number(0, 9999))
    done = talk.once("closed", lambda: _close(talk, meeting, counted))
    if "refused" in done:
        return team.say(talk, done["refused"])
    told = _("Sesión {session} terminada. Entraron {attended}, contaste {counted}. No vinieron {no_show}.")
    counts = talk.text(told, session=meeting.code, **done)
    if not talk.look("agreeable", lambda: bool(minutes.agreeable(talk.db, [meeting.lab_id]))):
        return team.say(talk, counts)
    if talk.ask("agreed", _("¿Una oficina se comprometió a algo?"), YesNo(), before=counts):
        return talk.go("staff.agreement")
    return talk.say(_("Está bien. Si recuerdas uno, escribe ACUERDO."))


def _unanswered(talk: Talk, meeting: Session) -> bool:
    """Whether there are ideas without an answer: they come first."""
    waiting = talk.look("unanswered", lambda: idea_states.without_answer(talk.db, meeting.lab_id, meeting.starts_at))
    if not waiting:
        return False
    before = talk.text(lines.UNANSWERED, **lines.unanswered(waiting))
    see = Choice({"yes": _("Sí"), "later": _("Después")})
    if talk.ask("ideas", _("¿Las vemos?"), see, before=before) == "yes":
        talk.go("staff.ideas")
    else:
        talk.say(_("Está bien. La sesión sigue abierta."))
    return True


def _over(talk: Talk) -> Session | None:
    code = talk.look("over", lambda: _code_over(talk, str(talk.args.get("word", ""))))
    return team.session_of(talk, code) if code else None


def _code_over(talk: Talk, word: str) -> str:
    mine = team.reach(talk, "checkin")
    named = labs.session_by_code(talk.db, word) if word else act.session_to_close(talk.db, mine)
    return named.code if named and named.lab_id in mine else ""


def _close(talk: Talk, meeting: Session, counted: int) -> team.Result:
    return team.tried(
        talk, "checkin", meeting.lab_id, lambda words, me: act.close(talk.db, words, meeting.code, counted, by=me.by)
    )
