"""What Discord's errors mean for a message that is owed: later, or never here.

Source of the codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from enum import IntEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.errors import DeliveryError, DeliveryPostponed, TooLarge, Undeliverable

if TYPE_CHECKING:
    from collections.abc import Generator


class Code(IntEnum):
    """The codes of Discord that we tell apart."""

    UNKNOWN_CHANNEL = 10003
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_WEBHOOK = 10015
    UNKNOWN_INTERACTION = 10062
    CHANNEL_WRITE_LIMIT = 20028
    OLD_MESSAGE_EDIT_LIMIT = 30046
    REQUEST_TOO_LARGE = 40005
    RESOURCE_LIMITED = 40062
    MISSING_ACCESS = 50001
    MISSING_PERMISSIONS = 50013
    WRONG_CHANNEL_TYPE = 50024
    INVALID_WEBHOOK_TOKEN = 50027
    INVALID_FORM = 50035
    FILE_TOO_LARGE = 50045
    THREAD_ARCHIVED = 50083
    OVERLOADED = 130000
    THREAD_EXISTS = 160004
    THREAD_LOCKED = 160005
    TOO_MANY_THREADS = 160006
    TOO_MANY_ANNOUNCEMENT_THREADS = 160007
    MESSAGE_BLOCKED = 200000
    TITLE_BLOCKED = 200001


TOKEN_IS_DEAD: Final = frozenset({Code.INVALID_WEBHOOK_TOKEN, Code.UNKNOWN_WEBHOOK, Code.UNKNOWN_INTERACTION})
"""The interaction's token no longer edits its first reply; the bot itself still may."""
NAME_REFUSED: Final = frozenset({Code.INVALID_FORM, Code.MESSAGE_BLOCKED, Code.TITLE_BLOCKED})
"""The words of a prompt may not stand in a name there: they show nothing, or a server's rules block them."""
NO_THREAD_HERE: Final = frozenset(
    {
        Code.UNKNOWN_CHANNEL,
        Code.UNKNOWN_MESSAGE,
        Code.MISSING_ACCESS,
        Code.MISSING_PERMISSIONS,
        Code.WRONG_CHANNEL_TYPE,
        Code.THREAD_LOCKED,
        Code.TOO_MANY_THREADS,
        Code.TOO_MANY_ANNOUNCEMENT_THREADS,
    }
)
"""There can be no thread from this message; the results go beside the card."""
_TOO_LARGE: Final = frozenset({Code.REQUEST_TOO_LARGE, Code.FILE_TOO_LARGE})
_LATER: Final = frozenset(
    {
        Code.CHANNEL_WRITE_LIMIT,
        Code.OLD_MESSAGE_EDIT_LIMIT,
        Code.RESOURCE_LIMITED,
        Code.THREAD_ARCHIVED,
        Code.OVERLOADED,
    }
)


@contextmanager
def translated() -> Generator[None]:
    """Let no exception of Discord, of the network or of the disk through: each becomes an error of delivery.

    Raises:
        DeliveryPostponed: It may pass later.
        TooLarge: Smaller files may be taken.
        Undeliverable: Discord will never take it there.
    """
    try:
        yield
    except discord.DiscordException as error:
        raise delivery_error(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise DeliveryPostponed(f"{type(error).__name__}: {error}") from error


def delivery_error(error: discord.DiscordException) -> DeliveryError:
    """Judge an exception of discord.py."""
    if isinstance(error, discord.RateLimited):
        return DeliveryPostponed(str(error), retry_after=timedelta(seconds=error.retry_after))
    if isinstance(error, discord.HTTPException) and _is_too_large(error):
        return TooLarge(str(error))
    if not isinstance(error, discord.HTTPException) or _may_pass(error):
        return DeliveryPostponed(f"{type(error).__name__}: {error}", retry_after=_retry_after(error))
    return Undeliverable(str(error))


def _is_too_large(error: discord.HTTPException) -> bool:
    """Whether files of a smaller size would be taken; what stands before Discord says 413 without a code."""
    return error.code in _TOO_LARGE or error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def _may_pass(error: discord.HTTPException) -> bool:
    """Whether time may mend it; an answer without a code is no word of Discord's about this message."""
    is_limit_or_fault = error.status == HTTPStatus.TOO_MANY_REQUESTS or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return is_limit_or_fault or error.code == 0 or error.code in _LATER


def _retry_after(error: discord.DiscordException) -> timedelta | None:
    if not isinstance(error, discord.HTTPException):
        return None
    try:
        return timedelta(seconds=float(error.response.headers.get("Retry-After", "")))
    except (ValueError, OverflowError):
        return None
