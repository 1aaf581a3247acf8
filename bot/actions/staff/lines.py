"""Words for the team that acts outside of this package say: read in a chat or a terminal, never an SMS."""

from __future__ import annotations

from bot.i18n import _

ANSWERED = _("Esa persona ya tiene respuesta.")
UNREACHABLE = _("A esa persona ya no se le puede escribir.")
FEWER = _("Hay {count} inscritos. No puedo bajar de {count} sin avisar a {over}.")
TOO_LONG = _("Por SMS caben {most} letras. Escríbelo más corto.")
