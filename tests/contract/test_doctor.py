"""What the doctor says of a database, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bot.doctor.finding import Level
from bot.doctor.machine import check_database
from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE
from bot.settings import Settings
from bot.store.database import Database
from tests.newest_schema import NEWEST_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.postgres_server import PostgresServer


async def test_the_doctor_looks_at_a_database_in_use_and_names_its_schema(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    absent = await check_database(settings)
    said: list[str] = []
    async with Database.open(database_url, data_dir=tmp_path) as database:
        for version in (NEWEST_SCHEMA, "0001", "9"):
            words, given = text("UPDATE alembic_version SET version_num = :version"), {"version": version}
            await database.write(lambda connection, words=words, given=given: connection.execute(words, given))
            found = await check_database(settings)
            said.append(found.text)

    assert (absent.level, absent.text) == (Level.OK, "there is none yet; the first start makes it.")
    assert said[:2] == [
        f"takes writes, schema {NEWEST_SCHEMA}.",
        f"takes writes; the next start brings schema 0001 to {NEWEST_SCHEMA}.",
    ]
    assert (found.level, found.exit_code) == (Level.FAIL, EXIT_CONFIG)
    assert "newer version" in said[2]


async def test_the_doctor_writes_nothing_into_a_postgresql(postgres_server: PostgresServer, tmp_path: Path) -> None:
    url = await postgres_server.new_database()
    settings = Settings(database_url=url, data_dir=tmp_path)

    await check_database(settings)
    again = await check_database(settings)

    assert again.text == "there is none yet; the first start makes it."


async def test_a_postgresql_that_is_not_there_is_named_with_what_to_do(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    urls = [postgres_server.url("nobody_made_it"), "postgresql+asyncpg://bot:s3cret-word@127.0.0.1:1/remix"]
    for url in urls:
        finding = await check_database(Settings(database_url=url, data_dir=tmp_path))

        assert (finding.level, finding.exit_code) == (Level.FAIL, EXIT_UNAVAILABLE)
        assert "DATABASE_URL" in finding.text
        assert "s3cret-word" not in finding.text
