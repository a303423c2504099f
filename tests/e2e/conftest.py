"""The town in which end-to-end tests happen: both simulated services, and the real bot as a process between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from sandbox.faults import Faults
from tests.e2e.town import Town
from tests.e2e.watched import Watched, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose bot is ready; afterwards no rule of Discord or RunComfy may have been broken."""
    async with Town(tmp_path) as town:
        await town.start_bot()
        yield town
        assert town.servers.violations == []


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    """A town whose bot is ready and says so on a port."""
    port, faults = free_port(), Faults()
    settings = {"HTTP_PORT": str(port)}
    async with Town(tmp_path, settings=settings, faults=faults) as town, aiohttp.ClientSession() as http:
        await town.start_bot()
        yield Watched(town, port, http, faults)
