"""Migrations that are killed before each statement that writes, and before the commit: the next start succeeds."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# One interpreter forks a child for each attempt, so that the libraries are loaded once.
KILLED_EVERYWHERE = """
import asyncio, os, sys
from pathlib import Path
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine
from bot.store.database import Database
from bot.store.tables import metadata

url, data_dir = sys.argv[1], Path(sys.argv[2])
writes, deadly = 0, 0

def step(*_):
    global writes
    writes += 1
    if writes == deadly:
        os._exit(9)

def before(connection, cursor, statement, *_):
    if statement.lstrip().upper().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")):
        step()

def differences(connection):
    return compare_metadata(MigrationContext.configure(connection), metadata)

async def start():
    async with Database.open(url, data_dir=data_dir) as database:
        found = await database.read(differences)
        assert found == [], found

async def empty():
    if url.startswith("sqlite"):
        for file in data_dir.glob("remix.db*"):
            file.unlink()
        return
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()

def child(work, kill_at=0):
    global deadly
    number = os.fork()
    if number == 0:
        deadly = kill_at
        if kill_at:
            event.listen(Engine, "before_cursor_execute", before)
            event.listen(Engine, "commit", step)
        asyncio.run(work())
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])

kills = 0
while True:
    assert child(empty) == 0
    code = child(start, kill_at=kills + 1)
    if code == 0:
        break
    assert code == 9, code
    assert child(start) == 0, f"after a kill before write {kills + 1} the next start failed"
    kills += 1
print(kills)
"""


async def test_wherever_a_migration_is_killed_the_next_start_succeeds(database_url: str, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", KILLED_EVERYWHERE, database_url, str(tmp_path)]

    done = await asyncio.to_thread(subprocess.run, arguments, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15
