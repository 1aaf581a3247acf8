"""The lab and the session a talk is about, looked up once and remembered. No conversation of its own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.talk import Talk
from storage import labs
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
    return Session(**{**kept, "starts_at": datetime.fromisoformat(kept["starts_at"])}) if kept else None


def _session(talk: Talk, lab: Lab, code: str) -> dict[str, Any] | None:
    named = labs.session_by_code(talk.db, code) if code else None
    ahead = named and named.state == "published" and named.starts_at > talk.db.now
    found = named if ahead else labs.next_session(talk.db, lab.id)
    return asdict(found) | {"starts_at": found.starts_at.isoformat()} if found else None


def collects(talk: Talk, lab: Lab) -> bool:
    """Whether ideas are taken; in a comarca its community says so (people.md 4.4). For use inside `look`."""
    return lab.state == "published" and labs.authorised(talk.db, lab.id, lab.setting, "collect")


def ask_again_at(session: Session) -> datetime:
    """17:00 local two days before: when who was not sure is asked once more."""
    local = session.starts_at.astimezone(ZoneInfo(session.tz)) - timedelta(days=2)
    return local.replace(hour=17, minute=0, second=0, microsecond=0)
