"""Pictures that are whole but not by the book, and animations whose first picture is hard to get at."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from PIL import Image

from bot.domain.picture import Mend
from tests.brushes import behind_header, chunk, colour_profile, drawing, exif, noise, photograph, with_segments, written
from tests.specimen import mended, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.specimen import Specimen

TWO_MEGABYTES = bytes(2_000_000)


def faults() -> Iterator[Specimen]:
    """Make them all."""
    yield from _animations()
    yield from _burdened()
    yield from _irregular()
    grey = Image.linear_gradient("L").resize((12_000, 9_000))  # pyright: ignore[reportUnknownMemberType] - Pillow's types are not finished
    yield mended("JPEG, 108 megapixels", "camera108.jpg", written(grey, "JPEG"), Mend.SHRUNK)


def animation(kind: str, first: Image.Image, *others: Image.Image, **more: Any) -> bytes:
    """Write an animation."""
    return written(first, kind, save_all=True, append_images=list(others), duration=80, loop=0, **more)


def _animations() -> Iterator[Specimen]:
    photo, other = photograph(), photograph().transpose(Image.Transpose.ROTATE_180)
    palettes = photo.quantize(64), photo.quantize(64).transpose(Image.Transpose.ROTATE_180)
    yield mended("PNG, animated, palette", "p.png", animation("PNG", *palettes), Mend.FIRST_FRAME)
    yield mended("GIF, animated, palette", "p.gif", animation("GIF", *palettes), Mend.CONVERTED, Mend.FIRST_FRAME)
    yield mended("AVIF, animated", "f.avif", animation("AVIF", photo, other), Mend.CONVERTED, Mend.FIRST_FRAME)
    black, clear = Image.new("RGB", photo.size), Image.new("RGBA", photo.size)
    later = Mend.LATER_FRAME
    yield mended("PNG, animated, black first", "b.png", animation("PNG", black, photo), later)
    yield mended("PNG, animated, clear first", "c.png", animation("PNG", clear, drawing(), blend=0), later)
    yield mended("GIF, animated, black first", "b.gif", animation("GIF", black, black, photo), Mend.CONVERTED, later)
    lossless = animation("WEBP", clear, drawing(), lossless=True)
    yield mended("WebP, animated, clear first", "c.webp", lossless, Mend.CONVERTED, later)
    yield mended("AVIF, animated, black first", "b.avif", animation("AVIF", black, photo), Mend.CONVERTED, later)


def _burdened() -> Iterator[Specimen]:
    """What is beside the pixels is more than decoders take."""
    image = written(photograph(), "PNG")
    packed = zlib.compress(TWO_MEGABYTES)
    text = chunk(b"zTXt", b"parameters\x00\x00" + packed)
    for name, new in (
        ("a packed text of 2 MB", text),
        ("a text of 2 MB", chunk(b"tEXt", b"parameters\x00" + b"x" * 2_000_000)),
        ("a profile of 2 MB", chunk(b"iCCP", b"camera\x00\x00" + zlib.compress(colour_profile() + TWO_MEGABYTES))),
        ("a wrong checksum beside its pixels", chunk(b"pHYs", bytes(9))[:-1] + b"?"),
    ):
        yield mended(f"PNG, {name}", "recipe.png", behind_header(image, new), Mend.CLEANED)
    yield mended("PNG, a packed text at its end", "recipe2.png", image[:-12] + text + image[-12:], Mend.CLEANED)


def _irregular() -> Iterator[Specimen]:
    photo = photograph()
    jpeg, image = written(photo, "JPEG"), written(photo, "PNG")
    tables = jpeg.index(b"\xff\xdb")
    stray = jpeg[:tables] + b"\x00stray\x00" + jpeg[tables:]
    long = written(noise((600, 500)), "JPEG", quality=95)
    rounds = written(photo, "JPEG", progressive=True)
    yield mended("JPEG without its end", "end.jpg", jpeg[:-2], Mend.REPAIRED)
    yield mended("JPEG without its last byte", "end2.jpg", jpeg[:-1], Mend.REPAIRED)
    yield mended("JPEG without its end, progressive", "end3.jpg", rounds[:-2], Mend.REPAIRED)
    yield mended("JPEG, bytes between its segments", "stray.jpg", stray, Mend.REPAIRED)
    sideways = with_segments(stray, (0xE1, exif(6)))
    yield mended("JPEG, the same and sideways", "stray2.jpg", sideways, Mend.ROTATED, Mend.REPAIRED)
    yield mended("PNG without its end", "end.png", image[:-12], Mend.REPAIRED)
    yield mended("PNG without its last checksum", "end2.png", image[:-15], Mend.REPAIRED)
    yield mended("GIF without its end", "end.gif", written(photo, "GIF")[:-1], Mend.CONVERTED)
    yield refused("JPEG, truncated and ended", "cut4.jpg", long[: len(long) // 2] + b"\xff\xd9", "damaged")
    yield refused("JPEG, truncated near its end", "cut5.jpg", jpeg[:-200], "damaged")
    yield refused("JPEG, truncated, progressive", "cut6.jpg", rounds[: len(rounds) * 2 // 3], "damaged")
