"""A small HTTP server for the operator: `/healthz`, `/readyz` and `/metrics`.

`/healthz` answers 200 while the bot is alive and 503 when it should be restarted; `/readyz` says the same of being
connected and taking jobs. Both carry notes in words, so that the reason of a pause is read where one looks first. The
server knows nothing of the engine: it asks a function for a `HealthReport` at every request.

It answers whoever reaches its port and knows no password: the default address is the loopback.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

from bot.errors import EXIT_UNAVAILABLE, StartupError
from bot.ops.connection_limits import ConnectionLimits

# Open requests are short; nobody waits longer than this for the server to close.
_CLOSE_SECONDS = 2.0
_MOST_CONNECTIONS = 64
_HEADER_SECONDS = 5.0
_ANSWER_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class HealthReport:
    """How the bot is, at one moment.

    Attributes:
        live: Whether it works at all; if not, a supervisor should restart it.
        ready: Whether it is connected and takes jobs.
        notes: What the operator should know, by topic, as in `{"paused": "RunComfy refused the token (400004)"}`.
    """

    live: bool
    ready: bool
    notes: Mapping[str, str] = field(default_factory=dict[str, str])


class HealthServer:
    """Serves the report and the metrics of this process.

    Args:
        host: The address to listen on.
        port: The port; 0 takes a free one, which `url` then names.
        report: Asked at every request.
        ready_report: The same for `/readyz`, where readiness takes more than a look; by default the report itself.
        registry: The metrics; by default prometheus-client's own, which holds those of the process and the interpreter.
        more_routes: What else is served.
        most_connections: How many may be open.
        header_seconds: How long a request may take to arrive.
        mask: Takes secrets out of the notes, which repeat the words of others.
    """

    def __init__(
        self,
        host: str,
        port: int,
        report: Callable[[], HealthReport],
        *,
        ready_report: Callable[[], Awaitable[HealthReport]] | None = None,
        registry: CollectorRegistry = REGISTRY,
        more_routes: Sequence[web.RouteDef] = (),
        most_connections: int = _MOST_CONNECTIONS,
        header_seconds: float = _HEADER_SECONDS,
        mask: Callable[[str], str] = str,
    ) -> None:
        self._host = host
        self._port = port
        self._report = report
        self._ready_report = ready_report
        self._mask = mask
        self._limits = ConnectionLimits(
            most=most_connections, header_seconds=header_seconds, answer_seconds=_ANSWER_SECONDS
        )
        self._server: asyncio.Server | None = None
        app = web.Application(middlewares=[self._limits.middleware])
        app.add_routes(more_routes)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", make_aiohttp_handler(registry))
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_CLOSE_SECONDS)

    @property
    def url(self) -> str:
        """The base address, without a slash at its end; known once started."""
        if self._server is None:
            raise RuntimeError("the server is not started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def start(self) -> None:
        """Open the port.

        Raises:
            StartupError: The address cannot be had.
        """
        await self._runner.setup()
        handlers = self._runner.server
        if handlers is None:
            raise RuntimeError("the runner has no server after its set-up")
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._limits.over(handlers), self._host, self._port
            )
        except OSError as error:
            await self._runner.cleanup()
            raise StartupError(
                f"HTTP_HOST and HTTP_PORT: {self._host}:{self._port} cannot be listened on ({error.strerror}). "
                "Is another bot running? Choose another port, or 0 to serve neither health nor metrics.",
                exit_code=EXIT_UNAVAILABLE,
            ) from error

    async def stop(self) -> None:
        """Close the port; safe to call when it was never opened."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        """Start it; raises as ``start`` does."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    async def _healthz(self, _request: web.Request) -> web.Response:
        report = self._report()
        return self._answer(report, is_well=report.live)

    async def _readyz(self, _request: web.Request) -> web.Response:
        report = self._report() if self._ready_report is None else await self._ready_report()
        return self._answer(report, is_well=report.live and report.ready)

    def _answer(self, report: HealthReport, *, is_well: bool) -> web.Response:
        notes = {topic: self._mask(words) for topic, words in report.notes.items()}
        body = {"live": report.live, "ready": report.ready, "notes": notes}
        return web.json_response(body, status=200 if is_well else 503, headers={"Cache-Control": "no-store"})
