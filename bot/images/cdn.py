"""Reading members' files from where Discord keeps them: from allowed hosts only, bounded in size and time."""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from bot.domain.picture import MOST_MENDABLE_BYTES
from bot.errors import InputPostponed, InputRefused
from bot.images.probe import HEAD_BYTES
from bot.net.allowed_hosts import AllowedHosts, PlaceRefused
from bot.net.file_client import file_client
from bot.net.guarded_get import guarded_get

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Sequence
    from datetime import timedelta
    from pathlib import Path

# A signature that has run out is 404, one that is missing or wrong 403; 410 is what HTTP has for it.
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.GONE})
_CONTENT_RANGE: Final = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")
_FIRST_BYTES: Final = {"Range": f"bytes=0-{HEAD_BYTES - 1}"}
_BLOCK_BYTES: Final = 256 * 1024
_MEGA: Final = 1_000_000


class CdnReader:
    """Reads files by their URLs.

    Args:
        hosts: Where they may lie: ``.suffix``, a host, or ``scheme://host:port``.
        probe_time: The time to look at the first bytes of one file.
        copy_time: The time to copy one file whole.
        connections: How many may be open.
        user_agent: How we name ourselves.
        context: An SSL context to share; a new one where None is given.
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        probe_time: timedelta,
        copy_time: timedelta,
        connections: int,
        user_agent: str,
        context: ssl.SSLContext | None,
    ) -> None:
        self._hosts = AllowedHosts.parse(hosts)
        self._probe_seconds = probe_time.total_seconds()
        self._copy_seconds = copy_time.total_seconds()
        self._client = file_client(
            connections=connections, silence_seconds=self._copy_seconds, user_agent=user_agent, context=context
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def head(self, url: str, *, size: int) -> tuple[bytes, int]:
        """Read the first bytes of a file.

        Args:
            url: Where it lies.
            size: Its bytes, as far as is known.

        Returns:
            The first, and how many there are in all.

        Raises:
            InputPostponed: Not now.
            InputRefused: ``gone`` or ``not_at_discord``.
        """
        asked = guarded_get(self._client, url, hosts=self._hosts, headers=_FIRST_BYTES)
        async with _bounded(self._probe_seconds), asked as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return b"", 0
            _judge_status(response, HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)
            data = bytearray()
            async for block in response.aiter_raw():
                data += block
                if len(data) >= HEAD_BYTES:
                    break
        total = _total(response)
        return bytes(data[:HEAD_BYTES]), size if total is None else total

    async def copy(self, url: str, *, to: Path) -> None:
        """Stream a file to our disk, whole or not at all.

        Args:
            url: Where it lies.
            to: Where it goes; its folder is made, a file that is there is replaced.

        Raises:
            InputPostponed: Not now.
            InputRefused: ``gone``, ``not_at_discord`` or ``file_too_large``.
        """
        part = to.with_name(f".{to.name}.{secrets.token_hex(4)}.part")
        async with _bounded(self._copy_seconds):
            await asyncio.to_thread(to.parent.mkdir, parents=True, exist_ok=True)
            try:
                async with guarded_get(self._client, url, hosts=self._hosts) as response:
                    _judge_status(response, HTTPStatus.OK)
                    await _receive(response, part)
                await asyncio.to_thread(part.replace, to)
            finally:
                part.unlink(missing_ok=True)


@asynccontextmanager
async def _bounded(seconds: float) -> AsyncGenerator[None]:
    """Bound what is done inside in time, and make the errors that may leave of those that may not."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (PlaceRefused, TimeoutError, httpx.HTTPError, OSError) as error:
        raise _told(error, seconds) from error


def _told(error: Exception, seconds: float) -> Exception:
    match error:
        case PlaceRefused():
            return InputRefused("not_at_discord", str(error))
        case TimeoutError():
            return InputPostponed(f"not read within {seconds:g} s")
        case httpx.HTTPError():
            return InputPostponed(f"not read: {type(error).__name__}: {error}"[:300])
        case OSError():
            return InputPostponed(f"not written: {error}")
        case _:
            return error


def _judge_status(response: httpx.Response, *good: HTTPStatus) -> None:
    if response.status_code in _GONE:
        raise InputRefused("gone", f"HTTP {response.status_code}")
    if response.status_code not in good:
        raise InputPostponed(f"HTTP {response.status_code}")


def _total(response: httpx.Response) -> int | None:
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


async def _receive(response: httpx.Response, part: Path) -> None:
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal():
        _judge_size(int(declared))
    size = 0
    # Opened here and not in a thread: what a thread opens after we stopped waiting for it would be left over.
    with part.open("xb") as file:
        async for block in response.aiter_raw(_BLOCK_BYTES):
            size += len(block)
            _judge_size(size)
            await asyncio.to_thread(file.write, block)


def _judge_size(size: int) -> None:
    if size > MOST_MENDABLE_BYTES:
        values = {"size_mb": -(-size * 10 // _MEGA) / 10, "limit_mb": MOST_MENDABLE_BYTES // _MEGA}
        raise InputRefused("file_too_large", f"{size} bytes", values=values)
