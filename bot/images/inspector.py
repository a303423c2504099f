"""The port ``ImageInspector``: looks at files over HTTP, and has them mended by a program of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self

from bot.domain.media_type import PICTURE_TYPES
from bot.domain.picture import PictureLimits
from bot.errors import InputRefused
from bot.images.cdn import CdnReader
from bot.images.order import Task
from bot.images.probe import judge
from bot.images.workshop import Workshop

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from bot.domain.picture import Mended, Probe

PROBE_TIME: Final = timedelta(seconds=2)
COPY_TIME: Final = timedelta(seconds=30)


class PictureInspector:
    """What pictures really are, and what can be made of them.

    Args:
        hosts: Where inputs may lie: ``.suffix``, a host, or ``scheme://host:port``.
        probe_time: The time to look at the first bytes of one file.
        copy_time: The time to copy one file whole.
        connections: How many to these hosts may be open.
        workshop: Where files are mended; one of two places where None is given.
        user_agent: How we name ourselves.
        context: An SSL context to share; a new one where None is given.
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        probe_time: timedelta = PROBE_TIME,
        copy_time: timedelta = COPY_TIME,
        connections: int = 32,
        workshop: Workshop | None = None,
        user_agent: str = "remix-bot",
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._reader = CdnReader(
            hosts=hosts,
            probe_time=probe_time,
            copy_time=copy_time,
            connections=connections,
            user_agent=user_agent,
            context=context,
        )
        self._workshop = workshop or Workshop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._reader.aclose()

    async def probe(self, url: str, *, size: int) -> Probe:
        """Look at the first bytes of an input.

        Args:
            url: Where it lies.
            size: Its bytes, as Discord says.

        Raises:
            InputPostponed: It cannot be looked at now.
            InputRefused: ``empty_file``, ``not_a_picture``, ``too_many_pixels_to_mend``, ``gone`` or
                ``not_at_discord``.
        """
        head, total = await self._reader.head(url, size=size)
        return judge(head, size=total)

    async def copy(self, url: str, *, to: Path) -> None:
        """Stream a whole input into a file, whole or not at all.

        Args:
            url: Where it lies.
            to: Where it goes; its folder is made.

        Raises:
            InputPostponed: It cannot be had now.
            InputRefused: ``gone``, ``not_at_discord`` or ``file_too_large``.
        """
        await self._reader.copy(url, to=to)

    async def mend(self, source: Path, limits: PictureLimits, *, to: Path) -> Mended:
        """Decode a whole picture and write one that keeps the limits; nothing is written where it did already.

        Args:
            source: The file as it came.
            limits: What it must be.
            to: Where the mended one goes.

        Raises:
            InputPostponed: There was no room or time for it now.
            InputRefused: ``empty_file``, ``not_a_picture``, ``damaged``, ``too_many_pixels_to_mend``,
                ``too_few_pixels`` or ``cannot_be_mended``.
        """
        return await self._workshop.run(Task.MEND, source, limits, to=to)

    async def fit(self, source: Path, *, content_type: str, max_bytes: int, to: Path) -> Mended:
        """Write an output anew so that it keeps an upload limit, with the least visible loss that does it.

        Args:
            source: The output as it came.
            content_type: Its real type.
            max_bytes: The greatest file that is taken there.
            to: Where the smaller one goes.

        Raises:
            InputPostponed: There was no room or time for it now.
            InputRefused: It cannot be made smaller; ``cannot_be_mended`` for videos and animations.
        """
        if content_type not in PICTURE_TYPES:
            raise InputRefused("cannot_be_mended", f"it is {content_type}")
        limits = PictureLimits(types=(content_type,), max_bytes=max_bytes)
        return await self._workshop.run(Task.FIT, source, limits, to=to)
