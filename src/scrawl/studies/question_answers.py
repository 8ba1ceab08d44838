"""The open questions of the programs behind scrawl, and their answers.

Every number in an answer is a fact, taken from an artifact; every answer rests on claims that are
checked against the facts. Where one of them does not hold, the answer says that instead.
"""

from __future__ import annotations

import re
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
        A few sentences, with the facts' names in braces in place of every number.
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
            return re.sub(r"(?<=\d)%", " %", self.answer.format_map(facts))
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
        "Half of the suspicion is right. With the true derivative in the hidden layer, instead of "
        "a constant one, test accuracy after {rounds} epochs is {right_hidden:.1%} instead of "
        "{written:.1%}. But the real mistake is the ReLU on the output, where the wrong derivative "
        "even helped: with the true derivative there as well, an output that is zero gets no "
        "gradient and stays zero. On average {lost_both:.1f} digits are then never answered, and "
        "accuracy is {right_both:.1%}.",
        "No difference beyond the spread over seeds, or the same effect in both layers.",
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
        "With a constant learning rate of up to {stable_constant}, the cost never rises for any "
        "seed, and validation accuracy reaches {best_constant:.1%} after {rounds} epochs. From "
        "{beyond} on, the cost rises up to {most_increases} times, and the author’s rate of "
        "{author:g} ends at {at_author:.1%}. A linearly falling rate moves the limit to "
        "{stable_falling}, still far from the author’s rate: overshooting happens in the first "
        "epochs.",
        "A cost that rises at every rate, or at none.",
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
        "The initialisation was to blame, not the layer. With pixels divided by their maximum, "
        "LeCun’s initial weights and the rate of {rate:g} that these allow, the same {layers} "
        "layers reach {sound:.1%} in {updates} updates, instead of {original:.1%} (the weights "
        "alone: {weights:.1%}; the pixels alone: {divided:.1%}; both, at the old rate: "
        "{both:.1%}). The second layer then helps: without it, the network reaches "
        "{one_layer:.1%}.",
        "A network with one layer that does as well or better from the same initialisation.",
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
        "They were not the cause. {units} units, trained for {epochs} epochs in small shuffled "
        "batches, recognise {narrow:.1%} of the test digits ({two_layers:.1%} with a second layer "
        "of {units}), where the original recognised {original:.1%}. More units do recognise more, "
        "but only by a few percentage points: {middle:.1%} with {middle_units} units, {wide:.1%} "
        "with {wide_units}.",
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
        "There is a speed-up if each batch size gets its own learning rate. To reach a validation "
        "accuracy of {target:.2%}, batches of {small_size} take {small_updates:.0f} updates and "
        "{small_seconds:.2f} s of processor time; full batches take {full_updates:.0f} updates and "
        "{full_seconds:.1f} s, {ratio:.0f} times as long. The author’s explanation holds only for "
        "very small batches: an epoch in batches of {tiny_size} costs {overhead:.1f} times as much "
        "as one in batches of {large_size}. Larger batches make an epoch no cheaper "
        "({large_epoch:.2f} s, and {full_epoch:.2f} s as a single batch).",
        "Full batches that reach the target in the same time.",
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
        "The order of the file is not to blame. Between two evaluations {images:,.0f} images "
        "apart, accuracy falls by up to {file_back:.1%} in file order and by up to "
        "{shuffled_back:.1%} in random order, because at a constant rate the most recent images "
        "always pull the weights towards themselves. A falling rate ({falling:.1%}) or averaged "
        "weights ({averaged:.1%}) end this; a constant rate ends at {file:.1%}. The least-squares "
        "optimum of the same model reaches {ceiling:.1%}.",
        "Drops that vanish with shuffling, or remain with a falling rate.",
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
        "Of the {values} integers from -{reach} to {reach}, the usual formula overflows for "
        "{naive_float32} in single precision and {naive_float64} in double precision. The "
        "equivalent formula with tanh never overflows, and where both are defined they differ by "
        "at most {largest_difference:.0e}. But the warning is only a symptom: on raw pixels, "
        "weights of unit variance saturate {saturated_start:.1%} of the hidden units before "
        "training begins, and {overflowing_start:.1%} overflow. With a sound initialisation, "
        "{saturated_sound:.1%} are saturated.",
        "A warning from the second formula, or a difference in digits that matter.",
    ),
    Question(
        8,
        "Too slow",
        "This is way too slow.",
        RECOGNITION,
        loop_facts,
        {"the loop is several times slower": lambda f: f["double"] > 3},
        "One image at a time, an epoch of {images:,} images takes {double:.0f} times as long as "
        "the same arithmetic in matrix products over batches, and {single:.0f} times as long as "
        "matrix products in single precision, which suffices. All were timed alternately on one "
        "thread, {repetitions} times each; these are medians.",
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
        "Changing one thing per row leads from {first:.1%} to {last:.2%} (mean of {seeds} seeds). "
        "The largest step, {largest_step:.1%}, is “{largest}”. By McNemar’s test at the {level} "
        "level, the first seed’s answers do not differ significantly from the previous row’s for: "
        "{unsure}. Dense layers alone stop short of {goal:.0%}; convolution, which the author also "
        "mentions, is not among these rows.",
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
        "A range test of a few seconds finds it. As the rate grows, the loss halves at "
        "{halved:.1g}, is lowest at {best:.2g} and diverges at {explodes:.2g}; the author’s "
        "{author} is a good guess close to the limit. In theory, the limit is two divided by the "
        "mean squared length of an image, {bound:.2g}: beyond it, an update "
        "corrects the error on an image by more than twice its size, and so makes it larger.",
        "A loss that keeps falling at rates far beyond the limit, or diverges far below it.",
    ),
)
