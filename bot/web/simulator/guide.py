"""The steps of the thread, from the invitation to 'was it done?': ticked from rows, never from what was tapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.web.simulator import acts, words
from bot.web.simulator.acts import Form, Panel
from bot.web.simulator.model import Jump, Offer, Step
from bot.web.simulator.neighbours import NEIGHBOURS
from bot.web.simulator.seeding import LAB
from storage.progress import Thread
from storage.turnout import FEW

PUBLIC = f"/l/{LAB}"
ACTS = {
    "invited": "announce",
    "opened": "open",
    "closed": "close",
    "decided": "decide",
    "promised": "promise",
    "done": "done",
    "confirmed": "again",
}
TITLES = {
    "invited": "Invitado",
    "registered": "Inscrito",
    "opened": "Abierta",
    "chosen": "Eligió",
    "closed": "Cerrada",
    "decided": "Decidida",
    "promised": "Prometido",
    "done": "Hecho, dice la oficina",
    "asked": "¿Se cumplió?",
    "answered": "Contestó",
    "counted": "Contado",
    "confirmed": "Confirmado",
}
_HOW = {
    "invited": "Yaneth escribe INVITAR SM1 y sigue las preguntas. O desde aquí:",
    "registered": "Contesta 1 por SMS. En WhatsApp y en Telegram, toca 1 Sí.",
    "opened": "Yaneth escribe ABRIR. O desde aquí:",
    "chosen": "Contesta 2 5 1 por SMS, y después 1. En Telegram, toca 1 Agua y 6 Terminar.",
    "closed": "Yaneth escribe CERRAR. O desde aquí:",
    "decided": "Yaneth escribe DECIDIR, tema por tema. O todo desde aquí:",
    "promised": "Lo decidido necesita quien responda. Yaneth escribe PROMESA agua. O desde aquí:",
    "done": "Pasan los días y la oficina avisa. Yaneth escribe NOVEDAD agua. O desde aquí:",
    "asked": "El bot pregunta solo cuando llega el día. Adelanta el reloj:",
    "answered": "Contesta 1 en los teléfonos: sí, se cumplió.",
    "counted": "Una semana después se cuenta. Adelanta el reloj:",
    "confirmed": "Los vecinos no lo dan por hecho.",
}
_LEAPS = {  # what the clock brings at a step
    "invited": ("mail", "sending"),
    "decided": ("queue", "mail"),
    "asked": ("queue", "mail", "question"),
    "counted": ("queue", "mail", "count"),
    "confirmed": ("queue", "mail", "question", "count"),
}
_QUEUE = "Un teléfono sencillo recibe una pregunta a la vez. Contesta la que está abierta, o adelanta el reloj:"
_SENDING = "El primer envío de Yaneth espera 10 minutos; ALTO ENVIO lo detiene. Adelanta el reloj:"
_MAIL = "Hay un aviso que espera su hora. Adelanta el reloj:"
_TIED = "Ya no entra otra elección, y hay un empate:"
_LEAVES = "Está en camino a los teléfonos."
_FEW = f"Contestaron menos de {FEW} personas: sin números, y nada se confirma."


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What the guide looks at."""

    panel: Panel
    form: Form
    thread: Thread
    jumps: Sequence[Jump]

    def jump(self, *names: str) -> Jump | None:
        """The nearest of these moments."""
        return min((jump for jump in self.jumps if jump.key in names), key=lambda jump: jump.at, default=None)


def done(thread: Thread) -> dict[str, bool]:
    """Which steps have happened."""
    return {
        "invited": thread.invited > 0,
        "registered": thread.registered > 0,
        "opened": thread.opened,
        "chosen": thread.ballots > 0,
        "closed": thread.closed,
        "decided": thread.told > 0,
        "promised": thread.promise is not None,
        "done": thread.done,
        "asked": thread.asked > 0,
        "answered": thread.answered > 0,
        "counted": thread.counted,
        "confirmed": thread.confirmed,
    }


def begun(thread: Thread) -> dict[str, bool]:
    """Which acts have been done, whether or not their messages have left."""
    return done(thread) | {"invited": thread.announced, "decided": thread.published}


def steps(way: Way) -> Iterator[Step]:
    """All of them; the first that has not happened is the current one, and the next act stands at its own step."""
    happened = done(way.thread)
    current = next((key for key, is_done in happened.items() if not is_done), "")
    following = _following(way.thread)
    for key, title in TITLES.items():
        here = key == current
        yield Step(
            key=key,
            title=title,
            how=_how(way, key) if here else "",
            done=happened[key],
            current=here,
            act=acts.act(way.panel, way.form, ACTS[key]) if key == following and not _waits(way, key) else None,
            jump=_jump(way, key) if here else None,
            offer=_offer(way, key) if here else None,
            link=PUBLIC if key == "confirmed" and happened["decided"] else "",
        )


def _following(thread: Thread) -> str:
    """The next act. It waits for the act before it, and for nothing else: nobody has to answer first."""
    acted = begun(thread)
    key = next((key for key in ACTS if not acted[key]), "")
    return "" if key == "confirmed" and not thread.counted else key


def _waits(way: Way, key: str) -> bool:
    """It was done already by another way, and the clock brings the rest: an invitation by chat, another date."""
    return key in ("invited", "confirmed") and _jump(way, key) is not None


def _how(way: Way, key: str) -> str:
    waits = _jump(way, key)
    told = {"queue": _QUEUE, "mail": _MAIL, "sending": _SENDING, "question": _HOW["asked"], "count": _HOW["counted"]}
    if waits is not None:
        return told[waits.key]
    if begun(way.thread)[key]:
        return _LEAVES
    if key == "closed" and way.thread.tied:
        return _TIED
    if key == "confirmed":
        return f"{_FEW if way.thread.answered < FEW else _HOW[key]} La oficina puede dar otra fecha:"
    return _HOW[key]


def _jump(way: Way, key: str) -> Jump | None:
    return way.jump(*_LEAPS.get(key, ()))


# --- neighbours -----------------------------------------------------------------------------------------------------


def _offer(way: Way, key: str) -> Offer | None:
    """Neighbours who could do what is missing, while they are too few for numbers; None when they may not any more."""
    thread, many = way.thread, words.vecinos(len(NEIGHBOURS))
    if key in ("registered", "opened") and thread.registered < FEW:
        return _few("register", f"Inscritas hasta ahora: {thread.registered}.", f"Que se inscriban {many}")
    if key in ("chosen", "closed") and not thread.closed and thread.ballots < FEW:
        return _few("choose", f"Eligieron hasta ahora: {thread.ballots}.", f"Que elijan {many}")
    if key in ("answered", "counted") and not thread.counted and thread.answered < FEW:
        if thread.asked < FEW:
            told = f"Se preguntó a {words.people(thread.asked)}. Con menos de {FEW} respuestas no hay números."
            return Offer(key="answer", told=told, button="")
        return _few("answer", f"Contestaron hasta ahora: {thread.answered}.", f"Que contesten {many}")
    return None


def _few(key: str, told: str, button: str) -> Offer:
    return Offer(key=key, told=f"{told} Con menos de {FEW} no se muestran números.", button=button)
