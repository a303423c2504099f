"""How much memory the bot has taken, its own and that of the programs that it starts."""

from __future__ import annotations

import contextlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Generator

_MEBIBYTE = 1024 * 1024
_SAMPLED_EVERY_SECONDS = 0.02
_FORGET_THE_PEAK = "5"


@dataclass
class Growth:
    """What a stretch of work took, in bytes.

    Args:
        before: What the process had when it began.
        peak: The most that it had meanwhile, as the kernel counted it.
        children_peak: The most that its children had together at any look.
        children: How many there were.
    """

    before: int
    peak: int = 0
    children_peak: int = 0
    children: int = 0

    @override
    def __str__(self) -> str:
        """The figures, as a person reads them."""
        before, grown, children = (
            f"{one / _MEBIBYTE:.1f} MiB" for one in (self.before, self.grown, self.children_peak)
        )
        return f"grown by {grown} from {before}; {self.children} children with {children} together at most"

    @property
    def grown(self) -> int:
        """By how much the process itself grew at most."""
        return self.peak - self.before


@contextmanager
def measured(pid: int) -> Generator[Growth]:
    """Measure a process, from its present size to its peak; the result is whole at the end.

    Source: https://docs.kernel.org/filesystems/proc.html (``clear_refs``, ``VmHWM``)
    """
    # The bot hides its memory, so only root may reset its peak; the peak of its whole life is as much or more.
    with contextlib.suppress(PermissionError):
        (Path("/proc") / str(pid) / "clear_refs").write_text(_FORGET_THE_PEAK, encoding="ascii")
    growth = Growth(_status(pid, "VmRSS"))
    is_over = threading.Event()
    watch = threading.Thread(target=_watch_children, args=(pid, growth, is_over))
    watch.start()
    try:
        yield growth
    finally:
        is_over.set()
        watch.join()
        growth.peak = _status(pid, "VmHWM")


def _status(pid: int, name: str) -> int:
    lines = (Path("/proc") / str(pid) / "status").read_text(encoding="ascii").splitlines()
    [kibibytes] = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(kibibytes) * 1024


def _watch_children(pid: int, growth: Growth, is_over: threading.Event) -> None:
    seen: set[int] = set()
    while not is_over.wait(_SAMPLED_EVERY_SECONDS):
        held = 0
        for child in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                held += child.memory_info().rss
                seen.add(child.pid)
        growth.children_peak = max(growth.children_peak, held)
        growth.children = len(seen)
