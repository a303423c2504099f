"""The gateway's opcodes and close codes, and what a client may send.

See https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway.
"""

import json
from enum import IntEnum
from typing import Final

from sandbox.discord.wire import JsonObject, as_object

_MOST_BYTES: Final = 4096


class Opcode(IntEnum):
    """Kinds of gateway messages."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class CloseCode(IntEnum):
    """Why the gateway closes a connection."""

    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    INVALID_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class GatewayCloseError(Exception):
    """The gateway closes the connection.

    Args:
        code: The close code.
    """

    def __init__(self, code: CloseCode) -> None:
        super().__init__(f"closed with {int(code)} {code.name}")
        self.code = code


def decoded(text: str) -> JsonObject:
    """A message that a client sent.

    Raises:
        GatewayCloseError: 4002, it is too long or no JSON object.
    """
    if len(text.encode()) > _MOST_BYTES:
        raise GatewayCloseError(CloseCode.DECODE_ERROR)
    try:
        message = as_object(json.loads(text))
    except ValueError as error:
        raise GatewayCloseError(CloseCode.DECODE_ERROR) from error
    if message is None:
        raise GatewayCloseError(CloseCode.DECODE_ERROR)
    return message
