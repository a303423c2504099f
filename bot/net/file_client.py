"""The HTTP client of whoever fetches files: it follows no redirect itself, and asks for bytes as they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl


def ssl_context() -> ssl.SSLContext:
    """Build the one context that all connections share; building it is slow, so do it once."""
    return httpx.create_ssl_context(trust_env=False)


def file_client(
    *, connections: int, silence_seconds: float, user_agent: str, context: ssl.SSLContext | None
) -> httpx.AsyncClient:
    """Open a client for :func:`bot.net.guarded_get.guarded_get`.

    Args:
        connections: How many may be open.
        silence_seconds: The time without any byte after which a file is given up.
        user_agent: How we name ourselves.
        context: An SSL context to share; a new one where None is given.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(verify=context or ssl_context(), limits=limits, trust_env=False),
        # Compressed, a range would mean other bytes, and a small answer could be a large file.
        headers={"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity"},
        timeout=httpx.Timeout(silence_seconds, connect=min(10.0, silence_seconds), pool=None),
        follow_redirects=False,
        trust_env=False,
    )
