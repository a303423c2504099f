"""Notices of an outage in memory: the store, held to ``SqlNoticeStore`` by one contract suite, and the courier."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

from bot.domain.notice import NoticeChanges, OutageNotice, WaitingPlace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.domain.job import Job


class FakeNoticeStore:
    """A ``NoticeStore`` that forgets everything when it is dropped.

    Args:
        jobs: All jobs that there are.
    """

    def __init__(self, jobs: Callable[[], Iterable[Job]]) -> None:
        self._jobs = jobs
        self._notices: dict[int, OutageNotice] = {}

    async def places(self) -> list[WaitingPlace]:
        """Count the jobs that have not ended by the channel of their command."""
        waiting: dict[int, list[Job]] = {}
        for job in sorted(self._jobs(), key=lambda one: (one.created_at, one.interaction_id)):
            origin = job.origin
            if not (job.status.is_terminal or origin.by_interaction or origin.is_private):
                waiting.setdefault(origin.channel_id, []).append(job)
        return [_place(channel_id, jobs) for channel_id, jobs in sorted(waiting.items())]

    async def notices(self) -> list[OutageNotice]:
        """Read every notice."""
        return [one for _, one in sorted(self._notices.items())]

    async def begin(self, notice: OutageNotice, *, instead_of: str | None = None) -> OutageNotice:
        """Insert a notice or put it in the place of another."""
        known = self._notices.get(notice.channel_id)
        if known is None or known.nonce == instead_of:
            self._notices[notice.channel_id] = notice
        return self._notices[notice.channel_id]

    async def note(self, notice: OutageNotice, **changes: Unpack[NoticeChanges]) -> None:
        """Write what became of a notice that is still there."""
        known = self._notices.get(notice.channel_id)
        if known is not None and known.nonce == notice.nonce:
            self._notices[notice.channel_id] = replace(known, **changes)

    async def prune(self, *, over_before: datetime) -> int:
        """Delete the notices that were over before a time."""
        old = [key for key, one in self._notices.items() if one.over_at is not None and one.over_at < over_before]
        for key in old:
            del self._notices[key]
        return len(old)


def _place(channel_id: int, jobs: list[Job]) -> WaitingPlace:
    origin = jobs[0].origin
    return WaitingPlace(channel_id, origin.guild_id, origin.locale, len(jobs), origin.card_message_id)


@dataclass
class PostedNotice:
    """A notice as it stands in a channel, and how it came there."""

    message_id: int
    nonce: str
    channel_id: int
    states: list[tuple[bool, int]]
    """Whether it said that all is over, and how many remixes waited; one for the post and one for each edit."""


class FakeNoticeCourier:
    """Discord in memory: remembers what stands where, and raises what was armed."""

    def __init__(self) -> None:
        self.posted: list[PostedNotice] = []
        self.asked_for: list[int | None] = []
        self.loses_answers = False
        self._failures: dict[str, deque[Exception]] = {}

    @property
    def edits(self) -> int:
        """How often any notice was edited."""
        return sum(len(one.states) - 1 for one in self.posted)

    def heal(self) -> None:
        """Disarm every failure."""
        self._failures.clear()

    def fail(self, verb: str, *errors: Exception) -> None:
        """Let the next calls of a verb raise these errors in turn."""
        self._failures.setdefault(verb, deque()).extend(errors)

    async def post(self, notice: OutageNotice, *, waiting: int) -> int:
        """Post; with ``loses_answers`` an armed error comes after it was posted."""
        armed = self._failures.get("post")
        if armed and not self.loses_answers:
            raise armed.popleft()
        assert waiting > 0
        message_id = 8000 + len(self.posted)
        state = (notice.over_at is not None, waiting)
        self.posted.append(PostedNotice(message_id, notice.nonce, notice.channel_id, [state]))
        if armed:
            raise armed.popleft()
        return message_id

    def earliest_id(self) -> int | None:
        """Answer an id below those that will be given."""
        return 7999 + len(self.posted)

    async def edit(self, notice: OutageNotice, *, waiting: int) -> None:
        """Edit."""
        self._raise("edit")
        found = next(one for one in self.posted if one.message_id == notice.message_id)
        found.states.append((notice.over_at is not None, waiting))

    async def find(self, notice: OutageNotice, *, readable_id: int | None) -> int | None:
        """Look for a notice by its nonce."""
        self._raise("find")
        self.asked_for.append(readable_id)
        ids = (one.message_id for one in self.posted if one.nonce == notice.nonce)
        return next((message_id for message_id in ids if message_id > (notice.after_id or 0)), None)

    def _raise(self, verb: str) -> None:
        armed = self._failures.get(verb)
        if armed:
            raise armed.popleft()
