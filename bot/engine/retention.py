"""What is forgotten by age: finished jobs and fetched files, in small bites, and never what is still owed."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.engine.fetch import OUTPUTS
from bot.engine.ports import JobStore
from bot.engine.prepare import INPUTS
from bot.engine.published import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bot.domain.job import Job
    from bot.engine.moderation import AuditStore
    from bot.engine.ports import Clock

PRUNE_EVERY: Final = timedelta(days=1)
ERASE_EVERY: Final = timedelta(hours=1)
"""Discord signs an attachment's address for a day."""
PRUNE_MORE_AFTER: Final = timedelta(minutes=1)
"""How soon pruning goes on where one bite did not take all."""
BITE: Final = 200
"""How many jobs, and how many folders of files, go at once: the running bot must not notice."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How long what is kept.

    Args:
        jobs: A delivered job.
        files: The files of a delivered job; never longer than the job itself.
        moderation: What moderators did.
    """

    jobs: timedelta
    files: timedelta
    moderation: timedelta

    @classmethod
    def of_days(cls, *, jobs: int, files: int, moderation: int) -> Ages:
        """Make them of days."""
        return cls(jobs=timedelta(jobs), files=timedelta(files), moderation=timedelta(moderation))


class Archive(JobStore, Protocol):
    """A store that can forget."""

    async def prune(self, *, delivered_before: datetime, limit: int) -> list[str]:
        """Delete finished jobs that were delivered before a time, with their outputs and deliveries; answer their ids.

        Oldest first, at most ``limit``. Never one that still owes something, or that no place would take. Their entries
        stay in the ledger.
        """
        ...

    async def erase_signatures(self, *, now: datetime, limit: int) -> int:
        """Erase the signatures of finished jobs' inputs that Discord takes no more; answer of how many jobs.

        At most ``limit``. What is left of an address still says that it is dead.
        """
        ...


class Retention:
    """Prunes the store and the data folder.

    Files are found on the disk and not by their rows: each process cleans the folder that it can see, and what a crash
    left there goes too.

    Args:
        store: Where jobs live.
        audit: Where the moderation log is.
        data_dir: The data folder.
        clock: The time.
        ages: How long what is kept.
    """

    def __init__(self, *, store: Archive, audit: AuditStore, data_dir: Path, clock: Clock, ages: Ages) -> None:
        self._store = store
        self._audit = audit
        self._folders: Mapping[Path, Callable[[Job, datetime], bool]] = {
            data_dir / OUTPUTS: _needs_no_outputs,
            data_dir / INPUTS: _needs_no_inputs,
            data_dir / PUBLISHED: _is_fetched_by_nobody,
        }
        self._clock = clock
        self._has_begun = False
        self._ages = ages

    async def turn(self) -> timedelta:
        """Take one bite, and answer when to take the next; not right at the start, which has better things to do.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        if not self._has_begun:
            self._has_begun = True
            return PRUNE_MORE_AFTER
        return PRUNE_MORE_AFTER if await self.prune() else PRUNE_EVERY

    async def prune(self) -> bool:
        """Take one bite; answers whether there may be more to take.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        now, ages = self._clock.now(), self._ages
        folders = await self._prune_files(now - min(ages.files, ages.jobs))
        jobs = len(await self._store.prune(delivered_before=now - ages.jobs, limit=BITE))
        entries = await self._audit.prune_entries(before=now - ages.moderation, limit=BITE)
        if jobs or folders or entries:
            _log.info("pruned", jobs=jobs, folders=folders, moderation_entries=entries)
        return BITE in (jobs, folders, entries)

    async def erase_signatures(self) -> timedelta:
        """Erase the dead signatures of finished jobs, a bite at a time, and answer when to come back.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        erased = await self._store.erase_signatures(now=self._clock.now(), limit=BITE)
        if erased:
            _log.info("signatures_erased", jobs=erased)
        return PRUNE_MORE_AFTER if erased == BITE else ERASE_EVERY

    async def _prune_files(self, before: datetime) -> int:
        """Delete the folders of jobs that are delivered since long, or gone; answers how many."""
        deleted = 0
        for parent, is_done in self._folders.items():
            for folder in await asyncio.to_thread(_folders_older_than, parent, before):
                if deleted == BITE:
                    return deleted
                job = await self._store.get(folder.name)
                if job is None or is_done(job, before):
                    deleted += await asyncio.to_thread(_delete, folder)
        return deleted


def _needs_no_outputs(job: Job, before: datetime) -> bool:
    is_delivered = job.delivered_at is not None and job.delivered_at < before
    return is_delivered and job.undeliverable_at is None and not job.is_open


def _needs_no_inputs(job: Job, before: datetime) -> bool:
    """Whether its pictures are kept in Discord, or it came to an end without that: nothing is made of them any more."""
    return job.updated_at < before and (job.kept_at is not None or job.status.is_terminal)


def _is_fetched_by_nobody(job: Job, before: datetime) -> bool:
    return job.updated_at < before and job.status.is_terminal


def _delete(folder: Path) -> bool:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        _log.warning("folder_not_deleted", folder=str(folder), error=repr(error))
        return False
    return True


def _folders_older_than(parent: Path, before: datetime) -> list[Path]:
    """List the jobs' folders that were last written before a time, oldest first."""
    if not parent.is_dir():
        return []
    written = {folder: folder.stat().st_mtime for folder in parent.iterdir() if folder.is_dir()}
    old = [folder for folder, at in written.items() if datetime.fromtimestamp(at, UTC) < before]
    return sorted(old, key=lambda folder: written[folder])
