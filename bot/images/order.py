"""What passes between the bot and the program that decodes for it: an order in, an answer out, both as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from bot.domain.picture import Mend, Mended, PictureLimits
from bot.errors import InputPostponed, InputRefused

if TYPE_CHECKING:
    from collections.abc import Mapping


class Task(StrEnum):
    """What is to be done with a picture."""

    MEND = "mend"
    """Make an input that a model takes."""
    FIT = "fit"
    """Make an output that an upload limit takes."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order.

    Args:
        task: What is to be done.
        source: The file as it came.
        part: Where what is made of it goes; nothing is written where nothing had to be done.
        limits: What it must be.
    """

    task: Task
    source: str
    part: str
    limits: PictureLimits


def write_order(order: Order) -> bytes:
    """Put an order into words."""
    limits = order.limits
    return json.dumps(
        {
            "task": order.task,
            "source": order.source,
            "part": order.part,
            "types": limits.types,
            "max_bytes": limits.max_bytes,
            "max_side": limits.max_side,
            "min_side": limits.min_side,
            "min_ratio": None if limits.min_ratio is None else str(limits.min_ratio),
            "max_ratio": None if limits.max_ratio is None else str(limits.max_ratio),
        }
    ).encode()


def read_order(data: bytes) -> Order:
    """Read what :func:`write_order` wrote."""
    words: Mapping[str, Any] = json.loads(data)
    limits = PictureLimits(
        types=tuple(words["types"]),
        max_bytes=words["max_bytes"],
        max_side=words["max_side"],
        min_side=words["min_side"],
        min_ratio=None if words["min_ratio"] is None else Fraction(words["min_ratio"]),
        max_ratio=None if words["max_ratio"] is None else Fraction(words["max_ratio"]),
    )
    return Order(Task(words["task"]), words["source"], words["part"], limits)


def write_answer(answer: Mended | InputRefused | InputPostponed) -> bytes:
    """Put into words what became of it."""
    match answer:
        case Mended():
            words: dict[str, object] = {
                "content_type": answer.content_type,
                "size": answer.size,
                "width": answer.width,
                "height": answer.height,
                "mends": answer.mends,
            }
        case InputRefused():
            words = {"problem": answer.problem, "detail": str(answer), "values": answer.values}
        case InputPostponed():
            words = {"postponed": str(answer)}
    return json.dumps(words).encode()


def read_answer(data: bytes) -> Mended:
    """Read what :func:`write_answer` wrote.

    Raises:
        InputPostponed: That is the answer.
        InputRefused: That is the answer, or it is none: the program broke.
    """
    try:
        words = cast("Mapping[str, Any]", json.loads(data))
        if "postponed" in words:
            raise InputPostponed(words["postponed"])
        if "problem" in words:
            raise InputRefused(words["problem"], words["detail"], values=words["values"])
        mends = tuple(Mend(word) for word in words["mends"])
        return Mended(words["content_type"], words["size"], words["width"], words["height"], mends)
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused("cannot_be_mended", f"its answer makes no sense: {data[:200]!r}") from error
