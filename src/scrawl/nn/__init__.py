"""Neural networks in NumPy: arrays in, arrays out; no files, no clock, no global randomness.

- `network`: layers in a row, with all parameters in one vector
- `architectures`: dense and convolutional networks, put together from layers
- `layers`: the kinds of layers
- `losses`: loss functions with their gradients
- `initialisers`: distributions of the first weights
- `optimisers`: gradient descent, momentum, RMSProp, Adam, AdamW
- `clipping`: gradient clipping by global norm
- `schedules`: the learning rate over time
- `averaging`: averages of the weights over the steps of training
- `examples`: images with labels, cut into batches
- `augmentation`, `distortion`: distorted training images
- `fitting`: gradient steps and scores
- `trainer`: the training loop
- `virtual_adversary`: virtual adversarial training
- `early_stopping`: early stopping, and the weights of the best epoch
- `least_squares`: the last layer by a linear solve
- `state`: checkpoint state, as named arrays
- `parallel`, `shards`: steps cut into pieces for several threads or processes
- `deliberate_mistakes`: wrong gradients and steps, kept to show their cost
- `hidden`: the values of the last hidden layer
- `registries`: what each name in the settings stands for
- `diagnosis`: checks, findings and explanations of a network
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float32]
"""The type of all computations: float32 is precise enough and twice as fast as float64."""
