"""Reading the first bytes of any picture that can be mended, with nothing but ``struct``."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from bot.images import jpeg, png
from bot.images.exif import exif_of, read_numbers
from bot.images.header import UNREADABLE, Header

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOP: Final = b"NETSCAPE2.0"
"""The extension by which a GIF says that it is an animation."""
_OLD_BITMAP_HEADER: Final = 12

# WebP: https://developers.google.com/speed/webp/docs/riff_container
_WEBP_ANIMATION: Final = 0x02
_WEBP_EXIF_OR_XMP: Final = 0x0C

# TIFF 6.0: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_BITS, _TIFF_COLOURS = 0x100, 0x101, 0x102, 0x106
_TIFF_PLAIN: Final = frozenset({0, 1, 2, 3, 6})
"""Grey either way, RGB, palette, and JPEG's colours."""
_BITS_OF_BYTE: Final = 8


def read_header(head: bytes, media_type: str) -> Header:
    """Read what a picture's first bytes say.

    Args:
        head: As many first bytes as there are at hand, or the whole file.
        media_type: What they were found to be.

    Returns:
        What was found; it is not complete where bytes are missing or make no sense. HEIC and AVIF tell nothing: what
        they hold is known only by what decodes them.
    """
    reader = _READERS.get(media_type)
    if reader is None:
        return Header(is_complete=False)
    try:
        return reader(head)
    except struct.error:
        return UNREADABLE


def _gif(head: bytes) -> Header:
    width, height = struct.unpack_from("<HH", head, 6)
    return Header(width, height, is_animated=_LOOP in head)


def _bmp(head: bytes) -> Header:
    (size,) = struct.unpack_from("<I", head, 14)
    width, height = struct.unpack_from("<HH" if size == _OLD_BITMAP_HEADER else "<ii", head, 18)
    return Header(abs(width), abs(height))


def _webp(head: bytes) -> Header:
    kind = head[12:16]
    if kind == b"VP8X":
        (flags,) = struct.unpack_from("B", head, 20)
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", head, 24)
        return Header(
            (high_width << 16 | low_width) + 1,
            (high_height << 16 | low_height) + 1,
            is_animated=bool(flags & _WEBP_ANIMATION),
            # Both stand at the file's end; whether they tell a place, only the whole file says.
            is_complete=not flags & _WEBP_EXIF_OR_XMP,
        )
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return Header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return Header(width & 0x3FFF, height & 0x3FFF)
    return UNREADABLE


def _tiff(head: bytes) -> Header:
    numbers = read_numbers(head)
    exif = exif_of(numbers, head)
    return Header(
        numbers.get(_TIFF_WIDTH),
        numbers.get(_TIFF_HEIGHT),
        orientation=exif.orientation,
        is_plain_colour=numbers.get(_TIFF_BITS, 1) <= _BITS_OF_BYTE and numbers.get(_TIFF_COLOURS, 1) in _TIFF_PLAIN,
        has_location=exif.has_location,
        is_complete=False,  # what it says of itself may lie anywhere in the file
    )


_READERS: Final[dict[str, Callable[[bytes], Header]]] = {
    "image/jpeg": jpeg.header,
    "image/png": png.header,
    "image/gif": _gif,
    "image/bmp": _bmp,
    "image/webp": _webp,
    "image/tiff": _tiff,
}
