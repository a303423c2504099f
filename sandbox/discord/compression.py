"""Transport compression of the gateway: one stream per connection, flushed after each message.

See https://docs.discord.com/developers/events/gateway#transport-compression.
"""

import zlib
from typing import Protocol

import zstandard


class Encoder(Protocol):
    """Makes a WebSocket message of a JSON text."""

    def encode(self, text: str) -> str | bytes:
        """The message to send: text as it is, or a compressed piece of the connection's stream."""
        ...


class Plain:
    """No compression: text frames."""

    def encode(self, text: str) -> str | bytes:
        """The text itself."""
        return text


class ZlibStream:
    """``compress=zlib-stream``: each message ends with the four bytes of a sync flush."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def encode(self, text: str) -> str | bytes:
        """The next piece of the stream."""
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """``compress=zstd-stream``: each message ends with a flushed block of one endless frame."""

    def __init__(self) -> None:
        self._stream = zstandard.ZstdCompressor().compressobj()

    def encode(self, text: str) -> str | bytes:
        """The next piece of the stream."""
        return self._stream.compress(text.encode()) + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


def encoder_for(asked: str | None) -> Encoder | None:
    """The encoder that the query's ``compress`` asks for; None if Discord knows no such compression."""
    match asked:
        case None | "":
            return Plain()
        case "zlib-stream":
            return ZlibStream()
        case "zstd-stream":
            return ZstdStream()
        case _:
            return None
