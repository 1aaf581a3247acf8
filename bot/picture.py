"""A photo made small and bare: JPEG alone, turned upright, without the place, the hour and the phone hidden in it."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.errors import ConvocaError

FORMATS = ("JPEG", "PNG", "WEBP")  # what phones and chats send; no other reader of the library is ever opened
MOST = 20_000_000  # bytes that are looked at: what Telegram gives out
PIXELS = 50_000_000  # a bomb of a few kilobytes may unfold to far more
SMALL = 60_000  # bytes of what is kept: a chat's picture on a prepaid plan (console.md 9)
SIDES = (1080, 900, 720, 540, 360)  # pixels of the longer side
QUALITIES = (80, 70, 60, 45)
WHITE = (255, 255, 255)

# What the library raises on bytes that are no picture, or a broken one.
BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError)
BROKEN_EXIF = (struct.error, TypeError, AttributeError, LookupError, ArithmeticError)
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)  # the second where warnings are errors


class NoPicture(ConvocaError):
    """No picture that can be read: JPG, PNG or WebP, of 20 MB and 50 megapixels at the most."""


@dataclass(frozen=True, slots=True)
class Small:
    """A JPEG of at most 60,000 bytes; width and height in pixels."""

    data: bytes
    width: int
    height: int


def small(data: bytes) -> Small:
    """This photo as everybody may have it: written anew from its pixels alone. Raises NoPicture."""
    if len(data) > MOST:
        raise NoPicture
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as photo:
            if photo.width * photo.height > PIXELS:
                raise NoPicture
            return _written(_bare(photo))
    except (*BROKEN, *BROKEN_EXIF, *BOMBS):
        raise NoPicture from None


def _bare(photo: Image.Image) -> Image.Image:
    """Its pixels, upright, on white where it is transparent, on a canvas that carries nothing else."""
    photo.draft("RGB", (2 * SIDES[0], 2 * SIDES[0]))  # a large JPEG is read at a fraction of its size
    upright = ImageOps.exif_transpose(photo)
    upright.thumbnail((SIDES[0], SIDES[0]))
    clear = upright.convert("RGBA")
    canvas = Image.new("RGB", clear.size, WHITE)
    canvas.paste(clear, mask=clear.getchannel("A"))
    return canvas


def _written(canvas: Image.Image) -> Small:
    for side in SIDES:
        canvas.thumbnail((side, side))
        for quality in QUALITIES:
            out = io.BytesIO()
            canvas.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= SMALL:
                return Small(out.getvalue(), *canvas.size)
    raise NoPicture
