"""A GET that leaves the allowed places by no redirect."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx

from bot.net.allowed_hosts import PlaceRefused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from bot.net.allowed_hosts import AllowedHosts

_MOST_REDIRECTS: Final = 3


@asynccontextmanager
async def guarded_get(
    client: httpx.AsyncClient, text: str, *, hosts: AllowedHosts, headers: Mapping[str, str] | None = None
) -> AsyncGenerator[httpx.Response]:
    """Ask for a file and follow redirects by hand: each must lead to an allowed place too.

    Args:
        client: What carries it; it must follow no redirect itself.
        text: The URL, as it came.
        hosts: The allowed places.
        headers: More headers, for example a range.

    Yields:
        The answer, its body unread.

    Raises:
        PlaceRefused: A place is not allowed, or it was redirected too often.
        httpx.HTTPError: It could not be carried.
    """
    url = hosts.judge(text)
    for _ in range(_MOST_REDIRECTS + 1):
        async with client.stream("GET", url, headers=dict(headers or {})) as response:
            if not response.has_redirect_location:
                yield response
                return
            url = hosts.judge(_target(url, response.headers["Location"]))
    raise PlaceRefused(f"more than {_MOST_REDIRECTS} redirects")


def _target(url: httpx.URL, location: str) -> str:
    try:
        return str(url.join(location))
    except httpx.InvalidURL as error:
        raise PlaceRefused(f"redirected to what is no URL: {location!r:.200}") from error
