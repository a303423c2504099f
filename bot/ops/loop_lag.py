"""Measures how late the event loop is: what blocks it delays every acknowledgement."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

EVERY_SECONDS: Final = 0.5


@asynccontextmanager
async def measured(note: Callable[[float], None], *, every_seconds: float = EVERY_SECONDS) -> AsyncGenerator[None]:
    """Sleep again and again, and tell by how many seconds each sleep was too long.

    Args:
        note: Is told.
        every_seconds: How long each sleep should be.
    """
    task = asyncio.create_task(_measure(note, every_seconds), name="loop lag")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _measure(note: Callable[[float], None], every_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    while True:
        asleep_at = loop.time()
        await asyncio.sleep(every_seconds)
        note(loop.time() - asleep_at - every_seconds)
