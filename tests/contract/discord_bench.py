"""A small bot of plain discord.py, and a bench that runs it in the simulated Discord over real sockets."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Self

import discord
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image
from typing_extensions import override

from sandbox.discord.actor import UploadedFile
from sandbox.discord.server import DiscordSandbox

Interaction = discord.Interaction[Any]


def picture(colour: str = "red", *, size: tuple[int, int] = (64, 48)) -> bytes:
    """A real PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def upload(name: str = "cat.png", colour: str = "red") -> UploadedFile:
    """A picture as a person attaches it."""
    return UploadedFile(name, picture(colour))


class CancelButton(ui.DynamicItem[ui.Button[Any]], template=r"cancel:(?P<job>\d+)"):
    """A button that survives restarts."""

    def __init__(self, job: int) -> None:
        super().__init__(ui.Button(label="Cancel", custom_id=f"cancel:{job}"))
        self.job = job

    @classmethod
    @override
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: Any, /) -> Self:
        return cls(int(match["job"]))

    @override
    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"Cancelled {self.job}.", ephemeral=True)


class Card(ui.LayoutView):
    """A status card."""

    def __init__(self, text: str, *, media: list[str] | None = None, job: int | None = None) -> None:
        super().__init__(timeout=None)
        container: ui.Container[Any] = ui.Container(ui.TextDisplay(text))
        if media:
            container.add_item(ui.MediaGallery(*(discord.MediaGalleryItem(one) for one in media)))
        if job is not None:
            row: ui.ActionRow[Any] = ui.ActionRow()
            container.add_item(row.add_item(CancelButton(job)))
        self.add_item(container)


class WishModal(ui.Modal, title="A wish"):
    """A modal with a text and a file."""

    wish: ui.Label[Any] = ui.Label(text="Wish", component=ui.TextInput(custom_id="wish", max_length=20))
    proof: ui.Label[Any] = ui.Label(
        text="Picture", component=ui.FileUpload(custom_id="proof", required=False, max_values=2)
    )

    @override
    async def on_submit(self, interaction: Interaction, /) -> None:
        wish, proof = self.wish.component, self.proof.component
        assert isinstance(wish, ui.TextInput)
        assert isinstance(proof, ui.FileUpload)
        names = [attachment.filename for attachment in proof.values]
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(f"{wish.value} {names}", ephemeral=True)


class SmallBot(discord.Client):
    """Uses of the API that a remix bot makes, without the remix."""

    def __init__(self, *, intents: discord.Intents | None = None, **options: Any) -> None:
        super().__init__(
            intents=intents if intents is not None else discord.Intents(guilds=True, guild_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.01,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.resumed = asyncio.Event()
        self.events: list[str] = []
        _add_remix(self.tree)
        _add_small_commands(self.tree)

    @override
    async def setup_hook(self) -> None:
        self.add_dynamic_items(CancelButton)
        await self.tree.sync()

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait five seconds between identifications."""

    async def on_resumed(self) -> None:
        """Note that the session went on."""
        self.resumed.set()

    async def on_socket_event_type(self, event_type: str) -> None:
        """Note every event of the gateway."""
        self.events.append(event_type)


def _add_remix(tree: app_commands.CommandTree[Any]) -> None:
    @tree.command(description="Remix a picture")
    @app_commands.describe(prompt="What to change", image1="A picture", size="How large")
    @app_commands.choices(
        size=[app_commands.Choice(name="Large", value="l"), app_commands.Choice(name="Small", value="s")]
    )
    async def remix(
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, 100],
        image1: discord.Attachment,
        size: app_commands.Choice[str] | None = None,
    ) -> None:
        if prompt == "refuse":
            await interaction.response.send_message("That cannot be.", ephemeral=True)
            return
        await interaction.response.defer(thinking=True)
        data = await image1.read()
        chosen = size.value if size is not None else "none"
        card = Card(f"**{prompt}** {chosen} {len(data)}", media=[image1.url], job=7)
        shown = await interaction.edit_original_response(view=card)
        if isinstance(interaction.channel, discord.TextChannel):
            thread = await shown.create_thread(name=prompt)
            file = discord.File(io.BytesIO(data), "result.png")
            result = Card(f"Done, <@{interaction.user.id}>", media=["attachment://result.png"], job=8)
            await thread.send(
                view=result, file=file, allowed_mentions=discord.AllowedMentions(users=[interaction.user])
            )


def _add_small_commands(tree: app_commands.CommandTree[Any]) -> None:
    @tree.command(description="Make a wish")
    async def wish(interaction: Interaction) -> None:
        await interaction.response.send_modal(WishModal())

    @tree.command(description="Wait for ever")
    async def sleepy(_interaction: Interaction) -> None:
        return

    @tree.context_menu(name="Count pictures")
    async def count(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"{len(message.attachments)} in {message.content!r}", ephemeral=True)

    group: app_commands.Group = app_commands.Group(
        name="moderation", description="For moderators", default_permissions=discord.Permissions(manage_messages=True)
    )

    @group.command(name="jobs", description="List jobs")
    async def jobs(interaction: Interaction, page: app_commands.Range[int, 1, 9] = 1) -> None:
        await interaction.response.send_message(f"page {page}", ephemeral=True)

    @jobs.autocomplete("page")
    async def pages(_interaction: Interaction, current: int | str) -> list[app_commands.Choice[int]]:
        return [app_commands.Choice(name=f"page {current}", value=1)]

    tree.add_command(group)


@asynccontextmanager
async def running(sandbox: DiscordSandbox, bot: discord.Client | None = None) -> AsyncGenerator[discord.Client]:
    """Let a bot live in a started sandbox until the block ends.

    Args:
        sandbox: Where it lives.
        bot: Who lives there; a `SmallBot` by default.
    """
    client = bot if bot is not None else SmallBot()
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = sandbox.api_url, yarl.URL(sandbox.gateway_url)
    task = asyncio.create_task(client.start(sandbox.token))
    try:
        await sandbox.world.until(lambda: bool(sandbox.gateway.connected) or task.done(), timeout_seconds=10)
        if task.done():
            task.result()
        yield client
    finally:
        await client.close()
        await task
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
