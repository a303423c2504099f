"""The route by which a provider fetches inputs from the bot's own HTTP server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.domain.media_type import EXTENSIONS
from bot.engine.published import ExpiredAddressError, PublishedInputs, UnknownAddressError

if TYPE_CHECKING:
    from bot.engine.ports import Clock, ImageInspector
    from bot.settings import Settings

_TYPES: Final = {f".{extension}": media_type for media_type, extension in EXTENSIONS.items()}


def published_inputs(settings: Settings, *, inspector: ImageInspector, clock: Clock) -> PublishedInputs | None:
    """Make what is served, with a key derived from Discord's token; None where ``PUBLIC_URL`` is not set.

    Raises:
        StartupError: A token is missing.
    """
    if settings.public_url is None:
        return None
    secret = settings.require_run().discord.get_secret_value()
    return PublishedInputs(
        inspector=inspector, data_dir=settings.data_dir, base_url=settings.public_url, secret=secret, clock=clock
    )


def input_routes(published: PublishedInputs | None) -> list[web.RouteDef]:
    """Make the route; none where nothing is published.

    Args:
        published: Judges addresses.
    """
    if published is None:
        return []

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            file = await asyncio.to_thread(
                published.file,
                request.match_info["job"],
                request.match_info["name"],
                expiry=request.query.get("ex", ""),
                signature=request.query.get("sig", ""),
            )
        except UnknownAddressError:
            raise web.HTTPNotFound from None
        except ExpiredAddressError:
            raise web.HTTPGone from None
        headers = {
            "Content-Type": _TYPES.get(file.suffix, "application/octet-stream"),
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return web.FileResponse(file, headers=headers)

    return [web.get("/inputs/{job}/{name}", serve)]
