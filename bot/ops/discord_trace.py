"""Listens to every request that goes to Discord: how it was answered, and how fast interactions were acknowledged."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import aiohttp

from bot.ops.discord_time import DiscordTime, created_at
from bot.ops.metrics import ACKNOWLEDGED, LOST, REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import SimpleNamespace

    from bot.ops.metrics import Metrics

_CALLBACK: Final = re.compile(r"/interactions/(\d+)/[^/]+/callback$")
_GOOD: Final = range(200, 300)


def listening(
    metrics: Metrics,
    *,
    now: Callable[[], datetime],
    sent: Callable[[int], None] = lambda _interaction_id: None,
    discord_time: DiscordTime | None = None,
) -> aiohttp.TraceConfig:
    """Make a trace that discord.py lays over all its requests.

    Args:
        metrics: Is told.
        now: The time, aware.
        sent: Is told of each acknowledgement that goes out, the library's repetitions included.
        discord_time: Is told what time each response tells.
    """
    clock = discord_time or DiscordTime()

    async def on_start(
        _session: aiohttp.ClientSession, context: SimpleNamespace, start: aiohttp.TraceRequestStartParams
    ) -> None:
        context.request = clock.begin()
        callback = _CALLBACK.search(start.url.path)
        if callback is not None:
            sent(int(callback[1]))

    def note(path: str, status: int | None) -> None:
        metrics.discord_answered(_kind(status))
        callback = _CALLBACK.search(path)
        if callback is not None:
            outcome = LOST if status is None else ACKNOWLEDGED if status in _GOOD else REFUSED
            metrics.acknowledged(outcome, after=now() - created_at(int(callback[1])))

    async def on_end(
        _session: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        note(end.url.path, end.response.status)
        callback = _CALLBACK.search(end.url.path) if end.response.status in _GOOD else None
        acknowledged = int(callback[1]) if callback is not None else None
        clock.note(end.response.headers.get("Date"), request=context.request, interaction_id=acknowledged)

    async def on_exception(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestExceptionParams
    ) -> None:
        note(end.url.path, None)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(on_start)
    trace.on_request_end.append(on_end)
    trace.on_request_exception.append(on_exception)
    return trace


def _kind(status: int | None) -> str:
    if status is None:
        return LOST
    return str(status) if status == HTTPStatus.TOO_MANY_REQUESTS else f"{status // 100}xx"
