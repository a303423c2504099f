"""Finding the URLs in a result's ``output``, whose shape differs from model to model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_KEYS: Final = ("image", "images", "video", "videos", "url")
_DEEPEST: Final = 6


def output_urls(output: object, *, sent_urls: Sequence[str] = ()) -> tuple[str, ...]:
    """List the URLs of an output: ``image``, ``images``, ``video``, ``videos``, a list, a text, or ``url`` in these.

    Where none of these keys holds a URL, any URL in the output counts: a paid picture under a new name is still ours.

    Args:
        output: The ``output`` of a result, and nothing else of it.
        sent_urls: What we sent, which an output may repeat, with or without a slash at its end; one that ends in a
            slash stands for all that begin so.

    Returns:
        The URLs in their order, each once, without what we sent.
    """
    sent, beginnings = (
        frozenset(url.rstrip("/") for url in sent_urls),
        tuple(url for url in sent_urls if url.endswith("/")),
    )
    for is_known_only in (True, False):
        found = [url for url in _walk(output, is_known_only=is_known_only, depth=0) if url.rstrip("/") not in sent]
        found = [url for url in found if not url.startswith(beginnings)]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _walk(value: object, *, is_known_only: bool, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if value.lower().startswith(("https://", "http://")):
            yield value
    elif depth < _DEEPEST:
        for child in _children(value, is_known_only=is_known_only):
            yield from _walk(child, is_known_only=is_known_only, depth=depth + 1)


def _children(value: object, *, is_known_only: bool) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    if not isinstance(value, dict):
        return []
    members = cast("Mapping[str, object]", value)
    return [members[key] for key in _KEYS if key in members] if is_known_only else list(members.values())
