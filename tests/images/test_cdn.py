"""Looking at files where Discord keeps them: bounded, and from allowed places only."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import InputPostponed, InputRefused
from bot.images.inspector import PictureInspector
from bot.images.probe import HEAD_BYTES
from tests.brushes import noise, photograph, written
from tests.contract.scripted_server import HANG, RESET, Received, ScriptedServer, answer, open_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.images.storage import Storage

SMALL = written(photograph(), "PNG")
LONG = written(noise((300, 300)), "PNG")


@pytest.fixture
async def server() -> AsyncGenerator[ScriptedServer]:
    """A network that does what its script says."""
    async with open_server(lambda _: answer(SMALL)) as opened:
        yield opened


@pytest.fixture
async def hasty(server: ScriptedServer) -> AsyncGenerator[PictureInspector]:
    """Who looks at what lies there, and waits a quarter of a second."""
    soon = timedelta(seconds=0.25)
    async with PictureInspector(hosts=[server.base_url], probe_time=soon, copy_time=soon) as opened:
        yield opened


async def test_the_first_bytes_are_asked_for_and_no_others(inspector: PictureInspector, storage: Storage) -> None:
    probe = await inspector.probe(storage.put(LONG), size=len(LONG))
    assert (probe.width, probe.is_whole) == (300, False)
    assert storage.ranges == [f"bytes=0-{HEAD_BYTES - 1}"]


async def test_a_small_file_is_asked_for_once(inspector: PictureInspector, storage: Storage) -> None:
    assert (await inspector.probe(storage.put(SMALL), size=len(SMALL))).is_whole
    assert len(storage.ranges) == 1


async def test_no_more_is_read_of_a_file_than_is_needed_where_ranges_are_ignored() -> None:
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
        try:
            while sent < 900_000_000:
                writer.write(LONG)
                await writer.drain()
                sent += len(LONG)
        except ConnectionError:  # that is what is hoped for
            pass
        finally:
            writer.close()

    pouring = await asyncio.start_server(pour, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{pouring.sockets[0].getsockname()[1]}"
    async with pouring, PictureInspector(hosts=[origin]) as inspector:
        probe = await inspector.probe(f"{origin}/a.png", size=900_000_000)
    assert (probe.content_type, probe.width, probe.is_whole) == ("image/png", 300, False)
    assert sent < 50_000_000


async def test_a_file_of_another_length_than_was_said_leaves_doubt(
    inspector: PictureInspector, storage: Storage
) -> None:
    assert not (await inspector.probe(storage.put(LONG[:-5]), size=len(LONG))).is_whole
    with pytest.raises(InputRefused) as refused:
        await inspector.probe(storage.put(b""), size=len(LONG))
    assert refused.value.problem == "empty_file"


@pytest.mark.parametrize("status", [403, 404, 410])
@pytest.mark.parametrize("size", [len(SMALL), 500_000])
async def test_a_file_that_is_gone_is_refused(
    server: ScriptedServer, hasty: PictureInspector, tmp_path: Path, status: int, size: int
) -> None:
    server.script = lambda _: answer(b"gone", status=status)
    with pytest.raises(InputRefused) as refused:
        await hasty.probe(f"{server.base_url}/a.png", size=size)
    assert refused.value.problem == "gone"
    with pytest.raises(InputRefused) as refused:
        await hasty.copy(f"{server.base_url}/a.png", to=tmp_path / "a")
    assert refused.value.problem == "gone"


async def test_an_expired_url_of_the_network_is_gone(inspector: PictureInspector, storage: Storage) -> None:
    url = storage.put(SMALL)
    storage.cdn.expire_all()
    with pytest.raises(InputRefused, match="gone"):
        await inspector.probe(url, size=len(SMALL))


BROKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n" + SMALL[:100]


@pytest.mark.parametrize("said", [answer(status=500), answer(status=429), answer(status=503), HANG, RESET, b"nonsense"])
@pytest.mark.parametrize("size", [len(SMALL), 500_000])
async def test_what_may_be_had_later_is_postponed(
    server: ScriptedServer, hasty: PictureInspector, tmp_path: Path, said: bytes, size: int
) -> None:
    server.script = lambda _: said
    with pytest.raises(InputPostponed):
        await hasty.probe(f"{server.base_url}/a.png", size=size)
    with pytest.raises(InputPostponed):
        await hasty.copy(f"{server.base_url}/a.png", to=tmp_path / "folder" / "a")
    assert list((tmp_path / "folder").iterdir()) == []


async def test_a_copy_is_whole_or_not_there(server: ScriptedServer, hasty: PictureInspector, tmp_path: Path) -> None:
    server.script = lambda _: BROKEN
    with pytest.raises(InputPostponed):
        await hasty.copy(f"{server.base_url}/a.png", to=tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
    server.script = lambda _: answer(SMALL)
    await hasty.copy(f"{server.base_url}/a.png", to=tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == SMALL


async def test_a_file_larger_than_any_that_is_mended_is_not_copied(
    server: ScriptedServer, hasty: PictureInspector, tmp_path: Path
) -> None:
    server.script = lambda _: answer(SMALL, content_length="100000001")
    with pytest.raises(InputRefused) as refused:
        await hasty.copy(f"{server.base_url}/a.png", to=tmp_path / "a")
    assert (refused.value.problem, refused.value.values) == ("file_too_large", {"size_mb": 100.1, "limit_mb": 100})


async def test_a_copy_stopped_half_way_leaves_nothing(server: ScriptedServer, tmp_path: Path) -> None:
    server.script = lambda _: HANG
    async with PictureInspector(hosts=[server.base_url]) as patient:
        copying = asyncio.create_task(patient.copy(f"{server.base_url}/a.png", to=tmp_path / "a"))
        await server.arrived.wait()
        copying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await copying
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/a.png", "http://cdn.discordapp.com/a.png", "file:///etc/passwd", "https://127.0.0.1/a", ""],
)
async def test_no_other_place_is_asked(tmp_path: Path, url: str) -> None:
    async with PictureInspector(hosts=["cdn.discordapp.com"]) as inspector:
        for looking in (inspector.probe(url, size=500_000), inspector.copy(url, to=tmp_path / "a")):
            with pytest.raises(InputRefused) as refused:
                await looking
            assert refused.value.problem == "not_at_discord"


async def test_no_redirect_leads_elsewhere(server: ScriptedServer, hasty: PictureInspector) -> None:
    async with open_server(lambda _: answer(SMALL)) as elsewhere:
        server.script = lambda _: answer(status=302, location=f"{elsewhere.base_url}/a.png")
        with pytest.raises(InputRefused, match="not_at_discord"):
            await hasty.probe(f"{server.base_url}/a.png", size=len(SMALL))
        assert elsewhere.connections == 0


async def test_a_redirect_within_the_allowed_places_is_followed(
    server: ScriptedServer, hasty: PictureInspector
) -> None:
    def script(request: Received) -> bytes:
        return answer(SMALL) if request.target.endswith("/b.png") else answer(status=302, location="/b.png")

    server.script = script
    assert (await hasty.probe(f"{server.base_url}/a.png", size=len(SMALL))).is_whole


async def test_ten_inputs_are_looked_at_side_by_side() -> None:
    waiting = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        await reader.readuntil(b"\r\n\r\n")
        arrived += 1
        if arrived == 10:
            waiting.set()
        await waiting.wait()
        writer.write(answer(SMALL, connection="close"))
        writer.close()

    arrived = 0
    holding = await asyncio.start_server(hold, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{holding.sockets[0].getsockname()[1]}"
    async with holding, PictureInspector(hosts=[origin]) as inspector:
        looks = [inspector.probe(f"{origin}/{number}.png", size=len(SMALL)) for number in range(10)]
        assert all(probe.is_whole for probe in await asyncio.gather(*looks))


async def test_a_file_is_asked_for_as_it_is_and_without_credentials(
    server: ScriptedServer, hasty: PictureInspector
) -> None:
    await hasty.probe(f"{server.base_url}/a.png", size=len(SMALL))
    headers = server.received[0].headers
    assert headers["accept-encoding"] == "identity"
    assert "authorization" not in headers
