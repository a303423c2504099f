"""What the first and last bytes of a file make of it.

The problems that are raised here and by ``convert``, keys of the texts, with their values:

- ``empty_file``
- ``not_a_picture``: ``found``, a media type
- ``too_many_pixels_to_mend``: ``width``, ``height``, ``limit_megapixels``
- ``damaged``
- ``cannot_be_mended``
- ``too_few_pixels``: ``width``, ``height``, ``limit``
- ``file_too_large``: ``size_mb``, ``limit_mb``
- ``gone``
- ``not_at_discord``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.media_type import EMPTY_TYPE, PICTURE_TYPES, media_type_of
from bot.domain.picture import MOST_MENDABLE_PIXELS, Probe
from bot.errors import InputRefused
from bot.images import jpeg, png
from bot.images.headers import read_header

if TYPE_CHECKING:
    from bot.images.header import Header

HEAD_BYTES: Final = 64 * 1024
"""So many first bytes are read."""
TAIL_BYTES: Final = 8 * 1024
"""So many last bytes are read of a file that the first do not hold whole."""

_RIFF_HEAD: Final = 8
_MEGA: Final = 1_000_000


def judge(head: bytes, tail: bytes, *, size: int) -> Probe:
    """Tell what a file is.

    Args:
        head: Its first bytes.
        tail: Its last bytes; empty where they could not be had.
        size: How many it has.

    Raises:
        InputRefused: It is no picture, or its pixels are too many to be ever decoded.
    """
    media_type = picture_type_of(head)
    header = read_header(head, media_type)
    check_pixels(header.width, header.height)
    return Probe(
        content_type=media_type,
        width=header.width,
        height=header.height,
        orientation=header.orientation,
        is_animated=header.is_animated,
        is_plain_colour=header.is_plain_colour,
        has_location=header.has_location,
        is_whole=_is_whole(header, head, tail, media_type=media_type, size=size),
    )


def picture_type_of(head: bytes) -> str:
    """Tell the type of a picture by its first bytes.

    Raises:
        InputRefused: It is none.
    """
    media_type = media_type_of(head)
    if media_type == EMPTY_TYPE:
        raise InputRefused("empty_file")
    if media_type not in PICTURE_TYPES:
        raise InputRefused("not_a_picture", f"it is {media_type}", values={"found": media_type})
    return media_type


def check_pixels(width: int | None, height: int | None) -> None:
    """Hold a picture against what is decoded at most.

    Raises:
        InputRefused: It is more.
    """
    if width and height and width * height > MOST_MENDABLE_PIXELS:
        values = {"width": width, "height": height, "limit_megapixels": MOST_MENDABLE_PIXELS // _MEGA}
        raise InputRefused("too_many_pixels_to_mend", f"{width} x {height}", values=values)


def _is_whole(header: Header, head: bytes, tail: bytes, *, media_type: str, size: int) -> bool:
    """Whether nothing at either end leaves doubt; what lies between is seen only by what decodes it."""
    if not header.is_complete or not header.width or not header.height:
        return False
    match media_type:
        case "image/jpeg":
            return tail.rstrip(jpeg.PADDING).endswith(jpeg.END)
        case "image/png":
            return tail.endswith(png.END) and not png.LATE_WORDS.search(tail)
        case "image/gif":
            return tail.endswith(b";")
        case "image/webp":
            return int.from_bytes(head[4:8], "little") + _RIFF_HEAD == size
        case _:
            return False
