"""How long the event loop stands still while a picture of 50 megapixels is mended, beside an idle loop in one run.

``python -m tests.benchmarks.mending``: a heartbeat every 2 ms, the longest gap between two of them; three kinds of
pictures, each mended between two idle spells of the same length. The program that decodes takes a whole processor: on a
machine with few, or with other work, some of the gaps are the scheduler's, which is what the idle spells are for.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pillow_heif

from bot.errors import BotError
from bot.images.order import Task
from bot.images.workshop import Workshop
from tests.brushes import exif, photograph, resized, written
from tests.specimen import LIMITS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

SIDES = (8192, 6144)
BEAT_SECONDS = 0.002
ROUNDS = 3
GOAL_SECONDS = 0.1
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PNG", {"compress_level": 1}),
    ("JPEG", {"exif": exif(6)}),
    ("HEIF", {"quality": 40}),
)


@asynccontextmanager
async def heartbeat() -> AsyncGenerator[list[float]]:
    """Beat while the body runs; the gaps beyond the pause itself, in seconds."""
    gaps: list[float] = []

    async def beat() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = time.perf_counter()
            gaps.append(now - last - BEAT_SECONDS)
            last = now

    beating = asyncio.create_task(beat())
    try:
        yield gaps
    finally:
        beating.cancel()
        await asyncio.wait([beating])


async def worst_gap(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Do some work beside the heartbeat; the longest gap and how long the work took, in seconds."""
    async with heartbeat() as gaps:
        start = time.perf_counter()
        await work()
        took = time.perf_counter() - start
    return max(gaps), took


async def measure(source: Path) -> tuple[list[float], list[float], list[float]]:
    """Mend a picture a few times between idle spells; the longest gaps idle and mending, and how long each took."""
    idle: list[float] = []
    mending: list[float] = []
    took: list[float] = []
    workshop = Workshop()
    for number in range(ROUNDS):
        to = source.with_name(f"mended{number}")
        gap, seconds = await worst_gap(lambda to=to: workshop.run(Task.MEND, source, LIMITS, to=to))
        mending.append(gap)
        took.append(seconds)
        idle.append((await worst_gap(lambda pause=seconds: asyncio.sleep(pause)))[0])
    return idle, mending, took


def main() -> int:
    """Print the figures; 1 where the goal is missed."""
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType] - its options have no types
    picture = resized(photograph((SIDES[0] // 8, SIDES[1] // 8)), SIDES)
    missed = False
    print(f"mending {SIDES[0]} x {SIDES[1]} pixels, longest gap of the event loop in milliseconds, {ROUNDS} rounds")
    with tempfile.TemporaryDirectory() as folder:
        for kind, more in KINDS:
            source = Path(folder) / kind
            source.write_bytes(written(picture, kind, **more))
            try:
                idle, mending, took = asyncio.run(measure(source))
            except BotError as error:
                print(f"  {kind:<6} not mended: {error}")
                return 1
            missed = missed or max(mending) >= GOAL_SECONDS
            gaps = f"idle {max(idle) * 1000:6.1f}   mending {max(mending) * 1000:6.1f}"
            print(f"  {kind:<6} {gaps}   ({sum(took) / ROUNDS:.1f} s each)")
    print(f"  goal: under {GOAL_SECONDS * 1000:.0f} ms: {'missed' if missed else 'met'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
