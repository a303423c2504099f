"""A storm: so many of all requests go wrong, each in a way of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.faults import Fault, Faults, Fired
from sandbox.runcomfy.answers import TOO_MANY_REQUESTS
from tests.e2e.crash.boundaries import Service

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

_ON_THE_WAY: Final = (
    Fault.server_error(502),
    Fault.server_error(502, after_commit=True),
    Fault.drop(),
    Fault.drop(after_commit=True),
    Fault.late(0.5),
    Fault.late(0.5, after_commit=True),
)
_STRIKES: Final[Mapping[Service, Sequence[Fault]]] = {
    Service.DISCORD: (*_ON_THE_WAY, Fault.server_error(503)),
    Service.RUNCOMFY: (
        *_ON_THE_WAY,
        Fault.too_many_requests(1, error_code=TOO_MANY_REQUESTS),
        Fault.too_many_requests(error_code=TOO_MANY_REQUESTS),
        Fault.malformed_json(),
        Fault.answer(200, '{"status": "dreaming"}', headers={"Content-Type": "application/json"}),
    ),
}
_SPARED: Final = ("/gateway", "/attachments/", "/ephemeral-attachments/")
"""The socket lives as long as the bot; the tests of Discord's faults break it. Pictures are fetched by RunComfy too,
and what it cannot fetch it refuses, which is no fault of the bot's."""


class Storm(Faults):
    """Faults that come by chance, besides those that are armed.

    Args:
        service: Whose.
        chance: Decides which requests, and how.
        share: How many of all requests go wrong, from 0 to 1.
    """

    def __init__(self, service: Service, *, chance: random.Random, share: float) -> None:
        super().__init__()
        self.is_blowing = False
        self._strikes = _STRIKES[service]
        self._chance = chance
        self._share = share

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that meets this request: an armed one, else perhaps one of the storm's."""
        armed = super().take(method, path)
        if armed is not None or not self.is_blowing or path.startswith(_SPARED) or self._chance.random() >= self._share:
            return armed
        struck = self._chance.choice(self._strikes)
        self.fired.append(Fired("storm", struck.kind, method, path))
        return struck
