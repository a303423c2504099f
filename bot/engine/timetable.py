"""When each lane of each job is due: the one place where failures turn into waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.status import JobStatus
from bot.engine.agenda import Agenda
from bot.engine.card_pace import CardPace
from bot.engine.schedule import (
    KEPT_TRIED_EVERY,
    RESUME_EVERY,
    Lane,
    Step,
    backoff,
    courier_step,
    next_poll,
    provider_step,
    spread,
    waits_for_thread,
)
from bot.errors import BotError, DeliveryPostponed, ProviderUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.domain.job import Job
    from bot.engine.ports import Clock
    from bot.engine.progress import ProgressBoard
    from bot.engine.threads import ThreadState

CARD_EVERY: Final = timedelta(seconds=4)
"""How often a card is edited at most for a queue position alone: Discord allows about five edits in five seconds a
channel, and lets the caller wait for more."""

LaneKey = tuple[str, Lane]
"""A job's id and one of its lanes."""
Key = tuple[str, Lane | None]
"""What is due: a lane of a job, or, without a lane, a chore of the loop."""

_log = structlog.stdlib.get_logger(__name__)


class Timetable:
    """Knows from a job's row, its failures and its last poll when its next step may run.

    Args:
        board: Says whether a card shows less than what is known.
        clock: The time.
        chance: Spreads waits; answers a number from 0 to 1.
    """

    def __init__(self, *, board: ProgressBoard, clock: Clock, chance: Callable[[], float]) -> None:
        self.agenda: Agenda[Key] = Agenda()
        self._board = board
        self._clock = clock
        self._chance = chance
        self._not_before: dict[LaneKey, datetime] = {}
        self._failures: dict[LaneKey, int] = {}
        self._card_at: dict[str, datetime] = {}
        self._resumed: datetime | None = None
        self._pace = CardPace()
        self._thread_at: dict[str, datetime] = {}

    def owed(self, job: Job, lane: Lane) -> Step | None:
        """Say which step a job owes on a lane."""
        if lane is Lane.PROVIDER:
            return provider_step(job)
        return courier_step(job, is_card_behind=self._board.is_behind(job), thread=self._thread(job))

    def plan(self, job: Job, lane: Lane) -> None:
        """Put a lane's next step into the agenda, or take it out where nothing is owed."""
        if lane is Lane.COURIER:
            self._plan_courier(job)
        else:
            self._set((job.id, lane), self._provider_due_at(job))

    def begin(self, job: Job, step: Step) -> None:
        """Note that a step begins: a card that the bot edits takes its channel's turn."""
        if step is Step.CARD and self._is_edited_by_bot(job):
            self._leave_pace(job.id)
            self._pace.take(job, self._clock.now())
            self._pace_channel(job.origin.channel_id)

    def note_success(self, job: Job, step: Step, lane: Lane) -> None:
        """Note that a step went well; a poll also says when the next one is due."""
        key, now = (job.id, lane), self._clock.now()
        self._failures.pop(key, None)
        self._not_before.pop(key, None)
        if step is Step.POLL and not job.status.is_terminal:  # what has ended is fetched at once
            wait = next_poll(job, queue_position=self._board.of(job).place)
            self._not_before[key] = now + spread(wait, self._chance())
        if step in (Step.CARD, Step.OPEN):
            self._card_at[job.id] = now

    def postpone(self, key: LaneKey, error: Exception) -> None:
        """Note that a step failed: the next attempt waits longer, and never less than the other side asked for."""
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        retry_after = error.retry_after if isinstance(error, ProviderUnavailable | DeliveryPostponed) else None
        wait = backoff(failures, retry_after=retry_after, chance=self._chance())
        self._not_before[key] = self._clock.now() + wait
        _log.warning(
            "step_postponed",
            job_id=key[0],
            lane=key[1].value,
            failures=failures,
            retry_in=wait.total_seconds(),
            detail=f"{type(error).__name__}: {error}",
            exc_info=not isinstance(error, BotError),
        )

    def resume(self, jobs: Iterable[Job], *, since: datetime | None) -> None:
        """Let the polls that a silence of the provider has put off follow soon, one by one; once for each silence.

        Args:
            jobs: All open jobs.
            since: When the provider began to answer again, if it was ever silent.
        """
        if since == self._resumed:
            return
        self._resumed, at = since, self._clock.now()
        for job in jobs:
            key = (job.id, Lane.PROVIDER)
            if job.status.is_in_flight and self._failures.get(key) and self._not_before[key] > at:
                self._not_before[key] = at
                self.agenda.hasten(key, at)
                at += RESUME_EVERY

    def shift(self, by: timedelta) -> None:
        """Move all times by so much: the clock was set."""
        self.agenda.shift(by)
        self._not_before = {key: at + by for key, at in self._not_before.items()}
        self._card_at = {key: at + by for key, at in self._card_at.items()}
        self._board.threads.shift(by)
        self._pace = CardPace()

    def forget(self, job_id: str) -> None:
        """Drop all that is known of a job."""
        self._card_at.pop(job_id, None)
        self._thread_at.pop(job_id, None)
        self._leave_pace(job_id)
        for lane in Lane:
            key = (job_id, lane)
            self._not_before.pop(key, None)
            self._failures.pop(key, None)
            self.agenda.drop(key)

    def _provider_due_at(self, job: Job) -> datetime | None:
        step = provider_step(job)
        if step is None or (step is Step.SUBMIT and job.status is JobStatus.PENDING):
            return None  # a job that is ready to be submitted waits for its turn, not for a time
        key, now = (job.id, Lane.PROVIDER), self._clock.now()
        if job.is_cancelling and not self._failures.get(key):
            return now
        return self._not_before.get(key, now)

    def _plan_courier(self, job: Job) -> None:
        self._note_thread(job)
        step = self.owed(job, Lane.COURIER)
        due_at = None if step is None else self._courier_due_at(job, step)
        if step is Step.CARD and due_at is not None and self._is_edited_by_bot(job):
            self._pace_channel(self._pace.join(job, due_at))
        else:
            self._leave_pace(job.id)
            self._set((job.id, Lane.COURIER), due_at)

    def _thread(self, job: Job) -> ThreadState:
        return self._board.threads.state(job, now=self._clock.now())

    def _note_thread(self, job: Job) -> None:
        """Note until when a message waits for its thread; the lane is looked at then, whatever else it owes."""
        self._thread_at.pop(job.id, None)
        if waits_for_thread(job, self._thread(job)):
            self._thread_at[job.id] = self._board.threads.changes_at(job, now=self._clock.now())

    def _is_edited_by_bot(self, job: Job) -> bool:
        return job.origin.token_at(self._clock.now()) is None

    def _leave_pace(self, job_id: str) -> None:
        channel_id = self._pace.leave(job_id)
        if channel_id is not None:
            self._pace_channel(channel_id)

    def _pace_channel(self, channel_id: int) -> None:
        """Let only the card be due whose turn is next in a channel; what it shows is read when it begins."""
        turn = self._pace.next_in(channel_id, self._clock.now())
        for job_id in self._pace.waiting_in(channel_id):
            self._set((job_id, Lane.COURIER), turn[1] if turn is not None and turn[0] == job_id else None)

    def _set(self, key: Key, due_at: datetime | None) -> None:
        thread_at = self._thread_at.get(key[0]) if key[1] is Lane.COURIER else None
        if thread_at is not None:
            due_at = thread_at if due_at is None else min(due_at, thread_at)
        if due_at is None:
            self.agenda.drop(key)
        else:
            self.agenda.set(key, due_at)

    def _courier_due_at(self, job: Job, step: Step) -> datetime:
        due_at = self._not_before.get((job.id, Lane.COURIER), self._clock.now())
        if step is Step.DELIVER and job.undeliverable_at is not None:
            return max(due_at, job.undeliverable_at + KEPT_TRIED_EVERY)
        only_position = step is Step.CARD and job.shown_revision >= job.card_revision
        if only_position and job.id in self._card_at:
            return max(due_at, self._card_at[job.id] + CARD_EVERY)
        return due_at
