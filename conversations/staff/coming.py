"""QUIEN VIENE: how many, and the list by code; first names only for who may see them."""

from __future__ import annotations

from typing import Any

from bot.actions.staff import coming as act
from bot.i18n import _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from conversations.staff import team
from storage.labs import Session

PAGE = 40


@conversation("quien viene", "quienes vienen", "who comes", act="coming", passing=True)
def coming(talk: Talk) -> None:
    """Counts, then the list in pages."""
    meeting = team.the_session(talk, "coming")
    if meeting is None:
        return None
    seen = talk.look("seen", lambda: _seen(talk, meeting))
    lines, pages = act.told(talk.text, meeting, seen), _pages(seen["list"])
    for n, page in enumerate(pages):
        lines = "\n".join([lines, *page]).strip()
        if n + 1 == len(pages):
            break
        if not talk.ask(f"more.{n}", _("¿Sigo?"), YesNo(), before=lines):
            return talk.say(_("Está bien."))
        lines = ""
    return team.say(talk, lines)


def _pages(rows: list[str]) -> list[list[str]]:
    return [rows[n : n + PAGE] for n in range(0, len(rows), PAGE)] or [[]]


def _seen(talk: Talk, meeting: Session) -> dict[str, Any]:
    names = meeting.lab_id in team.reach(talk, "names")
    rows = [act.line(one, one.name) for one in act.guests(talk.db, meeting)] if names else []
    return {"list": rows, **act.counts(talk.db, meeting)}
