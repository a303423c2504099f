"""The program that decodes for the bot: ``python -m bot.images.convert`` reads an order and writes what became of it.

It runs as a child process, holds no secrets, and confines itself before it opens the stranger's file: whatever that
makes a decoder do, it ends here.
"""

from __future__ import annotations

import errno
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.errors import InputPostponed, InputRefused
from bot.images.confinement import confine
from bot.images.mending import fit, mend
from bot.images.order import Task, read_order, write_answer
from bot.images.source import prepare

if TYPE_CHECKING:
    from bot.domain.picture import Mended
    from bot.images.order import Order

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})


def attempt(order: Order) -> Mended | InputRefused | InputPostponed:
    """Do what an order says. No exception leaves it, whatever the file holds."""
    try:
        return _done(order)
    except (InputRefused, InputPostponed) as answer:
        return answer
    except MemoryError:
        return InputRefused("cannot_be_mended", "it takes more memory than it may")
    except Exception as error:  # noqa: BLE001 - decoders and encoders are many, and what they raise is documented nowhere
        return InputRefused("cannot_be_mended", f"{type(error).__name__}: {error}"[:300])


def main() -> int:
    """Read the order from the standard input and write the answer to the standard output."""
    order = read_order(sys.stdin.buffer.read())
    prepare()
    confine(max_file_bytes=order.limits.max_bytes)
    with warnings.catch_warnings():
        # What Pillow warns of is either judged here by number, or makes no difference.
        warnings.simplefilter("ignore")
        answer = attempt(order)
    sys.stdout.buffer.write(write_answer(answer))
    return 0


def _done(order: Order) -> Mended:
    try:
        data = Path(order.source).read_bytes()
    except OSError as error:
        raise InputPostponed(f"not read: {error}") from error
    mended, made = (mend if order.task is Task.MEND else fit)(data, order.limits)
    if made is not None:
        try:
            Path(order.part).write_bytes(made)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise InputPostponed(f"not written: {error}") from error
            raise
    return mended


if __name__ == "__main__":
    sys.exit(main())
