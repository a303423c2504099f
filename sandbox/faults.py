"""What shall go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Faults:
    """Faults to come, and faults that were."""

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Let a request meet its fault."""
        return await handler(request)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
