"""ACUERDO and PROMESA: what an office promised, in its words; it becomes a commitment (accountability.md 1).

One and the same: ACUERDO is what is said at the end of a session, PROMESA on any other day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot import promised
from bot.actions import promise as act
from bot.actions import telling
from bot.actions.promise import Said
from bot.actions.staff import codes
from bot.i18n import _
from bot.talk import Talk, conversation
from conversations.staff import sending, team, translating
from conversations.staff.answers import DueDay, Office, Phrase
from conversations.staff.sending import MOST, fits
from conversations.staff.sure import sure
from storage import minutes
from storage.tables.promises import DUE, PROMISE

NO_DAY = _(
    "El plazo no dice un día: hasta que la oficina dé uno o diga que ya está (NOVEDAD), no se pregunta si se cumplió."
)


@conversation("acuerdo", "agreement", act="decide")
def agreement(talk: Talk) -> None:
    """What was agreed to at a session."""
    _committed(talk, "ACUERDO")


@conversation("promesa", "promise", act="decide")
def promise(talk: Talk) -> None:
    """What an office promised between two sessions."""
    _committed(talk, "PROMESA")


def _committed(talk: Talk, word: str) -> None:
    """About which problem, who answers for it, what and by when; told by the typed number."""
    found = talk.look("problems", lambda: _problems(talk, str(talk.args.get("word", ""))))
    if not found:
        return talk.say(_("Un compromiso va con un tema que ya se decidió y se contó. Todavía no hay ninguno."))
    about = sending.one_of(talk, _("¿De qué tema?"), found)
    if about["refused"]:
        return team.say(talk, about["refused"])
    said = _said(talk, about)
    if not sure(talk):
        return None
    seen = talk.look("seen", lambda: team.read(talk, lambda words: _seen(talk, words, said)))
    fields = {"text": (said.text, PROMISE), "due_text": (seen.get("loose", ""), DUE)}
    if texts := translating.asked(talk, seen.get("readers", {}), fields):
        said = replace(said, texts=texts)
        seen = talk.look("seen in each", lambda: team.read(talk, lambda words: _seen(talk, words, said)))
    if not sending.agreed(talk, word, seen, talk.text(NO_DAY) if seen.get("undated") else ""):
        return None
    made = talk.once("made", lambda: _make(talk, about["lab_id"], said, seen))
    if sending.done(talk, seen, made):
        talk.say(_("Si hay otro, escribe {word}."), word=word)


def _said(talk: Talk, about: Mapping[str, Any]) -> Said:
    offices = talk.look("offices", lambda: dict(minutes.offices(talk.db)[:MOST]))
    office = talk.ask("office", _("¿Quién responde?"), Office(offices))
    text = talk.ask("text", _("¿A qué se compromete? En sus palabras. Ejemplo: repara el tanque"), Phrase(max=PROMISE))
    today = talk.look("today", lambda: promised.local_day(talk.db.now, about["tz"]).isoformat())
    asked = _("¿Para cuándo? Ejemplo: fin de marzo. Si no lo dijo, escribe NADA.")
    due = talk.ask("due", asked, DueDay(today, DUE))
    return Said(problem=about["key"], entity=office, text=text, due=due)


def _problems(talk: Talk, word: str) -> list[dict[str, Any]]:
    rows = minutes.agreeable(talk.db, team.reach(talk, "decide"))
    return [
        {
            "key": key,
            "label": title,
            "fits": not word or fits(word, key, key.partition("/")[2], title),
            "lab_id": lab_id,
            "tz": tz,
            "refused": _refused(talk, lab_id),
        }
        for key, title, lab_id, tz in rows
    ]


def _refused(talk: Talk, lab_id: int) -> str:
    """Why nothing may be told in this lab; '' when it may."""
    return str(team.read(talk, lambda words: {"lab": telling.allowed(talk.db, words, lab_id).id}).get("refused", ""))


def _seen(talk: Talk, words: Any, said: Said) -> dict[str, Any]:
    seen = act.preview(talk.db, words, said)
    about = seen.news.promise
    more = {"known": act.known(talk.db, words, said), "undated": bool(about.due_text) and about.due_to is None}
    return sending.kept(talk, seen, about) | more


def _make(talk: Talk, lab_id: int, said: Said, seen: Mapping[str, Any]) -> team.Result:
    def work(words: Any, me: Any) -> team.Result:
        codes.still(talk.db, words, me)
        told = act.promise(talk.db, words, said, by=me.by, expect=seen["people"], shown=seen.get("known"))
        return {"people": told.pending}

    return team.tried(talk, "decide", lab_id, work)
