"""``python -m sandbox``: both simulators, the bot as a child process, and a play in three scenes.

``--serve`` stays up afterwards. ``--no-bot`` starts the simulators alone and prints their addresses as one line of
JSON, so that any other client of Discord or RunComfy can be pointed at them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path

from sandbox.bot_process import BotProcess
from sandbox.demo import Demo, DemoError
from sandbox.servers import Servers


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


async def play(servers: Servers, *, out: Path, stays_up: bool) -> None:
    """Run the simulators and the bot, and play the scenes.

    Raises:
        DemoError: The bot does not start, or a promise was broken.
    """
    with tempfile.TemporaryDirectory(prefix="remix-bot-") as folder:
        async with servers:
            say(
                f"A simulated Discord listens at {servers.discord.base_url}, a simulated RunComfy at "
                f"{servers.runcomfy.base_url}."
            )
            bot = BotProcess(servers.environment(Path(folder) / "data"), folder=Path(folder))
            await bot.start()
            try:
                await _until_ready(servers, bot)
                await Demo(servers, out=out, say=say).play()
                if stays_up:
                    say("\nBoth stay up. Press Ctrl-C to end them.")
                    await until_told()
            finally:
                code = await bot.stop()
            if code:
                raise DemoError(f"the bot ended with exit code {code}:\n{bot.log()[-2000:]}")


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


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, run, and answer the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--no-bot", action="store_true", help="start the simulators alone and print their addresses")
    parser.add_argument("--serve", action="store_true", help="stay up after the scenes")
    parser.add_argument("--discord-port", type=int, default=0, metavar="PORT", help="default: a free one")
    parser.add_argument("--runcomfy-port", type=int, default=0, metavar="PORT", help="default: a free one")
    parser.add_argument("--out", type=Path, default=Path("demo-output"), help="where the pictures go")
    given = parser.parse_args(arguments)
    servers = Servers(discord_port=given.discord_port, runcomfy_port=given.runcomfy_port)
    try:
        asyncio.run(serve_alone(servers) if given.no_bot else play(servers, out=given.out, stays_up=given.serve))
    except DemoError as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)  # noqa: T201 - this program's answer
        return 1
    if not given.no_bot:
        say(f"\nThe pictures are in {given.out.resolve()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
