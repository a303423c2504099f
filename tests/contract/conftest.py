"""Fixtures of the contracts: the server of the second database, and a bench over each kind of store.

Contract tests that need Discord's published description are collected only where it is present.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.faults import Faults
from tests.contract.post_office import PostOffice
from tests.contract.postgres_server import PostgresServer, running_server
from tests.contract.published import uncollectable
from tests.contract.store_cases import KINDS, SHARED_KINDS, SQL_KINDS, StoreBench, fake_bench, sql_bench

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

# The header of the run names them: tests/conftest.py, for this file is read too late for a header.
collect_ignore = uncollectable(Path(__file__).parent)


@pytest.fixture(scope="session")
def postgres_server() -> Generator[PostgresServer]:
    """A PostgreSQL server for all tests of this run, or of this worker under xdist."""
    with running_server() as server:
        yield server


@pytest.fixture(params=SQL_KINDS)
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "SQLite":
        return f"sqlite+aiosqlite:///{tmp_path}/remix.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return await server.new_database()


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[StoreBench]:
    """A bench over each kind of store."""
    if request.param.startswith("fake"):
        yield fake_bench(shared=request.param in SHARED_KINDS)
        return
    url = f"sqlite+aiosqlite:///{tmp_path}/remix.db"
    if request.param == "PostgreSQL":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = await server.new_database()
    async with sql_bench(url, tmp_path) as over_sql:
        yield over_sql


@pytest.fixture
def faults() -> Faults:
    """What Discord does wrong on demand."""
    return Faults()


@pytest.fixture
async def office(tmp_path: Path, faults: Faults) -> AsyncGenerator[PostOffice]:
    """A bot at work in the simulated Discord, with its couriers."""
    async with PostOffice.open(tmp_path, faults=faults) as opened:
        yield opened
