"""Discord's CDN as simcord has it, with the one thing that Discord does besides."""

from __future__ import annotations

import struct
from typing import Any

from simcord.backend.cdn import CdnStore
from typing_extensions import override


class MeasuringCdn(CdnStore):
    """Measures pictures, as Discord does and simcord does not."""

    @override
    def store_attachment(
        self, attachment_id: int, channel_id: int, filename: str, data: bytes, description: str | None
    ) -> dict[str, Any]:
        stored = super().store_attachment(attachment_id, channel_id, filename, data, description)
        if data.startswith(b"\x89PNG"):
            stored["width"], stored["height"] = struct.unpack(">II", data[16:24])
        return stored
