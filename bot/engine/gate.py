"""The gate before paid submissions: closed while the operator's account or the provider cannot take them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.domain.policy import Pause, PauseReason
from bot.errors import OutOfCredit, ProviderError, ProviderRejected, ProviderUnauthorized, ProviderUnavailable

if TYPE_CHECKING:
    from bot.engine.ports import JobStore, Provider

PROBE_EVERY = timedelta(minutes=1)
"""How often a closed gate asks the provider with a free GET."""
CREDIT_RETRY = timedelta(minutes=10)
"""An empty account cannot be probed for free, so one refused (and free) POST is risked this often."""

_log = structlog.stdlib.get_logger(__name__)


class Gate:
    """Decides whether the next paid POST may be sent.

    Open: yes. Suspect, after a failed submission: only once a free ``GET /v1/models/{id}`` has answered. Paused, after
    a refused token or an empty account: new commands are refused, and the pause is kept in the store.

    Args:
        provider: The queue API.
        store: Keeps the pause.
        model_id: The model whose publication is asked for.
    """

    def __init__(self, *, provider: Provider, store: JobStore, model_id: str) -> None:
        self.pause: Pause | None = None
        self.price_micros: int | None = None
        self._provider = provider
        self._store = store
        self._model_id = model_id
        self._is_suspect = True
        self._probe_at: datetime | None = None

    @property
    def is_held_up(self) -> bool:
        """Whether the provider has left the last free question unanswered."""
        return self.pause is None and self._probe_at is not None

    async def load(self) -> None:
        """Read the pause that an earlier process left."""
        self.pause = await self._store.load_pause()

    async def admit(self, now: datetime) -> datetime | None:
        """Answer None where a paid POST may be sent now, else when to ask again."""
        if self.pause is not None:
            if now < self.pause.retry_at:
                return self.pause.retry_at
        elif not self._is_suspect:
            return None
        if self._probe_at is not None and now < self._probe_at:
            return self._probe_at
        return await self._probe(now)

    def suspect(self) -> None:
        """Ask the provider a free question before the next paid one."""
        self._is_suspect = True

    async def close(self, error: ProviderUnauthorized | OutOfCredit, *, now: datetime) -> Pause:
        """Pause all submissions and new commands, and tell the operator why."""
        out_of_credit = isinstance(error, OutOfCredit)
        reason = PauseReason.OUT_OF_CREDIT if out_of_credit else PauseReason.UNAUTHORIZED
        wait = CREDIT_RETRY if out_of_credit else PROBE_EVERY
        since = self.pause.since if self.pause is not None else now
        pause = Pause(reason, str(error), since, now + wait)
        await self._store.save_pause(pause)
        _log.error("submissions_paused", reason=reason.value, detail=str(error), retry_at=pause.retry_at.isoformat())
        self.pause = pause
        self.suspect()
        return pause

    async def _probe(self, now: datetime) -> datetime | None:
        self._probe_at = now + PROBE_EVERY
        try:
            info = await self._provider.model(self._model_id)
        except (ProviderUnauthorized, OutOfCredit) as error:
            pause = await self.close(error, now=now)
            return pause.retry_at
        except ProviderUnavailable as error:
            _log.warning("provider_unavailable", detail=str(error))
            self._probe_at = now + max(error.retry_after or PROBE_EVERY, PROBE_EVERY)
            return self._probe_at
        except ProviderRejected as error:
            # The catalog is younger than the queue API: "unknown" too proves that the provider answers.
            _log.info("model_not_published", detail=str(error))
        except ProviderError as error:
            _log.warning("provider_unreadable", detail=str(error))
            return self._probe_at
        else:
            self.price_micros = info.price_micros
        await self._open()
        return None

    async def _open(self) -> None:
        self._is_suspect = False
        self._probe_at = None
        if self.pause is not None:
            await self._store.save_pause(None)
            _log.info("submissions_resumed", after=self.pause.reason.value)
            self.pause = None
