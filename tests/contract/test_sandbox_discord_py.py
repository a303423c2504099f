"""What discord.py sends agrees with the sandbox's rules and with Discord's published description."""

import json
from typing import Any

import discord
import pytest
from discord import app_commands, ui
from discord.http import handle_message_parameters

from sandbox.discord.components import IS_COMPONENTS_V2, check_message, check_modal, form_errors_tree
from sandbox.discord.oracle import Oracle
from tests.contract.exchanges import CALLBACK, COMMANDS, MESSAGES, ORIGINAL, Json, asked
from tests.contract.published import PUBLISHED_DESCRIPTION

View = ui.LayoutView


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """Discord's description, read once."""
    return Oracle(PUBLISHED_DESCRIPTION)


def card(*items: ui.Item[Any]) -> ui.LayoutView:
    """A V2 view of these components."""
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view


def full_card() -> ui.LayoutView:
    """A view with every component of a message that discord.py can build."""
    options = [discord.SelectOption(label="One", emoji="🎨"), discord.SelectOption(label="Two", description="second")]
    animated = discord.PartialEmoji(name="spin", animated=True, id=77)
    return card(
        ui.Container[View](
            ui.TextDisplay[View]("**a cat**"),
            ui.Section[View]("text", accessory=ui.Thumbnail[View]("attachment://a.png", description="alt")),
            ui.Section[View]("text", accessory=ui.Button[View](label="Again", custom_id="v1:again:1")),
            ui.Separator[View](),
            ui.MediaGallery[View](discord.MediaGalleryItem("attachment://a.png")),
            ui.File[View]("attachment://a.png"),
            ui.ActionRow[View](
                ui.Button[View](label="Cancel", custom_id="v1:cancel:1", emoji=animated),
                ui.Button[View](label="Open", url="https://example.org/"),
                ui.Button[View](sku_id=12),
            ),
            accent_colour=discord.Colour.teal(),
        ),
        ui.ActionRow[View](ui.Select[View](custom_id="s", options=options)),
        ui.ActionRow[View](ui.UserSelect[View](custom_id="u", default_values=[discord.Object(3, type=discord.User)])),
        ui.ActionRow[View](ui.ChannelSelect[View](custom_id="c", channel_types=[discord.ChannelType.text])),
        ui.ActionRow[View](ui.RoleSelect[View](custom_id="r")),
        ui.ActionRow[View](ui.MentionableSelect[View](custom_id="m")),
    )


def full_modal() -> ui.Modal:
    """A modal with five of the fields that discord.py can build."""
    radio = [discord.RadioGroupOption(label="One"), discord.RadioGroupOption(label="Two", default=True)]
    boxes = [discord.CheckboxGroupOption(label="One"), discord.CheckboxGroupOption(label="Two")]
    modal = ui.Modal(title="Again", custom_id="v1:again:1")
    for field in (
        ui.TextInput[ui.Modal](custom_id="a", max_length=800, default="a cat"),
        ui.FileUpload[ui.Modal](custom_id="b", required=False, min_values=0, max_values=10),
        ui.RadioGroup[ui.Modal](custom_id="c", options=radio),
        ui.CheckboxGroup[ui.Modal](custom_id="d", options=boxes),
        ui.Checkbox[ui.Modal](custom_id="e"),
    ):
        modal.add_item(ui.Label(text="Label", description="why", component=field))
    return modal


def judged(oracle: Oracle, body: Json) -> tuple[dict[str, object], list[str]]:
    """A message as the sandbox judges it, and as Discord's description does."""
    complaints = check_message(body, flags=int(body.get("flags") or 0), attachment_names={"a.png"})
    return form_errors_tree(complaints), asked(oracle, "POST", MESSAGES, body)


async def test_the_components_of_discord_py_pass_sandbox_and_description(oracle: Oracle) -> None:
    body: Json = {"components": full_card().to_components(), "flags": IS_COMPONENTS_V2}
    assert judged(oracle, body) == ({}, [])


async def test_the_modal_of_discord_py_passes_sandbox_and_description(oracle: Oracle) -> None:
    data = full_modal().to_dict()
    assert check_modal(data) == []
    assert asked(oracle, "POST", CALLBACK, {"type": 9, "data": data}, with_response="1") == []


async def test_every_message_of_discord_py_passes(oracle: Oracle) -> None:
    embed = discord.Embed(title="t", url="https://example.org", colour=5, timestamp=discord.utils.utcnow())
    embed.set_footer(text="f").add_field(name="n", value="v").set_image(url="attachment://a.png").set_author(name="a")
    mentions = discord.AllowedMentions(users=[discord.Object(4)], everyone=False, roles=False, replied_user=False)
    with handle_message_parameters(content="x", embed=embed, nonce=2**63, allowed_mentions=mentions) as sent:
        assert judged(oracle, dict(sent.payload or {})) == ({}, [])
    with handle_message_parameters(content=None, embeds=[], attachments=[], view=full_card()) as edit:
        for path in (ORIGINAL, "/webhooks/9/token/messages/77", f"{MESSAGES}/77"):
            assert asked(oracle, "PATCH", path, edit.payload) == []
    with handle_message_parameters(view=full_card()) as posted:
        assert asked(oracle, "POST", "/webhooks/9/token", posted.payload, wait="1", with_components="1") == []


async def test_a_reply_with_an_uploaded_file_passes(oracle: Oracle) -> None:
    file = discord.File(PUBLISHED_DESCRIPTION, "a.png", description="alt")
    reference = discord.MessageReference(message_id=1, channel_id=123, guild_id=2, fail_if_not_exists=False)
    with handle_message_parameters(
        file=file, content="x", message_reference=reference.to_message_reference_dict()
    ) as sent:
        parts = {part["name"]: part["value"] for part in sent.multipart or []}
        assert judged(oracle, json.loads(parts["payload_json"])) == ({}, [])


async def test_the_commands_of_discord_py_pass(oracle: Oracle) -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        tree = app_commands.CommandTree(client)

        @tree.command(name="remix", description="Remix", nsfw=False)
        @app_commands.allowed_contexts(guilds=True, dms=True)
        @app_commands.allowed_installs(guilds=True, users=True)
        @app_commands.default_permissions(send_messages=True)
        @app_commands.choices(size=[app_commands.Choice(name="Large", value="2048x2048(1:1)")])
        async def remix(
            interaction: discord.Interaction[discord.Client],
            prompt: app_commands.Range[str, 1, 800],
            image: discord.Attachment,
            size: str | None = None,
            scale: app_commands.Range[float, 0, 1] | None = None,
        ) -> None:
            await interaction.response.send_message(f"{prompt}{image}{size}{scale}")

        @tree.context_menu(name="Cancel remix")
        async def cancel(interaction: discord.Interaction[discord.Client], message: discord.Message) -> None:
            await interaction.response.send_message(str(message.id))

        synced = [command.to_dict(tree) for command in tree.get_commands()] + [
            command.to_dict(tree) for command in tree.get_commands(type=discord.AppCommandType.message)
        ]
    assert asked(oracle, "PUT", COMMANDS, synced) == []


REFUSED: list[Json] = [
    {"components": [{"type": 10, "content": ""}]},
    {"components": [{"type": 10, "content": "x" * 4001}]},
    {"components": [{"type": 99}]},
    {"components": [{"type": 2, "style": 1, "label": "top", "custom_id": "x"}]},
    {"components": [{"type": 17, "components": []}]},
    {"components": [{"type": 17, "components": [{"type": 17, "components": [{"type": 14}]}]}]},
    {"components": [{"type": 9, "components": [{"type": 10, "content": "x"}]}]},
    {"components": [{"type": 12, "items": []}]},
    {"components": [{"type": 12, "items": [{"media": {"url": "https://a.example/b"}}] * 11}]},
    {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x" * 81, "custom_id": "x"}]}]},
    {"components": [{"type": 1, "components": [{"type": 3, "custom_id": "x", "options": []}]}]},
    {"components": [{"type": 14, "spacing": 3}]},
    {"components": [{"type": 14, "devider": True}]},
    {"components": [{"type": 14}] * 41},
]


@pytest.mark.parametrize("body", REFUSED)
def test_what_the_description_refuses_the_sandbox_refuses_too(oracle: Oracle, body: Json) -> None:
    tree, found = judged(oracle, body | {"flags": IS_COMPONENTS_V2})
    assert "components" in tree
    assert found
