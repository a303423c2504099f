"""The program that decodes for the bot: ``python -m bot.images.convert`` reads an order and writes what became of it.

It runs as a child process, holds no secrets, opens its two files, and confines itself before it reads the first byte of
the stranger's: whatever that makes a decoder do, it ends here.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, Final

from bot.errors import InputPostponed, InputRefused
from bot.images.confinement import confine
from bot.images.mending import fit, mend
from bot.images.order import Task, read_order, write_answer
from bot.images.source import prepare

if TYPE_CHECKING:
    from bot.domain.picture import Mended
    from bot.images.order import Order

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})


def attempt(order: Order, *, is_confined: bool) -> Mended | InputRefused | InputPostponed:
    """Do what an order says. No exception leaves it, whatever the file holds.

    Args:
        order: What to do.
        is_confined: Whether this process gives up its rights between opening the files and reading them.

    Raises:
        OSError: This process could not be confined.
    """
    with ExitStack() as files:
        try:
            source = files.enter_context(open(order.source, "rb", buffering=0))  # noqa: PTH123 - a file, not a path
            part = files.enter_context(open(order.part, "wb", buffering=0, opener=_owner_only))
        except OSError as error:
            return InputPostponed(f"not opened: {error}")
        if is_confined:
            confine(max_file_bytes=order.limits.max_bytes)
        return _answer(order, source, part)


def main() -> int:
    """Read the order from the standard input and write the answer to the standard output."""
    order = read_order(sys.stdin.buffer.read())
    prepare()
    with warnings.catch_warnings():
        # What Pillow warns of is either judged here by number, or makes no difference.
        warnings.simplefilter("ignore")
        answer = attempt(order, is_confined=True)
    sys.stdout.buffer.write(write_answer(answer))
    return 0


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _answer(order: Order, source: BinaryIO, part: BinaryIO) -> Mended | InputRefused | InputPostponed:
    try:
        return _done(order, source, part)
    except (InputRefused, InputPostponed) as answer:
        return answer
    except MemoryError:
        return InputRefused("cannot_be_mended", "it takes more memory than it may")
    except Exception as error:  # noqa: BLE001 - decoders and encoders are many, and what they raise is documented nowhere
        return InputRefused("cannot_be_mended", f"{type(error).__name__}: {error}"[:300])


def _done(order: Order, source: BinaryIO, part: BinaryIO) -> Mended:
    try:
        data = source.read()
    except OSError as error:
        raise InputPostponed(f"not read: {error}") from error
    mended, made = (mend if order.task is Task.MEND else fit)(data, order.limits)
    if made is not None:
        _write(part, made)
    return mended


def _write(part: BinaryIO, made: bytes) -> None:
    view = memoryview(made)
    try:
        while view:
            view = view[part.write(view) :]
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise InputPostponed(f"not written: {error}") from error
        raise


if __name__ == "__main__":
    sys.exit(main())
