"""A backup of a SQLite database in use: whole, consistent, and never over another file."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE, StartupError
from bot.store.backup import back_up
from tests.contract.store_cases import PRICE, sql_bench

if TYPE_CHECKING:
    from pathlib import Path


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _scalar(file: Path, query: str) -> object:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchone()[0]


async def _refusal(url: str, to: Path, *, exit_code: int) -> str:
    with pytest.raises(StartupError) as refusal:
        await back_up(url, to)
    assert refusal.value.exit_code == exit_code
    return str(refusal.value)


async def test_a_copy_holds_every_row_and_the_bot_starts_on_it(tmp_path: Path) -> None:
    async with sql_bench(_url(tmp_path / "remix.db"), tmp_path) as bench:
        jobs = [await bench.accepted() for _ in range(3)]
        size = await back_up(_url(tmp_path / "remix.db"), tmp_path / "copy.db")
    assert size == (tmp_path / "copy.db").stat().st_size > 0
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.db"]
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600

    async with sql_bench(_url(tmp_path / "copy.db"), tmp_path / "other") as restored:
        assert [await restored.row(job) for job in jobs] == jobs
        assert [len(await restored.store.entries(job.id)) for job in jobs] == [1, 1, 1]


async def test_copies_that_are_made_while_jobs_are_written_hold_whole_transactions_only(tmp_path: Path) -> None:
    written, stop = 0, asyncio.Event()

    async with sql_bench(_url(tmp_path / "remix.db"), tmp_path) as bench:

        async def write() -> None:
            nonlocal written
            while not stop.is_set():
                await bench.accepted()
                written += 1

        writer = asyncio.create_task(write())
        counts: list[int] = []
        for number in range(8):
            await bench.accepted()
            before = written
            await back_up(_url(tmp_path / "remix.db"), tmp_path / f"{number}.db")
            found = _scalar(tmp_path / f"{number}.db", "SELECT count(*) FROM jobs")
            assert isinstance(found, int)
            assert found >= before
            counts.append(found)
        stop.set()
        await writer

    assert counts == sorted(counts)
    assert written > 8
    for number, count in enumerate(counts):
        held = _scalar(tmp_path / f"{number}.db", "SELECT sum(amount_micros) FROM ledger")
        assert held == count * PRICE
        assert _scalar(tmp_path / f"{number}.db", "PRAGMA integrity_check") == "ok"


async def test_a_copy_holds_no_interaction_token_for_it_outlives_them(tmp_path: Path) -> None:
    async with sql_bench(_url(tmp_path / "remix.db"), tmp_path) as bench:
        job = await bench.accepted(interaction_token="aW50ZXJhY3Rpb24", token_expires_at=bench.clock.now())
        await back_up(_url(tmp_path / "remix.db"), tmp_path / "copy.db")
        assert (await bench.row(job)).origin.interaction_token == "aW50ZXJhY3Rpb24"

    assert _scalar(tmp_path / "copy.db", "SELECT count(*) FROM jobs WHERE interaction_token IS NOT NULL") == 0
    assert b"aW50ZXJhY3Rpb24" not in (tmp_path / "copy.db").read_bytes()


async def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("holiday notes")
    async with sql_bench(_url(tmp_path / "remix.db"), tmp_path):
        told = await _refusal(_url(tmp_path / "remix.db"), tmp_path / "copy.db", exit_code=EXIT_CONFIG)

    assert "not overwritten" in told
    assert (tmp_path / "copy.db").read_text() == "holiday notes"


async def test_without_a_database_or_a_folder_nothing_is_left_behind(tmp_path: Path) -> None:
    no_database = await _refusal(_url(tmp_path / "none.db"), tmp_path / "copy.db", exit_code=EXIT_UNAVAILABLE)
    (tmp_path / "notes.db").write_bytes(b"These are holiday notes, not a database. " * 100)
    damaged = await _refusal(_url(tmp_path / "notes.db"), tmp_path / "copy.db", exit_code=EXIT_UNAVAILABLE)
    nowhere = await _refusal(_url(tmp_path / "notes.db"), tmp_path / "no" / "copy.db", exit_code=EXIT_UNAVAILABLE)

    assert "there is no database" in no_database
    assert "not a database" in damaged
    assert "No such file or directory" in nowhere
    assert [path.name for path in tmp_path.iterdir()] == ["notes.db"]


async def test_for_postgresql_its_own_tool_is_named_without_the_password(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://bot:s3cret@db.example/remix"
    told = await _refusal(url, tmp_path / "copy", exit_code=EXIT_CONFIG)

    assert f"pg_dump --format=custom --file={tmp_path / 'copy'} --host=db.example --username=bot remix" in told
    assert "s3cret" not in told
