"""Logs in to Discord, and says what to do where that fails."""

from __future__ import annotations

import aiohttp
import discord

from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE, StartupError


async def log_in(bot: discord.Client, token: str) -> None:
    """Log in.

    Raises:
        StartupError: Discord refuses the token or cannot be reached.
    """
    try:
        await bot.login(token)
    except discord.LoginFailure as error:
        raise StartupError(
            "DISCORD_TOKEN: Discord refuses it; reset it at https://discord.com/developers/applications",
            exit_code=EXIT_CONFIG,
        ) from error
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise StartupError(
            f"Discord cannot be reached ({type(error).__name__}); is DISCORD_API_URL right, is there a network?",
            exit_code=EXIT_UNAVAILABLE,
        ) from error
