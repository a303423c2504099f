"""Answers that begin and never end, a byte now and then: no time-out between two bytes would ever notice."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import DownloadPostponed, DownloadRefused, ProviderUnavailable, SubmissionUncertain
from bot.runcomfy import OutputDownloader, RunComfyClient, ssl_context
from sandbox.faults import Fault
from tests.contract.runcomfy_bench import Bench, open_bench
from tests.contract.scripted_server import answer, open_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CONTEXT = ssl_context()
PATIENCE_SECONDS = 0.6
"""The client's; the trickle would go on for an hour, a byte a second or faster."""


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A service whose answers all trickle."""
    async with open_bench() as bench:
        bench.sandbox.faults.add(Fault.hang(3600, times=None))
        yield bench


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[RunComfyClient]:
    """The client, with little patience."""
    async with RunComfyClient(
        base_url=bench.sandbox.base_url,
        token="any",
        user_agent="remix-bot/0",
        context=CONTEXT,
        read_seconds=PATIENCE_SECONDS,
        submit_seconds=PATIENCE_SECONDS,
    ) as opened:
        yield opened


async def test_a_trickling_answer_to_the_paid_post_is_uncertain_and_it_is_sent_once(
    bench: Bench, client: RunComfyClient
) -> None:
    with pytest.raises(SubmissionUncertain):
        await client.submit("bytedance/dreamina-4-0/edit", {"prompt": "x"})
    assert len(bench.sandbox.faults.fired) == 1


async def test_a_trickling_answer_to_a_free_question_is_an_outage(client: RunComfyClient) -> None:
    for ask in (client.status, client.result, client.cancel):
        with pytest.raises(ProviderUnavailable):
            await ask("r1")


async def test_a_trickling_output_is_postponed_and_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    async with OutputDownloader(
        hosts=[bench.sandbox.base_url], total_time=timedelta(seconds=PATIENCE_SECONDS), context=CONTEXT
    ) as files:
        with pytest.raises(DownloadPostponed):
            await files.download(f"{bench.sandbox.base_url}/outputs/r1/0.png", to=tmp_path / "0")
    assert list(tmp_path.iterdir()) == []


async def test_an_output_that_unpacks_to_a_thousand_times_its_size_is_refused_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    bomb = gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(30_000_000))
    async with (
        open_server(lambda _: answer(bomb, content_encoding="gzip")) as server,
        OutputDownloader(hosts=[server.base_url], max_bytes=1_000_000, context=CONTEXT) as files,
    ):
        with pytest.raises(DownloadRefused):
            await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    assert list(tmp_path.iterdir()) == []
