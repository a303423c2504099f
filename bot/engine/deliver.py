"""The step that brings a job's end before its requester's eyes, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.job import FAILURE_PART, Delivery
from bot.domain.status import FailureReason, JobStatus
from bot.engine.parts import split
from bot.errors import TooLarge, Undeliverable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.domain.job import Artifact, Job
    from bot.engine.fitting import Fitting
    from bot.engine.ports import Clock, Courier, JobStore

RUNGS: Final = 4
"""How often a message that Discord calls too large is tried, with ever smaller files, before its outputs are only
linked."""

_log = structlog.stdlib.get_logger(__name__)


class DeliverStep:
    """Posts the results, or why there are none, and marks nothing delivered before Discord has said so.

    Args:
        store: Where the frozen plan of messages lives.
        courier: Posts.
        fitting: Makes the files that each place takes.
        data_dir: The data folder.
        clock: The time.
    """

    def __init__(self, *, store: JobStore, courier: Courier, fitting: Fitting, data_dir: Path, clock: Clock) -> None:
        self._store = store
        self._courier = courier
        self._fitting = fitting
        self._data_dir = data_dir
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Send each part that Discord has not confirmed yet.

        Raises:
            DeliveryPostponed: Discord does not answer now.
        """
        artifacts = [one for one in await self._store.artifacts(job.id) if one.path is not None]
        if any(not (self._data_dir / str(one.path)).is_file() for one in artifacts):
            _log.warning("outputs_not_here", job_id=job.id)
            return await self._store.note(job.id, fetched_at=None)
        for delivery in await self._plan(job, artifacts):
            if delivery.message_id is None and not await self._deliver(job, delivery):
                _log.error("undeliverable", job_id=job.id, part=delivery.part)
                return await self._store.note(job.id, undeliverable_at=self._clock.now(), redraw=True)
        delivered = await self._store.note(job.id, delivered_at=self._clock.now(), redraw=True)
        await self._forget_signatures(job)
        return delivered

    async def _forget_signatures(self, job: Job) -> None:
        """Keep of the outputs' addresses only what opens nothing: they are not fetched again.

        Where a message links to an original, the address stands in that message, at Discord.
        """
        artifacts = await self._store.artifacts(job.id)
        signed = [replace(one, url=one.url.partition("?")[0]) for one in artifacts if "?" in one.url]
        if signed:
            await self._store.save_artifacts(signed)

    async def _plan(self, job: Job, artifacts: Sequence[Artifact]) -> list[Delivery]:
        if job.status is not JobStatus.SUCCEEDED or job.failure is FailureReason.OUTPUT_LOST:
            artifacts = ()
        target = job.origin.target_id
        limit = self._courier.upload_limit(job, target)
        parts = split(artifacts, limit=limit) or {FAILURE_PART: ()}
        return await self._store.plan_deliveries(
            [Delivery(job.id, part, target, f"{job.id}.{part}", held) for part, held in parts.items()]
        )

    async def _deliver(self, job: Job, delivery: Delivery) -> bool:
        """Send one part to the first place that takes it; False where none ever will."""
        for target_id in dict.fromkeys((delivery.target_id, job.origin.target_id, job.origin.channel_id)):
            try:
                await self._send(job, replace(delivery, target_id=target_id))
            except Undeliverable as error:
                _log.warning("place_closed", job_id=job.id, part=delivery.part, detail=str(error))
            else:
                return True
        return False

    async def _send(self, job: Job, delivery: Delivery) -> None:
        if delivery.first_attempt_at is None:
            delivery = replace(delivery, first_attempt_at=self._clock.now())
            await self._store.save_delivery(delivery)
            message_id = None
        else:
            message_id = await self._courier.find(job, delivery)
        if message_id is None:
            message_id = await self._post(job, delivery)
        await self._store.save_delivery(replace(delivery, message_id=message_id))
        _log.info("part_delivered", job_id=job.id, part=delivery.part, message_id=message_id)

    async def _post(self, job: Job, delivery: Delivery) -> int:
        """Send with files as large as the place takes; where Discord takes less than it says, with smaller ones."""
        limit = self._courier.upload_limit(job, delivery.target_id)
        for rung in range(RUNGS):
            load = await self._fitting.load(job, delivery, limit=limit)
            try:
                return await self._courier.send(job, delivery, load.attachments, notes=load.notes)
            except TooLarge as error:
                _log.warning("part_too_large", job_id=job.id, part=delivery.part, rung=rung, detail=str(error))
                limit = min(limit, load.largest) // 2
        load = await self._fitting.load(job, delivery, limit=0)
        return await self._courier.send(job, delivery, load.attachments, notes=load.notes)
