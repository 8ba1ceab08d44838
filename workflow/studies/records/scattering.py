"""Wavelet scattering: fixed features before a least-squares solve, as code of an experiment.

Bruna and Mallat, "Invariant scattering convolution networks", 2013.
"""

import numpy as np

from scrawl.nn.initialisers import he
from scrawl.nn.layers.activations import ReLU
from scrawl.nn.layers.base import Dense, Layer

ANGLES = 8
SCALES = 2
STEP = 2**SCALES  # pixels between two averages
SMOOTH = 0.01  # |z| is √(z·z̄ + SMOOTH²), which has a slope where a wave vanishes
BLOCK = 32  # images at a time, so that their spectra stay in the cache


class Scattering(Layer):
    """Averages of an image, of its wavelet moduli |x ⋆ ψ|, and of the moduli of those.

    ψ are Morlet wavelets at SCALES scales and ANGLES angles; a second one has a coarser scale than
    the first. Each average is over a Gaussian as wide as the coarsest wavelet and is taken every
    STEP pixels. The features of an image are then shifted and scaled to mean 0 and variance 1.
    Without parameters.

    Parameters
    ----------
    image_shape : sequence of int
        (rows, columns).
    """

    name = "scattering"

    def __init__(self, image_shape):
        if len(image_shape) != 2:
            raise ValueError(f"scattering: found images of shape {image_shape}, expected grey ones")
        self.image_shape = tuple(image_shape)
        # Room for the average, so that opposite edges of an image do not meet in it.
        self.padded = tuple((-(-side // STEP) + 1) * STEP for side in image_shape)

    def connect(self, shape):
        """Note the pixels of an image that enters; return the number of its features."""
        self.shape_in = shape
        moduli = 1 + ANGLES * SCALES + ANGLES**2 * SCALES * (SCALES - 1) // 2
        self.shape_out = (moduli * self.padded[0] * self.padded[1] // STEP**2,)
        return self.shape_out

    def reserve(self, batch, dtype):  # noqa: ARG002
        """Make the filters, in the precision of the images."""
        self.wavelets = [
            [morlet(self.padded, 2**j, np.pi * k / ANGLES).astype(dtype) for k in range(ANGLES)]
            for j in range(SCALES)
        ]
        self.averages = [averages(side).astype(dtype) for side in self.padded]

    def forward(self, inputs, training):  # noqa: ARG002
        """Return (batch, features)."""
        self.inputs = inputs
        out = np.empty((len(inputs), self.n_out), inputs.dtype)
        for start in range(0, len(inputs), BLOCK):
            part = self.pad(inputs[start : start + BLOCK])
            out[start : start + BLOCK] = np.stack([*self.paths(part)], 1).reshape(len(part), -1)
        out -= out.mean(axis=1, keepdims=True)
        self.deviations = out.std(axis=1, keepdims=True)
        self.outputs = np.divide(out, self.deviations, out=out)
        return out

    def input_gradient(self, output_gradient):
        """Return (batch, pixels)."""
        g, y = output_gradient, self.outputs
        g = g - g.mean(axis=1, keepdims=True) - y * (g * y).mean(axis=1, keepdims=True)
        down, across = (side // STEP for side in self.padded)
        by_path = iter(np.moveaxis((g / self.deviations).reshape(len(g), -1, down, across), 1, 0))
        gradient = self.gradient(self.pad(self.inputs), by_path)
        rows, columns = self.image_shape
        return gradient[:, :rows, :columns].reshape(len(g), -1)

    def pad(self, inputs):
        """Return images (batch, rows, columns) with empty margins below and on the right."""
        margins = [(0, p - n) for p, n in zip(self.padded, self.image_shape, strict=True)]
        return np.pad(inputs.reshape(-1, *self.image_shape), [(0, 0), *margins])

    def paths(self, images, finest=0):
        """Yield the averages of images, then those of all moduli behind them."""
        yield self.averages[0] @ images @ self.averages[1].T
        if finest < SCALES:
            spectra = np.fft.fft2(images)
            for scale in range(finest, SCALES):
                for wavelet in self.wavelets[scale]:
                    yield from self.paths(modulus(np.fft.ifft2(spectra * wavelet)), scale + 1)

    def gradient(self, images, by_path, finest=0):
        """Return the gradient by images, taking those by their averages in the order of `paths`."""
        total = self.averages[0].T @ next(by_path) @ self.averages[1]
        if finest < SCALES:
            spectra = np.fft.fft2(images)
            for scale in range(finest, SCALES):
                for wavelet in self.wavelets[scale]:
                    waves = np.fft.ifft2(spectra * wavelet)
                    moduli = modulus(waves)
                    waves *= self.gradient(moduli, by_path, scale + 1) / moduli
                    total += np.fft.ifft2(np.fft.fft2(waves) * wavelet).real
        return total


def modulus(waves):
    """Return the smoothed modulus of complex numbers."""
    return np.sqrt(waves.real**2 + waves.imag**2 + SMOOTH**2)


def averages(n):
    """Return Gaussian averages every STEP pixels of n around a circle: (n / STEP, n) weights."""
    distances = np.arange(n) - np.arange(0, n, STEP)[:, None]
    around = distances[..., None] + n * np.arange(-2, 3)
    weights = np.exp(-((around / (0.8 * 2 ** (SCALES - 1))) ** 2) / 2).sum(axis=-1)
    return weights / weights.sum(axis=1, keepdims=True)


def morlet(shape, scale, angle):
    """Return the spectrum of a Morlet wavelet, of mean 0, on images with joined edges."""
    y, x = (
        (np.fft.fftfreq(n) * n + n * np.arange(-2, 3)[:, None]).ravel() for n in shape
    )  # each pixel and its copies
    along = y[:, None] * np.sin(angle) + x * np.cos(angle)
    across = y[:, None] * np.cos(angle) - x * np.sin(angle)
    envelope = np.exp(-(along**2 + (4 / ANGLES * across) ** 2) / (2 * (0.8 * scale) ** 2))
    wave = envelope * np.exp(0.75j * np.pi / scale * along)
    wave -= wave.sum() / envelope.sum() * envelope
    wave = wave.reshape(5, shape[0], 5, shape[1]).sum(axis=(0, 2))
    return np.fft.fft2(wave / envelope.sum()).real


def linear(image_shape, classes):
    """Return the layers: scattering, and a last one that least squares solves for."""
    return [Scattering(image_shape), Dense(classes)]


def random_units(image_shape, classes, units=6000):
    """Return the layers: as `linear`, with units between them whose weights stay as drawn."""
    return [Scattering(image_shape), Dense(units, he), ReLU(), Dense(classes)]


NETWORKS = {"scattering": random_units, "scattering-linear": linear}
