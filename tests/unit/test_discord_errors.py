"""What Discord's errors mean for a message that is owed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import aiohttp
import discord
import pytest

from bot.errors import ContentRefused, DeliveryError, DeliveryPostponed, TooLarge, Undeliverable
from bot.ui.discord_errors import MEANINGS, Code, delivery_error, translated

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Answer:
    """As much of an HTTP answer as discord.py's exceptions read."""

    status: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def refusal(status: int, code: int, *, retry_after: str | None = None) -> discord.HTTPException:
    """An exception of discord.py."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    response = cast("aiohttp.ClientResponse", Answer(status, headers=headers))
    return discord.HTTPException(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("status", "code", "judged"),
    [
        (404, Code.UNKNOWN_CHANNEL, Undeliverable),
        (404, Code.UNKNOWN_MESSAGE, Undeliverable),
        (403, Code.MISSING_ACCESS, Undeliverable),
        (403, Code.MISSING_PERMISSIONS, Undeliverable),
        (403, Code.THREAD_LOCKED, Undeliverable),
        (400, 50035, Undeliverable),
        (413, Code.REQUEST_TOO_LARGE, TooLarge),
        (400, Code.FILE_TOO_LARGE, TooLarge),
        (413, 0, TooLarge),
        (400, Code.MESSAGE_BLOCKED, ContentRefused),
        (400, Code.HARMFUL_LINK, ContentRefused),
        (400, Code.EXPLICIT_CONTENT, ContentRefused),
        (400, Code.UPLOADS_LIMITED, ContentRefused),
        (400, Code.THREAD_ARCHIVED, DeliveryPostponed),
        (429, Code.OLD_MESSAGE_EDIT_LIMIT, DeliveryPostponed),
        (429, 0, DeliveryPostponed),
        (400, Code.OVERLOADED, DeliveryPostponed),
        (500, 0, DeliveryPostponed),
        (503, 50001, DeliveryPostponed),
        (403, 0, DeliveryPostponed),
        (401, 0, DeliveryPostponed),
    ],
)
def test_each_code_is_either_for_later_or_for_never(status: int, code: int, judged: type[DeliveryError]) -> None:
    assert type(delivery_error(refusal(status, code))) is judged


def test_the_wait_that_discord_names_is_kept() -> None:
    assert _wait(discord.RateLimited(90.5)) == timedelta(seconds=90.5)
    assert _wait(refusal(429, 0, retry_after="12")) == timedelta(seconds=12)
    assert _wait(refusal(429, 0, retry_after="soon")) is None
    assert _wait(refusal(429, 0)) is None
    assert _wait(discord.InvalidData()) is None


def _wait(error: discord.DiscordException) -> timedelta | None:
    judged = delivery_error(error)
    assert isinstance(judged, DeliveryPostponed)
    return judged.retry_after


@pytest.mark.parametrize(
    "error",
    [aiohttp.ServerDisconnectedError(), TimeoutError(), ConnectionResetError(104, "reset"), FileNotFoundError("x")],
)
def test_what_the_network_or_the_disk_does_is_for_later(error: Exception) -> None:
    with pytest.raises(DeliveryPostponed) as raised, translated():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [KeyError("id"), TypeError("int()"), ValueError("no JSON"), AttributeError("get")])
def test_an_answer_that_cannot_be_read_is_for_later(error: Exception) -> None:
    with pytest.raises(DeliveryPostponed, match="cannot be read") as raised, translated():
        raise error
    assert raised.value.__cause__ is error


def test_an_edit_limit_without_a_time_is_given_a_minute() -> None:
    assert _wait(refusal(429, Code.OLD_MESSAGE_EDIT_LIMIT)) == timedelta(minutes=1)
    assert _wait(refusal(400, Code.CHANNEL_WRITE_LIMIT)) == timedelta(minutes=1)
    assert _wait(refusal(429, Code.OLD_MESSAGE_EDIT_LIMIT, retry_after="7")) == timedelta(seconds=7)


def test_every_code_has_one_meaning() -> None:
    assert set(Code) - MEANINGS.keys() == {Code.THREAD_EXISTS}  # the thread is there, which is what was wanted


def test_what_is_no_matter_of_delivery_passes_through() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError
    with pytest.raises(Undeliverable, match="gone"), translated():
        raise Undeliverable("gone")
