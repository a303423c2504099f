"""An output on its way to our disk: written beside its place, known by its first bytes, moved there when whole."""

from __future__ import annotations

import hashlib
import os
import secrets
from typing import TYPE_CHECKING, Final, Self

import imagesize

from bot.domain.media_type import HEAD_BYTES, OUTPUT_TYPES, output_type_of
from bot.engine.answers import DownloadedFile
from bot.errors import DownloadDoubtful, DownloadRefused

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_LEAST_BYTES: Final = 26
"""The smallest GIF and WebP that hold a pixel; every other type needs more."""

_MEASURED: Final = frozenset(one for one in OUTPUT_TYPES if one.startswith("image/"))
"""The sides of all other pictures are found when they are converted."""


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
            DownloadDoubtful: It is empty, of no type that we take, or shorter than any file of its type.
        """
        content_type = self._content_type()
        if self._size < _LEAST_BYTES:
            raise DownloadDoubtful(f"the output has {self._size} bytes, fewer than any {content_type}")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        width, height = self._sides() if content_type in _MEASURED else (None, None)
        self._part.replace(self._to)
        return DownloadedFile(content_type, self._size, self._sha256.hexdigest(), width, height)

    def _content_type(self) -> str:
        if not self._size:
            raise DownloadDoubtful("the output is empty")
        content_type = output_type_of(self._head)
        if content_type is None:
            raise DownloadDoubtful(f"the output is no picture and no video: it begins with {self._head[:16]!r}")
        return content_type

    def _sides(self) -> tuple[int, int] | tuple[None, None]:
        width, height = imagesize.get(self._part, exif_rotation=False)  # pyright: ignore[reportUnknownMemberType] - it does not say of what its PathLike is
        return (width, height) if width > 0 and height > 0 else (None, None)
