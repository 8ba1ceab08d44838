"""The settings of the stages: frozen dataclasses, parsed and checked once.

The types say what is allowed: choices as `Literal`, ranges as `Annotated[…, Range(…)]`. What each
setting means is documented, beside the same types, ranges and defaults, in
`workflow/schemas/config.schema.yaml`; a test holds the two together.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from itertools import product
from types import NoneType
from typing import Annotated, Any, Literal, Self, get_args, get_origin, get_type_hints

from scrawl.files import canonical_json

# From one checkpoint of a run to the next: so much a kill costs at most. Writing one takes less
# than 1 % of it for 784-800-800-10 (15 to 31 MB, 0.1 to 0.3 s on a machine with other work).
CHECKPOINT_SECONDS = 30.0

Normalisation = Literal["unit", "standard", "none"]
Activation = Literal["sigmoid", "tanh", "relu", "leaky-relu", "gelu", "relu-with-unit-derivative"]


@dataclass(frozen=True)
class Range:
    """The bounds of a number: `low` (excluded where `open_low`) to `high`, both optional."""

    low: float | None = None
    high: float | None = None
    open_low: bool = False

    def __contains__(self, number: float) -> bool:
        above = self.low is None or number > self.low or (number == self.low and not self.open_low)
        return above and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        low = (
            "" if self.low is None else f"{'more than' if self.open_low else 'at least'} {self.low}"
        )
        high = "" if self.high is None else f"at most {self.high}"
        return " and ".join(filter(None, [low, high]))


_TYPES: dict[type, dict[str, Any]] = {}  # worked out once: a sweep reads a thousand experiments


def _types(settings: type[Settings]) -> dict[str, Any]:
    if settings not in _TYPES:
        _TYPES[settings] = get_type_hints(settings, include_extras=True)
    return _TYPES[settings]


@dataclass(frozen=True)
class Settings:
    """What the dataclasses of settings have in common: a strict way in, a canonical way out."""

    @classmethod
    def parse(cls, given: str | Mapping[str, Any], where: str = "--settings") -> Self:
        """Make settings from JSON, or from a mapping; what is left out takes its default.

        Parameters
        ----------
        given : str or mapping
            JSON text of one object, or the object.
        where : str
            Where it comes from, for the messages.

        Raises
        ------
        ValueError
            On an unknown key, a wrong type, a value outside its choices or range. The message
            says where, what was found, what is allowed and the nearest spelling.

        Examples
        --------
        >>> Run.parse('{"hidden": [], "learning_rate": 1, "seed": 3}').learning_rate
        1.0
        >>> Run.parse('{"hiden": [30], "seed": 1}')
        Traceback (most recent call last):
            ...
        ValueError: --settings: unknown key 'hiden'; did you mean 'hidden'?
        """
        mapping = _json_object(given, where) if isinstance(given, str) else given
        values = {key: cls.value(key, value, where) for key, value in mapping.items()}
        missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in mapping]
        if missing:
            raise ValueError(f"{where}: the key {missing[0]!r} is missing")
        try:
            return cls(**values)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error

    @classmethod
    def value(cls, key: str, given: Any, where: str) -> Any:
        """Return one key's value as its type, or raise as `parse` does, whatever the others are."""
        if key not in _types(cls):
            raise ValueError(f"{where}: unknown key {key!r}{suggestion(key, _types(cls))}")
        return _converted(given, _types(cls)[key], f"{where}: {key}")

    def canonical(self) -> str:
        """Return JSON in which equal settings are equal text: all keys, sorted, numbers typed."""
        return canonical_json(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """Return every key with its value, defaults filled in."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Preparation(Settings):
    """How the decoded images of a dataset become what a network is shown."""

    normalisation: Normalisation = "unit"
    validation: Annotated[float, Range(low=0)] = 0.1
    split_seed: Annotated[int, Range(low=0)] = 0
    transposed: bool = False
    label_column: Annotated[int, Range(low=0)] = 0
    first_label: int = 0
    class_names: tuple[str, ...] | None = None
    stored_as: Literal["float32", "uint8"] = "float32"


@dataclass(frozen=True)
class Deformation(Settings):
    """How many images are made of those of another dataset, and how far each is deformed.

    Amounts are those of `scrawl.nn.distortion.Distortion`. Their defaults leave every digit
    legible, and no two images of one alike.
    """

    images: Annotated[int, Range(low=1)]
    seed: Annotated[int, Range(low=0)] = 0
    shift_pixels: Annotated[float, Range(low=0)] = 1.0
    rotation_degrees: Annotated[float, Range(low=0, high=180)] = 10.0
    scale_share: Annotated[float, Range(low=0, high=0.9)] = 0.1
    shear_share: Annotated[float, Range(low=0)] = 0.1
    elastic_pixels: Annotated[float, Range(low=0)] = 0.8
    elastic_sigma_pixels: Annotated[float, Range(low=0, open_low=True)] = 4.0


@dataclass(frozen=True)
class Experiment(Settings):
    """Everything that decides how a network is trained, except the random seed."""

    normalisation: Normalisation = "unit"
    filters: tuple[tuple[Annotated[int, Range(low=1)], ...], ...] = ()
    kernel: Annotated[int, Range(low=1)] = 5
    padding: Annotated[int, Range(low=0)] = 0
    pooling: Literal["max", "average", "none"] = "max"
    global_average_pooling: bool = False
    hidden: tuple[Annotated[int, Range(low=1)], ...] = (128,)
    activation: Activation = "relu"
    output: Literal["linear", "softmax", Activation] = "softmax"
    bias: bool = True
    dropout: Annotated[float, Range(low=0, high=0.99)] = 0.0
    batch_normalisation: bool = False
    initialiser: Literal["zeros", "uniform", "normal", "lecun", "xavier", "he"] = "he"
    initial_scale: Annotated[float, Range(low=0, open_low=True)] = 1.0
    loss: Literal["cross-entropy", "quadratic"] = "cross-entropy"
    label_smoothing: Annotated[float, Range(low=0, high=0.99)] = 0.0
    optimiser: Literal[
        "gradient-descent",
        "gradient-ascent",
        "momentum",
        "nesterov",
        "rmsprop",
        "adam",
        "adamw",
        "least-squares",
    ] = "nesterov"
    backpropagation: Literal["exact", "mispaired-activations"] = "exact"
    momentum: Annotated[float, Range(low=0, high=0.9999)] = 0.9
    weight_decay: Annotated[float, Range(low=0)] = 0.0
    clip_norm: Annotated[float, Range(low=0, open_low=True)] | None = None
    learning_rate: Annotated[float, Range(low=0, open_low=True)] = 0.1
    schedule: Literal["constant", "linear", "step-decay", "cosine", "one-cycle"] = "one-cycle"
    warm_up: Annotated[float, Range(low=0, high=0.99)] = 0.0
    train_on: Literal["training", "all"] = "training"
    first_images: Annotated[int, Range(low=1)] | None = None
    shift_pixels: Annotated[float, Range(low=0)] = 0.0
    rotation_degrees: Annotated[float, Range(low=0, high=180)] = 0.0
    scale_share: Annotated[float, Range(low=0, high=0.9)] = 0.0
    shear_share: Annotated[float, Range(low=0)] = 0.0
    elastic_pixels: Annotated[float, Range(low=0)] = 0.0
    elastic_sigma_pixels: Annotated[float, Range(low=0, open_low=True)] = 4.0
    batch_size: Annotated[int, Range(low=1)] = 128
    shuffle: bool = True
    epochs: Annotated[int, Range(low=0)] = 10
    average: Literal["none", "exponential", "tail"] = "none"
    patience: Annotated[int, Range(low=1)] | None = None
    keep: Literal["last", "best"] = "last"
    pieces: Annotated[int, Range(low=1)] = 1

    def __post_init__(self) -> None:
        if self.loss == "cross-entropy" and self.output != "softmax":
            raise ValueError(
                f"output: found {self.output!r}, but the loss cross-entropy needs softmax; "
                "loss: quadratic takes any"
            )
        if self.warm_up and self.schedule == "one-cycle":
            raise ValueError(
                f"warm_up: found {self.warm_up}, but schedule: one-cycle begins with a rise of "
                "its own; choose another schedule"
            )
        if self.optimiser == "least-squares":
            self._check_least_squares()
        if self.train_on == "all" and (self.patience is not None or self.keep == "best"):
            raise ValueError(
                "train_on: found 'all', but patience and keep: best compare epochs by validation "
                "images; leave some: train_on: training"
            )
        if () in self.filters:
            raise ValueError(
                "filters: found an empty block, expected a number for each convolution"
            )
        # Whoever compares experiments must not be misled by a setting that changes nothing.
        for works, because, names in self._conditions():
            for name in names.split():
                if not works and getattr(self, name) != getattr(Experiment, name):
                    raise ValueError(f"{name}: has no effect with {because}; leave it out")

    def _check_least_squares(self) -> None:
        for name, found, expected, because in (
            ("loss", self.loss, "quadratic", "it makes squares least"),
            ("output", self.output, "linear", "it solves linear equations"),
        ):
            if found != expected:
                raise ValueError(
                    f"{name}: found {found!r}, but optimiser: least-squares needs {expected!r}: "
                    f"{because}"
                )
        if not self.weight_decay:
            raise ValueError(
                "weight_decay: found 0, but optimiser: least-squares needs more, or its equations "
                "may have no solution; 1e-6 is little"
            )
        if self.epochs > 1 and not self.distortions:
            raise ValueError(
                f"epochs: found {self.epochs}, but optimiser: least-squares learns all there is "
                "from seeing an image once; expected 1, unless images are shifted or the like"
            )

    @property
    def distortions(self) -> list[str]:
        """The settings by which training images are distorted, those that are not 0."""
        return [
            name
            for name in (
                "shift_pixels",
                "rotation_degrees",
                "scale_share",
                "shear_share",
                "elastic_pixels",
            )
            if getattr(self, name)
        ]

    def _conditions(self) -> Iterator[tuple[bool, str, str]]:
        """Yield whether some settings take effect, what decides it, and their names."""
        yield self.loss == "cross-entropy", f"loss: {self.loss}", "label_smoothing"
        has_momentum = self.optimiser in {"momentum", "nesterov"}
        yield has_momentum, f"optimiser: {self.optimiser}", "momentum"
        of_descent = (
            "dropout batch_normalisation backpropagation clip_norm learning_rate schedule warm_up "
            "batch_size shuffle average patience keep"
        )
        yield self.optimiser != "least-squares", "optimiser: least-squares", of_descent
        yield self.initialiser != "zeros", "initialiser: zeros", "initial_scale"
        yield self.filters != (), "filters: []", "kernel padding pooling global_average_pooling"
        yield self.hidden != (), "hidden: []", "dropout"
        layers = self.hidden != () or self.filters != ()
        yield layers, "hidden: []", "activation batch_normalisation"
        yield self.filters == (), "filters", "backpropagation"
        paired = len(self.hidden) > 1 and len(set(self.hidden)) == 1
        yield paired, "hidden layers that are not two or more of one width", "backpropagation"
        yield self.elastic_pixels > 0, "elastic_pixels: 0", "elastic_sigma_pixels"
        of_training = (
            "dropout optimiser backpropagation momentum weight_decay clip_norm learning_rate "
            "schedule warm_up train_on first_images shift_pixels rotation_degrees scale_share "
            "shear_share elastic_pixels batch_size shuffle average patience keep pieces"
        )
        yield self.epochs > 0, "epochs: 0", of_training


@dataclass(frozen=True)
class Run(Experiment):
    """An experiment with one random seed: what `scrawl train` is given."""

    seed: Annotated[int, Range(low=0)] = 1


@dataclass(frozen=True)
class Evaluation(Settings):
    """How the networks of an experiment are evaluated: nothing of it changes their training."""

    test_shift_pixels: Annotated[int, Range(low=0)] = 0


@dataclass(frozen=True)
class Ensemble(Settings):
    """Networks that answer together, with a number that takes the place of a random seed."""

    of: tuple[str, ...]
    size: Annotated[int, Range(low=1)] = 1
    seed: Annotated[int, Range(low=1)] = 1

    def members(self) -> list[tuple[str, int]]:
        """Return experiment and random seed of each; ensembles of other seeds share none of them.

        >>> Ensemble(("a", "b"), size=2, seed=3).members()
        [('a', 5), ('a', 6), ('b', 5), ('b', 6)]
        """
        seeds = range((self.seed - 1) * self.size + 1, self.seed * self.size + 1)
        return list(product(self.of, seeds))


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Return the end of a message about a wrong word: the nearest right one, or all of them.

    >>> suggestion("sigmoyd", ["relu", "sigmoid"])
    "; did you mean 'sigmoid'?"
    >>> suggestion("swish", ["relu", "sigmoid"])
    '; allowed: relu, sigmoid'
    """
    allowed = [str(one) for one in allowed]
    near = get_close_matches(word, allowed, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; allowed: {', '.join(allowed)}"


def _json_object(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{where}: not JSON ({error}); found {text!r}") from error
    if not isinstance(value, dict):
        raise ValueError(f'{where}: expected a JSON object like {{"key": 1}}, found {text!r}')
    return value


def _converted(value: Any, kind: Any, where: str) -> Any:
    """Return `value` as the type `kind`, or say what is wrong with it."""
    arguments = get_args(kind)
    if get_origin(kind) is Annotated:
        number = _converted(value, arguments[0], where)
        if number not in arguments[1]:
            raise ValueError(f"{where}: found {value}, expected {arguments[1]}")
        return number
    if get_origin(kind) is Literal:
        if value not in arguments:
            raise ValueError(f"{where}: found {value!r}{suggestion(str(value), arguments)}")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{where}: found {value!r}, expected a list")
        return tuple(_converted(one, arguments[0], f"{where}[{i}]") for i, one in enumerate(value))
    if get_origin(kind) is dict:
        if not isinstance(value, Mapping):
            raise ValueError(f"{where}: found {value!r}, expected keys with values")
        return dict(value)
    if NoneType in arguments:
        return None if value is None else _converted(value, arguments[0], where)
    return _scalar(value, kind, where)


def _scalar(value: Any, kind: type, where: str) -> Any:
    # True is an int to Python, and 5.0 is the integer 5 to whoever writes YAML.
    if kind is bool or kind is str or isinstance(value, bool):
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    else:
        number = isinstance(value, int | float) and math.isfinite(value)
        fits = number and (kind is float or float(value).is_integer())
    if not fits:
        raise ValueError(f"{where}: found {value!r}, expected {_IN_WORDS[kind]}")
    return kind(value)


_IN_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
