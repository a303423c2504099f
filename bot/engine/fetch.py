"""The step that brings a job's outputs to our disk: the provider's URLs die."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.model_rules import MOST_OUTPUTS
from bot.domain.status import FailureReason
from bot.engine.output_hosts import HostNotAllowed
from bot.engine.schedule import GIVE_UP, LATE, PARTLY_AFTER
from bot.errors import DownloadDoubtful, DownloadPostponed, DownloadRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path

    from bot.domain.catalog import ImageModel
    from bot.domain.job import Artifact, Job
    from bot.engine.output_hosts import OutputHosts
    from bot.engine.ports import Clock, Downloader, JobStore
    from bot.engine.progress import ProgressBoard

OUTPUTS = "outputs"
"""The folder of fetched outputs inside the data folder."""

_log = structlog.stdlib.get_logger(__name__)


def fetched_at_most(models: Mapping[str, ImageModel], job: Job) -> int:
    """Say how many outputs of a job are fetched; the rest is only linked."""
    model = models.get(job.request.model)
    return MOST_OUTPUTS if model is None else model.max_outputs


class FetchStep:
    """Streams each output into the data folder, checked and hashed.

    Args:
        store: Where outputs are recorded.
        downloader: Brings a file.
        models: The catalog, by model id; says how many outputs are fetched.
        data_dir: The data folder.
        hosts: Is told of outputs whose host is not allowed.
        board: Lets the card say so.
        clock: The time.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        downloader: Downloader,
        hosts: OutputHosts,
        board: ProgressBoard,
        models: Mapping[str, ImageModel],
        data_dir: Path,
        clock: Clock,
    ) -> None:
        self._store = store
        self._downloader = downloader
        self._hosts = hosts
        self._board = board
        self._models = models
        self._data_dir = data_dir
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Fetch what is not here yet, as many outputs as the model may make; the rest is only linked.

        Raises:
            DownloadPostponed: An output may be had later; the others are here, and after a while posted before it.
        """
        fetched: list[Artifact] = []
        blocked: HostNotAllowed | None = None
        postponed: DownloadPostponed | None = None
        most = fetched_at_most(self._models, job)
        artifacts = await self._store.artifacts(job.id)
        if len(artifacts) > most:
            _log.warning("outputs_only_linked", job_id=job.id, urls=len(artifacts), fetched=most)
        for artifact in artifacts[:most]:
            try:
                fetched.append(await self._fetch(job, artifact))
            except HostNotAllowed as error:
                blocked = error
                fetched.append(await self._lose(artifact))
            except DownloadPostponed as error:
                postponed = postponed or error
        if blocked is not None:
            await self._wait_for_host(job, blocked, fetched)
        if postponed is not None:
            await self._go_ahead(job, fetched)
            raise postponed
        now = self._clock.now()
        self._hosts.forget(job.id)
        if any(one.path is not None for one in fetched):
            return await self._store.note(job.id, fetched_at=now)
        _log.error("outputs_lost", job_id=job.id, request_id=job.request_id, urls=len(fetched))
        failure = FailureReason.OUTPUT_LOST if blocked is None else FailureReason.OUTPUT_BLOCKED
        return await self._store.note(job.id, fetched_at=now, failure=failure, redraw=True)

    async def _go_ahead(self, job: Job, fetched: Sequence[Artifact]) -> None:
        """Let what is here be posted before what is late, once; and let the card say that something is late."""
        if self._ended_within(job, PARTLY_AFTER):
            return
        self._board.pin(job, replace(self._board.of(job), is_late=True))
        is_here = any(one.path is not None for one in fetched)
        if is_here and job.partly_fetched_at is None and not await self._store.deliveries(job.id):
            await self._store.note(job.id, partly_fetched_at=self._clock.now())

    async def _wait_for_host(self, job: Job, error: HostNotAllowed, fetched: Sequence[Artifact]) -> None:
        """Tell everybody concerned that an output lies on a host that is not allowed, and wait as long as it may live.

        Raises:
            HostNotAllowed: It is to be waited for.
        """
        if self._ended_within(job, GIVE_UP):
            self._board.pin(job, replace(self._board.of(job), is_blocked=True))
            await self._hosts.note(job.id, error.host)
            await self._go_ahead(job, fetched)
            raise error
        urls = [one.url for one in fetched if one.path is None]
        _log.error("output_given_up", job_id=job.id, request_id=job.request_id, detail=str(error), urls=urls)

    async def _fetch(self, job: Job, artifact: Artifact) -> Artifact:
        if artifact.path is not None and (self._data_dir / artifact.path).is_file():
            return artifact
        path = f"{OUTPUTS}/{job.id}/{artifact.index}"
        try:
            file = await self._downloader.download(artifact.url, to=self._data_dir / path)
        except DownloadRefused as error:
            if isinstance(error, DownloadDoubtful) and self._ended_within(job, LATE):
                raise DownloadPostponed(str(error)) from error
            _log.error("output_refused", job_id=job.id, index=artifact.index, detail=str(error))
            return await self._lose(artifact)
        except HostNotAllowed:
            raise
        except DownloadPostponed as error:
            if self._ended_within(job, GIVE_UP):
                raise
            _log.error("output_given_up", job_id=job.id, index=artifact.index, detail=str(error))
            return await self._lose(artifact)
        kept = replace(
            artifact,
            path=path,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            width=file.width,
            height=file.height,
        )
        await self._store.save_artifacts([kept])
        return kept

    async def _lose(self, artifact: Artifact) -> Artifact:
        """Note that an output is not here and never will be, also where it once was."""
        lost = replace(artifact, path=None, fitted=None)
        if lost != artifact:
            await self._store.save_artifacts([lost])
        return lost

    def _ended_within(self, job: Job, time: timedelta) -> bool:
        return job.ended_at is None or self._clock.now() - job.ended_at < time
