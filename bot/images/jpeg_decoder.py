"""Decoding a JPEG smaller than it is stored, and telling whether all of its pixels are there."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import JpegImagePlugin

from bot.domain.picture import MOST_MENDABLE_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

_DIVISORS: Final = (1, 2, 4, 8)
"""By how much the sides can be divided while a JPEG is decoded."""
_OTHER_PIXELS: Final = bytes(range(1, 255)) * 16
"""Bytes that are decoded as pixels where pixels are missing."""
_END: Final = b"\xff\xd9"


def decode_smaller(image: Image.Image, *, enough: int | None) -> None:
    """Have an opened JPEG decoded as small as will do, and never of more pixels than are decoded at most.

    Args:
        image: It, not loaded yet.
        enough: So many pixels on its longer side will do; None for all that there are.
    """
    width, height = image.size
    wanted = min(enough or max(image.size), max(image.size))
    fitting = next((n for n in _DIVISORS if width * height <= MOST_MENDABLE_PIXELS * n * n), _DIVISORS[-1])
    divisor = max(fitting, *(n for n in _DIVISORS if max(image.size) // n >= wanted))
    if divisor > 1:
        image.draft(image.mode, (width // divisor, height // divisor))


def is_complete(data: bytes, *, is_exact: bool) -> bool:
    """Whether a JPEG holds all of its pixels; a decoder paints grey what is missing, and does not say so.

    It is decoded twice, the second time with other bytes behind its pixels: they change what is missing, and nothing
    of what is there.

    Args:
        data: The file, with nothing behind its end marker.
        is_exact: Whether every pixel is looked at, which takes long; else one of 64.
    """
    pixels = data.removesuffix(_END)
    seen = set(_checksums((pixels + _END, pixels + _OTHER_PIXELS + _END), divisor=1 if is_exact else _DIVISORS[-1]))
    return len(seen) == 1


def _checksums(files: tuple[bytes, ...], *, divisor: int) -> Iterator[int]:
    for data in files:
        # Not by Image.open, which holds the pixels that are stored against a limit of those that are decoded.
        with JpegImagePlugin.JpegImageFile(BytesIO(data)) as image:
            if divisor > 1:
                image.draft(image.mode, (image.width // divisor, image.height // divisor))
            yield zlib.crc32(image.tobytes())
