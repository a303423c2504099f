"""Clients of the simulated Discord without a library: a REST caller and a gateway listener, both strict."""

import io
import json
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import aiohttp
import zstandard

from sandbox.discord.server import DiscordSandbox

Json: TypeAlias = Any


@dataclass(frozen=True)
class Told:
    """An answer.

    Args:
        status: The HTTP status.
        headers: Its headers.
        json: Its JSON, None if it has no body.
    """

    status: int
    headers: dict[str, str]
    json: Json

    @property
    def refusal(self) -> tuple[int, int]:
        """HTTP status and JSON code."""
        return self.status, self.json["code"]


class Caller:
    """Calls the REST API as the bot.

    Args:
        sandbox: Whose API.
        session: The HTTP client.
    """

    def __init__(self, sandbox: DiscordSandbox, session: aiohttp.ClientSession) -> None:
        self._sandbox = sandbox
        self._session = session

    async def __call__(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        files: dict[str, bytes] | None = None,
        token: str | None = None,
    ) -> Told:
        """Call a route.

        Args:
            method: The HTTP method.
            path: Below the API's base.
            body: JSON to send.
            files: Files to send beside it, by name.
            token: Another token than the right one; empty for none.
        """
        authorization = f"Bot {token if token is not None else self._sandbox.token}"
        headers = {"Authorization": authorization} if token != "" else {}
        sent: dict[str, Any] = {"json": body} if body is not None else {}
        if files is not None:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body or {}), content_type="application/json")
            for number, (name, data) in enumerate(files.items()):
                form.add_field(
                    f"files[{number}]", io.BytesIO(data), filename=name, content_type="application/octet-stream"
                )
            sent = {"data": form}
        url = f"{self._sandbox.api_url}{path}"
        async with self._session.request(method, url, headers=headers, **sent) as response:
            raw = await response.read()
            is_json = response.headers.get("Content-Type") == "application/json"
            return Told(response.status, dict(response.headers), json.loads(raw) if is_json else None)


@asynccontextmanager
async def calling(sandbox: DiscordSandbox) -> AsyncGenerator[Caller]:
    """A caller of a started sandbox."""
    async with aiohttp.ClientSession() as session:
        yield Caller(sandbox, session)


def _decoder(compression: str) -> Callable[[str | bytes], str]:
    if compression == "zlib-stream":
        inflater = zlib.decompressobj()

        def inflate(data: str | bytes) -> str:
            assert isinstance(data, bytes)
            assert data.endswith(b"\x00\x00\xff\xff")
            return inflater.decompress(data).decode()

        return inflate
    if compression == "zstd-stream":
        stream = zstandard.ZstdDecompressor().decompressobj()

        def unpack(data: str | bytes) -> str:
            assert isinstance(data, bytes)
            return stream.decompress(data).decode()

        return unpack

    def plain(data: str | bytes) -> str:
        assert isinstance(data, str)
        return data

    return plain


class Listener:
    """Listens to the gateway.

    Args:
        socket: The open WebSocket.
        compression: What was asked for; empty for none.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, compression: str) -> None:
        self.socket = socket
        self._decode = _decoder(compression)

    async def hear(self) -> dict[str, Json]:
        """The next message."""
        frame = await self.socket.receive(timeout=5)
        assert frame.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}, frame
        return json.loads(self._decode(frame.data))

    async def hear_event(self, name: str) -> dict[str, Json]:
        """The next dispatch of this name; others are overheard."""
        while (message := await self.hear())["t"] != name:
            continue
        return message

    async def say(self, opcode: int, data: Json) -> None:
        """Send a message."""
        await self.socket.send_json({"op": opcode, "d": data})

    async def closed_with(self) -> int | None:
        """Wait for the end, and tell its code."""
        while not self.socket.closed:
            await self.socket.receive(timeout=5)
        return self.socket.close_code

    async def identify(self, token: str, *, intents: int = 513, shard: list[int] | None = None) -> dict[str, Json]:
        """Say who we are, and hear READY."""
        properties = {"os": "linux", "browser": "test", "device": "test"}
        data: dict[str, Json] = {"token": token, "intents": intents, "properties": properties}
        await self.say(2, data if shard is None else {**data, "shard": shard})
        return (await self.hear_event("READY"))["d"]


@asynccontextmanager
async def listening(sandbox: DiscordSandbox, *, compression: str = "") -> AsyncGenerator[Listener]:
    """A listener of a started sandbox that has heard HELLO."""
    query = "?v=10&encoding=json" + (f"&compress={compression}" if compression else "")
    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.gateway_url + query) as socket:
        listener = Listener(socket, compression)
        assert (await listener.hear())["op"] == 10
        yield listener


COMMANDS: list[dict[str, Json]] = [
    {"name": "go", "description": "Go", "options": [{"type": 11, "name": "image", "description": "A picture"}]},
    {"name": "Look at this", "type": 3},
]


async def register(sandbox: DiscordSandbox, call: Caller) -> None:
    """Register the commands ``/go [image]`` and *Look at this*."""
    told = await call("PUT", f"/applications/{sandbox.world.application.id}/commands", COMMANDS)
    assert told.status == 200


class SteppedClock:
    """A clock that stands still until it is stepped."""

    def __init__(self) -> None:
        self._now = datetime(2026, 8, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The moment at which it stands."""
        return self._now

    def step(self, **ahead: float) -> None:
        """Go ahead, by ``timedelta``'s words."""
        self._now += timedelta(**ahead)


def text_card(text: str, *buttons: Json) -> dict[str, Json]:
    """A message of Components V2: a container with a text, and a row of buttons."""
    inside: list[Json] = [{"type": 10, "content": text}]
    if buttons:
        inside.append({"type": 1, "components": list(buttons)})
    return {"flags": 1 << 15, "components": [{"type": 17, "components": inside}]}
