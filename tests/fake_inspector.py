"""Pictures in memory: what they are and what becomes of them is what a test says."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from bot.domain.picture import Mend, Mended, Probe
from bot.errors import InputError, InputRefused

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.picture import PictureLimits


class FakeInspector:
    """Pictures that are what a test says they are, by URL; of all others a PNG of 640 x 480 pixels, fine as it came.

    A file that is mended holds the words of what was done to it; an output that is made smaller is cut.
    """

    def __init__(self) -> None:
        self.probes: dict[str, Probe] = {}
        self.mends: dict[str, tuple[Mend, ...]] = {}
        self.calls: list[tuple[str, str]] = []
        self.fitted: list[tuple[str, int]] = []
        self.failure: InputError | None = None
        """What every attempt to make an output fit ends in."""
        self.least_bytes = 1
        self._held: dict[str, asyncio.Event] = {}
        self._called = asyncio.Event()
        self._failures: dict[str, deque[Exception | None]] = {}
        self._forever: dict[str, Exception] = {}

    # --- what a test does ---------------------------------------------------------------------------------------------

    def heal(self) -> None:
        """Disarm every failure."""
        self._failures.clear()
        self._forever.clear()

    def fail(self, verb: str, *errors: Exception | None) -> None:
        """Let the next calls of a verb raise these errors in turn; None lets one pass."""
        self._failures.setdefault(verb, deque()).extend(errors)

    def refuse(self, part_of_url: str, error: Exception) -> None:
        """Let every look at a URL that holds this raise an error."""
        self._forever[part_of_url] = error

    def make_mendable(self, url: str, *mends: Mend, content_type: str = "image/heic") -> None:
        """Let a picture be one that has to be mended, with these words of what is done to it."""
        self.probes[url] = Probe(content_type, 4032, 3024)
        self.mends[url] = mends or (Mend.CONVERTED,)

    def hold(self, *verbs: str) -> None:
        """Answer no call of these verbs until they are released."""
        self._held |= {verb: asyncio.Event() for verb in verbs}

    def release(self) -> None:
        """Answer every call that was held."""
        for held in self._held.values():
            held.set()
        self._held.clear()

    def count(self, verb: str) -> int:
        """How often a verb was called."""
        return sum(one == verb for one, _ in self.calls)

    async def until_called(self, verb: str, times: int) -> None:
        """Wait until a verb was called so often in all."""
        while self.count(verb) < times:
            self._called.clear()
            await self._called.wait()

    # --- the port -----------------------------------------------------------------------------------------------------

    async def probe(self, url: str, *, size: int) -> Probe:
        """Answer what a picture is."""
        await self._answer("probe", url)
        assert size > 0
        return self.probes.get(url, Probe("image/png", 640, 480))

    async def copy(self, url: str, *, to: Path) -> None:
        """Write the URL itself as the file's bytes."""
        await self._answer("copy", url)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(url)

    async def mend(self, source: Path, limits: PictureLimits, *, to: Path) -> Mended:
        """Write what was done to the picture, where anything was."""
        url = source.read_text()
        await self._answer("mend", url)
        mends = self.mends.get(url, ())
        if mends:
            to.write_text(" ".join(mends))
        assert limits.max_bytes <= 10 * 1024 * 1024
        return Mended("image/jpeg", 1000, 640, 480, mends)

    async def fit(self, source: Path, *, content_type: str, max_bytes: int, to: Path) -> Mended:
        """Write as many bytes as are allowed, as a JPEG; videos are refused, and what cannot be so small."""
        self.fitted.append((source.name, max_bytes))
        if self.failure is not None:
            raise self.failure
        if not content_type.startswith("image/") or max_bytes < self.least_bytes:
            raise InputRefused("cannot_be_mended", f"{content_type} to {max_bytes}")
        to.write_bytes(source.read_bytes()[:max_bytes])
        return Mended("image/jpeg", min(max_bytes, source.stat().st_size), 640, 480, (Mend.COMPRESSED,))

    async def _answer(self, verb: str, url: str) -> None:
        self.calls.append((verb, url))
        self._called.set()
        if (held := self._held.get(verb)) is not None:
            await held.wait()
        for part, error in self._forever.items():
            if part in url:
                raise error.with_traceback(None)  # else it grows with every time
        armed = self._failures.get(verb)
        error = armed.popleft() if armed else None
        if error is not None:
            raise error
