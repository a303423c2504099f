"""Layouts as text that a person can read and compare: what stands on a message, and what can be pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import discord


def render(view: discord.ui.LayoutView) -> str:
    """Write down a layout; invisible signs are spelled out."""
    return visible("\n".join(_lines(view.to_components())))


def visible(text: str) -> str:
    """Spell out what could not be seen."""
    return text.replace("\u2060", "<U+2060>").replace("\u200d", "<U+200D>")


def _lines(components: Iterable[Any]) -> Iterator[str]:
    for component in components:
        yield from _component(cast("dict[str, Any]", component))


def _component(component: dict[str, Any]) -> Iterator[str]:
    match component["type"]:
        case 10:
            yield from component["content"].splitlines()
        case 12:
            for item in component["items"]:
                yield f"[picture: {item['description']}] {item['media']['url']}"
        case 1:
            yield " ".join(f"[{one['label']}]" for one in component["components"])
            yield " ".join(one["custom_id"] for one in component["components"])
        case 9:
            yield from _lines(component["components"])
            yield f"[{component['accessory']['label']}] {component['accessory']['custom_id']}"
        case 14:
            yield "---"
        case 17:
            colour = component.get("accent_color")
            yield "+--" if colour is None else f"+-- #{colour:06x}"
            yield from (f"| {line}" for line in _lines(component["components"]))
        case other:
            raise AssertionError(f"a component of type {other} has no transcript yet")
