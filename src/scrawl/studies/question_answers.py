"""The open questions of the programs behind scrawl, and their answers.

Every number in an answer is a fact, taken from an artifact; every answer rests on claims that are
checked against the facts. Where one of them does not hold, the answer says that instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scrawl.studies.question_facts import (
    Evidence,
    batch_facts,
    ladder_facts,
    layer_facts,
    loop_facts,
    order_facts,
    range_facts,
    rate_facts,
    relu_facts,
    sigmoid_facts,
    width_facts,
)

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """A question, and its answer as a template for facts.

    Attributes
    ----------
    number : int
    title : str
        For a heading.
    quote, source : str
        What the author wrote, and where.
    facts : function of Evidence
        Returns the facts, or None where they were not measured.
    claims : mapping of str to function of facts
        What the answer rests on, in words, and whether the facts bear it out.
    answer : str
        Two sentences, with the facts' names in braces in place of every number.
    falsified_by : str
        What would have shown the answer to be wrong.
    """

    number: int
    title: str
    quote: str
    source: str
    facts: Callable[[Evidence], dict[str, Any] | None]
    claims: Mapping[str, Callable[[Facts], bool]]
    answer: str
    falsified_by: str

    def answered(self, evidence: Evidence) -> dict[str, Any]:
        """Return the question with its answer, the facts and the checked claims."""
        facts = self.facts(evidence)
        checked = {
            claim: facts is not None and holds(facts) for claim, holds in self.claims.items()
        }
        return {
            "number": self.number,
            "title": self.title,
            "quote": self.quote,
            "source": self.source,
            "answer": self.words(facts, checked),
            "answered": all(checked.values()),
            "claims": checked,
            "falsified_by": self.falsified_by,
            "facts": facts,
        }

    def words(self, facts: Facts | None, checked: Mapping[str, bool]) -> str:
        """Return the answer, or the reason that it is open."""
        if facts is None:
            return "Not measured yet: the benchmark that this answer needs has not been run."
        if all(checked.values()):
            return self.answer.format_map(facts)
        failed = "; ".join(claim for claim, holds in checked.items() if not holds)
        return f"These runs do not bear out the expected answer. It does not hold that {failed}."


RECOGNITION = "handwriting-recognition"
SHARPER = "TheSharperDev, part 3"

QUESTIONS = (
    Question(
        1,
        "ReLU and its derivative",
        "I’m completely sure that I’m missing something here and don’t use reLU correctly",
        RECOGNITION,
        relu_facts,
        {
            "the right derivative in the hidden layer is better than the one as written": (
                lambda f: f["right_hidden"] > f["written"]
            ),
            "the right derivative of a ReLU on the output is worse than the one as written": (
                lambda f: f["right_both"] < f["right_hidden"] and f["right_output"] < f["written"]
            ),
            "outputs that are off stay off with the right derivative": (
                lambda f: f["lost_both"] > f["lost_hidden"]
            ),
        },
        "Half of the suspicion is right: with the true derivative in the hidden layer, in place of "
        "one that is always one, test accuracy after {rounds} rounds is {right_hidden:.1%} instead "
        "of {written:.1%}. But the real mistake is a ReLU on the output, where the wrong "
        "derivative even helped: with the true one there as well, outputs that are off are never "
        "taught to come on again, on average {lost_both:.1f} digits are never answered, and "
        "accuracy is {right_both:.1%}.",
        "No difference beyond the spread of the seeds, or one that goes the same way in both "
        "layers.",
    ),
    Question(
        2,
        "Overshooting",
        "my previous learning rate of 1 leads to “overshooting” in the gradient descent, and the "
        "cost function actually increased during the learning steps several times",
        RECOGNITION,
        rate_facts,
        {
            "there is a rate up to which the cost never rises": lambda f: f["stable_constant"] > 0,
            "beyond it the cost rises": lambda f: f["most_increases"] > 0,
            "a falling rate moves the limit, but not as far as the author's rate": (
                lambda f: f["stable_constant"] < f["stable_falling"] < f["author"] / 2
            ),
            "the author's rate is beyond it, and spoils the network": (
                lambda f: (
                    f["author"] > f["stable_constant"] and f["at_author"] < f["best_constant"] - 0.1
                )
            ),
        },
        "With a constant rate the cost of no seed ever rises up to a rate of {stable_constant}, "
        "where validation accuracy is {best_constant:.1%} after {rounds} rounds; from {beyond} on "
        "it rises up to {most_increases} times, and the author’s rate of {author:g} leaves "
        "{at_author:.1%}. A rate that falls on a line moves the limit to {stable_falling}, still "
        "far from the author’s: what overshoots does so in the first rounds.",
        "Costs that rise at every rate, or at none.",
    ),
    Question(
        3,
        "The second layer",
        "drop the second layer (it only seems to make things worse for me)",
        RECOGNITION,
        layer_facts,
        {
            "the sound start brings the same network far beyond the original": (
                lambda f: f["sound"] > f["original"] + 0.5
            ),
            "no part of the change does it alone": (
                lambda f: max(f["divided"], f["weights"], f["both"]) < f["sound"] - 0.1
            ),
            "the second layer helps there": lambda f: f["sound"] > f["one_layer"],
        },
        "The start was to blame and not the layer: with pixels divided by their largest value, "
        "weights of variance one over n_in and the rate of {rate:g} that these allow, the same "
        "{layers} layers reach {sound:.1%} in {updates} updates, where they had {original:.1%} "
        "(sound weights alone {weights:.1%}, divided pixels alone {divided:.1%}, both at the old "
        "rate {both:.1%}). There the second layer makes things better, not worse: without it the "
        "network reaches {one_layer:.1%}.",
        "A network with one layer that does as well or better from the same sound start.",
    ),
    Question(
        4,
        "Sixteen neurons",
        "having only 16 neurons in the first hidden layer makes the network not able to “see "
        "enough details” in the input",
        RECOGNITION,
        width_facts,
        {
            "the narrow network sees far more than the original did": (
                lambda f: min(f["narrow"], f["two_layers"]) > f["original"] + 0.5
            ),
            "more units do see more": lambda f: f["narrow"] < f["middle"] < f["wide"],
        },
        "Not the cause: {units} units that are trained well, for {epochs} epochs in small shuffled "
        "batches, read {narrow:.1%} of the test digits ({two_layers:.1%} with a second layer of "
        "as many), where the original read {original:.1%}. More units do see more, but that is a "
        "matter of a few per cent: {middle:.1%} with {middle_units}, {wide:.1%} with {wide_units}.",
        "A narrow network that stays near the original’s accuracy however it is trained.",
    ),
    Question(
        5,
        "Small batches",
        "I also experimented a bit with Stochastic Gradient Descent to make the learning faster, "
        "but curiously I didn’t get much speedup out of that",
        RECOGNITION,
        batch_facts,
        {
            "every batch size reaches the target": lambda f: f["reached"] == f["sizes"],
            "small batches are several times faster than full ones": (
                lambda f: f["ratio"] is not None and f["ratio"] > 3
            ),
            "an epoch of one batch is no cheaper than one of middling batches": (
                lambda f: f["full_epoch"] > 0.8 * f["large_epoch"]
            ),
            "very small batches pay for each update": lambda f: f["overhead"] > 1.2,
        },
        "There is a speed-up, if each batch size gets a rate of its own: to a validation accuracy "
        "of {target:.2%} batches of {small_size} take {small_updates:.0f} updates and "
        "{small_seconds:.2f} s of the processor, full batches {full_updates:.0f} updates and "
        "{full_seconds:.1f} s, {ratio:.0f} times as long. The author’s explanation holds for the "
        "smallest, where an epoch in batches of {tiny_size} costs {overhead:.1f} times one in "
        "batches of {large_size}, but beyond these an epoch gets no cheaper ({large_epoch:.2f} s, "
        "and {full_epoch:.2f} s as a single batch).",
        "Full batches that reach the target in as many seconds.",
    ),
    Question(
        6,
        "Steps back",
        "Then from 10,000 to 60,000 training is a bit inconclusive. Sometimes it improves, while "
        "other times it takes a step back.",
        SHARPER,
        order_facts,
        {
            "shuffling alone does not end the steps back": (
                lambda f: f["shuffled_back"] > f["file_back"] / 2
            ),
            "a falling rate and an average make them small": (
                lambda f: max(f["falling_back"], f["averaged_back"]) < f["file_late_back"] / 2
            ),
            "both end higher than the original": (
                lambda f: min(f["falling"], f["averaged"]) > max(f["file"], f["shuffled"])
            ),
        },
        "The order of the file is not to blame: between two looks {images:,.0f} images apart "
        "accuracy falls by up to {file_back:.1%} in file order and {shuffled_back:.1%} in random "
        "order, because at a constant rate the last images always pull the weights to themselves. "
        "A falling rate ({falling:.1%}) or averaged weights ({averaged:.1%}) end it, where a "
        "constant rate ends at {file:.1%}, and the least-squares optimum of the same model "
        "reaches {ceiling:.1%}.",
        "Steps back that vanish with shuffling, or stay with a falling rate.",
    ),
    Question(
        7,
        "Overflow",
        "RuntimeWarning: overflow encountered in exp",
        RECOGNITION,
        sigmoid_facts,
        {
            "the usual formula overflows": lambda f: f["naive_float32"] > f["naive_float64"] > 0,
            "the network's own never does": (lambda f: f["safe_float32"] == f["safe_float64"] == 0),
            "both are the same function": lambda f: f["largest_difference"] < 1e-6,
            "the start saturates the units, a sound one does not": (
                lambda f: f["saturated_start"] > 0.9 and f["saturated_sound"] < 0.1
            ),
        },
        "Of the {values} whole numbers from -{reach} to {reach} the usual formula warns at "
        "{naive_float32} in single precision and {naive_float64} in double, the equal "
        "form with tanh at none, and where both are sound they differ by "
        "{largest_difference:.0e} at most. But the warning is a symptom: on raw pixels, weights "
        "of unit variance saturate {saturated_start:.1%} of the hidden units before training "
        "begins, and {overflowing_start:.1%} overflow, against {saturated_sound:.1%} saturated "
        "from a sound start.",
        "A warning from the second formula, or a difference in the last digits that matter.",
    ),
    Question(
        8,
        "Too slow",
        "This is way too slow.",
        RECOGNITION,
        loop_facts,
        {"the loop is several times slower": lambda f: f["double"] > 3},
        "One image at a time, a round of {images:,} images takes {double:.0f} times as long as the "
        "same mathematics in matrix products over the images of a batch, and {single:.0f} times as "
        "long as that in single precision, which suffices. All were timed in turn on one thread, "
        "{repetitions} times each, and these are the medians.",
        "A ratio near one.",
    ),
    Question(
        9,
        "The ladder",
        "Other machine learning algorithms can get 99% correct […] Creating hidden layers, using "
        "CNNs, activation functions and biases are all things we can do to improve our algorithm.",
        SHARPER,
        ladder_facts,
        {
            "the ladder leads far up": lambda f: f["last"] > f["first"] + 0.2,
            "dense layers alone do not reach the goal": lambda f: (
                f["first"] < f["last"] < f["goal"]
            ),
        },
        "One change a row leads from {first:.1%} to {last:.2%} over {seeds} seeds; the largest "
        "step, {largest_step:.1%}, is “{largest}”, and by McNemar’s test at a level of {level} "
        "the answers of the first seed cannot be told from those of the row before at: {unsure}. "
        "Dense layers alone stop short of {goal:.0%}: convolution, which the author also names, is "
        "not among these rows.",
        "A ladder that ends where it begins, or a dense network that reaches the goal.",
    ),
    Question(
        10,
        "A good learning rate",
        "To pick this alpha I just tried a couple until one seemed to work. /shrug",
        SHARPER,
        range_facts,
        {
            "the author's rate works": lambda f: f["halved"] < f["author"] < f["explodes"],
            "theory foretells where the loss explodes": (
                lambda f: f["bound"] / 2 < f["explodes"] < f["bound"] * 2
            ),
        },
        "A range test of a few seconds finds it: with ever larger rates the loss is halved "
        "at {halved:.1g}, is lowest at {best:.2g} and explodes at {explodes:.2g}, so the author’s "
        "{author} is a good guess close to the edge. Theory puts that edge at two over the mean "
        "squared length of an image, {bound:.2g}: beyond it an update corrects the error on an "
        "image by more than twice its size.",
        "A loss that falls on at rates far beyond the edge, or explodes far below it.",
    ),
)
