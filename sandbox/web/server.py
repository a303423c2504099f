"""The page's server: one port on loopback, for the browsers of this machine alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web
from yarl import URL

from sandbox import samples
from sandbox.discord.command_use import CannotDoError
from sandbox.discord.errors import DiscordError
from sandbox.discord.state import Upload
from sandbox.discord.wire import JsonObject, as_object
from sandbox.weather import WeatherError
from sandbox.web.deeds import Deeds, Sent
from sandbox.web.view import Screen

if TYPE_CHECKING:
    from sandbox.discord.actor import Actor
    from sandbox.discord.server import DiscordSandbox
    from sandbox.faults import Handler
    from sandbox.weather import Weather

HOST: Final = "127.0.0.1"
_NAMES_OF_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_LARGEST_REQUEST: Final = 600 * 1024 * 1024
_AN_HOUR: Final = 3600.0
_PAGE: Final = files("sandbox.web") / "page"
_VENDOR: Final = files("sandbox.web") / "vendor"
_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PortTakenError(Exception):
    """Another program listens where the page shall be."""


class ChatPage:
    """Serves the page, shows each visitor their person's screen, and does what they do.

    Args:
        discord: The world that is shown.
        weather: What can be bent.
    """

    def __init__(self, discord: DiscordSandbox, weather: Weather) -> None:
        self._discord = discord
        self._weather = weather
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, *, port: int = 0) -> None:
        """Listen on loopback; port 0 takes a free one.

        Raises:
            PortTakenError: The port is in use.
        """
        application = web.Application(client_max_size=_LARGEST_REQUEST, middlewares=[_only_from_here])
        application.add_routes(
            [
                web.get("/", self._index),
                web.get("/page/{name}", self._asset),
                web.get("/vendor/{name}", self._asset),
                web.get("/samples/{name}", self._sample),
                web.get("/attachments/{owner}/{id}/{name}", self._file),
                web.get("/ephemeral-attachments/{owner}/{id}/{name}", self._file),
                web.get("/socket", self._socket),
                web.post("/deeds/{deed}", self._deed),
                web.get("/weather", self._show_weather),
                web.post("/weather/{name}", self._bend_weather),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, port).start()
        except OSError as error:
            await self.stop()
            raise PortTakenError(f"port {port} is taken by another program") from error
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Let every visitor go and stop listening."""
        for socket in list(self._sockets):
            await socket.close(code=1001)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.stop()

    # --- files ------------------------------------------------------------------------------------------------------

    async def _index(self, _request: web.Request) -> web.Response:
        return _shown((_PAGE / "index.html").read_bytes(), "index.html")

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        folder = _VENDOR if request.path.startswith("/vendor/") else _PAGE
        if name not in {entry.name for entry in folder.iterdir()}:
            raise web.HTTPNotFound
        return _shown((folder / name).read_bytes(), name)

    async def _sample(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in samples.names:
            raise web.HTTPNotFound
        kind = "image/png" if name.endswith(".png") else "image/jpeg"
        return web.Response(body=samples.sample(name), headers=_SECURITY, content_type=kind)

    async def _file(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        stored = self._discord.world.cdn.get(int(number)) if number.isascii() and number.isdigit() else None
        if stored is None or URL(stored.path).path != request.path:
            raise web.HTTPNotFound
        kind = stored.content_type or "application/octet-stream"
        # What a person uploads must not run as a page of ours.
        safe = kind if kind.startswith(("image/", "video/", "audio/")) and "svg" not in kind else "text/plain"
        body = self._discord.world.cdn.read(stored.attachment_id)
        headers = {**_SECURITY, "Cache-Control": "private, max-age=86400, immutable"}
        return web.Response(body=body, headers=headers, content_type=safe)

    # --- what a person sees and does --------------------------------------------------------------------------------

    def _actor(self, username: str, locale: str) -> Actor:
        try:
            return self._discord.actor(username, locale=locale or "en-US")
        except LookupError as error:
            raise web.HTTPNotFound(text=str(error)) from error

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        screen = Screen(self._discord, self._actor(request.query.get("as", ""), "en-US"))
        socket = web.WebSocketResponse(heartbeat=20.0)
        await socket.prepare(request)
        self._sockets.add(socket)
        telling = asyncio.create_task(self._tell(screen, socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._sockets.discard(socket)
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await telling
        return socket

    async def _tell(self, screen: Screen, socket: web.WebSocketResponse) -> None:
        """Send what changed, whenever something did."""
        changes: JsonObject = {}

        def has_changed() -> bool:
            changes.update(screen.changes())
            return bool(changes)

        while not socket.closed:
            try:
                await self._discord.world.until(has_changed, timeout_seconds=_AN_HOUR)
            except TimeoutError:
                continue
            told, changes = dict(changes), {}
            await socket.send_json(told)

    async def _deed(self, request: web.Request) -> web.Response:
        sent, username, locale = await _read(request)
        deeds = Deeds(self._discord.world, self._actor(username, locale))
        try:
            return web.json_response(await deeds.do(request.match_info["deed"], sent))
        except (CannotDoError, DiscordError) as error:
            # No failure of ours: the person's client would not even have asked.
            return web.json_response({"refused": str(error)})
        except KeyError as error:
            raise web.HTTPNotFound(text=f"There is no deed {error}.") from error

    # --- weather ----------------------------------------------------------------------------------------------------

    async def _show_weather(self, _request: web.Request) -> web.Response:
        return web.json_response(self._weather.now(), headers=_SECURITY)

    async def _bend_weather(self, request: web.Request) -> web.Response:
        try:
            told = as_object(json.loads(await request.text() or "{}"))
            if told is None:
                raise WeatherError("The weather is told as a JSON object.")
            await self._weather.bend(request.match_info["name"], told)
        except ValueError as error:
            return web.json_response({"refused": str(error)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return web.json_response(self._weather.now())


def _shown(body: bytes, name: str) -> web.Response:
    kind = _TYPES.get(name.rpartition(".")[2], "text/plain")
    return web.Response(body=body, headers=_SECURITY, content_type=kind, charset="utf-8")


async def _read(request: web.Request) -> tuple[Sent, str, str]:
    """The deed of a form: its JSON stands in ``sent``, the files for an option in ``file.<option>``."""
    fields: JsonObject = {}
    uploads: dict[str, list[Upload]] = {}
    form = await request.post()
    for name, value in form.items():
        if isinstance(value, web.FileField):
            data = await asyncio.to_thread(value.file.read)
            uploads.setdefault(name.removeprefix("file."), []).append(Upload(value.filename, data, value.content_type))
        elif name == "sent" and isinstance(value, str):
            fields = as_object(json.loads(value)) or {}
    username, locale = str(form.get("as", "")), str(form.get("locale", ""))
    return Sent(fields, uploads), username, locale


@web.middleware
async def _only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other websites: those that ask from a browser, and those that let their name point here."""
    host = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    if host not in _NAMES_OF_THIS_MACHINE or (origin is not None and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden(text="Only this machine's own page may ask.")
    return await handler(request)
