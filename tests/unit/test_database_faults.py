"""A SQLite database whose disk or folder fails: refused clearly at the start, survived while running."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.errors import EXIT_UNAVAILABLE, StoreUnavailable
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from tests.contract.store_cases import MEMBER, StoreBench, sql_bench
from tests.fakes import FakeClock
from tests.unit.test_database import AS_NOBODY

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def _start_as_nobody(file: Path, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """Root may write everything, so another user tries to start."""
    arguments = [sys.executable, "-c", AS_NOBODY, _url(file), str(data_dir)]
    return await asyncio.to_thread(subprocess.run, arguments, check=False, capture_output=True, text=True)


async def test_a_folder_that_may_only_be_read_is_refused_by_name_and_left_empty() -> None:
    folder = Path(tempfile.mkdtemp())  # the folders of pytest are closed to other users
    try:
        folder.chmod(0o555)

        refused = await _start_as_nobody(folder / "remix.db", folder)

        assert refused.returncode == EXIT_UNAVAILABLE, refused.stderr
        assert f"{folder}: this user may not write in this folder" in refused.stdout
        assert list(folder.iterdir()) == []
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


async def test_a_database_in_a_folder_that_may_only_be_read_is_refused_and_left_as_it_is() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        data_dir, file = folder / "data", folder / "base" / "remix.db"
        async with Database.open(_url(file), data_dir=data_dir):
            pass
        (file.parent / "remix.db.lock").chmod(0o666)
        for path, mode in ((folder, 0o755), (data_dir, 0o777), (data_dir / "remix.lock", 0o666), (file.parent, 0o555)):
            path.chmod(mode)
        before = file.read_bytes()

        refused = await _start_as_nobody(file, data_dir)

        assert refused.returncode == EXIT_UNAVAILABLE, refused.stderr
        assert f"{file.parent}: this user may not write in this folder" in refused.stdout
        assert file.read_bytes() == before
    finally:
        shutil.rmtree(folder)


async def test_a_data_folder_that_may_only_be_read_is_refused_before_postgresql_is_asked() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o555)
        url = f"postgresql+asyncpg://bot@/remix?host={folder}/none"
        arguments = [sys.executable, "-c", AS_NOBODY, url, str(folder)]

        refused = await asyncio.to_thread(subprocess.run, arguments, check=False, capture_output=True, text=True)

        assert refused.returncode == EXIT_UNAVAILABLE, refused.stderr
        assert f"{folder}: this user may not write in this folder" in refused.stdout
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def _allow_pages(connection: Connection, count: int) -> None:
    connection.execute(text(f"PRAGMA max_page_count = {count}"))


async def test_a_full_disk_undoes_the_whole_transaction_and_the_next_one_works_when_there_is_room(
    tmp_path: Path,
) -> None:
    async with Database.open(_url(tmp_path / "remix.db"), data_dir=tmp_path) as database:
        bench = StoreBench(SqlJobStore(database), FakeClock(), is_shared=False)
        pages = await database.read(lambda connection: int(connection.execute(text("PRAGMA page_count")).scalar_one()))
        await database.read(lambda connection: _allow_pages(connection, pages))
        answers = await asyncio.gather(*(bench.accepted() for _ in range(400)), return_exceptions=True)

        refusals = [one for one in answers if isinstance(one, BaseException)]
        assert {type(one) for one in refusals} == {StoreUnavailable}
        assert {str(one) for one in refusals} == {"database or disk is full"}
        rows = await bench.store.jobs_of_user(MEMBER, limit=1000)
        assert len(rows) == len(answers) - len(refusals)
        assert [len(await bench.store.entries(job.id)) for job in rows] == [1] * len(rows)
        await database.read(lambda connection: _allow_pages(connection, pages + 1000))
        assert await bench.accepted()
        await database.prove_writable()


async def test_a_database_that_another_program_holds_for_a_while_is_waited_for_and_then_written(
    tmp_path: Path,
) -> None:
    file = tmp_path / "remix.db"
    async with Database.open(_url(file), data_dir=tmp_path, busy_seconds=0.05) as database:
        bench = StoreBench(SqlJobStore(database), FakeClock(), is_shared=False)
        with closing(sqlite3.connect(file, isolation_level=None)) as shell:
            shell.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                await bench.accepted()
            with pytest.raises(StoreUnavailable, match="locked"):
                await database.prove_writable()
            assert await bench.store.jobs_of_user(MEMBER, limit=9) == []
            shell.execute("ROLLBACK")

        await database.prove_writable()
        assert await bench.accepted()


async def test_proving_a_database_leaves_what_is_in_it(tmp_path: Path) -> None:
    async with Database.open(_url(tmp_path / "remix.db"), data_dir=tmp_path) as database:
        bench = StoreBench(SqlJobStore(database), FakeClock(), is_shared=False)
        job = await bench.accepted()
        await database.prove_writable()
        assert await bench.row(job) == job
    async with sql_bench(_url(tmp_path / "remix.db"), tmp_path) as again:
        assert await again.row(job) == job
