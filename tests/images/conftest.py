"""The place that the pictures lie at, who looks at them, and the table of what became of the corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.images.inspector import PictureInspector
from tests.images.storage import Storage, open_storage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

ROW = "row of the corpus"
"""The property by which a test tells the table what became of a specimen."""


@pytest.fixture
async def storage() -> AsyncGenerator[Storage]:
    """The simulated content delivery network, on a port of its own."""
    async with open_storage() as opened:
        yield opened


@pytest.fixture
async def inspector(storage: Storage) -> AsyncGenerator[PictureInspector]:
    """Who looks at what lies there."""
    async with PictureInspector(hosts=[storage.base_url]) as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what became of each specimen, a line each."""
    reports = [one for key in ("passed", "failed") for one in terminalreporter.stats.get(key, [])]
    rows = sorted(str(value) for one in reports for name, value in one.user_properties if name == ROW)
    if rows:
        terminalreporter.section(f"what became of {len(rows)} inputs")
        for row in rows:
            terminalreporter.write_line(row)
