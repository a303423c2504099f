"""Inputs that the bot serves itself: copies on its disk, under signed addresses that expire.

For a provider whose cloud Discord's CDN refuses. Nothing is served but these copies, and each only by its own address.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.media_type import EXTENSIONS, HEAD_BYTES, media_type_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.remix_request import Input, RemixRequest
    from bot.engine.ports import Clock, ImageInspector

PUBLISHED: Final = "published"
"""The folder of served inputs inside the data folder."""
SERVED_FOR: Final = timedelta(days=2)
"""Longer than a request waits in the provider's queue before its run begins."""

_PURPOSE: Final = b"remix-bot: addresses of published inputs"
_JOB: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_NAME: Final = re.compile(r"[0-9]{1,2}\.[a-z0-9]{3,4}")
_EXPIRY: Final = re.compile(r"[0-9a-f]{1,10}")


class UnknownAddressError(Exception):
    """An address that this bot has not signed, or whose file is gone."""


class ExpiredAddressError(Exception):
    """An address of ours whose time is over."""


class PublishedInputs:
    """Copies inputs to this process's disk, signs their addresses, and judges addresses that are asked for.

    Args:
        inspector: Copies files from Discord.
        data_dir: The data folder.
        base_url: Where the world reaches this process's HTTP server, without a slash at its end.
        secret: What the key of the signatures is derived from.
        clock: The time.
    """

    def __init__(self, *, inspector: ImageInspector, data_dir: Path, base_url: str, secret: str, clock: Clock) -> None:
        self._inspector = inspector
        self._folder = data_dir / PUBLISHED
        self._base_url = base_url
        self._key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
        self._clock = clock

    async def publish(self, job_id: str, request: RemixRequest) -> RemixRequest:
        """Copy what would be sent, and answer the request with our own addresses in place of Discord's.

        Raises:
            InputPostponed: A file cannot be had now.
            InputRefused: A file is gone, or cannot be copied at all.
        """
        numbered = enumerate(request.inputs, start=1)
        files = await asyncio.gather(*(self._copied(job_id, number, one) for number, one in numbered))
        expires_at = self._clock.now() + SERVED_FOR
        urls = [self._address(job_id, file.name, expires_at) for file in files]
        sent = (replace(one, url=url, kept=None, mends=()) for one, url in zip(request.inputs, urls, strict=True))
        return replace(request, inputs=tuple(sent))

    def beginning(self, job_id: str) -> str:
        """Answer how every address of a job begins; it ends in a slash."""
        return f"{self._base_url}/inputs/{job_id}/"

    def file(self, job_id: str, name: str, *, expiry: str, signature: str) -> Path:
        """Find the file of an address that was asked for.

        Args:
            job_id: From its path.
            name: From its path.
            expiry: Its ``ex``, hexadecimal seconds.
            signature: Its ``sig``.

        Raises:
            UnknownAddressError: It was not signed here, or its file is deleted.
            ExpiredAddressError: Its time is over.
        """
        if not (_JOB.fullmatch(job_id) and _NAME.fullmatch(name) and _EXPIRY.fullmatch(expiry)):
            raise UnknownAddressError
        if not hmac.compare_digest(self._signature(job_id, name, expiry).encode(), signature.encode()):
            raise UnknownAddressError
        if datetime.fromtimestamp(int(expiry, 16), UTC) <= self._clock.now():
            raise ExpiredAddressError
        file = self._folder / job_id / name
        if file.is_symlink() or not file.is_file():
            raise UnknownAddressError
        return file

    async def _copied(self, job_id: str, number: int, one: Input) -> Path:
        folder = self._folder / job_id
        if (found := await asyncio.to_thread(_copy_of, folder, number)) is not None:
            return found
        came = folder / f"{number}.came"
        await self._inspector.copy(one.sent_url, to=came)
        return await asyncio.to_thread(_named_by_type, came, number)

    def _address(self, job_id: str, name: str, expires_at: datetime) -> str:
        expiry = f"{int(expires_at.timestamp()):x}"
        return f"{self.beginning(job_id)}{name}?ex={expiry}&sig={self._signature(job_id, name, expiry)}"

    def _signature(self, job_id: str, name: str, expiry: str) -> str:
        return hmac.new(self._key, f"{job_id}/{name}/{expiry}".encode(), hashlib.sha256).hexdigest()


def _copy_of(folder: Path, number: int) -> Path | None:
    names = (f"{number}.{extension}" for extension in (*EXTENSIONS.values(), "bin"))
    return next((file for name in names if (file := folder / name).is_file()), None)


def _named_by_type(came: Path, number: int) -> Path:
    with came.open("rb") as file:
        media_type = media_type_of(file.read(HEAD_BYTES))
    return came.rename(came.with_name(f"{number}.{EXTENSIONS.get(media_type, 'bin')}"))
