"""Two of the team act on one thing: who confirms what she was shown does not undo what the other did meanwhile."""

from __future__ import annotations

from bot import promised
from bot.errors import Meanwhile, Refused
from bot.i18n import Catalogues, Label, When, _
from bot.results import OUTCOMES
from bot.spoken import said
from storage import audit, promises, staff, stories
from storage.contests import Share
from storage.idea_states import Standing
from storage.labs import Session
from storage.promises import Promise
from storage.store import Unit

COLLEAGUE = _("Otra persona del equipo")
SESSION = _("{who} cambió esta reunión mientras tanto. Ahora es: {when}, {place}.")
IDEA = _("{who} respondió la idea {number} mientras tanto. No cambié nada. Para verla, escribe IDEAS {number}.")
OBJECTED = _(
    "Quien escribió la idea {number} dijo mientras tanto que no está de acuerdo. No cambié nada. Para verla, escribe"
    " IDEAS {number}."
)
DECIDED = _("{who} ya decidió sobre {title} mientras tanto: {outcome}. Razón: {reason}. No cambié nada.")
LAST = _("Mientras tanto se decidió lo demás.")
PROMISE = _("{who} anotó mientras tanto otra novedad de este compromiso. Ahora: {step}. No guardé nada.")
ANOTHER = _("Mientras tanto se anotó otro compromiso de esta oficina: «{text}». No guardé nada.")
STORY = _("Mientras tanto ya se contó la historia de este compromiso. No guardé nada.")


def session(unit: Unit, catalogues: Catalogues, meeting: Session, shown: int | None) -> None:
    """Raises Meanwhile when this locked session is another revision than was shown; None: nothing was shown."""
    if shown is None or meeting.revision == shown:
        return
    who = _who(unit, meeting.code, "session_changed")
    when = When(meeting.starts_at, meeting.tz)
    raise Meanwhile(catalogues.told(SESSION, who=who, when=when, place=said(meeting, "place")))


def idea(unit: Unit, catalogues: Catalogues, held: Standing | None, shown: str | None) -> None:
    """Raises Meanwhile when this locked idea stands otherwise than was shown (`Standing.stands`)."""
    if held is None or shown is None or held.stands == shown:
        return
    number = held.idea.number
    if held.appeal is not None and held.stands.rpartition(" ")[2] != shown.rpartition(" ")[2]:
        raise Meanwhile(catalogues.told(OBJECTED, number=number))
    who = _who(unit, f"idea:{number}", "idea.joined", "idea.own", "idea.outcome", "idea.kept", "idea.undone")
    raise Meanwhile(catalogues.told(IDEA, who=who, number=number))


Stands = tuple[str, str, bool]  # what was decided of an option, why, and whether the next decision is the last one


def decision(unit: Unit, catalogues: Catalogues, before: Share, stands: Stands, shown: Stands | None) -> None:
    """Raises Refused when an option was decided otherwise since it was shown, Meanwhile when it is the last one now."""
    if shown is None or stands == shown:
        return
    if stands[:2] != shown[:2]:
        who, outcome = _who(unit, before.problem, "decision.made"), Label(OUTCOMES[stands[0]])
        told = {"title": before.title, "outcome": outcome, "reason": stands[1]}
        raise Refused(catalogues.told(DECIDED, who=who, **told))
    raise Meanwhile(catalogues.told(LAST))


def promise(unit: Unit, catalogues: Catalogues, held: Promise, shown: int | None) -> None:
    """Refused when something was said of this locked promise after that; shown: the id of its newest piece of news."""
    if shown is not None and promises.updates(unit, held.id)[-1].id != shown:
        who, step = _who(unit, f"{held.lab}/{held.problem}", "commitment.updated"), Label(promised.STATUS[held.status])
        raise Refused(catalogues.told(PROMISE, who=who, step=step))


def promises_of(unit: Unit, catalogues: Catalogues, problem_id: int, entity_id: int, shown: int | None) -> None:
    """Refused when an office promised something else about a problem since so many of its promises were shown."""
    found = promises.texts(unit, problem_id, entity_id)
    if shown is not None and len(found) > shown:
        raise Refused(catalogues.told(ANOTHER, text=max(found)[1]))


def story(unit: Unit, catalogues: Catalogues, commitment_id: int) -> None:
    """Refused when its story was told already: another one would be lost without a word."""
    if stories.of(unit, commitment_id) is not None:
        raise Refused(catalogues.told(STORY))


def _who(unit: Unit, subject: str, *kinds: str) -> object:
    """The first name of the colleague who did one of these last; the command line and the plan have none."""
    return staff.name_by(unit, audit.last_actor(unit, subject, *kinds)) or Label(COLLEAGUE)
