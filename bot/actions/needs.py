"""What somebody needs in order to come: the question three days before, and what the organiser offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select

from bot import broadcast
from bot.broadcast import Variant
from bot.i18n import And, Catalogues, Label, _
from bot.message import Reply
from storage import tables as t
from storage.labs import Session

ASKS = _("{person}, ¿qué necesitas para venir?")
# No name on a phone of several (G9).
ASKS_SHARED = _("Convoca, para el código que empieza con {code}: ¿qué necesitas para venir?")
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
    """(person_id, code, hint): the code of each place; its hint, the first letter, says on a shared phone for whom a
    message is: two letters where another code of the phone begins alike, as storage.my_places.begins."""
    mine, code = t.registration.c.session_id == meeting.id, t.registration.c.code
    hint = case((_begins_alike(), func.substr(code, 1, 2)), else_=func.substr(code, 1, 1))
    return select(t.registration.c.person_id, code, hint.label("hint")).where(mine)


def _begins_alike() -> ColumnElement[bool]:
    """Whether somebody else of one phone has a code with the same first letter, in the same meeting."""
    here, there, mine, other = t.contact.alias(), t.contact.alias(), t.registration.c, t.registration.alias()
    phones = here.join(there, there.c.address_id == here.c.address_id).join(
        other, other.c.person_id == there.c.person_id
    )
    alike = func.substr(other.c.code, 1, 1) == func.substr(mine.code, 1, 1)
    found = select(other.c.id).select_from(phones).where(here.c.person_id == mine.person_id, alike)
    return exists(found.where(other.c.person_id != mine.person_id, other.c.session_id == mine.session_id))


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
