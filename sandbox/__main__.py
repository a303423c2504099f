"""``python -m sandbox``: both simulators, the bot as a child process, the chat page, and a play in three scenes.

The page is up from the first moment, so that the scenes can be watched there; in a terminal, or with ``--serve``, it
stays up afterwards. ``--no-bot`` starts the simulators alone and prints their addresses as one line of JSON, so that
any other client of Discord or RunComfy can be pointed at them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import webbrowser
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.bot_process import BotProcess
from sandbox.demo import Demo, DemoError
from sandbox.faults import Faults
from sandbox.servers import Servers
from sandbox.weather import Weather
from sandbox.web.server import ChatPage, PortTakenError

if TYPE_CHECKING:
    from collections.abc import Sequence

WEB_PORT: Final = 8080


@dataclass(frozen=True)
class Wishes:
    """How the demo shall run.

    Args:
        out: Where the pictures go.
        web_port: The page's port; 0 takes a free one.
        plays: Whether the scenes are played.
        stays_up: Whether the page stays afterwards.
        opens_browser: Whether a browser is opened.
    """

    out: Path
    web_port: int = WEB_PORT
    plays: bool = True
    stays_up: bool = False
    opens_browser: bool = False


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 - this program's answer


async def until_told() -> None:
    """Wait for SIGINT or SIGTERM."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


async def serve_alone(servers: Servers) -> None:
    """Run the simulators without a bot."""
    async with servers:
        say(json.dumps(servers.addresses.as_json()))
        await until_told()


async def run(servers: Servers, wishes: Wishes, *, discord_faults: Faults) -> None:
    """Run the simulators, the page and the bot, and play the scenes.

    Raises:
        DemoError: The bot does not start, or a promise was broken.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="remix-bot-")))
        await stack.enter_async_context(servers)
        bot = BotProcess(servers.environment(folder / "data"), folder=folder)
        page = ChatPage(servers.discord, Weather(servers, bot=bot, discord_faults=discord_faults))
        await _open_page(page, wishes)
        stack.push_async_callback(page.stop)
        say(
            f"A simulated Discord listens at {servers.discord.base_url}, a simulated RunComfy at "
            f"{servers.runcomfy.base_url}."
        )
        await bot.start()
        try:
            await _until_ready(servers, bot)
            await _entertain(servers, page, wishes)
        finally:
            was_running = bot.pid is not None
            code = await bot.stop()
        if code and was_running:
            raise DemoError(f"the bot ended with exit code {code}:\n{bot.log()[-2000:]}")


async def _entertain(servers: Servers, page: ChatPage, wishes: Wishes) -> None:
    """Play the scenes and stay up, as wished; a broken scene ends nothing that a visitor looks at."""
    broken: DemoError | None = None
    try:
        if wishes.plays:
            await Demo(servers, out=wishes.out, say=say).play()
            say(f"\nThe pictures are in {wishes.out.resolve()}")
    except DemoError as error:
        broken = error
    if wishes.stays_up:
        say(f"\nThe page stays up: {page.url}\nPress Ctrl-C to end everything.")
        await until_told()
    if broken is not None:
        raise broken


async def _open_page(page: ChatPage, wishes: Wishes) -> None:
    try:
        await page.start(port=wishes.web_port)
    except PortTakenError as error:
        await page.start(port=0)
        say(f"{str(error).capitalize()}, so the page took a free one; --web-port names another.")
    say(f"Try the bot in a browser: {page.url}\n")
    if wishes.opens_browser:
        # It may be a program that stays: not on our loop, and not waited for.
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, page.url)


async def _until_ready(servers: Servers, bot: BotProcess) -> None:
    ready = asyncio.create_task(servers.until_bot_is_ready())
    ended = asyncio.create_task(bot.wait())
    await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        ready.cancel()
        raise DemoError(f"the bot did not start (exit code {ended.result()}):\n{bot.log()[-2000:]}")
    ended.cancel()
    await ready
    say(f"The bot runs as process {bot.pid} and has published its commands.")


def _has_desktop() -> bool:
    """Whether a browser would open in a window; one that takes the terminal is worse than none."""
    is_window_system_there = sys.platform == "darwin" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return is_window_system_there and sys.stdout.isatty() and "CI" not in os.environ


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments, run, and answer the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--no-bot", action="store_true", help="start the simulators alone and print their addresses")
    parser.add_argument("--serve", action="store_true", help="stay up after the scenes, in a terminal or not")
    parser.add_argument("--no-scenes", action="store_true", help="play nothing: the page alone, which stays up")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument("--web-port", type=int, default=WEB_PORT, metavar="PORT", help="the page's; default: 8080")
    parser.add_argument("--discord-port", type=int, default=0, metavar="PORT", help="default: a free one")
    parser.add_argument("--runcomfy-port", type=int, default=0, metavar="PORT", help="default: a free one")
    parser.add_argument("--out", type=Path, default=Path("demo-output"), help="where the pictures go")
    given = parser.parse_args(arguments)
    faults = Faults()
    servers = Servers(discord_port=given.discord_port, runcomfy_port=given.runcomfy_port, discord_faults=faults)
    if given.no_bot:
        asyncio.run(serve_alone(servers))
        return 0
    wishes = Wishes(
        out=given.out,
        web_port=given.web_port,
        plays=not given.no_scenes,
        stays_up=given.serve or given.no_scenes or (sys.stdout.isatty() and "CI" not in os.environ),
        opens_browser=_has_desktop() and not given.no_browser,
    )
    try:
        asyncio.run(run(servers, wishes, discord_faults=faults))
    except DemoError as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)  # noqa: T201 - this program's answer
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
