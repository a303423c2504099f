"""What commands raise, told to the person who used them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.ui.replies import answer_error

if TYPE_CHECKING:
    import discord
    from discord import app_commands

    from bot.client import RemixBot


async def on_command_error(interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
    """Answer in private; what is not the member's doing is logged with the reference that they are given."""
    await answer_error(interaction, error)


async def setup(bot: RemixBot) -> None:
    """Let every command's errors come here."""
    bot.tree.error(on_command_error)
