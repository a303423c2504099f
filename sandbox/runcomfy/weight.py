"""Makes files heavy: as many bytes as were asked for and no other pixel; and videos, of which nobody sees a frame."""

from __future__ import annotations

import struct
import zlib
from random import Random

_PNG_HEAD = 33
"""Signature and IHDR, behind which other chunks may stand."""
_CHUNK_FRAME = 12
_JPEG_HEAD = 2
_COMMENT_FRAME = 4
_COMMENT_MOST = 65533
_VIDEO_HEAD = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"isom")
_BOX_FRAME = 8


def weighted_png(data: bytes, size: int) -> bytes:
    """Let a PNG have at least so many bytes, by an ancillary chunk that no reader looks at.

    Source: https://www.w3.org/TR/png-3/#5Chunk-naming-conventions
    """
    missing = size - len(data) - _CHUNK_FRAME
    if missing < 0:
        return data
    body = b"paDd" + _noise(missing)
    chunk = struct.pack(">I", missing) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_PNG_HEAD] + chunk + data[_PNG_HEAD:]


def weighted_jpeg(data: bytes, size: int) -> bytes:
    """Let a JPEG have at least so many bytes, by comments."""
    missing = size - len(data)
    comments: list[bytes] = []
    while missing > 0:
        length = min(max(missing - _COMMENT_FRAME, 0), _COMMENT_MOST)
        comments.append(b"\xff\xfe" + struct.pack(">H", length + 2) + _noise(length))
        missing -= length + _COMMENT_FRAME
    return data[:_JPEG_HEAD] + b"".join(comments) + data[_JPEG_HEAD:]


def video(seed: int, size: int) -> bytes:
    """A file that says it is an MP4, different for every seed, of which so many bytes mean nothing.

    Source: https://mp4ra.org/registered-types/boxes
    """
    length = max(size - len(_VIDEO_HEAD), _BOX_FRAME + 4)
    return _VIDEO_HEAD + struct.pack(">I4sI", length, b"free", seed) + _noise(length - _BOX_FRAME - 4)


def _noise(length: int) -> bytes:
    return Random(length).randbytes(length)
