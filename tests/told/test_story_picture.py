"""The picture of a story: small, bare, shown with its words while those shown agree, and nowhere afterwards."""

from __future__ import annotations

import asyncio
import io
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from markupsafe import escape
from PIL import Image
from sqlalchemy import make_url, select, text, update

from bot import fetching, picture
from bot.actions import story
from bot.errors import Refused, SendError
from storage import clock, keys, pictures, snapshot, stories
from storage import tables as t
from storage.store import Unit
from tests.told.office import WORDS, Office
from tests.web.square import Square

PHOTO = Path("examples/photo.jpg").read_bytes()
TOLD = story.Told(before="Dos horas de agua", after="Hay agua todo el día", alt="El tanque nuevo", consent="Hoja 7")


def drawn(size: tuple[int, int], kind: str, mode: str = "RGB", **more: object) -> bytes:
    """A picture of noise, which is the hardest to make small."""
    out = io.BytesIO()
    pixels = random.Random(7).randbytes(size[0] * size[1] * len(mode))
    Image.frombytes(mode, size, pixels).save(out, kind, **more)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of 100 megapixels in some hundred kilobytes."""
    out = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "given", [PHOTO, drawn((1600, 1200), "JPEG"), drawn((700, 2100), "PNG", "RGBA"), drawn((900, 900), "WEBP")]
)
def test_what_is_kept_is_small_and_has_nothing_hidden_in_it(given: bytes) -> None:
    found = picture.small(given)
    assert len(found.data) <= picture.SMALL
    assert max(found.width, found.height) <= 1080
    with Image.open(io.BytesIO(found.data)) as kept:
        assert (kept.format, kept.size, kept.mode) == ("JPEG", (found.width, found.height), "RGB")
        assert not kept.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(kept.info)


def test_it_stands_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # the phone was held on its side
    found = picture.small(drawn((400, 200), "JPEG", exif=turned))
    assert (found.width, found.height) == (200, 400)


@pytest.mark.parametrize(
    "given", [b"", b"%PDF-1.7", b"\xff\xd8\xff", PHOTO[:3000], drawn((20, 20), "GIF"), bomb(), b"\0" * 20_000_001]
)
def test_what_is_no_photo_is_refused(given: bytes) -> None:
    with pytest.raises(picture.NoPicture):
        picture.small(given)


# --- in a story -------------------------------------------------------------------------------------------------------


def tells(office: Office) -> str:
    """The story is told with its picture, whose name it is."""
    small = picture.small(PHOTO)

    def work(unit: Unit) -> str:
        name = pictures.keep(unit, small.data, small.width, small.height, "x")
        story.tell(unit, WORDS, "agua", replace(TOLD, picture=name), by="x")
        return name

    office.promises()
    office.says("done_office")
    return office.store.do(work)


def test_it_is_on_the_page_with_its_words_until_somebody_shown_takes_the_permission_back(office: Office) -> None:
    path = f"/f/{tells(office)}.jpg"
    square = Square(office.store, office.town)
    assert square.status(path) == 200, "who was told first reads it before the page shows it"
    assert path not in square.page()
    office.forward(days=3)
    assert f'<img src="{path}" alt="El tanque nuevo" width="960" height="640"' in square.page()
    (promised,) = square.data("contests/sm")["commitments"]
    assert promised["story"]["picture"] == {"path": path, "alt": "El tanque nuevo", "texts": {}}
    office.store.do(lambda unit: story.take_picture_down(unit, WORDS, "agua", by="x"))
    assert square.status(path) == 404
    assert "Dos horas de agua" in square.page()
    assert "El tanque nuevo" not in square.page()
    assert office.count(t.picture) == 0
    with pytest.raises(Refused, match="no tiene foto"):
        office.store.do(lambda unit: story.take_picture_down(unit, WORDS, "agua", by="x"))


def test_who_agreed_is_sealed_read_by_no_page_and_gone_with_what_it_was_for(office: Office, database_url: str) -> None:
    tells(office)
    assert "Hoja 7" not in str(raw(database_url))
    assert office.store.read(lambda unit: unit.db.execute(select(t.story.c.consent)).scalar_one()) == "Hoja 7"
    assert keys.report(office.store)[0].needed_by["story.consent"] == 1, "`rekey` knows of it"
    assert "consent" not in office.store.read(lambda unit: stories.of(unit, office.promise.id) or {})
    office.store.do(lambda unit: story.take_picture_down(unit, WORDS, "agua", by="x"))
    assert raw(database_url) is None


def raw(url: str) -> object:
    """What the database itself sees of the permission."""
    with snapshot.snapshot(make_url(url)) as db:
        return db.execute(text("SELECT consent FROM story")).scalar_one()


VIDEO = "https://video.example.org/agua?a=1&b=2"


def films(office: Office) -> None:
    """The story is told with a video, and is public."""
    office.promises()
    office.says("done_office")
    told = replace(TOLD, alt="", video=VIDEO)
    office.store.do(lambda unit: story.tell(unit, WORDS, "agua", told, by="x"))
    office.forward(days=3)


def test_a_video_is_a_plain_link_with_words_and_stands_in_the_open_data(office: Office) -> None:
    films(office)
    square = Square(office.store, office.town)
    assert f'<a href="{escape(VIDEO)}" rel="noreferrer">Ver el video</a>' in square.page()
    (promised,) = square.data("contests/sm")["commitments"]
    assert promised["story"]["video"] == VIDEO
    office.store.do(lambda unit: story.take_picture_down(unit, WORDS, "agua", by="x"))
    assert "video" not in square.page()
    (promised,) = square.data("contests/sm")["commitments"]
    assert promised["story"]["video"] is None
    with pytest.raises(Refused, match="no tiene foto ni video"):
        office.store.do(lambda unit: story.take_picture_down(unit, WORDS, "agua", by="x"))


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "video.example.org/agua", "https://a b", "https://v.example.org/" + "a" * 200]
)
def test_what_is_no_address_is_no_video(office: Office, link: str) -> None:
    office.promises()
    office.says("done_office")
    told = replace(TOLD, alt="", video=link)
    with pytest.raises(Refused, match="--video"):
        office.store.do(lambda unit: story.tell(unit, WORDS, "agua", told, by="x"))


def test_an_address_of_before_that_is_none_is_no_link(office: Office) -> None:
    films(office)
    old = update(t.story).values(video="javascript:alert(1)")
    office.store.do(lambda unit: unit.db.execute(old).rowcount)
    square = Square(office.store, office.town)
    assert "javascript" not in square.page()
    assert square.data("contests/sm")["commitments"][0]["story"]["video"] is None


def test_a_comarca_that_stops_everything_stops_it_too(office: Office) -> None:
    path = f"/f/{tells(office)}.jpg"
    square = Square(office.store, office.town)
    assert square.status(path) == 200
    square.change(t.lab, setting="comarca")
    assert square.status(path) == 404
    assert office.store.read(lambda unit: pictures.of_story(unit, office.promise.id)) is None


# --- from a chat ------------------------------------------------------------------------------------------------------


class Provider:
    """Gives out what it is told to."""

    def __init__(self, *given: bytes | SendError) -> None:
        self.given = list(given)

    async def fetch(self, ref: str, most: int) -> bytes:
        """The next one."""
        found = self.given.pop(0)
        if isinstance(found, SendError):
            raise found
        return found


def comes(office: Office, *given: bytes | SendError, after: timedelta = timedelta()) -> str:
    """How a photo stands that a provider gives out like this, one round each."""
    name = office.store.do(lambda unit: pictures.want(unit, "simulator:telegram", "a-handle", "x"))
    provider = Provider(*given)
    for _round in given:
        office.store.do(lambda unit: clock.forward(unit, after))
        asyncio.run(fetching.fetch(office.store, {"simulator": provider}))
    return office.store.read(lambda unit: pictures.state(unit, name))


def test_a_photo_is_brought_from_its_provider(office: Office) -> None:
    busy = SendError("busy", retry_after=1.0)
    assert comes(office, busy, PHOTO) == "kept"
    assert comes(office, SendError("no answer in time", uncertain=True), PHOTO) == "kept"
    assert comes(office, b"no photo") == "failed"
    assert comes(office, SendError("gone")) == "failed"
    assert comes(office, busy, busy, after=timedelta(minutes=6)) == "failed"
    assert comes(office, busy) == "wanted"
    assert {row.ref for row in office.town.rows(t.picture) if row.state != "wanted"} == {None}


def test_a_photo_without_a_handle_is_none_and_one_of_no_story_goes(office: Office) -> None:
    name = office.store.do(lambda unit: pictures.want(unit, "simulator:telegram", "", "x"))
    assert office.store.read(lambda unit: pictures.state(unit, name)) == "failed"
    told = tells(office)
    office.forward(days=2)
    assert office.store.do(pictures.drop_strays) == 1
    assert office.store.read(lambda unit: pictures.state(unit, told)) == "kept"
