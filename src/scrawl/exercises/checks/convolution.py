"""Checks of the exercises about a convolution and its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from scrawl.exercises.checks.slopes import Float64, slopes
from scrawl.exercises.judging import Ask, agree, parts

KINDS = (np.float64, np.float32)
# Images, channels, rows, columns; filters, rows and columns of a kernel. First few numbers, which
# can be followed by hand, then no two sizes alike.
SIZES = ((1, 1, 3, 4, 1, 2, 2), (2, 3, 6, 5, 4, 3, 2), (3, 2, 3, 4, 2, 1, 3))


def convolution_forward(ask: Ask, rng: np.random.Generator) -> None:
    """Hold outputs against sums over windows, written with einsum."""
    for dtype in KINDS:
        for sizes in SIZES:
            images, kernels = drawn(rng, sizes, dtype)
            biases = rng.normal(size=len(kernels)).astype(dtype)
            expected = convolved(images, kernels) + biases.astype(np.float64)[:, None, None]
            hint = "lay the kernel on this place: which pixels of which channels are under it?"
            answer = ask(images=images, kernels=kernels, biases=biases)
            agree("outputs", answer, expected, dtype, hint)


def convolution_backward(ask: Ask, rng: np.random.Generator) -> None:
    """Hold gradients against central differences of Σ g·(w ∗ images + b), exact as it is linear."""
    hint = "to which outputs does this number contribute, and with which factor each time?"
    for dtype in KINDS:
        for sizes in SIZES:
            images, kernels = drawn(rng, sizes, dtype)
            g = rng.normal(size=convolved(images, kernels).shape).astype(dtype)
            answer = ask(images=images, kernels=kernels, output_gradient=g)
            names = ("kernel_gradient", "bias_gradient", "image_gradient")
            of_kernels, of_biases, of_images = parts(answer, names, "three arrays")
            expected = _slopes(images.astype(np.float64), kernels.astype(np.float64), g)
            agree("kernel_gradient", of_kernels, expected[0], dtype, hint)
            agree("bias_gradient of filters", of_biases, expected[1], dtype, hint)
            agree("image_gradient", of_images, expected[2], dtype, hint)


def drawn(rng: np.random.Generator, sizes: tuple[int, ...], dtype: Any) -> tuple[Any, Any]:
    """Return random images (n, channels, rows, columns) and kernels (filters, channels, …)."""
    n, channels, rows, columns, filters, kernel_rows, kernel_columns = sizes
    return (
        rng.normal(size=(n, channels, rows, columns)).astype(dtype),
        rng.normal(size=(filters, channels, kernel_rows, kernel_columns)).astype(dtype),
    )


def convolved(images: Any, kernels: Any) -> Float64:
    """Return Σ kernels[f, c, i, j]·images[n, c, y + i, x + j] for every n, f, y and x."""
    windows = np.lib.stride_tricks.sliding_window_view(
        images.astype(np.float64), kernels.shape[2:], axis=(2, 3)
    )
    sums: Float64 = np.einsum("ncyxij,fcij->nfyx", windows, kernels.astype(np.float64))
    return sums


def _slopes(images: Float64, kernels: Float64, g: Any) -> tuple[Float64, Float64, Float64]:
    outputs = convolved(images, kernels)
    return (
        slopes(lambda k: np.vdot(g, convolved(images, k)), kernels, 1.0),
        slopes(lambda b: np.vdot(g, outputs + b[:, None, None]), np.zeros(len(kernels)), 1.0),
        slopes(lambda i: np.vdot(g, convolved(i, kernels)), images, 1.0),
    )
