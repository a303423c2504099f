"""Components as JSON for tests of the sandbox, and complaints made comparable."""

from collections.abc import Sequence

from sandbox.discord.components import FormError

Component = dict[str, object]


def text_display(content: str = "hello") -> Component:
    """A text of a message."""
    return {"type": 10, "content": content}


def button(**fields: object) -> Component:
    """A button, its fields changed at will."""
    return {"type": 2, "style": 1, "label": "Cancel", "custom_id": "v1:cancel:1"} | fields


def row(*members: Component) -> Component:
    """An action row."""
    return {"type": 1, "components": list(members)}


def menu(**fields: object) -> Component:
    """A select menu of two options."""
    options = [{"label": "One", "value": "1"}, {"label": "Two", "value": "2"}]
    return {"type": 3, "custom_id": "size", "options": options} | fields


def section(*texts: Component, accessory: Component) -> Component:
    """A section."""
    return {"type": 9, "components": list(texts), "accessory": accessory}


def gallery(*urls: str) -> Component:
    """A gallery of these URLs."""
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


def container(*members: Component) -> Component:
    """A container."""
    return {"type": 17, "components": list(members)}


def label(component: Component, **fields: object) -> Component:
    """A label of a modal around its field."""
    return {"type": 18, "label": "Prompt", "component": component} | fields


def text_input(**fields: object) -> Component:
    """A text input of a modal."""
    return {"type": 4, "custom_id": "prompt", "style": 1} | fields


def places(errors: Sequence[FormError]) -> set[tuple[str, str]]:
    """Each complaint as its dotted path and its code."""
    return {(".".join(map(str, error.path)), error.code) for error in errors}
