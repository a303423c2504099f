"""Databases of every schema that has landed, with rows in every table, under this program.

``landed_schemas`` holds, for a commit and a kind of database, each statement that its code wrote: the migrations, then
the rows of seven jobs, one in each state, and of every other table. They are recorded, never edited.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import delete, func, inspect, select
from sqlalchemy.ext.asyncio import create_async_engine

from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import Phase
from bot.errors import StartupError, StoreUnavailable
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from bot.store.tables import jobs, metadata
from tests.fakes import FakeClock, FakeRequest
from tests.newest_schema import VERSIONS
from tests.unit.engine_bench import MODEL_ID, OUTPUT, EngineBench

if TYPE_CHECKING:
    from sqlalchemy import Connection

LANDED: Final = Path(__file__).parent / "landed_schemas"
COMMITS: Final = sorted({path.stem.partition("-")[0] for path in LANDED.glob("*.json")})
DIGESTS: Final = {
    "0001_jobs.py": "ed63ac74c387bfb1cb3e99747857a14b6372106bc72661c613c20701b311b022",
    "0002_retention.py": "98624ab0355cdfadd46c86c3d23b92968b137d54beb1c62e2430fbdcc1e726d9",
    "0003_pictures.py": "8623812d31265dce9e913c611330a2201fca99fef730c4f3eff419d87c19d6e4",
    "0004_repair.py": "cb43cb1f934cc29876972c941f12c9b96b0a7419b5edcfabd3f8200f7af13421",
    "0005_unreadable_jobs.py": "656ae862b66e4c114476870ca7eac53f2a203b2c1b5089b7b935a0674e932a29",
    "0006_restored.py": "ff4b16c5efa68a99864293890521ecad3867558adac1ec2a0756566400a39f9d",
    "0007_partly_fetched.py": "99c678ea300206c3dcc6e5679774ae257bedec37e8a9df4c099b64278320f6a9",
    "0008_search_bounds.py": "fe182a18c23fd97985d8f44e4cf147d4fd3989c0360ac129ee1c4cdcda3c46ea",
    "0009_age_restriction.py": "81a1e6de158c7b43f53decb7b76cbb456eac4a40cbe3186502a19119d79d7fba",
}
WRITTEN_AT: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDS: Final = [f"{number:016x}" for number in range(1, 8)]
WAITING, SENDING, QUEUED, FETCHED, DELIVERED, UNCERTAIN, CANCELLED = IDS


def test_a_migration_that_has_landed_is_never_edited() -> None:
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VERSIONS.glob("0*.py")}

    assert digests == DIGESTS


async def _replay(url: str, commit: str) -> dict[str, int]:
    """Make the database that the code of a commit made, and count the rows of each table."""
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    statements = json.loads((LANDED / f"{commit}-{kind}.json").read_text())
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement, values in statements:
            await connection.exec_driver_sql(statement, tuple(_value(value) for value in values))
        counted = await connection.run_sync(_rows)
    await engine.dispose()
    return counted


def _value(value: Any) -> Any:
    is_time = isinstance(value, dict)
    return datetime.fromisoformat(str(cast("dict[str, str]", value)["datetime"])) if is_time else value


def _rows(connection: Connection) -> dict[str, int]:
    there = set(inspect(connection).get_table_names())
    tables = [table for table in metadata.sorted_tables if table.name in there]
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def _differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection), metadata)


async def _bench(database: Database, data_dir: Path) -> EngineBench:
    """An engine over the upgraded database, a minute after its rows were written, with the files that they name."""
    clock = FakeClock(WRITTEN_AT)
    bench = EngineBench(data_dir, store=SqlJobStore(database, heartbeat_clock=clock.now), clock=clock)
    for job_id in (FETCHED, DELIVERED):
        result = data_dir / "outputs" / job_id / "0.png"
        result.parent.mkdir(parents=True)
        result.write_bytes(b"a result")
    bench.provider.requests["request-3"] = FakeRequest("request-3", MODEL_ID, {}, phase=Phase.QUEUED)
    return bench


@pytest.mark.parametrize("commit", COMMITS)
async def test_the_jobs_of_an_older_program_go_on_and_are_delivered_once(
    database_url: str, tmp_path: Path, commit: str
) -> None:
    recorded = await _replay(database_url, commit)
    async with Database.open(database_url, data_dir=tmp_path) as database:
        assert await database.read(_differences) == []
        upgraded = await database.read(_rows)
        assert {name: upgraded[name] for name in recorded} == recorded
        assert 0 not in recorded.values()
        bench = await _bench(database, tmp_path)
        await bench.loop.start()
        await bench.pass_time(600)  # the recorded pause ends meanwhile
        for request_id in bench.provider.requests:
            bench.provider.finish(request_id, OUTPUT)
        await bench.pass_time(120)
        await bench.restart()
        await bench.pass_time(600)
        rows = [await bench.store.get(job_id) for job_id in IDS]
        ended = {job.id: job for job in rows if job is not None}

    assert {job_id: job.status for job_id, job in ended.items()} == {
        WAITING: JobStatus.SUCCEEDED,
        SENDING: JobStatus.FAILED,
        QUEUED: JobStatus.SUCCEEDED,
        FETCHED: JobStatus.SUCCEEDED,
        DELIVERED: JobStatus.SUCCEEDED,
        UNCERTAIN: JobStatus.FAILED,
        CANCELLED: JobStatus.CANCELLED,
    }
    assert all(job.delivered_at is not None for job in ended.values())
    assert {job.origin.is_age_restricted for job in ended.values()} == {None}
    assert ended[SENDING].failure is FailureReason.UNCERTAIN
    assert len(bench.provider.requests) == 2  # the job that waited was submitted once, the others were not
    with_results = {
        job_id: [sent.filenames for sent in bench.courier.messages_of(job_id) if sent.filenames] for job_id in IDS
    }
    assert {job_id: len(sent) for job_id, sent in with_results.items()} == {
        WAITING: 1, SENDING: 0, QUEUED: 1, FETCHED: 1, DELIVERED: 0, UNCERTAIN: 0, CANCELLED: 0,
    }  # fmt: skip


DAMAGES: Final = (
    ("ALTER TABLE servers RENAME TO servants", "there is no table servers"),
    ("ALTER TABLE jobs DROP COLUMN prepared_at", "jobs has no column prepared_at"),
    ("ALTER TABLE jobs RENAME COLUMN prepared_at TO made_at", "jobs has no column prepared_at"),
    ("ALTER TABLE ledger ADD COLUMN why INTEGER NOT NULL DEFAULT 0", None),
)


@pytest.mark.parametrize(("damage", "said"), DAMAGES)
async def test_tables_that_are_not_as_their_version_says_are_named_at_start(
    database_url: str, tmp_path: Path, damage: str, said: str | None
) -> None:
    async with Database.open(database_url, data_dir=tmp_path):
        pass
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(damage)
    await engine.dispose()

    with nullcontext() if said is None else pytest.raises(StartupError, match=said):
        async with Database.open(database_url, data_dir=tmp_path):
            pass


async def test_rows_that_refer_to_a_row_that_is_not_there_stop_the_upgrade(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/remix.db"
    await _replay(url, "093005d")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(delete(jobs).where(jobs.c.id == DELIVERED))
    await engine.dispose()

    with pytest.raises(StartupError, match="refers to rows of jobs that are not there"):
        async with Database.open(url, data_dir=tmp_path):
            pass


async def test_foreign_keys_are_checked_again_after_the_upgrade(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/remix.db"
    await _replay(url, "093005d")
    async with Database.open(url, data_dir=tmp_path) as database:
        with pytest.raises(StoreUnavailable, match="FOREIGN KEY"):
            await database.write(lambda connection: connection.execute(delete(jobs).where(jobs.c.id == DELIVERED)))
