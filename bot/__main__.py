"""``python -m bot``: run the bot, print its invitation, or migrate its database.

Exit codes are those of sysexits.h: 78 where something is not configured rightly, 69 where a service cannot be had.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import sys

import discord

from bot import log
from bot.app import App
from bot.errors import StartupError
from bot.settings import Settings, load_settings, misspelt_variables
from bot.store.database import Database

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    attach_files=True,
    read_message_history=True,
)
"""What the bot needs in a channel; see the README."""


async def run(settings: Settings) -> None:
    """Run until a signal comes."""
    async with App.open(settings) as app:
        await app.run()


async def migrate(settings: Settings) -> None:
    """Bring the database to this program's schema, as every start does."""
    async with Database.open(settings.database_url, data_dir=settings.data_dir):
        print("The database is up to date.")  # noqa: T201 - a command's answer


async def invite(settings: Settings) -> None:
    """Print the address with which a server's admin lets the bot in.

    Raises:
        StartupError: The token names no application.
    """
    token = settings.require_run().discord.get_secret_value()
    head = token.split(".")[0]
    try:
        application_id = int(base64.b64decode(head + "=" * (-len(head) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        raise StartupError("DISCORD_TOKEN: its first part is no application's id; was it copied whole?") from error
    address = discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))
    print(address)  # noqa: T201 - a command's answer


COMMANDS = {"run": run, "invite": invite, "migrate": migrate}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and answer the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="The remix bot.")
    parser.add_argument(
        "command",
        choices=sorted(COMMANDS),
        help="run: be the bot; invite: print the address that "
        "lets it into a server; migrate: only bring the database up to date",
    )
    command = parser.parse_args(arguments).command
    try:
        settings = load_settings(for_run=command != "migrate")
        log.configure(settings.log_level, settings.log_format, secrets=settings.secrets())
        for warning in misspelt_variables():
            log.get_logger(__name__).warning("misspelt_setting", detail=warning)
        asyncio.run(COMMANDS[command](settings))
    except StartupError as error:
        print(f"The bot cannot start.\n{error}", file=sys.stderr)  # noqa: T201 - before or instead of a log
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
