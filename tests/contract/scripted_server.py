"""A server on raw sockets that answers what a test tells it to, byte for byte, and remembers what came."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

HANG = b"HANG"
"""Instead of an answer: say nothing until the client goes away."""
RESET = b"RESET"
"""Instead of an answer: break the connection."""


@dataclass(frozen=True)
class Received:
    """A request as it came.

    Attributes:
        connection: The number of its connection, from 1.
        target: Method and path with query.
        headers: By lower-case name.
        body: Its bytes.
    """

    connection: int
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class ScriptedServer:
    """One listening port.

    Attributes:
        script: What to answer to each request.
        received: Every request, oldest first.
        connections: How many were opened.
    """

    script: Callable[[Received], bytes] = lambda _: RESET
    received: list[Received] = field(default_factory=list[Received])
    connections: int = 0
    base_url: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        self._writers.add(writer)
        number = self.connections
        try:
            while await self._answer(number, reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):  # the client went away, which is its right
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        """Break every connection that is open."""
        for writer in self._writers:
            writer.transport.abort()

    async def _answer(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Received(number, head[0].rpartition(" ")[0], headers, body)
        self.received.append(request)
        self.arrived.set()
        answer = self.script(request)
        if answer == HANG:
            await reader.read()
            return False
        if answer == RESET:
            writer.transport.abort()
            return False
        writer.write(answer)
        await writer.drain()
        return headers.get("connection") != "close" and b"\r\nConnection: close" not in answer


def answer(body: object = b"", *, status: int = 200, **headers: str) -> bytes:
    """Write an answer.

    Args:
        body: Bytes, or what becomes JSON.
        status: The HTTP status.
        headers: More headers, with underscores for hyphens; ``content_length`` may lie.
    """
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Length": str(len(data))} | {
        name.replace("_", "-").title(): text for name, text in headers.items()
    }
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {text}" for name, text in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + data


@asynccontextmanager
async def open_server(script: Callable[[Received], bytes] = lambda _: RESET) -> AsyncGenerator[ScriptedServer, None]:
    """Listen on a free port of loopback."""
    scripted = ScriptedServer(script)
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield scripted
    finally:
        server.close()
        scripted.hang_up()
        await server.wait_closed()
