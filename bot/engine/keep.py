"""The step that keeps the pictures of a job as attachments of a message of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.job import GALLERY_PART
from bot.domain.ledger import refund
from bot.domain.remix_request import Kept
from bot.domain.status import FailureReason, JobStatus
from bot.engine.gallery import Gallery
from bot.engine.gallery_files import number_of
from bot.engine.gone_places import end_without_place
from bot.engine.ownership import Ownership
from bot.engine.schedule import owes_gallery
from bot.errors import (
    ContentRefused,
    DeliveryPostponed,
    InputRefused,
    PlaceUnreadable,
    StaleJob,
    TooLarge,
    Undeliverable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bot.domain.job import Job
    from bot.domain.remix_request import Input
    from bot.engine.courier_port import Courier
    from bot.engine.gallery import GalleryCourier, Posted
    from bot.engine.gallery_files import GalleryFiles
    from bot.engine.ports import Clock, JobStore
    from bot.engine.servers import Servers

PATIENCE: Final = timedelta(minutes=10)
"""How long after its first attempt a gallery is tried that nothing depends on ..."""
PATIENCE_FOR_MENDED: Final = timedelta(hours=1)
"""... and one without which the job cannot be submitted."""
WAIT_AT_MOST: Final = timedelta(seconds=30)
"""A gallery whose place cannot be read holds up cards and results no longer than this."""
RUNGS: Final = 3
"""How often a gallery that Discord calls too large is tried, each time with files half as large."""

_log = structlog.stdlib.get_logger(__name__)


class KeepStep:
    """Posts the gallery of a job, once, and notes where each picture is kept.

    Nothing is paid here, and a gallery is best effort where all pictures go as they came. Where some were mended the
    provider can fetch them from nowhere else: such a job waits for its gallery, and fails for free where no place takes
    it.

    Args:
        store: Where jobs live.
        galleries: Posts, finds and reads.
        files: Brings together what is posted.
        servers: Says whether a server keeps galleries.
        courier: Knows whether there is anybody left to answer.
        clock: The time.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        galleries: GalleryCourier,
        files: GalleryFiles,
        servers: Servers,
        courier: Courier,
        clock: Clock,
    ) -> None:
        self._store = store
        self._ownership = Ownership(store=store, clock=clock)
        self._galleries = galleries
        self._files = files
        self._servers = servers
        self._courier = courier
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Keep what is not kept yet.

        Raises:
            DeliveryPostponed: Discord does not answer now.
            InputPostponed: There is no room to make a mended picture smaller now.
            StaleJob: It was cancelled meanwhile, or is another process's by now.
        """
        only_mended = job.origin.by_interaction or not await self._servers.keeps_inputs(job.origin.guild_id)
        wanted = [number for number, one in _unkept(job) if one.mends or not only_mended]
        if not wanted:
            return await self._store.note(job.id, kept_at=self._clock.now())
        try:
            posted = await self._found(job) if job.gallery_attempted_at is not None else None
            if posted is None and not self._files.are_mended_here(job):
                _log.warning("mended_inputs_not_here", job_id=job.id)
                return await self._store.note(job.id, prepared_at=None)
            posted = posted or await self._post_anywhere(job, wanted, only_mended=only_mended)
        except DeliveryPostponed as error:
            if self._is_too_late(job):
                return await self._give_up(job, str(error))
            if isinstance(error, PlaceUnreadable):
                raise PlaceUnreadable(str(error), retry_after=WAIT_AT_MOST) from error
            raise
        except (InputRefused, Undeliverable) as error:
            return await self._give_up(job, str(error))
        return await self._note_kept(job, posted)

    async def _found(self, job: Job) -> Posted | None:
        """Look whether an earlier attempt came through.

        Raises:
            Undeliverable: Nobody can know: replies by a token are not found again, and a second one would be too many.
        """
        if job.origin.by_interaction:
            raise Undeliverable("nobody knows whether the reply came through")
        for target_id in dict.fromkeys((job.origin.target_id, job.origin.channel_id)):
            try:
                found = await self._galleries.find(job, target_id)
            except Undeliverable as error:
                _log.warning("place_closed", job_id=job.id, target_id=target_id, detail=str(error))
            else:
                if found is not None:
                    return found
        return None

    async def _post_anywhere(self, job: Job, wanted: Sequence[int], *, only_mended: bool) -> Posted:
        """Post to the first place that takes it.

        Raises:
            InputRefused: ``not_postable``: none does.
            Undeliverable: Nothing of it could be copied.
        """
        files = await self._files.copy(job, wanted)
        if not files:
            raise Undeliverable("no picture could be copied")
        job = await self._begin(job)
        for target_id in dict.fromkeys((job.origin.target_id, job.origin.channel_id)):
            try:
                return await self._post(job, target_id, files, only_mended=only_mended)
            except (Undeliverable, ContentRefused, TooLarge) as error:
                _log.warning("gallery_refused", job_id=job.id, target_id=target_id, detail=str(error))
        raise InputRefused("not_postable", "no place takes it")

    async def _begin(self, job: Job) -> Job:
        """Commit that a gallery may be there from now on.

        Raises:
            StaleJob: The job ended meanwhile in a way that needs none, or is another process's by now.
        """
        at = job.gallery_attempted_at or self._clock.now()
        job = await self._ownership.claim(job, gallery_attempted_at=at)
        if not owes_gallery(job):
            raise StaleJob
        return job

    async def _post(self, job: Job, target_id: int, files: Mapping[int, Path], *, only_mended: bool) -> Posted:
        """Post with files as large as the place takes; where Discord takes less than it says, with smaller ones."""
        limit = self._galleries.upload_limit(job, None if job.origin.by_interaction else target_id)
        for rung in range(RUNGS):
            pictures = await self._files.fit(job, files, limit=limit)
            if not pictures:
                break
            gallery = Gallery(target_id, f"{job.id}.{GALLERY_PART}", pictures, only_mended=only_mended)
            await self._ownership.claim(job)
            try:
                return await self._galleries.post(job, gallery)
            except TooLarge as error:
                _log.warning("gallery_too_large", job_id=job.id, rung=rung, detail=str(error))
                limit = min(limit, max(one.size for one in pictures)) // 2
        raise TooLarge("no copies of the pictures are small enough")

    # --- what came of it ----------------------------------------------------------------------------------------------

    async def _note_kept(self, job: Job, posted: Posted) -> Job:
        kept = {
            number: Kept(url, posted.channel_id, posted.message_id, index)
            for index, url in enumerate(posted.urls)
            if (number := number_of(url)) is not None
        }
        # What another step wrote of the pictures meanwhile stays.
        inputs = (await self._reread(job)).request.inputs
        now_kept = tuple(
            replace(one, kept=kept[number]) if number in kept and one.kept is None else one
            for number, one in enumerate(inputs, start=1)
        )
        if any(one.awaits_keeping for one in now_kept):
            return await self._give_up(job, "the gallery that was found lacks a mended picture")
        is_mended = any(one.mends for one in now_kept)
        noted = await self._store.note(job.id, inputs=now_kept, kept_at=self._clock.now(), redraw=is_mended)
        _log.info("inputs_kept", job_id=job.id, message_id=posted.message_id, kept=len(kept))
        await self._files.forget(job)
        return noted

    async def _give_up(self, job: Job, detail: str) -> Job:
        """Let the job go on without a gallery, or end it for free where it cannot."""
        now, job = self._clock.now(), await self._reread(job)
        _log.warning("gallery_given_up", job_id=job.id, detail=detail)
        if job.status is not JobStatus.PENDING or not any(one.awaits_keeping for one in job.request.inputs):
            noted = await self._store.note(job.id, kept_at=now)
        elif await self._courier.is_place_gone(job):
            noted = await end_without_place(self._store, job, now=now)
        else:
            inputs = tuple(
                replace(one, problem="not_postable") if one.awaits_keeping else one for one in job.request.inputs
            )
            noted = await self._store.advance(
                job,
                JobStatus.FAILED,
                entries=refund(job, await self._store.entries(job.id), at=now),
                inputs=inputs,
                kept_at=now,
                failure=FailureReason.INPUT_REFUSED,
                failure_detail=f"the mended pictures could not be posted: {detail}",
                ended_at=now,
            )
        await self._files.forget(job)
        return noted

    async def _reread(self, job: Job) -> Job:
        found = await self._store.get(job.id)
        if found is None:
            raise StaleJob
        return found

    def _is_too_late(self, job: Job) -> bool:
        is_waited_for = any(one.awaits_keeping for one in job.request.inputs)
        patience = PATIENCE_FOR_MENDED if is_waited_for else PATIENCE
        return job.gallery_attempted_at is not None and self._clock.now() - job.gallery_attempted_at >= patience


def _unkept(job: Job) -> Iterator[tuple[int, Input]]:
    return ((n, one) for n, one in enumerate(job.request.inputs, start=1) if one.kept is None and one.problem is None)
