"""A result in words: what was chosen with its numbers, what became of what each person asked for, and why.

Everything said comes from `storage.contests.facts`, so that a message, the command line and the rows agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot import spoken, ties
from bot.i18n import BASE, And, Catalogues, Voice, _
from bot.kinds import Choice, YesNo, numbered
from bot.sms import segments, sms_text
from bot.spoken import Said
from storage import commitments
from storage.accountability import BLANK, CHOSE, FOLLOWS, IDEAS, LATE, TOOK_PART, WROTE
from storage.accountability import COMES as HAS_A_PLACE
from storage.contests import FEW, Facts, Share

OUTCOMES = {
    "adopted": _("va adelante"),
    "partly": _("se hace una parte"),
    "already_done": _("ya está hecho"),
    "not_now": _("por ahora no"),
    "other_office": _("le toca a otra oficina"),
    "not_adopted": _("no se va a hacer"),
}
WHAT = Choice({"detail": _("Detalle"), "wrong": _("No es así")})
WHAT_QUESTION = _("¿Qué quieres?")
NEUTRAL = _("Ya hay resultado del laboratorio de {lab}. Responde 1 para verlo.")
NEXT_MEETING = _("Reunión: {when}, {place}.")
COMES = _("¿Vas?")
YES_NO = YesNo()
SEE = Choice({"see": _("Ver")})
NO_NEXT_STEP = _("sin próximo paso")
LONG_NAME = 12  # letters a name is counted with; a longer one may cost one SMS more
NAME = "{name}"  # filled when it is sent


@dataclass(frozen=True, slots=True)
class Wording:
    """A published result in the words of one voice."""

    catalogues: Catalogues
    voice: Voice
    facts: Facts
    lab: str  # name of the community
    also: str = ""  # msgid of what an SMS says besides, and has to hold

    def say(self, msgid: str, **args: object) -> str:
        """The words of this voice."""
        return self.catalogues.text(self.voice, msgid, **args)

    def title(self, share: Share) -> str:
        """An option as this channel calls it."""
        return spoken.said(share, "short_title" if self.voice.short else "title").in_(self.voice.lang)

    def won(self, *, why: bool = False, then: bool = True) -> str:
        """What was chosen, with its number, and why; how a tie was broken; why there are no numbers."""
        sole = self.facts.chosen if len(self.facts.chosen) == 1 else ()
        because = [part for share in sole for part in self._because(share, why=why, then=then)]
        minute = self.minute() if why and not self.voice.short else ""
        return _joined(self._winners(), *because, self._tie(), minute, self.withdrawn(), self._hidden())

    def _winners(self) -> str:
        chosen = self.facts.chosen
        if not chosen and not self.facts.quorum:
            return self.say(_("No llegó el mínimo de personas, así que no se eligió ninguna opción."))
        if not chosen:
            return self.say(_("No se eligió ninguna opción."))
        if len(chosen) > 1:
            return self.say(_("Ganaron {winners}."), winners=And(self._with_votes(o) for o in chosen))
        (first,) = chosen
        if first.votes is None:
            return self.say(_("Ganó {winner}."), winner=self.title(first))
        return self.say(
            _("Ganó {winner}, con {votes} de {all} elecciones: {percent} de cada 100."),
            winner=self.title(first),
            votes=first.votes,
            all=self.facts.among,
            percent=first.percent,
        )

    def _with_votes(self, share: Share) -> str:
        return self.title(share) if share.votes is None else f"{self.title(share)} ({share.votes})"

    def _tie(self) -> str:
        """Ties across the line, and what broke them."""
        names = {o.number: self.title(o) for o in self.facts.options}
        told = [And(names[n] for n in tie) for tie in self.facts.ties]
        if not told:
            return ""
        how = _("Empataron {tied} y decidió el sorteo público: {draw}.")
        if self.facts.contest.tie_mode == "assembly":
            how = _("Empataron {tied} y decidió la asamblea.")
        return " ".join(self.say(how, tied=tied, draw=ties.numbers(self.facts.seed or "")) for tied in told)

    def minute(self) -> str:
        """Who decided a tie in the assembly, when, and what was written down; '' where none did."""
        if not self.facts.minute:
            return ""
        return self.say(_("Acta: {minute}"), minute=given(Said(stopped(self.facts.minute), {}), self.voice))

    def withdrawn(self) -> str:
        """Options that were taken off the ballot, and what became of who had chosen nothing else."""
        if not self.facts.withdrawn:
            return ""
        gone = self.say(
            _("Se retiró {titles}: no se cuenta."), titles=And(spoken.said(o, "title") for o in self.facts.gone)
        )
        alone = self.say(_("Quien eligió solo eso cuenta en blanco.")) if self.facts.emptied else ""
        return _joined(gone, alone)

    def _hidden(self) -> str:
        """Why there are no numbers. It does not say that all chose alike, which would say what each one chose."""
        if not self.facts.hidden:
            return ""
        if self.facts.took_part < FEW:
            return self.say(_("Contestaron menos de 5 personas. Así no contamos por tema."))
        return self.say(_("No decimos números por tema, para cuidar lo que eligió cada quien."))

    def fate(self, share: Share, *, why: bool = True, then: bool = True) -> str:
        """What became of one option: 'Salud tuvo 63: por ahora no.' and the reason, and the next step."""
        became = self.say(OUTCOMES[share.outcome]) if share.outcome else ""
        told = _("{title}: {fate}.") if share.votes is None else _("{title} tuvo {votes}: {fate}.")
        said = self.say(told, title=self.title(share), votes=share.votes, fate=became)
        return _joined(said, *self._because(share, why=why, then=then))

    def _because(self, share: Share, *, why: bool = True, then: bool = True) -> Iterator[str]:
        if why and share.reason:
            yield given(spoken.said(share, "reason").each(sentence), self.voice)
        if why and then and share.next_step:
            if share.next_step == NO_NEXT_STEP:
                yield sentence(self.say(NO_NEXT_STEP))
            else:
                yield given(spoken.said(share, "next_step").each(sentence), self.voice)

    def detail(self) -> list[str]:
        """Every option with what became of it and why, from most to least."""
        return [self.fate(share) for share in self.facts.ranked]

    def to_anybody(self) -> str:
        """What came out, in a message that is about nobody's own choice."""
        return _joined(self.won(why=True), self.fingerprint())

    def fingerprint(self) -> str:
        """What anybody compares with the page: the root over the receipts; in a chat their number and the log's end.

        It names no person and no option, and stands in each message of a result (voting.md 6).
        """
        root, head = self.facts.contest.root, self.facts.log_head
        if not root:
            return ""
        if self.voice.short or self.facts.took_part < FEW:
            told = self.say(_("Huella del conteo: {root}."), root=shortened(root))
        else:
            of_all = _("Huella del conteo: {root}, de {n} recibos.")
            told = self.say(of_all, root=shortened(root), n=self.facts.contest.ballots_counted)
        if self.voice.short or not head:
            return told
        return _joined(told, self.say(_("Fin del registro: {head}."), head=shortened(bytes.fromhex(head))))

    def at_close(self) -> str:
        """The same before there is a result; '' for an SMS, which has no room for it: RECIBO tells it (ADR 14)."""
        return "" if self.voice.short else self.fingerprint()

    # --- to one group of people ---------------------------------------------------------------------------------

    def told(self, group: str, room: int = 0) -> str:
        """What the people of a group read, with {name} to be filled. room: SMS it may take with its question.

        One SMS, if it holds the reason of what they asked for; else as many as there is room for. Next steps go first,
        then reasons, the winner's and then the last option's first: they stand under 'Detalle'.
        """
        ways = [(_joined(text, self.fingerprint()), reasons) for text, reasons in self._shorter_and_shorter(group)]
        if not room:
            return ways[0][0]
        for most, always in ((1, False), (room, True)):
            for text, reasons in ways:
                if (always or reasons) and self.sms_parts(text) <= most:
                    return text
        return ways[-1][0]

    def beside(self, group: str, asked: str) -> str:
        """What of it is one SMS together with another question; '' where a reason that is owed does not fit.

        An option that goes ahead needs none (accountability.md 2.3).
        """
        ways = [text for text, reasons in self._shorter_and_shorter(group) if reasons]
        ways += self._without_the_winners_reason(group)
        whole = (_joined(text, self.fingerprint()) for text in ways)
        return next((text for text in whole if self.sms_parts(text, asked) == 1), "")

    def _without_the_winners_reason(self, group: str) -> Iterator[str]:
        heard, ideas = ideas_of(group)
        mine = [o for o in self.facts.options if o.number in (*picks_of(heard), *ideas.values())]
        if any(o.outcome != "adopted" for o in mine) or len(self.facts.chosen) != 1:
            return
        chose = [o for o in self.facts.options if o.number in picks_of(heard)]
        yield _joined(self._lead(heard, chose, ideas), self.won())

    def sms_parts(self, text: str, asked: str = "") -> int:
        """How many SMS this text and its question take."""
        asked = asked or numbered(self.say(WHAT_QUESTION), [self.say(label) for _key, label in WHAT.options()])
        also = self.say(self.also) if self.also else ""
        return parts(_joined(text, also, asked), self.voice.lang)

    def _shorter_and_shorter(self, group: str) -> Iterator[tuple[str, bool]]:
        """(text, whether the reason of everything they asked for is in it)."""
        heard, ideas = ideas_of(group)
        chose = [o for o in self.facts.options if o.number in picks_of(heard)]
        mine = [o for o in self.facts.options if o in chose or o.number in ideas.values()]
        won_it = any((o,) == self.facts.chosen for o in mine)
        # The winner alone has its number and its reason said already; what an idea stands in, its number.
        lead, others = self._lead(heard, chose, ideas), [o for o in mine if (o,) != self.facts.chosen]
        rest = [replace(o, votes=None) if o.number in ideas.values() else o for o in others]
        yield _joined(lead, self.won(why=True), *(self.fate(o) for o in rest)), True
        yield _joined(lead, self.won(why=True, then=False), *(self.fate(o, then=False) for o in rest)), True
        for reasons in range(len(rest), -1, -1):
            fates = [self.fate(o, why=n < reasons, then=False) for n, o in enumerate(rest)]
            yield _joined(lead, self.won(), *fates), reasons == len(rest) and not won_it

    def _lead(self, group: str, mine: Sequence[Share], ideas: Mapping[int, int]) -> str:
        """Why it comes to her: what she chose, and the ideas she gave; an SMS names one of them."""
        wrote = [*ideas.items()][: 1 if self.voice.short else None]
        known = [(number, o) for number, place in wrote for o in self.facts.options if o.number == place]
        lead = [] if group == WROTE and known else [self._heard(group, mine)]
        return _joined(
            *lead, *(self._wrote(number, o, first=not lead and n == 0) for n, (number, o) in enumerate(known))
        )

    def _wrote(self, number: int, share: Share, *, first: bool) -> str:
        """ "Tu idea 27 está en «Camino a la escuela». La eligieron 59 de 144 personas." """
        counted = share.votes is not None and (share,) != self.facts.chosen
        text = _WROTE[first, counted]
        return self.say(
            text, name=NAME, number=number, title=self.title(share), votes=share.votes, all=self.facts.among
        )

    def _heard(self, group: str, mine: Sequence[Share]) -> str:
        if mine:
            titles = And(self.title(o) for o in mine)
            return self.say(_("{name}: pediste {titles}."), name=NAME, titles=titles)
        if group == BLANK:
            return self.say(_("{name}: contamos tu elección en blanco."), name=NAME)
        if group == TOOK_PART:
            return self.say(_("{name}: contamos tu elección."), name=NAME)
        if group == LATE:
            return self.say(_("{name}: tu elección llegó después del cierre y no se contó."), name=NAME)
        return self.say(_("Ya hay resultado en {lab}. No tenemos elección tuya."), lab=self.lab)


_WROTE = {  # (begins the message, its number may be said)
    (True, True): _("{name}: tu idea {number} está en «{title}». La eligieron {votes} de {all} personas."),
    (True, False): _("{name}: tu idea {number} está en «{title}»."),
    (False, True): _("Tu idea {number} está en «{title}». La eligieron {votes} de {all} personas."),
    (False, False): _("Tu idea {number} está en «{title}»."),
}


def shortened(mark: bytes) -> str:
    """A root or a head as a person can read it aloud: 'MWTT-PTXX-K6D4', made of it as a receipt is (voting.md 6)."""
    return commitments.shown(commitments.code_of(mark))


def ideas_of(group: str) -> tuple[str, dict[int, int]]:
    """A group without its marks, and its ideas: number -> number of the option it is in."""
    heard, _mark, wrote = group.removesuffix(HAS_A_PLACE).partition(IDEAS)
    pairs = [one.split(":") for one in wrote.split(",") if one]
    return heard, dict(sorted((int(a), int(b)) for a, b in pairs))


def has_a_place(group: str) -> bool:
    """Whether the people of a group come to the next meeting, or wait for a place there."""
    return group.endswith(HAS_A_PLACE)


def picks_of(group: str) -> tuple[int, ...]:
    """The numbers that the people of a group chose, or follow."""
    chose = group[2:] if group.startswith((CHOSE, FOLLOWS)) else ""
    return tuple(int(n) for n in chose.split(",")) if chose else ()


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def parts(text: str, lang: str) -> int:
    """How many SMS a text takes once {name} is filled."""
    return segments(sms_text(text.replace(NAME, "N" * LONG_NAME), lang)).parts


def quoted(text: str, voice: Voice) -> str:
    """What somebody wrote, as it was written: in a chat of another language between marks, as another's words.

    An SMS has no room for them: two letters more are a second SMS.
    """
    return text if voice.lang == BASE or voice.short or not text else f"«{text}»"


def given(text: Said, voice: Voice) -> str:
    """What somebody wrote: in her language where it was written there too, else as it was written."""
    return text.in_(voice.lang) if text.knows(voice.lang) else quoted(text.plain, voice)


def capital(text: str) -> str:
    """For the beginning of a sentence: 'La oficina del agua'."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """What somebody wrote, as a sentence: a capital in front, a full stop behind."""
    return capital(stopped(text))


def stopped(text: str) -> str:
    """The text with a full stop, for the end of a sentence of ours."""
    text = text.strip()
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
