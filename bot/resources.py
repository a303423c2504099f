"""What the bot holds open while it runs: the database and the connections to RunComfy and Discord's files."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import __version__
from bot.domain.catalog import load_catalog
from bot.errors import StartupError
from bot.images.inspector import PictureInspector
from bot.net.file_client import ssl_context
from bot.runcomfy.client import RunComfyClient
from bot.runcomfy.download import OutputDownloader
from bot.store.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from bot.domain.catalog import ImageModel
    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """All of them, open.

    Args:
        database: Where the store keeps jobs.
        provider: The queue API.
        downloader: Brings outputs to our disk.
        inspector: Looks at pictures, and makes them fit.
        models: The catalog, by model id.
    """

    database: Database
    provider: RunComfyClient
    downloader: OutputDownloader
    inspector: PictureInspector
    models: Mapping[str, ImageModel]


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncGenerator[Resources]:
    """Open them, and close them in reverse.

    Raises:
        StartupError: The catalog, the database or a token is not as it must be.
    """
    models = load_catalog(settings.catalog_dir)
    if settings.default_model not in models:
        known = ", ".join(sorted(models))
        raise StartupError(f"DEFAULT_MODEL: no model {settings.default_model!r} in the catalog; there are: {known}")
    tokens = settings.require_run()
    user_agent, context = f"remix-bot/{__version__}", ssl_context()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(settings.database_url, data_dir=settings.data_dir))
        provider = await stack.enter_async_context(
            RunComfyClient(
                base_url=settings.runcomfy_base_url,
                balance_url=settings.runcomfy_balance_url,
                token=tokens.runcomfy.get_secret_value(),
                user_agent=user_agent,
                context=context,
            )
        )
        downloader = await stack.enter_async_context(
            OutputDownloader(hosts=settings.runcomfy_output_hosts, user_agent=user_agent, context=context)
        )
        inspector = await stack.enter_async_context(
            PictureInspector(hosts=settings.discord_cdn_hosts, user_agent=user_agent, context=context)
        )
        yield Resources(database=database, provider=provider, downloader=downloader, inspector=inspector, models=models)
