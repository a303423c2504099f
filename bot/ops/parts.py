"""The parts of the process that run side by side until the first of them ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

_log = structlog.stdlib.get_logger(__name__)


async def run_until_first_ends(
    parts: Mapping[str, Callable[[], Awaitable[None]]], *, drain: Callable[[], Awaitable[None]]
) -> None:
    """Run parts side by side; when the first ends, drain, end the others, and raise what the first error was.

    Args:
        parts: What runs, by name.
        drain: Lets what is under way come to its end.
    """
    tasks = [asyncio.create_task(_as_coroutine(part), name=name) for name, part in parts.items()]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            _log.info("stopping", because=task.get_name())
    finally:
        await drain()
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _as_coroutine(part: Callable[[], Awaitable[None]]) -> None:
    await part()
