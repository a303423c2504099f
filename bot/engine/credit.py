"""What the account at RunComfy still holds: asked for with a free GET, for the operator and for the gate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import ProviderError

if TYPE_CHECKING:
    from bot.engine.ports import Provider

ASK_EVERY: Final = timedelta(minutes=10)

_log = structlog.stdlib.get_logger(__name__)


class CreditCheck:
    """The loop's chore that asks for the balance, and warns once when it is low.

    Args:
        provider: The queue API.
        low_micros: Below that many micro-dollars the operator is warned.
    """

    def __init__(self, *, provider: Provider, low_micros: int) -> None:
        self.balance_micros: int | None = None
        self._provider = provider
        self._low_micros = low_micros
        self._is_low = False

    async def turn(self) -> timedelta:
        """Ask, and return when to ask again; an answer that does not come changes nothing."""
        try:
            self.balance_micros = await self._provider.balance()
        except ProviderError as error:
            self.balance_micros = None
            _log.info("credit_unknown", detail=f"{type(error).__name__}: {error}")
            return ASK_EVERY
        if self.balance_micros is None:
            return ASK_EVERY
        is_low = self.balance_micros < self._low_micros
        if is_low and not self._is_low:
            _log.warning("credit_low", balance_micros=self.balance_micros, low_micros=self._low_micros)
        self._is_low = is_low
        return ASK_EVERY
