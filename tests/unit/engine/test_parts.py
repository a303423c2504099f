"""Which outputs go together into which message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Artifact
from bot.engine.parts import BYTES_PER_MESSAGE, FILES_PER_MESSAGE, split

MEBIBYTE = 1024 * 1024
UNBOOSTED, BOOSTED = 10 * MEBIBYTE, 50 * MEBIBYTE


def outputs(*sizes: int | None) -> list[Artifact]:
    return [Artifact("a", index, f"https://x/{index}", f"a/{index}", size=size) for index, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "limit", "counts"),
    [
        ([], UNBOOSTED, []),
        ([MEBIBYTE] * 10, UNBOOSTED, [10]),
        ([MEBIBYTE] * 11, UNBOOSTED, [10, 1]),
        ([15 * MEBIBYTE] * 10, UNBOOSTED, [2, 2, 2, 2, 2]),
        ([15 * MEBIBYTE] * 10, BOOSTED, [1] * 10),
        ([40 * MEBIBYTE, MEBIBYTE, MEBIBYTE], BOOSTED, [1, 2]),
        ([MEBIBYTE, 40 * MEBIBYTE], BOOSTED, [1, 1]),
        ([None, None, None], UNBOOSTED, [2, 1]),
    ],
)
def test_a_message_holds_ten_files_and_what_discord_takes_at_once(
    sizes: list[int | None], limit: int, counts: list[int]
) -> None:
    assert [len(indexes) for indexes in split(outputs(*sizes), limit=limit).values()] == counts


@given(st.lists(st.integers(0, 80 * MEBIBYTE), max_size=30), st.sampled_from([UNBOOSTED, BOOSTED, 2 * BOOSTED]))
def test_nothing_is_left_out_and_the_order_stays(sizes: list[int], limit: int) -> None:
    parts = split(outputs(*sizes), limit=limit)
    assert [index for part in sorted(parts) for index in parts[part]] == list(range(len(sizes)))
    assert sorted(parts) == list(range(1, len(parts) + 1))
    for indexes in parts.values():
        assert 1 <= len(indexes) <= FILES_PER_MESSAGE
        held = sum(min(sizes[index], limit) for index in indexes)
        assert held <= BYTES_PER_MESSAGE or len(indexes) == 1
