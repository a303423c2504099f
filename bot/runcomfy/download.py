"""Brings outputs to our disk: from allowed hosts only, without our token, bounded in size and time.

The provider's storage is public (https://docs.runcomfy.com/model-apis/quickstart) and does not keep files for ever, so
outputs are fetched as soon as a run has ended, and their bytes are kept.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

import httpx

from bot.engine.output_hosts import HostNotAllowed
from bot.errors import DownloadDoubtful, DownloadMissing, DownloadPostponed, DownloadRefused
from bot.net.allowed_hosts import AllowedHosts, PlaceNotAllowed, PlaceRefused
from bot.net.file_client import file_client
from bot.net.guarded_get import guarded_get
from bot.runcomfy.output_file import OutputFile

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from bot.engine.answers import DownloadedFile

MAX_OUTPUT_BYTES: Final = 256 * 1024 * 1024
"""Far above any picture that a model makes, and above most videos."""

_BLOCK_BYTES: Final = 1024 * 1024


class OutputDownloader:
    """The port ``Downloader`` over HTTP.

    Args:
        hosts: Where outputs may lie: ``.suffix``, a host, or ``scheme://host:port``.
        max_bytes: The greatest output.
        total_time: The time for one output, from connection to disk.
        silence_seconds: The time without any byte after which a download is given up.
        at_once: How many downloads may be under way.
        user_agent: How we name ourselves.
        context: An SSL context to share; a new one where None is given.
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        max_bytes: int = MAX_OUTPUT_BYTES,
        total_time: timedelta = timedelta(minutes=5),
        silence_seconds: float = 30.0,
        at_once: int = 4,
        user_agent: str = "remix-bot",
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._hosts = AllowedHosts.parse(hosts)
        self._max_bytes = max_bytes
        self._total_time = total_time
        self._admission = asyncio.Semaphore(at_once)
        self._client = file_client(
            connections=at_once, silence_seconds=silence_seconds, user_agent=user_agent, context=context
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    def permits(self, url: str) -> bool:
        """Whether an address lies on an allowed host; where it leads is found when it is fetched."""
        try:
            self._hosts.judge(url)
        except PlaceRefused:
            return False
        return True

    async def download(self, url: str, *, to: Path) -> DownloadedFile:
        """Stream one output into a file, whole or not at all.

        Args:
            url: Where it lies.
            to: Where it goes; its folder is made.

        Raises:
            HostNotAllowed: Its host, or that of a redirection, is not allowed; another setting may allow it.
            DownloadPostponed: It may be had later.
            DownloadMissing: Nothing is there, at least now.
            DownloadDoubtful: It is gone, empty, no picture and no video, at least now.
            DownloadRefused: It never will: no plain URL, or too large.
        """
        async with self._admission:
            try:
                async with asyncio.timeout(self._total_time.total_seconds()):
                    async with guarded_get(self._client, url, hosts=self._hosts) as response:
                        return await self._receive(response, to)
            except PlaceNotAllowed as error:
                raise HostNotAllowed(error.host) from error
            except PlaceRefused as error:
                raise DownloadRefused(str(error)) from error
            except TimeoutError as error:
                raise DownloadPostponed(f"not whole within {self._total_time}") from error
            except httpx.HTTPError as error:
                raise DownloadPostponed(f"not fetched: {type(error).__name__}: {error}"[:300]) from error
            except OSError as error:
                raise DownloadPostponed(f"not written: {error}") from error

    async def _receive(self, response: httpx.Response, to: Path) -> DownloadedFile:
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise DownloadMissing("HTTP 404")
        if response.status_code == HTTPStatus.GONE:
            raise DownloadDoubtful("gone: HTTP 410")
        if response.status_code != HTTPStatus.OK:
            raise DownloadPostponed(f"HTTP {response.status_code}")
        declared = response.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            raise DownloadRefused(f"the output is larger than {self._max_bytes} bytes: {declared}")
        # Opened here and not in a thread: what a thread opens after we stopped waiting for it would be left over.
        with OutputFile(to, max_bytes=self._max_bytes) as file:
            async for block in response.aiter_bytes(_BLOCK_BYTES):
                await asyncio.to_thread(file.write, block)
            return await asyncio.to_thread(file.finish)
