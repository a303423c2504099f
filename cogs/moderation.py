"""``/moderation`` and the message menu *Cancel remix*: what moderators do about the jobs of their server."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands
from typing_extensions import override

from bot.client import RemixBot, bot_of
from bot.errors import JobNotFound, Refused
from bot.ui.access import person_of
from bot.ui.buttons import cancel_words, job_id_on, show_jobs_to_moderate, show_log
from bot.ui.commands import words
from bot.ui.replies import acknowledge


@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_messages=True)
class Moderation(
    commands.GroupCog,
    group_name=words("command.moderation"),
    group_description=words("command.moderation.description"),
):
    """Discord shows these to members with Manage Messages; who may do what is judged anew at each use.

    Args:
        bot: Takes the message menu, which no cog can hold by itself.
    """

    def __init__(self, bot: RemixBot) -> None:
        super().__init__()
        self._bot = bot
        self._menu = app_commands.ContextMenu(name=words("menu.cancel"), callback=cancel_remix)

    @override
    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    @override
    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(
        name=words("command.moderation.jobs"), description=words("command.moderation.jobs.description")
    )
    async def jobs(self, interaction: discord.Interaction[RemixBot]) -> None:
        """List this server's open jobs in the channels that the moderator sees and may moderate now."""
        await acknowledge(interaction, ephemeral=True)
        await show_jobs_to_moderate(interaction, page=0)

    @app_commands.command(name=words("command.moderation.log"), description=words("command.moderation.log.description"))
    async def log(self, interaction: discord.Interaction[RemixBot]) -> None:
        """List what moderators of this server did to the jobs of others."""
        await acknowledge(interaction, ephemeral=True)
        await show_log(interaction, page=0)


@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_messages=True)
async def cancel_remix(interaction: discord.Interaction[RemixBot], message: discord.Message) -> None:
    """Ask to cancel the job of a card or a result."""
    await acknowledge(interaction, ephemeral=True)
    service, person = bot_of(interaction).service, person_of(interaction)
    bot_user = interaction.client.user
    if bot_user is None or message.author.id != bot_user.id:  # another bot's buttons may bear any id
        raise Refused("no_card")
    job_id = job_id_on(message)
    if job_id is None:
        try:
            job_id = (await service.job_of_card(message.id, by=person)).id
        except JobNotFound as error:
            raise Refused("no_card") from error
    job = await service.cancel(job_id, by=person)
    await interaction.edit_original_response(content=cancel_words(job, str(interaction.locale)))


async def setup(bot: RemixBot) -> None:
    """Add the commands and the message menu."""
    await bot.add_cog(Moderation(bot))
