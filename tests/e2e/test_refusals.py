"""Refusals, end to end: private, before anything is paid, and with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.actor import UploadedFile
from sandbox.discord.permissions import Permission
from sandbox.samples import sample

if TYPE_CHECKING:
    from sandbox.discord.state import Message
    from tests.e2e.town import Town


BAD_FILES = {
    "notes.txt) is no picture": UploadedFile("notes.txt", b"no picture"),
    "clip.jpg) is no picture": UploadedFile("clip.jpg", b"\x00\x00\x00\x20ftypisom" + bytes(100)),
    "void.png) is empty": UploadedFile("void.png", b""),
    "100 MB": UploadedFile("large.png", sample("coffee.png") + bytes(100_000_000)),
}


async def refused(
    town: Town, files: dict[str, UploadedFile], *, channel_name: str = "art", **options: object
) -> Message:
    """Let Ada use ``/remix`` and read the private refusal."""
    town.discord.administration.set_upload_limit(town.person("ada").user, 150_000_000)
    given = {"prompt": "as a stamp", **files, **options}
    exchange = await town.person("ada").slash(town.channel(channel_name).id, "remix", given)  # type: ignore[arg-type]
    return await exchange.private_answer()


async def test_files_that_are_of_no_use_are_refused_with_their_number_before_anything_is_paid(
    town: Town,
) -> None:
    good = UploadedFile("rocket.jpg", sample("rocket.jpg"))
    for word, file in BAD_FILES.items():
        answer = town.text(await refused(town, {"image1": good, "image2": file}))

        assert "mage 2" in answer, answer
        assert word in answer, answer
    assert town.runcomfy.ledger == []
    assert town.runcomfy.refused == []
    assert town.row("id") == []


async def test_a_prompt_that_is_empty_or_too_long_is_refused(town: Town) -> None:
    file = {"image1": UploadedFile("rocket.jpg", sample("rocket.jpg"))}
    blank = town.text(await refused(town, file, prompt="   "))
    long = town.text(await refused(town, file, prompt="\N{ROCKET}" * 801))

    assert "prompt" in blank.lower()
    assert "801" in long
    assert "800" in long


NAMED = {
    Permission.SEND_MESSAGES: "Send Messages",
    Permission.SEND_MESSAGES_IN_THREADS: "Send Messages in Threads",
    Permission.CREATE_PUBLIC_THREADS: "Create Public Threads",
    Permission.ATTACH_FILES: "Attach Files",
    Permission.READ_MESSAGE_HISTORY: "Read Message History",
    Permission.VIEW_CHANNEL: "View Channel",
}


async def test_each_missing_permission_is_named_before_anything_is_paid(town: Town) -> None:
    art = town.channel("art")
    for permission, name in NAMED.items():
        town.discord.administration.deny_bot(art, permission)
        answer = town.text(await refused(town, {"image1": UploadedFile("rocket.jpg", sample("rocket.jpg"))}))
        town.discord.administration.allow_bot_again(art)

        assert name in answer
        assert "#art" in answer
    assert town.row("id") == []
    assert town.runcomfy.ledger == []


async def test_the_chat_of_a_voice_channel_needs_connect(town: Town) -> None:
    town.discord.administration.deny_bot(town.channel("lounge"), Permission.CONNECT)
    file = {"image1": UploadedFile("rocket.jpg", sample("rocket.jpg"))}
    answer = town.text(await refused(town, file, channel_name="lounge"))

    assert "Connect" in answer
    assert "#lounge" in answer
    assert town.row("id") == []


async def test_a_refused_token_pauses_and_the_operator_reads_why(town: Town) -> None:
    town.runcomfy.account.is_active = False
    card = await town.card(await town.remix("ada", "as chalk"))
    await town.until(lambda: "submissions_paused" in town.bot.log(), "the pause")
    answer = town.text(await refused(town, {"image1": UploadedFile("rocket.jpg", sample("rocket.jpg"))}))

    assert "paused by the operator" in answer
    assert "400004" in town.bot.log()
    assert "400004" not in answer
    assert town.runcomfy.ledger == []
    assert "[Cancel]" in await town.until_card_says(card, "Paused by the operator")


async def test_a_job_refused_by_the_provider_is_told_in_its_thread_and_charged_nothing(town: Town) -> None:
    town.runcomfy.timeline.refuse_next("Felt is out of stock.")
    card = await town.card(await town.remix("ada", "as felt"))
    text = await town.until_card_says(card, "refused this remix")

    assert "Felt is out of stock." in text
    assert "Try again" not in text
    assert "othing was charged" in text
    assert town.row("failure") == ["rejected"]
    assert town.runcomfy.ledger == []
