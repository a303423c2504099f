"""Ends what waits for a place that is gone, as soon as the gateway tells of it.

What the gateway did not tell, since the bot was not connected, is found by a look just before the paid POST:
``bot.engine.submit``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.ledger import refund
from bot.domain.status import FailureReason, JobStatus
from bot.errors import StaleJob, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.job import Job
    from bot.engine.ports import Clock, JobStore

LOOK_EVERY: Final = timedelta(seconds=10)
"""How soon a place is looked at again."""
LOOKED_AT_FOR: Final = timedelta(minutes=1)
"""For how long, since a command that was under way may be accepted, or a submission be put back, a moment later."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class GonePlace:
    """A server without the bot, or a channel or thread that was deleted.

    Args:
        guild_id: The server.
        channel_id: The channel or thread in it; None where it is the whole server.
    """

    guild_id: int
    channel_id: int | None = None

    def holds(self, job: Job) -> bool:
        """Whether a job was asked for there; a guest's is answered by the command's token, which needs no place.

        A deleted channel takes its threads with it. A thread that was made for the results is no such place: without
        it, they go to the channel.
        """
        origin = job.origin
        if origin.by_interaction or origin.guild_id != self.guild_id:
            return False
        return self.channel_id is None or self.channel_id in (origin.channel_id, origin.parent_id)


class GonePlaces:
    """Remembers for a minute which places are gone, and ends for free what was not submitted there.

    Args:
        store: Where jobs live.
        clock: The time.
        wake: Tells the loop that a job changed.
    """

    def __init__(self, *, store: JobStore, clock: Clock, wake: Callable[[Job], None]) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self._until: dict[GonePlace, datetime] = {}
        self._looking = asyncio.Lock()

    async def end(self, place: GonePlace) -> None:
        """End what waits for a place now; where the database does not answer, the loop's chore does it later."""
        self._until[place] = self._clock.now() + LOOKED_AT_FOR
        try:
            await self.turn()
        except StoreUnavailable as error:
            _log.warning("gone_place_postponed", guild_id=place.guild_id, detail=str(error))

    def is_back(self, guild_id: int) -> None:
        """Note that the bot is in a server again."""
        self._until.pop(GonePlace(guild_id), None)

    async def turn(self) -> timedelta:
        """Look at every place that was told of lately, and answer when to look again.

        Raises:
            StoreUnavailable: The database does not answer; each place is kept until it does.
        """
        async with self._looking:
            looked_at = self._clock.now()
            for guild_id in {place.guild_id for place in self._until}:
                await self._look(guild_id)
            self._until = {place: until for place, until in self._until.items() if until > looked_at}
        return LOOK_EVERY

    async def _look(self, guild_id: int) -> None:
        for job in await self._store.open_jobs_of_guild(guild_id):
            is_there = any(place.guild_id == guild_id and place.holds(job) for place in self._until)
            if job.status is JobStatus.PENDING and is_there:
                await self._end(job)

    async def _end(self, job: Job) -> None:
        try:
            ended = await end_without_place(self._store, job, now=self._clock.now())
        except StaleJob:
            return  # its submission was faster, which decides by itself, or it has ended
        self._wake(ended)


async def end_without_place(store: JobStore, job: Job, *, now: datetime) -> Job:
    """End a job that was not submitted, for free; nothing is posted for it, its requester finds it in the list.

    Raises:
        StaleJob: It no longer stands where ``job`` does.
    """
    _log.info("place_gone", job_id=job.id, guild_id=job.origin.guild_id, channel_id=job.origin.channel_id)
    return await store.advance(
        job,
        JobStatus.FAILED,
        entries=refund(job, await store.entries(job.id), at=now),
        failure=FailureReason.PLACE_GONE,
        failure_detail="its channel or server is gone",
        ended_at=now,
        undeliverable_at=now,
    )
