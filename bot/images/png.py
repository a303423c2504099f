"""The parts of a PNG file, without its pixels: https://www.w3.org/TR/png-3/."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.images.exif import names_place, read_exif
from bot.images.header import UNREADABLE, Header

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_APPLE: Final = b"CgBI"
"""A dialect that only Apple's own programs read: https://theapplewiki.com/wiki/PNG_CgBI_Format"""
_PLAIN_BITS: Final = 8
_TEXTS: Final = frozenset({b"iTXt", b"tEXt", b"zTXt"})
_NEEDED: Final = frozenset(b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs".split())
"""What says how the picture looks."""
_CHANNELS_AND_BITS: Final = {
    0: (1, {1, 2, 4, 8, 16}),
    2: (3, {8, 16}),
    3: (1, {1, 2, 4, 8}),
    4: (2, {8, 16}),
    6: (4, {8, 16}),
}
"""By colour type, how many numbers a pixel has, and how many bits a number may have."""
_PALETTE: Final = 3
_MOST_INFLATED: Final = 1024 * 1024
"""So many bytes are inflated in the bot's own process at most; it takes a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk.

    Args:
        kind: Its four letters.
        start: Where it begins, its length.
        end: Where it ends, behind its checksum.
    """

    kind: bytes
    start: int
    end: int

    def payload(self, data: bytes) -> bytes:
        """What it holds."""
        return data[self.start + 8 : self.end - 4]


def header(data: bytes) -> Header:
    """Read what stands before the pixels; of a file or of its beginning."""
    found = UNREADABLE
    try:
        for chunk in _chunks(data):
            if chunk.kind == b"IDAT":
                return replace(found, is_complete=bool(found.width and found.height))
            found = _with(found, chunk, data)
    except struct.error:
        pass  # it ends before its pixels begin, or breaks the rules: what was seen is not all
    if found.width is not None and _begins_pixels(data):
        return replace(found, is_complete=True)
    return found


def whole_header(data: bytes) -> Header:
    """Read what stands before and behind the pixels of a whole file.

    Raises:
        struct.error: It is not whole.
    """
    found = UNREADABLE
    for chunk in _chunks(data):
        found = _with(found, chunk, data)
    return replace(found, is_complete=bool(found.width and found.height))


def end_of(data: bytes) -> int | None:
    """Tell where the picture ends, or None where it does not."""
    try:
        return next((one.end for one in _chunks(data) if one.kind == b"IEND"), None)
    except struct.error:
        return None


def is_intact(data: bytes) -> bool:
    """Whether a whole file surely is what every decoder reads, and nothing stands behind or tells a place.

    False where that would take more than a few milliseconds to find out.
    """
    try:
        chunks = list(_chunks(data))
        is_silent = not whole_header(data).has_location
        return is_silent and chunks[-1].end == len(data) and _keeps_rules(data, chunks)
    except (struct.error, zlib.error):
        return False


def cleaned(data: bytes) -> bytes:
    """Write a whole file again, pixel for pixel, with nothing beside or behind the picture.

    Raises:
        struct.error: The file is not whole.
    """
    return SIGNATURE + b"".join(data[one.start : one.end] for one in _chunks(data) if one.kind in _NEEDED)


def _chunks(data: bytes) -> Iterator[Chunk]:
    """Walk from chunk to chunk up to IEND.

    Raises:
        struct.error: It ends too soon.
    """
    at = len(SIGNATURE)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise struct.error("a chunk is not whole")
        yield Chunk(kind, at, end)
        if kind == b"IEND":
            return
        at = end


def _keeps_rules(data: bytes, chunks: list[Chunk]) -> bool:
    """Whether every checksum is right, and the pixels are as many as the header says."""
    width, height, bits, colours, is_interlaced = struct.unpack(">IIBBxxB", chunks[0].payload(data))
    channels, legal_bits = _CHANNELS_AND_BITS.get(colours, (0, set[int]()))
    needs_palette = colours == _PALETTE and not any(one.kind == b"PLTE" for one in chunks)
    size = height * (1 + (width * channels * bits + 7) // 8)
    if chunks[0].kind != b"IHDR" or bits not in legal_bits or needs_palette or is_interlaced or size > _MOST_INFLATED:
        return False
    if any(zlib.crc32(data[one.start + 4 : one.end - 4]).to_bytes(4) != data[one.end - 4 : one.end] for one in chunks):
        return False
    inflating = zlib.decompressobj()
    pixels = inflating.decompress(b"".join(one.payload(data) for one in chunks if one.kind == b"IDAT"), size)
    return len(pixels) == size


def _begins_pixels(data: bytes) -> bool:
    """Whether the chunk that was cut off holds pixels, so that nothing before them is missing."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            return True
        at += 12 + length
    return False


def _with(found: Header, chunk: Chunk, data: bytes) -> Header:
    """Add what one chunk says."""
    payload = chunk.payload(data)
    if chunk.kind == b"IHDR":
        width, height, bits = struct.unpack_from(">IIB", payload)
        is_apple = data[12:16] == _APPLE
        return Header(width, height, is_plain_colour=bits <= _PLAIN_BITS and not is_apple, is_complete=False)
    if chunk.kind == b"acTL":
        return replace(found, is_animated=True)
    if chunk.kind == b"eXIf":
        exif = read_exif(payload)
        return replace(found, orientation=exif.orientation, has_location=found.has_location or exif.has_location)
    # ImageMagick writes EXIF as compressed text; what it says is not looked at, only that it is there.
    if chunk.kind in _TEXTS and (names_place(payload) or payload.startswith(b"Raw profile type ")):
        return replace(found, has_location=True)
    return found
