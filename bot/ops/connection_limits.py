"""Limits of the operator's HTTP server that its library lacks: how many connections, and how long each may take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from aiohttp import web
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class ConnectionLimits:
    """Counts the connections of one server, and ends those that take too long.

    Where there are too many, the oldest that has not sent a whole request makes room for the new one.

    Args:
        most: How many may be open.
        header_seconds: How long a request may take to arrive.
        answer_seconds: How long its answer may take to be read.
    """

    def __init__(self, *, most: int, header_seconds: float, answer_seconds: float) -> None:
        self.most = most
        self.header_seconds = header_seconds
        self._answer_seconds = answer_seconds
        self._open: dict[asyncio.BaseTransport, _Connection] = {}
        self._waiting: dict[asyncio.BaseTransport, None] = {}

    def over(self, factory: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Put the limits over every connection of a server.

        Args:
            factory: Makes what handles one.
        """
        return lambda: _Connection(self, factory())

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Note that a request is whole, and answer it as the only one of its connection."""
        if request.transport is not None and (connection := self._open.get(request.transport)) is not None:
            self._waiting.pop(request.transport, None)
            connection.allow(self._answer_seconds)
        try:
            response = await handler(request)
        except web.HTTPException as error:  # also of a path that is not served
            error.force_close()
            raise
        response.force_close()
        return response

    def admit(self, connection: _Connection, transport: asyncio.BaseTransport) -> bool:
        """Count a new connection; answer whether there is room for it."""
        if len(self._open) >= self.most:
            if not self._waiting:
                return False
            self._open[next(iter(self._waiting))].abort()
        self._open[transport] = connection
        self._waiting[transport] = None
        return True

    def forget(self, transport: asyncio.BaseTransport) -> None:
        """Count a connection no more."""
        self._open.pop(transport, None)
        self._waiting.pop(transport, None)


class _Connection(asyncio.Protocol):
    """One connection: passes everything on, and ends it when its time is over."""

    def __init__(self, limits: ConnectionLimits, inner: asyncio.Protocol) -> None:
        self._limits = limits
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def allow(self, seconds: float) -> None:
        """End it so much later, unless it ends by itself."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.abort)

    def abort(self) -> None:
        """End it now."""
        if self._transport is not None:
            self._limits.forget(self._transport)
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or close it."""
        socket_transport = cast("asyncio.Transport", transport)
        if not self._limits.admit(self, transport):
            socket_transport.abort()
            return
        self._transport = socket_transport
        self.allow(self._limits.header_seconds)
        self._inner.connection_made(transport)

    @override
    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._inner.data_received(data)

    @override
    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._transport is not None else None

    @override
    def pause_writing(self) -> None:
        self._inner.pause_writing()

    @override
    def resume_writing(self) -> None:
        self._inner.resume_writing()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._limits.forget(self._transport)
            self._inner.connection_lost(exc)
