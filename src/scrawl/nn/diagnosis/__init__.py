"""Checks and measurements of networks, before, during and after training.

- `gradient_check`: computed gradients compared with the slope of the loss
- `initial_state`: first weights, and how signals and gradients pass through them
- `health`: figures observed after each epoch
- `example_facts`: facts about the examples
- `evidence`: everything that findings rest on
- `checks`, `catalogue`: how each cause is recognised, and the table of them all
- `cures`: the settings to try for a cause
- `parts`: gradient checks of single layers and losses
- `wording`: numbers as findings print them
- `diagnose`, `findings`: the cause of a failure and its symptoms, in words
- `dataset_shift`: images to evaluate with that are of another kind
- `saliency`: the pixels that decide a class
"""
