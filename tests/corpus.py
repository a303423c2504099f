"""Pictures as people really post them, and what only looks like pictures: each with what must become of it.

Everything is made here, with Pillow and pillow-heif; nothing is a file of somebody's.
"""

from __future__ import annotations

import functools
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pillow_heif
from PIL import Image, ImageCms

from bot.domain.picture import Mend
from tests.brushes import (
    HTML,
    MOV,
    MP4,
    SVG,
    WEBM,
    behind_header,
    chunk,
    colour_profile,
    drawing,
    exif,
    noise,
    photograph,
    png,
    profile,
    with_segments,
    written,
    zipped,
)
from tests.corpus_of_company import company
from tests.corpus_of_faults import faults
from tests.corpus_of_light import light
from tests.specimen import as_is, mended, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.specimen import Specimen


@functools.cache
def specimens() -> tuple[Specimen, ...]:
    """Make the whole corpus; a second or two, once in a process."""
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType] - its options have no types
    right = (*_right(), *_sideways(), *_other_formats(), *_other_colours(), *_wrong_sizes())
    return (*right, *_talkative(), *company(), *faults(), *light(), *_refused())


# --- the corpus -------------------------------------------------------------------------------------------------------


def _right() -> Iterator[Specimen]:
    photo = photograph()
    jpeg, image = written(photo, "JPEG"), written(photo, "PNG")
    yield as_is("JPEG", "photo.jpg", jpeg)
    yield as_is("PNG", "photo.png", image)
    yield as_is("JPEG, progressive", "photo.jpeg", written(photo, "JPEG", progressive=True))
    yield as_is("JPEG, grey", "grey.jpg", written(photo.convert("L"), "JPEG"))
    yield as_is("JPEG, upright by EXIF", "upright.jpg", written(photo, "JPEG", exif=exif(1)))
    yield as_is("JPEG, with a colour profile", "profile.jpg", written(photo, "JPEG", icc_profile=colour_profile()))
    yield as_is("JPEG, padded with zeros", "padded.jpg", jpeg + bytes(500))
    yield as_is("JPEG, longer than one look", "long.jpg", written(noise((600, 500)), "JPEG", quality=95))
    yield as_is("JPEG, much EXIF", "maker.jpg", _with_long_segments(jpeg))
    yield as_is("PNG, clear", "clear.png", written(drawing(), "PNG"))
    yield as_is("PNG, grey", "grey.png", written(photo.convert("L"), "PNG"))
    yield as_is("PNG, palette", "palette.png", written(photo.quantize(64), "PNG"))
    yield as_is("PNG, palette, clear", "sticker.png", written(photo.quantize(64), "PNG", transparency=3))
    yield as_is("PNG, one bit", "fax.png", written(photo.convert("1"), "PNG"))
    yield as_is("PNG, longer than one look", "long.png", written(noise((300, 200)), "PNG"))
    yield as_is("JPEG called PNG", "screenshot.png", jpeg)
    yield as_is("PNG called HEIC", "IMG_0001.HEIC", image)
    yield as_is("JPEG called text", "photo.txt", jpeg)
    yield as_is("JPEG at the limit of ratio", "wide.jpg", written(photograph((900, 300)), "JPEG"))
    yield as_is("JPEG at the limit of pixels", "large.jpg", written(photograph((4096, 1500)), "JPEG"))
    yield as_is("one pixel", "dot.png", written(photograph((1, 1)), "PNG"))


def _sideways() -> Iterator[Specimen]:
    photo = photograph()
    for orientation in range(2, 9):
        data = written(photo, "JPEG", exif=exif(orientation))
        yield mended(f"JPEG, EXIF orientation {orientation}", f"{orientation}.jpg", data, Mend.ROTATED)
    yield mended("PNG, EXIF orientation 6", "6.png", written(photo, "PNG", exif=exif(6)), Mend.ROTATED)
    far = _with_long_segments(written(photo, "JPEG"), exif(6))
    yield mended("JPEG, EXIF beyond the first look", "far.jpg", far, Mend.ROTATED)


def _other_formats() -> Iterator[Specimen]:
    photo, other = photograph(), photograph().transpose(Image.Transpose.ROTATE_180)
    film: dict[str, Any] = {"save_all": True, "append_images": [other], "duration": 80, "loop": 0}
    yield mended("WebP", "a.webp", written(photo, "WEBP"), Mend.CONVERTED)
    yield mended("WebP, lossless and clear", "b.webp", written(drawing(), "WEBP", lossless=True), Mend.CONVERTED)
    yield mended("WebP, animated", "c.webp", written(photo, "WEBP", **film), Mend.CONVERTED, Mend.FIRST_FRAME)
    yield mended("GIF", "a.gif", written(photo, "GIF"), Mend.CONVERTED)
    yield mended("GIF, animated", "b.gif", written(photo, "GIF", **film), Mend.CONVERTED, Mend.FIRST_FRAME)
    yield mended("PNG, animated", "a.apng", written(photo, "PNG", **film), Mend.FIRST_FRAME)
    yield mended("HEIC", "IMG_0002.HEIC", written(photo, "HEIF"), Mend.CONVERTED)
    sideways = written(photo, "HEIF", exif=exif(6, has_location=True))
    yield mended("HEIC from a phone", "IMG_0003.HEIC", sideways, Mend.CONVERTED, Mend.ROTATED, Mend.CLEANED)
    yield mended("HEIC called JPEG", "IMG_0004.jpg", written(photo, "HEIF"), Mend.CONVERTED)
    yield mended("AVIF", "a.avif", written(photo, "AVIF"), Mend.CONVERTED)
    yield mended("BMP", "a.bmp", written(photo, "BMP"), Mend.CONVERTED)
    yield mended("BMP, old", "b.bmp", written(photo.quantize(16), "BMP"), Mend.CONVERTED)
    yield mended("TIFF", "a.tif", written(photo, "TIFF"), Mend.CONVERTED)
    yield mended("TIFF, packed", "b.tif", written(photo, "TIFF", compression="tiff_lzw"), Mend.CONVERTED)
    for orientation in range(2, 9):
        turned = written(photograph((400, 240)), "TIFF", exif=exif(orientation))
        name = f"TIFF, EXIF orientation {orientation}"
        yield mended(name, f"{orientation}.tif", turned, Mend.CONVERTED, Mend.ROTATED)
    pages = written(photo, "TIFF", save_all=True, append_images=[other])
    yield mended("TIFF, two pages", "c.tiff", pages, Mend.CONVERTED, Mend.FIRST_FRAME)


def _other_colours() -> Iterator[Specimen]:
    photo = photograph()
    deep = Image.frombytes("I;16", (256, 256), struct.pack("<65536H", *range(65536)))
    yield mended("JPEG, CMYK", "print.jpg", written(photo.convert("CMYK"), "JPEG"), Mend.RECOLOURED)
    yield mended("PNG, 16 bits of grey", "depth.png", written(deep, "PNG"), Mend.RECOLOURED)
    row = b"\x00" + struct.pack(">3H", 65535, 32768, 0) * 40
    rows = chunk(b"IDAT", zlib.compress(row * 40))
    yield mended("PNG, 16 bits a colour", "deep.png", png(40, 40, rows, bits=16), Mend.RECOLOURED)
    yield mended("TIFF, 16 bits of grey", "scan.tif", written(deep, "TIFF"), Mend.CONVERTED, Mend.RECOLOURED)
    yield mended("TIFF, CMYK", "print.tif", written(photo.convert("CMYK"), "TIFF"), Mend.CONVERTED, Mend.RECOLOURED)
    yield mended("TIFF, fractions", "float.tif", written(photo.convert("F"), "TIFF"), Mend.CONVERTED, Mend.RECOLOURED)
    yield mended("TIFF, CIE Lab", "lab.tif", written(_lab(photo), "TIFF"), Mend.CONVERTED, Mend.RECOLOURED)


def _wrong_sizes() -> Iterator[Specimen]:
    yield mended("1 x 5000", "line.png", written(photograph((1, 5000)), "PNG"), Mend.PADDED, Mend.SHRUNK)
    yield mended("10000 x 200", "banner.jpg", written(photograph((10000, 200)), "JPEG"), Mend.PADDED, Mend.SHRUNK)
    yield mended("clear and wide", "strip.png", written(drawing((900, 100)), "PNG"), Mend.PADDED)
    yield mended("8000 pixels", "screen.png", written(drawing((8000, 3000)), "PNG", compress_level=1), Mend.SHRUNK)
    yield mended("5000 pixels", "camera.jpg", written(photograph((5000, 4000)), "JPEG"), Mend.SHRUNK)
    heavy = written(noise((3000, 2400)), "PNG", compress_level=0)
    yield mended("20 MB", "heavy.png", heavy, Mend.COMPRESSED)
    sideways = written(photograph((200, 900)), "JPEG", exif=exif(6))
    yield mended("sideways and narrow", "tall.jpg", sideways, Mend.ROTATED, Mend.PADDED)


def _talkative() -> Iterator[Specimen]:
    photo = photograph()
    image = written(photo, "PNG")
    place = exif(has_location=True)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf exif:GPSLatitude="52,31.2N"/></x:xmpmeta>'
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp)
    late = chunk(b"eXIf", place.removeprefix(b"Exif\x00\x00"))
    yield mended("JPEG, says where", "place.jpg", written(photo, "JPEG", exif=place), Mend.CLEANED)
    yield mended("JPEG, says where in XMP", "xmp.jpg", written(photo, "JPEG", xmp=xmp), Mend.CLEANED)
    yield mended("PNG, says where", "place.png", written(photo, "PNG", exif=place), Mend.CLEANED)
    yield mended("PNG, says where in XMP", "xmp.png", behind_header(image, text), Mend.CLEANED)
    yield mended("PNG, says where at its end", "late.png", image[:-12] + late + image[-12:], Mend.CLEANED)


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
        yield refused(f"{kind}, truncated", f"cut.{ending}", data[: len(data) * 2 // 3], "damaged")
    long = written(noise((600, 500)), "JPEG", quality=95)
    yield refused("JPEG, truncated far behind the first look", "cut2.jpg", long[:-9000], "damaged")
    yield refused("JPEG of three bytes", "cut3.jpg", b"\xff\xd8\xff", "damaged")
    raw = zlib.compressobj(wbits=-15)  # in that dialect the pixels are packed without zlib's frame
    packed = chunk(b"IDAT", raw.compress(bytes(5 * 4 * 5)) + raw.flush())
    apple = png(5, 5, packed, colours=6)
    apple = apple[:8] + chunk(b"CgBI", b"\x50\x00\x20\x06") + apple[8:]
    yield refused("PNG in Apple's dialect", "icon.png", apple, "damaged")
    for name, filename, data in _bombs():
        yield refused(f"bomb: {name}", filename, data, "too_many_pixels_to_mend")
    yield refused("zero bytes", "empty.png", b"", "empty_file")
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
        yield refused(name, filename, data, "not_a_picture")


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
    return with_segments(jpeg, *((0xED, bytes(59_998)),) * 2, *(((0xE1, last),) if last else ()))


def _lab(image: Image.Image) -> Image.Image:
    lab = ImageCms.profileToProfile(image, profile("sRGB"), profile("LAB"), outputMode="LAB")
    if lab is None:  # only where it is done in place
        raise AssertionError
    return lab
