"""Galleries in memory: what was posted where, and URLs that are signed anew with every reading."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.gallery import Posted
from bot.errors import DeliveryPostponed, PlaceUnreadable, TooLarge, Undeliverable

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.engine.gallery import Gallery
    from bot.engine.ports import Clock

SIGNED_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True)
class PostedGallery:
    """A gallery that the fake courier has."""

    message_id: int
    job_id: str
    gallery: Gallery
    contents: tuple[bytes, ...]

    @property
    def filenames(self) -> list[str]:
        """What its files are called."""
        return [one.filename for one in self.gallery.pictures]


class FakeGalleries:
    """The port without Discord; a test closes places, deletes galleries and arms failures.

    Args:
        clock: When URLs are signed.
    """

    def __init__(self, *, clock: Clock) -> None:
        self.posted: list[PostedGallery] = []
        self.is_down = False
        self.loses_answers = False
        self.is_readable = True
        self.closed: set[int] = set()
        self.limit = 10 * 1024 * 1024
        self.taken_at_most: int | None = None
        self.reads = 0
        self._clock = clock
        self._failures: deque[Exception] = deque()

    # --- what a test does ---------------------------------------------------------------------------------------------

    def fail(self, *errors: Exception) -> None:
        """Let the next posts raise these errors in turn; with ``loses_answers`` after they were posted."""
        self._failures.extend(errors)

    def of(self, job: Job) -> list[PostedGallery]:
        """The galleries of a job."""
        return [one for one in self.posted if one.job_id == job.id]

    def delete(self, job: Job) -> None:
        """Delete the gallery of a job, as a moderator does."""
        self.posted = [one for one in self.posted if one.job_id != job.id]

    # --- the port -----------------------------------------------------------------------------------------------------

    def upload_limit(self, job: Job, target_id: int | None) -> int:
        """Answer the limit that the test set."""
        return self.limit if target_id is not None else job.origin.upload_limit or self.limit

    async def post(self, job: Job, gallery: Gallery) -> Posted:
        """Note a gallery with the contents of its files."""
        self._reach(gallery.target_id)
        error = self._failures.popleft() if self._failures else None
        if error is not None and not self.loses_answers:
            raise error
        contents = tuple(one.path.read_bytes() for one in gallery.pictures)
        if self.taken_at_most is not None and any(len(one) > self.taken_at_most for one in contents):
            raise TooLarge
        assert all(len(data) <= self.limit for data in contents)
        posted = PostedGallery(5000 + len(self.posted), job.id, gallery, contents)
        self.posted.append(posted)
        if error is not None:
            raise error
        return self._signed(posted)

    async def find(self, job: Job, target_id: int) -> Posted | None:
        """Look for a gallery that was posted before."""
        self._reach(target_id)
        if not self.is_readable:
            raise PlaceUnreadable("history cannot be read", retry_after=timedelta(minutes=5))
        for one in self.of(job):
            if one.gallery.target_id == target_id:
                return self._signed(one)
        return None

    async def read(self, channel_id: int, message_id: int) -> Posted:
        """Sign the URLs of a gallery anew."""
        self.reads += 1
        self._reach(channel_id)
        for one in self.posted:
            if one.message_id == message_id:
                return self._signed(one)
        raise Undeliverable("10008")

    def _reach(self, channel_id: int) -> None:
        if self.is_down:
            raise DeliveryPostponed("503")
        if channel_id in self.closed:
            raise Undeliverable("50001")

    def _signed(self, one: PostedGallery) -> Posted:
        ex = int((self._clock.now() + SIGNED_FOR).timestamp())
        place = f"https://cdn.discordapp.com/attachments/{one.gallery.target_id}/{one.message_id}"
        urls = tuple(f"{place}/{name}?ex={ex:x}&is=1&hm=2" for name in one.filenames)
        return Posted(one.gallery.target_id, one.message_id, urls)
