"""Results that lie on a host from which the bot may not fetch: they wait, and the operator is told what to set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import DownloadPostponed

if TYPE_CHECKING:
    from bot.engine.gate import Gate
    from bot.engine.ports import Clock

SETTING: Final = "RUNCOMFY_OUTPUT_HOSTS"
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
        self._hosts: dict[str, str] = {}

    async def note(self, job_id: str, host: str) -> None:
        """Take note that a job's output lies on a host that is not allowed.

        Raises:
            StoreUnavailable: The pause could not be stored.
        """
        if host not in self._hosts.values():
            _log.error("output_host_not_allowed", job_id=job_id, host=host, setting=SETTING)
        self._hosts[job_id] = host
        if len(self._hosts) >= PAUSED_BY:
            await self._gate.close_for_output_host(self._words(), now=self._clock.now())

    def forget(self, job_id: str) -> None:
        """Take note that a job waits no longer."""
        self._hosts.pop(job_id, None)

    def describe(self) -> str | None:
        """Say how many results wait for which hosts; None where none does."""
        return f"{len(self._hosts)} results wait: {self._words()}" if self._hosts else None

    def _words(self) -> str:
        names = ", ".join(sorted(set(self._hosts.values())))
        return f"{names} is not in {SETTING}; add it there and start the bot again, if it is RunComfy's"
