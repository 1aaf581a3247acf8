"""Make a session and publish it. Who is invited to it is another act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.actions import announce, translated
from bot.actions.staff import lines
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.kinds import written
from storage import audit, labs, sessions, site
from storage.labs import Session
from storage.store import Unit

KINDS = ("problems", "report_back", "table", "public")
PLACE, USE = 30, 60  # letters: with them an invitation is one SMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A session as it was said."""

    lab: str  # slug
    kind: str
    title: str
    starts_at: datetime  # aware
    place: str
    capacity: int | None
    use: str  # 'va a la junta comunal'
    code: str = ""  # '' = the next one of the lab: 'sm3'


def new(unit: Unit, catalogues: Catalogues, draft: Draft, *, by: str) -> Session:
    """Make it, as a draft. Refused with what is wrong."""
    lab = labs.lab(unit, draft.lab)
    if lab is None:
        raise Refused(catalogues.told(lines.NO_LAB, lab=draft.lab))
    code = draft.code.lower() or sessions.next_code(unit, lab.id, lab.slug)
    why = _why_not(unit, draft, code)
    if why:
        raise Refused(catalogues.told(why, code=code, place=PLACE, use=USE, kinds=", ".join(KINDS)))
    values = {"lab_id": lab.id, "code": code, "kind": draft.kind, "title": draft.title[:120], "tz": lab.tz}
    told = {"place": _clean(draft.place), "use": _clean(draft.use), "capacity": draft.capacity}
    sessions.make(unit, {**values, **told, "starts_at": draft.starts_at, "state": "draft"})
    audit.record(unit, "session_made", code, {"lab": lab.slug, "kind": draft.kind}, actor=by)
    made = labs.session_by_code(unit, code)
    if made is None:
        raise LookupError("a session that was just made is gone")
    return made


def _clean(text: str) -> str:
    return written(text).rstrip(".")


def _why_not(unit: Unit, draft: Draft, code: str) -> str:
    if any(map(translated.braces, (draft.place, draft.use, draft.title))):
        return translated.BRACES
    if draft.kind not in KINDS:
        return _("No conozco ese tipo de sesión. Escribe uno de estos: {kinds}.")
    if draft.starts_at <= unit.now:
        return _("Esa fecha ya pasó.")
    if not 0 < len(_clean(draft.place)) <= PLACE:
        return _("El lugar lleva de 1 a {place} letras.")
    if not 0 < len(_clean(draft.use)) <= USE:
        return _("Lo que pasa con lo que elijan lleva de 1 a {use} letras.")
    if draft.capacity is not None and draft.capacity < 1:
        return _("Caben 1 o más personas.")
    if labs.session_by_code(unit, code) is not None or not code.isalnum() or len(code) > 20:
        return _("No se puede usar el código {code}: ya existe, o no son letras y números.")
    return ""


def publish(unit: Unit, catalogues: Catalogues, code: str, *, by: str) -> Session:
    """People may sign up from now on. Refused without the authorisation of a comarca; again is harmless."""
    meeting, _lab = announce.allowed(unit, catalogues, code)
    sessions.lock(unit, meeting.id)
    announce.publish(unit, labs.session_by_id(unit, meeting.id), by)
    return labs.session_by_id(unit, meeting.id)


def poster(unit: Unit, meeting: Session) -> str:
    """Where its poster and radio script are, in the first language of its lab; '' while our pages have no address."""
    url, lab = site.address(unit), labs.lab_by_id(unit, meeting.lab_id)
    return f"{url}/l/{lab.slug}/cartel/{meeting.code}?lang={lab.langs[0]}" if url else ""
