"""Seccomp: a process gives up every system call but those that a computation on open files needs, for good.

Sources: https://man7.org/linux/man-pages/man2/seccomp.2.html,
https://docs.kernel.org/userspace-api/seccomp_filter.html, and for the numbers of the calls the kernel's
``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.linux.system_calls import IS_LINUX, forbid_new_privileges, system_call

if TYPE_CHECKING:
    from collections.abc import Mapping

_SET_MODE_FILTER: Final = 1
_GET_ACTION_AVAIL: Final = 2
_ALL_THREADS: Final = 1

_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000
_KILL_PROCESS: Final = 0x80000000

_LOAD_WORD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_ANY_BIT: Final = 0x45
_RETURN: Final = 0x06

_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_FIRST_ARGUMENT_AT: Final = 16
"""Of the structure that a filter reads; both architectures are little endian, so the low half comes first."""

_CLONE_THREAD: Final = 0x00010000


@dataclass(frozen=True, slots=True)
class _Architecture:
    audit: int
    seccomp: int
    clone: int
    tgkill: int
    allowed: Mapping[str, int]


_X86_64: Final = _Architecture(
    audit=0xC000003E,
    seccomp=317,
    clone=56,
    tgkill=234,
    allowed={
        "read": 0,
        "write": 1,
        "close": 3,
        "fstat": 5,
        "lseek": 8,
        "mmap": 9,
        "mprotect": 10,
        "munmap": 11,
        "brk": 12,
        "rt_sigaction": 13,
        "rt_sigprocmask": 14,
        "rt_sigreturn": 15,
        "pread64": 17,
        "sched_yield": 24,
        "mremap": 25,
        "madvise": 28,
        "nanosleep": 35,
        "getpid": 39,
        "exit": 60,
        "getcwd": 79,
        "gettimeofday": 96,
        "sigaltstack": 131,
        "gettid": 186,
        "time": 201,
        "futex": 202,
        "sched_getaffinity": 204,
        "set_tid_address": 218,
        "restart_syscall": 219,
        "clock_gettime": 228,
        "clock_nanosleep": 230,
        "exit_group": 231,
        "newfstatat": 262,
        "set_robust_list": 273,
        "getrandom": 318,
        "rseq": 334,
    },
)
_AARCH64: Final = _Architecture(
    audit=0xC00000B7,
    seccomp=277,
    clone=220,
    tgkill=131,
    allowed={
        "getcwd": 17,
        "close": 57,
        "lseek": 62,
        "read": 63,
        "write": 64,
        "pread64": 67,
        "newfstatat": 79,
        "fstat": 80,
        "exit": 93,
        "exit_group": 94,
        "set_tid_address": 96,
        "futex": 98,
        "set_robust_list": 99,
        "nanosleep": 101,
        "clock_gettime": 113,
        "clock_nanosleep": 115,
        "sched_getaffinity": 123,
        "sched_yield": 124,
        "restart_syscall": 128,
        "sigaltstack": 132,
        "rt_sigaction": 134,
        "rt_sigprocmask": 135,
        "rt_sigreturn": 139,
        "gettimeofday": 169,
        "getpid": 172,
        "gettid": 178,
        "brk": 214,
        "munmap": 215,
        "mremap": 216,
        "mmap": 222,
        "mprotect": 226,
        "madvise": 233,
        "getrandom": 278,
        "rseq": 293,
    },
)
_ARCHITECTURES: Final = {"x86_64": _X86_64, "aarch64": _AARCH64}


def is_available() -> bool:
    """Whether the kernel filters system calls, and this machine's numbers are known here."""
    machine = _machine()
    if machine is None:
        return False
    try:
        system_call(machine.seccomp, _GET_ACTION_AVAIL, 0, _buffer(struct.pack("=I", _REFUSE)))
    except OSError:
        return False
    return True


def give_up_system_calls() -> None:
    """Make no system call any more but those of a computation; the others answer "not implemented".

    Opening, connecting, starting a program, tracing, and signals to others are not among them; threads are.

    Raises:
        OSError: The kernel refused, or the numbers of this machine's calls are not known.
    """
    machine = _machine()
    if machine is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    program = _program(machine, process_id=os.getpid())
    instructions = _buffer(program)
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    forbid_new_privileges()
    system_call(machine.seccomp, _SET_MODE_FILTER, _ALL_THREADS, _buffer(header))


def _machine() -> _Architecture | None:
    return _ARCHITECTURES.get(platform.machine()) if IS_LINUX else None


def _program(machine: _Architecture, *, process_id: int) -> bytes:
    allow, refuse = _instruction(_RETURN, _ALLOW), _instruction(_RETURN, _REFUSE | errno.ENOSYS)
    first_argument = _instruction(_LOAD_WORD, _FIRST_ARGUMENT_AT)
    return b"".join(
        (
            _instruction(_LOAD_WORD, _ARCHITECTURE_AT),
            _instruction(_JUMP_IF_EQUAL, machine.audit, if_true=1),
            _instruction(_RETURN, _KILL_PROCESS),
            _instruction(_LOAD_WORD, _NUMBER_AT),
            *(_on(number, allow) for number in machine.allowed.values()),
            # A thread, never a process; the C library falls back to this call from clone3, whose flags are in memory.
            _on(
                machine.clone,
                first_argument + _instruction(_JUMP_IF_ANY_BIT, _CLONE_THREAD, if_false=1) + allow + refuse,
            ),
            # The process may end itself by a signal, as abort() does.
            _on(machine.tgkill, first_argument + _instruction(_JUMP_IF_EQUAL, process_id, if_false=1) + allow + refuse),
            refuse,
        )
    )


def _on(number: int, then: bytes) -> bytes:
    """Run instructions that end in a return where the call has this number; else go on behind them."""
    return _instruction(_JUMP_IF_EQUAL, number, if_false=len(then) // 8) + then


def _instruction(code: int, operand: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def _buffer(data: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(data, len(data))
