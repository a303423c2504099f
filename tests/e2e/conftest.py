"""The town in which end-to-end tests happen: both simulated services, and the real bot as a process between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.town import Town

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
