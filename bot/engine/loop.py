"""The loop: takes the jobs that this process owns and runs whatever step is due, until nothing is owed.

A job moves on two lanes at once, towards the provider and towards its people. Each lane runs one step at a time; when a
step ends, the row says which is next. A step that fails is postponed with backoff: here, and nowhere else.
"""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from bot.engine.dispatch import Dispatcher
from bot.engine.open_jobs import OpenJobs, standing
from bot.engine.ownership import OWNED_FOR
from bot.engine.schedule import Lane, Step, provider_step
from bot.engine.timetable import Key, LaneKey, Timetable
from bot.engine.under_way import UnderWay
from bot.errors import StaleJob

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.domain.job import Job
    from bot.domain.status import JobStatus
    from bot.engine.gate import Gate
    from bot.engine.ports import Clock, JobStore
    from bot.engine.progress import ProgressBoard

    Steps = Mapping[Step, Callable[[Job], Awaitable[Job]]]
    Chore = Callable[[], Awaitable[timedelta]]

REFRESH_EVERY: Final = timedelta(seconds=10)
"""How often rows are read anew: the heartbeat of ownership, and what heals a memory that went wrong."""
LOOK_FIRST: Final = timedelta(milliseconds=200)
"""How long everything else waits while it looks."""

_DISPATCH: Final[Key] = ("dispatch", None)
_REFRESH: Final[Key] = ("refresh", None)

_log = structlog.stdlib.get_logger(__name__)


class Loop:
    """Drives every open job of this process to its end.

    Args:
        store: Where jobs live.
        steps: What can be done with a job, by name.
        gate: Admits paid submissions.
        board: What is known of open jobs beside their rows.
        clock: The time.
        owner_id: This process.
        max_in_flight: How many requests the provider may have of us at once.
        chores: What else is done now and then, by name; each answers when to come back.
        chance: Spreads waits; answers a number from 0 to 1.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        steps: Steps,
        gate: Gate,
        board: ProgressBoard,
        clock: Clock,
        owner_id: str,
        max_in_flight: int,
        chores: Mapping[str, Chore] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.last_turn_at: datetime | None = None
        self._store = store
        self._steps = steps
        self._gate = gate
        self._board = board
        self._clock = clock
        self._owner_id = owner_id
        self._extra: Mapping[Key, Chore] = {(name, None): chore for name, chore in (chores or {}).items()}
        self._chores: Mapping[Key, Callable[[], Awaitable[None]]] = {
            _DISPATCH: self._dispatch,
            _REFRESH: self._refresh,
            **{key: partial(self._repeat, key) for key in self._extra},
        }
        self._dispatcher = Dispatcher(gate=gate, board=board, clock=clock, max_in_flight=max_in_flight)
        self._times = Timetable(board=board, clock=clock, chance=chance)
        self._agenda = self._times.agenda
        self._jobs = OpenJobs()
        self._running = UnderWay()
        self._changed_meanwhile: set[str] = set()
        self._woken = asyncio.Event()
        self._is_stopping = False
        self.refreshed_at: datetime | None = None

    # --- from outside -------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take over the pause and every open job that an earlier process left."""
        await self._gate.load()
        await self._refresh()
        for key in self._extra:
            self._agenda.set(key, self._clock.now())

    async def run(self) -> None:
        """Run steps as they fall due, until stopped or cancelled."""
        while not self._is_stopping:
            self._woken.clear()
            self._start_due(self._clock.now())
            next_at = self._agenda.next_at()
            wait = None if next_at is None else max((next_at - self._clock.now()).total_seconds(), 0)
            try:
                await asyncio.wait_for(self._woken.wait(), wait)
            except TimeoutError:
                continue

    async def tick(self, now: datetime) -> None:
        """Run every step that is due at ``now`` and wait until none is under way: one turn of the loop, for tests."""
        self._start_due(now)
        await self._running.rest()

    @property
    def open_jobs(self) -> int:
        """How many jobs are not at their end before their people's eyes."""
        return len(self._jobs.ids)

    @property
    def jobs_by_status(self) -> Mapping[JobStatus, int]:
        """Count them by where they stand."""
        return self._jobs.by_status

    @property
    def in_flight(self) -> int:
        """How many requests the provider has of us, or is getting."""
        return self._jobs.in_flight(busy=self._running.on(Lane.PROVIDER))

    def next_at(self) -> datetime | None:
        """Say when the next step is due."""
        return self._agenda.next_at()

    def wake(self, job: Job) -> None:
        """Take note that somebody else created or changed a job; one of another process is for that one to read."""
        if job.owner_id != self._owner_id:
            return
        self._changed_meanwhile.add(job.id)
        self._remember(job)
        self._woken.set()

    async def stop(self, *, grace_seconds: float) -> None:
        """Start nothing more, let the steps under way end, and cancel those that do not within the grace."""
        self._is_stopping = True
        self._woken.set()
        await self._running.stop(grace_seconds=grace_seconds)

    # --- what is due --------------------------------------------------------------------------------------------------

    def _start_due(self, now: datetime) -> None:
        if self.last_turn_at is not None and now < self.last_turn_at:
            self._go_back(self.last_turn_at - now)
        self.last_turn_at = now
        is_owner = self.refreshed_at is not None and now - self.refreshed_at <= OWNED_FOR
        for key in self._agenda.take_due(now):
            if not is_owner and key != _REFRESH:
                self._agenda.set(key, now + LOOK_FIRST)
            elif key not in self._running:
                self._running.start(key, self._run)

    def _go_back(self, by: timedelta) -> None:
        """Move what is due with a clock that was set back; rows are read anew at once."""
        self._times.shift(-by)
        self.refreshed_at = None if self.refreshed_at is None else self.refreshed_at - by
        self._agenda.hasten(_REFRESH, self._clock.now())

    async def _run(self, key: Key) -> None:
        job_id, lane = key
        after: Job | None = None
        try:
            if lane is None:
                await self._chore(key)
            else:
                job = self._jobs.get(job_id)
                async with self._running.room(lane, self._times.owed(job, lane) if job is not None else None):
                    after = await self._step(job_id, lane)
        finally:
            self._running.end(key)
            self._woken.set()
        after = after or self._jobs.get(job_id)
        if after is not None:
            self._remember(after)

    def _remember(self, job: Job) -> None:
        before = self._jobs.get(job.id)
        is_ours = job.owner_id == self._owner_id
        if not is_ours or (not job.is_open and provider_step(job) is None):
            self._forget(job.id)
        else:
            self._jobs.keep(job)
            for lane in Lane:
                self._plan(job, lane)
        if before is None or standing(before) != standing(job):
            self._agenda.hasten(_DISPATCH, self._clock.now())

    def _plan(self, job: Job, lane: Lane) -> None:
        if (job.id, lane) not in self._running:  # else it is planned anew when its step ends
            self._times.plan(job, lane)

    def _forget(self, job_id: str) -> None:
        self._jobs.forget(job_id)
        self._board.forget(job_id)
        self._times.forget(job_id)
        self._changed_meanwhile.discard(job_id)

    # --- one step -----------------------------------------------------------------------------------------------------

    async def _step(self, job_id: str, lane: Lane) -> Job | None:
        """Run the step that a job owes on a lane; answers the job as it then stands, where that could be read."""
        job = self._jobs.get(job_id)
        step = self._times.owed(job, lane) if job is not None else None
        if job is None or step is None:
            return job
        key = (job_id, lane)
        self._changed_meanwhile.discard(job_id)
        self._times.begin(job, step)
        try:
            after = await self._steps[step](job)
        except StaleJob:
            return await self._reload(key)
        except Exception as error:  # noqa: BLE001 - a step never raises: whatever it is, the job goes on
            self._times.postpone(key, error)
            return await self._reload(key)
        self._times.note_success(after, step, lane)
        if after is job and job_id not in self._changed_meanwhile:
            return after
        return await self._reload(key)

    async def _reload(self, key: LaneKey) -> Job | None:
        try:
            return await self._store.get(key[0])
        except Exception as error:  # noqa: BLE001 - the row stays as it is, and is read again
            self._times.postpone(key, error)
            return None

    # --- the loop's own chores ----------------------------------------------------------------------------------------

    async def _chore(self, key: Key) -> None:
        """Run a task of the loop itself, which must never end it."""
        try:
            await self._chores[key]()
        except Exception:  # noqa: BLE001 - logged with its traceback, and tried again
            _log.exception("chore_failed", chore=key[0])
            self._agenda.hasten(key, self._clock.now() + REFRESH_EVERY)

    async def _dispatch(self) -> None:
        if not self._waiting() and not self._gate.must_ask(self._clock.now()):
            return
        retry_at = await self._dispatcher.admit()
        waiting = self._waiting() if not self._is_stopping else []
        if retry_at is not None:
            self._dispatcher.number(waiting)
            self._agenda.hasten(_DISPATCH, retry_at)
        else:
            self._times.resume(self._jobs.all, since=self._gate.reopened_at)
            for job in self._dispatcher.choose(waiting, in_flight=self.in_flight):
                self._running.start((job.id, Lane.PROVIDER), self._run)
            if (look_at := self._dispatcher.next_look(waiting)) is not None:
                self._agenda.hasten(_DISPATCH, look_at)
        for job in waiting:
            self._plan(job, Lane.COURIER)

    def _waiting(self) -> list[Job]:
        return self._jobs.waiting(busy=self._running.on(Lane.PROVIDER))

    async def _refresh(self) -> None:
        now = self._clock.now()
        self._agenda.set(_REFRESH, now + REFRESH_EVERY)
        await self._store.erase_tokens(now=now)
        known = self._jobs.ids
        owned = {job.id: job for job in await self._store.adopt(self._owner_id, now=now)}
        self.refreshed_at = now
        for job_id in known - owned.keys():
            if not self._running.has_job(job_id):
                self._forget(job_id)  # another process has taken it over
        for job_id, job in owned.items():
            if self._running.has_job(job_id):
                self._jobs.keep(job)
                self._changed_meanwhile.add(job_id)  # a step that has begun with an older one reads it anew at its end
            else:
                self._remember(job)
        self._agenda.hasten(_DISPATCH, now)

    async def _repeat(self, key: Key) -> None:
        wait = await self._extra[key]()
        self._agenda.set(key, self._clock.now() + wait)
