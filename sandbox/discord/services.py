"""What the simulated Discord can do, put together once."""

from dataclasses import dataclass
from typing import Final

from sandbox.discord.administration import Administration
from sandbox.discord.commands import Commands
from sandbox.discord.interactions import Interactions
from sandbox.discord.messages import Messages
from sandbox.discord.threads import Threads
from sandbox.discord.world import World

API_PREFIX: Final = "/api/v10"
GATEWAY_PATH: Final = "/gateway"


@dataclass(frozen=True)
class Services:
    """The World and everything that acts on it.

    Args:
        world: The state.
        messages: Sends, edits and deletes.
        threads: Makes and changes threads.
        interactions: Takes what people do and what the bot answers.
        commands: Keeps the bot's commands.
        administration: Changes servers as their owners may.
        shard_count: How many shards ``/gateway/bot`` advises.
    """

    world: World
    messages: Messages
    threads: Threads
    interactions: Interactions
    commands: Commands
    administration: Administration
    shard_count: int = 1


def build_services(world: World, *, shard_count: int = 1) -> Services:
    """Put the services of a World together."""
    messages = Messages(world)
    threads = Threads(world, messages)
    return Services(
        world=world,
        messages=messages,
        threads=threads,
        interactions=Interactions(world, messages),
        commands=Commands(world),
        administration=Administration(world, threads),
        shard_count=shard_count,
    )
