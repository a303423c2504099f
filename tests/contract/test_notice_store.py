"""The contract of the ``NoticeStore``, on every kind of store."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.notice import OutageNotice, WaitingPlace
from bot.domain.status import JobStatus
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from bot.store.notice_store import SqlNoticeStore
from tests.contract.store_cases import GUILD, SNOWFLAKE, StoreBench
from tests.fake_notices import FakeNoticeStore
from tests.fake_store import FakeJobStore
from tests.fakes import START, FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.engine.notice_ports import NoticeStore
    from tests.contract.postgres_server import PostgresServer

CHANNEL = SNOWFLAKE + 33
NOTICE = OutageNotice(CHANNEL, GUILD, "ko", "outage-0123456789abcdef", START)


@dataclass
class NoticeBench:
    """Notices, and the jobs that they count."""

    notices: NoticeStore
    jobs: StoreBench


@pytest.fixture(params=["fake", "SQLite", "PostgreSQL"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[NoticeBench]:
    """A bench over each kind of store."""
    if request.param == "fake":
        clock = FakeClock()
        jobs = FakeJobStore(clock=clock.now)
        yield NoticeBench(FakeNoticeStore(jobs.all_jobs), StoreBench(jobs, clock, is_shared=False))
        return
    url = f"sqlite+aiosqlite:///{tmp_path}/remix.db"
    if request.param == "PostgreSQL":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = await server.new_database()
    async with _over_sql(url, tmp_path) as over_sql:
        yield over_sql


@asynccontextmanager
async def _over_sql(url: str, folder: Path) -> AsyncGenerator[NoticeBench]:
    clock = FakeClock()
    async with Database.open(url, data_dir=folder) as database:
        jobs = StoreBench(SqlJobStore(database, clock=clock.now, heartbeat_clock=clock.now), clock, database.is_shared)
        yield NoticeBench(SqlNoticeStore(database), jobs)


async def test_jobs_that_have_not_ended_are_counted_by_channel_with_the_language_of_the_oldest(
    bench: NoticeBench,
) -> None:
    await bench.jobs.accepted(locale="ko", card_message_id=SNOWFLAKE + 1)
    bench.jobs.clock.forward(1)
    await bench.jobs.queued(locale="en-US")
    await bench.jobs.accepted(status=JobStatus.IN_PROGRESS)
    await bench.jobs.accepted(channel_id=7, guild_id=None)
    for status in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED):
        await bench.jobs.accepted(status=status)

    assert await bench.notices.places() == [
        WaitingPlace(7, None, "en-US", 1),
        WaitingPlace(CHANNEL, GUILD, "ko", 3, SNOWFLAKE + 1),
    ]


async def test_places_that_only_an_interaction_reaches_and_private_answers_are_not_counted(bench: NoticeBench) -> None:
    await bench.jobs.accepted(by_interaction=True)
    await bench.jobs.accepted(is_private=True)

    assert await bench.notices.places() == []


async def test_a_channel_has_one_notice_whoever_comes_first(bench: NoticeBench) -> None:
    rivals = [replace(NOTICE, nonce=f"outage-{number}") for number in range(5)]

    answers = await asyncio.gather(*(bench.notices.begin(one) for one in rivals))

    assert answers[0] in rivals
    assert set(answers) == {answers[0]}
    assert await bench.notices.notices() == [answers[0]]


async def test_a_notice_takes_the_place_of_the_one_that_it_names_and_of_no_other(bench: NoticeBench) -> None:
    await bench.notices.begin(NOTICE)
    later = replace(NOTICE, nonce="outage-later", since=START + timedelta(hours=1))

    assert await bench.notices.begin(later, instead_of="outage-unknown") == NOTICE
    assert await bench.notices.begin(later, instead_of=NOTICE.nonce) == later
    assert await bench.notices.begin(replace(later, nonce="outage-third"), instead_of=NOTICE.nonce) == later


async def test_what_becomes_of_a_notice_is_kept_and_what_is_not_said_stays(bench: NoticeBench) -> None:
    other = await bench.notices.begin(replace(NOTICE, channel_id=CHANNEL + 1, guild_id=None))
    await bench.notices.begin(NOTICE)
    tried = replace(NOTICE, first_attempt_at=START + timedelta(seconds=1), after_id=2**62)

    await bench.notices.note(NOTICE, first_attempt_at=tried.first_attempt_at, after_id=tried.after_id)
    await bench.notices.note(NOTICE, message_id=SNOWFLAKE)
    assert await bench.notices.notices() == [replace(tried, message_id=SNOWFLAKE), other]
    await bench.notices.note(NOTICE, over_at=START + timedelta(minutes=9))
    await bench.notices.note(NOTICE, over_at=None, since=START + timedelta(minutes=12))

    known = replace(tried, message_id=SNOWFLAKE, since=START + timedelta(minutes=12))
    assert await bench.notices.notices() == [known, other]


async def test_a_notice_that_was_replaced_or_pruned_is_left_alone(bench: NoticeBench) -> None:
    later = replace(NOTICE, nonce="outage-later")
    await bench.notices.begin(later)

    await bench.notices.note(NOTICE, message_id=5)
    await bench.notices.note(replace(NOTICE, channel_id=9), message_id=5)

    assert await bench.notices.notices() == [later]


async def test_only_notices_that_are_over_for_long_are_pruned(bench: NoticeBench) -> None:
    for number, over_at in enumerate((None, START, START + timedelta(hours=1))):
        await bench.notices.begin(replace(NOTICE, channel_id=number, over_at=over_at))

    assert await bench.notices.prune(over_before=START + timedelta(minutes=1)) == 1
    assert [one.channel_id for one in await bench.notices.notices()] == [0, 2]
