"""The daily comparison of the model's published schema with the catalog; a difference is told, and never used."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.schema_comparison import differences
from bot.engine.gate import UNKNOWN_MODEL
from bot.errors import ProviderError, ProviderRejected

if TYPE_CHECKING:
    from bot.domain.catalog import ImageModel
    from bot.engine.gate import Gate
    from bot.engine.ports import Provider

COMPARE_EVERY: Final = timedelta(days=1)
ASK_AGAIN_AFTER: Final = timedelta(minutes=10)
"""How soon an unanswered question is asked again."""
NOT_PUBLISHED: Final = "the model is not published"

_log = structlog.stdlib.get_logger(__name__)


class PublicationCheck:
    """The loop's chore that asks for the model's publication with a free GET.

    Args:
        provider: The queue API.
        gate: Is told the published price.
        model: The model that new commands use.
    """

    def __init__(self, *, provider: Provider, gate: Gate, model: ImageModel) -> None:
        self.differences: tuple[str, ...] = ()
        self._provider = provider
        self._gate = gate
        self._model = model

    async def turn(self) -> timedelta:
        """Compare, and answer when to compare again."""
        try:
            info = await self._provider.model(self._model.id)
        except ProviderRejected as error:
            # Without a catalog there is nothing to compare with.
            self._tell((NOT_PUBLISHED,) if error.code == UNKNOWN_MODEL else ())
        except ProviderError as error:
            _log.info("model_not_compared", model=self._model.id, detail=str(error))
            return ASK_AGAIN_AFTER
        else:
            self._gate.note_price(info.price_micros)
            schema = info.input_schema
            self._tell(() if schema is None else differences(self._model.input_schema, schema))
        return COMPARE_EVERY

    def trouble(self) -> str | None:
        """Say for the operator how the publication differs from the catalog; None where it does not."""
        if not self.differences:
            return None
        return f"{self._model.id} differs from the catalog: {'; '.join(self.differences)}"

    def _tell(self, found: tuple[str, ...]) -> None:
        if found and found != self.differences:
            _log.warning("model_schema_differs", model=self._model.id, differences=list(found))
        elif self.differences and not found:
            _log.info("model_schema_agrees", model=self._model.id)
        self.differences = found
