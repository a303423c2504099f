"""What the program that decodes strangers' files takes from itself, before it decodes the first byte.

Everywhere: limits of memory, time and files. On Linux also, where the kernel has them, Landlock (no path can be opened)
and seccomp (no system call but those of a computation). ``python -m bot doctor`` says which of them a machine lacks.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
from pathlib import Path
from typing import Final

from bot.linux import landlock, seccomp

ADDRESS_SPACE_BYTES: Final = 1536 * 1024 * 1024
"""Twice a picture of the most pixels that are decoded, its file, and the libraries; measured in ``tests/images``."""
CPU_SECONDS: Final = 45
"""Ten times what the largest picture needs on a small machine."""

_OPEN_FILES: Final = 64
_SLACK_BYTES: Final = 4096
_LAST_IN_LINE: Final = 15
_FIRST_TO_GO: Final = "1000"
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2


def confine(*, max_file_bytes: int) -> None:
    """Take what is not needed away from this process, for good; what it needs is imported and open by now.

    Args:
        max_file_bytes: The greatest file that it may write.

    Raises:
        OSError: The kernel has Landlock or seccomp, but refused it.
    """
    _limit(resource.RLIMIT_AS, ADDRESS_SPACE_BYTES)
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, max_file_bytes + _SLACK_BYTES)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    # The bot comes first, and where memory runs out this goes before it.
    os.nice(_LAST_IN_LINE)
    with contextlib.suppress(OSError):  # not every system has it
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")
    _share_arenas()
    if version := landlock.version():
        landlock.give_up_paths(version)
    if seccomp.is_available():
        seccomp.give_up_system_calls()


def lacking() -> tuple[str, ...]:
    """Name what this machine lacks of the kernel's confinement."""
    offered = {"Landlock": landlock.version() > 0, "seccomp": seccomp.is_available()}
    return tuple(name for name, is_there in offered.items() if not is_there)


def _share_arenas() -> None:
    """Let threads share their heaps, each of which would count against the address space; glibc alone has it."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses a limit of address space
        resource.setrlimit(kind, (wanted, wanted))
