"""What somebody needs in order to come: the question three days before, and what the organiser offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, String, func, select

from bot import broadcast
from bot.broadcast import Variant
from bot.i18n import And, Catalogues, Label, _
from bot.message import Reply
from storage import tables as t
from storage.labs import Session

ASKS = _("{person}, ¿qué necesitas para venir?")
ASKS_SHARED = _("Convoca, para el código {code}: ¿qué necesitas para venir?")  # no name on a phone of several (G9)
KINDS: Mapping[str, str] = {
    "transport": _("Transporte"),
    "ramp": _("Rampa"),
    "sign_language": _("Lengua de señas"),
    "childcare": _("Cuidado de niños"),
    "other_language": _("Otro idioma"),
    "nothing": _("Nada"),
}
_OFFERED: Mapping[str, str] = {
    "transport": _("transporte"),
    "ramp": _("rampa"),
    "sign_language": _("lengua de señas"),
    "childcare": _("cuidado de niños"),
    "other_language": _("otro idioma"),
}


def there_is(needs: Sequence[str]) -> And:
    """What the organiser offers, as an argument: 'transporte y cuidado de niños'."""
    return And(Label(_OFFERED[kind]) for kind in needs)


def codes(meeting: Session) -> Select[Any]:
    """(person_id, code, hint): the code of each place; its hint says on a shared phone for whom a message is."""
    mine, code = t.registration.c.session_id == meeting.id, t.registration.c.code
    stars = func.substr("***********", 1, func.length(code) - 1, type_=String)
    hint = func.substr(code, 1, 1, type_=String) + stars  # as storage.codes.hint
    return select(t.registration.c.person_id, code, hint.label("hint")).where(mine)


def question(catalogues: Catalogues, variant: Variant) -> Reply:
    """What the conversation `needs` asks first, to the letter."""
    asked = ASKS_SHARED if variant.shared else ASKS
    return broadcast.worded(
        catalogues,
        variant,
        "",
        question=asked,
        name="need",
        options=list(KINDS.items()),
        person="{name}",
        code="{hint}" if variant.shared else "{code}",
    )
