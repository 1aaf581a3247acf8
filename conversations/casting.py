"""A choice is taken and echoed, the same for text and buttons. No conversation of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.choosing import LEAD, Ballot
from bot.i18n import And, When, _
from bot.talk import Talk
from conversations.places import no_consultation, the_lab
from conversations.to_idea import late
from storage import ballots, contests, labs, own_codes, people, rolls
from storage.ballots import Voter

CAME_BACK = _(
    "Desde este teléfono ya se contó una elección, y sus datos se borraron. Sigue en el total: no se cuenta otra."
    " Si eres otra persona, escribe PERSONA."
)
COUNTS = ("new", "changed", "same", "again")  # the choice that was given stands
BESIDE_TAPS = _("Puedes elegir hasta {k}. Es confidencial, no secreto: PRIVACIDAD.")
APART = _("Se cuenta aparte: deciden quienes fueron a la reunión.")


def the_contest(talk: Talk) -> dict[str, Any] | None:
    """The contest this talk is about, as it stood when the talk began; None: there is none, or its comarca stopped it.

    slug, lab (slug), state, open, closes_at, tz, ballot (JSON)
    """
    found = also_stopped(talk)
    return None if found and found.get("stopped") else found


def also_stopped(talk: Talk) -> dict[str, Any] | None:
    """The same, with `stopped`: what is somebody's own is shown to her all the same (people.md 4)."""
    return talk.look("contest", lambda: _found(talk))


def _found(talk: Talk) -> dict[str, Any] | None:
    slug = str(talk.args.get("contest", "")) or _newest(talk)
    found = contests.by_slug(talk.db, slug) if slug else None
    if found is None or found.state == "draft" or found.closes_at is None:
        return None
    lab = labs.lab_by_id(talk.db, found.lab_id)
    return {
        "stopped": not lab.authorised,  # by its comarca
        "slug": found.slug,
        "lab": lab.slug,
        "state": found.state,
        "open": found.takes(talk.db.now),
        "ended_at": min(found.closed_at or found.closes_at, found.closes_at).isoformat(),
        "tz": found.tz,
        "ballot": Ballot.of(found, lab, contests.options(talk.db, found.id)).to_json(),
    }


def _newest(talk: Talk) -> str | None:
    """Of the lab named, else of the lab where this phone gave permission; a stranger is led to the newest open one."""
    named = labs.lab(talk.db, str(talk.args.get("lab", "")))
    lab = named or labs.home(talk.db, talk.address_id)
    if lab is not None:
        return contests.newest_slug(talk.db, lab.id)
    return contests.newest_open(talk.db)


def nothing(talk: Talk) -> None:
    """There is nothing to choose."""
    talk.say(_("Ahora no hay nada que elegir."))


def ended(talk: Talk, found: dict[str, Any]) -> None:
    """It is over; the result is where it can be seen."""
    if found["state"] == "published":
        return talk.go("result", contest=found["slug"], lab=found["lab"])
    return talk.say(_("La elección terminó el {closes}. Te cuento cuando haya resultado."), closes=end_of(found))


def lead(talk: Talk, ballot: Ballot) -> str:
    """What stands before the first question of a ballot."""
    found = the_contest(talk) or {}
    first = BESIDE_TAPS if ballot.by_taps(talk.scene.limits) else LEAD
    return no_consultation(talk, the_lab(talk, found.get("lab", "")), talk.text(first, **ballot.args()))


def end_of(found: dict[str, Any]) -> When:
    """When it ended, as an argument."""
    return When(datetime.fromisoformat(found["ended_at"]), found["tz"])


def result_day(talk: Talk, contest_id: int) -> When | None:
    """The day of the lab's first meeting after the close, at which the result is told; None: none is planned."""
    kept = talk.look("result day", lambda: _result_day(talk, contest_id))
    return When(datetime.fromisoformat(kept[0]), kept[1], "day") if kept else None


def _result_day(talk: Talk, contest_id: int) -> list[str]:
    found = contests.by_id(talk.db, contest_id)
    closed = found.closed_at or found.closes_at
    meeting = labs.next_session(talk.db, found.lab_id, after=max(talk.db.now, closed)) if closed else None
    return [meeting.starts_at.isoformat(), meeting.tz] if meeting else []


def is_shared(talk: Talk) -> bool:
    """Several people use this phone: after the echo no option is named on it."""
    return len(people.people_of(talk.db, talk.address_id)) > 1


def said_who(talk: Talk) -> bool:
    """Somebody of this shared phone has said who writes: SOY MARIA before, or MARIA 1 in this message."""
    return talk.scene.named or people.address_by_id(talk.db, talk.address_id).speaker_id is not None


def cast(talk: Talk, ballot: Ballot, person_id: int, chosen: Sequence[str]) -> dict[str, Any]:
    """Take it in this turn's transaction; what became of it, as JSON."""
    if set(chosen) & {str(o.number) for o in contests.options(talk.db, ballot.contest) if o.withdrawn}:
        return {"state": "gone", "shared": False, "before": None, "decides": True}  # while this talk was waiting
    if not labs.lab_by_id(talk.db, contests.by_id(talk.db, ballot.contest).lab_id).authorised:
        return {"state": "stopped", "shared": False, "before": None, "decides": True}
    sender, message = talk.provider
    shared = is_shared(talk)
    voter = Voter(
        person_id=person_id,
        channel=talk.channel,
        shared=shared,
        provider=sender,
        provider_msg_id=message,
        sent_at=talk.sent_at,
    )
    done = ballots.cast(talk.db, ballot.contest, voter, [int(n) for n in chosen])
    before = list(done.before.picks) if done.before else None
    same = {"state": done.state, "code": done.choice.code, "shared": shared, "before": before, "decides": done.decides}
    given = own_codes.give(talk.db, person_id) if shared and done.state == "new" else ""
    person = None if shared else people.person_by_id(talk.db, person_id)
    called = person.name if person else ""
    return same | {"ended_at": _ended_at(talk, ballot), "own code": given, "called": called}


def _ended_at(talk: Talk, ballot: Ballot) -> str:
    closed_at = contests.by_id(talk.db, ballot.contest).closed_at
    return min(closed_at or ballot.closes_at, ballot.closes_at).isoformat()


def standing(talk: Talk, ballot: Ballot, person_id: int) -> dict[str, Any] | None:
    """The choice of this person that counts now, as JSON."""
    held = ballots.standing(talk.db, ballot.contest, person_id)
    return {"picks": ballot.standing(held.picks), "code": held.code} if held else None


def counted_apart(talk: Talk, ballot: Ballot, person_id: int) -> bool:
    """Whether this person is in a class that does not decide."""
    found = contests.by_id(talk.db, ballot.contest)
    return rolls.class_of(talk.db, found.id, person_id) not in (found.decides, None)


def held_by(talk: Talk, found: dict[str, Any] | None, person_id: int | None) -> dict[str, Any] | None:
    """The choice that counts of who may be nobody, in a contest that may not be there."""
    return standing(talk, Ballot.from_json(found["ballot"], talk.lang), person_id) if found and person_id else None


def echo(talk: Talk, ballot: Ballot, picked: Mapping[str, Any], done: dict[str, Any]) -> None:
    """Say what was noted, by its names; a choice that replaced another says both."""
    picks = [int(n) for n in picked["chosen"]]
    told = {"picks": ballot.named(picks, talk.scene.limits), **ballot.args()}
    if done["state"] == "gone":
        return talk.say(_("Una opción que elegiste se retiró, y no se anotó nada. Para elegir, escribe ELEGIR."))
    if done["state"] == "stopped":
        return talk.say(_("La comunidad detuvo este laboratorio. Tu elección no se anotó."))
    if done["state"] == "late":
        end = When(datetime.fromisoformat(done["ended_at"]), ballot.tz)
        return late(talk, ballot, end, picks, shared=done["shared"])
    if done["state"] == "erased":
        return talk.say(CAME_BACK)
    if done["state"] in ("same", "again"):
        return say_same(talk, picks, shared=done["shared"])
    if done["state"] == "older":
        return _older(talk, ballot, done)
    _said(talk, ballot, picked, done, told)
    if not done.get("decides", True):
        talk.say(APART)
    return None


def _said(talk: Talk, ballot: Ballot, picked: Mapping[str, Any], done: dict[str, Any], told: dict[str, object]) -> None:
    picks = picked["chosen"]
    if done["state"] == "changed":
        _changed(talk, told if picks else told | {"picks": talk.text(_("en blanco"))}, done)
        return _once(talk, ballot, picked)
    if done.get("own code"):
        told |= {"code": done["own code"], "picks": told["picks"] if picks else talk.text(_("en blanco"))}
        return talk.say(_("Anotado: {picks}. Para cambiarlo, escribe ELEGIR y tu código, que es {code}."), **told)
    if picks:
        return _noted(talk, ballot, picked, told | {"name": done.get("called", "")})
    if picked["blank"] == "none":
        noted = _("Anotado: ninguno de los {n}. Puedes cambiarlo hasta el {day}: escribe ELEGIR.")
        return talk.say(noted, n=len(ballot.options), **ballot.args())
    return talk.say(_("Anotado: en blanco. Puedes cambiarlo hasta el {day}: escribe ELEGIR."), **ballot.args())


def beside(talk: Talk, done: Mapping[str, Any]) -> None:
    """Below what ends a choice that counts, on a phone of one's own."""
    if done["state"] in COUNTS and not done["shared"]:
        talk.below("change", "language", "data")


def _older(talk: Talk, ballot: Ballot, done: dict[str, Any]) -> None:
    """Messages that come in another order than they were written: the one written last stands."""
    if done["shared"] or not done["before"]:
        return talk.say(_("Ese mensaje es de antes. Vale tu última elección."))
    picks = ballot.named(done["before"], talk.scene.limits)
    return talk.say(_("Ese mensaje es de antes. Vale tu última elección: {picks}."), picks=picks)


def _noted(talk: Talk, ballot: Ballot, picked: Mapping[str, Any], told: dict[str, object]) -> None:
    left = _left(ballot, picked)
    if left:
        noted = _("Anotado: {picks}. El {number} cuenta una vez. Puedes elegir {left} más: escribe ELEGIR.")
        return talk.say(noted, number=picked["twice"][0], left=left, **told)
    if told["name"]:
        return talk.say(_("Anotado, {name}: {picks}. Puedes cambiarlo hasta el {day}: escribe ELEGIR."), **told)
    return talk.say(_("Anotado: {picks}. Puedes cambiarlo hasta el {day}: escribe ELEGIR."), **told)


def _left(ballot: Ballot, picked: Mapping[str, Any]) -> int:
    """How many more may be chosen by who wrote one number twice; 0 where nothing is to be said of that."""
    return max(0, ballot.k - len(picked["chosen"])) if len(picked["twice"]) == 1 else 0


def _once(talk: Talk, ballot: Ballot, picked: Mapping[str, Any]) -> None:
    """'3 3 3', also where it replaces another choice."""
    left = _left(ballot, picked)
    if left:
        once = _("El {number} cuenta una vez. Puedes elegir {left} más: escribe ELEGIR.")
        talk.say(once, number=picked["twice"][0], left=left)


def _changed(talk: Talk, told: dict[str, object], done: dict[str, Any]) -> None:
    if done["shared"]:  # what stood before may be another person's business
        return talk.say(_("Cambiado: {picks}. Vale esta última."), **told)
    if not done["before"]:
        return talk.say(_("Cambiado: {picks}. Antes era en blanco. Vale esta última."), **told)
    before = And(str(n) for n in done["before"])
    return talk.say(_("Cambiado: {picks}. Antes era {before}. Vale esta última."), before=before, **told)


def say_same(talk: Talk, picks: Sequence[int], *, shared: bool) -> None:
    """The same choice again makes no row."""
    if shared:
        return talk.say(_("Ya tengo esa elección. No hace falta repetir."))
    if not picks:
        return talk.say(_("Ya tengo tu elección: en blanco. No hace falta repetir."))
    numbers = And(str(n) for n in picks)
    return talk.say(_("Ya tengo tu elección: {picks}. Es la misma. No hace falta repetir."), picks=numbers)
