"""Checks of the exercises: each asks with random numbers and compares with an oracle of its own.

- `data`: from bytes to images and labels
- `network`: activations, dense layers, the loss
- `convolution`: a convolution and its gradients
- `training`: updates, batches, dropout, evaluation
- `slopes`: derivatives as central differences
"""
