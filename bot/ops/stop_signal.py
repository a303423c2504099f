"""The operator's word to stop, as the operating system brings it."""

from __future__ import annotations

import asyncio
import signal


async def stop_signal() -> None:
    """Wait for SIGTERM or SIGINT."""
    told = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, told.set)
    await told.wait()
