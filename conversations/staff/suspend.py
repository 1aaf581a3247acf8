"""SUSPENDER SANMARTIN: the reason, as people will read it; then the typed number."""

from __future__ import annotations

from typing import Any

from bot.actions import suspend as act
from bot.actions.staff import codes
from bot.i18n import _
from bot.talk import Talk, conversation
from conversations.staff import price, team
from conversations.staff.answers import Lock, WhyOrNot
from conversations.staff.sure import sure
from storage import checkins
from storage.labs import Session


@conversation("suspender", "suspend", act="session")
def suspend(talk: Talk) -> None:
    """Who was coming, waiting, unsure or invited is told once, with the reason."""
    meeting = team.the_session(talk, "session")
    if meeting is None:
        return None
    why = talk.ask("why", _("¿Por qué? Escríbelo en una frase. La gente lo va a leer."), WhyOrNot(max=act.LONGEST))
    if not why:
        return talk.say(_("No suspendí nada."))
    if not sure(talk):
        return None
    lead = ""
    for n in range(team.AGAIN):
        now = team.session_of(talk, meeting.code, str(n or "")) or meeting
        done = _once(talk, now, why, lead, str(n or ""))
        if done is None:
            return None
        if "meanwhile" not in done:
            return _told(talk, done)
        lead = done["meanwhile"]
    return talk.say(_("No suspendí nada."))


def _once(talk: Talk, meeting: Session, why: str, lead: str, round: str) -> team.Result | None:
    """One look and one try; None: it was refused, or she does not want it."""
    seen = talk.look(f"seen{round}", lambda: team.read(talk, lambda words: _seen(talk, words, meeting, why)))
    if "refused" in seen:
        team.say(talk, seen["refused"])
        return None
    to_type = _("Para enviar, escribe: SUSPENDER {people}")
    go = talk.ask(
        f"go{round}",
        to_type if seen["people"] else _("Para suspender, escribe: SUSPENDER {people}"),
        Lock("SUSPENDER", seen["people"]),
        before=f"{lead} {_whom(talk, meeting, seen)}".strip(),
        again=_("Escribe SUSPENDER {people} o NO."),
        people=seen["people"],
    )
    if not go:
        talk.say(_("No suspendí nada."))
        return None
    return talk.once(f"suspended{round}", lambda: _do(talk, meeting, why, seen["people"]))


def _told(talk: Talk, done: team.Result) -> None:
    if "refused" in done:
        return team.say(talk, done["refused"])
    told = _("Suspendida. Aviso en camino: {people}.") if done["people"] else _("Suspendida. No había a quién avisar.")
    return talk.say(told, people=done["people"])


def _whom(talk: Talk, meeting: Session, seen: dict[str, Any]) -> str:
    """Who hears of it, in which words, at what cost."""
    if not seen["people"]:
        return talk.text(_("No hay a quién avisar."))
    states = seen["states"]
    count = {
        "going": states.get("registered", 0),
        "waiting": states.get("waiting", 0) + states.get("offered", 0),
        "unsure": states.get("unsure", 0),
    }
    invited = seen["people"] - sum(count.values())
    text = _("Se avisará a {going} inscritos, {waiting} en espera y {unsure} que no saben: «{text}»")
    if invited > 0:
        text = _(
            "Se avisará a {going} inscritos, {waiting} en espera, {unsure} que no saben y {invited} con invitación:"
            " «{text}»"
        )
    told = talk.text(text, **count, invited=invited, text=seen["sample"])
    return f"{told} {price.told(talk, seen['cost'], team.moment(seen['now']), meeting.tz)}"


def _seen(talk: Talk, words: Any, meeting: Session, why: str) -> dict[str, Any]:
    seen = act.preview(talk.db, words, meeting.code, why)
    told = {"people": seen.people, "sample": price.words(seen.samples), "cost": price.cost(talk, seen.mailings)}
    return told | {"states": checkins.by_state(talk.db, meeting.id), "now": talk.db.now.isoformat()}


def _do(talk: Talk, meeting: Session, why: str, people: int) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        codes.still(talk.db, words, me)
        told = act.suspend(talk.db, words, meeting.code, why, by=me.by, expect=people, shown=meeting.revision)
        return {"people": told.pending}

    return team.tried(talk, "session", meeting.lab_id, work)
