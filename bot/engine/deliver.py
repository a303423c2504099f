"""The step that brings a job's end before its requester's eyes, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.job import FAILURE_PART, Delivery
from bot.domain.status import FailureReason, JobStatus
from bot.engine.ladder import Ladder
from bot.engine.ownership import Ownership
from bot.engine.parts import split
from bot.engine.places import Places
from bot.engine.schedule import is_tried_again
from bot.errors import ContentRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.domain.job import Artifact, Job
    from bot.engine.fitting import Fitting
    from bot.engine.ports import Clock, Courier, JobStore

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
        ownership = Ownership(store=store, clock=clock)
        ladder = Ladder(fitting=fitting, courier=courier, ownership=ownership)
        self._places = Places(store=store, courier=courier, ladder=ladder, ownership=ownership, clock=clock)
        self._data_dir = data_dir
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Send each part that Discord has not confirmed yet.

        Raises:
            DeliveryPostponed: Discord does not answer now.
            StaleJob: The job is another process's by now.
        """
        if job.failure is FailureReason.CONTENT_REFUSED:
            await self._places.tell_refusal(job)
            return await self._keep(job)
        artifacts = [one for one in await self._store.artifacts(job.id) if one.path is not None]
        if any(not (self._data_dir / str(one.path)).is_file() for one in artifacts):
            _log.warning("outputs_not_here", job_id=job.id)
            return await self._store.note(job.id, fetched_at=None)
        for delivery in await self._plan(job, artifacts):
            if delivery.message_id is not None:
                continue
            try:
                if not await self._places.deliver(job, delivery):
                    _log.error("undeliverable", job_id=job.id, part=delivery.part)
                    return await self._keep(job)
            except ContentRefused as error:
                _log.error("content_refused", job_id=job.id, part=delivery.part, detail=str(error))
                if not delivery.artifact_indexes:
                    return await self._keep(job)  # it is a failure, and its card tells it
                return await self._store.note(job.id, failure=FailureReason.CONTENT_REFUSED)
        delivered = await self._store.note(job.id, delivered_at=self._clock.now(), undeliverable_at=None, redraw=True)
        await self._forget_signatures(job)
        return delivered

    async def _keep(self, job: Job) -> Job:
        """Note that no place took it; the card says so once, however often it is tried again."""
        known = await self._store.get(job.id)
        if known is not None and known.delivered_at is not None:  # its requester had it shown meanwhile
            return known
        is_new = job.undeliverable_at is None
        kept = await self._store.note(job.id, undeliverable_at=self._clock.now(), redraw=is_new)
        if not is_tried_again(kept):
            await self._forget_signatures(job)
        return kept

    async def _forget_signatures(self, job: Job) -> None:
        """Keep of the outputs' addresses only what opens nothing: they are not fetched again.

        Where a message links to an original, the address stands in that message, at Discord.
        """
        artifacts = await self._store.artifacts(job.id)
        signed = [replace(one, url=one.url.partition("?")[0]) for one in artifacts if "?" in one.url]
        if signed:
            await self._store.save_artifacts(signed)

    async def _plan(self, job: Job, artifacts: Sequence[Artifact]) -> list[Delivery]:
        if job.status is not JobStatus.SUCCEEDED or job.failure in (
            FailureReason.OUTPUT_LOST,
            FailureReason.OUTPUT_BLOCKED,
        ):
            artifacts = ()
        target = job.origin.target_id
        limit = self._courier.upload_limit(job, target)
        parts = split(artifacts, limit=limit) or {FAILURE_PART: ()}
        return await self._store.plan_deliveries(
            [
                Delivery(job.id, part, target, f"{job.id}.{part}", held, first_attempt_at=job.search_from)
                for part, held in parts.items()
            ]
        )
