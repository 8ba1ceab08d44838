"""Training: every example once an epoch, the same bits for the same seed, errors in words."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scrawl.nn import Array, fitting
from scrawl.nn.architectures import dense_network
from scrawl.nn.averaging import TailAverage
from scrawl.nn.examples import Examples
from scrawl.nn.fitting import Epoch, score
from scrawl.nn.losses import CrossEntropy, Quadratic
from scrawl.nn.network import PREDICTION_BATCH, Network
from scrawl.nn.optimisers import GradientDescent, Momentum
from scrawl.nn.schedules import constant, linear
from scrawl.nn.trainer import NonFiniteLoss, Plan, Trainer

NONE = Examples(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32))


def moons(n: int = 300, seed: int = 0) -> Examples:
    """Return two interleaved half circles, which no straight line separates."""
    rng = np.random.default_rng(seed)
    angle, which = rng.uniform(0, math.pi, n), rng.integers(0, 2, n)
    x = np.where(which, 1 - np.cos(angle), np.cos(angle))
    y = np.where(which, 0.5 - np.sin(angle), np.sin(angle))
    points = np.stack([x, y], axis=1) + 0.1 * rng.standard_normal((n, 2))
    return Examples(points.astype(np.float32), np.eye(2, dtype=np.float32)[which])


def small(seed: int = 0, **settings: Any) -> Network:
    return dense_network(2, [16], 2, rng=np.random.default_rng(seed), **settings)


def trainer(network: Network, **changes: Any) -> Trainer:
    """Return a trainer with usual settings, some changed."""
    parts: dict[str, Any] = {
        "loss": CrossEntropy(),
        "optimiser": Momentum(network.parameters.size, network.n_weights),
        "rng": np.random.default_rng(1),
    }
    plan: dict[str, Any] = {
        "schedule": linear,
        "learning_rate": 0.1,
        "batch_size": 32,
        "epochs": 5,
    }
    for name, value in changes.items():
        (plan if name in Plan.__dataclass_fields__ else parts)[name] = value
    return Trainer(network, plan=Plan(**plan), **parts)


def train(
    network: Network, examples: Examples, validation: Examples = NONE, **changes: Any
) -> list[Epoch]:
    """Train with usual settings, some changed, to the end."""
    return list(trainer(network, **changes).fit(examples, validation))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Array]:
    """Collect a copy of the images of every training batch."""
    copies: list[Array] = []
    compute = fitting.compute_gradients

    def noted(
        network: Network, loss: Any, images: Array, labels: Array, radius: float
    ) -> tuple[float, int]:
        copies.append(images.copy())
        return compute(network, loss, images, labels, radius)

    monkeypatch.setattr(fitting, "compute_gradients", noted)
    return copies


def numbered(n: int) -> Examples:
    """Return examples that carry their number."""
    images = (np.stack([np.arange(n), np.zeros(n)], axis=1) / n).astype(np.float32)
    return Examples(images, np.eye(2, dtype=np.float32)[np.arange(n) % 2])


def numbers(batch: Array, n: int) -> list[int]:
    return [round(float(x) * n) for x in batch[:, 0]]


def test_two_moons_are_learnt_to_more_than_95_percent() -> None:
    last = train(small(), moons(600), moons(400, seed=9), epochs=30)[-1]
    assert last.validation_accuracy > 0.95


def test_xor_is_learnt_without_an_error() -> None:
    images = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    examples = Examples(images, np.eye(2, dtype=np.float32)[[0, 1, 1, 0]])
    network = small(activation="tanh", initialiser="xavier")
    last = train(network, examples, examples, epochs=300, batch_size=None)[-1]
    assert last.validation_accuracy == 1


def test_every_epoch_sees_every_example_exactly_once(seen: list[Array]) -> None:
    train(small(), numbered(50), batch_size=8, epochs=3)
    assert [len(batch) for batch in seen] == 3 * ([8] * 6 + [2])
    for epoch in range(3):
        images = np.concatenate(seen[7 * epoch : 7 * epoch + 7])
        assert sorted(numbers(images, 50)) == list(range(50))


def test_shuffling_mixes_the_members_of_batches_and_anew_every_epoch(seen: list[Array]) -> None:
    train(small(), numbered(50), batch_size=10, epochs=2)
    members = [frozenset(numbers(batch, 50)) for batch in seen]
    in_file_order = {frozenset(range(start, start + 10)) for start in range(0, 50, 10)}
    assert not in_file_order & set(members)
    assert len(set(members)) == 10
    labels = [{number % 2 for number in batch} for batch in members]
    assert all(both == {0, 1} for both in labels)


def test_without_shuffling_batches_are_slices_in_file_order(seen: list[Array]) -> None:
    train(small(), numbered(50), batch_size=20, epochs=2, shuffle=False)
    order = [numbers(batch, 50) for batch in seen]
    assert order == 2 * [list(range(20)), list(range(20, 40)), list(range(40, 50))]


@pytest.mark.parametrize("batch_size", [None, 50, 1000])
def test_a_batch_of_everything_is_one_step_an_epoch(
    batch_size: int | None, seen: list[Array]
) -> None:
    epochs = train(small(), numbered(50), batch_size=batch_size, epochs=2)
    assert [epoch.steps for epoch in epochs] == [1, 2]
    assert [len(batch) for batch in seen] == [50, 50]


def test_a_batch_of_one_is_a_step_for_each_example() -> None:
    assert train(small(), moons(20), batch_size=1, epochs=2)[-1].steps == 40


def test_full_batch_gradient_descent_is_the_textbook_in_float64() -> None:
    examples = moons(40)
    network = dense_network(2, [], 2, rng=np.random.default_rng(0))
    w, b = (view.astype(np.float64) for view in network.named_parameters().values())
    x, y = (np.asarray(table, np.float64) for table in (examples.images, examples.labels))
    for _ in range(20):
        error = (x @ w + b - y) / 40
        w, b = w - 0.5 * x.T @ error, b - 0.5 * error.sum(axis=0)
    optimiser = GradientDescent(network.parameters.size, network.n_weights)
    train(
        network, examples, loss=Quadratic(), optimiser=optimiser, schedule=constant,
        learning_rate=0.5, batch_size=None, epochs=20,
    )  # fmt: skip
    found = network.named_parameters()
    np.testing.assert_allclose(found["1-dense/weights"], w, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found["1-dense/biases"], b, rtol=1e-4, atol=1e-6)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    first, again, other = small(), small(), small()
    for network, seed in ((first, 1), (again, 1), (other, 2)):
        train(network, moons(), rng=np.random.default_rng(seed))
    assert np.array_equal(first.parameters, again.parameters)
    assert not np.array_equal(first.parameters, other.parameters)


def test_dropout_changes_neither_shuffling_nor_first_weights(seen: list[Array]) -> None:
    for rate in (0.0, 0.5):
        rng = np.random.default_rng(3)
        network = dense_network(2, [16], 2, dropout=rate, rng=rng)
        train(network, numbered(50), epochs=2, batch_size=8, rng=rng)
    half = len(seen) // 2
    assert all(map(np.array_equal, seen[:half], seen[half:]))


def test_the_order_of_an_epoch_is_that_of_its_own_stream(seen: list[Array]) -> None:
    train(small(), numbered(50), epochs=4, batch_size=10)
    (shuffling,) = np.random.default_rng(1).spawn(1)
    third = shuffling.spawn(4)[2]  # needs nothing of the first two: training can resume there
    assert numbers(np.concatenate(seen[10:15]), 50) == third.permutation(50).tolist()


def test_the_callers_random_stream_is_spawned_from_and_never_drawn_from() -> None:
    rng = np.random.default_rng(3)
    train(dense_network(2, [16], 2, dropout=0.5, rng=rng), moons(), rng=rng)
    assert rng.random() == np.random.default_rng(3).random()


def test_an_epoch_reports_means_over_its_batches_before_their_updates() -> None:
    examples = moons(50)
    (epoch,) = train(small(), examples, epochs=1, batch_size=20, shuffle=False, learning_rate=1e-12)
    loss, accuracy = score(small(), CrossEntropy(), examples)
    assert epoch.loss == pytest.approx(loss, rel=1e-6)
    assert epoch.train_accuracy == accuracy
    assert (epoch.epoch, epoch.steps) == (1, 3)


def test_an_epoch_reports_the_rate_of_its_last_step() -> None:
    epochs = train(small(), moons(50), epochs=2, batch_size=10, schedule=linear, learning_rate=0.2)
    assert [epoch.learning_rate for epoch in epochs] == pytest.approx([0.2 * 0.6, 0.2 * 0.1])


def test_an_epoch_holds_python_numbers_only() -> None:
    (epoch,) = train(small(), moons(), moons(20), epochs=1)
    assert {type(value) for value in vars(epoch).values()} == {int, float}


def test_validation_is_measured_after_the_epoch() -> None:
    network, validation = small(), moons(100, seed=5)
    last = train(network, moons(), validation)[-1]
    assert (last.validation_loss, last.validation_accuracy) == score(
        network, CrossEntropy(), validation
    )


@pytest.mark.parametrize("epochs", [1, 3])
def test_the_average_is_what_is_validated_and_what_the_network_ends_with(epochs: int) -> None:
    plain, network, validation = small(), small(), moons(100, seed=5)
    average = TailAverage(network.parameters.size, share=1.0)
    walked: list[Array] = []

    class Noted(Momentum):
        def step(self, parameters: Array, gradients: Array, learning_rate: float) -> None:
            super().step(parameters, gradients, learning_rate)
            walked.append(parameters.copy())

    optimiser = Noted(network.parameters.size, network.n_weights)
    last = train(network, moons(), validation, optimiser=optimiser, average=average, epochs=epochs)[
        -1
    ]
    mean = np.mean(walked, axis=0, dtype=np.float64)
    np.testing.assert_allclose(network.parameters, mean, rtol=1e-4, atol=1e-6)
    assert last.validation_loss == score(network, CrossEntropy(), validation)[0]
    train(plain, moons(), validation, epochs=epochs)
    assert np.array_equal(average.values, plain.parameters)  # the walk itself was not disturbed


def test_a_trainer_goes_on_from_the_state_of_another_to_the_same_bits() -> None:
    learnt, kept_back = moons(), moons(100, seed=5)

    def made() -> Trainer:
        network = small(dropout=0.3)
        average = TailAverage(network.parameters.size, share=0.5)
        return trainer(network, average=average, epochs=4, keep_best=True)

    whole, states = made(), []

    def pause() -> None:
        states.append({name: array.copy() for name, array in whole.state().items()})

    history = list(whole.fit(learnt, kept_back, pause))
    assert len(states) == 40  # ten steps make an epoch
    for step in (1, 10, 13, 39):
        resumed = made()
        resumed.restore(states[step])
        assert resumed.progress.steps == step
        assert list(resumed.fit(learnt, kept_back)) == history[step // 10 :]
        assert np.array_equal(resumed.network.parameters, whole.network.parameters)


def test_no_validation_examples_give_nan() -> None:
    (epoch,) = train(small(), moons(), epochs=1)
    assert math.isnan(epoch.validation_loss)
    assert math.isnan(epoch.validation_accuracy)


def test_images_may_be_a_read_only_memory_map(tmp_path: Path) -> None:
    examples = moons()
    np.save(tmp_path / "images.npy", examples.images)
    mapped = replace(examples, images=np.load(tmp_path / "images.npy", mmap_mode="r"))
    for shuffle in (True, False):
        plain, from_disk = small(), small()
        train(plain, examples, examples, shuffle=shuffle)
        train(from_disk, mapped, mapped, shuffle=shuffle)
        assert np.array_equal(plain.parameters, from_disk.parameters)


def test_training_leaves_the_examples_as_they_were() -> None:
    examples = moons()
    train(small(), examples, examples)
    assert np.array_equal(examples.images, moons().images)
    assert np.array_equal(examples.labels, moons().labels)


def test_a_rate_that_is_too_high_is_told_with_place_and_remedy_and_without_warnings() -> None:
    network = small()
    descent = GradientDescent(network.parameters.size, network.n_weights)
    with pytest.raises(NonFiniteLoss, match="try a tenth of the learning rate") as caught:
        train(network, moons(), loss=Quadratic(), optimiser=descent, learning_rate=1e9, epochs=50)
    error = caught.value
    assert f"in epoch {error.epoch} at step {error.step}" in str(error)
    assert error.epoch == math.ceil(error.step / 10)


def test_inputs_larger_than_normalised_ones_are_told_with_their_size() -> None:
    raw = replace(moons(), images=255 * np.asarray(moons().images))
    network = small()
    descent = GradientDescent(network.parameters.size, network.n_weights)
    with pytest.raises(NonFiniteLoss, match=r"the largest input is [0-9.]+, .* divided by 255"):
        train(network, raw, loss=Quadratic(), optimiser=descent, learning_rate=100.0, epochs=50)


def test_images_that_are_not_finite_are_named_as_the_cause() -> None:
    examples = moons()
    np.asarray(examples.images)[17, 1] = np.nan
    with pytest.raises(NonFiniteLoss, match="prepare the dataset again"):
        train(small(), examples)


def test_parameters_broken_by_the_very_last_update_are_noticed() -> None:
    network = small()
    descent = GradientDescent(network.parameters.size, network.n_weights)
    with pytest.raises(NonFiniteLoss, match="epoch 1 at step 1"):
        train(network, moons(), optimiser=descent, learning_rate=1e300, epochs=1, batch_size=None)


def test_a_validation_loss_that_is_not_finite_is_an_error_too() -> None:
    examples = moons()
    far = replace(examples, images=np.full_like(examples.images, 3e38))
    with pytest.raises(NonFiniteLoss, match="epoch 1"):
        train(small(), examples, far)


def test_evaluation_uses_the_buffers_of_training(monkeypatch: pytest.MonkeyPatch) -> None:
    network = small()
    made: list[int] = []
    reserve = network.layers[0].reserve

    def noted(batch: int, dtype: Any) -> None:
        made.append(batch)
        reserve(batch, dtype)

    monkeypatch.setattr(network.layers[0], "reserve", noted)
    train(network, moons(), moons(2000), batch_size=100)
    assert made == [PREDICTION_BATCH]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 0}, "batch_size 0"),
        ({"epochs": -1}, "epochs -1"),
        ({"learning_rate": 0.0}, "learning_rate 0.0"),
        ({"learning_rate": math.nan}, "learning_rate nan"),
        ({"examples": NONE}, "no training examples"),
        ({"network": small(output="softmax")}, "softmax built in"),
        ({"network": dense_network(3, [], 2, rng=np.random.default_rng(0))}, "takes 3"),
        ({"network": dense_network(2, [], 5, rng=np.random.default_rng(0))}, "answers with 5"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        train(**{"network": small(), "examples": moons(), **changes})
