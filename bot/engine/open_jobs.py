"""The jobs that a process has in hand, as their rows were last seen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.status import JobStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.domain.job import Job


class OpenJobs:
    """Remembers jobs by id and counts them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def get(self, job_id: str) -> Job | None:
        """Answer a job as it was last seen."""
        return self._jobs.get(job_id)

    def keep(self, job: Job) -> None:
        """Remember a job as it is now."""
        self._jobs[job.id] = job

    def forget(self, job_id: str) -> None:
        """Drop a job."""
        self._jobs.pop(job_id, None)

    @property
    def ids(self) -> set[str]:
        """Which jobs these are."""
        return set(self._jobs)

    @property
    def all(self) -> list[Job]:
        """Every one of them."""
        return list(self._jobs.values())

    @property
    def by_status(self) -> Mapping[JobStatus, int]:
        """Count them by where they stand."""
        return Counter(job.status for job in self._jobs.values())

    def in_flight(self, *, busy: Collection[str]) -> int:
        """Count those that the provider has, or is getting.

        Args:
            busy: The jobs with a step towards the provider under way; one that is ready is being submitted.
        """
        jobs = self._jobs.values()
        return sum(job.status.is_in_flight or (job.id in busy and _is_ready(job)) for job in jobs)

    def waiting(self, *, busy: Collection[str]) -> list[Job]:
        """Answer those that wait for their turn at the provider."""
        return [job for job in self._jobs.values() if _is_ready(job) and job.id not in busy]


def _is_ready(job: Job) -> bool:
    return job.status is JobStatus.PENDING and not job.awaits_pictures


def standing(job: Job) -> tuple[object, ...]:
    """What of a job decides whether it waits for a turn."""
    return job.status, job.attempts, job.awaits_pictures
