"""What a camera wrote beside a picture: which way is up, and where it was taken.

Read by hand and not by a library: of thousands of entries that a hostile file may hold, each as large as the file, only
a few numbers are looked at.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIENTATION: Final = 0x0112
_GPS: Final = 0x8825
_ORIENTATIONS: Final = range(1, 9)

# Of a GPS directory, what says no place: its version, and the time of the fix.
_PLACELESS: Final = frozenset({0x00, 0x07, 0x1D})

_FORMAT_OF_KIND: Final = {1: "B", 3: "H", 4: "I"}
_INLINE_BYTES: Final = 4
_MOST_ENTRIES: Final = 1024

_WORDS_OF_PLACE: Final = (b"GPSLatitude", b"GPSLongitude", b"GPSDestLatitude", b"GPSAreaInformation")


@dataclass(frozen=True, slots=True)
class Exif:
    """What matters of it.

    Args:
        orientation: 1 to 8; 1 is upright.
        has_location: Whether it says where the picture was taken.
    """

    orientation: int = 1
    has_location: bool = False


def read_exif(tiff: bytes) -> Exif:
    """Read a block of EXIF, which has the form of a TIFF file.

    One that cannot be read is as good as none, but for the place: where its directory should be is doubt enough.
    """
    try:
        numbers = read_numbers(tiff.removeprefix(b"Exif\x00\x00"))
    except struct.error:
        return Exif(has_location=b"\x88\x25" in tiff or b"\x25\x88" in tiff)
    return exif_of(numbers, tiff.removeprefix(b"Exif\x00\x00"))


def exif_of(numbers: dict[int, int], tiff: bytes) -> Exif:
    """Tell the same from numbers that were read from a TIFF file already."""
    orientation = numbers.get(ORIENTATION, 1)
    return Exif(
        orientation=orientation if orientation in _ORIENTATIONS else 1,
        has_location=_GPS in numbers and _says_place(tiff, numbers[_GPS]),
    )


def names_place(xmp: bytes) -> bool:
    """Whether a text beside a picture (XMP) says where it was taken."""
    return any(word in xmp for word in _WORDS_OF_PLACE)


def read_numbers(tiff: bytes) -> dict[int, int]:
    """Read the first directory of a TIFF file: of every entry that holds whole numbers, the first one.

    Raises:
        struct.error: It is no such file, or ends too soon.
    """
    order = _order(tiff)
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    return {tag: value for tag, value in _entries(tiff, order, start) if value is not None}


def _order(tiff: bytes) -> str:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        raise struct.error("the byte order is not told")
    return order


def _entries(tiff: bytes, order: str, start: int) -> Iterator[tuple[int, int | None]]:
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    if count > _MOST_ENTRIES:
        raise struct.error("too many entries")
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(f"{order}HHI", tiff, at)
        form = _FORMAT_OF_KIND.get(kind)
        if form is None or not length:
            yield tag, None
            continue
        place = at + 8
        if struct.calcsize(form) * length > _INLINE_BYTES:
            (place,) = struct.unpack_from(f"{order}I", tiff, place)
        # What lies out of reach makes its own entry unreadable, and no other.
        is_there = place + struct.calcsize(form) <= len(tiff)
        yield tag, struct.unpack_from(order + form, tiff, place)[0] if is_there else None


def _says_place(tiff: bytes, start: int) -> bool:
    try:
        return bool({tag for tag, _ in _entries(tiff, _order(tiff), start)} - _PLACELESS)
    except struct.error:
        return True
