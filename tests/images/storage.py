"""The sandbox's content delivery network as a server of its own, and a file there by its URL."""

from __future__ import annotations

import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.cdn import Cdn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator


@dataclass
class Storage:
    """One listening port.

    Attributes:
        base_url: Where it listens.
        cdn: What lies there.
        ranges: The ranges that were asked for, in order; None for a whole file.
    """

    base_url: str
    cdn: Cdn
    ranges: list[str | None] = field(default_factory=list[str | None])
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def put(self, data: bytes, filename: str = "picture.png") -> str:
        """Keep a file and answer its URL, signed."""
        number = next(self._numbers)
        stored = self.cdn.put(
            data, filename=filename, content_type=None, folder="ephemeral-attachments/1", attachment_id=number
        )
        return self.cdn.sign(stored, base_url=self.base_url)


@asynccontextmanager
async def open_storage() -> AsyncGenerator[Storage]:
    """Listen on a free port of loopback."""
    storage = Storage("", Cdn(clock=lambda: datetime.now(UTC)))

    @web.middleware
    async def remember(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        storage.ranges.append(request.headers.get("Range"))
        return await handler(request)

    app = web.Application(middlewares=[remember])
    app.add_routes(storage.cdn.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    storage.base_url = f"http://{host}:{port}"
    try:
        yield storage
    finally:
        await runner.cleanup()
