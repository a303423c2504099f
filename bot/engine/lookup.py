"""The use cases of looking: which jobs there are, and what somebody may know of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.errors import JobNotFound, NotYourJob, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.job import Artifact, Delivery, Job
    from bot.domain.person import Person
    from bot.engine.answers import Progress
    from bot.engine.ports import JobStore
    from bot.engine.progress import ProgressBoard

_REFERENCE: Final = re.compile(r"#?(?P<beginning>[0-9a-f]{6,16})", re.IGNORECASE)
"""A job as people read it, ``#a1b2c3``, or its whole id."""
_LIKE_EACH_OTHER: Final = 20
"""How many jobs that begin alike are looked at; of sixteen million references, two seldom meet."""


@dataclass(frozen=True, slots=True)
class JobDetails:
    """All there is to tell about one job."""

    job: Job
    artifacts: Sequence[Artifact]
    deliveries: Sequence[Delivery]


class Lookup:
    """Reads jobs for people who may know of them.

    Args:
        store: Where jobs live.
        board: What is known of open jobs beside their rows.
    """

    def __init__(self, *, store: JobStore, board: ProgressBoard) -> None:
        self._jobs = store
        self._board = board

    async def get(self, job_id: str, *, by: Person) -> Job:
        """Read a job that this person may know of.

        Raises:
            JobNotFound: No such job, or of another server.
        """
        job = await self._jobs.get(job_id)
        if job is None or not by.may_know_of(job):
            raise JobNotFound
        return job

    async def manage(self, job_id: str, *, by: Person) -> Job:
        """Read a job that this person may manage: cancel it, delete its results.

        Raises:
            JobNotFound: No such job, or of another server.
            NotYourJob: Neither the requester nor a moderator of that place.
        """
        job = await self.get(job_id, by=by)
        if not by.may_manage(job):
            raise NotYourJob
        return job

    async def seen(self, job_id: str, *, by: Person) -> Job:
        """Read a job whose prompt, inputs, results and cost this person may see.

        Raises:
            JobNotFound: No such job, or of another server.
            Refused: ``place_unseen``: it was made where this person sees nothing now; ``age_restricted`` or
                ``age_unknown``: they ask where nothing may be told of it.
        """
        job = await self.get(job_id, by=by)
        if not by.may_see(job):
            raise Refused("place_unseen")
        require_tellable(job, by=by)
        return job

    async def see(self, reference: str, *, by: Person) -> Job:
        """Read a job whose result this person may see, by its id or by what people read of it.

        Raises:
            JobNotFound: No such job, or of another server.
            Refused: ``place_unseen``: it was made where this person sees nothing now; ``age_restricted`` or
                ``age_unknown``: they ask where nothing may be told of it.
        """
        match = _REFERENCE.fullmatch(reference.strip())
        if match is None:
            raise JobNotFound
        beginning = match["beginning"].lower()
        alike = await self._jobs.jobs_by_beginning(beginning, limit=_LIKE_EACH_OTHER)
        known = [job for job in alike if by.may_know_of(job)]
        seen = [job for job in known if by.may_see(job)]
        if not known:
            raise JobNotFound
        if not seen:
            raise Refused("place_unseen")
        found = max(seen, key=lambda job: (by.may_be_told_here(job), job.origin.user_id == by.user_id, job.created_at))
        require_tellable(found, by=by)
        return found

    async def details(self, job_id: str, *, by: Person) -> JobDetails:
        """Read a job with its outputs and messages.

        Raises:
            JobNotFound: No such job, or of another server.
            Refused: ``place_unseen``: it was made where this person sees nothing now; ``age_restricted`` or
                ``age_unknown``: they ask where nothing may be told of it.
        """
        job = await self.seen(job_id, by=by)
        artifacts = await self._jobs.artifacts(job.id)
        return JobDetails(job, artifacts, await self._jobs.deliveries(job.id))

    async def job_of_card(self, message_id: int, *, by: Person) -> Job:
        """Find the job of a status card.

        Raises:
            JobNotFound: The message is no card, or one of another server.
        """
        job = await self._jobs.job_of_card(message_id)
        if job is None or not by.may_know_of(job):
            raise JobNotFound
        return job

    async def jobs_of(self, user_id: int, *, limit: int = 15) -> list[Job]:
        """List a person's own jobs, those that have not ended before the others, each newest first."""
        return await self._jobs.jobs_of_user(user_id, limit=limit)

    async def jobs_to_moderate(self, *, by: Person) -> list[Job]:
        """List the jobs of this server that have not ended, where this person can see and moderate the place now."""
        if by.guild_id is None:
            return []
        jobs = await self._jobs.open_jobs_of_guild(by.guild_id)
        return [job for job in jobs if by.may_moderate(job)]

    def progress_of(self, job: Job) -> Progress:
        """Tell what is known of a job beside its row."""
        return self._board.of(job)


def require_tellable(job: Job, *, by: Person) -> None:
    """Refuse to show or repeat a job where the place is less age-restricted than the job's.

    Raises:
        Refused: ``age_restricted``, or ``age_unknown`` where nobody knows whether the job's place was.
    """
    if by.may_be_told_here(job):
        return
    raise Refused("age_restricted") if by.is_age_restricted(job) else Refused("age_unknown")
