"""The contract of the ``Database``: schema, transactions and errors, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text
from structlog.testing import capture_logs

from bot.domain.remix_request import Input, RemixRequest
from bot.errors import EXIT_CONFIG, StartupError, StoreUnavailable
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from bot.store.tables import metadata, owners
from tests.contract.store_cases import MEMBER, StoreBench, sql_bench
from tests.fakes import START, FakeClock
from tests.newest_schema import NEWEST_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

KILLED_IN_MID_MIGRATION = """
import asyncio, os, sys
from pathlib import Path
from sqlalchemy import Engine, event
from bot.store.database import Database

def die(connection, cursor, statement, *rest):
    if "CREATE TABLE ledger" in statement:
        os._exit(9)

async def main():
    async with Database.open(sys.argv[1], data_dir=Path(sys.argv[2])):
        pass

event.listen(Engine, "before_cursor_execute", die)
asyncio.run(main())
"""


def _differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection), metadata)


def _tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def _version(connection: Connection) -> str:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


# --- the schema -------------------------------------------------------------------------------------------------------


async def test_an_empty_database_gets_exactly_the_tables_that_the_program_knows(
    database_url: str, tmp_path: Path
) -> None:
    async with Database.open(database_url, data_dir=tmp_path) as database:
        assert await database.read(_differences) == []
        assert set(metadata.tables) < set(await database.read(_tables))


async def test_opening_a_database_again_keeps_what_is_in_it(database_url: str, tmp_path: Path) -> None:
    async with sql_bench(database_url, tmp_path) as bench:
        job = await bench.accepted()

    async with sql_bench(database_url, tmp_path) as again:
        assert await again.row(job) == job


async def test_a_newer_schema_is_refused_and_left_as_it_is(database_url: str, tmp_path: Path) -> None:
    async with Database.open(database_url, data_dir=tmp_path) as database:
        await database.write(
            lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9'"))
        )

    for _ in range(2):
        with pytest.raises(StartupError, match=r"(?s)newer version.*schema 9.*run the newer version") as refusal:
            async with Database.open(database_url, data_dir=tmp_path):
                pass
        assert refusal.value.exit_code == EXIT_CONFIG


async def test_a_migration_that_was_killed_half_way_is_repeated_from_the_start(
    database_url: str, tmp_path: Path
) -> None:
    arguments = [sys.executable, "-c", KILLED_IN_MID_MIGRATION, database_url, str(tmp_path)]
    killed = await asyncio.to_thread(subprocess.run, arguments, check=False)
    assert killed.returncode == 9

    async with Database.open(database_url, data_dir=tmp_path) as database:
        assert await database.read(_differences) == []
        assert await database.read(_version) == NEWEST_SCHEMA


async def test_two_processes_that_migrate_at_the_same_moment_do_not_disturb_each_other(
    database_url: str, tmp_path: Path
) -> None:
    async def start(number: int) -> str:
        async with Database.open(database_url, data_dir=tmp_path / str(number)) as database:
            return await database.read(_version)

    answers = await asyncio.gather(*(start(number) for number in range(3)), return_exceptions=True)

    refusals = [str(one) for one in answers if isinstance(one, StartupError)]
    assert answers.count(NEWEST_SCHEMA) == 3 - len(refusals)
    assert len(refusals) == (0 if database_url.startswith("postgresql") else 2)
    assert all("another process" in one for one in refusals)


# --- transactions -----------------------------------------------------------------------------------------------------


def _join(connection: Connection, owner_id: str) -> None:
    connection.execute(insert(owners), {"id": owner_id, "heartbeat_at": START})


def _owner_ids(connection: Connection) -> list[str]:
    return sorted(connection.execute(select(owners.c.id)).scalars())


async def test_a_transaction_that_fails_leaves_nothing_behind(database_url: str, tmp_path: Path) -> None:
    def work(connection: Connection) -> None:
        _join(connection, "first")
        _join(connection, "first")

    async with Database.open(database_url, data_dir=tmp_path) as database:
        with pytest.raises(StoreUnavailable):
            await database.write(work)

        assert await database.read(_owner_ids) == []
        await database.write(lambda connection: _join(connection, "next"))
        assert await database.read(_owner_ids) == ["next"]


async def test_a_cancellation_in_mid_transaction_waits_for_its_end(database_url: str, tmp_path: Path) -> None:
    async with Database.open(database_url, data_dir=tmp_path) as database:

        def work(connection: Connection) -> None:
            for owner_id in ("first", "second", "third"):
                task.cancel()
                _join(connection, owner_id)

        task = asyncio.ensure_future(database.write(work))
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await database.read(_owner_ids) == ["first", "second", "third"]
        await database.write(lambda connection: _join(connection, "next"))


async def test_a_transaction_that_fails_while_it_is_cancelled_is_undone_and_logged(
    database_url: str, tmp_path: Path
) -> None:
    async with Database.open(database_url, data_dir=tmp_path) as database:

        def work(connection: Connection) -> None:
            _join(connection, "first")
            task.cancel()
            _join(connection, "first")

        with capture_logs() as records:
            task = asyncio.ensure_future(database.write(work))
            with pytest.raises(asyncio.CancelledError):
                await task

        assert [one["event"] for one in records] == ["transaction_failed_while_cancelled"]
        assert await database.read(_owner_ids) == []


async def test_tasks_cancelled_at_any_moment_leave_whole_transactions_only(database_url: str, tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - a seeded order, not a secret

    async with Database.open(database_url, data_dir=tmp_path) as database:
        bench = StoreBench(SqlJobStore(database), FakeClock(), is_shared=database.is_shared)
        tasks = [asyncio.ensure_future(bench.accepted()) for _ in range(60)]
        while pending := [task for task in tasks if not task.done()]:
            chance.choice(pending).cancel()
            for _ in range(chance.randrange(40)):
                await asyncio.sleep(0)

        rows = await bench.store.jobs_of_user(MEMBER, limit=100)
        assert 0 < len(rows) < len(tasks)
        assert [len(await bench.store.entries(job.id)) for job in rows] == [1] * len(rows)
        assert await bench.accepted()


# --- what crosses the port --------------------------------------------------------------------------------------------


async def test_an_error_of_the_database_is_ours_and_tells_no_secrets(database_url: str, tmp_path: Path) -> None:
    async with Database.open(database_url, data_dir=tmp_path) as database:
        bench = StoreBench(SqlJobStore(database), FakeClock(), is_shared=database.is_shared)
        await database.write(lambda connection: connection.execute(text("ALTER TABLE jobs RENAME TO lost")))

        with pytest.raises(StoreUnavailable, match="jobs") as failure:
            await bench.accepted(interaction_token="s3cret")

    error: BaseException | None = failure.value
    while error is not None:
        assert "s3cret" not in str(error)
        error = error.__cause__


async def test_what_no_database_takes_is_replaced_and_holds_up_nothing(database_url: str, tmp_path: Path) -> None:
    async with sql_bench(database_url, tmp_path) as bench:
        one = Input("https://cdn/\x00", "\ud83d\x00.png", None, 1, None, None)
        job = await bench.accepted(request=RemixRequest("model", "a\x00b\ud800c \U0001f3a8", (one,)))
        noted = await bench.store.note(job.id, failure_detail="\x00")

    assert noted.request == RemixRequest("model", "a\ufffdb\ufffdc \U0001f3a8", (one,))
    assert noted.failure_detail == "\ufffd"
