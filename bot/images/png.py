"""The parts of a PNG file, without its pixels: https://www.w3.org/TR/png-3/."""

from __future__ import annotations

import re
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.images.exif import names_place, read_exif
from bot.images.header import UNREADABLE, Header, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_APPLE: Final = b"CgBI"
"""A dialect that only Apple's own programs read: https://theapplewiki.com/wiki/PNG_CgBI_Format"""
_PLAIN_BITS: Final = 8
_UNREAD: Final = (b"Raw profile type ", b"XML:com.adobe.xmp\x00\x01")
_AS_SRGB: Final = frozenset({Signal(1, 1), Signal(1, 13)})
_TEXTS: Final = frozenset({b"iTXt", b"tEXt", b"zTXt"})
_NEEDED: Final = frozenset(b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs".split())
"""What says how the picture looks."""
_DECODED: Final = _NEEDED - frozenset(b"cHRM gAMA sBIT sRGB cICP mDCV cLLI bKGD pHYs".split())
_CRITICAL: Final = frozenset(b"IHDR PLTE IDAT IEND tRNS".split())
"""What no decoder can do without; a fault in anything else is no reason to refuse a picture."""
_ANIMATED: Final = frozenset({b"acTL", b"fcTL", b"fdAT"})
_PACKED: Final = frozenset({b"iCCP", b"iTXt", b"zTXt"})
_STREAM: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
"""How what is packed begins, behind its name."""
_MOST_BESIDE: Final = 1024 * 1024
"""Decoders refuse a picture for a text or a profile of more bytes."""
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
    """Read what stands before and behind the pixels of a whole file, as far as it goes."""
    found = UNREADABLE
    with suppress(struct.error):
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
        return is_silent and chunks[-1].end == len(data) and is_orderly(data) and _keeps_rules(data, chunks)
    except (struct.error, zlib.error):
        return False


def is_orderly(data: bytes) -> bool:
    """Whether a whole file holds nothing for which a decoder might refuse it, beside its pixels."""
    return all(one.kind in _CRITICAL or _is_harmless(one, data) for one in _chunks(data))


def cleaned(data: bytes) -> bytes:
    """Write a file again, pixel for pixel, with nothing beside or behind the picture, and with an end."""
    return _written(data, _NEEDED)


def decodable(data: bytes, *, is_animated: bool) -> bytes:
    """Write a file again with nothing but what a decoder needs for its pixels and colours."""
    return _written(data, _DECODED | _ANIMATED if is_animated else _DECODED)


def _written(data: bytes, kinds: frozenset[bytes]) -> bytes:
    parts, at = [SIGNATURE], len(SIGNATURE)
    try:
        for one in _chunks(data):
            if one.kind in kinds and (one.kind in _CRITICAL or _is_harmless(one, data)):
                parts.append(data[one.start : one.end])
            at = one.end
    except struct.error:
        # What is there of the last chunk may hold all the pixels that were missing.
        if data[at + 4 : at + 8] == b"IDAT":
            (length,) = struct.unpack_from(">I", data, at)
            payload = data[at + 8 : at + 8 + length]
            checksum = zlib.crc32(b"IDAT" + payload)
            parts.append(struct.pack(">I4s", len(payload), b"IDAT") + payload + checksum.to_bytes(4))
        parts.append(END)
    return b"".join(parts)


def _is_harmless(one: Chunk, data: bytes) -> bool:
    """Whether a chunk's checksum is right, and it holds no more than decoders take, unpacked."""
    if one.end - one.start > _MOST_BESIDE or zlib.crc32(data[one.start + 4 : one.end - 4]) != _checksum(one, data):
        return False
    payload = one.payload(data)
    begins = _STREAM.search(payload) if one.kind in _PACKED else None
    if begins is None:
        return True
    inflating = zlib.decompressobj()
    try:
        inflating.decompress(payload[begins.start() :], _MOST_BESIDE)
    except zlib.error:
        return one.kind != b"iCCP"
    return not inflating.unconsumed_tail


def _checksum(one: Chunk, data: bytes) -> int:
    return int.from_bytes(data[one.end - 4 : one.end])


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
    if any(zlib.crc32(data[one.start + 4 : one.end - 4]) != _checksum(one, data) for one in chunks):
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
        (pictures,) = struct.unpack_from(">I", payload)
        return replace(found, is_animated=pictures > 1)
    if chunk.kind == b"cICP":
        signal = Signal(*struct.unpack_from("BB", payload))
        return replace(found, signal=signal, is_plain_colour=found.is_plain_colour and signal in _AS_SRGB)
    if chunk.kind == b"eXIf":
        exif = read_exif(payload)
        return replace(found, orientation=exif.orientation, has_location=found.has_location or exif.has_location)
    # EXIF as text (ImageMagick) and packed XMP: what they say is not looked at, only that they are there.
    if chunk.kind in _TEXTS and (names_place(payload) or payload.startswith(_UNREAD)):
        return replace(found, has_location=True)
    return found
