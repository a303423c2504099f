"""The bot with a brisk rhythm of outages, as a program: minutes become seconds, and all else is the same."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from bot import log
from bot.app import App
from bot.engine.outage import Rhythm
from bot.settings import load_settings

PROBE_SECONDS: Final = 2.0
BRISK: Final = Rhythm(
    probe_every=timedelta(seconds=PROBE_SECONDS),
    look_every=timedelta(seconds=0.2),
    edit_every=timedelta(seconds=0.5),
)


async def main() -> None:
    """Run until a signal comes."""
    settings = load_settings(for_run=True)
    log.configure(settings.log_level, settings.log_format, secrets=settings.secrets())
    async with App.open(settings, rhythm=BRISK) as app:
        await app.run()


if __name__ == "__main__":
    asyncio.run(main())
