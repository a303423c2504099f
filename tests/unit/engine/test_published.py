"""Inputs that the bot serves itself: what is submitted then, and what is served."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.domain.ledger import balance
from bot.domain.status import JobStatus
from bot.engine.published import PUBLISHED, SERVED_FOR, PublishedInputs
from bot.errors import InputPostponed, InputRefused
from bot.ops.health import HealthReport, HealthServer
from bot.ops.input_routes import input_routes
from bot.runcomfy.outputs import output_urls
from tests.unit.engine_bench import GUILD, INPUT, EngineBench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.job import Job

BASE = "https://bot.example"
HEIC = "https://cdn.discordapp.com/a/cat.heic"
JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


def publishing(bench: EngineBench, *, secret: str) -> PublishedInputs:
    """What a process with this secret serves."""
    return PublishedInputs(
        inspector=bench.inspector, data_dir=bench.data_dir, base_url=BASE, secret=secret, clock=bench.clock
    )


@pytest.fixture
async def bench(bench: EngineBench) -> AsyncIterator[EngineBench]:
    """A bot that serves its inputs, on a real port."""
    await bench.servers.choose_keeping(GUILD, keeps=False)
    well = HealthReport(live=True, ready=True)
    bench.published = publishing(bench, secret="a")
    async with HealthServer("127.0.0.1", 0, lambda: well, more_routes=input_routes(bench.published)) as server:
        await bench.restart()
        bench.server_url = server.url
        yield bench


def sent(bench: EngineBench) -> list[str]:
    """The addresses that the provider was given."""
    return cast("list[str]", bench.provider.newest.payload["image_urls"])


async def get(bench: EngineBench, url: str) -> tuple[int, bytes, str]:
    """Fetch an address as the provider does, through the operator's TLS."""
    local = bench.server_url + url.removeprefix(BASE)
    async with aiohttp.ClientSession() as http, http.get(local) as response:
        return response.status, await response.read(), response.content_type


async def submitted(bench: EngineBench, *more: str) -> tuple[Job, list[str]]:
    """A job that is submitted, and what the provider was given."""
    job = await bench.remix(more=more)
    await bench.settle()
    return await bench.row(job), sent(bench)


# --- what is submitted ------------------------------------------------------------------------------------------------


async def test_the_provider_is_given_our_addresses_and_gets_the_files(bench: EngineBench) -> None:
    other = "https://cdn.discordapp.com/a/dog.png"
    row, urls = await submitted(bench, other)

    assert all(url.startswith(f"https://bot.example/inputs/{row.id}/") for url in urls)
    assert [(await get(bench, url))[:2] for url in urls] == [(200, INPUT.encode()), (200, other.encode())]
    assert [one.url for one in row.request.inputs] == [INPUT, other]


async def test_a_mended_picture_is_served_from_its_kept_copy(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await bench.remix(url=HEIC)
    await bench.settle()

    [url] = sent(bench)
    kept = (await bench.row(job)).request.inputs[0].kept
    assert kept is not None
    assert (await get(bench, url))[:2] == (200, kept.url.encode())


async def test_a_file_that_cannot_be_had_now_is_tried_again_and_copied_once(bench: EngineBench) -> None:
    bench.inspector.fail("copy", InputPostponed("slow"))
    job = await bench.remix()
    await bench.settle()
    assert (await bench.row(job)).status is JobStatus.PENDING
    assert bench.provider.requests == {}

    await bench.pass_time(timedelta(minutes=5))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    assert bench.inspector.count("copy") == 2


async def test_a_file_that_cannot_be_had_for_a_day_ends_the_job_for_free(bench: EngineBench) -> None:
    bench.inspector.fail("copy", *[InputPostponed("slow")] * 10_000)
    job = await bench.remix()
    await bench.pass_time(timedelta(hours=23))
    assert (await bench.row(job)).status is JobStatus.PENDING

    await bench.pass_time(timedelta(hours=2))
    assert (await bench.row(job)).status is JobStatus.EXPIRED
    assert bench.provider.requests == {}
    assert balance(await bench.store.entries(job.id)) == 0


async def test_a_file_that_is_gone_ends_the_job_for_free(bench: EngineBench) -> None:
    bench.inspector.fail("copy", InputRefused("gone", "HTTP 404"))
    job = await bench.remix()
    await bench.settle()

    assert (await bench.row(job)).status is JobStatus.EXPIRED
    assert bench.provider.requests == {}


def test_our_address_in_an_answer_is_no_output() -> None:
    ours, theirs = "https://bot.example/inputs/j1/1.png?ex=1&sig=2", "https://files.runcomfy.net/1.png"
    assert output_urls({"images": [ours, theirs]}, sent_urls=["https://bot.example/inputs/j1/"]) == (theirs,)


# --- what is served ---------------------------------------------------------------------------------------------------


async def test_a_picture_is_served_with_its_own_type(bench: EngineBench) -> None:
    row, [url] = await submitted(bench)
    folder = bench.data_dir / PUBLISHED / row.id
    [file] = await asyncio.to_thread(lambda: list(folder.iterdir()))
    file.rename(folder / "1.came")
    (folder / "1.came").write_bytes(JPEG)
    (folder / "1.came").rename(folder / "1.jpg")
    assert bench.published is not None
    again = await bench.published.publish(row.id, row.request)

    assert await get(bench, again.inputs[0].url) == (200, JPEG, "image/jpeg")
    assert (await get(bench, url))[0] == 404


async def test_an_address_that_expired_is_gone(bench: EngineBench) -> None:
    _, [url] = await submitted(bench)
    bench.clock.forward(SERVED_FOR - timedelta(seconds=1))
    assert (await get(bench, url))[0] == 200
    bench.clock.forward(timedelta(seconds=1))
    assert (await get(bench, url))[0] == 410


async def test_no_other_address_than_a_signed_one_is_served(bench: EngineBench) -> None:
    row, [url] = await submitted(bench)
    secret = bench.data_dir / PUBLISHED / row.id / "2.bin"
    secret.write_text("another file")
    (bench.data_dir / PUBLISHED / row.id / "3.bin").symlink_to(secret)
    query = urlsplit(url).query
    expiry, signature = parse_qs(query)["ex"][0], parse_qs(query)["sig"][0]
    later, path = f"{int(expiry, 16) + 1:x}", urlsplit(url).path

    for forged in (
        path,
        f"{path}?ex={later}&sig={signature}",
        f"{path}?ex={expiry}&sig={signature[:-1]}{'0' if signature[-1] != '0' else '1'}",
        f"{path}?ex={expiry}&sig=%C3%BC",
        f"{path}?ex=&sig=",
        f"{path}?ex={'f' * 300}&sig={signature}",
        f"/inputs/{row.id}/2.bin?{query}",
        f"/inputs/{row.id}/3.bin?{query}",
        f"/inputs/{row.id}/..%2F..%2Fremix.db?{query}",
        f"/inputs/..%2F{PUBLISHED}%2F{row.id}/1.bin?{query}",
        f"/inputs/%2e%2e/{PUBLISHED}?{query}",
        f"/inputs/{row.id}/?{query}",
        f"/inputs/?{query}",
    ):
        assert (await get(bench, forged))[0] == 404, forged


async def test_the_key_depends_on_the_secret(bench: EngineBench) -> None:
    row, [url] = await submitted(bench)
    other = publishing(bench, secret="b")
    forged = (await other.publish(row.id, row.request)).inputs[0].url
    assert urlsplit(forged).path == urlsplit(url).path
    assert (await get(bench, forged))[0] == 404
