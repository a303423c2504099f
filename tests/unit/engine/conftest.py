"""The bench of every engine test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.engine.storm import Storm
from tests.unit.engine_bench import EngineBench

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def bench(tmp_path: Path) -> EngineBench:
    """One process at rest."""
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    await bench.settle()
    return bench


@pytest.fixture
async def storm(bench: EngineBench) -> Storm:
    """A provider that is well still."""
    storm = Storm(bench)
    bench.provider = storm.provider
    await bench.restart()
    return storm
