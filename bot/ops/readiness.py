"""How the bot is: alive, and ready to take jobs, with the reasons in words. Asks nobody outside this machine."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import BotError
from bot.ops.health import HealthReport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from bot.domain.policy import Pause
    from bot.engine.ports import Clock
    from bot.ops.provider_watch import ProviderWatch

LOOP_SILENCE: Final = timedelta(seconds=60)
"""The loop turns at least every ten seconds; after this much silence it is taken for dead."""
STUCK_AFTER: Final = timedelta(minutes=5)
"""After so long without a successful look at its jobs a process is taken for dead; a database's short outage heals."""
NAMED_AT_MOST: Final = 5
PROBE_SECONDS: Final = 2.0
"""How long a question may wait for the database; whoever asks has a time-out of their own."""
PROBE_EVERY: Final = timedelta(seconds=5)
"""How often the database is written to, however often we are asked."""


class DatabaseProbe:
    """Proves by a write that the database takes writes, now and then.

    Args:
        write: Writes what changes nothing.
        clock: The time.
        patience_seconds: How long one question waits.
    """

    def __init__(
        self, write: Callable[[], Awaitable[None]], *, clock: Clock, patience_seconds: float = PROBE_SECONDS
    ) -> None:
        self._write = write
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._task: asyncio.Task[str | None] | None = None
        self._begun_at: datetime | None = None

    async def trouble(self) -> str | None:
        """Say why the database takes no writes; None where it does."""
        now = self._clock.now()
        is_stale = self._begun_at is None or not timedelta() <= now - self._begun_at < PROBE_EVERY
        if self._task is None or (self._task.done() and is_stale):
            self._task, self._begun_at = asyncio.create_task(self._ask(), name="database probe"), now
        # A transaction is never cut in two, so a slow one is left to end by itself.
        done, _ = await asyncio.wait({self._task}, timeout=self._patience_seconds)
        return self._task.result() if done else f"no answer within {self._patience_seconds:g} s"

    async def _ask(self) -> str | None:
        try:
            await self._write()
        except BotError as error:
            return str(error)
        return None


class Readiness:
    """Puts the reports together.

    Args:
        is_connected: Whether the gateway is up.
        turned_at: When the loop turned last.
        refreshed_at: When the loop last read its jobs from the database.
        unreadable: The ids of jobs whose rows cannot be read.
        other_process: What is known of another process with the same token.
        pause: The pause that is in force.
        output_hosts: Which results wait for a host to be allowed.
        publication: How the model's published schema differs from the catalog, if it does; it keeps nobody from work.
        storage: Says why nothing can be kept in the data folder any more; None where it can.
        room: What is lacking in the data folder for new work.
        database: Proves the database.
        provider: Remembers the provider's last answer.
        clock: The time.
    """

    def __init__(
        self,
        *,
        is_connected: Callable[[], bool],
        turned_at: Callable[[], datetime | None],
        refreshed_at: Callable[[], datetime | None],
        unreadable: Callable[[], Sequence[str]],
        other_process: Callable[[], str | None],
        pause: Callable[[], Pause | None],
        output_hosts: Callable[[], str | None],
        publication: Callable[[], str | None],
        storage: Callable[[], str | None],
        room: Callable[[], str | None],
        database: DatabaseProbe,
        provider: ProviderWatch,
        clock: Clock,
    ) -> None:
        self._is_connected = is_connected
        self._turned_at = turned_at
        self._refreshed_at = refreshed_at
        self._unreadable = unreadable
        self._other_process = other_process
        self._pause = pause
        self._output_hosts = output_hosts
        self._publication = publication
        self._storage = storage
        self._room = room
        self._database = database
        self._provider = provider
        self._clock = clock

    def live(self) -> HealthReport:
        """Say whether the process works at all; a restart would mend nothing else."""
        turned_at, is_connected = self._turned_at(), self._is_connected()
        turns = turned_at is None or self._clock.now() - turned_at < LOOP_SILENCE
        unread_for = self._clock.now() - (self._refreshed_at() or self._clock.now())
        live = turns and unread_for < STUCK_AFTER
        notes = {
            "gateway": "connected" if is_connected else "not connected",
            "loop": "turns" if turns else "does not turn",
            "provider": self._provider.describe(),
        }
        if turned_at is None:
            notes["loop"] = "not begun"
        if unread_for >= LOOP_SILENCE:
            notes["jobs"] = f"not read from the database for {unread_for.total_seconds():.0f} s"
        if unreadable := self._unreadable():
            notes["unreadable_jobs"] = _named(unreadable)
        if (pause := self._pause()) is not None:
            notes["paused"] = (
                f"{pause.reason.value} since {pause.since.isoformat()}: {pause.detail}; "
                f"tried again at {pause.retry_at.isoformat()}, or at once by `python -m bot resume`"
            )
        if (waiting := self._output_hosts()) is not None:
            notes["output_hosts"] = waiting
        if (published := self._publication()) is not None:
            notes["model"] = published
        if (other := self._other_process()) is not None:
            notes["other_process"] = other
        if (lack := self._room()) is not None:
            notes["room"] = lack
        is_free = pause is None and other is None and lack is None
        is_taking = is_free and self._provider.trouble() is None and unread_for < LOOP_SILENCE
        return HealthReport(live=live, ready=live and turned_at is not None and is_connected and is_taking, notes=notes)

    async def ready(self) -> HealthReport:
        """Say whether it is connected, keeps what it is told, and takes jobs."""
        report = self.live()
        trouble = await self._database.trouble()
        notes = {**report.notes, "database": "writable" if trouble is None else trouble}
        if (lost := self._storage()) is not None:
            trouble = notes["data_folder"] = lost
        return HealthReport(live=report.live, ready=report.ready and trouble is None, notes=notes)


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED_AT_MOST} more" if len(ids) > NAMED_AT_MOST else ""
    return f"the rows of {', '.join(ids[:NAMED_AT_MOST])}{more} cannot be read; see job_unreadable in the log"
