"""What the engine needs of the world, as protocols; adapters around it implement them.

No exception of a library crosses a port: adapters raise what ``bot.errors`` names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Unpack

from bot.engine.courier_port import Courier
from bot.engine.image_inspector import ImageInspector

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.domain.job import Artifact, Delivery, Job, JobChanges
    from bot.domain.ledger import Entry
    from bot.domain.moderation import ModerationEntry
    from bot.domain.policy import Pause
    from bot.domain.status import CancelOutcome, JobStatus
    from bot.domain.unreadable import UnreadableJob
    from bot.engine.answers import (
        DownloadedFile,
        ModelInfo,
        RequestResult,
        RequestStatus,
    )

__all__ = ["Clock", "Courier", "Downloader", "ImageInspector", "JobStore", "Provider"]


class Clock(Protocol):
    """The time, so that tests can step it."""

    def now(self) -> datetime:
        """Tell the time, aware, in UTC."""
        ...


# --- the store --------------------------------------------------------------------------------------------------------


class JobStore(Protocol):
    """Jobs, their outputs, their deliveries and their money, on disk.

    Each method is one transaction. Each change of a job answers the job as it now stands.
    """

    def observe(self, observer: Callable[[Job, Job, int], None]) -> None:
        """Let somebody know of each end, each new failure and each delivery that a call on this store has committed.

        ``observer`` takes the row before, the row after, and what the ledger holds for the job by then.
        """
        ...

    async def accept(self, job: Job, entries: Sequence[Entry]) -> Job:
        """Insert a job with its ledger entries.

        A repeated ``interaction_id`` or ``retry_of`` changes nothing and answers the job that is there.
        """
        ...

    async def get(self, job_id: str) -> Job | None:
        """Read one job."""
        ...

    async def adopt(self, owner_id: str, *, now: datetime) -> list[Job]:
        """Own every open job that has no living owner (no other lives on a single process's database); answer them.

        A row that cannot be read is set apart and not answered: at the first call of an owner each is tried again.
        A result that no place took is answered when it is to be tried again.
        """
        ...

    async def unreadable(self) -> list[UnreadableJob]:
        """Say what is set apart because its row cannot be read, oldest first."""
        ...

    async def note_told(self, job_id: str, *, at: datetime) -> None:
        """Note that the requester of an unreadable job was told, or never can be."""
        ...

    async def advance(
        self, job: Job, status: JobStatus, *, entries: Sequence[Entry] = (), **changes: Unpack[JobChanges]
    ) -> Job:
        """Move a job to the next status, by compare and set on the status that ``job`` holds.

        The card's revision grows. PENDING -> SUBMITTING also requires that no cancellation was asked for, and that the
        row belongs to the process that ``job`` names.

        Raises:
            StaleJob: The row no longer stands where ``job`` does.
            ValueError: TRANSITIONS does not know this step.
        """
        ...

    async def note(self, job_id: str, *, redraw: bool = False, **changes: Unpack[JobChanges]) -> Job:
        """Write facts that change no status; ``redraw`` lets the card's revision grow.

        Raises:
            StaleJob: There is no such job.
        """
        ...

    async def claim(self, job: Job, *, part: Delivery | None = None, **changes: Unpack[JobChanges]) -> Job:
        """Write that something is about to be sent, while the row still belongs to the process that ``job`` names.

        ``part`` is written too, as ``save_delivery`` does, in the same transaction.

        Raises:
            StaleJob: Another process has taken the job over: nothing may be sent.
        """
        ...

    async def store_request(self, job_id: str, *, attempt_id: str, request_id: str, at: datetime) -> Job:
        """Keep the ``request_id`` of an accepted submission, by ``attempt_id``.

        SUBMITTING becomes IN_QUEUE; so does FAILED(uncertain) of the same attempt, in favour of paid work. What was
        told of that failure is undone (``delivered_at``, the plan of deliveries). Repeating it changes nothing.

        Raises:
            StaleJob: The row has another attempt.
        """
        ...

    async def request_cancel(self, job_id: str, *, by: int, at: datetime, entry: ModerationEntry | None = None) -> Job:
        """Set the flag of cancellation once; a PENDING job becomes CANCELLED in the same statement.

        Where it was this call that set the flag, ``entry`` is written with it.

        What a job that is CANCELLED so has held is given back; one that was flagged before and put back to PENDING is
        CANCELLED too. A job that is terminal is left as it is. The card's revision grows when something changed.

        Raises:
            StaleJob: There is no such job.
        """
        ...

    async def mark_shown(self, job_id: str, *, revision: int) -> Job:
        """Note that Discord has shown this revision of the card (never lowers it)."""
        ...

    async def erase_tokens(self, *, now: datetime) -> int:
        """Erase every interaction token that has expired, and answer how many there were."""
        ...

    async def save_artifacts(self, artifacts: Sequence[Artifact]) -> None:
        """Insert or replace outputs, by job and index."""
        ...

    async def artifacts(self, job_id: str) -> list[Artifact]:
        """Read a job's outputs, in order."""
        ...

    async def plan_deliveries(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Freeze the plan of messages for a job; if one is frozen already, that one is answered."""
        ...

    async def deliveries(self, job_id: str) -> list[Delivery]:
        """Read a job's plan, by part."""
        ...

    async def save_delivery(self, delivery: Delivery) -> None:
        """Write the target, first attempt and message id of one part."""
        ...

    async def entries(self, job_id: str) -> list[Entry]:
        """Read a job's ledger entries, oldest first."""
        ...

    async def jobs_of_user(self, user_id: int, *, limit: int) -> list[Job]:
        """Read a person's jobs, those that have not ended before the others, each newest first."""
        ...

    async def open_jobs_of_guild(self, guild_id: int) -> list[Job]:
        """Read a server's jobs that have not ended, oldest first."""
        ...

    async def jobs_by_beginning(self, beginning: str, *, limit: int) -> list[Job]:
        """Read the jobs whose ids begin so, newest first."""
        ...

    async def job_of_card(self, message_id: int) -> Job | None:
        """Find the job of a status card."""
        ...

    async def load_pause(self) -> Pause | None:
        """Read the pause that is in force."""
        ...

    async def save_pause(self, pause: Pause | None) -> None:
        """Begin, prolong or end the pause."""
        ...


# --- the provider -----------------------------------------------------------------------------------------------------


class Provider(Protocol):
    """The remote queue API. It classifies and never retries."""

    async def submit(self, model_id: str, payload: Mapping[str, object]) -> str:
        """Send the one paid POST and answer the ``request_id``.

        Raises:
            ProviderUnavailable: Surely not accepted (no byte left us, or the provider itself asks for patience).
            SubmissionUncertain: Nobody knows.
            ProviderRejected: Refused for what it says.
            ProviderUnauthorized: Our token is refused.
            OutOfCredit: The account is empty.
        """
        ...

    async def status(self, request_id: str) -> RequestStatus:
        """Poll.

        Raises:
            ProviderUnavailable: No answer now.
            ProviderRejected: Refused; code ``404001`` where the request is unknown to it, ``404`` where perhaps it is.
            ProviderUnauthorized: Our token is refused.
            ProviderProtocolError: The answer cannot be read.
        """
        ...

    async def result(self, request_id: str, *, sent_urls: Sequence[str] = ()) -> RequestResult:
        """Read the result; raises as ``status`` does. URLs that we sent are no outputs."""
        ...

    async def cancel(self, request_id: str) -> CancelOutcome:
        """Ask to cancel and answer the provider's own outcome; raises as ``status`` does."""
        ...

    async def balance(self) -> int | None:
        """Ask what the account holds; raises as ``status`` does.

        Returns:
            Micro-dollars, perhaps none or less; None where it is not asked for.
        """
        ...

    async def model(self, model_id: str) -> ModelInfo:
        """Read what is published about a model; free, so it also proves that the provider answers.

        Raises as ``status`` does.
        """
        ...


class Downloader(Protocol):
    """Brings outputs to our disk."""

    def permits(self, url: str) -> bool:
        """Whether an output at this address may be fetched, and be linked for people."""
        ...

    async def download(self, url: str, *, to: Path) -> DownloadedFile:
        """Stream one output into a file, whole or not at all.

        Raises:
            DownloadPostponed: It may be had later.
            DownloadRefused: It never will.
        """
        ...
