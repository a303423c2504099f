"""How commands read: their choices, and Discord's limits on what is published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.ui.commands import MAX_CHOICES, size_choices, words
from cogs.remix import remix_command
from tests.unit.discord_bench import MODEL, discord_bench

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ["Cancel remix", "jobs", "moderation", "remix", "settings"]


def test_sizes_read_as_people_say_them() -> None:
    assert [choice.name for choice in size_choices(MODEL)] == [
        "1K square · 1024 × 1024",
        "2K square · 2048 × 2048",
        "2K landscape 4:3 · 2304 × 1728",
        "2K photo 3:2 · 2496 × 1664",
        "2K wide 16:9 · 2560 × 1440",
        "2K cinema 21:9 · 3024 × 1296",
        "4K square · 4096 × 4096",
        "4K landscape 4:3 · 4694 × 3520",
        "4K photo 3:2 · 4992 × 3328",
        "4K wide 16:9 · 5404 × 3040",
        "4K cinema 21:9 · 6198 × 2656",
    ]
    assert [choice.value for choice in size_choices(MODEL)] == list(MODEL.sizes)


def test_sizes_of_other_models_are_read_too() -> None:
    model = replace(MODEL, sizes=("1536x2048", "1792x1024(7:4)", "auto", "x" * 200))
    assert [choice.name for choice in size_choices(model)] == [
        "2K portrait 3:4 · 1536 × 2048",
        "1K landscape 7:4 · 1792 × 1024",
        "auto",
        "x" * 100,
    ]


def test_no_more_choices_are_offered_than_discord_takes() -> None:
    model = replace(MODEL, sizes=tuple(f"{side}x{side}" for side in range(100, 200)))
    assert len(size_choices(model)) == MAX_CHOICES


def test_a_translator_finds_what_it_needs() -> None:
    phrase = words("command.remix.image", number="3")
    assert phrase.message == "Picture 3 that goes into the remix"
    assert phrase.extras == {"key": "command.remix.image", "values": {"number": "3"}}


def test_a_model_without_a_scale_has_no_bounds() -> None:
    options = {option.name: option for option in remix_command(replace(MODEL, scale_range=None)).parameters}
    assert options["scale"].max_value is None
    options = {option.name: option for option in remix_command(MODEL).parameters}
    assert (options["scale"].min_value, options["scale"].max_value) == (0, 1)


async def test_what_is_published_keeps_to_discords_limits() -> None:
    async with discord_bench() as bench:
        published = [command.to_dict(bench.bot.tree) for command in bench.bot.tree.get_commands()]
    assert sorted(command["name"] for command in published) == [
        "Cancel remix",
        "jobs",
        "moderation",
        "remix",
        "settings",
    ]
    for command in published:
        spoken = list(_spoken(command))
        assert all(1 <= len(text) <= limit for text, limit in spoken), spoken
        assert sum(len(text) for text, _ in spoken) <= 8000
    places = {command["name"]: (command["contexts"], command["default_member_permissions"]) for command in published}
    assert places == {
        "remix": ([0, 1, 2], None),
        "jobs": ([0, 1, 2], None),
        "moderation": ([0], 8192),
        "Cancel remix": ([0], 8192),
        "settings": ([0], 32),
    }
    installs = {command["name"]: command["integration_types"] for command in published}
    alone = {"moderation": [0], "Cancel remix": [0], "settings": [0]}
    assert installs == {"remix": [0, 1], "jobs": [0, 1], **alone}


def _spoken(command: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Each text of a command with the number of characters that Discord allows it."""
    yield command["name"], 32
    if "description" in command:
        yield command["description"], 100
    for choice in command.get("choices", []):
        yield choice["name"], 100
    for option in command.get("options", []):
        yield from _spoken(option)
