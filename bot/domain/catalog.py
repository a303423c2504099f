"""The catalog of models: each is the provider's published input schema, read as data, and a few words of ours.

A file of the catalog holds ``model`` (its id), ``input_schema`` (the provider's own, unchanged; for the first model see
https://www.runcomfy.com/models/bytedance/dreamina-4-0/edit/api) and ``ours``: the display ``name``, which ``keys`` of
the schema our five names stand for (``images`` and ``prompt`` must be there), and what the provider says in prose only,
``accepted_types`` and ``advised_images``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot.domain.mending import declared_refusal
from bot.domain.model_parts import OPTIONS, read_images, read_keys, read_scale, read_sizes
from bot.domain.model_rules import BYTES_PER_MB, MOST_OUTPUTS, FileRule, Quantity
from bot.domain.model_schema import SchemaPart
from bot.domain.remix_request import RemixRequest, is_legible
from bot.errors import InvalidRequest, ModelMissing, StartupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from bot.domain.remix_request import Input, OptionValue

_DEFAULT_MAX_FILE_BYTES: Final = 50 * BYTES_PER_MB
"""What the provider recommends for any model: "images up to 50MB", said on each model's page."""


@dataclass(frozen=True, slots=True)
class ImageModel:
    """A model that makes images of images, and what it takes.

    Args:
        id: The provider's id, for example ``bytedance/dreamina-4-0/edit``.
        name: How people read it.
        keys: Which key of the provider's schema each of our names stands for.
        min_images: The least number of inputs.
        max_images: The greatest number of inputs.
        advised_images: Above this number the provider warns of worse results; None where it does not.
        accepted_types: Media types of inputs.
        file_rules: The bounds on each input's file.
        max_prompt_length: In characters, which are code points.
        input_schema: The provider's published schema, unchanged.
        sizes: The provider's words for sizes, in its order; empty where there is no choice.
        default_size: What it takes where none is sent.
        scale_range: The least and the greatest scale; None where the model has none.
        default_scale: What it takes where none is sent.
        has_single: Whether a single image can be asked for.
        max_outputs: So many images of one job are fetched and posted; further ones are only linked.
    """

    id: str
    name: str
    keys: Mapping[str, str]
    min_images: int
    max_images: int
    advised_images: int | None
    accepted_types: tuple[str, ...]
    file_rules: tuple[FileRule, ...]
    max_prompt_length: int
    input_schema: Mapping[str, object]
    sizes: tuple[str, ...] = ()
    default_size: str | None = None
    scale_range: tuple[float, float] | None = None
    default_scale: float | None = None
    has_single: bool = False
    max_outputs: int = MOST_OUTPUTS

    @classmethod
    def load(cls, source: Path | str) -> ImageModel:
        """Read a model from a file, or by its name from those that come with the bot.

        Args:
            source: A path, or a name such as ``dreamina-4-0-edit``.

        Raises:
            StartupError: It cannot be read; the text names the file and the place in it.
        """
        return _load(source if isinstance(source, Path) else _packaged() / f"{source}.json")

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> ImageModel:
        """Read a model from the content of its file.

        Raises:
            StartupError: A part is missing, cannot be read, or could not be obeyed; the text names it.
        """
        return _read_model(SchemaPart(dict(document)))

    @property
    def max_file_bytes(self) -> int:
        """The greatest size of an input, in bytes; the provider's megabyte is read as 1,000,000 (the stricter)."""
        return self._greatest(Quantity.FILE_SIZE) or _DEFAULT_MAX_FILE_BYTES

    @property
    def max_pixels_per_side(self) -> int | None:
        """The greatest width and height of an input, in pixels, or None where any will do."""
        return self._greatest(Quantity.WIDTH, Quantity.HEIGHT)

    def _greatest(self, *quantities: Quantity) -> int | None:
        bounds = [rule.greatest for rule in self.file_rules if rule.quantity in quantities and rule.is_upper]
        return min(bounds, default=None)

    # --- judging ------------------------------------------------------------------------------------------------------

    def request(self, *, prompt: str, inputs: Sequence[Input], options: Mapping[str, OptionValue]) -> RemixRequest:
        """Make a request of what a member gave, if the published schema allows it.

        Args:
            prompt: What to make of the images; blanks around it are dropped.
            inputs: The images in the member's order.
            options: Only what the member set, by our names.

        Raises:
            InvalidRequest: The first rule that it breaks, with the name of the field.
        """
        request = RemixRequest(self.id, prompt.strip(), tuple(inputs), MappingProxyType(dict(options)))
        self.check(request)
        return request

    def check(self, request: RemixRequest) -> None:
        """Hold a request against every rule.

        Raises:
            InvalidRequest: The first rule that it breaks.
        """
        for problem in self._judge(request):
            raise problem

    def problems(self, request: RemixRequest) -> list[InvalidRequest]:
        """Find every rule that a request breaks, in the order in which a member would mend them."""
        return list(self._judge(request))

    def advice(self, request: RemixRequest) -> list[str]:
        """Say what is allowed but not wise, as keys of the texts: ``many_images``."""
        is_many = self.advised_images is not None and len(request.inputs) > self.advised_images
        return ["many_images"] if is_many else []

    def payload(self, request: RemixRequest) -> dict[str, object]:
        """Build what is submitted: the provider's keys, and only what the member set.

        The schema's defaults are never sent. Those of images and prompt are samples, which would be paid for.
        """
        sent: dict[str, object] = {
            self.keys["images"]: [image.sent_url for image in request.inputs],
            self.keys["prompt"]: request.prompt,
        }
        return sent | {self.keys[name]: value for name, value in request.options.items()}

    def _judge(self, request: RemixRequest) -> Iterator[InvalidRequest]:
        yield from self._judge_images(request)
        yield from self._judge_prompt(request.prompt)
        for name, value in request.options.items():
            yield from self._judge_option(name, value)

    def _judge_images(self, request: RemixRequest) -> Iterator[InvalidRequest]:
        count = len(request.inputs)
        if count == 0:
            yield InvalidRequest("images", "no_images")
        elif count < self.min_images:
            yield InvalidRequest("images", "too_few_images", values={"limit": self.min_images, "count": count})
        if count > self.max_images:
            yield InvalidRequest("images", "too_many_images", values={"limit": self.max_images, "count": count})
        for number, image in enumerate(request.inputs, start=1):
            if (refusal := declared_refusal(image, number=number)) is not None:
                yield refusal

    def _judge_prompt(self, prompt: str) -> Iterator[InvalidRequest]:
        length = len(prompt)
        if not is_legible(prompt):
            yield InvalidRequest("prompt", "prompt_empty")
        elif length > self.max_prompt_length:
            values = {"limit": self.max_prompt_length, "length": length}
            yield InvalidRequest("prompt", "prompt_too_long", values=values)

    def _judge_option(self, name: str, value: OptionValue) -> Iterator[InvalidRequest]:
        if name not in OPTIONS or name not in self.keys:
            yield InvalidRequest(name, "unknown_option")
        elif name == "size" and value not in self.sizes:
            yield InvalidRequest(name, "unknown_size", values={"found": value})
        elif name == "scale" and not self._is_scale(value):
            least, greatest = self.scale_range or (0.0, 0.0)
            values = {"minimum": least, "maximum": greatest, "found": value}
            yield InvalidRequest(name, "scale_out_of_range", values=values)
        elif name == "single" and not isinstance(value, bool):
            yield InvalidRequest(name, "not_a_switch")

    def _is_scale(self, value: OptionValue) -> bool:
        if self.scale_range is None or isinstance(value, bool | str):
            return False
        least, greatest = self.scale_range  # no comparison holds for NaN, so it is refused too
        return least <= value <= greatest


def load_catalog(extra_dir: Path | None = None) -> dict[str, ImageModel]:
    """Read every model: those that come with the bot, and the operator's.

    Args:
        extra_dir: ``CATALOG_DIR``; a file in it replaces the packaged model of the same id.

    Returns:
        The models by id.

    Raises:
        StartupError: One or more files cannot be read; the text has a line for each.
    """
    packaged, _ = _read_folder(_packaged())
    extra, problems = _read_folder(extra_dir) if extra_dir is not None else ({}, [])
    if problems:
        raise StartupError("\n".join(problems))
    return packaged | extra


def model_of(models: Mapping[str, ImageModel], model_id: str) -> ImageModel:
    """Answer a model of the catalog; where it is there no more, that is a ``ModelMissing``."""
    try:
        return models[model_id]
    except KeyError as error:
        raise ModelMissing(f"the catalog has no model {model_id!r}") from error


def _packaged() -> Traversable:
    return resources.files("bot.domain") / "catalog"


def _read_folder(folder: Traversable) -> tuple[dict[str, ImageModel], list[str]]:
    models: dict[str, ImageModel] = {}
    problems: list[str] = []
    for file in _files(folder):
        try:
            model = _load(file)
        except StartupError as error:
            problems.append(str(error))
            continue
        if model.id in models:
            problems.append(f"{file}: model: another file holds {model.id} already")
        models[model.id] = model
    return models, problems


def _files(folder: Traversable) -> list[Traversable]:
    try:
        return sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    except OSError as error:
        raise StartupError(f"{folder}: cannot be listed: {error}") from error


def _load(file: Traversable) -> ImageModel:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StartupError(f"{file}: cannot be read as JSON: {error}") from error
    try:
        return _read_model(SchemaPart(document))
    except StartupError as error:
        raise StartupError(f"{file}: {error}") from error


def _read_model(document: SchemaPart) -> ImageModel:
    ours, schema = document.member("ours"), document.member("input_schema")
    keys = read_keys(ours.member("keys"), schema)
    properties = schema.member("properties").members()
    parts = {name: properties[key] for name, key in keys.items()}
    least, greatest, rules = read_images(parts["images"])
    sizes, default_size = read_sizes(parts.get("size"))
    scale_range, default_scale = read_scale(parts.get("scale"))
    if "single" in parts:
        parts["single"].expect_kind("boolean")
    parts["prompt"].expect_kind("string")
    return ImageModel(
        id=document.member("model").text(),
        name=ours.member("name").text(),
        keys=keys,
        min_images=least,
        max_images=greatest,
        advised_images=ours.count_of("advised_images"),
        accepted_types=ours.member("accepted_types").texts(),
        file_rules=rules,
        max_prompt_length=parts["prompt"].member("maxLength").count(),
        sizes=sizes,
        default_size=default_size,
        scale_range=scale_range,
        default_scale=default_scale,
        has_single="single" in parts,
        max_outputs=ours.count_of("max_outputs") or MOST_OUTPUTS,
        input_schema=MappingProxyType({key: part.value for key, part in schema.members().items()}),
    )
