"""Who is submitted next: our own queue of PENDING jobs, in fair turns, bounded by the places at the provider."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.answers import Progress
from bot.engine.schedule import drain_gap, lies_ahead
from bot.engine.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.job import Job
    from bot.engine.gate import Gate
    from bot.engine.ports import Clock
    from bot.engine.progress import ProgressBoard


LOOK_AGAIN_AFTER: Final = timedelta(milliseconds=200)
"""The shortest pause between two looks at jobs that are put back."""


class Dispatcher:
    """Chooses the jobs whose turn it is, and tells the others how many are before them.

    Args:
        gate: Admits paid submissions.
        board: Takes each waiting job's place.
        clock: The time.
        max_in_flight: How many requests the provider may have of us at once.
    """

    def __init__(self, *, gate: Gate, board: ProgressBoard, clock: Clock, max_in_flight: int) -> None:
        self._gate = gate
        self._board = board
        self._clock = clock
        self._max_in_flight = max_in_flight
        self._turns = Turns()
        self._next_at: datetime | None = None

    async def admit(self) -> datetime | None:
        """Answer None where the gate is open, else when to come back."""
        return await self._gate.admit(self._clock.now())

    def choose(self, waiting: Sequence[Job], *, in_flight: int) -> list[Job]:
        """Give turns to as many waiting jobs as there are free places; after a silence of the provider, one by one.

        Args:
            waiting: PENDING jobs.
            in_flight: How many places are taken.
        """
        now = self._clock.now()
        ordered = self._turns.order(waiting)
        ready = [job for job in ordered if not self._is_put_off(job, now)]
        chosen = ready[: max(min(self._max_in_flight - in_flight, self._allowed(now)), 0)]
        if chosen and self._gap(now):
            self._next_at = now + self._gap(now)
        for job in chosen:
            self._turns.take(job)
            self._board.pin(job, Progress())
        chosen_ids = {job.id for job in chosen}
        self.number([job for job in waiting if job.id not in chosen_ids])
        return chosen

    def next_look(self, waiting: Sequence[Job]) -> datetime | None:
        """Say when the first of the jobs that were put back, or that wait for the pace, may have its turn."""
        now = self._clock.now()
        times = [job.next_step_at for job in waiting if job.next_step_at is not None and self._is_put_off(job, now)]
        if waiting and self._next_at is not None and self._next_at > now:
            times.append(self._next_at)
        return max(min(times), now + LOOK_AGAIN_AFTER) if times else None

    def _is_put_off(self, job: Job, now: datetime) -> bool:
        """Whether its next attempt lies ahead; what lies further ahead than any wait was written by a wrong clock."""
        return job.next_step_at is not None and lies_ahead(job.next_step_at, now=now)

    def _allowed(self, now: datetime) -> int:
        """Say how many turns the pace allows now."""
        if not self._gap(now):
            return self._max_in_flight
        return int(self._next_at is None or now >= self._next_at)

    def _gap(self, now: datetime) -> timedelta:
        reopened_at = self._gate.reopened_at
        return timedelta() if reopened_at is None else drain_gap(now - reopened_at)

    def number(self, waiting: Sequence[Job]) -> None:
        """Tell each waiting job how many are before it."""
        is_paused, is_held_up = self._gate.is_paused, self._gate.is_held_up
        for ahead, job in enumerate(self._turns.order(waiting)):
            self._board.pin(job, Progress(ahead=ahead, is_paused=is_paused, is_held_up=is_held_up))
