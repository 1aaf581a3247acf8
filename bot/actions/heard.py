"""What a person of the team understood of a voice note goes back to the neighbour, who says whether it is so.

Her yes makes it words of hers (conversations/heard.py): the question that she was asked hears them. Nothing counts
before it (conversations.md, G3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot import buttons
from bot.actions import answer
from bot.actions.staff import lines
from bot.choosing import Ballot
from bot.errors import Invalid, Refused, Unsure
from bot.i18n import And, Catalogues, Voice, _
from bot.kinds import numbered, written
from bot.message import LIMITS, Option, Reply
from bot.picks import Picks
from bot.sms import segments, sms_text
from bot.state import State
from storage import audit, contests, handovers, labs, outbox, people, talks
from storage.handovers import Waiting
from storage.people import Address
from storage.store import Unit
from storage.talks import OpenTalk

ASKS = _("Entendí: «{said}». ¿Es así?")
ASKS_IDEA = _("Entendí: «{said}». ¿La mando así?")
ASKS_CHOICE = _("Entendí: «{said}». ¿Anoto {picks}?")
ASKS_SHARED = _("Oímos un audio de este teléfono. ¿Quieres leer lo que entendí?")  # names nothing (G9)
YES, NO, AGAIN = _("Sí"), _("No"), _("No, lo digo otra vez")
LONGEST = 90  # letters by SMS: with the question it is one segment
_ASIDE = ("heard", "menu")  # their open questions are not what a voice note answers


@dataclass(frozen=True, slots=True)
class Matter:
    """What the words answer. talk: the open question, 0 = none. picks: '1 Agua' ... where it is a ballot; words: what
    her yes says there; contest: its slug."""

    talk: int = 0
    words: str = ""
    contest: str = ""
    picks: list[str] = field(default_factory=list)
    idea: bool = False  # she was telling one


def tell(unit: Unit, catalogues: Catalogues, handover_id: int, words: str, *, by: str) -> str:
    """Ask the neighbour whether this is what she said; what she reads. Raises Refused."""
    waits, at = answer.reach(unit, catalogues, handover_id)
    said = written(words).strip("«»\"'“” ")
    matter = _matter(unit, at, waits, said)
    shared = len(people.people_of(unit, at.id)) > 1
    args = {"said": said, "talk": matter.talk, "words": matter.words, "contest": matter.contest}
    args |= {"picks": matter.picks, "shared": shared, "idea": matter.idea}
    voice = answer.voice_to(unit, at, waits.person_id)
    text = shown(catalogues, voice, args)[1]
    if not said:
        raise Refused(catalogues.told(lines.NO_WORDS))
    if at.channel == "sms" and segments(sms_text(text)).parts > 1:
        raise Refused(catalogues.told(lines.TOO_LONG, most=LONGEST))
    _ask(unit, catalogues, voice, at, waits.person_id, args)
    handovers.done(unit, handover_id)
    audit.record(unit, "handover.heard", f"handover:{handover_id}", {"reason": waits.reason}, actor=by)
    return text


def asks(args: Mapping[str, Any]) -> tuple[str, str]:
    """The question whether it is so, and its no (msgids)."""
    if args["picks"]:
        return ASKS_CHOICE, NO
    return ASKS_IDEA if args.get("idea") else ASKS, AGAIN


def shown(catalogues: Catalogues, voice: Voice, args: Mapping[str, Any]) -> tuple[str, str, list[tuple[str, str]]]:
    """The first question of the conversation `heard`: its name, its words, its options in her words."""
    question, no = asks(args)
    name = "so"
    if args["shared"]:
        name, question, no = "read", ASKS_SHARED, NO
    text = catalogues.text(voice, question, said=args["said"], picks=And(args["picks"]))
    return name, text, [("yes", catalogues.text(voice, YES)), ("no", catalogues.text(voice, no))]


def _ask(
    unit: Unit, catalogues: Catalogues, voice: Voice, at: Address, person_id: int | None, args: dict[str, Any]
) -> None:
    """The talk stands where this message stands; a reply, for she began it."""
    name, asked, options = shown(catalogues, voice, args)
    talk_id = talks.begin(unit, at.id, "heard", args, person_id)
    state = State(pending=name, asked=asked, shown=options)
    talks.keep(unit, talk_id, state=state.dump(), pending=name, person_id=person_id, offer=True)
    labels = [label for _key, label in options]
    listed = [Option(n, label, buttons.for_talk(talk_id, name, key)) for n, (key, label) in enumerate(options, 1)]
    outbox.put_reply(
        unit,
        sender_id=at.sender_id or 0,
        address_id=at.id,
        person_id=person_id,
        reply=Reply(text=numbered(asked, labels), options=tuple(listed)).to_json(),
        talk_id=talk_id,
    )


def _matter(unit: Unit, at: Address, waits: Waiting, said: str) -> Matter:
    """The question that she answered, while it is open; of a ballot, what the words choose."""
    asked = _asked(unit, at, waits)
    if asked is None:
        return Matter(words=said)
    ballot = _ballot(unit, at, asked) if asked.conversation == "vote" else None
    numbers = _chosen(ballot, at, said) if ballot else []
    if ballot is None or not numbers:
        return Matter(asked.id, said, idea=asked.conversation == "idea")
    picks = [str(label) for label in ballot.named(numbers, LIMITS[at.channel])]
    return Matter(asked.id, " ".join(map(str, numbers)), ballot.slug, picks)


def _asked(unit: Unit, at: Address, waits: Waiting) -> OpenTalk | None:
    """The talk that was open when the voice note came; of an entry that does not say so the newest that is hers."""
    open_ = talks.open_talks(unit, at.id)
    known = {one.id: one for one in open_}
    if waits.talk_id is None:
        return next((one for one in open_ if one.person_id == waits.person_id and one.conversation not in _ASIDE), None)
    found = known.get(waits.talk_id)
    if found is not None and found.conversation == "heard":  # she says it again: it answers what the first one did
        found = known.get(int(found.args["talk"]))
    return None if found is None or found.conversation in _ASIDE else found


def _ballot(unit: Unit, at: Address, talk: OpenTalk) -> Ballot | None:
    home = labs.home(unit, at.id)
    slug = str(talk.args.get("contest", "")) or (contests.newest_slug(unit, home.id) if home else None)
    found = contests.by_slug(unit, slug) if slug else None
    if found is None or not found.takes(unit.now):
        return None
    return Ballot.of(found, labs.lab_by_id(unit, found.lab_id), contests.options(unit, found.id))


def _chosen(ballot: Ballot, at: Address, said: str) -> list[int]:
    """The numbers that these words name; [] for none."""
    limits = LIMITS[at.channel]
    kind = Picks(ballot.labels(limits), ballot.k, ballot.titles(), ballot.rows(limits))
    try:
        return [int(n) for n in kind.parse(said, kind.options())["chosen"]]
    except Unsure as near:
        return [int(n) for n in near.value["chosen"]] if isinstance(near.value, dict) else []
    except Invalid:
        return []
