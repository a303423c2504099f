"""Results that lie on a host from which the bot may not fetch: they wait, and the operator is told what to set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.engine.schedule import BACKOFF_AT_MOST
from bot.errors import DownloadPostponed

if TYPE_CHECKING:
    from datetime import datetime

    from bot.engine.gate import Gate
    from bot.engine.ports import Clock

SETTING: Final = "RUNCOMFY_OUTPUT_HOSTS"
TRIED_AGAIN_WITHIN: Final = 3 * BACKOFF_AT_MOST
"""A result that waits is tried again well within that time."""
PAUSED_BY: Final = 2
"""So many such results pause intake: one may be a slip of the provider, the second is a new storage."""

_log = structlog.stdlib.get_logger(__name__)


class HostNotAllowed(DownloadPostponed):
    """An output lies on a host that is not in ``RUNCOMFY_OUTPUT_HOSTS``; another setting may allow it.

    Args:
        host: That host, as the setting names it.
    """

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is not in {SETTING}")
        self.host = host


class OutputHosts:
    """Knows which results wait for a host to be allowed; pauses intake where there are several.

    Kept in memory: a restart, which is what a new setting needs, tries every result again.

    Args:
        gate: Is paused.
        clock: The time.
    """

    def __init__(self, *, gate: Gate, clock: Clock) -> None:
        self._gate = gate
        self._clock = clock
        self._hosts: dict[str, tuple[str, datetime]] = {}

    async def note(self, job_id: str, host: str) -> None:
        """Take note that a job's output lies on a host that is not allowed.

        Raises:
            StoreUnavailable: The pause could not be stored.
        """
        now = self._clock.now()
        if host not in self._waiting().values():
            _log.error("output_host_not_allowed", job_id=job_id, host=host, setting=SETTING)
        self._hosts[job_id] = host, now
        if len(self._waiting()) >= PAUSED_BY:
            await self._gate.close_for_output_host(self._words(), now=now)

    def forget(self, job_id: str) -> None:
        """Take note that a job waits no longer."""
        self._hosts.pop(job_id, None)

    def describe(self) -> str | None:
        """Say how many results wait for which hosts; None where none does."""
        count = len(self._waiting())
        return f"{count} {'result waits' if count == 1 else 'results wait'}: {self._words()}" if count else None

    def _waiting(self) -> dict[str, str]:
        """Answer the hosts by job; a job that was not tried again has been taken over, or given up."""
        since = self._clock.now() - TRIED_AGAIN_WITHIN
        self._hosts = {job_id: known for job_id, known in self._hosts.items() if known[1] > since}
        return {job_id: host for job_id, (host, _) in self._hosts.items()}

    def _words(self) -> str:
        names = ", ".join(sorted(set(self._waiting().values())))
        return f"{names} is not in {SETTING}; add it there and start the bot again, if it is RunComfy's"
