"""What is known of each open job beside its row, kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine.answers import Progress
from bot.engine.threads import Threads

if TYPE_CHECKING:
    from bot.domain.job import Job

NOTHING_KNOWN = Progress()


class ProgressBoard:
    """Where steps pin what they learn, and cards read it.

    Attributes:
        threads: When threads are asked for.
    """

    def __init__(self) -> None:
        self.threads = Threads()
        self._known: dict[str, Progress] = {}
        self._shown: dict[str, Progress] = {}

    def of(self, job: Job) -> Progress:
        """Tell what is known of a job."""
        return self._known.get(job.id, NOTHING_KNOWN)

    def pin(self, job: Job, progress: Progress) -> None:
        """Replace what is known of a job."""
        self._known[job.id] = progress

    def mark_shown(self, job: Job, progress: Progress) -> None:
        """Remember what the card shows."""
        self._shown[job.id] = progress

    def is_behind(self, job: Job) -> bool:
        """Whether the card shows something older than what is known.

        A card of an earlier process is taken to show its row alone, so that what is learnt since is drawn.
        """
        return self._shown.get(job.id, NOTHING_KNOWN) != self.of(job)

    def forget(self, job_id: str) -> None:
        """Drop a job that is no longer open."""
        self._known.pop(job_id, None)
        self._shown.pop(job_id, None)
        self.threads.forget(job_id)
