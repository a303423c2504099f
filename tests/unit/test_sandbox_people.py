"""Simulated people do only what Discord's client would let them do, and read what it would show them."""

from typing import Any

import pytest

from sandbox.discord.actor import Actor, UploadedFile
from sandbox.discord.command_use import CannotDoError, OptionValue
from sandbox.discord.composer import Draft
from sandbox.discord.exchange import ModalForm
from sandbox.discord.garden import build_world
from sandbox.discord.services import Services, build_services
from sandbox.discord.state import Message
from sandbox.discord.transcript import Transcript

OPTIONS: list[dict[str, Any]] = [
    {"type": 3, "name": "prompt", "description": "x", "required": True, "min_length": 2, "max_length": 5},
    {"type": 3, "name": "size", "description": "x", "choices": [{"name": "Large", "value": "l"}]},
    {"type": 10, "name": "scale", "description": "x", "min_value": 0, "max_value": 1},
    {"type": 5, "name": "single", "description": "x"},
    {"type": 11, "name": "image", "description": "x"},
    {"type": 6, "name": "who", "description": "x"},
    {"type": 7, "name": "where", "description": "x"},
]
GROUP: dict[str, Any] = {
    "name": "moderation",
    "description": "x",
    "default_member_permissions": "8192",
    "contexts": [0],
    "options": [{"type": 1, "name": "jobs", "description": "x"}],
}


@pytest.fixture
def services() -> Services:
    """A Discord with the commands /remix and /moderation jobs."""
    made = build_services(build_world(token="t"))
    made.commands.replace_all(None, [{"name": "remix", "description": "x", "options": OPTIONS}, GROUP])
    return made


def actor(services: Services, name: str) -> Actor:
    """A person, ready to act."""
    return Actor(services, services.world.person(name))


def sent(services: Services, body: dict[str, Any]) -> Message:
    """What the bot sent to #art."""
    return services.messages.send(services.world.channel("art"), Draft(body))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "'prompt' is required"),
        ({"prompt": "x"}, "from 2 to 5"),
        ({"prompt": "neon", "size": "s"}, "none of the choices"),
        ({"prompt": "neon", "scale": 1.5}, "from 0 to 1"),
        ({"prompt": "neon", "scale": True}, "does not fit"),
        ({"prompt": "neon", "image": "cat.png"}, "does not fit"),
        ({"prompt": "neon", "colour": "red"}, "no option 'colour'"),
        ({"prompt": "neon", "image": UploadedFile("big.png", b"x" * (10 * 1024 * 1024 + 1))}, "larger than"),
    ],
)
async def test_the_client_refuses_what_the_command_does_not_take(
    services: Services, options: dict[str, OptionValue], reason: str
) -> None:
    with pytest.raises(CannotDoError, match=reason):
        await actor(services, "ada").slash(services.world.channel("art").id, "remix", options)
    assert services.world.directory.interactions == {}


async def test_options_travel_with_what_they_name(services: Services) -> None:
    world = services.world
    options: dict[str, OptionValue] = {
        "prompt": "neon",
        "scale": 0.5,
        "single": True,
        "image": UploadedFile("cat.txt", b"x"),
        "who": world.person("ben"),
        "where": world.channel("lobby"),
    }
    exchange = await actor(services, "ada").slash(world.channel("art").id, "remix", options)
    data = exchange.interaction.data("http://here")
    assert [option["type"] for option in data["options"]] == [3, 10, 5, 11, 6, 7]
    assert sorted(data["resolved"]) == ["attachments", "channels", "members", "users"]
    assert data["resolved"]["channels"][str(world.channel("lobby").id)]["app_permissions"].isdecimal()


@pytest.mark.parametrize(
    ("name", "channel", "command", "reason"),
    [
        ("ada", "art", "moderation jobs", "does not see"),
        ("mira", "art", "moderation", "subcommand of /moderation must be chosen"),
        ("mira", "art", "moderation bans", "no subcommand 'bans'"),
        ("mira", "art", "unheard", "no command 'unheard'"),
        ("ada", "mods", "remix", "does not see this channel"),
        ("nico", "art", "remix", "cannot write here"),
        ("ada", "showcase", "remix", "cannot write here"),
    ],
)
async def test_a_person_uses_only_what_they_see(
    services: Services, name: str, channel: str, command: str, reason: str
) -> None:
    with pytest.raises(CannotDoError, match=reason):
        await actor(services, name).slash(services.world.channel(channel).id, command, {})


async def test_a_command_of_servers_is_not_found_in_direct_messages(services: Services) -> None:
    mira = actor(services, "mira")
    with pytest.raises(CannotDoError, match="cannot be used in direct messages"):
        await mira.slash((await mira.open_dm()).id, "moderation jobs")


async def test_a_menu_takes_only_what_it_offers(services: Services) -> None:
    options = [{"label": "One", "value": "1"}, {"label": "Two", "value": "2"}]
    menu = {"type": 3, "custom_id": "pick", "options": options, "placeholder": "Choose"}
    people = {"type": 5, "custom_id": "who"}
    rows = [{"type": 1, "components": [one]} for one in (menu, people)]
    message = sent(services, {"content": "hello", "components": rows})
    ada, ben = actor(services, "ada"), services.world.person("ben")
    chosen = (await ada.select(message, "pick", ["2"])).interaction.data("http://here")
    named = (await ada.select(message, "who", [ben])).interaction.data("http://here")
    assert chosen["values"] == ["2"]
    assert named["resolved"]["users"][str(ben.id)]["username"] == "ben"
    with pytest.raises(CannotDoError, match="does not offer"):
        await ada.select(message, "pick", ["3"])
    with pytest.raises(CannotDoError, match="does not take 2"):
        await ada.select(message, "pick", ["1", "2"])
    assert Transcript(services.world).render(message) == "Remixer:\nhello\n[Choose: One / Two]\n[Select]"


async def test_a_modal_takes_only_what_its_fields_take(services: Services) -> None:
    exchange = await actor(services, "ada").slash(services.world.channel("art").id, "remix", {"prompt": "neon"})
    parts = [
        {"type": 4, "custom_id": "text", "style": 1, "min_length": 2, "required": True},
        {"type": 21, "custom_id": "radio", "options": [{"label": "A", "value": "a"}], "required": False},
        {"type": 22, "custom_id": "boxes", "options": [{"label": "B", "value": "b"}], "required": False},
        {"type": 23, "custom_id": "box"},
        {"type": 19, "custom_id": "files", "required": False, "max_values": 1},
    ]
    components = [{"type": 18, "label": "x", "component": part} for part in parts]
    form = ModalForm(exchange.interaction, {"custom_id": "m", "title": "Wish", "components": components})
    ada = actor(services, "ada")
    submitted = await ada.submit_modal(form, {"text": "hello", "radio": "a", "boxes": ["b"], "box": True})
    data = submitted.interaction.data("http://here")
    entered = [label["component"] for label in data["components"]]
    assert [part.get("value", part.get("values")) for part in entered] == ["hello", "a", ["b"], True, []]
    for values, reason in (
        ({}, "'text' is required"),
        ({"text": "x"}, "2 to 4000"),
        ({"text": "hello", "radio": "z"}, "no option of 'radio'"),
        ({"text": "hello", "other": "z"}, "no field 'other'"),
        ({"text": "hello", "files": [UploadedFile("a", b""), UploadedFile("b", b"")]}, "takes 1 to 1"),
    ):
        with pytest.raises(CannotDoError, match=reason):
            await ada.submit_modal(form, values)
    with pytest.raises(CannotDoError, match="another's screen"):
        await actor(services, "ben").submit_modal(form, {"text": "hello"})


def test_a_transcript_is_the_same_in_every_run(services: Services) -> None:
    world = services.world
    ada, art, role = world.person("ada").id, world.channel("art").id, world.guild("Remix Garden").id
    text = f"<@{ada}> in <#{art}> <@&{role}> <t:1700000000:R> <t:1700000000> </remix:123> <:cat:456>"
    section = {
        "type": 9,
        "components": [{"type": 10, "content": "beside"}],
        "accessory": {"type": 2, "style": 5, "label": "Page", "url": "https://example.org"},
    }
    buttons = [
        {"type": 2, "style": 1, "label": "Again", "custom_id": "a", "emoji": {"name": "🎨"}},
        {"type": 2, "style": 4, "label": "Delete", "custom_id": "b", "disabled": True},
    ]
    picture = {"media": {"url": "https://example.org/a/cat.png?x=1"}, "description": "A cat", "spoiler": True}
    inside = [
        {"type": 10, "content": text},
        {"type": 14},
        {"type": 12, "items": [picture]},
        section,
        {"type": 1, "components": buttons},
    ]
    message = sent(services, {"flags": 1 << 15, "components": [{"type": 17, "components": inside}]})
    assert Transcript(world).render(message) == (
        "Remixer:\n"
        "│ @Ada in #art @everyone <relative time> <time> /remix :cat:\n"
        "│ ---\n"
        "│ [pictures: ||cat.png (A cat)||]\n"
        "│ beside\n"
        "│ [Page ->]\n"
        "│ [🎨 Again] [Delete (off)]"
    )


def test_embeds_and_loose_files_are_read_too(services: Services) -> None:
    embed = {
        "title": "Title",
        "description": "Text",
        "fields": [{"name": "a", "value": "b"}],
        "footer": {"text": "end"},
    }
    message = sent(services, {"embeds": [embed]})
    assert Transcript(services.world).render(message) == "Remixer:\n│ Title\n│ Text\n│ a: b\n│ end"
