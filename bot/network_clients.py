"""The three HTTP clients of the bot, opened together with one SSL context and closed together."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import __version__
from bot.images.inspector import PictureInspector
from bot.net.file_client import ssl_context
from bot.runcomfy.client import RunComfyClient
from bot.runcomfy.download import OutputDownloader

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class NetworkClients:
    """What asks the world over HTTP, beside Discord's library.

    Args:
        provider: The queue API.
        downloader: Brings outputs to our disk.
        inspector: Looks at pictures, and makes them fit.
    """

    provider: RunComfyClient
    downloader: OutputDownloader
    inspector: PictureInspector


@asynccontextmanager
async def open_network_clients(settings: Settings) -> AsyncGenerator[NetworkClients]:
    """Open all three, and close them at the end.

    Raises:
        StartupError: A token is missing.
    """
    token = settings.require_run().runcomfy.get_secret_value()
    user_agent, context = f"remix-bot/{__version__}", ssl_context()
    async with AsyncExitStack() as stack:
        provider = RunComfyClient(
            base_url=settings.runcomfy_base_url,
            balance_url=settings.runcomfy_balance_url,
            token=token,
            user_agent=user_agent,
            context=context,
        )
        downloader = OutputDownloader(hosts=settings.runcomfy_output_hosts, user_agent=user_agent, context=context)
        inspector = PictureInspector(hosts=settings.discord_cdn_hosts, user_agent=user_agent, context=context)
        yield NetworkClients(
            await stack.enter_async_context(provider),
            await stack.enter_async_context(downloader),
            await stack.enter_async_context(inspector),
        )
