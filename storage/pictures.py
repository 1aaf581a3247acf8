"""Pictures of stories: kept small and bare, shown while their story stands and its lab may be spoken of."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, insert, select, update

from storage import codes, labs
from storage.store import Unit
from storage.tables import commitment, picture, sender, story
from storage.texts import Texts, only

LENGTH = 16  # letters of a name, 69 bits: nobody finds one that was not told
STRAY = timedelta(days=1)  # a picture that no story took by then goes
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A photo that is still with its provider."""

    id: int
    via: str
    ref: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a story shows. Sizes in pixels."""

    name: str
    alt: str
    width: int
    height: int
    texts: Texts  # alt in other languages

    @property
    def path(self) -> str:
        """Where it is read: '/f/K7TQ6XF24MRDHJ37.jpg'."""
        return f"/f/{self.name}.jpg"


# --- in ---------------------------------------------------------------------------------------------------------------


def keep(unit: Unit, data: bytes, width: int, height: int, by: str) -> str:
    """A picture of ours by its new name."""
    return _new(unit, state="kept", via="", data=data, width=width, height=height, by=by)


def want(unit: Unit, sender_name: str, ref: str, by: str) -> str:
    """One that is with the provider of this sender, by its new name; without a handle there is nothing to fetch."""
    via = unit.db.execute(select(sender.c.via).where(sender.c.name == sender_name)).scalar() or ""
    return _new(unit, state="wanted" if via and ref else "failed", via=via, ref=ref or None, by=by)


def _new(unit: Unit, **values: object) -> str:
    name = codes.draw(unit.rng, LENGTH)
    unit.db.execute(insert(picture).values(name=name, at=unit.now, **values))
    return name


def wanted(unit: Unit, vias: Collection[str]) -> list[Wanted]:
    """Those that these channels give out, the oldest first."""
    mine = picture.c.state == "wanted", picture.c.via.in_(vias)
    rows = unit.db.execute(select(picture).where(*mine).order_by(picture.c.id)).all()
    return [Wanted(id=row.id, via=row.via, ref=row.ref, at=row.at) for row in rows]


def got(unit: Unit, picture_id: int, data: bytes, width: int, height: int) -> None:
    """It is here; the provider's handle is forgotten."""
    _settle(unit, picture_id, state="kept", data=data, width=width, height=height)


def fail(unit: Unit, picture_id: int) -> None:
    """It is no picture, or is not given out."""
    _settle(unit, picture_id, state="failed")


def _settle(unit: Unit, picture_id: int, **values: object) -> None:
    mine = picture.c.id == picture_id, picture.c.state == "wanted"
    unit.db.execute(update(picture).where(*mine).values(ref=None, **values))


# --- out --------------------------------------------------------------------------------------------------------------


def state(unit: Unit, name: str) -> str:
    """'wanted', 'kept', 'failed'; '' = there is none of this name."""
    return unit.db.execute(select(picture.c.state).where(picture.c.name == name)).scalar() or ""


def of_story(unit: Unit, commitment_id: int) -> Picture | None:
    """The picture that this promise's story may show now."""
    query = (
        select(picture.c.name, picture.c.width, picture.c.height, story.c.alt, story.c.texts, commitment.c.lab_id)
        .join(story, story.c.picture == picture.c.name)
        .join(commitment, commitment.c.id == story.c.commitment_id)
    )
    row = unit.db.execute(query.where(commitment.c.id == commitment_id, picture.c.state == "kept")).first()
    if row is None or not labs.lab_by_id(unit, row.lab_id).authorised:
        return None
    told = only(row.texts, "alt")
    return Picture(name=row.name, alt=row.alt, width=row.width, height=row.height, texts=told)


def shown(unit: Unit, name: str) -> bytes | None:
    """The JPEG of this name while a story shows it. Who was told of it reads it before the page does."""
    told = select(story.c.commitment_id).where(story.c.picture == name)
    commitment_id = unit.db.execute(told).scalar()
    found = of_story(unit, commitment_id) if commitment_id is not None else None
    return unit.db.execute(select(picture.c.data).where(picture.c.name == found.name)).scalar() if found else None


def link_of(video: str) -> str:
    """The address of a video as it may stand on a page; '' for what is none."""
    return video if _LINK.fullmatch(video) else ""


def of_video(unit: Unit, commitment_id: int) -> str:
    """The address of the video that this promise's story may show now; '' = none."""
    query = select(story.c.video, commitment.c.lab_id).join(commitment, commitment.c.id == story.c.commitment_id)
    row = unit.db.execute(query.where(commitment.c.id == commitment_id)).first()
    return link_of(row.video) if row is not None and labs.lab_by_id(unit, row.lab_id).authorised else ""


def take_down(unit: Unit, commitment_id: int) -> bool:
    """The story goes on without picture and video; bytes, address and permission are gone. False: it had neither."""
    mine = story.c.commitment_id == commitment_id
    told = unit.db.execute(select(story.c.picture, story.c.video, story.c.texts).where(mine)).first()
    if told is None or not (told.picture or told.video):
        return False
    texts = only(told.texts, "before", "after", "text")
    nothing = {"picture": "", "alt": "", "video": "", "consent": None}
    unit.db.execute(update(story).where(mine).values(texts=texts, **nothing))
    unit.db.execute(delete(picture).where(picture.c.name == told.picture))
    return True


def drop(unit: Unit, name: str) -> None:
    """One that no story took."""
    taken = exists().where(story.c.picture == picture.c.name)
    unit.db.execute(delete(picture).where(picture.c.name == name, ~taken))


def drop_strays(unit: Unit) -> int:
    """The tick: those that were sent for a story which was never told."""
    taken = exists().where(story.c.picture == picture.c.name)
    return unit.db.execute(delete(picture).where(picture.c.at <= unit.now - STRAY, ~taken)).rowcount
