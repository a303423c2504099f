"""The step that makes a job's pictures fit for the model: looked at, and where it must be, copied and mended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.catalog import model_of
from bot.domain.ledger import refund
from bot.domain.media_type import EXTENSIONS
from bot.domain.mending import as_probed, judge_picture, mending_limits, model_limits
from bot.domain.remix_request import INPUT_MARGIN, Input
from bot.domain.status import FailureReason, JobStatus
from bot.engine.schedule import GIVE_UP
from bot.errors import InputRefused, StaleJob

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.domain.catalog import ImageModel
    from bot.domain.job import Job
    from bot.domain.ledger import Entry
    from bot.engine.ports import Clock, ImageInspector, JobStore

INPUTS: Final = "inputs"
"""The folder of copied and mended inputs inside the data folder."""

_log = structlog.stdlib.get_logger(__name__)


def mended_file(data_dir: Path, job_id: str, *, number: int) -> Path | None:
    """Find a mended input on this process's disk; its suffix says its type.

    Args:
        data_dir: The data folder.
        job_id: The job.
        number: The input's place, from 1.
    """
    names = (f"{number}.{extension}" for extension in EXTENSIONS.values())
    return next((file for name in names if (file := data_dir / INPUTS / job_id / name).is_file()), None)


class PrepareStep:
    """Looks at every picture, and mends those that the model would refuse.

    Nothing is paid here, so everything may be done again: a process that was killed leaves files, which are written
    over, and one that lacks the file of a mended picture makes it anew.

    Args:
        store: Where jobs live.
        inspector: Knows what pictures really are.
        models: The catalog, by model id.
        data_dir: The data folder.
        clock: The time.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        inspector: ImageInspector,
        models: Mapping[str, ImageModel],
        data_dir: Path,
        clock: Clock,
    ) -> None:
        self._store = store
        self._inspector = inspector
        self._models = models
        self._data_dir = data_dir
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Prepare the pictures, or end a job of which one can never be used.

        Raises:
            InputPostponed: A picture could not be looked at or mended now.
            StaleJob: It was cancelled meanwhile.
        """
        await self._check_wanted(job)
        if self._is_too_late(job):
            return await self._expire(job)
        inputs = job.request.inputs
        made = await asyncio.gather(
            *(self._prepare(job, number, one) for number, one in enumerate(inputs, start=1)), return_exceptions=True
        )
        await self._check_wanted(job)
        errors = [found for found in made if isinstance(found, BaseException)]
        settled = tuple(found if isinstance(found, Input) else one for one, found in zip(inputs, made, strict=True))
        if any(one.problem is not None for one in settled):
            return await self._refuse(job, settled)
        if errors:
            await self._store.note(job.id, inputs=settled)
            raise errors[0]
        return await self._store.note(job.id, inputs=settled, prepared_at=self._clock.now(), redraw=True)

    async def _prepare(self, job: Job, number: int, one: Input) -> Input:
        if self._is_settled(job, number, one):
            return one
        model = model_of(self._models, job.request.model)
        try:
            probe = await self._inspector.probe(one.url, size=one.size)
            finding = judge_picture(probe, model_limits(model), size=one.size)
            seen = replace(as_probed(one, probe), mends=(), problem=None)
            return seen if finding.is_fine else await self._mend(job, number, seen)
        except InputRefused as error:
            _log.info("picture_refused", job_id=job.id, number=number, detail=str(error))
            return replace(one, problem=error.problem)

    async def _mend(self, job: Job, number: int, one: Input) -> Input:
        limits = mending_limits(model_of(self._models, job.request.model), upload_limit=job.origin.upload_limit)
        folder = self._data_dir / INPUTS / job.id
        came, made = folder / f"{number}.came", folder / f"{number}.part"
        try:
            await self._inspector.copy(one.url, to=came)
            mended = await self._inspector.mend(came, limits, to=made)
            if mended.mends:
                made.replace(folder / f"{number}.{EXTENSIONS[mended.content_type]}")
        finally:
            came.unlink(missing_ok=True)
            made.unlink(missing_ok=True)
        _log.info("picture_mended", job_id=job.id, number=number, mends=[one.value for one in mended.mends])
        return replace(one, mends=mended.mends, kept=None if mended.mends else one.kept)

    def _is_settled(self, job: Job, number: int, one: Input) -> bool:
        """Whether a picture was mended before, and what came of it is still there."""
        is_here = one.kept is not None or mended_file(self._data_dir, job.id, number=number) is not None
        return bool(one.mends) and is_here

    # --- when it goes no further --------------------------------------------------------------------------------------

    async def _check_wanted(self, job: Job) -> None:
        """Leave a job alone that was cancelled meanwhile.

        Raises:
            StaleJob: It was.
        """
        found = await self._store.get(job.id)
        if found is None or found.status is not JobStatus.PENDING:
            raise StaleJob

    def _is_too_late(self, job: Job) -> bool:
        """Whether a picture that is still to be looked at is gone from Discord, or was waited for long enough."""
        now = self._clock.now()
        unsettled = [one for n, one in enumerate(job.request.inputs, start=1) if not self._is_settled(job, n, one)]
        is_dead = any(one.expires_at is not None and one.expires_at <= now + INPUT_MARGIN for one in unsettled)
        return is_dead or (bool(unsettled) and now - job.created_at >= GIVE_UP)

    async def _expire(self, job: Job) -> Job:
        _log.warning("pictures_never_prepared", job_id=job.id)
        return await self._store.advance(
            job,
            JobStatus.EXPIRED,
            entries=await self._refund(job),
            ended_at=self._clock.now(),
            failure_detail="the inputs could not be looked at while Discord served them",
        )

    async def _refuse(self, job: Job, inputs: tuple[Input, ...]) -> Job:
        problems = {n: one.problem for n, one in enumerate(inputs, start=1) if one.problem is not None}
        return await self._store.advance(
            job,
            JobStatus.FAILED,
            entries=await self._refund(job),
            inputs=inputs,
            failure=FailureReason.INPUT_REFUSED,
            failure_detail=", ".join(f"image {number}: {problem}" for number, problem in problems.items()),
            ended_at=self._clock.now(),
        )

    async def _refund(self, job: Job) -> tuple[Entry, ...]:
        return refund(job, await self._store.entries(job.id), at=self._clock.now())
