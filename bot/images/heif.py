"""What HEIC and AVIF files say of their pictures: https://www.iso.org/standard/83650.html (ISO/IEC 23008-12)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from bot.images.header import Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

_WAY_TO_PROPERTIES: Final = ((b"meta", 4), (b"iprp", 0), (b"ipco", 0))
"""The boxes that lead to the properties, each with the bytes that stand before its children."""
_LONG: Final = 16
"""The header of a box whose length takes eight bytes."""
_QUARTERS: Final = 3
_NCLX_BYTES: Final = 8


def is_turned(data: bytes) -> bool:
    """Whether a decoder of the file turns or mirrors its picture; EXIF has no say in this format."""
    for kind, payload in properties(data):
        if kind == b"imir" or (kind == b"irot" and payload and payload[0] & _QUARTERS):
            return True
    return False


def signal_of(data: bytes) -> Signal | None:
    """Read how the colours of the picture are meant (colr, nclx); None where the file does not say."""
    for kind, payload in properties(data):
        if kind == b"colr" and payload.startswith(b"nclx") and len(payload) >= _NCLX_BYTES:
            return Signal(*struct.unpack_from(">HH", payload, 4))
    return None


def properties(data: bytes) -> list[tuple[bytes, bytes]]:
    """Read the properties of all pictures of a file: kinds and payloads; none of a file that breaks the rules."""
    try:
        for name, skipped in _WAY_TO_PROPERTIES:
            data = next((payload[skipped:] for kind, payload in _boxes(data) if kind == name), b"")
        return list(_boxes(data))
    except struct.error:
        return []


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        begins = at + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, begins)
            begins = at + _LONG
        end = len(data) if length == 0 else at + length
        if not begins <= end <= len(data):
            raise struct.error("a box is not whole")
        # What holds the pixels is not copied.
        yield kind, b"" if kind == b"mdat" else data[begins:end]
        at = end
