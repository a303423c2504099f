"""Pictures as people really post them, and what only looks like pictures: each with what must become of it.

Everything is made here, with Pillow and pillow-heif; nothing is a file of somebody's. What must become of each holds
for a model that takes JPEG and PNG up to 15,000,000 bytes and 4096 pixels a side, with a ratio from 1:3 to 3:1.
"""

from __future__ import annotations

import functools
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pillow_heif
from PIL import Image, ImageCms

from bot.domain.picture import Mend, PictureLimits
from tests.brushes import (
    behind_header,
    chunk,
    colour_profile,
    drawing,
    exif,
    noise,
    photograph,
    png,
    profile,
    written,
    zipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = PictureLimits(
    types=("image/jpeg", "image/png"),
    max_bytes=15_000_000,
    max_side=4096,
    min_ratio=Fraction(1, 3),
    max_ratio=Fraction(3),
)

MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + b"\x00\x00\x00\x08free" * 40
MOV = b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + b"\x00\x00\x00\x08wide" * 40
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + b"\x00" * 200
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


class Verdict(StrEnum):
    """What must become of an input."""

    AS_IS = "as it is"
    MENDED = "mended"
    REFUSED = "refused"


@dataclass(frozen=True)
class Specimen:
    """One input.

    Attributes:
        name: What it is, in a few words; no two share it.
        filename: Its name at the member's computer, which may lie.
        data: Its bytes.
        verdict: What must become of it.
        mends: What must have been done to it, in order.
        problem: The key of the text by which it is refused.
    """

    name: str
    filename: str
    data: bytes
    verdict: Verdict
    mends: tuple[Mend, ...] = ()
    problem: str | None = None

    def __str__(self) -> str:
        return self.name


@functools.cache
def specimens() -> tuple[Specimen, ...]:
    """Make the whole corpus; a second or two, once in a process."""
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType] - its options have no types
    return (*_right(), *_sideways(), *_other_formats(), *_other_colours(), *_wrong_sizes(), *_talkative(), *_refused())


# --- the corpus -------------------------------------------------------------------------------------------------------


def _as_is(name: str, filename: str, data: bytes) -> Specimen:
    return Specimen(name, filename, data, Verdict.AS_IS)


def _mended(name: str, filename: str, data: bytes, *mends: Mend) -> Specimen:
    return Specimen(name, filename, data, Verdict.MENDED, mends)


def _refuse(name: str, filename: str, data: bytes, problem: str) -> Specimen:
    return Specimen(name, filename, data, Verdict.REFUSED, problem=problem)


def _right() -> Iterator[Specimen]:
    photo = photograph()
    jpeg, image = written(photo, "JPEG"), written(photo, "PNG")
    yield _as_is("JPEG", "photo.jpg", jpeg)
    yield _as_is("PNG", "photo.png", image)
    yield _as_is("JPEG, progressive", "photo.jpeg", written(photo, "JPEG", progressive=True))
    yield _as_is("JPEG, grey", "grey.jpg", written(photo.convert("L"), "JPEG"))
    yield _as_is("JPEG, upright by EXIF", "upright.jpg", written(photo, "JPEG", exif=exif(1)))
    yield _as_is("JPEG, with a colour profile", "profile.jpg", written(photo, "JPEG", icc_profile=colour_profile()))
    yield _as_is("JPEG, padded with zeros", "padded.jpg", jpeg + bytes(500))
    yield _as_is("JPEG, two pictures (MPO)", "depth.jpg", written(photo, "MPO", save_all=True, append_images=[photo]))
    yield _as_is("JPEG, longer than one look", "long.jpg", written(noise((600, 500)), "JPEG", quality=95))
    yield _as_is("JPEG, much EXIF", "maker.jpg", _with_long_segments(jpeg))
    yield _as_is("PNG, clear", "clear.png", written(drawing(), "PNG"))
    yield _as_is("PNG, grey", "grey.png", written(photo.convert("L"), "PNG"))
    yield _as_is("PNG, palette", "palette.png", written(photo.quantize(64), "PNG"))
    yield _as_is("PNG, palette, clear", "sticker.png", written(photo.quantize(64), "PNG", transparency=3))
    yield _as_is("PNG, one bit", "fax.png", written(photo.convert("1"), "PNG"))
    yield _as_is("PNG, longer than one look", "long.png", written(noise((300, 200)), "PNG"))
    yield _as_is("JPEG called PNG", "screenshot.png", jpeg)
    yield _as_is("PNG called HEIC", "IMG_0001.HEIC", image)
    yield _as_is("JPEG called text", "photo.txt", jpeg)
    yield _as_is("JPEG at the limit of ratio", "wide.jpg", written(photograph((900, 300)), "JPEG"))
    yield _as_is("JPEG at the limit of pixels", "large.jpg", written(photograph((4096, 1500)), "JPEG"))
    yield _as_is("one pixel", "dot.png", written(photograph((1, 1)), "PNG"))


def _sideways() -> Iterator[Specimen]:
    photo = photograph()
    for orientation in range(2, 9):
        data = written(photo, "JPEG", exif=exif(orientation))
        yield _mended(f"JPEG, EXIF orientation {orientation}", f"{orientation}.jpg", data, Mend.ROTATED)
    yield _mended("PNG, EXIF orientation 6", "6.png", written(photo, "PNG", exif=exif(6)), Mend.ROTATED)
    far = _with_long_segments(written(photo, "JPEG"), exif(6))
    yield _mended("JPEG, EXIF beyond the first look", "far.jpg", far, Mend.ROTATED)


def _other_formats() -> Iterator[Specimen]:
    photo, other = photograph(), photograph().transpose(Image.Transpose.ROTATE_180)
    film: dict[str, Any] = {"save_all": True, "append_images": [other], "duration": 80, "loop": 0}
    yield _mended("WebP", "a.webp", written(photo, "WEBP"), Mend.CONVERTED)
    yield _mended("WebP, lossless and clear", "b.webp", written(drawing(), "WEBP", lossless=True), Mend.CONVERTED)
    yield _mended("WebP, animated", "c.webp", written(photo, "WEBP", **film), Mend.CONVERTED, Mend.FIRST_FRAME)
    yield _mended("GIF", "a.gif", written(photo, "GIF"), Mend.CONVERTED)
    yield _mended("GIF, animated", "b.gif", written(photo, "GIF", **film), Mend.CONVERTED, Mend.FIRST_FRAME)
    yield _mended("PNG, animated", "a.apng", written(photo, "PNG", **film), Mend.FIRST_FRAME)
    yield _mended("HEIC", "IMG_0002.HEIC", written(photo, "HEIF"), Mend.CONVERTED)
    sideways = written(photo, "HEIF", exif=exif(6, has_location=True))
    yield _mended("HEIC from a phone", "IMG_0003.HEIC", sideways, Mend.CONVERTED, Mend.ROTATED, Mend.CLEANED)
    yield _mended("HEIC called JPEG", "IMG_0004.jpg", written(photo, "HEIF"), Mend.CONVERTED)
    yield _mended("AVIF", "a.avif", written(photo, "AVIF"), Mend.CONVERTED)
    yield _mended("BMP", "a.bmp", written(photo, "BMP"), Mend.CONVERTED)
    yield _mended("BMP, old", "b.bmp", written(photo.quantize(16), "BMP"), Mend.CONVERTED)
    yield _mended("TIFF", "a.tif", written(photo, "TIFF"), Mend.CONVERTED)
    yield _mended("TIFF, packed", "b.tif", written(photo, "TIFF", compression="tiff_lzw"), Mend.CONVERTED)
    pages = written(photo, "TIFF", save_all=True, append_images=[other])
    yield _mended("TIFF, two pages", "c.tiff", pages, Mend.CONVERTED, Mend.FIRST_FRAME)


def _other_colours() -> Iterator[Specimen]:
    photo = photograph()
    deep = Image.frombytes("I;16", (256, 256), struct.pack("<65536H", *range(65536)))
    yield _mended("JPEG, CMYK", "print.jpg", written(photo.convert("CMYK"), "JPEG"), Mend.RECOLOURED)
    yield _mended("PNG, 16 bits of grey", "depth.png", written(deep, "PNG"), Mend.RECOLOURED)
    row = b"\x00" + struct.pack(">3H", 65535, 32768, 0) * 40
    rows = chunk(b"IDAT", zlib.compress(row * 40))
    yield _mended("PNG, 16 bits a colour", "deep.png", png(40, 40, rows, bits=16), Mend.RECOLOURED)
    yield _mended("TIFF, 16 bits of grey", "scan.tif", written(deep, "TIFF"), Mend.CONVERTED, Mend.RECOLOURED)
    yield _mended("TIFF, CMYK", "print.tif", written(photo.convert("CMYK"), "TIFF"), Mend.CONVERTED, Mend.RECOLOURED)
    yield _mended("TIFF, fractions", "float.tif", written(photo.convert("F"), "TIFF"), Mend.CONVERTED, Mend.RECOLOURED)
    yield _mended("TIFF, CIE Lab", "lab.tif", written(_lab(photo), "TIFF"), Mend.CONVERTED, Mend.RECOLOURED)


def _wrong_sizes() -> Iterator[Specimen]:
    yield _mended("1 x 5000", "line.png", written(photograph((1, 5000)), "PNG"), Mend.PADDED, Mend.SHRUNK)
    yield _mended("10000 x 200", "banner.jpg", written(photograph((10000, 200)), "JPEG"), Mend.PADDED, Mend.SHRUNK)
    yield _mended("clear and wide", "strip.png", written(drawing((900, 100)), "PNG"), Mend.PADDED)
    yield _mended("8000 pixels", "screen.png", written(drawing((8000, 3000)), "PNG", compress_level=1), Mend.SHRUNK)
    yield _mended("5000 pixels", "camera.jpg", written(photograph((5000, 4000)), "JPEG"), Mend.SHRUNK)
    heavy = written(noise((3000, 2400)), "PNG", compress_level=0)
    yield _mended("20 MB", "heavy.png", heavy, Mend.COMPRESSED)
    sideways = written(photograph((200, 900)), "JPEG", exif=exif(6))
    yield _mended("sideways and narrow", "tall.jpg", sideways, Mend.ROTATED, Mend.PADDED)


def _talkative() -> Iterator[Specimen]:
    photo = photograph()
    jpeg, image = written(photo, "JPEG"), written(photo, "PNG")
    place = exif(has_location=True)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:GPSLatitude="52,31.2N"/></x:xmpmeta>'
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp)
    late = chunk(b"eXIf", place.removeprefix(b"Exif\x00\x00"))
    yield _mended("JPEG, says where", "place.jpg", written(photo, "JPEG", exif=place), Mend.CLEANED)
    yield _mended("JPEG, says where in XMP", "xmp.jpg", written(photo, "JPEG", xmp=xmp), Mend.CLEANED)
    yield _mended("PNG, says where", "place.png", written(photo, "PNG", exif=place), Mend.CLEANED)
    yield _mended("PNG, says where in XMP", "xmp.png", behind_header(image, text), Mend.CLEANED)
    yield _mended("PNG, says where at its end", "late.png", image[:-12] + late + image[-12:], Mend.CLEANED)
    yield _mended("JPEG and archive", "polyglot.jpg", jpeg + zipped(), Mend.CLEANED)
    yield _mended("JPEG and film", "MVIMG_1.jpg", jpeg + MP4, Mend.CLEANED)
    yield _mended("PNG and HTML", "polyglot.png", image + HTML, Mend.CLEANED)


def _refused() -> Iterator[Specimen]:
    photo = photograph()
    for kind, ending in (
        ("JPEG", "jpg"),
        ("PNG", "png"),
        ("WEBP", "webp"),
        ("GIF", "gif"),
        ("BMP", "bmp"),
        ("TIFF", "tif"),
        ("HEIF", "heic"),
        ("AVIF", "avif"),
    ):
        data = written(photo, kind)
        yield _refuse(f"{kind}, truncated", f"cut.{ending}", data[: len(data) * 2 // 3], "damaged")
    long = written(noise((600, 500)), "JPEG", quality=95)
    yield _refuse("JPEG, truncated far behind the first look", "cut2.jpg", long[:-9000], "damaged")
    yield _refuse("PNG without its end", "cut2.png", written(photo, "PNG")[:-12], "damaged")
    yield _refuse("JPEG of three bytes", "cut3.jpg", b"\xff\xd8\xff", "damaged")
    raw = zlib.compressobj(wbits=-15)  # in that dialect the pixels are packed without zlib's frame
    packed = chunk(b"IDAT", raw.compress(bytes(5 * 4 * 5)) + raw.flush())
    apple = png(5, 5, packed, colours=6)
    apple = apple[:8] + chunk(b"CgBI", b"\x50\x00\x20\x06") + apple[8:]
    yield _refuse("PNG in Apple's dialect", "icon.png", apple, "damaged")
    for name, filename, data in _bombs():
        yield _refuse(f"bomb: {name}", filename, data, "too_many_pixels_to_mend")
    yield _refuse("zero bytes", "empty.png", b"", "empty_file")
    for name, filename, data in (
        ("text", "notes.png", b"It was a dark and stormy night.\n" * 9),
        ("SVG", "logo.svg", SVG),
        ("HTML", "page.jpg", HTML),
        ("MP4", "clip.mp4", MP4),
        ("MP4 called JPEG", "clip.jpg", MP4),
        ("QuickTime", "IMG_0005.MOV", MOV),
        ("WebM", "clip.webm", WEBM),
        ("PDF", "paper.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"),
        ("ZIP", "pictures.zip", zipped()),
        ("noise", "noise.jpg", bytes(range(1, 256)) * 40),
    ):
        yield _refuse(name, filename, data, "not_a_picture")


def _bombs() -> Iterator[tuple[str, str, bytes]]:
    """Files of a few bytes that claim 60000 x 60000 pixels; and one that claims fewer, but keeps its word."""
    side = 60_000
    yield "PNG", "bomb.png", png(side, side, chunk(b"IDAT", zlib.compress(bytes(1000))))
    yield "PNG that keeps its word", "bomb2.png", png(12_000, 12_000, chunk(b"IDAT", _zeros(12_000)), colours=0)
    gif = bytearray(written(photograph((8, 8)), "GIF"))
    gif[6:10] = struct.pack("<HH", side, side)
    yield "GIF", "bomb.gif", bytes(gif)
    extended = struct.pack("<4sIIHBHB", b"VP8X", 10, 0, (side - 1) & 0xFFFF, 0, (side - 1) & 0xFFFF, 0)
    rest = extended + written(photograph((8, 8)), "WEBP")[12:]
    yield "WebP", "bomb.webp", struct.pack("<4sI4s", b"RIFF", 4 + len(rest), b"WEBP") + rest
    tiff = written(photograph((77, 99)), "TIFF")
    for number in (77, 99):
        tiff = tiff.replace(struct.pack("<HI", 4, 1) + struct.pack("<I", number), struct.pack("<HII", 4, 1, side))
        tiff = tiff.replace(struct.pack("<HI", 3, 1) + struct.pack("<HH", number, 0), struct.pack("<HII", 4, 1, side))
    yield "TIFF", "bomb.tif", tiff
    bmp = bytearray(written(photograph((8, 8)), "BMP"))
    bmp[18:26] = struct.pack("<ii", side, side)
    yield "BMP", "bomb.bmp", bytes(bmp)
    jpeg = written(photograph((77, 99)), "JPEG")
    heic = written(photograph((128, 256)), "HEIF")
    yield "HEIC", "bomb.heic", heic.replace(struct.pack(">II", 128, 256), struct.pack(">II", side, side))
    yield "JPEG", "bomb.jpg", jpeg.replace(struct.pack(">HH", 99, 77), struct.pack(">HH", side, side), 1)


def _zeros(side: int) -> bytes:
    """Compress the rows of a black picture: hundreds of megabytes in some hundred thousand bytes."""
    press, rows = zlib.compressobj(1), bytes(1 + side) * 100
    return b"".join([*(press.compress(rows) for _ in range(side // 100)), press.flush()])


def _with_long_segments(jpeg: bytes, last: bytes = b"") -> bytes:
    """Put two long segments that mean nothing in front, and then EXIF, where it is given."""
    long = b"\xff\xed" + struct.pack(">H", 60_000) + bytes(59_998)
    marked = b"\xff\xe1" + struct.pack(">H", len(last) + 2) + last if last else b""
    return jpeg[:2] + long * 2 + marked + jpeg[2:]


def _lab(image: Image.Image) -> Image.Image:
    lab = ImageCms.profileToProfile(image, profile("sRGB"), profile("LAB"), outputMode="LAB")
    if lab is None:  # only where it is done in place
        raise AssertionError
    return lab
