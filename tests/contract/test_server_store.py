"""The contract of the ``ServerStore``: what servers chose, on every kind of store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.store.database import Database
from bot.store.server_store import SqlServerStore
from tests.contract.store_cases import SNOWFLAKE, SQL_KINDS
from tests.fake_servers import FakeServerStore

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.engine.servers import ServerStore
    from tests.contract.postgres_server import PostgresServer

GUILD, OTHER = SNOWFLAKE + 1, SNOWFLAKE + 2


@pytest.fixture(params=["fake", *SQL_KINDS])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[ServerStore]:
    """A store of each kind."""
    if request.param == "fake":
        yield FakeServerStore()
        return
    url = f"sqlite+aiosqlite:///{tmp_path}/remix.db"
    if request.param == "PostgreSQL":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = await server.new_database()
    async with Database.open(url, data_dir=tmp_path) as database:
        yield SqlServerStore(database)


async def test_a_server_that_never_chose_keeps_its_pictures(store: ServerStore) -> None:
    assert await store.keeps_inputs(GUILD)


async def test_a_choice_holds_for_that_server_alone_and_can_be_changed(store: ServerStore) -> None:
    await store.choose_keeping(GUILD, keeps=False)
    assert not await store.keeps_inputs(GUILD)
    assert await store.keeps_inputs(OTHER)
    await store.choose_keeping(GUILD, keeps=True)
    assert await store.keeps_inputs(GUILD)


async def test_two_who_choose_at_the_same_moment_do_not_disturb_each_other(store: ServerStore) -> None:
    await asyncio.gather(*(store.choose_keeping(GUILD, keeps=False) for _ in range(8)))
    assert not await store.keeps_inputs(GUILD)
