"""The fate of each request: who waits, who runs, when it ends. Pure, and moved by a clock only."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Phase(StrEnum):
    """The four states of the queue, in RunComfy's own words."""

    IN_QUEUE = "in_queue"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Fate:
    """What shall become of a coming request, where it differs from the usual.

    Attributes:
        run_seconds: How long it runs.
        error: The run fails with this error, a text or an object.
        refusal: The submit is refused (422) with this text; nothing is accepted.
        result_lag_seconds: How long /result lags behind /status.
        images: How many pictures come out, whatever was asked.
    """

    run_seconds: float | None = None
    error: str | dict[str, Any] | None = None
    refusal: str | None = None
    result_lag_seconds: float | None = None
    images: int | None = None


@dataclass
class Run:
    """One request's way through the queue."""

    request_id: str
    run_seconds: float
    result_lag_seconds: float
    startable_at: datetime
    phase: Phase = Phase.IN_QUEUE
    started_at: datetime | None = None
    ends_at: datetime | None = None
    """When it ends or ended; None while it waits or is kept running by hand."""


class Timeline:
    """A first-come queue before a number of slots.

    Nothing happens in the background: every look at the timeline first plays what the clock has made due, in
    the right order, so that a request ends at its own moment even if nobody looked meanwhile.

    Args:
        clock: Tells the time, aware.
        slots: How many runs fit side by side.
    """

    def __init__(self, clock: Callable[[], datetime], *, slots: int = 1) -> None:
        self._clock = clock
        self._slots = slots
        self._runs: dict[str, Run] = {}
        self._queue: dict[str, Run] = {}
        self._running: dict[str, Run] = {}
        self._ends: list[tuple[datetime, str]] = []
        self._moment = datetime.min.replace(tzinfo=UTC)
        self._positions: dict[str, int] | None = None
        self.is_held = False
        """Whether queued requests wait until released."""
        self._let_go: set[str] = set()
        self._by_hand: set[str] = set()
        self._fates: deque[Fate] = deque()
        self._cancels_to_lose = 0

    # --- what is planned -----------------------------------------------------------------------------------------

    def plan(self, *fates: Fate) -> None:
        """Say what becomes of the next requests, one each, in this order."""
        self._fates.extend(fates)

    def next_fate(self) -> Fate:
        """Take the plan for the request that is coming in now."""
        return self._fates.popleft() if self._fates else Fate()

    def fail_next(self, error: str | dict[str, Any] = "The model could not finish this request.") -> None:
        """The next request to come will run and fail with this error."""
        self.plan(Fate(error=error))

    def refuse_next(self, refusal: str = "The request was refused.") -> None:
        """The next request to come will be refused at submit."""
        self.plan(Fate(refusal=refusal))

    def next_takes(self, seconds: float) -> None:
        """The next request to come will run this long."""
        self.plan(Fate(run_seconds=seconds))

    def lose_next_cancel(self, times: int = 1) -> None:
        """The next cancel comes too late by a hair: the request starts right before it."""
        self._cancels_to_lose += times

    @property
    def planned(self) -> int:
        """For how many requests to come something is planned."""
        return len(self._fates)

    # --- by hand -------------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Start nothing by itself any more; queued requests stay queued until released."""
        self.settle()
        self.is_held = True

    def release(self, request_id: str | None = None) -> None:
        """Let one queued request go as soon as a slot is free, or (None) end the hold for all.

        Raises:
            KeyError: That request is not queued.
        """
        self.settle()
        chosen = list(self._queue.values()) if request_id is None else [self._queue[request_id]]
        for run in chosen:
            run.startable_at = max(run.startable_at, self._clock())
            self._let_go.add(run.request_id)
        if request_id is None:
            self.is_held = False
            self._let_go.clear()
            for name in list(self._by_hand):
                self._schedule_end(self._runs[name])
        self.settle()

    def start_next(self) -> str:
        """Start the first queued request now, slots or not; while held it runs until `finish`.

        Raises:
            IndexError: Nobody is queued.
        """
        self.settle()
        if not self._queue:
            raise IndexError("nobody is queued")
        run = next(iter(self._queue.values()))
        self._start(run, self._clock())
        return run.request_id

    def finish(self, request_id: str | None = None) -> str:
        """End a running request now: this one, or the one that has run longest.

        Raises:
            KeyError: That request is not running.
            IndexError: Nothing is running.
        """
        self.settle()
        if not self._running:
            raise IndexError("nothing is running")
        run = self._running[request_id] if request_id else next(iter(self._running.values()))
        self._end(run, self._clock())
        self.settle()
        return run.request_id

    # --- what the service does -----------------------------------------------------------------------------------

    @property
    def slots(self) -> int:
        """How many runs fit side by side."""
        return self._slots

    @slots.setter
    def slots(self, slots: int) -> None:
        self.settle()
        self._slots = slots
        self._moment = max(self._moment, self._clock())

    def join(self, request_id: str, *, run_seconds: float, result_lag_seconds: float = 0.0) -> Run:
        """Queue a new request at the end."""
        self.settle()
        run = Run(request_id, run_seconds, result_lag_seconds, startable_at=self._clock())
        self._runs[request_id] = self._queue[request_id] = run
        self._positions = None
        self.settle()
        return run

    def look(self, request_id: str) -> Run:
        """How this request stands now.

        Raises:
            KeyError: It never joined or was forgotten.
        """
        self.settle()
        return self._runs[request_id]

    def position(self, request_id: str) -> int | None:
        """Its place in the queue, 0 for the next one; None when it does not wait."""
        self.settle()
        if self._positions is None:
            self._positions = {name: index for index, name in enumerate(self._queue)}
        return self._positions.get(request_id)

    def is_result_ready(self, request_id: str) -> bool:
        """Whether the run ended and its result has caught up."""
        run = self.look(request_id)
        if run.phase is not Phase.COMPLETED or run.ends_at is None:
            return False
        return self._clock() >= run.ends_at + timedelta(seconds=run.result_lag_seconds)

    def cancel(self, request_id: str) -> bool:
        """Take a request out of the queue; False when it runs or has ended.

        Raises:
            KeyError: It never joined or was forgotten.
        """
        run = self.look(request_id)
        if run.phase is not Phase.IN_QUEUE:
            return False
        if self._cancels_to_lose:
            self._cancels_to_lose -= 1
            self._start(run, self._clock())
            return False
        self._leave_queue(run)
        run.phase, run.ends_at = Phase.CANCELLED, self._clock()
        return True

    def forget(self, request_id: str) -> None:
        """Drop every trace of a request that has ended."""
        self._runs.pop(request_id, None)

    def started(self) -> list[str]:
        """Requests that run now, longest first."""
        self.settle()
        return list(self._running)

    def waiting(self) -> list[str]:
        """Requests in the queue, the next one first."""
        self.settle()
        return list(self._queue)

    def settle(self) -> None:
        """Play everything that the clock has made due."""
        now = self._clock()
        while self._start_one() or self._end_one(now):
            pass

    def _start_one(self) -> bool:
        if len(self._running) >= self._slots:
            return False
        run = self._next_startable()
        if run is None:
            return False
        self._start(run, max(run.startable_at, self._moment), is_timed=True)
        return True

    def _next_startable(self) -> Run | None:
        if not self.is_held:
            return next(iter(self._queue.values()), None)
        if not self._let_go:
            return None
        return next((run for name, run in self._queue.items() if name in self._let_go), None)

    def _start(self, run: Run, at: datetime, *, is_timed: bool = False) -> None:
        self._leave_queue(run)
        run.phase, run.started_at = Phase.IN_PROGRESS, at
        self._running[run.request_id] = run
        if is_timed or not self.is_held:
            self._schedule_end(run)
        else:
            self._by_hand.add(run.request_id)

    def _schedule_end(self, run: Run) -> None:
        self._by_hand.discard(run.request_id)
        run.ends_at = (run.started_at or self._clock()) + timedelta(seconds=run.run_seconds)
        heapq.heappush(self._ends, (run.ends_at, run.request_id))

    def _end_one(self, now: datetime) -> bool:
        if not self._ends or self._ends[0][0] > now:
            return False
        at, request_id = heapq.heappop(self._ends)
        run = self._running.get(request_id)
        if run is not None:
            self._end(run, at)
        return True

    def _end(self, run: Run, at: datetime) -> None:
        del self._running[run.request_id]
        self._by_hand.discard(run.request_id)
        run.phase, run.ends_at = Phase.COMPLETED, at
        self._moment = max(self._moment, at)

    def _leave_queue(self, run: Run) -> None:
        del self._queue[run.request_id]
        self._let_go.discard(run.request_id)
        self._positions = None
