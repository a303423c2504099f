"""How bytes go to the provider: lanes for what is free, a fresh connection for what is paid.

httpx's own pool hands one idle connection to every waiting request, lets the losers queue again, and closes idle
connections too early (https://github.com/encode/httpcore/pull/1035, https://github.com/encode/httpcore/issues/1110). A
lane is a pool of exactly one connection, so none of that can happen, and we admit requests to lanes ourselves.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import httpx
from typing_extensions import override

if TYPE_CHECKING:
    import ssl

MAX_BODY_BYTES: Final = 1024 * 1024
"""The longest answer that is read; the provider's are a few hundred bytes, its schemas a few thousand."""

_KEEP_ALIVE_SECONDS: Final = 60.0


class AnswerTooLarge(httpx.TransportError):
    """An answer was longer than any of the provider's should be."""


class Lanes(httpx.AsyncBaseTransport):
    """Single-connection transports with an admission of our own.

    Each request waits for a free lane without limit, then has a total time for its whole answer, which is read here so
    that the lane is free again when the answer is handed out. The lane used last is used first: few stay warm.

    Args:
        context: The shared SSL context.
        count: How many requests may be under way.
        total_seconds: The time for one request, from its admission to the last byte of its answer.
        max_body_bytes: The longest answer.
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext,
        count: int = 16,
        total_seconds: float = 20.0,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEEP_ALIVE_SECONDS)
        self._free = [httpx.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False) for _ in range(count)]
        self._all = tuple(self._free)
        self._admission = asyncio.Semaphore(count)
        self._total_seconds = total_seconds
        self._max_body_bytes = max_body_bytes

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self._admission:
            lane = self._free.pop()
            try:
                async with asyncio.timeout(self._total_seconds):
                    return await read_whole(lane, request, max_body_bytes=self._max_body_bytes)
            except TimeoutError as error:
                raise httpx.ReadTimeout(f"no whole answer within {self._total_seconds:g} s", request=request) from error
            finally:
                self._free.append(lane)

    @override
    async def aclose(self) -> None:
        for lane in self._all:
            await lane.aclose()


class FreshConnections(httpx.AsyncBaseTransport):
    """One connection per request, never used twice and never tried twice: for what must not arrive in doubt.

    A kept connection may be dead without our knowing, and then the outcome of a request on it would be unknown.

    Args:
        context: The shared SSL context.
        max_body_bytes: The longest answer.
    """

    def __init__(self, *, context: ssl.SSLContext, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False, retries=0)
        self._max_body_bytes = max_body_bytes

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Connection"] = "close"
        return await read_whole(self._transport, request, max_body_bytes=self._max_body_bytes)

    @override
    async def aclose(self) -> None:
        await self._transport.aclose()


async def read_whole(
    transport: httpx.AsyncBaseTransport, request: httpx.Request, *, max_body_bytes: int
) -> httpx.Response:
    """Send a request and read its whole answer, undecoded.

    Args:
        transport: What carries it.
        request: The request.
        max_body_bytes: The longest answer.

    Raises:
        AnswerTooLarge: The answer is longer; the connection is dropped.
        httpx.TransportError: It could not be carried.
    """
    response = await transport.handle_async_request(request)
    body = bytearray()
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):  # pragma: no cover - asynchronous transports answer nothing else
        raise httpx.TransportError("the answer cannot be streamed", request=request)
    async with contextlib.aclosing(stream):
        async for chunk in stream:
            body += chunk
            if len(body) > max_body_bytes:
                raise AnswerTooLarge(f"the answer is longer than {max_body_bytes} bytes", request=request)
    return httpx.Response(
        response.status_code, headers=response.headers, content=bytes(body), extensions=response.extensions
    )
