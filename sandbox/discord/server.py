"""The simulated Discord as a server on loopback."""

from email.utils import format_datetime
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from sandbox.discord.actor import Actor
from sandbox.discord.administration import Administration
from sandbox.discord.events import Intent
from sandbox.discord.garden import build_world
from sandbox.discord.gateway import Gateway
from sandbox.discord.ratelimit import LENIENT, Limits, RateLimiter
from sandbox.discord.rest import RestApi
from sandbox.discord.services import API_PREFIX, GATEWAY_PATH, build_services
from sandbox.discord.snowflake import Clock, real_time
from sandbox.discord.transcript import Transcript
from sandbox.discord.world import World

if TYPE_CHECKING:
    from sandbox.discord.oracle import Oracle
    from sandbox.discord.state import Message
    from sandbox.faults import Faults

TOKEN: Final = "sandbox.discord.token"  # noqa: S105 - the sandbox's token opens nothing
HEARTBEAT_SECONDS: Final = 41.25
_LARGEST_REQUEST: Final = 500 * 1024 * 1024
_GRACE_SECONDS: Final = 0.5


class DiscordSandbox:
    """REST, gateway and CDN of a simulated Discord, and the people in it.

    Args:
        world: What exists; by default two lively servers.
        token: The bot token that is accepted, if no world is given.
        clock: Tells the time, if no world is given.
        oracle: Checks every exchange by Discord's published description.
        faults: Makes requests fail on demand.
        limits: The sizes of the rate-limit buckets.
        shard_count: How many shards ``/gateway/bot`` advises.
        heartbeat_seconds: How often a client must show that it lives.
        privileged_intents: The privileged intents that are switched on for the application.
    """

    def __init__(
        self,
        *,
        world: World | None = None,
        token: str = TOKEN,
        clock: Clock = real_time,
        oracle: "Oracle | None" = None,
        faults: "Faults | None" = None,
        limits: Limits = LENIENT,
        shard_count: int = 1,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        privileged_intents: Intent = Intent.NONE,
    ) -> None:
        self.world = world if world is not None else build_world(token=token, clock=clock)
        self.services = build_services(self.world, shard_count=shard_count)
        self.violations: list[str] = []
        self.gateway = Gateway(
            self.world,
            violations=self.violations,
            heartbeat_seconds=heartbeat_seconds,
            privileged_intents=privileged_intents,
        )
        self.limiter = RateLimiter(limits)
        self.rest = RestApi(self.services, limiter=self.limiter, violations=self.violations, oracle=oracle)
        self._faults = faults
        self._runner: web.AppRunner | None = None
        self._base_url = ""

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        middlewares = [self._faults.middleware] if self._faults is not None else []
        application = web.Application(client_max_size=_LARGEST_REQUEST, middlewares=middlewares)
        application.on_response_prepare.append(self._date)
        application.add_routes([*self.gateway.routes(), *self.world.cdn.routes(), *self.rest.routes()])
        # A connection that was cut off would otherwise be waited for: see the pitfalls of aiohttp's shutdown.
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self._base_url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Tell the world's time with every response, faults included, as HTTP servers do."""
        response.headers["Date"] = format_datetime(self.world.clock(), usegmt=True)

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._runner is None:
            return
        await self.gateway.drop_all(1001)
        await self._runner.cleanup()
        self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.stop()

    @property
    def token(self) -> str:
        """The bot token that is accepted."""
        return self.world.application.token

    @property
    def base_url(self) -> str:
        """Scheme and host; also the origin of the CDN."""
        return self._base_url

    @property
    def api_url(self) -> str:
        """The REST API's base: what stands for ``https://discord.com/api/v10``."""
        return self._base_url + API_PREFIX

    @property
    def gateway_url(self) -> str:
        """The gateway: what stands for ``wss://gateway.discord.gg``."""
        return f"ws{self._base_url.removeprefix('http')}{GATEWAY_PATH}"

    @property
    def administration(self) -> Administration:
        """What the owners of servers can do: permissions, channels, threads, the bot's membership."""
        return self.services.administration

    def actor(self, username: str, *, locale: str = "en-US") -> Actor:
        """A person of the World, ready to act.

        Args:
            username: Their name, such as ``ada``.
            locale: Their language.
        """
        return Actor(self.services, self.world.person(username), locale=locale)

    def render(self, *messages: "Message") -> str:
        """Messages as plain text; see `Transcript`."""
        return Transcript(self.world).render_all(messages)
