"""What runs at this moment: the steps under way, one a lane of a job, and the loop's chores."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.engine.schedule import AT_ONCE, PREPARING_AT_ONCE, Lane, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.engine.timetable import Key


class UnderWay:
    """The tasks of a loop, and the rooms that bound how many of a kind work at once."""

    def __init__(self) -> None:
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._of_lane = {lane: asyncio.Semaphore(count) for lane, count in AT_ONCE.items()}
        self._preparing = asyncio.Semaphore(PREPARING_AT_ONCE)

    def __contains__(self, key: Key) -> bool:
        return key in self._tasks

    def start(self, key: Key, run: Callable[[Key], Coroutine[None, None, None]]) -> None:
        """Run something that calls ``end`` when it ends."""
        self._tasks[key] = asyncio.create_task(run(key), name=f"{key[0]} {key[1] or 'chore'}")

    def end(self, key: Key) -> None:
        """Note that something is over."""
        self._tasks.pop(key, None)

    def room(self, lane: Lane, step: Step | None) -> asyncio.Semaphore:
        """Answer the room that a step works in; it may have to wait before it."""
        return self._preparing if step is Step.PREPARE else self._of_lane[lane]

    def has_job(self, job_id: str) -> bool:
        """Whether a step of a job is under way, on whichever lane."""
        return any((job_id, lane) in self._tasks for lane in Lane)

    def on(self, lane: Lane) -> set[str]:
        """Answer the jobs that have a step under way on a lane."""
        return {job_id for job_id, one in self._tasks if one is lane}

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values())

    async def stop(self, *, grace_seconds: float) -> None:
        """Let everything end, and cancel what does not within the grace."""
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
