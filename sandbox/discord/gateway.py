"""The gateway: HELLO, IDENTIFY, heartbeats, events, RESUME, and the ways in which it can let a bot down.

See https://docs.discord.com/developers/events/gateway.
"""

import asyncio
import time
from collections import deque
from datetime import timedelta
from typing import Any, Final

from aiohttp import WSMsgType, web

from sandbox.discord.compression import encoder_for
from sandbox.discord.events import MOST_INTENTS, PRIVILEGED, Event, Intent, Viewer
from sandbox.discord.gateway_rules import CloseCode, GatewayCloseError, Opcode, decoded
from sandbox.discord.payloads import guild_create_payload, member_payload, own_user_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.services import GATEWAY_PATH
from sandbox.discord.session import Connection, Session
from sandbox.discord.wire import JsonObject, as_id, as_int, as_list, as_object, as_text
from sandbox.discord.world import World

_HONEST: Final = frozenset({CloseCode.AUTHENTICATION_FAILED, CloseCode.INVALID_SEQUENCE, CloseCode.SESSION_TIMED_OUT})
_HEARD_FROM_OUTSIDE: Final = frozenset({"INTERACTION_CREATE", "GUILD_DELETE"})
"""All that a bot hears of a server that it is not in: its commands were used, or it was thrown out."""
_MOST_MESSAGES: Final = 120
_PER_SECONDS: Final = 60.0
_CLOSE_SECONDS: Final = 1.0


class Gateway:
    """Tells the bot what happens in the World.

    Args:
        world: What happens.
        violations: Where it is noted what no correct client does.
        heartbeat_seconds: How often a client must show that it lives.
        privileged_intents: The privileged intents that are switched on for the application.
        resume_window: How long a lost session can be resumed.
    """

    def __init__(
        self,
        world: World,
        *,
        violations: list[str],
        heartbeat_seconds: float = 41.25,
        privileged_intents: Intent = Intent.NONE,
        resume_window: timedelta = timedelta(minutes=3),
    ) -> None:
        self.identify_count = 0
        self.resume_count = 0
        self._violations = violations
        self._world = world
        self._heartbeat_seconds = heartbeat_seconds
        self._privileged_intents = privileged_intents
        self._resume_window = resume_window
        self._sessions: dict[str, Session] = {}
        self._connections: dict[Connection, web.Request] = {}
        world.subscribers.append(self.tell)

    def routes(self) -> list[web.RouteDef]:
        """The gateway's route, with and without the slash that clients put before the query."""
        return [web.get(GATEWAY_PATH, self._serve), web.get(f"{GATEWAY_PATH}/", self._serve)]

    # --- knobs ------------------------------------------------------------------------------------------------------

    @property
    def connected(self) -> list[Session]:
        """The sessions that hear of events at this moment."""
        return [session for session in self._sessions.values() if session.connection is not None]

    async def drop_all(self, code: int | None = None) -> None:
        """End every connection: with a close code, or by cutting the line if None. Sessions can be resumed."""
        for connection, request in list(self._connections.items()):
            if code is None:
                connection.abort(request)
            else:
                await connection.close(code)
        if code is None:
            await self._world.until(lambda: not self._connections)

    def reconnect_request(self) -> None:
        """Ask every client to reconnect and resume (opcode 7)."""
        for connection in self._connections:
            connection.send({"op": Opcode.RECONNECT, "d": None, "s": None, "t": None})

    def invalidate_sessions(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is invalid (opcode 9); unless resumable, forget it."""
        if not resumable:
            self.forget_sessions()
        for connection in self._connections:
            connection.send({"op": Opcode.INVALID_SESSION, "d": resumable, "s": None, "t": None})

    def forget_sessions(self) -> None:
        """Forget every session: the next RESUME is refused."""
        for session in self._sessions.values():
            if session.connection is not None:
                session.connection.session = None
        self._sessions.clear()

    def tell(self, event: Event) -> None:
        """Dispatch an event to the sessions that hear of it."""
        for session in self._sessions.values():
            if self._hears(session, event):
                viewer = Viewer(site=session.site, intents=session.intents)
                session.dispatch(event.name, event.render(viewer))

    def _hears(self, session: Session, event: Event) -> bool:
        if not session.covers(event.guild_id) or (event.intent and not event.intent & session.intents):
            return False
        guild = self._world.directory.guilds.get(event.guild_id or 0)
        is_stranger = guild is not None and self._world.bot.id not in guild.members
        if is_stranger and event.name not in _HEARD_FROM_OUTSIDE:
            return False
        channel = self._world.directory.channels.get(event.channel_id or 0)
        return channel is None or self._world.can(self._world.bot.id, channel, Permission.VIEW_CHANNEL)

    # --- a connection -----------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, timeout=_CLOSE_SECONDS)
        await socket.prepare(request)
        encoder = encoder_for(request.query.get("compress"))
        if request.query.get("v") != "10" or request.query.get("encoding", "json") != "json" or encoder is None:
            self._violations.append(f"gateway: {request.query_string!r} is not what the sandbox speaks")
            await socket.close(code=CloseCode.INVALID_VERSION)
            return socket
        connection = Connection(socket, encoder, site=f"{request.scheme}://{request.host}")
        self._connections[connection] = request
        writer = asyncio.create_task(connection.write())
        try:
            await self._talk(connection)
        except GatewayCloseError as closure:
            if closure.code not in _HONEST:
                self._violations.append(f"gateway: the client was {closure}")
            await connection.close(closure.code)
        finally:
            writer.cancel()
            del self._connections[connection]
            self._detach(connection)
            self._world.touch()
        return socket

    def _detach(self, connection: Connection) -> None:
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            session.lost_at = self._world.clock()

    async def _talk(self, connection: Connection) -> None:
        connection.send(
            {"op": Opcode.HELLO, "d": {"heartbeat_interval": int(self._heartbeat_seconds * 1000)}, "s": None, "t": None}
        )
        arrivals: deque[float] = deque(maxlen=_MOST_MESSAGES)
        while True:
            try:
                async with asyncio.timeout(self._heartbeat_seconds * 1.5):
                    frame = await connection.socket.receive()
            except TimeoutError as error:
                raise GatewayCloseError(CloseCode.SESSION_TIMED_OUT) from error
            if frame.type is not WSMsgType.TEXT:
                return
            now = time.monotonic()
            if len(arrivals) == _MOST_MESSAGES and now - arrivals[0] < _PER_SECONDS:
                raise GatewayCloseError(CloseCode.RATE_LIMITED)
            arrivals.append(now)
            self._take(connection, decoded(str(frame.data)))

    def _take(self, connection: Connection, message: JsonObject) -> None:
        data: Any = message.get("d")
        match message.get("op"):
            case Opcode.HEARTBEAT:
                connection.send({"op": Opcode.HEARTBEAT_ACK, "d": None, "s": None, "t": None})
            case Opcode.IDENTIFY:
                self._identify(connection, as_object(data) or {})
            case Opcode.RESUME:
                self._resume(connection, as_object(data) or {})
            case Opcode.PRESENCE_UPDATE | Opcode.VOICE_STATE_UPDATE:
                _known(connection)
            case Opcode.REQUEST_MEMBERS:
                self._send_members(_known(connection), as_object(data) or {})
            case _:
                raise GatewayCloseError(CloseCode.UNKNOWN_OPCODE)

    def _identify(self, connection: Connection, data: JsonObject) -> None:
        if connection.session is not None:
            raise GatewayCloseError(CloseCode.ALREADY_AUTHENTICATED)
        self._check_token(data)
        intents = as_int(data.get("intents"), default=-1)
        if not 0 <= intents <= MOST_INTENTS:
            raise GatewayCloseError(CloseCode.INVALID_INTENTS)
        if intents & PRIVILEGED & ~self._privileged_intents:
            raise GatewayCloseError(CloseCode.DISALLOWED_INTENTS)
        if not as_object(data.get("properties")):
            raise GatewayCloseError(CloseCode.DECODE_ERROR)
        number, count = [*(as_int(part, default=-1) for part in as_list(data.get("shard"))), 0, 1][:2]
        if not 0 <= number < count:
            raise GatewayCloseError(CloseCode.INVALID_SHARD)
        session = Session(
            f"{self._world.snowflakes.next():032x}", shard=(number, count), intents=intents, site=connection.site
        )
        session.connection = connection
        connection.session = session
        self._sessions[session.id] = session
        self.identify_count += 1
        self._greet(session)
        self._world.touch()

    def _greet(self, session: Session) -> None:
        guilds = [
            guild
            for guild in self._world.directory.guilds.values()
            if session.covers(guild.id) and self._world.bot.id in guild.members
        ]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": own_user_payload(self._world.bot),
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": f"ws{session.site.removeprefix('http')}{GATEWAY_PATH}",
                "shard": list(session.shard),
                "application": {"id": str(self._world.application.id), "flags": 0},
                "private_channels": [],
                "presences": [],
                "relationships": [],
                "user_settings": {},
            },
        )
        if session.intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", guild_create_payload(self._world, guild))

    def _resume(self, connection: Connection, data: JsonObject) -> None:
        if connection.session is not None:
            raise GatewayCloseError(CloseCode.ALREADY_AUTHENTICATED)
        self._check_token(data)
        session = self._sessions.get(as_text(data.get("session_id")))
        sequence = as_int(data.get("seq"), default=-1)
        if session is None or self._is_too_old(session):
            connection.send({"op": Opcode.INVALID_SESSION, "d": False, "s": None, "t": None})
            return
        if sequence > session.sequence:
            raise GatewayCloseError(CloseCode.INVALID_SEQUENCE)
        if not session.can_replay_from(sequence):
            connection.send({"op": Opcode.INVALID_SESSION, "d": False, "s": None, "t": None})
            return
        session.site = connection.site
        connection.session = session
        session.replay(connection, after=sequence)
        session.dispatch("RESUMED", {"_trace": ["sandbox"]})
        self.resume_count += 1
        self._world.touch()

    def _is_too_old(self, session: Session) -> bool:
        return session.lost_at is not None and self._world.clock() - session.lost_at > self._resume_window

    def _check_token(self, data: JsonObject) -> None:
        if as_text(data.get("token")).removeprefix("Bot ") != self._world.application.token:
            raise GatewayCloseError(CloseCode.AUTHENTICATION_FAILED)

    def _send_members(self, session: Session, data: JsonObject) -> None:
        guild = self._world.directory.guilds.get(as_id(data.get("guild_id")) or 0)
        if guild is None or self._world.bot.id not in guild.members:
            return
        wanted = {as_id(value) for value in as_list(data.get("user_ids"))} or None
        members = [member for member in guild.members.values() if wanted is None or member.user_id in wanted]
        chunk: JsonObject = {
            "guild_id": str(guild.id),
            "members": [member_payload(self._world, member) for member in members],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", {**chunk, **{key: data[key] for key in ("nonce",) if key in data}})


def _known(connection: Connection) -> Session:
    if connection.session is None:
        raise GatewayCloseError(CloseCode.NOT_AUTHENTICATED)
    return connection.session
