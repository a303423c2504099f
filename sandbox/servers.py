"""Both simulated services side by side: what the bot, or any other client, is pointed at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Self

from sandbox.discord.server import HEARTBEAT_SECONDS, DiscordSandbox
from sandbox.runcomfy.server import RunComfySandbox

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.discord.oracle import Oracle
    from sandbox.faults import Faults

RUNCOMFY_TOKEN: Final = "sandbox-runcomfy-token"  # noqa: S105 - it opens nothing but the sandbox


@dataclass(frozen=True)
class Addresses:
    """Where the services listen, and the tokens that they take."""

    discord_api_url: str
    discord_gateway_url: str
    discord_cdn_url: str
    discord_token: str
    runcomfy_base_url: str
    runcomfy_api_token: str

    def as_json(self) -> dict[str, str]:
        """Give them by name."""
        return asdict(self)


class Servers:
    """The simulated Discord and RunComfy.

    Args:
        discord_port: Its port; 0 takes a free one.
        runcomfy_port: Its port; 0 takes a free one.
        oracle: Checks every exchange with Discord by its published description.
        discord_faults: Makes Discord fail on demand.
        runcomfy_faults: Makes RunComfy fail on demand.
        heartbeat_seconds: How often a client of the gateway must show that it lives.
    """

    def __init__(
        self,
        *,
        discord_port: int = 0,
        runcomfy_port: int = 0,
        oracle: Oracle | None = None,
        discord_faults: Faults | None = None,
        runcomfy_faults: Faults | None = None,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self.discord = DiscordSandbox(oracle=oracle, faults=discord_faults, heartbeat_seconds=heartbeat_seconds)
        self.runcomfy = RunComfySandbox(token=RUNCOMFY_TOKEN, faults=runcomfy_faults)
        self._ports = (discord_port, runcomfy_port)

    async def __aenter__(self) -> Self:
        await self.discord.start(port=self._ports[0])
        await self.runcomfy.start(port=self._ports[1])
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.runcomfy.stop()
        await self.discord.stop()

    @property
    def addresses(self) -> Addresses:
        """Where both listen."""
        return Addresses(
            discord_api_url=self.discord.api_url,
            discord_gateway_url=self.discord.gateway_url,
            discord_cdn_url=self.discord.base_url,
            discord_token=self.discord.token,
            runcomfy_base_url=self.runcomfy.base_url,
            runcomfy_api_token=RUNCOMFY_TOKEN,
        )

    def environment(self, data_dir: Path) -> dict[str, str]:
        """Give the bot's settings that point it here; these are all that the sandbox asks of it.

        Args:
            data_dir: Where the bot shall keep its database and files.
        """
        return {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "DISCORD_CDN_HOSTS": self.discord.base_url,
            "RUNCOMFY_API_TOKEN": RUNCOMFY_TOKEN,
            "RUNCOMFY_BASE_URL": self.runcomfy.base_url,
            "RUNCOMFY_BALANCE_URL": f"{self.runcomfy.base_url}/prod/v2/balance",
            "RUNCOMFY_OUTPUT_HOSTS": self.runcomfy.base_url,
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": f"sqlite+aiosqlite:///{data_dir / 'remix.db'}",
            "HTTP_PORT": "0",
            "LOG_FORMAT": "json",
        }

    @property
    def violations(self) -> list[str]:
        """Everything that a client did and no good client does."""
        return [*self.discord.violations, *self.runcomfy.violations]

    async def until_bot_is_ready(self, *, timeout_seconds: float = 30.0) -> None:
        """Wait until a bot has published its commands and listens to the gateway.

        Raises:
            TimeoutError: None did.
        """
        world = self.discord.world

        def is_ready() -> bool:
            return bool(self.discord.gateway.connected) and bool(world.directory.commands)

        await world.until(is_ready, timeout_seconds=timeout_seconds)
