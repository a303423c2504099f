"""A SQLite database as a file: whose it is, what it survives, and what is said when it cannot be had."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from bot.domain.status import JobStatus
from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE, StartupError
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from tests.contract.store_cases import GUILD, MEMBER, StoreBench, sql_bench
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection

HOLDER = """
import asyncio, sys
from pathlib import Path
from bot.store.database import Database

async def main():
    async with Database.open(sys.argv[1], data_dir=Path(sys.argv[2])):
        print("open", flush=True)
        sys.stdin.read()

asyncio.run(main())
"""

AS_NOBODY = """
import asyncio, os, sys
from pathlib import Path
import aiosqlite
from bot.errors import StartupError
from bot.store.database import Database

async def main():
    async with Database.open(sys.argv[1], data_dir=Path(sys.argv[2])):
        pass

if os.geteuid() == 0:
    os.setuid(65534)
try:
    asyncio.run(main())
except StartupError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def _refusal(url: str, data_dir: Path, *, exit_code: int = EXIT_UNAVAILABLE) -> str:
    """The text with which a start is refused."""
    with pytest.raises(StartupError) as refusal:
        async with Database.open(url, data_dir=data_dir, busy_seconds=0.05):
            pass
    assert refusal.value.exit_code == exit_code
    return str(refusal.value)


@contextmanager
def _holder(url: str, data_dir: Path) -> Generator[subprocess.Popen[str]]:
    """Another process that has the database open."""
    arguments = [sys.executable, "-c", HOLDER, url, str(data_dir)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.kill()


def _run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own interpreter


# --- whose it is ------------------------------------------------------------------------------------------------------


async def test_a_second_process_is_refused_and_told_why_until_the_first_dies(tmp_path: Path) -> None:
    url = _url(tmp_path / "remix.db")
    with _holder(url, tmp_path) as process:
        told = await _refusal(url, tmp_path)

        assert str(tmp_path / "remix.lock") in told
        assert f"number {process.pid}" in told
        assert "one process" in told
        process.kill()
        process.wait()

        async with Database.open(url, data_dir=tmp_path) as database:
            assert not database.is_shared


async def test_another_data_folder_does_not_help_a_second_process(tmp_path: Path) -> None:
    url = _url(tmp_path / "remix.db")
    async with Database.open(url, data_dir=tmp_path / "one"):
        assert str(tmp_path / "remix.db.lock") in await _refusal(url, tmp_path / "two")
        assert "remix.lock" in await _refusal(_url(tmp_path / "other.db"), tmp_path / "one")

    async with Database.open(url, data_dir=tmp_path / "two"):
        pass


async def test_a_lock_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "remix.lock").mkdir()

    assert f"{tmp_path / 'remix.lock'}: the lock file cannot be written" in await _refusal(
        _url(tmp_path / "remix.db"), tmp_path
    )


async def test_folders_are_made_and_where_they_cannot_be_the_start_is_refused(tmp_path: Path) -> None:
    async with Database.open(_url(tmp_path / "a" / "b" / "remix.db"), data_dir=tmp_path / "c" / "d"):
        assert (tmp_path / "c" / "d").is_dir()
    (tmp_path / "file").touch()

    assert "cannot be made" in await _refusal(_url(tmp_path / "file" / "remix.db"), tmp_path)
    assert "cannot be made" in await _refusal(_url(tmp_path / "remix.db"), tmp_path / "file")


# --- what it promises -------------------------------------------------------------------------------------------------


async def test_what_was_confirmed_survives_a_power_failure(tmp_path: Path) -> None:
    def pragmas(connection: Connection) -> dict[str, Any]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in names}

    async with Database.open(_url(tmp_path / "remix.db"), data_dir=tmp_path) as database:
        found = await database.read(pragmas)

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


async def test_a_step_that_is_cancelled_while_it_waits_for_its_turn_writes_nothing(tmp_path: Path) -> None:
    async with sql_bench(_url(tmp_path / "remix.db"), tmp_path) as bench:
        first, second = asyncio.ensure_future(bench.accepted()), asyncio.ensure_future(bench.accepted())
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([first, second])

        assert second.cancelled()
        assert await bench.store.jobs_of_user(MEMBER, limit=9) == [first.result()]


async def test_no_query_of_the_running_bot_reads_the_whole_table(tmp_path: Path) -> None:
    seen: list[tuple[str, Any]] = []

    def listen(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        seen.append((statement, parameters))

    def plans(connection: Connection) -> list[str]:
        found: list[str] = []
        for statement, parameters in [one for one in seen if one[0].startswith(("SELECT", "UPDATE"))]:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found += [str(row[-1]) for row in rows]
        return found

    async with Database.open(_url(tmp_path / "remix.db"), data_dir=tmp_path) as database:
        bench = StoreBench(SqlJobStore(database), FakeClock(), is_shared=False)
        event.listen(database.engine.sync_engine, "before_cursor_execute", listen)
        job = await bench.queued(interaction_token="token", token_expires_at=bench.clock.now())
        await bench.store.advance(job, JobStatus.IN_PROGRESS)
        await bench.store.adopt("us", now=bench.clock.now())
        await bench.store.erase_tokens(now=bench.clock.now())
        await bench.store.jobs_of_user(MEMBER, limit=9)
        await bench.store.open_jobs_of_guild(GUILD)
        await bench.store.job_of_card(7)
        await bench.store.prune(delivered_before=bench.clock.now(), limit=9)
        await bench.store.entries(job.id)
        event.remove(database.engine.sync_engine, "before_cursor_execute", listen)

        found = await database.read(plans)

    assert len(found) >= 9
    scans = [plan for plan in found if plan.startswith("SCAN") and "ix_jobs_" not in plan]
    assert [plan for plan in scans if not plan.startswith("SCAN unreadable_jobs ")] == []  # it is empty, or nearly
    assert {"ix_jobs_owed", "ix_jobs_not_ended", "ix_jobs_with_token"} <= {
        word for plan in found for word in plan.split()
    }


# --- what cannot be had -----------------------------------------------------------------------------------------------


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "remix.db"
    file.write_bytes(b"These are holiday notes, not a database. " * 100)
    before = file.read_bytes()

    assert "not a database" in await _refusal(_url(file), tmp_path)
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["overwritten", "cut"])
async def test_a_damaged_database_is_refused_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "remix.db"
    async with sql_bench(_url(file), tmp_path) as bench:
        for _ in range(30):
            await bench.accepted()
    content = file.read_bytes()
    half = len(content) // 2 // 4096 * 4096
    file.write_bytes(content[:half] + (b"\xff" * 8192 + content[half + 8192 :] if damage == "overwritten" else b""))
    before = file.read_bytes()

    told = await _refusal(_url(file), tmp_path)

    assert "damaged" in told or "malformed" in told
    assert "left as it is" in told
    assert file.read_bytes() == before


async def test_a_newer_database_file_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "remix.db"
    async with Database.open(_url(file), data_dir=tmp_path) as database:
        await database.write(
            lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = 'x'"))
        )
    before = file.read_bytes()

    assert "newer" in await _refusal(_url(file), tmp_path, exit_code=EXIT_CONFIG)
    assert file.read_bytes() == before


async def test_a_database_that_another_program_holds_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "remix.db"
    with closing(sqlite3.connect(file)) as shell:
        shell.execute("CREATE TABLE theirs (x)")
        shell.execute("BEGIN EXCLUSIVE")

        assert "locked" in await _refusal(_url(file), tmp_path)


async def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "remix.db").mkdir()

    assert "unable to open database file" in await _refusal(_url(tmp_path / "remix.db"), tmp_path)


async def test_a_database_that_may_only_be_read_is_refused() -> None:
    # Root may write everything, so another user tries; the folders of pytest are closed to it.
    folder = Path(tempfile.mkdtemp())
    try:
        file = folder / "remix.db"
        async with Database.open(_url(file), data_dir=folder):
            pass
        for path, mode in ((folder, 0o777), (folder / "remix.lock", 0o666), (folder / "remix.db.lock", 0o666)):
            path.chmod(mode)
        file.chmod(0o444)
        before = file.read_bytes()

        refused = await asyncio.to_thread(_run, AS_NOBODY, _url(file), str(folder))

        assert "readonly database" in refused.stdout, refused.stderr
        assert refused.returncode == EXIT_UNAVAILABLE
        assert file.read_bytes() == before
    finally:
        shutil.rmtree(folder)


async def test_a_postgresql_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    told = await _refusal(f"postgresql+asyncpg://bot:s3cret@/remix?host={tmp_path}/none", tmp_path)

    assert "cannot be used" in told
    assert "s3cret" not in told


def test_without_its_driver_postgresql_is_refused_with_the_package_to_install(tmp_path: Path) -> None:
    script = f"import sys\nsys.modules['asyncpg'] = None\n{AS_NOBODY.replace('os.setuid(65534)', 'pass')}"

    refused = _run(script, "postgresql+asyncpg://bot@127.0.0.1/remix", str(tmp_path))

    assert "install remix-bot[postgres]" in refused.stdout, refused.stderr
    assert refused.returncode == EXIT_CONFIG
