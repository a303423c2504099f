"""What is forgotten by age: finished jobs and fetched files, in small bites, and never what is still owed."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.engine.fetch import OUTPUTS
from bot.engine.ports import JobStore

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.job import Job
    from bot.engine.ports import Clock

PRUNE_EVERY: Final = timedelta(days=1)
PRUNE_MORE_AFTER: Final = timedelta(minutes=1)
"""How soon pruning goes on where one bite did not take all."""
BITE: Final = 200
"""How many jobs, and how many folders of files, go at once: the running bot must not notice."""

_log = structlog.stdlib.get_logger(__name__)


class Archive(JobStore, Protocol):
    """A store that can forget."""

    async def prune(self, *, delivered_before: datetime, limit: int) -> list[str]:
        """Delete finished jobs that were delivered before a time, with their outputs and deliveries; answer their ids.

        Oldest first, at most ``limit``. Never one that still owes something, or that no place would take. Their entries
        stay in the ledger.
        """
        ...


class Retention:
    """Prunes the store and the data folder.

    Files are found on the disk and not by their rows: each process cleans the folder that it can see, and what a crash
    left there goes too.

    Args:
        store: Where jobs live.
        data_dir: The data folder.
        clock: The time.
        keep_jobs: How long a delivered job is remembered.
        keep_files: How long the files of a delivered job stay.
    """

    def __init__(
        self, *, store: Archive, data_dir: Path, clock: Clock, keep_jobs: timedelta, keep_files: timedelta
    ) -> None:
        self._store = store
        self._outputs = data_dir / OUTPUTS
        self._clock = clock
        self._keep_jobs = keep_jobs
        self._keep_files = min(keep_files, keep_jobs)

    async def prune(self) -> bool:
        """Take one bite; answers whether there may be more to take.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        now = self._clock.now()
        folders = await self._prune_files(now - self._keep_files)
        jobs = await self._store.prune(delivered_before=now - self._keep_jobs, limit=BITE)
        if jobs or folders:
            _log.info("pruned", jobs=len(jobs), folders=folders)
        return len(jobs) == BITE or folders == BITE

    async def _prune_files(self, before: datetime) -> int:
        """Delete the folders of jobs that are delivered since long, or gone; answers how many."""
        deleted = 0
        for folder in await asyncio.to_thread(_folders_older_than, self._outputs, before):
            if deleted == BITE:
                break
            job = await self._store.get(folder.name)
            if job is None or _needs_no_files(job, before):
                deleted += await asyncio.to_thread(_delete, folder)
        return deleted


def _needs_no_files(job: Job, before: datetime) -> bool:
    is_delivered = job.delivered_at is not None and job.delivered_at < before
    return is_delivered and job.undeliverable_at is None and not job.is_open


def _delete(folder: Path) -> bool:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        _log.warning("folder_not_deleted", folder=str(folder), error=repr(error))
        return False
    return True


def _folders_older_than(outputs: Path, before: datetime) -> list[Path]:
    """List the jobs' folders that were last written before a time, oldest first."""
    if not outputs.is_dir():
        return []
    written = {folder: folder.stat().st_mtime for folder in outputs.iterdir() if folder.is_dir()}
    old = [folder for folder, at in written.items() if datetime.fromtimestamp(at, UTC) < before]
    return sorted(old, key=lambda folder: written[folder])
