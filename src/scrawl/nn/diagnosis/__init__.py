"""Checks and measurements of networks, before, during and after training.

- `health`: figures observed after each epoch
- `findings`: what is unhealthy about a trained network, in words
- `gradient_check`: computed gradients compared with the slope of the loss
- `saliency`: the pixels that decide a class
"""
