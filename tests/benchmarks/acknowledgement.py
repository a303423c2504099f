"""How soon a command is acknowledged under load, beside the least bot that discord.py can make, in one run.

``python -m tests.benchmarks.acknowledgement``: 200 commands within 5 s to each bot, in alternating batches. The remix
bot does all its work meanwhile: rows, cards, threads, submissions, polls, results.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.bot_process import BotProcess
from sandbox.discord.actor import UploadedFile
from sandbox.samples import sample
from sandbox.servers import Servers

if TYPE_CHECKING:
    from sandbox.discord.exchange import Exchange

COMMANDS = 200
SECONDS = 5.0
BATCHES = 4
GOAL_P99_SECONDS = 1.0


async def fire(servers: Servers, *, count: int, seconds: float) -> list[float]:
    """Fire commands at an even pace, and answer how long each acknowledgement took, in seconds."""
    people = [servers.discord.actor(name) for name in ("ada", "ben")]
    channel_id = servers.discord.world.channel("art").id
    picture = UploadedFile("rocket.jpg", sample("rocket.jpg"))
    loop = asyncio.get_running_loop()
    exchanges: list[Exchange] = []
    start = loop.time()
    for number in range(count):
        await asyncio.sleep(max(start + number * seconds / count - loop.time(), 0))
        options = {"prompt": f"number {number}", "image1": picture}
        exchanges.append(await people[number % 2].slash(channel_id, "remix", options))
    return [(await one.acknowledged(timeout_seconds=10)).seconds for one in exchanges]


def p99(values: list[float]) -> float:
    """The value that 99 in 100 do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]


async def measure(folder: Path) -> tuple[list[float], list[float]]:
    """Run both bots side by side and answer their acknowledgement times."""
    ours: list[float] = []
    echo: list[float] = []
    async with Servers() as servers, Servers() as beside:
        servers.runcomfy.knobs = replace(servers.runcomfy.knobs, slots=20, run_seconds=1.0, painted=False)
        bot = BotProcess(servers.environment(folder / "data"), folder=folder)
        other = BotProcess(beside.environment(folder / "none"), folder=folder, module="tests.benchmarks._echo_bot")
        await bot.start()
        await other.start()
        try:
            await servers.until_bot_is_ready()
            await beside.until_bot_is_ready()
            for _ in range(BATCHES):
                ours += await fire(servers, count=COMMANDS // BATCHES, seconds=SECONDS / BATCHES)
                echo += await fire(beside, count=COMMANDS // BATCHES, seconds=SECONDS / BATCHES)
        finally:
            await bot.stop()
            await other.stop()
    return ours, echo


def main() -> int:
    """Print the figures; 1 where the goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        ours, echo = asyncio.run(measure(Path(folder)))
    print(f"acknowledgement of {COMMANDS} commands within {SECONDS:.0f} s, milliseconds")
    for name, values in (("remix bot", ours), ("bare discord.py", echo)):
        print(f"  {name:<16} p50 {statistics.median(values) * 1000:8.1f}   p99 {p99(values) * 1000:8.1f}")
    p50_ratio = statistics.median(ours) / statistics.median(echo)
    print(f"  {'ratio':<16} p50 {p50_ratio:8.2f}   p99 {p99(ours) / p99(echo):8.2f}")
    print(f"  goal: p99 under {GOAL_P99_SECONDS * 1000:.0f} ms: {'met' if p99(ours) < GOAL_P99_SECONDS else 'missed'}")
    return 0 if p99(ours) < GOAL_P99_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
