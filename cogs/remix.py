"""``/remix``: make pictures of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from typing_extensions import override

from bot.client import RemixBot, bot_of
from bot.ui.access import check_place
from bot.ui.commands import size_choices, words
from bot.ui.origin import inputs_of
from bot.ui.replies import public_card

if TYPE_CHECKING:
    from bot.domain.catalog import ImageModel

IMAGES = tuple(f"image{number}" for number in range(1, 11))


class Scale(app_commands.Transformer):
    """A number whose bounds Discord's clients hold; the service, which holds them too, says them in our words.

    Args:
        bounds: The least and the greatest scale.
    """

    def __init__(self, bounds: tuple[float, float]) -> None:
        self._least, self._greatest = bounds

    @property
    @override
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.number

    @property
    @override
    def min_value(self) -> float:
        return self._least

    @property
    @override
    def max_value(self) -> float:
        return self._greatest

    @override
    async def transform(self, interaction: discord.Interaction[Any], value: float, /) -> float:
        return value


def remix_command(model: ImageModel) -> app_commands.Command[Any, ..., None]:
    """Build the command for a model: its sizes become choices, its scale's bounds are Discord's to hold too."""

    async def remix(
        interaction: discord.Interaction[RemixBot],
        *,
        prompt: str,
        image1: discord.Attachment,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        image6: discord.Attachment | None = None,
        image7: discord.Attachment | None = None,
        image8: discord.Attachment | None = None,
        image9: discord.Attachment | None = None,
        image10: discord.Attachment | None = None,
        size: str | None = None,
        scale: float | None = None,
        single: bool | None = None,
    ) -> None:
        service = bot_of(interaction).service
        check_place(interaction)
        images = (image1, image2, image3, image4, image5, image6, image7, image8, image9, image10)
        options = {"size": size, "scale": scale, "single": single}
        request = service.check_request(
            prompt=prompt,
            inputs=inputs_of(images),
            options={name: value for name, value in options.items() if value is not None},
        )
        async with public_card(interaction) as origin:
            await service.remix(request, origin=origin, interaction_id=interaction.id)

    if model.scale_range is not None:
        remix.__annotations__["scale"] = Scale(model.scale_range)
    described = {name: words(f"command.remix.{name}") for name in ("prompt", "size", "scale", "single")}
    described |= {name: words("command.remix.image", number=name.removeprefix("image")) for name in IMAGES}
    remix = app_commands.choices(size=size_choices(model))(app_commands.describe(**described)(remix))
    return app_commands.Command[Any, ..., None](
        name=words("command.remix"), description=words("command.remix.description"), callback=remix
    )


async def setup(bot: RemixBot) -> None:
    """Add the command for the model that the service runs."""
    bot.tree.add_command(remix_command(bot.service.model))
