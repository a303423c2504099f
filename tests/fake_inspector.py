"""Pictures in memory: what would be made smaller is cut to the size that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.picture import Mend, Mended
from bot.errors import InputError, InputRefused
from tests.fakes import FakeImageInspector

if TYPE_CHECKING:
    from pathlib import Path


class FakeInspector(FakeImageInspector):
    """Makes outputs fit too, or raises what was armed."""

    def __init__(self) -> None:
        super().__init__()
        self.fitted: list[tuple[str, int]] = []
        self.failure: InputError | None = None
        self.least_bytes = 1

    async def fit(self, source: Path, *, content_type: str, max_bytes: int, to: Path) -> Mended:
        """Write as many bytes as are allowed, as a JPEG; videos are refused, and what cannot be so small."""
        self.fitted.append((source.name, max_bytes))
        if self.failure is not None:
            raise self.failure
        if not content_type.startswith("image/") or max_bytes < self.least_bytes:
            raise InputRefused("cannot_be_mended", f"{content_type} to {max_bytes}")
        to.write_bytes(source.read_bytes()[:max_bytes])
        return Mended("image/jpeg", min(max_bytes, source.stat().st_size), 640, 480, (Mend.COMPRESSED,))
