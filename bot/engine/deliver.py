"""The step that brings a job's end before its requester's eyes, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.job import FAILURE_PART, Delivery
from bot.domain.status import FailureReason, JobStatus
from bot.engine.fetch import fetched_at_most
from bot.engine.ladder import Ladder
from bot.engine.ownership import Ownership
from bot.engine.parts import split
from bot.engine.places import Places
from bot.engine.schedule import is_tried_again
from bot.errors import ContentRefused

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from bot.domain.catalog import ImageModel
    from bot.domain.job import Artifact, Job
    from bot.engine.fitting import Fitting
    from bot.engine.ports import Clock, Courier, JobStore

_LOST: Final = (FailureReason.OUTPUT_LOST, FailureReason.OUTPUT_BLOCKED)

_log = structlog.stdlib.get_logger(__name__)


class DeliverStep:
    """Posts the results, or why there are none, and marks nothing delivered before Discord has said so.

    Args:
        store: Where the frozen plan of messages lives.
        courier: Posts.
        fitting: Makes the files that each place takes.
        models: The catalog, by model id; says how many outputs are fetched.
        data_dir: The data folder.
        clock: The time.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        courier: Courier,
        fitting: Fitting,
        models: Mapping[str, ImageModel],
        data_dir: Path,
        clock: Clock,
    ) -> None:
        self._store = store
        self._courier = courier
        ownership = Ownership(store=store, clock=clock)
        ladder = Ladder(fitting=fitting, courier=courier, ownership=ownership)
        self._places = Places(store=store, courier=courier, ladder=ladder, ownership=ownership, clock=clock)
        self._models = models
        self._data_dir = data_dir
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Send each part that Discord has not confirmed yet; while outputs are still fetched, those that are here.

        Raises:
            DeliveryPostponed: Discord does not answer now.
            StaleJob: The job is another process's by now.
        """
        if job.failure is FailureReason.CONTENT_REFUSED:
            await self._places.tell_refusal(job)
            return await self._keep(job)
        artifacts = await self._store.artifacts(job.id)
        if any(one.path is not None and not (self._data_dir / one.path).is_file() for one in artifacts):
            _log.warning("outputs_not_here", job_id=job.id)
            return await self._store.note(job.id, fetched_at=None, partly_fetched_at=None)
        late = self._late(job, artifacts)
        plan = await self._plan(job, artifacts, late)
        due = [one for one in plan if one.message_id is None and not late & set(one.artifact_indexes)]
        # What was planned and lost again before it was posted is told once.
        obstacle = await self._post(job, due[:1] if job.failure in _LOST else due)
        if late:
            return await self._wait_for_all(job)
        return await self._note_delivered(job) if obstacle is None else await self._heed(job, *obstacle)

    async def _post(self, job: Job, due: Sequence[Delivery]) -> tuple[Delivery, ContentRefused | None] | None:
        """Post in order; answer the first message that no place takes, and the refusal where it is for what it says."""
        for delivery in due:
            try:
                if not await self._places.deliver(job, delivery):
                    _log.error("undeliverable", job_id=job.id, part=delivery.part)
                    return delivery, None
            except ContentRefused as error:
                _log.error("content_refused", job_id=job.id, part=delivery.part, detail=str(error))
                return delivery, error
        return None

    async def _heed(self, job: Job, delivery: Delivery, refusal: ContentRefused | None) -> Job:
        """Keep what no place takes; of a result that is refused for what it shows, its requester is told first."""
        if refusal is None or not delivery.artifact_indexes:  # a failure is told by its card too
            return await self._keep(job)
        return await self._store.note(job.id, failure=FailureReason.CONTENT_REFUSED)

    async def _note_delivered(self, job: Job) -> Job:
        delivered = await self._store.note(
            job.id, delivered_at=self._clock.now(), partly_fetched_at=None, undeliverable_at=None, redraw=True
        )
        await self._forget_signatures(job)
        return delivered

    def _late(self, job: Job, artifacts: Sequence[Artifact]) -> set[int]:
        """Say which outputs are still fetched."""
        if job.status is not JobStatus.SUCCEEDED or job.fetched_at is not None:
            return set()
        return {one.index for one in artifacts[: fetched_at_most(self._models, job)] if one.path is None}

    async def _wait_for_all(self, job: Job) -> Job:
        """Owe nothing until every output is here, or known to be lost; then all that was not posted is owed."""
        return await self._store.note(job.id, partly_fetched_at=None, redraw=True)

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

    async def _plan(self, job: Job, artifacts: Sequence[Artifact], late: Collection[int]) -> list[Delivery]:
        """Freeze which outputs go into which message; those that are still fetched have messages of their own."""
        if job.status is not JobStatus.SUCCEEDED or job.failure in _LOST:
            artifacts = ()
        target = job.origin.target_id
        limit = self._courier.upload_limit(job, target)
        parts = split((one for one in artifacts if one.path is not None), limit=limit)
        awaited = split((one for one in artifacts if one.index in late), limit=limit)
        parts = {**parts, **{len(parts) + part: held for part, held in awaited.items()}} or {FAILURE_PART: ()}
        return await self._store.plan_deliveries(
            [
                Delivery(job.id, part, target, f"{job.id}.{part}", held, first_attempt_at=job.search_from)
                for part, held in parts.items()
            ]
        )
