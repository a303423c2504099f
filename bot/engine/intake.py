"""The look at the pictures of a new request, before it is accepted: short, and never what an acceptance depends on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.mending import as_probed, judge_picture, model_limits, refusal_of
from bot.errors import InputPostponed, InputRefused, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.catalog import ImageModel
    from bot.domain.remix_request import Input, RemixRequest
    from bot.engine.ports import ImageInspector

    Look = asyncio.Task[tuple[Input, bool]]

LOOK_SECONDS: Final = 2.0
"""How long a member waits for the look; what takes longer is accepted, and looked at by the step."""

_log = structlog.stdlib.get_logger(__name__)


class Intake:
    """Looks at the pictures of a request, side by side.

    Args:
        model: The model that they are for.
        inspector: Knows what pictures really are.
        look_seconds: How long all the looks together may take.
    """

    def __init__(self, *, model: ImageModel, inspector: ImageInspector, look_seconds: float = LOOK_SECONDS) -> None:
        self._limits = model_limits(model)
        self._inspector = inspector
        self._look_seconds = look_seconds

    async def look(self, request: RemixRequest) -> tuple[RemixRequest, bool]:
        """Answer the request as its pictures really are, and whether the model takes all of them as they came.

        Raises:
            InvalidRequest: A picture is of no use; ``also`` holds the others of which that is known.
        """
        looks = [asyncio.create_task(self._look(n, one)) for n, one in enumerate(request.inputs, start=1)]
        try:
            await asyncio.wait(looks, timeout=self._look_seconds)
        finally:
            await _stop(looks)
        refusals = [error for look in looks if isinstance(error := _error_of(look), InvalidRequest)]
        if refusals:
            refusals[0].also = tuple(refusals[1:])
            raise refusals[0]
        pairs = zip(request.inputs, looks, strict=True)
        seen = [(one, False) if look.cancelled() else look.result() for one, look in pairs]
        return replace(request, inputs=tuple(one for one, _ in seen)), all(is_fine for _, is_fine in seen)

    async def _look(self, number: int, one: Input) -> tuple[Input, bool]:
        try:
            probe = await self._inspector.probe(one.url, size=one.size)
            finding = judge_picture(probe, self._limits, size=one.size)
        except InputPostponed as error:
            _log.warning("look_postponed", number=number, detail=str(error))
            return one, False
        except InputRefused as error:
            _log.info("picture_refused", number=number, detail=str(error))
            raise refusal_of(one, error.problem, number=number) from error
        return as_probed(one, probe), finding.is_fine


async def _stop(looks: Sequence[Look]) -> None:
    late = [look for look in looks if not look.done()]
    if late:
        _log.warning("look_too_slow", pictures=len(looks), unseen=len(late))
    for look in late:
        look.cancel()
    await asyncio.gather(*late, return_exceptions=True)


def _error_of(look: Look) -> BaseException | None:
    return None if look.cancelled() else look.exception()
