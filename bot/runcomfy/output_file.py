"""An output on its way to our disk: written beside its place, known by its first bytes, moved there when whole."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from typing import TYPE_CHECKING, Final, Self

import imagesize

from bot.engine.answers import DownloadedFile
from bot.errors import DownloadDoubtful, DownloadRefused

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

HEAD_BYTES: Final = 64
"""So many first bytes tell every type that we take."""

_BEGINNINGS: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    # Pictures (AVIF, HEIC) have the same box with other brands; https://mp4ra.org/registered-types/brands lists them.
    (re.compile(rb".{4}ftyp(iso[m2-9]|mp4[12]|avc1|M4V |MSNV|dash)", re.DOTALL), "video/mp4"),
    (re.compile(rb"\x1a\x45\xdf\xa3.{0,48}webm", re.DOTALL), "video/webm"),
)


def content_type_of(head: bytes) -> str | None:
    """Tell the type of an output by its first bytes.

    Args:
        head: The first ``HEAD_BYTES`` bytes, or the whole file where it is shorter.

    Returns:
        A type that Discord shows, or None for everything else, HTML and SVG among it.
    """
    return next((content_type for pattern, content_type in _BEGINNINGS if pattern.match(head)), None)


class OutputFile:
    """A file that appears at its place only when it is whole. Its methods block: call them in a thread.

    Args:
        to: Its place; folders are made, a file that is there is replaced.
        max_bytes: The greatest size.
    """

    def __init__(self, to: Path, *, max_bytes: int) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        self._to = to
        self._part = to.with_name(f".{to.name}.{secrets.token_hex(4)}.part")
        self._file = self._part.open("xb")
        self._max_bytes = max_bytes
        self._sha256 = hashlib.sha256()
        self._head = b""
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Append some bytes.

        Raises:
            DownloadRefused: It grows too large; doubtful where its first bytes are those of no output.
        """
        self._size += len(data)
        if self._size > self._max_bytes:
            raise DownloadRefused(f"the output is larger than {self._max_bytes} bytes")
        if len(self._head) < HEAD_BYTES:
            self._head = (self._head + data)[:HEAD_BYTES]
            if len(self._head) == HEAD_BYTES:
                self._content_type()
        self._sha256.update(data)
        self._file.write(data)

    def finish(self) -> DownloadedFile:
        """Move the whole file to its place.

        Raises:
            DownloadDoubtful: It is empty, or of no type that we take.
        """
        content_type = self._content_type()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        width, height = self._sides() if content_type.startswith("image/") else (None, None)
        self._part.replace(self._to)
        return DownloadedFile(content_type, self._size, self._sha256.hexdigest(), width, height)

    def _content_type(self) -> str:
        if not self._size:
            raise DownloadDoubtful("the output is empty")
        content_type = content_type_of(self._head)
        if content_type is None:
            raise DownloadDoubtful(f"the output is no picture and no video: it begins with {self._head[:16]!r}")
        return content_type

    def _sides(self) -> tuple[int, int] | tuple[None, None]:
        width, height = imagesize.get(self._part, exif_rotation=False)  # pyright: ignore[reportUnknownMemberType] - it does not say of what its PathLike is
        return (width, height) if width > 0 and height > 0 else (None, None)
