"""EDITAR SANMARTIN: another hour, place or number of places. Who was invited or is coming is told once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions import changed
from bot.actions.changed import Change
from bot.actions.staff import codes
from bot.i18n import Count, When, _, n_
from bot.kinds import Choice, Number, Text, YesNo
from bot.talk import Talk, conversation
from conversations.staff import price, team
from conversations.staff.answers import PLACE, ChoiceOrPlaces
from conversations.staff.nueva import ask_when
from conversations.staff.sure import sure
from storage import checkins, registrations
from storage.labs import Session

WHAT = ChoiceOrPlaces(
    {"when": _("Fecha u hora"), "place": _("Lugar"), "places": _("Cupo"), "other": _("Otra cosa")},
)


@conversation("editar", "edit", act="session")
def edit(talk: Talk) -> None:
    """What changes; then whom it is told to."""
    meeting = team.the_session(talk, "session")
    if meeting is None:
        return None
    what = talk.ask("what", _("¿Qué cambias?"), WHAT)
    if what.startswith("places"):
        return _places(talk, meeting, int(what.partition(":")[2] or 0))
    if what == "other":
        return talk.say(_("Eso se cambia en el archivo del plan: pídelo a quien lo lleva."))
    if what == "when":
        at = ask_when(talk, meeting.tz, 0)
        return _change(talk, meeting, at.isoformat(), None)
    place = talk.ask("place", _("¿Lugar exacto? Ejemplo: Casa Comunal"), Text(max=PLACE))
    return _change(talk, meeting, None, place)


def _change(talk: Talk, meeting: Session, at: str | None, place: str | None) -> None:
    """Show it and do it; what another of the team changed while she read is shown, and she is asked again."""
    what, lead = Change(starts_at=datetime.fromisoformat(at) if at else None, place=place), ""
    for n in range(team.AGAIN):
        now = team.session_of(talk, meeting.code, str(n or "")) or meeting
        done = _once(talk, now, what, lead, str(n or ""))
        if done is None:
            return None
        if "meanwhile" not in done:
            return _told(talk, now, what, done)
        lead = done["meanwhile"]
    return talk.say(_("No cambié nada."))


def _once(talk: Talk, meeting: Session, what: Change, lead: str, round: str) -> team.Result | None:
    """One look and one try; None: it was refused, or she does not want it."""
    seen = talk.look(f"seen{round}", lambda: team.read(talk, lambda words: _seen(talk, words, meeting, what)))
    if "refused" in seen:
        team.say(talk, seen["refused"])
        return None
    if seen["people"] and not sure(talk):
        return None
    if seen["people"] and not _agreed(talk, meeting, what, seen, lead, round):
        talk.say(_("No cambié nada: si cambia, la gente tiene que saberlo."))
        return None
    return talk.once(f"changed{round}", lambda: _do(talk, meeting, what, seen["people"]))


def _agreed(talk: Talk, meeting: Session, what: Change, seen: dict[str, Any], lead: str, round: str) -> bool:
    cost = price.told(talk, seen["cost"], team.moment(seen["now"]), meeting.tz)
    news = " ".join([lead, talk.text(_("Con este cambio:"))]) if lead else _news(talk, meeting, what)
    before = f"{news} «{seen['sample']}» {cost}"
    others = seen["people"] - seen["going"] - seen["unsure"]
    asked = _("¿Aviso a los {going} inscritos, a los {unsure} que no saben y a {others} más?")
    if others <= 0:
        asked = _("¿Aviso a los {going} inscritos y a los {unsure} que no saben?")
    whom = {"going": seen["going"], "unsure": seen["unsure"], "others": others}
    return talk.ask(f"tell{round}", asked, YesNo(), before=before, **whom)


def _told(talk: Talk, meeting: Session, what: Change, done: team.Result) -> None:
    if "refused" in done:
        return team.say(talk, done["refused"])
    if not done["people"]:
        team.say(talk, _news(talk, meeting, what))
        return talk.say(_("Todavía no había a quién avisar."))
    return talk.say(_("Cambiado. Aviso en camino: {people}. Para detener, escribe ALTO ENVIO."), people=done["people"])


def _seen(talk: Talk, words: Any, meeting: Session, what: Change) -> dict[str, Any]:
    seen = changed.preview(talk.db, words, meeting.code, what)
    told = meeting.state == "published"
    states = checkins.by_state(talk.db, meeting.id)
    people = seen.people if told else 0
    cost = price.cost(talk, seen.mailings) if told else {}
    shown = {"people": people, "sample": price.words(seen.samples), "cost": cost, "now": talk.db.now.isoformat()}
    return shown | {"going": states.get("registered", 0), "unsure": states.get("unsure", 0)}


def _news(talk: Talk, meeting: Session, what: Change) -> str:
    if what.starts_at is None:
        return talk.text(_("Cambió el lugar: {place}."), place=what.place or "")
    zone = ZoneInfo(meeting.tz)
    if what.starts_at.astimezone(zone).date() == meeting.starts_at.astimezone(zone).date():
        return talk.text(_("Cambió la hora a las {hour}."), hour=When(what.starts_at, meeting.tz, "hour"))
    return talk.text(_("Cambió la fecha: {when}."), when=When(what.starts_at, meeting.tz))


def _do(talk: Talk, meeting: Session, what: Change, people: int) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        if people:
            codes.still(talk.db, words, me)
        told = changed.change(
            talk.db, words, meeting.code, what, by=me.by, expect=people or None, shown=meeting.revision
        )
        return {"people": told.pending if told else 0}

    return team.tried(talk, "session", meeting.lab_id, work)


def _places(talk: Talk, meeting: Session, typed: int) -> None:
    places = typed or talk.ask("places", _("¿Cuántas personas caben?"), Number(1, 9999))
    taken = talk.look("taken", lambda: registrations.taken(talk.db, meeting.id))
    if places < taken:
        keep = talk.text(_("Dejar {count}"), count=taken)
        which = talk.ask(
            "fewer",
            _("¿Qué hago?"),
            Choice({"keep": keep, "choose": _("No cambiar nada")}),
            before=talk.text(
                _("Hay {count} inscritos. No puedo bajar de {count} sin avisar a {over}."),
                count=taken,
                over=taken - places,
            ),
        )
        if which == "choose":
            return talk.say(_("No cambié nada. Si alguien da su lugar con NO VOY, escribe EDITAR otra vez."))
        places = taken
    done = talk.once("resized", lambda: _resize(talk, meeting, places))
    if "refused" in done:
        return team.say(talk, done["refused"])
    return talk.say(_("Listo: {places}."), places=Count(*n_("{n} lugar", "{n} lugares"), places))


def _resize(talk: Talk, meeting: Session, places: int) -> team.Result:
    return team.tried(
        talk,
        "session",
        meeting.lab_id,
        lambda words, me: {"places": changed.resize(talk.db, words, meeting.code, places, by=me.by)},
    )
