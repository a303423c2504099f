"""A play in three scenes: one remix, one cancelled by its requester, one by a moderator, as each person sees it."""

from __future__ import annotations

import hashlib
import textwrap
from typing import TYPE_CHECKING, Final

from sandbox.discord.actor import UploadedFile
from sandbox.discord.transcript import Transcript
from sandbox.samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.discord.actor import Actor
    from sandbox.discord.state import Message
    from sandbox.servers import Servers

PATIENCE_SECONDS: Final = 60.0
WIDTH: Final = 100


class DemoError(Exception):
    """The play did not go as it must."""


class Demo:
    """Plays the scenes and prints what each person sees.

    Args:
        servers: The simulated services, with a bot connected.
        out: Where the result files go.
        say: Prints a line.
    """

    def __init__(self, servers: Servers, *, out: Path, say: Callable[[str], None]) -> None:
        self._servers = servers
        self._world = servers.discord.world
        self._out = out
        self._say = say
        self._art = self._world.channel("art").id
        self._looks = Transcript(self._world).render
        self._shown: dict[int, str] = {}

    async def play(self) -> None:
        """Play all scenes.

        Raises:
            DemoError: A promise was broken: a file differs, a job was paid twice, a rule of Discord was violated.
        """
        await self._remix_two_photographs()
        await self._cancelled_by_its_requester()
        await self._cancelled_by_a_moderator()
        self._settle_accounts()

    # --- the scenes ---------------------------------------------------------------------------------------------------

    async def _remix_two_photographs(self) -> None:
        self._title("1. Ada remixes two photographs")
        prompt = "Drinking coffee in orbit, as a watercolour at dusk"
        card = await self._remix("ada", prompt, "astronaut.jpg", "coffee.png")
        thread = await self._follow(card, until=lambda: self._result_below(card) is not None)
        result = self._result_below(card)
        if result is None:
            raise DemoError("no result came")
        self._show(f"Ada, in the thread “{thread}”", result)
        await self._follow(card, until=lambda: "Done" in self._looks(card))
        await self._save(result, prompt)

    async def _cancelled_by_its_requester(self) -> None:
        self._title("2. Ben thinks better of it while his job waits in the queue")
        self._servers.runcomfy.timeline.hold()
        card = await self._remix("ben", "A cat made of stained glass", "chelsea.png")
        await self._follow(card, until=lambda: "queue" in self._looks(card))
        refused = await self._press("ada", card, "Cancel")
        self._show("Ada presses Cancel on Ben's card; only she sees", refused)
        answered = await self._press("ben", card, "Cancel")
        self._show("Ben presses Cancel; only he sees", answered)
        await self._follow(card, until=lambda: "Cancelled" in self._looks(card))

    async def _cancelled_by_a_moderator(self) -> None:
        self._title("3. Mira, a moderator, clears the queue")
        card = await self._remix("ada", "The rocket as a crayon drawing", "rocket.jpg")
        await self._follow(card, until=lambda: "queue" in self._looks(card))
        mira = self._servers.discord.actor("mira")
        listed = await (await mira.slash(self._art, "moderation jobs")).response()
        self._show("Mira uses /moderation jobs; only she sees", listed)
        answered = await self._press("mira", listed, "Cancel")
        self._show("Mira presses Cancel in the list; only she sees", answered)
        await self._follow(card, until=lambda: "Cancelled" in self._looks(card))
        self._servers.runcomfy.timeline.release()

    def _settle_accounts(self) -> None:
        self._title("The bill")
        for post in self._servers.runcomfy.ledger:
            self._say(f"  {post.charged_micros / 1_000_000:.3f} $  {post.body['prompt']}")
        prompts = [post.body["prompt"] for post in self._servers.runcomfy.ledger]
        if len(set(prompts)) != len(prompts):
            raise DemoError("a job was paid twice")
        if self._servers.violations:
            raise DemoError("\n".join(self._servers.violations))
        self._say("  One POST for each job, and no rule of Discord or RunComfy broken.")

    # --- what people do -----------------------------------------------------------------------------------------------

    async def _remix(self, username: str, prompt: str, *samples: str) -> Message:
        person = self._servers.discord.actor(username)
        files = {f"image{number}": _upload(name) for number, name in enumerate(samples, start=1)}
        self._say(
            f"\n{_name(person)} in #art: /remix prompt: {prompt} "
            + " ".join(f"{k}: [{v.filename}]" for k, v in files.items())
        )
        exchange = await person.slash(self._art, "remix", {"prompt": prompt, **files})
        acknowledged = await exchange.acknowledged()
        self._say(f"  (acknowledged after {acknowledged.seconds * 1000:.0f} ms)")
        return await exchange.response()

    async def _press(self, username: str, message: Message, label: str) -> Message:
        exchange = await self._servers.discord.actor(username).click(message, label=label)
        return await exchange.private_answer()

    # --- what people see ----------------------------------------------------------------------------------------------

    async def _follow(self, card: Message, *, until: Callable[[], bool]) -> str:
        """Print the card whenever it looks different, until something holds; answers its thread's name."""
        while True:
            looks = self._looks(card)
            if looks != self._shown.get(card.id):
                self._show("The card in #art", card)
                self._shown[card.id] = looks
            if until():
                break
            await self._world.until(
                lambda: until() or self._looks(card) != looks,  # noqa: B023 - awaited within the turn
                timeout_seconds=PATIENCE_SECONDS,
            )
        threads = [one.name for one in self._world.threads_of(self._world.guild("Remix Garden")) if one.id == card.id]
        return threads[0] if threads else ""

    def _result_below(self, card: Message) -> Message | None:
        posted = [one for one in self._world.messages_in(card.id) if one.author_id == self._world.bot.id]
        # The message before it keeps what went in; a result offers to make another.
        results = (one for one in posted if one.attachments and "[Again]" in self._looks(one))
        return next(results, None)

    async def _save(self, result: Message, prompt: str) -> None:
        """Write the result files, and hold them against what the provider made."""
        self._out.mkdir(parents=True, exist_ok=True)
        made = [
            digest
            for post in self._servers.runcomfy.accepted_for(prompt)
            for digest in self._servers.runcomfy.output_sha256(post.request_id)
        ]
        for attachment in result.attachments:
            data = self._world.cdn.read(attachment.file.attachment_id)
            if hashlib.sha256(data).hexdigest() not in made:
                raise DemoError(f"{attachment.file.filename} is not what RunComfy made")
            path = self._out / attachment.file.filename
            path.write_bytes(data)
            self._say(f"  saved {path} ({len(data) // 1024} KiB, byte for byte what RunComfy made)")

    def _title(self, text: str) -> None:
        self._say(f"\n{text}\n{'=' * len(text)}")

    def _show(self, heading: str, message: Message) -> None:
        self._say(f"\n  {heading}:")
        self._say(textwrap.indent(self._looks(message), "  │ "))


def _upload(name: str) -> UploadedFile:
    return UploadedFile(name, sample(name))


def _name(person: Actor) -> str:
    return person.user.global_name or person.user.username
