"""Settings of networks and their training.

Names such as those of activations are the keys of the registries in `scrawl.nn`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from scrawl.nn.averaging import AVERAGES
from scrawl.nn.initialisers import INITIALISERS
from scrawl.nn.layers.pooling import POOLINGS
from scrawl.nn.losses import LOSSES
from scrawl.nn.registries import ACTIVATIONS, BACKPROPAGATION, LAYERS, OPTIMISERS, OUTPUTS
from scrawl.nn.schedules import SCHEDULES
from scrawl.settings.arithmetic import Arithmetic
from scrawl.settings.constraints import Form, OneOf, Range
from scrawl.settings.json_text import json_object
from scrawl.settings.normalisation import Normalisation
from scrawl.settings.own_code import COMPUTING, OWN_NAME, REGISTRIES, OneOfOrOwn, is_own
from scrawl.settings.parsing import Settings

# Between checkpoints of a run: a killed run loses at most this much work.
CHECKPOINT_SECONDS = 30.0

# Left out where they are unused, so that the files of other networks are as before they existed.
LATER = ("code", "layer", "network", "adversarial_radius")
LEAST_SQUARES = "least-squares"  # an optimiser without steps, which the registry of others lacks


@dataclass(frozen=True)
class Experiment(Settings):
    """Settings of a network and its training: everything but the random seed."""

    arithmetic: Arithmetic = "portable"
    """The arithmetic of training: `portable` gives the same bits on every x86-64 processor with
    AVX2 and FMA (Intel since 2013, AMD since 2015) and is refused on others; `native` is that of
    any machine, and its bits hold for one type of processor."""
    normalisation: Normalisation = "unit"
    """How pixels become inputs: with `unit` paper becomes 0 and full ink 1, whichever is darker
    (bytes of light ink on dark paper are divided by 255); `standard` subtracts the mean of the
    training images and divides by their standard deviation, ink above paper; `none` leaves pixels
    as they are."""
    filters: tuple[tuple[Annotated[int, Range(low=1)], ...], ...] = ()
    """The number of filters of each convolution, in blocks that end with pooling: `[[16], [32]]` is
    two convolutions with pooling after each, `[[16, 32]]` two with pooling after the second; `[]`
    is a network of dense layers only."""
    kernel: Annotated[int, Range(low=1)] = 5
    """Kernel size of the convolutions: rows and columns of their window."""
    padding: Annotated[int, Range(low=0)] = 0
    """Zero padding of the convolutions: rows and columns of zeros around their input. Half a
    kernel, rounded down, keeps the size of the image; 0 makes it smaller by one less than the
    kernel."""
    pooling: Annotated[str, OneOf(POOLINGS)] = "max"
    """Pooling of 2×2 squares at the end of each block: their `max`, their `average`, or `none`. It
    comes before the activation."""
    global_average_pooling: bool = False
    """Whether the dense layers see the mean of each channel after the last block, instead of its
    value at every position."""
    hidden: tuple[Annotated[int, Range(low=1)], ...] = (128,)
    """Units of each hidden dense layer; `[]` without filters is a linear model."""
    activation: Annotated[str, OneOfOrOwn(ACTIVATIONS)] = "relu"
    """The activation function after each hidden layer. `gelu` is the tanh approximation;
    `relu-with-unit-derivative` has a derivative that is wrong on purpose, to show the effect."""
    output: Annotated[str, OneOfOrOwn(OUTPUTS)] = "softmax"
    """The function after the last layer; `softmax` makes probabilities."""
    bias: bool = True
    """Whether each unit adds a bias to its weighted sum."""
    dropout: Annotated[float, Range(low=0, high=0.99)] = 0.0
    """Dropout rate: the probability that a hidden unit is left out of a training step."""
    batch_normalisation: bool = False
    """Whether hidden units are normalised over the batch, before the activation."""
    initialiser: Annotated[str, OneOfOrOwn(INITIALISERS)] = "he"
    """The distribution of the initial weights: `zeros`, `uniform` in 0..1, `normal` with variance
    1, or normal with variance 1/n_in (`lecun`), 2/(n_in + n_out) (`xavier`), 2/n_in (`he`). Biases
    start at zero."""
    initial_scale: Annotated[float, Range(low=0, open_low=True)] = 1.0
    """A factor on the initial weights; with `normal` their standard deviation."""
    loss: Annotated[str, OneOfOrOwn(LOSSES)] = "cross-entropy"
    """The loss function: `cross-entropy` (with `output: softmax`), or `quadratic`, half the squared
    distance from the one-hot label. Both are means over the batch."""
    label_smoothing: Annotated[float, Range(low=0, high=0.99)] = 0.0
    """Label smoothing: the share of each label's weight that is spread evenly over all classes."""
    optimiser: Annotated[str, OneOfOrOwn((*OPTIMISERS, LEAST_SQUARES))] = "nesterov"
    """The rule that turns gradients into steps. `adamw-brief` is AdamW that averages over fewer
    steps (β 0.7 and 0.9), for runs that have few. `gradient-ascent` goes the wrong way on
    purpose, to show the effect. `least-squares` makes no steps: hidden layers keep their initial
    weights, and those of the last layer solve a system of linear equations, with `loss:
    quadratic`, `output: linear` and some `weight_decay`. It takes 20 bytes of memory for each
    pair of units of the last hidden layer. It has one epoch, or with augmentation as many as each
    image is to be seen before the equations are solved."""
    backpropagation: Annotated[str, OneOf(BACKPROPAGATION)] = "exact"
    """How gradients are computed. `mispaired-activations` is wrong on purpose, to show the effect:
    it pairs the errors of the layers after the first with each other's inputs, the last with the
    first. It needs two or more hidden layers of equal width."""
    momentum: Annotated[float, Range(low=0, high=0.9999)] = 0.9
    """Momentum: the share of the last step that `momentum` and `nesterov` carry into the next."""
    weight_decay: Annotated[float, Range(low=0)] = 0.0
    """Weight decay (L2 regularisation) of the weights, not of the biases: added to the gradient, or
    with `adamw` and `adamw-brief` applied to the weights themselves."""
    clip_norm: Annotated[float, Range(low=0, open_low=True)] | None = None
    """Gradient clipping: the greatest norm of all gradients together; longer ones are shortened to
    it."""
    learning_rate: Annotated[float, Range(low=0, open_low=True)] = 0.1
    """The learning rate, a factor on every step; with a schedule its highest value."""
    schedule: Annotated[str, OneOfOrOwn(SCHEDULES)] = "one-cycle"
    """The learning-rate schedule, from the first step to the last: `constant`, `linear` down to
    zero, `step-decay` down tenfold at 1/2 and 3/4, `cosine` down to zero, `one-cycle` up for a
    quarter and then down to zero."""
    warm_up: Annotated[float, Range(low=0, high=0.99)] = 0.0
    """The share of all steps in which the learning rate first rises to its highest value; the
    schedule gets the rest. Not with `one-cycle`, which begins with a rise."""
    train_on: Literal["training", "all"] = "training"
    """The images that the network learns from: the `training` images, or `all`, which adds the
    validation images, in the order of their file. Then nothing is validated: use it for a settled
    recipe, and for comparison with programs that kept no images back."""
    first_images: Annotated[int, Range(low=1)] | None = None
    """Learn from only this many of them, the first in the order of their file."""
    shift_pixels: Annotated[float, Range(low=0)] = 0.0
    """Augmentation: the greatest shift of a training image, in pixels, down or up and to the right
    or left, drawn anew in every epoch. Shifts are whole pixels if this is a whole number and none
    of the next five settings is used. Paper enters from outside, as `scrawl prepare` found it.
    Validation and test images are not augmented."""
    rotation_degrees: Annotated[float, Range(low=0, high=180)] = 0.0
    """Augmentation: the greatest rotation, either way."""
    scale_share: Annotated[float, Range(low=0, high=0.9)] = 0.0
    """Augmentation: the greatest share by which height and width are each enlarged or shrunk; 0.1
    is 10 %."""
    shear_share: Annotated[float, Range(low=0)] = 0.0
    """Augmentation: the greatest slant; each row moves sideways by at most this share of its
    distance from the centre."""
    elastic_pixels: Annotated[float, Range(low=0)] = 0.0
    """Augmentation by elastic distortion, as of an unsteady hand: the standard deviation of the
    displacement of a pixel, along each axis."""
    elastic_sigma_pixels: Annotated[float, Range(low=0, open_low=True)] = 4.0
    """The distance over which elastic displacements are about the same: 4 to 6 bends strokes of
    28×28 pixels, less makes them ragged, more moves the image as a whole."""
    adversarial_radius: Annotated[float, Range(low=0)] = 0.0
    """Virtual adversarial training: the network also learns to give the answer of a training image
    to that image when it is changed by this Euclidean distance in the direction that changes the
    answer most. With `unit` pixels 1 to 3 is usual. A step takes nearly three times the
    arithmetic. Not with batch normalisation."""
    batch_size: Annotated[int, Range(low=1)] = 128
    """Images of a batch, which make one step together; the number of training images, or more,
    makes full batches."""
    shuffle: bool = True
    """Whether each epoch takes the images in a new random order, or in that of the file."""
    epochs: Annotated[int, Range(low=0)] = 10
    """Passes over the training images; 0 leaves the network untrained."""
    average: Annotated[str, OneOf(AVERAGES)] = "none"
    """Weight averaging: `none` takes the last weights, `exponential` a moving average over about
    the last thousand steps, `tail` the mean over the last quarter of all steps."""
    patience: Annotated[int, Range(low=1)] | None = None
    """Early stopping: stop after this many epochs in a row without a new best one, that is without
    a higher validation accuracy, or the same with a lower validation loss."""
    keep: Literal["last", "best"] = "last"
    """Whether the network is that of the `last` epoch, or of the `best` (as for `patience`)."""
    pieces: Annotated[int, Range(low=1)] = 1
    """The number of pieces into which the large matrix products of a step are cut, for as many
    threads, if there are as many cores. It decides the last bits of the network; the number of
    threads does not. It pays for wide layers and single runs only: a sweep is faster with one
    thread a run. A network with filters is always cut, by images: there it only asks for
    threads."""
    code: str | None = None
    """A Python file of your own, whose parts other settings name as `own.NAME`
    ([how](experiments.md#bring-your-own-code)). Its place is relative to the configuration file
    that names it or, if nothing is there, to the working directory. What is recorded is its name
    with a digest of its content."""
    layer: Annotated[str, OneOfOrOwn(LAYERS)] = "dense"
    """The kind of the hidden layers with units."""
    network: Annotated[str, Form(OWN_NAME)] | None = None
    """A whole network of `code`, in place of the settings that describe the layers."""

    def __post_init__(self) -> None:
        self._check_own()
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
        if self.optimiser == LEAST_SQUARES:
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
        if self.batch_normalisation and self.batch_size == 1 and self.hidden and self.epochs:
            raise ValueError(
                "batch_size: found 1, but batch_normalisation subtracts the mean of the batch: "
                "every hidden unit would be 0; expected at least 2, better 32"
            )
        if self.batch_normalisation and self.adversarial_radius:
            raise ValueError(
                f"adversarial_radius: found {self.adversarial_radius}, but batch_normalisation "
                "would average the statistics of changed images into those of images; expected "
                "one of the two"
            )
        if () in self.filters:
            raise ValueError(
                "filters: found an empty block, expected a number for each convolution"
            )
        self._check_effects()

    def _check_own(self) -> None:
        if self.code is None and self.own:
            setting, name = next(iter(self.own.items()))
            raise ValueError(
                f"{setting}: found {name!r}, but no file that it is in; name it: code: FILE.py"
            )

    @property
    def own(self) -> dict[str, str]:
        """The settings whose values are names of the user's code."""
        values = {name: getattr(self, name) for name in REGISTRIES}
        return {name: value for name, value in values.items() if is_own(value)}

    @property
    def answers_by_own(self) -> bool:
        """Whether the trained network needs the user's code to answer."""
        return any(name in COMPUTING for name in self.own)

    def as_dict(self) -> dict[str, Any]:
        """Return every key with its value, except those of LATER that are unused."""
        unused = [key for key in LATER if getattr(self, key) == getattr(Experiment, key)]
        unused += ["code"] * (not self.own)  # of a sweep, only some points may use it
        return {key: value for key, value in super().as_dict().items() if key not in unused}

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
        """Refuse settings that change nothing: they would mislead a comparison of experiments."""
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
        has_momentum = self.optimiser in {"momentum", "nesterov"} or is_own(self.optimiser)
        yield has_momentum, f"optimiser: {self.optimiser}", "momentum"
        of_descent = (
            "dropout batch_normalisation backpropagation clip_norm learning_rate schedule warm_up "
            "adversarial_radius batch_size shuffle average patience keep"
        )
        yield self.optimiser != LEAST_SQUARES, "optimiser: least-squares", of_descent
        yield self.initialiser != "zeros", "initialiser: zeros", "initial_scale"
        yield self.filters != (), "filters: []", "kernel padding pooling global_average_pooling"
        yield self.hidden != (), "hidden: []", "dropout"
        layers = self.hidden != () or self.filters != ()
        yield layers, "hidden: []", "activation batch_normalisation"
        yield self.hidden != (), "hidden: []", "layer"
        of_layers = (
            "filters kernel padding pooling global_average_pooling hidden activation bias dropout "
            "batch_normalisation initialiser initial_scale backpropagation layer"
        )
        yield self.network is None, f"network: {self.network}", of_layers
        yield self.filters == (), "filters", "backpropagation"
        paired = len(self.hidden) > 1 and len(set(self.hidden)) == 1
        yield paired, "hidden layers that are not two or more of one width", "backpropagation"
        yield self.elastic_pixels > 0, "elastic_pixels: 0", "elastic_sigma_pixels"
        of_training = (
            "dropout optimiser backpropagation momentum weight_decay clip_norm learning_rate "
            "schedule warm_up train_on first_images shift_pixels rotation_degrees scale_share "
            "shear_share elastic_pixels adversarial_radius batch_size shuffle average patience "
            "keep pieces"
        )
        yield self.epochs > 0, "epochs: 0", of_training


@dataclass(frozen=True)
class Run(Experiment):
    """An experiment with one random seed: the settings of `scrawl train`."""

    seed: Annotated[int, Range(low=0)] = 1


def parse_runs(text: str, where: str = "--settings") -> dict[str, Run]:
    """Return the settings of experiments that are given as one JSON object, by name.

    >>> parse_runs('{"deep": {"hidden": [64, 64]}}')["deep"].hidden
    (64, 64)
    """
    given = json_object(text, where)
    if not all(isinstance(settings, dict) for settings in given.values()):
        raise ValueError(f'{where}: expected {{"experiment": {{…}}}}, found {text!r}')
    return {name: Run.parse(settings, f"{where}: {name}") for name, settings in given.items()}
