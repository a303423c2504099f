"""The route by which a provider fetches inputs from the bot's own HTTP server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.domain.media_type import EXTENSIONS
from bot.engine.published import ExpiredAddressError, UnknownAddressError

if TYPE_CHECKING:
    from bot.engine.published import PublishedInputs

_TYPES: Final = {f".{extension}": media_type for media_type, extension in EXTENSIONS.items()}


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
