"""The lab and the session a talk is about, looked up once and remembered. No conversation of its own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.broadcast import NO_CONSULTATION, NO_CONSULTATION_SHORT
from bot.i18n import _
from bot.talk import Talk
from storage import labs, public, site
from storage.labs import Lab, Session


def the_lab(talk: Talk, slug: str = "") -> Lab:
    """The lab this talk is about: named by its args, else where this phone gave permission, else the first."""
    return Lab(**talk.look("lab", lambda: asdict(_found(talk, slug or str(talk.args.get("lab", ""))))))


def _found(talk: Talk, slug: str) -> Lab:
    named = labs.lab(talk.db, slug) if slug else None
    home = named or labs.home(talk.db, talk.address_id)
    return home or next(iter(labs.spoken_of(talk.db)), labs.NONE)


def the_session(talk: Talk, lab: Lab, code: str = "") -> Session | None:
    """The session by its code while it is still ahead, else the lab's next one."""
    kept = talk.look(f"session.{code}", lambda: _session(talk, lab, code))
    return read_again(kept) if kept else None


def as_kept(session: Session) -> dict[str, Any]:
    """A session as JSON, for a look; `read_again` makes it one again."""
    return asdict(session) | {"starts_at": session.starts_at.isoformat()}


def read_again(kept: dict[str, Any]) -> Session:
    """The session that `as_kept` wrote."""
    return Session(**{**kept, "starts_at": datetime.fromisoformat(kept["starts_at"])})


def _session(talk: Talk, lab: Lab, code: str) -> dict[str, Any] | None:
    named = labs.session_by_code(talk.db, code) if code else None
    ahead = named and named.state == "published" and named.starts_at > talk.db.now
    found = named if ahead else labs.next_session(talk.db, lab.id)
    if found and not labs.lab_by_id(talk.db, found.lab_id).authorised:  # its comarca has stopped it
        return None
    return as_kept(found) if found else None


def halted(talk: Talk, lab_id: int, at: str = "") -> bool:
    """Whether its community has stopped the lab: she is told so, and nothing is kept. at: once for each answer."""
    if not talk.look(f"stopped{at}", lambda: not labs.lab_by_id(talk.db, lab_id).authorised):
        return False
    talk.say(_("La comunidad detuvo este laboratorio."))
    return True


def no_consultation(talk: Talk, lab: Lab, said: str) -> str:
    """What stands before the first question of a talk; in a comarca with what the lab is not (ADR 21)."""
    if lab.setting != labs.COMARCA:
        return said
    notice = NO_CONSULTATION if talk.scene.limits.breaks else NO_CONSULTATION_SHORT
    return ("\n" if talk.scene.limits.breaks else " ").join((said, talk.text(notice)))


def result_page(talk: Talk, slug: str) -> str:
    """Where anybody reads the result of a contest; '' before it may be read, or without a site. For use in `look`."""
    place, found = site.address(talk.db), public.choice(talk.db, slug)
    return f"{place}/l/{found.lab}" if place and found and found.published else ""


def collects(talk: Talk, lab: Lab) -> bool:
    """Whether ideas are taken; in a comarca its community says so (people.md 4.4). For use inside `look`."""
    return lab.state == "published" and labs.authorised(talk.db, lab.id, lab.setting, "collect")


def ask_again_at(session: Session) -> datetime:
    """17:00 local two days before: when who was not sure is asked once more."""
    local = session.starts_at.astimezone(ZoneInfo(session.tz)) - timedelta(days=2)
    return local.replace(hour=17, minute=0, second=0, microsecond=0)
