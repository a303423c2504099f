"""Gateway sessions: what a bot has heard, kept for a while so that it can resume."""

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING, Final

from aiohttp import web

from sandbox.discord.compression import Encoder
from sandbox.discord.wire import JsonObject

if TYPE_CHECKING:
    from datetime import datetime

DISPATCH: Final = 0
_REPLAYABLE: Final = 1000
_SHARD_SHIFT: Final = 22


class Connection:
    """One open WebSocket. Messages leave in order through one writer.

    Args:
        socket: The WebSocket.
        encoder: Compresses as the client asked.
        site: Scheme and host (http) under which the client reached us.
    """

    def __init__(self, socket: web.WebSocketResponse, encoder: Encoder, *, site: str) -> None:
        self.socket = socket
        self.site = site
        self.session: Session | None = None
        self._encoder = encoder
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()

    def send(self, payload: JsonObject) -> None:
        """Put a message in the queue."""
        self.send_text(json.dumps(payload))

    def send_text(self, text: str) -> None:
        """Put a ready message in the queue."""
        self._outgoing.put_nowait(text)

    async def write(self) -> None:
        """Send what is in the queue until the connection ends."""
        while True:
            message = self._encoder.encode(await self._outgoing.get())
            try:
                if isinstance(message, str):
                    await self.socket.send_str(message)
                else:
                    await self.socket.send_bytes(message)
            except ConnectionError:
                return

    async def close(self, code: int) -> None:
        """Close with a code, as Discord does when it has had enough."""
        await self.socket.close(code=code)

    def abort(self, request: web.Request) -> None:
        """Break the connection without a farewell."""
        if request.transport is not None:
            request.transport.abort()


class Session:
    """What one identified shard of the bot has been told.

    Args:
        session_id: Its id.
        shard: Its number, and how many there are.
        intents: What it wants to hear.
        site: Scheme and host by which it reaches us.
    """

    def __init__(self, session_id: str, *, shard: tuple[int, int], intents: int, site: str) -> None:
        self.id = session_id
        self.shard = shard
        self.intents = intents
        self.site = site
        self.sequence = 0
        self.connection: Connection | None = None
        self.lost_at: datetime | None = None
        self._told: deque[tuple[int, str]] = deque(maxlen=_REPLAYABLE)

    def covers(self, guild_id: int | None) -> bool:
        """Does this shard hear of the server? Direct messages belong to shard 0."""
        number, count = self.shard
        return ((guild_id or 0) >> _SHARD_SHIFT) % count == number

    def dispatch(self, name: str, data: JsonObject) -> None:
        """Tell of an event, now if connected, else at the next RESUME."""
        self.sequence += 1
        text = json.dumps({"op": DISPATCH, "t": name, "s": self.sequence, "d": data})
        self._told.append((self.sequence, text))
        if self.connection is not None:
            self.connection.send_text(text)

    def can_replay_from(self, sequence: int) -> bool:
        """Is everything after this still remembered?"""
        return sequence <= self.sequence and (not self._told or self._told[0][0] <= sequence + 1)

    def replay(self, connection: Connection, *, after: int) -> None:
        """Go on with a new connection: tell again what came after a sequence number."""
        self.connection = connection
        self.lost_at = None
        for sequence, text in self._told:
            if sequence > after:
                connection.send_text(text)
