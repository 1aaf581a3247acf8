"""What somebody needs in order to come: the question three days before, and what the organiser offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

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
    """(person_id, code): the code of each place, which says on a shared phone for whom a message is."""
    mine = t.registration.c.session_id == meeting.id
    return select(t.registration.c.person_id, t.registration.c.code).where(mine)


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
        code="{code}",
    )
