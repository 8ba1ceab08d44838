"""The settings of training, evaluation and ensembles: frozen dataclasses, checked once.

What each setting means is documented, beside the same types, ranges and defaults, in
`workflow/schemas/config.schema.yaml`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Literal

from scrawl.settings.dataset import Normalisation
from scrawl.settings.parsing import Range, Settings, json_object

# From one checkpoint of a run to the next: so much a kill costs at most. Writing one takes less
# than 1 % of it for 784-800-800-10 (15 to 31 MB, 0.1 to 0.3 s on a machine with other work).
CHECKPOINT_SECONDS = 30.0

Activation = Literal["sigmoid", "tanh", "relu", "leaky-relu", "gelu", "relu-with-unit-derivative"]


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
        if self.average == "tail" and self.patience is not None:
            raise ValueError(
                "average: found 'tail', but with patience the end of training, which it counts "
                "from, is not known; take exponential, or leave out patience"
            )
        if () in self.filters:
            raise ValueError(
                "filters: found an empty block, expected a number for each convolution"
            )
        self._check_effects()

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

    def _check_effects(self) -> None:
        """Whoever compares experiments must not be misled by a setting that changes nothing."""
        for works, because, names in self._conditions():
            for name in names.split():
                if not works and getattr(self, name) != getattr(Experiment, name):
                    raise ValueError(f"{name}: has no effect with {because}; leave it out")

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


def parse_runs(text: str, where: str = "--settings") -> dict[str, Run]:
    """Return the settings of experiments that are given as one JSON object, by name.

    >>> parse_runs('{"deep": {"hidden": [64, 64]}}')["deep"].hidden
    (64, 64)
    """
    given = json_object(text, where)
    if not all(isinstance(one, dict) for one in given.values()):
        raise ValueError(f'{where}: expected {{"experiment": {{…}}}}, found {text!r}')
    return {name: Run.parse(one, f"{where}: {name}") for name, one in given.items()}


@dataclass(frozen=True)
class Evaluation(Settings):
    """How the networks of an experiment are evaluated: nothing of it changes their training."""

    test_shift_pixels: Annotated[int, Range(low=0)] = 0
    test_distortions: Annotated[int, Range(low=0)] = 0

    def __post_init__(self) -> None:
        if self.test_shift_pixels and self.test_distortions:
            raise ValueError(
                "test_distortions: there is test_shift_pixels, too; average answers in one way"
            )

    def check(self, experiment: Experiment) -> None:
        """Refuse to distort as in training what was not distorted there."""
        if self.test_distortions and not experiment.distortions:
            raise ValueError(
                "test_distortions: has no effect, as no training image is distorted; leave it "
                "out, or see test_shift_pixels"
            )


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
