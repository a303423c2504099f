"""The two C functions through which a process asks the kernel for what Python's library does not name."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from typing import Final

IS_LINUX: Final = sys.platform == "linux"

_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38


def prctl(option: int, *arguments: int) -> int:
    """Call ``prctl``.

    Args:
        option: Its first argument.
        arguments: Those that follow, four at most.

    Raises:
        OSError: The kernel refused, or there is no such function here.

    Source: https://man7.org/linux/man-pages/man2/prctl.2.html
    """
    words = [ctypes.c_ulong(one) for one in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_library().prctl(ctypes.c_int(option), *words))


def system_call(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a system call by its number.

    Args:
        number: The number on this machine's architecture.
        arguments: Integers, buffers, or None for a null pointer.

    Raises:
        OSError: The kernel refused, or does not know the call.
    """
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(_library().syscall(ctypes.c_long(number), *words))


def forbid_new_privileges() -> None:
    """Let no program that this process starts gain rights; the kernel asks for it before it confines a process.

    Raises:
        OSError: The kernel refused.
    """
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def hide_memory_and_environment() -> None:
    """Keep other processes of the same user from reading this one's memory and environment; does nothing elsewhere.

    It makes no core dump either, and ``/proc/PID`` belongs to root.
    """
    if IS_LINUX:
        prctl(_PR_SET_DUMPABLE, 0)


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library


def _checked(answer: int) -> int:
    if answer == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
