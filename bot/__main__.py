"""``python -m bot``: run the bot, or one of the operator's commands around it.

Exit codes are those of sysexits.h: 78 where something is not configured rightly, 69 where a service cannot be had.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord

from bot import log
from bot.app import App
from bot.doctor.visit import visit
from bot.errors import StartupError
from bot.linux.system_calls import hide_memory_and_environment
from bot.settings import Settings, load_settings, misspelt_variables
from bot.store.backup import back_up
from bot.store.database import Database
from bot.store.private_files import UMASK
from bot.store.resume import resume as try_at_once

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    attach_files=True,
    read_message_history=True,
    connect=True,
)
"""What the bot needs in a channel, Connect in the chats of voice and stage channels alone; see the README."""


Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]
"""What a command does; it answers the exit code."""


async def run(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Run until a signal comes."""
    async with App.open(settings) as app:
        await app.run()
    return 0


async def migrate(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Bring the database to this program's schema, as every start does."""
    async with Database.open(settings.database_url, data_dir=settings.data_dir):
        print("The database is up to date.")  # noqa: T201 - a command's answer
    return 0


async def backup(settings: Settings, arguments: argparse.Namespace) -> int:
    """Copy the SQLite database into a new file, while the bot runs or not."""
    size = await back_up(settings.database_url, arguments.file)
    print(f"{arguments.file}: {size} bytes. DATA_DIR's files are not in it.")  # noqa: T201 - a command's answer
    return 0


async def resume(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Let the pause be tried at once, by the running bot within seconds or else by the next start."""
    pause = await try_at_once(settings.database_url, now=datetime.now(UTC))
    if pause is None:
        print("No pause is in force.")  # noqa: T201 - a command's answer
    else:
        told = f"The pause ({pause.reason.value}, since {pause.since:%Y-%m-%d %H:%M} UTC) is tried at once."
        print(f"{told} The log and /readyz say what comes of it.")  # noqa: T201 - a command's answer
    return 0


async def invite(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Print the addresses with which a server's admin lets the bot in, and with which a person brings it along.

    Raises:
        StartupError: The token names no application.
    """
    token = settings.require_run().discord.get_secret_value()
    head = token.split(".")[0]
    try:
        application_id = int(base64.b64decode(head + "=" * (-len(head) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        raise StartupError("DISCORD_TOKEN: its first part is no application's id; was it copied whole?") from error
    print(f"For a server: {invitation(application_id)}")  # noqa: T201 - a command's answer
    print(f"For oneself:  {installation(application_id)}")  # noqa: T201 - likewise
    return 0


async def doctor(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Look at everything that the bot needs, and say what to do; 0 where nothing keeps it from working."""
    return await visit(settings, invite_to=invitation, say=print)


def invitation(application_id: int) -> str:
    """Make the address with which a server's admin lets the bot in."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


def installation(application_id: int) -> str:
    """Make the address with which a person brings the bot along wherever they are.

    It works where *User Install* is switched on in Discord's Developer Portal; believed, not verified live.
    Source: https://docs.discord.com/developers/resources/application#installation-context
    """
    return f"{discord.utils.oauth_url(application_id, scopes=('applications.commands',))}&integration_type=1"


COMMANDS: Mapping[str, tuple[Command, str]] = {
    "run": (run, "be the bot"),
    "doctor": (doctor, "look at all that the bot needs, running or not, and say what to do"),
    "invite": (invite, "print the addresses that let it into a server, or to a person"),
    "migrate": (migrate, "only bring the database up to date"),
    "resume": (resume, "try at once whether a pause of all submissions is over"),
    "backup": (backup, "copy the SQLite database into a new file, while the bot runs"),
}
WITHOUT_TOKENS = frozenset({"migrate", "backup", "resume"})


def main(words: list[str] | None = None) -> int:
    """Run one command and answer the exit code."""
    hide_memory_and_environment()
    os.umask(UMASK)
    arguments = _parser().parse_args(words)
    command: str = arguments.command
    try:
        settings = load_settings(for_run=command not in WITHOUT_TOKENS)
        log.configure(settings.log_level, settings.log_format, secrets=settings.secrets())
        for warning in misspelt_variables():
            log.get_logger(__name__).warning("misspelt_setting", detail=warning)
        return asyncio.run(COMMANDS[command][0](settings, arguments))
    except StartupError as error:
        headline = "The bot cannot start." if command == "run" else f"`{command}` cannot be done."
        print(f"{headline}\n{error}", file=sys.stderr)  # noqa: T201 - before or instead of a log
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="The remix bot.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, purpose) in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
        if name == "backup":
            command.add_argument("file", type=Path, help="the copy; it must not be there yet")
    return parser


if __name__ == "__main__":
    sys.exit(main())
