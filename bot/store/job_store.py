"""The store of jobs in SQL: each method of the port is one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Unpack

from bot.domain.ledger import balance
from bot.store import (
    acceptance,
    delivery_rows,
    job_rows,
    ledger_rows,
    owner_rows,
    pause_row,
    pruning,
    signatures,
    transitions,
    unreadable_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bot.domain.job import Artifact, Delivery, Job, JobChanges
    from bot.domain.ledger import Entry
    from bot.domain.moderation import ModerationEntry
    from bot.domain.policy import Pause
    from bot.domain.status import JobStatus
    from bot.domain.unreadable import UnreadableJob
    from bot.store.database import Database


def _real_time() -> datetime:
    return datetime.now(UTC)


class SqlJobStore:
    """The ``JobStore`` on SQLite or PostgreSQL.

    Args:
        database: Where the rows are.
        clock: Tells when a row changes, where the caller does not say it.
        heartbeat_clock: Tells when an owner was heard of; None leaves it to the clock of a shared database.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = _real_time,
        heartbeat_clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._heartbeat_clock = heartbeat_clock
        self._database = database
        self._clock = clock
        self._adopters: set[str] = set()
        self._observer: Callable[[Job, Job, int], None] | None = None

    def observe(self, observer: Callable[[Job, Job, int], None]) -> None:
        """Let somebody know of what is committed from now on."""
        self._observer = observer

    # --- jobs ---------------------------------------------------------------------------------------------------------

    async def accept(self, job: Job, entries: Sequence[Entry]) -> Job:
        """Insert a job with its entries, or answer the one that is there."""
        return await self._database.write(partial(acceptance.accept, job=job, entries=entries))

    async def get(self, job_id: str) -> Job | None:
        """Read one job."""
        return await self._database.read(partial(job_rows.get, job_id=job_id))

    async def adopt(self, owner_id: str, *, now: datetime) -> list[Job]:
        """Take over the open jobs of the dead, and answer all of this owner; where it has company, a heartbeat."""
        is_first = owner_id not in self._adopters
        take = partial(owner_rows.take_all, owner_id=owner_id, now=now, is_first=is_first)
        if self._database.is_shared:
            beat_at = self._heartbeat_clock() if self._heartbeat_clock is not None else None
            take = partial(owner_rows.take_orphans, owner_id=owner_id, now=now, beat_at=beat_at, is_first=is_first)
        jobs = await self._database.write(take)
        self._adopters.add(owner_id)
        return jobs

    async def unreadable(self) -> list[UnreadableJob]:
        """Say what is set apart because its row cannot be read, oldest first."""
        return await self._database.read(unreadable_rows.set_apart)

    async def note_told(self, job_id: str, *, at: datetime) -> None:
        """Note that the requester of an unreadable job was told, or never can be."""
        await self._database.write(partial(unreadable_rows.note_told, job_id=job_id, at=at))

    async def advance(
        self, job: Job, status: JobStatus, *, entries: Sequence[Entry] = (), **changes: Unpack[JobChanges]
    ) -> Job:
        """Move a job by compare and set.

        Raises:
            StaleJob: The row no longer stands where ``job`` does.
            ValueError: The table of transitions does not know this step.
        """
        transitions.check(job.status, status)
        values = {**changes, "updated_at": self._clock()}
        return await self._observed(
            job.id, partial(transitions.advance, job=job, status=status, entries=entries, changes=values)
        )

    async def note(self, job_id: str, *, redraw: bool = False, **changes: Unpack[JobChanges]) -> Job:
        """Write facts that change no status.

        Raises:
            StaleJob: There is no such job.
        """
        values = {**changes, "updated_at": self._clock()}
        return await self._observed(job_id, partial(transitions.note, job_id=job_id, redraw=redraw, changes=values))

    async def claim(self, job: Job, *, part: Delivery | None = None, **changes: Unpack[JobChanges]) -> Job:
        """Write that something is about to be sent, while the row still belongs to the process that ``job`` names.

        Raises:
            StaleJob: Another process has taken the job over, or the part is in no plan.
        """
        values = {**changes, "updated_at": self._clock()}
        return await self._database.write(partial(transitions.claim, job=job, part=part, changes=values))

    async def store_request(self, job_id: str, *, attempt_id: str, request_id: str, at: datetime) -> Job:
        """Keep the id of an accepted submission; may revive a job that failed as uncertain.

        Raises:
            StaleJob: The row has another attempt.
        """
        return await self._database.write(
            partial(transitions.store_request, job_id=job_id, attempt_id=attempt_id, request_id=request_id, at=at)
        )

    async def request_cancel(self, job_id: str, *, by: int, at: datetime, entry: ModerationEntry | None = None) -> Job:
        """Set the flag of cancellation; PENDING becomes CANCELLED and gives back what it holds.

        Raises:
            StaleJob: There is no such job.
        """
        return await self._observed(
            job_id, partial(transitions.request_cancel, job_id=job_id, by=by, at=at, entry=entry)
        )

    async def mark_shown(self, job_id: str, *, revision: int) -> Job:
        """Note which revision of the card Discord has shown.

        Raises:
            StaleJob: There is no such job.
        """
        return await self._database.write(
            partial(transitions.mark_shown, job_id=job_id, revision=revision, at=self._clock())
        )

    async def erase_tokens(self, *, now: datetime) -> int:
        """Erase the interaction tokens that have expired."""
        return await self._database.write(partial(transitions.erase_tokens, now=now))

    async def erase_signatures(self, *, now: datetime, limit: int) -> int:
        """Erase the dead signatures of finished jobs, and answer of how many jobs."""
        return await self._database.write(partial(signatures.erase, now=now, limit=limit))

    async def prune(self, *, delivered_before: datetime, limit: int) -> list[str]:
        """Delete old delivered jobs with their outputs and deliveries, and answer their ids; the ledger stays."""
        return await self._database.write(partial(pruning.prune, before=delivered_before, limit=limit))

    # --- outputs, deliveries, money -----------------------------------------------------------------------------------

    async def save_artifacts(self, artifacts: Sequence[Artifact]) -> None:
        """Insert or replace outputs.

        Raises:
            StaleJob: There is no such job.
        """
        await self._database.write(partial(delivery_rows.save_artifacts, outputs=artifacts))

    async def artifacts(self, job_id: str) -> list[Artifact]:
        """Read a job's outputs, in order."""
        return await self._database.read(partial(delivery_rows.artifacts_of, job_id=job_id))

    async def plan_deliveries(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Freeze a job's plan, once.

        Raises:
            StaleJob: There is no such job.
        """
        return await self._database.write(partial(delivery_rows.plan, wanted=deliveries))

    async def deliveries(self, job_id: str) -> list[Delivery]:
        """Read a job's plan, by part."""
        return await self._database.read(partial(delivery_rows.deliveries_of, job_id=job_id))

    async def save_delivery(self, delivery: Delivery) -> None:
        """Write what became of one part.

        Raises:
            StaleJob: It is in no plan.
        """
        await self._database.write(partial(delivery_rows.save_delivery, delivery=delivery))

    async def entries(self, job_id: str) -> list[Entry]:
        """Read a job's entries, oldest first."""
        return await self._database.read(partial(ledger_rows.of_job, job_id=job_id))

    # --- looking ------------------------------------------------------------------------------------------------------

    async def jobs_of_user(self, user_id: int, *, limit: int) -> list[Job]:
        """Read a person's jobs, those that have not ended before the others, each newest first."""
        return await self._database.read(partial(job_rows.of_user, user_id=user_id, limit=limit))

    async def open_jobs_of_guild(self, guild_id: int) -> list[Job]:
        """Read a server's jobs that have not ended, oldest first."""
        return await self._database.read(partial(job_rows.open_of_guild, guild_id=guild_id))

    async def jobs_by_beginning(self, beginning: str, *, limit: int) -> list[Job]:
        """Read the jobs whose ids begin so, newest first."""
        return await self._database.read(partial(job_rows.beginning_with, beginning=beginning, limit=limit))

    async def job_of_card(self, message_id: int) -> Job | None:
        """Find the job of a card."""
        return await self._database.read(partial(job_rows.of_card, message_id=message_id))

    async def load_pause(self) -> Pause | None:
        """Read the pause that is in force."""
        return await self._database.read(pause_row.load)

    async def save_pause(self, pause: Pause | None) -> None:
        """Begin, prolong or end the pause."""
        await self._database.write(partial(pause_row.save, pause=pause))

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _observed(self, job_id: str, change: Callable[[Connection], Job]) -> Job:
        """Change a row; tell the observer once that is committed."""
        if self._observer is None:
            return await self._database.write(change)
        before, after, spent = await self._database.write(partial(_compared, job_id=job_id, change=change))
        self._observer(before, after, spent)
        return after


def _compared(connection: Connection, *, job_id: str, change: Callable[[Connection], Job]) -> tuple[Job, Job, int]:
    """Change a row; answer it before and after that, and what the ledger holds for it where the job has ended."""
    before = job_rows.lock(connection, job_id)
    after = change(connection)
    return before, after, balance(ledger_rows.of_job(connection, job_id)) if after.status.is_terminal else 0
