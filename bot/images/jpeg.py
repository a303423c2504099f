"""The parts of a JPEG file, without its pixels: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.images.exif import Exif, names_place, read_exif
from bot.images.header import UNREADABLE, Header

if TYPE_CHECKING:
    from collections.abc import Iterator

_END: Final = b"\xff\xd9"
_FILLING: Final = b"\x00\r\n \xff"
"""What some programs fill the rest of a file with."""
_NAMES_OF_MORE: Final = (b"MPF\x00", b"http://ns.adobe.com/xmp/extension/\x00")
"""How a segment begins that lists further pictures, or holds what was too long for the first: pictures and sound."""

_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_APPLICATION: Final = range(0xE0, 0xF0)
_COMMENT: Final = 0xFE
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_USUAL_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive: what every decoder takes."""
_PROGRESSIVE_FRAMES: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_PLAIN_CHANNELS: Final = frozenset({1, 3})

_MOST_SEGMENTS: Final = 4096
# Bytes that are no marker are passed over, as decoders do.
_MARKER: Final = re.compile(rb"\xff+[\x01-\xfe]")
# In a scan a marker is 0xFF and anything but a stuffed zero, a restart or another 0xFF.
_MARKER_IN_SCAN: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker with what belongs to it.

    Args:
        marker: Its second byte.
        start: Where it begins, its 0xFF.
        end: Where its declared bytes end; for a scan, where its pixels begin.
        is_after_stray: Whether bytes that belong to nothing stand before it.
    """

    marker: int
    start: int
    end: int
    is_after_stray: bool


def header(data: bytes) -> Header:
    """Read what stands before the pixels; of a file or of its beginning."""
    found = replace(UNREADABLE, is_plain_colour=True)
    exif: Exif | None = None
    names = is_stray = False
    try:
        for segment in _segments(data):
            payload = data[segment.start + 4 : segment.end]
            is_stray = is_stray or segment.is_after_stray
            if segment.marker in _FRAMES:
                found = _framed(segment.marker, payload)
            elif segment.marker == _APPLICATION[1] and payload.startswith(b"Exif\x00"):
                # The first says which way is up, as decoders read it; any may say where.
                exif, names = exif or read_exif(payload), names or read_exif(payload).has_location
            elif segment.marker in _APPLICATION:
                names = names or names_place(payload)
            elif segment.marker == _START_OF_SCAN:
                found = replace(found, is_complete=bool(found.width and found.height and not is_stray))
                break
    except struct.error:
        found = replace(found, is_complete=False)
    return replace(found, orientation=(exif or Exif()).orientation, has_location=names)


def end_of(data: bytes) -> int | None:
    """Tell where the picture ends (the first one of several), or None where it does not, or keeps other rules."""
    try:
        for one in _segments(data):
            if one.is_after_stray:
                return None
            if one.marker == _END_OF_IMAGE:
                return one.end
    except struct.error:
        pass  # it ends too soon, which is what is asked
    return None


def is_progressive(data: bytes) -> bool:
    """Whether its pixels come in several rounds, each over the whole picture."""
    try:
        found = next((one.marker for one in _segments(data) if one.marker in _FRAMES), None)
    except struct.error:
        return False
    return found in _PROGRESSIVE_FRAMES


def has_company(data: bytes) -> bool:
    """Whether anything stands behind the first picture, or is named in it: a second picture, a film, an archive.

    Such a file is an MPO (https://web.archive.org/web/20190713230858/http://www.cipa.jp/std/documents/e/DC-007_E.pdf),
    a motion photo, or a picture with a map of depth or brightness; services that take JPEG are known to refuse an MPO.
    """
    end = len(data)
    try:
        for one in _segments(data):
            if one.marker in _APPLICATION and data[one.start + 4 : one.end].startswith(_NAMES_OF_MORE):
                return True
            end = one.end if one.marker == _END_OF_IMAGE else end
    except struct.error:
        return False  # it does not end, so nothing stands behind it
    return bool(data[end:].strip(_FILLING))


def cleaned(data: bytes) -> bytes:
    """Write a whole file again, pixel for pixel, without what its maker wrote beside the picture or behind it.

    The colour profile and what says how colours are stored stay. A mark of its end is added where it has none.

    Raises:
        struct.error: It ends before its pixels begin.
    """
    parts, pixels_from = [data[:2]], None
    try:
        for one in _segments(data):
            if pixels_from is not None:
                parts.append(data[pixels_from : one.start])
                pixels_from = None
            if _is_needed(one, data):
                parts.append(data[one.start : one.end])
            if one.marker == _START_OF_SCAN:
                pixels_from = one.end
    except struct.error:
        if pixels_from is None:
            raise
        # A lone 0xFF is half a marker: among pixels, a zero follows it.
        parts += (data[pixels_from:].rstrip(b"\xff"), _END)
    return b"".join(parts)


def _is_needed(one: Segment, data: bytes) -> bool:
    payload = data[one.start + 4 : one.start + 16]
    if one.marker in _APPLICATION:
        return payload.startswith((b"JFIF\x00", b"Adobe", b"ICC_PROFILE\x00"))
    return one.marker != _COMMENT


def _segments(data: bytes) -> Iterator[Segment]:
    """Walk from marker to marker, over the pixels too.

    Raises:
        struct.error: It ends too soon.
    """
    at = 2
    for _ in range(_MOST_SEGMENTS):
        marker, begins, is_stray = _marker(data, at)
        if marker in _STANDALONE or marker == _END_OF_IMAGE:
            yield Segment(marker, begins, begins + 2, is_stray)
            if marker == _END_OF_IMAGE:
                return
            at = begins + 2
            continue
        (length,) = struct.unpack_from(">H", data, begins + 2)
        at = begins + 2 + length
        if length < struct.calcsize(">H") or at > len(data):
            raise struct.error("a segment is not whole")
        yield Segment(marker, begins, at, is_stray)
        if marker == _START_OF_SCAN:
            found = _MARKER_IN_SCAN.search(data, at)
            if found is None:
                raise struct.error("the pixels do not end")
            at = found.start()
    raise struct.error("too many segments")


def _marker(data: bytes, at: int) -> tuple[int, int, bool]:
    """Read the next marker, over fill bytes; answer it, where it begins, and whether other bytes stood before it."""
    found = _MARKER.search(data, at)
    if found is None:
        raise struct.error("no marker where one must be")
    return data[found.end() - 1], found.end() - 2, found.start() != at


def _framed(marker: int, payload: bytes) -> Header:
    bits, height, width, channels = struct.unpack_from(">BHHB", payload)
    is_plain = marker in _USUAL_FRAMES and bits == 8 and channels in _PLAIN_CHANNELS  # noqa: PLR2004 - bits of a byte
    return Header(width or None, height or None, is_plain_colour=is_plain, is_complete=False)
