"""IDEA: somebody proposes, is told the number and until when it is read, and says whether it may be shown
(conversations.md 7).
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from bot import ideas as rules
from bot.i18n import When, _
from bot.kinds import Choice, YesNo, numbered
from bot.talk import Talk, conversation
from conversations.attend import name_of
from conversations.idea_author import WITHOUT, author, community
from conversations.idea_words import HEARD, OR_WRITE, Said, Shows, Told, told
from conversations.places import collects, the_lab
from storage import idea_changes, ideas, labs, people
from storage.labs import Lab

PUBLISH_QUESTION = _("¿La ponemos en la lista pública?")
PUBLISH = Choice(
    {"unnamed": _("Sí, sin mi nombre"), "named": _("Sí, con mi nombre"), "no": _("No")},
    {
        "unnamed": ("si", "sin mi nombre", "sin nombre", "yes", "ok", "without my name"),
        "named": ("con mi nombre", "con nombre", "with my name"),
    },
)
PUBLISHED = {
    "unnamed": _("Listo. Sale sin tu nombre. Para ver cómo va, escribe MI IDEA."),
    "named": _("Listo. Sale con tu nombre. Para ver cómo va, escribe MI IDEA."),
    "no": _("Está bien. No sale en la lista. Para ver cómo va, escribe MI IDEA."),
}
TAKEN_BEFORE = _("La idea {number} ya estaba quitada.")
LET_BE = _("Está bien. No anoté nada.")
VOICES = 3  # voice notes to one idea


@conversation(
    command="idea",
    sees=("what", *(f"said.{n}" for n in range(1, VOICES + 1))),
    offers=("proposes", "publish", "said.words", *(f"said.{n}" for n in range(1, VOICES + 1))),
)
def idea(talk: Talk) -> None:
    """IDEA, with or without the words behind it; IDEA 28 tells how that one stands. `heard`: words of a voice note that
    she has agreed to, and that no open question asked for."""
    typed, spoken = str(talk.args.get("word", "")), str(talk.args.get("heard", ""))
    if rules.number_in(typed) is not None:
        return talk.go("idea_by_number", word=typed)
    slug = community(talk)
    lab = the_lab(talk, slug)
    if not slug or not talk.look("collects", lambda: collects(talk, lab)):
        return talk.say(_("Ahora no recibo ideas. Para hablar con el equipo, escribe PERSONA."))
    person_id = author(talk, lab)
    if person_id is None:
        return None
    if person_id == WITHOUT:
        return _without(talk, lab, typed or spoken)
    return _heard(talk, lab, person_id, spoken) if spoken else _of(talk, lab, person_id, typed)


def _without(talk: Talk, lab: Lab, typed: str) -> None:
    """Kept with its number and nothing of whoever sent it: no word of the talk stays, also on a phone of others."""
    said = told(talk, typed, without=True)
    if said is None:
        return talk.forget(LET_BE)
    kept = talk.once("kept", lambda: _keep(talk, lab, None, said))
    if talk.channel == "telegram":
        done = _("Recibida sin tus datos: idea {number}. Para ver cómo va, escribe IDEA {number} cuando quieras.")
    else:
        done = _("Recibida sin tu número: idea {number}. Para ver cómo va, escribe IDEA {number} cuando quieras.")
    return talk.forget(done, number=kept["number"])


def _of(talk: Talk, lab: Lab, person_id: int, typed: str) -> None:
    if talk.look("enough", lambda: _enough(talk, lab, person_id)):
        return talk.say(_("Hoy ya recibí {count} ideas tuyas. Gracias. Mañana puedes mandar más."), count=rules.A_DAY)
    meeting = talk.look("meeting", lambda: _meeting(talk, lab))
    said = told(talk, typed, _closed(talk, lab, meeting), without=False)
    if said is None:
        return talk.say(LET_BE)
    if said["media"] != "voice":
        known = talk.look("known", lambda: _known(talk, person_id, said["text"]))
        if known:
            return _again(talk, known)
    kept = talk.once("kept", lambda: _keep(talk, lab, person_id, said))
    if said["media"] != "voice":
        return _publish(talk, lab, person_id, kept, said["text"], _receipt(typed, meeting))
    return _agreed(talk, lab, person_id, kept, _written(talk, person_id)["text"])


def _heard(talk: Talk, lab: Lab, person_id: int, words: str) -> None:
    """The words of her spoken idea that waited longest for them; of none: an idea of its own, said aloud."""
    said = Told().agreed(words)
    kept = talk.once("kept", lambda: _unheard(talk, lab, person_id) or _keep(talk, lab, person_id, said))
    return _agreed(talk, lab, person_id, kept, said["text"])


def _unheard(talk: Talk, lab: Lab, person_id: int) -> dict[str, Any] | None:
    mine = [one for one in ideas.of_person(talk.db, person_id) if one.media == "voice" and one.text is None]
    found = next((one for one in reversed(mine) if one.lab == lab.slug and one.withdrawn_at is None), None)
    if found is None:
        return None
    return {"id": found.id, "number": found.number, "read_by": found.read_due_at.isoformat()}


def _agreed(talk: Talk, lab: Lab, person_id: int, kept: dict[str, Any], words: str) -> None:
    """What she said aloud is written down."""
    if not talk.once("written", lambda: _write(talk, kept["id"], words)):
        return talk.say(TAKEN_BEFORE, number=kept["number"])
    return _publish(talk, lab, person_id, kept, words, _receipt("", talk.look("meeting", lambda: _meeting(talk, lab))))


def _write(talk: Talk, idea_id: int, words: str) -> bool:
    """False: she has taken it back meanwhile."""
    found = ideas.by_id(talk.db, idea_id)
    if found is None or found.withdrawn_at is not None:
        return False
    ideas.set_text(talk.db, idea_id, words)
    return True


# --- what stands around it ----------------------------------------------------------------------------------------


def _enough(talk: Talk, lab: Lab, person_id: int) -> bool:
    return ideas.said_since(talk.db, person_id, rules.day_began(talk.db.now, lab.tz)) >= rules.A_DAY


def _meeting(talk: Talk, lab: Lab) -> dict[str, Any]:
    """The meeting at which it is read: {'id', 'at'}; and when the list before it closed: {'closed'}. ISO or None."""
    ahead = labs.next_session(talk.db, lab.id)
    closed = labs.last_met(talk.db, lab.id).isoformat() if labs.has_met(talk.db, lab.id) else None
    return {"id": ahead and ahead.id, "at": ahead and ahead.starts_at.isoformat(), "closed": closed}


def _closed(talk: Talk, lab: Lab, meeting: dict[str, Any]) -> str:
    """What is said first once the lab has met; '' before."""
    if meeting["closed"] is None:
        return ""
    closed = When(datetime.fromisoformat(meeting["closed"]), lab.tz, "day")
    if meeting["at"] is None:
        told_ = _("La lista de {lab} cerró el {closed}. Tu idea va a la próxima reunión.")
        return talk.text(told_, lab=lab.name, closed=closed)
    ahead = When(datetime.fromisoformat(meeting["at"]), lab.tz, "day")
    told_ = _("La lista de {lab} cerró el {closed}. Tu idea va a la reunión del {day}.")
    return talk.text(told_, lab=lab.name, closed=closed, day=ahead)


def _known(talk: Talk, person_id: int, text: str) -> list[int] | None:
    """[id, number] of her idea that says the same; None: none does."""
    mine = [one for one in ideas.of_person(talk.db, person_id) if one.text and not one.withdrawn_at]
    number = rules.same(text, [(one.number, one.text or "") for one in mine])
    return next(([one.id, one.number] for one in mine if one.number == number), None)


def _again(talk: Talk, known: list[int]) -> None:
    before = talk.text(_("Ya la tengo: es tu idea {number}."), number=known[1])
    if not talk.ask("again", _("¿Agrego algo?"), YesNo(), before=before):
        other = _("Está bien. Tu idea {number} sigue igual. Si es otra, escribe IDEA y dila con otras palabras.")
        return talk.say(other, number=known[1])
    more = talk.ask("added", _("¿Qué agrego?"), Told(talk.scene.catalogues.words))
    talk.once("added", lambda: _add(talk, known[0], more["text"]))
    return talk.say(_("Listo. Lo agregué a tu idea {number}."), number=known[1])


def _add(talk: Talk, idea_id: int, words: str) -> None:
    """Where somebody has read it, what was read stays what is shown, and the team is told that there is more."""
    found = ideas.by_id(talk.db, idea_id)
    if found and found.read_at:
        people.hand_over(talk.db, talk.address_id, talk.person_id, "idea")
        if found.shown is None and found.text:
            idea_changes.hide_names(talk.db, idea_id, found.text)
    ideas.add_words(talk.db, idea_id, words)


# --- keeping it ---------------------------------------------------------------------------------------------------


def _keep(talk: Talk, lab: Lab, person_id: int | None, said: Said) -> dict[str, Any]:
    """Kept under the next number. Of nobody: without the message and without the hour, for both lead to a phone."""
    now, ahead = talk.db.now, labs.next_session(talk.db, lab.id)
    sent = person_id is not None and said["media"]
    kept = ideas.add(
        talk.db,
        ideas.New(
            lab_id=lab.id,
            session_id=ahead.id if ahead else None,
            person_id=person_id,
            text=said["text"] or None,
            lang=talk.lang,
            channel=talk.channel,
            at=now if person_id else rules.day_began(now, lab.tz),
            read_due_at=rules.read_by(now, lab.tz),
            outcome_due_at=rules.outcome_by(now, lab.tz),
            media=said["media"] or None,
            inbound_id=talk.answered("what")["inbound_id"] if sent else None,
        ),
    )
    return {"id": kept.id, "number": kept.number, "read_by": kept.read_due_at.isoformat()}


def _written(talk: Talk, person_id: int) -> Said:
    """A voice note: a human hears it, and what she says it said comes as an answer (conversations/heard.py).

    After several in a row she is told that she may write it; each further one is heard as well, as anywhere.
    """
    for n in range(1, VOICES + 1):
        talk.once(f"handed.{n}", partial(_to_the_team, talk, person_id))
        said = talk.ask(f"said.{n}", HEARD, Shows(talk.scene.catalogues.words))
        if said["text"]:
            return said
    talk.once("handed.last", partial(_to_the_team, talk, person_id))
    return talk.ask("said.words", OR_WRITE, Told(talk.scene.catalogues.words))


def _to_the_team(talk: Talk, person_id: int) -> None:
    people.hand_over(talk.db, talk.address_id, person_id, "voice", talk_id=talk.scene.talk_id)


def _receipt(typed: str, meeting: dict[str, Any]) -> str:
    """Who was not told before that the list is closed is told now."""
    if typed and meeting["closed"] and meeting["at"]:
        return _(
            "Recibido, {name}. Es la idea {number}: «{idea}». La lista cerró: va a la reunión del {day}."
            " Una persona la lee antes del {read}."
        )
    return _("Recibido, {name}. Es la idea {number}: «{idea}». Una persona la lee antes del {read} y te cuenta.")


def _publish(talk: Talk, lab: Lab, person_id: int, kept: dict[str, Any], text: str, receipt: str) -> None:
    """Whether it may be shown, and with her name: until she says so it is not."""
    name = talk.look("called", lambda: name_of(talk, person_id))
    meeting = talk.look("meeting", lambda: _meeting(talk, lab))
    ahead = meeting["at"] or kept["read_by"]
    told_ = talk.text(
        receipt,
        name=name,
        number=kept["number"],
        idea=text,
        day=When(datetime.fromisoformat(ahead), lab.tz, "day"),
        read=When(datetime.fromisoformat(kept["read_by"]), lab.tz, "day"),
    )
    how = talk.ask("publish", PUBLISH_QUESTION, PUBLISH, before=told_, evidence=True)
    stands = talk.once("published", lambda: _published(talk, lab, person_id, kept["id"], how))
    return talk.say(PUBLISHED[how] if stands else TAKEN_BEFORE, number=kept["number"])


def _published(talk: Talk, lab: Lab, person_id: int, idea_id: int, how: str) -> bool:
    """A name is a permission of its own. Its evidence is the question as it stood, without her words before it.

    False: she has taken the idea back meanwhile.
    """
    found = ideas.by_id(talk.db, idea_id)
    if found is None or found.withdrawn_at is not None:
        return False
    answered = talk.answered("publish")
    consent_id = None
    if how == "named":
        asked = numbered(talk.text(PUBLISH_QUESTION), [talk.text(label) for label in PUBLISH.labels.values()])
        consent_id = people.consented(
            talk.db,
            person_id,
            talk.address_id,
            purpose="publish",
            lab_id=lab.id,
            text=asked,
            lang=talk.lang,
            inbound_id=answered["inbound_id"],
            at=answered["at"],
        )
    ideas.publish(talk.db, idea_id, how, consent_id)
    return True
