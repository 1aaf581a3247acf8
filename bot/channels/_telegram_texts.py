"""The bot's own page on Telegram: its commands and what is read before the first word, in the page's languages.

They are sent to Telegram once and shown by Telegram, so they are no replies and stand in no catalogue. A command is a
word that the bot understands as a whole message; `tests/channels` holds it to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What Telegram shows of the bot in one language.

    commands     (word, what it does): [a-z0-9_], at most 32 and 256 characters
    description  in the empty chat, at most 512 characters
    about        in the profile and in shared links, at most 120
    """

    commands: tuple[tuple[str, str], ...]
    description: str
    about: str


PAGES: Mapping[str, Page] = {
    "": Page(  # who has another language reads this one
        commands=(
            ("inscribir", "Inscribirme a una reunión"),
            ("reuniones", "Ver las reuniones"),
            ("elegir", "Elegir qué va primero"),
            ("mi_eleccion", "Ver lo que elegí"),
            ("idea", "Contar un problema o una idea"),
            ("no_voy", "Devolver mi lugar"),
            ("idioma", "Cambiar de idioma"),
            ("datos", "Ver, corregir o borrar mis datos"),
            ("privacidad", "Qué se guarda y quién lo ve"),
            ("persona", "Hablar con una persona"),
            ("ayuda", "Qué puedo escribir"),
            ("salir", "No recibir más mensajes"),
        ),
        description=(
            "Aviso de reuniones de vecinos. Aquí te inscribes, dices qué va primero en tu comunidad, y te cuento qué "
            "se hizo con lo que dijiste.\n\nPrimero te pido permiso. Escribe PRIVACIDAD para saber qué se guarda, "
            "AYUDA si no entiendes algo y SALIR cuando ya no quieras mensajes."
        ),
        about="Reuniones de vecinos: inscríbete, elige qué va primero y mira qué se hizo.",
    ),
    "en": Page(
        commands=(
            ("register", "Sign up for a meeting"),
            ("meetings", "See the meetings"),
            ("choose", "Choose what comes first"),
            ("my_choice", "See what I chose"),
            ("idea", "Tell a problem or an idea"),
            ("not_going", "Give my place back"),
            ("language", "Change the language"),
            ("data", "See, correct or delete my data"),
            ("privacy", "What is kept and who sees it"),
            ("person", "Talk to a person"),
            ("guide", "What I can write"),
            ("leave", "Get no more messages"),
        ),
        description=(
            "News of neighbours' meetings. Here you sign up, say what should come first in your community, and hear "
            "what was done with what you said.\n\nFirst you are asked for permission. Write PRIVACY to know what is "
            "kept, GUIDE when something is not clear and LEAVE when you want no more messages."
        ),
        about="Neighbours' meetings: sign up, choose what comes first, see what was done.",
    ),
}
