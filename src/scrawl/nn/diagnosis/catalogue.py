"""The catalogue: every cause that a run is checked for, the most specific first, and its symptoms.

A run has at most one cause, the first whose check finds something: those behind it may only follow
from it. The gradient check comes before them all. Symptoms stand behind the cause, without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scrawl.nn.diagnosis.checks import examples, setup, steps, symptoms, verdict
from scrawl.nn.diagnosis.checks.verdict import Seen
from scrawl.nn.diagnosis.cures import (
    Cure,
    longer_steps,
    other_normalisation,
    settings,
    sound_weights,
)
from scrawl.nn.diagnosis.evidence import Evidence
from scrawl.nn.diagnosis.findings import ONE_ANSWER
from scrawl.nn.diagnosis.wording import percent

Check = Callable[[Evidence], Seen | None]


@dataclass(frozen=True)
class Cause:
    """A cause that is checked.

    Attributes
    ----------
    name : str
    check : function
        Returns what it saw in the evidence of a run, or None.
    measured : str
        By what it is recognised, with the threshold.
    reason : str
        Why the threshold is where it is.
    why, advice : str
        The cause, and what to do, as ends of a sentence.
    cure : function
        Returns the settings to try; none where the data is to be mended.
    """

    name: str
    check: Check
    measured: str
    reason: str
    why: str
    advice: str
    cure: Cure = lambda _: {}


@dataclass(frozen=True)
class Symptom:
    """Something unhealthy that can have several causes."""

    name: str
    check: Check
    measured: str


FAILS = "the network fails"  # as `verdict.fails` tells
POINTS = 100

CAUSES = (
    Cause(
        "inputs-without-variation",
        examples.inputs_without_variation,
        "every image of a sample is the same",
        "exact",
        "there is nothing to tell the classes by",
        "look at the images of the source",
    ),
    Cause(
        "blank-images",
        examples.blank_images,
        f"{percent(examples.BLANK)} of a sample have one value throughout",
        "published datasets have none",
        "nothing can be learnt from them, and their labels mislead",
        "take them out of the source",
    ),
    Cause(
        "identical-units",
        setup.identical_units,
        "the first weights of all units of a hidden layer are the same",
        "exact",
        "units that begin alike get the same gradient and stay alike (symmetry), as one unit",
        "draw first weights at random",
        sound_weights,
    ),
    Cause(
        "few-normalised",
        setup.few_normalised,
        f"batch normalisation over fewer than {setup.FEWEST} values, and {FAILS}",
        "one value normalised is 0, two are 1 and −1, whatever they were",
        "so few have no variance to speak of, and what is normalised by it says nothing",
        "take larger batches, or no batch normalisation",
        settings(batch_size=32),
    ),
    Cause(
        "unrelated-labels",
        examples.unrelated_labels,
        f"the network and the nearest neighbour are within {verdict.DOUBT:g} standard errors of "
        "chance on new images",
        "by chance once in 30,000 runs",
        "the labels have nothing to do with the images: either are random, or in another order",
        "compare some images with their labels",
    ),
    Cause(
        "repeated-images",
        examples.repeated_images,
        f"{percent(examples.REPEATED)} of a sample are the same as another image in it",
        "published datasets have at most some in a thousand",
        "repetitions teach nothing new, and copies among the validation images flatter the network",
        "take them out of the source",
    ),
    Cause(
        "large-inputs",
        examples.large_inputs,
        f"inputs above {examples.LARGE:g}, and {FAILS}",
        "normalised pixels reach 1, standardised ones about 10, raw ones 255",
        "usual rates and first weights are meant for inputs up to 1",
        "normalise them",
        other_normalisation,
    ),
    Cause(
        "small-inputs",
        examples.small_inputs,
        f"inputs with a standard deviation below {examples.SMALL:g}, and {FAILS}",
        "pixels between 0 and 1 have 0.2 to 0.3",
        "signals and gradients of the first layer are as much smaller than rates are meant for",
        "normalise them by their own range",
        settings(normalisation="standard"),
    ),
    Cause(
        "inputs-off-centre",
        examples.inputs_off_centre,
        f"the mean of the inputs is more than {examples.OFF_CENTRE:g} of their standard deviations "
        f"from 0, and {FAILS}",
        "0.4 for ink on black paper, 1.7 for even grey; why to centre: LeCun et al. 1998, "
        "“Efficient BackProp”, section 4.3",
        "what all images share, such as bright paper, makes steps too long in its direction",
        "centre them",
        settings(normalisation="standard"),
    ),
    Cause(
        "sorted-examples",
        examples.sorted_examples,
        f"without `shuffle`, labels change less than {examples.IN_RUNS:g} times as often as in "
        f"random order, and {FAILS} or is {POINTS * examples.FORGOTTEN:.0f} points worse after an "
        "epoch than during it",
        "random order: 0.95 to 1.05; sound runs are better after an epoch",
        "each class is forgotten while the next is learnt",
        "shuffle them",
        settings(shuffle=True),
    ),
    Cause(
        "uneven-classes",
        examples.uneven_classes,
        f"classes with less than {verdict.RARE:g} of an equal share of the examples are recognised "
        f"in at most {percent(verdict.MISSED)} of the validation images, the others in more",
        "the rarest class of MNIST has 0.9 of an equal share",
        "they are so rare that missing them costs hardly anything",
        "collect more images of them, or take fewer of the others",
    ),
    Cause(
        "strong-dropout",
        setup.strong_dropout,
        f"dropout of {setup.DROPPED:g} or more, and {FAILS}",
        "Srivastava et al. 2014 drop 0.2 to 0.5, and find the error to rise beyond 0.6",
        "too few units are left at a time to tell the classes apart",
        "drop fewer",
        settings(dropout=0.2),
    ),
    Cause(
        "strong-decay",
        setup.strong_decay,
        f"the weights decay, shrank below {setup.SHRUNK:g} of their first size, and {FAILS}",
        "the weights of sound runs came to 0.98 and more",
        "weight decay pulls the weights to zero faster than the gradient pulls them away",
        "take less of it",
        lambda e: {"weight_decay": e.recipe.weight_decay / 100},
    ),
    Cause(
        "large-first-weights",
        setup.large_first_weights,
        f"with the first weights, the loss is {setup.HIGH_LOSS:g} times that of answering all "
        f"classes alike, or sums have a standard deviation above {setup.STRONG:g}, or "
        f"{percent(setup.STUCK)} of a layer are at a bound; and {FAILS}",
        "sound runs: at most 3.1, 0.9 and none",
        "the first weights are too large",
        "draw smaller ones, for the width of the layers",
        sound_weights,
    ),
    Cause(
        "exploding-gradients",
        setup.exploding_gradients,
        f"with the first weights, ‖∂w‖/‖w‖ of a layer is above {setup.FIERCE:g}, and {FAILS}",
        "sound runs: at most 1.5",
        "gradients grow from layer to layer on their way back",
        "normalise between layers, or take fewer",
        settings(batch_normalisation=True),
    ),
    Cause(
        "small-first-weights",
        setup.small_first_weights,
        f"with the first weights, ‖∂w‖/‖w‖ of each layer is below {setup.FAINT:g}, and {FAILS}",
        "sound runs: at least 0.03 in one of the layers",
        "the first weights are so small that signals, and gradients on their way back, fade",
        "draw larger ones, for the width of the layers",
        sound_weights,
    ),
    Cause(
        "vanishing-gradients",
        setup.vanishing_gradients,
        f"with the first weights, ‖∂w‖/‖w‖ of the first layer is below {setup.FADED:g} times "
        f"the largest, and {FAILS}",
        "sound runs: at least 0.03; on sigmoids see Glorot and Bengio 2010",
        "each layer passes back only a part of the gradient, so the first ones hardly learn",
        "take an activation that passes more, fewer layers, or batch normalisation",
        settings(activation="relu", initialiser="he"),
    ),
    Cause(
        "noisy-labels",
        examples.noisy_labels,
        f"validation images that look alike agree in their answers {POINTS * examples.NOISY:.0f} "
        "points more often than in their labels",
        "sound runs: at most 29",
        "many labels are wrong, for images that look alike have different ones",
        "look at those that are answered differently from their labels (figure `mistakes`)",
    ),
    Cause(
        "rate-too-high",
        steps.rate_too_high,
        f"{FAILS}, and the loss became infinite, rose in an epoch by {percent(steps.RISE)} of the "
        f"first epoch's, or ended above that of the first weights; or {percent(steps.DIED)} of a "
        f"layer of ReLUs died, or {percent(steps.GOT_STUCK)} of one of sigmoids got stuck, while "
        f"training; or an epoch moved the weights by {steps.THROWN:g} times their size",
        "sound runs: at most 11 % died, none stuck, weights moved by 2.6",
        "the steps are too long",
        "lower the rate",
        lambda e: {"learning_rate": e.recipe.learning_rate / 10},
    ),
    Cause(
        "rate-too-low",
        steps.rate_too_low,
        f"{FAILS}, and {steps.FURTHER:g} times as far from the first weights or more, in a "
        f"straight line, the loss is below {steps.LOWER:g} of what it is; or the weights moved by "
        f"less than {percent(steps.HARDLY_MOVED)} of their size",
        "sound runs: the loss is higher there; weights moved by 29 % and more",
        "the steps are too short for so many epochs",
        "raise the rate",
        longer_steps,
    ),
    Cause(
        "still-improving",
        steps.still_improving,
        f"{FAILS}, and the last epoch lowered the loss by more than {percent(steps.FALLING)}",
        "the loss of networks that are too small is level to 1 or 2 %",
        "training ended too early",
        "train for more epochs, or at a higher rate",
        lambda e: {"epochs": 5 * e.recipe.epochs},
    ),
    Cause(
        "underfitting",
        steps.underfitting,
        f"{FAILS}, better than chance, at a level loss, and nothing above was found",
        "by exclusion",
        "no cause in data, first weights or steps was found; it may be too small or too simple",
        "give it more units, or layers",
        settings(hidden=[128]),
    ),
    Cause(
        "overfitting",
        steps.overfitting,
        f"accuracy on training images {POINTS * steps.GAP:.0f} points above that on validation "
        "images, and two standard errors more",
        "sound runs: at most 13 points; 300 glyphs, learnt by heart: 19",
        "it has learnt these images by heart",
        "take more images, or vary those that there are",
        settings(shift_pixels=1.0, rotation_degrees=10.0),
    ),
    Cause(
        "unexplained",
        steps.unexplained,
        FAILS,
        "by exclusion",
        "none of the causes that are checked was found",
        "compare it with a run that learns, one setting at a time",
    ),
)

SYMPTOMS = (
    Symptom(
        "one-answer",
        symptoms.predicts_only,
        f"{percent(ONE_ANSWER)} of the answers to a sample are the same, and most images of other "
        "classes are answered wrongly",
    ),
    Symptom(
        "near-chance",
        symptoms.near_chance,
        f"accuracy on training images within {verdict.DOUBT:g} standard errors of chance",
    ),
    Symptom(
        "only-biases",
        symptoms.only_biases,
        f"loss within {percent(verdict.SAME_LOSS)} of that of answering the class frequencies",
    ),
    Symptom(
        "dead-units",
        symptoms.dead_units,
        f"{percent(steps.DIED)} of a layer of ReLUs are zero for every image of a sample",
    ),
    Symptom(
        "saturated-units",
        symptoms.saturated_units,
        f"{percent(steps.GOT_STUCK)} of a layer of sigmoids are at a bound for 99 % of a sample",
    ),
    Symptom(
        "saturated-outputs",
        symptoms.saturated_outputs,
        f"the last activation lets less than {percent(symptoms.CLOSED)} of the gradient through",
    ),
    Symptom(
        "classes-never-answered",
        symptoms.classes_never_answered,
        "classes with five images or more, in a sample, none of which is ever the answer",
    ),
)
