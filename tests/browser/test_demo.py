"""``python -m sandbox`` as a newcomer starts it: that the page is there, and what becomes of a taken port."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import ClientSession

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """The demo as a process.

    Args:
        process: It.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def until_it_says(self, pattern: str) -> str:
        """Read on until a line fits, and answer what the pattern's group caught."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            while (found := re.search(pattern, self.said)) is None:
                line = await self.process.stdout.readline()
                assert line, self.said
                self.said += line.decode()
        return found[1]


@asynccontextmanager
async def demo_at(port: int, folder: Path) -> AsyncGenerator[Demo]:
    """The page without the scenes, at a port."""
    arguments = ("-m", "sandbox", "--no-scenes", "--no-browser", "--web-port", str(port), "--out", str(folder))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    yield Demo(process)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0


@pytest_asyncio.fixture(loop_scope="session")
async def demo(unused_port: int, tmp_path: Path) -> AsyncIterator[Demo]:
    """The page where it was wished."""
    async with demo_at(unused_port, tmp_path) as demo:
        yield demo


@pytest_asyncio.fixture(loop_scope="session")
async def taken_demo(taken_port: int, tmp_path: Path) -> AsyncIterator[Demo]:
    """The page that was wished where somebody else listens."""
    async with demo_at(taken_port, tmp_path) as demo:
        yield demo


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def test_the_page_is_up_with_the_bot_behind_it(demo: Demo, unused_port: int) -> None:
    url = await demo.until_it_says(r"Try the bot in a browser: (\S+)")
    assert url == f"http://127.0.0.1:{unused_port}"
    await demo.until_it_says(r"(The bot runs as process)")
    async with ClientSession() as session, session.get(url) as answer:
        assert "Remix bot" in await answer.text()


async def test_a_taken_port_is_told_and_the_page_takes_a_free_one(taken_demo: Demo, taken_port: int) -> None:
    url = await taken_demo.until_it_says(r"Try the bot in a browser: (\S+)")
    assert f"Port {taken_port} is taken" in taken_demo.said
    await taken_demo.until_it_says(r"(stays up)")
    async with ClientSession() as session, session.get(f"{url}/weather") as answer:
        assert (await answer.json())["is_bot_connected"]
