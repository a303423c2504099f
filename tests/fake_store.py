"""The store in memory: the same semantics as ``SqlJobStore``, held to it by one contract suite."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Unpack

from bot.domain.ledger import balance, refund
from bot.domain.status import REVIVAL, TRANSITIONS, FailureReason, JobStatus
from bot.errors import StaleJob
from tests.fake_audit import FakeAuditStore
from tests.fake_rows import by_age, changed, check_aware, has_dead_token, is_old, is_owed, rests, signed_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.job import Artifact, Delivery, Job, JobChanges
    from bot.domain.ledger import Entry
    from bot.domain.moderation import ModerationEntry
    from bot.domain.policy import Pause
    from bot.domain.unreadable import UnreadableJob

SILENCE: Final = timedelta(seconds=60)
"""An owner that was not heard of for so long is dead."""


def _real_time() -> datetime:
    return datetime.now(UTC)


class FakeJobStore:
    """A ``JobStore`` that forgets everything when it is dropped.

    Args:
        clock: Tells when a row changes, where the caller does not say it.
        shared: Whether several processes use it, as on PostgreSQL; else every other owner is dead, as on SQLite.
    """

    def __init__(self, *, clock: Callable[[], datetime] = _real_time, shared: bool = False) -> None:
        self._clock = clock
        self._is_shared = shared
        self._jobs: dict[str, Job] = {}
        self._entries: list[Entry] = []
        self._artifacts: dict[str, dict[int, Artifact]] = {}
        self._deliveries: dict[str, dict[int, Delivery]] = {}
        self._heartbeats: dict[str, datetime] = {}
        self._pause: Pause | None = None
        self._observers: list[Callable[[Job, Job, int], None]] = []
        self.audit = FakeAuditStore()
        self.set_apart: dict[str, UnreadableJob] = {}

    def observe(self, observer: Callable[[Job, Job, int], None]) -> None:
        """Let somebody know of what is changed from now on."""
        self._observers = [observer]

    # --- jobs ---------------------------------------------------------------------------------------------------------

    async def accept(self, job: Job, entries: Sequence[Entry]) -> Job:
        """Insert a job with its entries, or answer the one that is there."""
        check_aware((job.created_at, job.updated_at, *(entry.at for entry in entries)))
        for known in self._jobs.values():
            if known.interaction_id == job.interaction_id:
                return known
        for known in self._jobs.values():
            if job.retry_of is not None and known.retry_of == job.retry_of:
                return known
        self._entries += entries
        return self._keep(job)

    async def get(self, job_id: str) -> Job | None:
        """Read one job."""
        return self._jobs.get(job_id)

    async def adopt(self, owner_id: str, *, now: datetime) -> list[Job]:
        """Take over the open jobs of the dead, and answer all open jobs of this owner."""
        check_aware((now,))
        self._heartbeats = {who: at for who, at in self._heartbeats.items() if self._is_shared and at > now - SILENCE}
        self._heartbeats[owner_id] = now
        for job in [one for one in self._jobs.values() if is_owed(one)]:
            if job.owner_id not in self._heartbeats:
                self._keep(replace(job, owner_id=owner_id, updated_at=now))
        ours = (job for job in self._jobs.values() if is_owed(job) and job.owner_id == owner_id)
        return by_age(job for job in ours if not rests(job, now) and job.id not in self.set_apart)

    async def unreadable(self) -> list[UnreadableJob]:
        """Say what the test has set apart."""
        return list(self.set_apart.values())

    async def note_told(self, job_id: str, *, at: datetime) -> None:
        """Note that the requester of an unreadable job was told."""
        check_aware((at,))
        self.set_apart[job_id] = replace(self.set_apart[job_id], is_told=True)

    async def advance(
        self, job: Job, status: JobStatus, *, entries: Sequence[Entry] = (), **changes: Unpack[JobChanges]
    ) -> Job:
        """Move a job by compare and set."""
        if status not in TRANSITIONS[job.status]:
            raise ValueError(f"{job.status} -> {status} is not in the table of transitions")
        known = self._jobs.get(job.id)
        if known is None or known.status is not job.status:
            raise StaleJob
        is_hindered = known.cancel_requested_at is not None or known.owner_id != job.owner_id
        if status is JobStatus.SUBMITTING and is_hindered:
            raise StaleJob
        moved = changed(known, changes, status=status, card_revision=known.card_revision + 1, updated_at=self._clock())
        self._entries += entries
        return self._tell(known, moved)

    async def note(self, job_id: str, *, redraw: bool = False, **changes: Unpack[JobChanges]) -> Job:
        """Write facts that change no status."""
        known = self._known(job_id)
        revision = known.card_revision + int(redraw)
        return self._tell(known, changed(known, changes, card_revision=revision, updated_at=self._clock()))

    async def claim(self, job: Job, *, part: Delivery | None = None, **changes: Unpack[JobChanges]) -> Job:
        """Write that something is about to be sent, while the row still belongs to the process that ``job`` names."""
        if self._known(job.id).owner_id != job.owner_id:
            raise StaleJob
        if part is not None:
            await self.save_delivery(part)
        return await self.note(job.id, **changes)

    async def store_request(self, job_id: str, *, attempt_id: str, request_id: str, at: datetime) -> Job:
        """Keep the id of an accepted submission; may revive a job that failed as uncertain."""
        check_aware((at,))
        known = self._known(job_id)
        if known.attempt_id != attempt_id or known.request_id not in (None, request_id):
            raise StaleJob
        if known.request_id == request_id:
            return known
        is_revival = known.status is REVIVAL[0] and known.failure is FailureReason.UNCERTAIN
        if known.status is not JobStatus.SUBMITTING and not is_revival:
            raise StaleJob
        if is_revival:
            self._deliveries.pop(job_id, None)
        stored = replace(
            known,
            status=JobStatus.IN_QUEUE,
            request_id=request_id,
            submitted_at=at,
            updated_at=at,
            card_revision=known.card_revision + 1,
            failure=None,
            failure_detail=None,
            ended_at=None,
            delivered_at=None,
            undeliverable_at=None,
        )
        return self._keep(stored)

    async def request_cancel(self, job_id: str, *, by: int, at: datetime, entry: ModerationEntry | None = None) -> Job:
        """Set the flag of cancellation; PENDING becomes CANCELLED and gives back what it holds."""
        check_aware((at,))
        known = self._known(job_id)
        is_pending = known.status is JobStatus.PENDING
        if known.status.is_terminal or (known.cancel_requested_at is not None and not is_pending):
            return known
        flagged = replace(known, card_revision=known.card_revision + 1, updated_at=at)
        if known.cancel_requested_at is None:
            flagged = replace(flagged, cancel_requested_at=at, cancel_requested_by=by)
            if entry is not None:
                await self.audit.add(entry)
        if is_pending:
            flagged = replace(flagged, status=JobStatus.CANCELLED, ended_at=at)
            self._entries += refund(known, await self.entries(job_id), at=at)
        return self._tell(known, flagged)

    async def mark_shown(self, job_id: str, *, revision: int) -> Job:
        """Note which revision of the card Discord has shown."""
        known = self._known(job_id)
        shown = max(known.shown_revision, revision)
        return self._keep(replace(known, shown_revision=shown, updated_at=self._clock()))

    async def erase_tokens(self, *, now: datetime) -> int:
        """Erase the interaction tokens that have expired."""
        check_aware((now,))
        dead = [job for job in self._jobs.values() if has_dead_token(job, now)]
        for job in dead:
            origin = replace(job.origin, interaction_token=None, token_expires_at=None)
            self._keep(replace(job, origin=origin, updated_at=now))
        return len(dead)

    async def erase_signatures(self, *, now: datetime, limit: int) -> int:
        """Erase the dead signatures of finished jobs."""
        check_aware((now,))
        finished = [(signed_until(job), job) for job in self._jobs.values() if job.status.is_terminal]
        dead = [(at, job.id) for at, job in finished if at is not None and at <= now]
        for _, job_id in sorted(dead)[:limit]:
            job = self._jobs[job_id]
            inputs = tuple(one.without_dead_signatures(at=now) for one in job.request.inputs)
            self._keep(replace(job, request=replace(job.request, inputs=inputs)))
        return min(len(dead), limit)

    async def prune(self, *, delivered_before: datetime, limit: int) -> list[str]:
        """Delete old delivered jobs with their outputs and deliveries; the ledger stays."""
        check_aware((delivered_before,))
        old = [job for job in self._jobs.values() if is_old(job, delivered_before)]
        ids = [job.id for job in sorted(old, key=lambda job: (job.delivered_at, job.id))[:limit]]
        for job_id in ids:
            for table in (self._jobs, self._artifacts, self._deliveries):
                table.pop(job_id, None)
        return ids

    # --- outputs, deliveries, money -----------------------------------------------------------------------------------

    async def save_artifacts(self, artifacts: Sequence[Artifact]) -> None:
        """Insert or replace outputs."""
        for artifact in artifacts:
            self._known(artifact.job_id)
        for artifact in artifacts:
            self._artifacts.setdefault(artifact.job_id, {})[artifact.index] = artifact

    async def artifacts(self, job_id: str) -> list[Artifact]:
        """Read a job's outputs, in order."""
        return [one for _, one in sorted(self._artifacts.get(job_id, {}).items())]

    async def plan_deliveries(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Freeze a job's plan, once."""
        if not deliveries:
            return []
        job_id = self._known(deliveries[0].job_id).id
        self._deliveries.setdefault(job_id, {one.part: one for one in deliveries})
        return await self.deliveries(job_id)

    async def deliveries(self, job_id: str) -> list[Delivery]:
        """Read a job's plan, by part."""
        return [one for _, one in sorted(self._deliveries.get(job_id, {}).items())]

    async def save_delivery(self, delivery: Delivery) -> None:
        """Write what became of one part."""
        plan = self._deliveries.get(delivery.job_id, {})
        if delivery.part not in plan:
            raise StaleJob
        check_aware((delivery.first_attempt_at,))
        plan[delivery.part] = replace(
            plan[delivery.part],
            target_id=delivery.target_id,
            first_attempt_at=delivery.first_attempt_at,
            message_id=delivery.message_id,
            after_id=delivery.after_id,
            before_id=delivery.before_id,
        )

    async def entries(self, job_id: str) -> list[Entry]:
        """Read a job's entries, oldest first."""
        return sorted((one for one in self._entries if one.job_id == job_id), key=lambda one: one.at)

    # --- looking ------------------------------------------------------------------------------------------------------

    async def jobs_of_user(self, user_id: int, *, limit: int) -> list[Job]:
        """Read a person's jobs, those that have not ended before the others, each newest first."""
        newest_first = by_age(job for job in self._jobs.values() if job.origin.user_id == user_id)[::-1]
        return sorted(newest_first, key=lambda job: job.status.is_terminal)[:limit]

    async def open_jobs_of_guild(self, guild_id: int) -> list[Job]:
        """Read a server's jobs that have not ended, oldest first."""
        return by_age(
            job for job in self._jobs.values() if job.origin.guild_id == guild_id and not job.status.is_terminal
        )

    async def jobs_by_beginning(self, beginning: str, *, limit: int) -> list[Job]:
        """Read the jobs whose ids begin so, newest first."""
        return by_age(job for job in self._jobs.values() if job.id.startswith(beginning))[::-1][:limit]

    async def job_of_card(self, message_id: int) -> Job | None:
        """Find the job of a card."""
        return next((job for job in self._jobs.values() if job.origin.card_message_id == message_id), None)

    async def load_pause(self) -> Pause | None:
        """Read the pause that is in force."""
        return self._pause

    async def save_pause(self, pause: Pause | None) -> None:
        """Begin, prolong or end the pause."""
        if pause is not None:
            check_aware((pause.since, pause.retry_at))
        self._pause = pause

    def all_jobs(self) -> list[Job]:
        """Every job; beside the port, for doubles that read the same rows."""
        return list(self._jobs.values())

    # --- inside -------------------------------------------------------------------------------------------------------

    def _known(self, job_id: str) -> Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise StaleJob
        return job

    def _keep(self, job: Job) -> Job:
        self._jobs[job.id] = job
        return job

    def _tell(self, before: Job, after: Job) -> Job:
        """Keep a change and tell of it."""
        self._keep(after)
        spent = balance(one for one in self._entries if one.job_id == after.id)
        for observer in self._observers:
            observer(before, after, spent)
        return after
