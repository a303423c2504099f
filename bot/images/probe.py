"""What the first bytes of a file make of it.

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
from bot.domain.picture import MOST_MENDABLE_PIXELS, MOST_PIXELS_IN_JPEG, Probe
from bot.errors import InputRefused
from bot.images import jpeg, png
from bot.images.headers import read_header

if TYPE_CHECKING:
    from bot.images.header import Header

HEAD_BYTES: Final = 64 * 1024
"""So many first bytes are read. What is longer is looked at whole before it is sent: only then is it known that it can
be decoded, and that nothing stands behind the picture."""

_RIFF_HEAD: Final = 8
_MEGA: Final = 1_000_000


def judge(head: bytes, *, size: int) -> Probe:
    """Tell what a file is.

    Args:
        head: Its first bytes.
        size: How many it has.

    Raises:
        InputRefused: It is no picture, or its pixels are too many to be ever decoded.
    """
    media_type = picture_type_of(head)
    header = read_header(head, media_type)
    check_pixels(header.width, header.height, media_type)
    return Probe(
        content_type=media_type,
        width=header.width,
        height=header.height,
        orientation=header.orientation,
        is_animated=header.is_animated,
        is_plain_colour=header.is_plain_colour,
        has_location=header.has_location,
        is_whole=len(head) == size and _is_whole(header, head, media_type),
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


def check_pixels(width: int | None, height: int | None, media_type: str) -> None:
    """Hold a picture against what is decoded at most; a JPEG can be decoded smaller.

    Raises:
        InputRefused: It is more.
    """
    most = MOST_PIXELS_IN_JPEG if media_type == "image/jpeg" else MOST_MENDABLE_PIXELS
    if width and height and width * height > most:
        values = {"width": width, "height": height, "limit_megapixels": most // _MEGA}
        raise InputRefused("too_many_pixels_to_mend", f"{width} x {height}", values=values)


def _is_whole(header: Header, data: bytes, media_type: str) -> bool:
    """Whether a file that was seen whole leaves no doubt; else only what decodes it can tell."""
    if not header.is_complete or not header.width or not header.height:
        return False
    match media_type:
        case "image/jpeg":
            return jpeg.end_of(data) is not None and not jpeg.has_company(data)
        case "image/png":
            return png.is_intact(data)
        case "image/gif":
            return data.endswith(b";")
        case "image/webp":
            return int.from_bytes(data[4:8], "little") + _RIFF_HEAD == len(data)
        case _:
            return False
